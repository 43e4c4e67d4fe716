// @ts-check
// What is wrong with q, and which single move gains most: computed at every stop of the slider from what the browser has.
//
// Three moves are compared by the objective: σ² along its slider; the mean to that of the best q, with σ² refitted; and, where
// both are right, a variance of its own for each dimension.

import { shown, subscript } from "../../front/text.js";
import { rounded } from "./printed.js";

/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./sweep.js").Sweep} Sweep */

/**
 * @typedef {object} Advice
 * @property {"variance" | "best" | "none"} move  the slider of σ²; to the best q; or nothing gains more
 * @property {number} gain  of the objective, in the visitor's unit
 * @property {number} to  what the variance slider is to say, for the move "variance"
 * @property {string} text
 */

const LEAST = 0.01; // a smaller gain is none: the screen prints two decimals

/**
 * @param {StaticData} staticLayer
 * @param {Sweep} sweep
 * @param {number} k  the stop of the slider
 * @param {{ mode: string, dimension: number }} slider  what it moves
 * @returns {Advice}
 */
export function adviceOn(staticLayer, sweep, k, { mode, dimension }) {
  const { objective, reconstruction, kl } = sweep.terms, { error } = sweep, here = objective[k];
  const { gap } = rounded(staticLayer, { reconstruction: reconstruction[k], kl: kl[k] }, 2);
  const atBestMean = staticLayer.bestAlongSlider;
  const lowest = sweep.stop(sweep.lowest), along = Math.max(objective[lowest], here);
  const top = Math.max(staticLayer.bestObjective, atBestMean, along);
  const width = along - here, place = Math.max(0, atBestMean - along), own = top - Math.max(atBestMean, along);
  const least = Math.max(LEAST, error ? 2 * error[k] : 0);
  if (top - here < least) return { move: "none", gain: top - here, to: NaN, text: atTheTop(staticLayer, gap) };
  if (width >= place && width >= own) {
    const to = sweep.scales[lowest], wide = to < sweep.scales[k];
    return { move: "variance", gain: width, to, text: widthText(staticLayer, { gain: width, gap, to, wide, mode, dimension }) };
  }
  const text = place >= own ? placeText(staticLayer, top - here, gap) : ownText(staticLayer, top - here, gap);
  return { move: "best", gain: top - here, to: NaN, text };
}

/** @param {number} value */
const amount = (value) => shown(value, Math.abs(value) >= 10 ? 1 : 2);

/**
 * What a move gains: of the gap, or of the objective where that is not the ELBO.
 * @param {StaticData} staticLayer
 * @param {number} gain
 * @param {number} gap
 */
function gains({ beta, unit, atLeast }, gain, gap) {
  if (beta !== 1) return `the objective with β = ${beta}, not the ELBO, gains ${amount(gain)} ${unit}`;
  const [gone, all] = [amount(gain), amount(gap)];
  return gain >= gap || gone === all ? `all ${atLeast}${all} ${unit} of gap disappear` : `${gone} of the ${atLeast}${all} ${unit} of gap disappear`;
}

/**
 * @param {StaticData} staticLayer
 * @param {{ gain: number, gap: number, to: number, wide: boolean, mode: string, dimension: number }} move
 */
function widthText(staticLayer, { gain, gap, to, wide, mode, dimension }) {
  const name = mode === "each" ? `σ²${staticLayer.view === "line" ? "" : subscript(dimension)}` : "σ²";
  const value = `${Number(to.toPrecision(2))}${mode === "encoder" ? " times the encoder’s" : ""}`;
  return `Too ${wide ? "wide" : "narrow"}: ${gains(staticLayer, gain, gap)} when you move ${name} to the ${wide ? "left" : "right"}, to about ${value}.`;
}

/**
 * @param {StaticData} staticLayer
 * @param {number} gain
 * @param {number} gap
 */
function placeText(staticLayer, gain, gap) {
  const { view, landmarks } = staticLayer;
  const move = view === "plane" ? "drag ● to ✕ and refit σ²" : view === "line" ? `move μ to ${shown(landmarks.best.mean[0], 2)} and refit σ²` : "move the means and refit σ²";
  return `Not the best place: ${gains(staticLayer, gain, gap)} when you ${move}, or press “best\u00a0q”.`;
}

/**
 * @param {StaticData} staticLayer
 * @param {number} gain
 * @param {number} gap
 */
function ownText(staticLayer, gain, gap) {
  return `Each dimension needs its own σ²: ${gains(staticLayer, gain, gap)} when you press “best\u00a0q”.`;
}

/**
 * @param {StaticData} staticLayer
 * @param {number} gap
 */
function atTheTop({ beta, unit, atLeast, view }, gap) {
  if (beta !== 1) {
    return `Best for β = ${beta}, where KL counts ${beta} times; the ELBO has another best q: the gap here is ${atLeast}${amount(gap)} ${unit}.`;
  }
  const kind = view === "line" ? "a Gaussian" : "a Gaussian with independent dimensions";
  if (!atLeast && gap < LEAST) return `q is the posterior, up to rounding: ${amount(gap)} ${unit} of gap remain, and no q does better.`;
  return `As good as ${kind} gets: ${atLeast}${amount(gap)} ${unit} of gap remain, because the posterior has another shape.`;
}
