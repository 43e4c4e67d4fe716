// @ts-check
// Numbers as they are printed, so that what stands on the screen adds up to the last digit.

import { shown } from "../../front/text.js";

/** @typedef {{ evidence: number, bestReconstruction: number }} Fixed  log p(x) and R* */
/** @typedef {"evidence" | "bestReconstruction" | "reconstruction" | "kl" | "elbo" | "gap" | "lost" | "floor" | "cost"} Printed */

/**
 * log p(x), R*, reconstruction and KL are rounded; ELBO, gap, lost, floor and cost are differences and sums of what is printed.
 * No gap is negative: where rounding alone would make it so, the reconstruction or the KL gives the last digit, whichever is
 * then nearer to its value.
 * @param {Fixed} fixed
 * @param {{ reconstruction: number, kl: number }} terms
 * @param {number} digits  after the point
 * @returns {Record<Printed, number>}
 */
export function rounded({ evidence, bestReconstruction }, { reconstruction, kl }, digits) {
  const unit = 10 ** digits, [total, top] = [evidence, bestReconstruction].map((value) => Math.round(value * unit));
  let data = Math.round(reconstruction * unit), code = Math.round(kl * unit);
  if (data - code === total + 1) {
    if (unit * reconstruction - data < code - unit * kl) data -= 1;
    else code += 1;
  }
  const whole = {
    evidence: total, bestReconstruction: top, reconstruction: data, kl: code,
    elbo: data - code, gap: total - data + code, lost: top - data, floor: top - total, cost: top - data + code };
  return /** @type {Record<Printed, number>} */ (Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, value / unit])));
}

/**
 * The same as texts.
 * @param {Fixed} fixed
 * @param {{ reconstruction: number, kl: number }} terms
 * @param {number} digits  after the point
 * @returns {Record<Printed, string>}
 */
export function printed(fixed, terms, digits) {
  const numbers = rounded(fixed, terms, digits);
  return /** @type {Record<Printed, string>} */ (Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, shown(value, digits)])));
}
