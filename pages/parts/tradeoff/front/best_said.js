// @ts-check
// What the slider moves, as words name it, and how its best place on a curve is said: only as a bound where the curve is lowest at
// an end of what is swept.

import { scale as short, subscript } from "../../front/text.js";

/** @typedef {import("./sweep.js").Sweep} Sweep */

const SIGNS = /** @type {Record<number, string>} */ ({ [-1]: "≤ ", 0: "", 1: "≥ " });
const NEAR = 1.02; // two σ² within this factor are one

/**
 * All dimensions, or one alone.
 * @param {Sweep} sweep
 */
export const knobOf = ({ moved }) => (moved.every(Boolean) ? "σ²" : `σ²${subscript(moved.indexOf(true))}`);

/**
 * What the other dimensions do while the slider moves one alone; empty where it moves all.
 * @param {Sweep} sweep
 */
export function othersOf({ moved, latents }) {
  if (moved.every(Boolean)) return "";
  return latents > 2 ? "the others as they are" : `σ²${subscript(moved.indexOf(false))} as it is`;
}

/**
 * At which end of the path a step lies: −1 the first, 1 the last, 0 neither.
 * @param {number} step
 * @param {number} steps
 */
export const endAt = (step, steps) => (steps < 2 ? 0 : step === 0 ? -1 : step === steps - 1 ? 1 : 0);

/**
 * What the slider reads there, with what it is a multiple of.
 * @param {Sweep} sweep
 * @param {number} scale
 */
export const readAt = ({ relative }, scale) => `${short(scale)}${relative ? " × the encoder’s" : ""}`;

/**
 * The best place on a curve over the path.
 * @param {Sweep} sweep
 * @param {number} scale  between steps
 * @param {number} step  the best one
 * @param {number} steps
 */
export const bestSaid = (sweep, scale, step, steps) => `${SIGNS[endAt(step, steps)]}${readAt(sweep, scale)}`;

/**
 * Where the objective is best at an end of the path, and the best q lies beyond it: whether σ² is to become smaller (−1) or larger
 * (1) than it is at a stop; otherwise 0.
 * @param {Sweep} sweep
 * @param {number} k  the stop
 * @param {ArrayLike<number>} best  the best q's variances
 */
export function beyondEnd({ moved, base, scales, along, lowest }, k, best) {
  const path = along(scales), end = endAt(lowest, path.length);
  const logs = base.flatMap((value, j) => (moved[j] ? Math.log(best[j] / value) : [])), there = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  const outside = end < 0 ? there < path[0] : end > 0 && there > path[path.length - 1];
  return outside && Math.max(there / scales[k], scales[k] / there) > NEAR ? Math.sign(there - scales[k]) : 0;
}
