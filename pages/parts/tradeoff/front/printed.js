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
 * The sign before the floor, R* − log p(x): where log p(x) is a lower bound, the floor is an upper one.
 * @param {string} atLeast  the sign before log p(x)
 */
export const atMost = (atLeast) => atLeast.replace("≥", "≤");

/**
 * Reconstruction − β·KL as it is printed, with β·KL rounded as it is subtracted.
 * @param {number} reconstruction  as it is printed
 * @param {number} weighted  β·KL
 * @param {number} digits  after the point
 * @returns {{ weighted: string, objective: string }}
 */
export function printedObjective(reconstruction, weighted, digits) {
  const whole = Number(weighted.toFixed(digits));
  return { weighted: shown(whole, digits), objective: shown(reconstruction - whole, digits) };
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

/** @typedef {{ mean: number, width: number, shape: number }} Shares  of the gap */

/**
 * The shares of the gap as they are printed, so that they add up to the printed gap: what rounding leaves goes to the share
 * that is then nearest to its value. A share that is 0 stays so.
 * @param {Shares} shares  the values
 * @param {number} gap  as it is printed
 * @param {number} digits  after the point
 * @returns {Shares}
 */
export function printedShares(shares, gap, digits) {
  const unit = 10 ** digits, exact = Object.entries(shares).map(([name, value]) => ({ name, value: Math.max(value, 0) * unit }));
  const whole = exact.map(({ value }) => Math.round(value));
  let left = Math.round(gap * unit) - whole.reduce((sum, part) => sum + part, 0);
  while (left !== 0) {
    const step = Math.sign(left), found = nearestOf(exact, whole, step);
    whole[found] += step;
    left -= step;
  }
  return /** @type {Shares} */ (Object.fromEntries(exact.map(({ name }, i) => [name, whole[i] / unit])));
}

/**
 * The part that is nearest to its value after a step, none of them below 0.
 * @param {{ value: number }[]} exact
 * @param {number[]} whole
 * @param {number} step
 */
function nearestOf(exact, whole, step) {
  let best = exact.length - 1, least = Infinity;
  exact.forEach(({ value }, i) => {
    const away = Math.abs(whole[i] + step - value);
    if (whole[i] + step < 0 || (whole[i] === 0 && value < 1e-3) || away >= least) return;
    [best, least] = [i, away];
  });
  return best;
}
