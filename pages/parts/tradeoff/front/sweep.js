// @ts-check
// What the server answers, unpacked: the sweep, and what is asked for once q is at rest.

import { bytes, doubles, singles } from "../../front/unpack.js";

/** @typedef {import("./payload").PackedSweep} PackedSweep */
/** @typedef {import("./payload").PackedDiagnostics} PackedDiagnostics */
/** @typedef {import("./payload").AccuracyTexts} AccuracyTexts */
/** @typedef {"reconstruction" | "kl" | "elbo" | "objective" | "error"} Term */

/**
 * Gap, residual and forces at one q.
 * @typedef {object} Diagnostics
 * @property {number} gap
 * @property {string} gapAccuracy  how the gap was computed
 * @property {number} residual
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
 * Every quantity at every stop of the slider.
 * @param {PackedSweep} answer
 */
export function sweepOf(answer) {
  const latents = answer.mean.length, variances = singles(answer.variances), deviations = singles(answer.deviations);
  const klOfVariance = singles(answer.klOfVariance), scales = doubles(answer.scales), { onPath, own } = answer;
  const terms = /** @type {Record<Term, Float64Array>} */ (
    Object.fromEntries(Object.entries(answer.terms).map(([name, text]) => [name, doubles(text)])));
  const row = (/** @type {Float32Array} */ table, /** @type {number} */ k) => table.subarray(k * latents, (k + 1) * latents);
  return {
    ...answer, terms, latents, scales,
    stops: scales.length,
    /** How reconstruction, ELBO and objective were computed at a stop. */
    accuracyAt: textsOf(answer.accuracy),
    /** @param {number} k */
    variance: (k) => row(variances, k),
    /** @param {number} k */
    deviation: (k) => row(deviations, k),
    /** @param {number} k */
    klOfVariance: (k) => row(klOfVariance, k),
    band: answer.band && { low: doubles(answer.band.band_low), high: doubles(answer.band.band_high) },
    picture: answer.picture ? bytes(answer.picture) : null,
    decoded: answer.decodedMean ? bytes(answer.decodedMean.pixels) : null,
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
 * Gap, residual and forces by the step of the path.
 * @param {PackedDiagnostics} answer
 * @param {number} latents
 * @returns {(step: number) => Diagnostics}
 */
export function diagnosticsOf(answer, latents) {
  const gap = doubles(answer.gap), residual = doubles(answer.residual), gapAccuracy = textsOf(answer.gapAccuracy);
  const reconstructionByVariance = singles(answer.reconstructionByVariance), klByVariance = singles(answer.klByVariance);
  const reconstructionByMean = singles(answer.reconstructionByMean), klByMean = singles(answer.klByMean);
  return (step) => ({
    gap: gap[step], gapAccuracy: gapAccuracy(step), residual: residual[step],
    reconstructionByVariance: reconstructionByVariance[step], klByVariance: klByVariance[step],
    reconstructionByMean: reconstructionByMean.subarray(step * latents, (step + 1) * latents),
    klByMean: klByMean.subarray(step * latents, (step + 1) * latents),
  });
}
