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
 * Reconstruction − β·KL as it is printed, and its KL with so many digits that whoever multiplies it finds that number.
 * @param {number} reconstruction  as it is printed
 * @param {{ kl: number, beta: number }} weighted
 * @param {number} digits  after the point
 * @returns {{ kl: string, objective: string }}
 */
export function printedObjective(reconstruction, { kl, beta }, digits) {
  const text = kl.toFixed(digits + Math.max(Math.ceil(Math.log10(beta)), 0) + 1);
  return { kl: text, objective: shown(reconstruction - Number((beta * Number(text)).toFixed(digits)), digits) };
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

/**
 * What changes from one q to another, as a difference of what is printed of both: the changes add up as the numbers do.
 * @param {Fixed} fixed
 * @param {{ reconstruction: number, kl: number }} before
 * @param {{ reconstruction: number, kl: number }} now
 * @param {number} digits  after the point
 * @returns {Record<Printed, number>}
 */
export function printedChange(fixed, before, now, digits) {
  const [from, to] = [before, now].map((terms) => rounded(fixed, terms, digits));
  return /** @type {Record<Printed, number>} */ (Object.fromEntries(Object.entries(to).map(([name, value]) =>
    [name, Number((value - from[/** @type {Printed} */ (name)]).toFixed(digits))])));
}

/**
 * The parts of the reconstruction that is lost: what q's mean misses, and what the spread about it adds, which is negative where
 * samples fit x better. As they are printed they add up to the printed loss.
 * @param {Fixed} fixed
 * @param {{ reconstruction: number, kl: number }} terms
 * @param {number} likelihood  log p(x|z) at q's mean
 * @param {number} digits  after the point
 * @returns {{ error: number, spread: number }}
 */
export function printedLoss(fixed, terms, likelihood, digits) {
  const { lost } = rounded(fixed, terms, digits), [top, mean] = [fixed.bestReconstruction, likelihood].map((value) => Number(value.toFixed(digits)));
  const error = Number(Math.max(top - mean, 0).toFixed(digits));
  return { error, spread: Number((lost - error).toFixed(digits)) };
}

/**
 * Two numbers and their sum, which is rounded from its own value: at an optimum it is 0. What rounding leaves goes to the number
 * that is then nearer to its value.
 * @param {number[]} two
 * @param {number} digits  after the point
 */
export function addingUp(two, digits) {
  const unit = 10 ** digits, exact = two.map((value) => value * unit), whole = exact.map(Math.round), sum = Math.round(exact[0] + exact[1]);
  const left = sum - whole[0] - whole[1], first = left * (exact[0] - whole[0]) >= left * (exact[1] - whole[1]);
  whole[first ? 0 : 1] += left;
  return [...whole, sum].map((value) => value / unit);
}

/** @typedef {{ mean: number, width: number, shape: number }} Shares  of the gap */

/**
 * The shares of the gap as they are printed, so that they add up to the printed gap. The shape's is the same for every q: as
 * the gap of the best q is printed. What rounding leaves goes to the other share that is then nearest to its value; a share
 * that is 0 stays so.
 * @param {Shares} shares  the values
 * @param {number} gap  as it is printed
 * @param {number} digits  after the point
 * @param {number} [shape]  the gap of the best q as it is printed, if it is known
 * @returns {Shares}
 */
export function printedShares(shares, gap, digits, shape) {
  const unit = 10 ** digits, exact = Object.entries(shares).map(([name, value]) => ({ name, value: Math.max(value, 0) * unit }));
  const whole = exact.map(({ name, value }) => Math.round(name === "shape" && shape !== undefined ? shape * unit : value));
  let left = Math.round(gap * unit) - whole.reduce((sum, part) => sum + part, 0);
  while (left !== 0) {
    const step = Math.sign(left), found = nearestOf(exact, whole, step, shape === undefined ? "" : "shape");
    whole[found] += step;
    left -= step;
  }
  return /** @type {Shares} */ (Object.fromEntries(exact.map(({ name }, i) => [name, whole[i] / unit])));
}

/**
 * The part that is nearest to its value after a step, none of them below 0.
 * @param {{ name: string, value: number }[]} exact
 * @param {number[]} whole
 * @param {number} step
 * @param {string} kept  the part that is changed only if no other can be
 */
function nearestOf(exact, whole, step, kept) {
  let best = exact.findIndex(({ name }) => name === "shape"), least = Infinity;
  exact.forEach(({ name, value }, i) => {
    const away = Math.abs(whole[i] + step - value);
    if (name === kept || whole[i] + step < 0 || (whole[i] === 0 && value < 1e-3) || away >= least) return;
    [best, least] = [i, away];
  });
  return best;
}
