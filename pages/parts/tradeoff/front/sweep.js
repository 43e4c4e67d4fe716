// @ts-check
// What the server answers, unpacked: the sweep, and what is asked for once q is at rest. What has a closed form in q's mean and
// variance is computed here.

import { bytes, doublesOfPlanes, singlesOfPlanes } from "../../front/unpack.js";
import { greyOf, tilesOf } from "./tiles.js";

/** @typedef {import("./payload").PackedSweep} PackedSweep */
/** @typedef {import("./payload").PackedDiagnostics} PackedDiagnostics */
/** @typedef {import("./payload").AccuracyTexts} AccuracyTexts */
/** @typedef {"reconstruction" | "kl" | "elbo" | "objective"} Term */

/**
 * Gap, residual and forces at one q.
 * @typedef {object} Diagnostics
 * @property {number} gap
 * @property {string} gapAccuracy  how the gap was computed
 * @property {number | null} residual  null while q moves: the gap is then a difference, and no test of the others
 * @property {number} reconstructionByVariance
 * @property {number} klByVariance
 * @property {ArrayLike<number>} reconstructionByMean
 * @property {ArrayLike<number>} klByMean
 */

/**
 * The text of every number of a column.
 * @param {AccuracyTexts} accuracy  the texts, and which of them belongs to each number
 * @returns {(k: number) => string}
 */
function textsOf([texts, which]) {
  const indices = bytes(which);
  return (k) => texts[indices[k]];
}

/**
 * What a dimension's variance adds to the KL, in nats. Near 1 the difference cancels, and log1p keeps the digits.
 * @param {number} variance
 */
function klOf(variance) {
  const excess = variance - 1, log = Math.abs(excess) < 0.5 ? Math.log1p(excess) : Math.log(variance);
  return Math.max((excess - log) / 2, 0);
}

/**
 * Every quantity at every stop of the slider.
 * @param {PackedSweep} answer
 * @param {number[]} grid  what the slider says at its steps where the answer names no others
 */
export function sweepOf(answer, grid) {
  const { mean, base, moved, onPath, own, perNat, beta } = answer, latents = mean.length, path = answer.scales ?? grid;
  const scales = Float64Array.from(onPath ? path : path.toSpliced(own, 0, answer.ownScale)), stops = scales.length;
  const variances = new Float32Array(stops * latents), klOfVariance = new Float64Array(stops * latents);
  const klOfMean = mean.map((value) => (perNat * value * value) / 2), ofMean = klOfMean.reduce((sum, value) => sum + value, 0);
  const reconstruction = doublesOfPlanes(answer.reconstruction), kl = new Float64Array(stops).fill(ofMean);
  for (let k = 0, i = 0; k < stops; k++) {
    for (let j = 0; j < latents; j++, i++) {
      variances[i] = !onPath && k === own ? answer.variance[j] : moved[j] ? base[j] * scales[k] : base[j];
      klOfVariance[i] = perNat * klOf(variances[i]);
      kl[k] += klOfVariance[i];
    }
  }
  /** @type {Record<Term, Float64Array>} */
  const terms = {
    reconstruction, kl, elbo: reconstruction.map((value, k) => value - kl[k]),
    objective: reconstruction.map((value, k) => value - beta * kl[k]) };
  const row = (/** @type {Float32Array | Float64Array} */ table, /** @type {number} */ k) => table.subarray(k * latents, (k + 1) * latents);
  return {
    ...answer, terms, latents, scales, stops, klOfMean,
    /** Whether the slider reads multiples of the encoder's variances. */
    relative: answer.scales !== null,
    /** A standard error of the reconstruction at every stop; null where it is no estimate. */
    error: answer.error ? singlesOfPlanes(answer.error) : null,
    /** How reconstruction, ELBO and objective were computed at a stop. */
    accuracyAt: textsOf(answer.accuracy),
    /** @param {number} k */
    variance: (k) => /** @type {Float32Array} */ (row(variances, k)),
    /** @param {number} k */
    deviation: (k) => row(variances, k).map(Math.sqrt),
    /** @param {number} k */
    klOfVariance: (k) => row(klOfVariance, k),
    picture: answer.picture ? tilesOf(bytes(answer.picture)) : null,
    decoded: answer.decodedMean ? greyOf(bytes(answer.decodedMean.pixels)) : null,
    /**
     * Where stop k lies on the path; −1 for q's own stop beside it.
     * @param {number} k
     */
    step: (k) => (onPath || k < own ? k : k === own ? -1 : k - 1),
    /** @param {number} step */
    stop: (step) => (onPath || step < own ? step : step + 1),
    /**
     * What the curves pass through: the path, without a stop beside it.
     * @param {Float64Array} column
     */
    along: (column) => Array.from(onPath ? column : column.filter((_, k) => k !== own)),
  };
}

/** @typedef {ReturnType<typeof sweepOf>} Sweep */

/**
 * A sweep with what is not computed anew while q moves: what its variances are worth at the best mean, wherever its own is.
 * @param {Sweep} sweep
 * @param {Sweep} before
 * @returns {Sweep}
 */
export function carriedOn(sweep, before) {
  const same = !sweep.onPath && sweep.variance(sweep.own).every((value, j) => value === before.variance(before.own)[j]);
  return same && sweep.now.atBestMean === null ? { ...sweep, now: { ...sweep.now, atBestMean: before.now.atBestMean } } : sweep;
}

/**
 * Whether all dimensions have one variance.
 * @param {number[] | Float32Array} variances
 */
export const areEqual = (variances) => variances.every((/** @type {number} */ one) => one === variances[0]);

/**
 * Gap, residual and forces at a step of the path, of a sweep along that path.
 * @param {PackedDiagnostics} answer
 * @returns {(sweep: Sweep, step: number) => Diagnostics}
 */
export function diagnosticsOf(answer) {
  const gap = doublesOfPlanes(answer.gap), gapAccuracy = textsOf(answer.gapAccuracy);
  const byVariance = singlesOfPlanes(answer.reconstructionByVariance), byMean = singlesOfPlanes(answer.reconstructionByMean);
  return ({ mean, moved, perNat, fixed, terms, stop, variance }, step) => {
    const k = stop(step), there = variance(k);
    return {
      gap: gap[step], gapAccuracy: gapAccuracy(step), residual: fixed.evidence - terms.elbo[k] - gap[step],
      reconstructionByVariance: byVariance[step], reconstructionByMean: mean.map((_, j) => byMean[j * gap.length + step]),
      klByVariance: there.reduce((sum, value, j) => sum + (moved[j] ? (perNat * (value - 1)) / 2 : 0), 0),
      klByMean: mean.map((value) => perNat * value),
    };
  };
}

/**
 * Both terms at a stop of the slider.
 * @param {Sweep} sweep
 * @param {number} k
 */
export const termsAt = ({ terms: { reconstruction, kl } }, k) => ({ reconstruction: reconstruction[k], kl: kl[k] });

/**
 * Whether the curve is of q's that have one variance in all dimensions, and the q beside it has several.
 * @param {Sweep} sweep
 */
export function equalOnly({ onPath, moved, base, variance, own }) {
  return !onPath && moved.every(Boolean) && areEqual(base) && !areEqual(variance(own));
}
