// @ts-check
// What is wrong with q, and which single move gains most: computed at every stop of the slider from what the browser has.
//
// Three moves are compared by the objective: σ² along its slider; the mean to that of the best q, with σ² refitted; and, where
// both are right, a variance of its own for each dimension.

import { shown } from "../../front/text.js";
import { beyondEnd, endAt, knobOf, readAt } from "./best_said.js";
import { printedChange, rounded } from "./printed.js";
import { areEqual, termsAt } from "./sweep.js";

/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./sweep.js").Sweep} Sweep */

/**
 * @typedef {object} Advice
 * @property {"variance" | "best" | "none"} move  the slider of σ²; to the best q; or nothing gains more
 * @property {number} gain  of the objective, in the visitor's unit
 * @property {number} to  what the variance slider is to say, for the move "variance"
 * @property {string} text
 */

const DIGITS = 2; // after the point
const LEAST = 0.015; // a smaller gain is none: as far as the screen prints, it may be rounding

/**
 * What moves gain as it is said: of the ELBO the difference of what is printed before and after, of another objective its value.
 * @typedef {object} Gains
 * @property {number} gap  as it is printed
 * @property {number} best  of the best q
 * @property {number} width  of the best stop of the slider
 * @property {number} place  of the best q's mean, with the variances that the sliders then reach
 */

/**
 * @param {StaticData} staticLayer
 * @param {Sweep} sweep
 * @param {number} k  the stop of the slider
 * @param {string} mode  what the slider moves
 * @returns {Advice}
 */
export function adviceOn(staticLayer, sweep, k, mode) {
  const { objective } = sweep.terms, { error } = sweep, here = objective[k];
  // The variances of a q beside the slider's path may be better there than what the slider reaches.
  const kept = k === sweep.own && mode !== "each" ? (sweep.now.atBestMean ?? -Infinity) : -Infinity, stays = kept > staticLayer.bestAlongSlider, atBestMean = Math.max(staticLayer.bestAlongSlider, kept);
  const lowest = sweep.stop(sweep.lowest), along = Math.max(objective[lowest], here);
  const top = Math.max(staticLayer.bestObjective, atBestMean, along);
  const width = along - here, place = Math.max(0, atBestMean - along), own = top - Math.max(atBestMean, along);
  const said = gainsOf(staticLayer, sweep, k, { width, best: top - here, place: mode === "each" ? top - here : Math.max(atBestMean - here, 0) });
  const least = Math.max(LEAST, error ? 2 * error[k] : 0);
  if (Math.min(top - here, said.best) < least) return { move: "none", gain: top - here, to: NaN, text: atTheTop(staticLayer, said) };
  if (width >= place && width >= own && said.width > 0) {
    const to = sweep.scales[lowest], wide = to < sweep.scales[k];
    return { move: "variance", gain: width, to, text: widthText(staticLayer, sweep, said, { to, wide }) };
  }
  const text = place >= own ? placeText(staticLayer, said, stays) : beyondText(staticLayer, sweep, k, said) || ownText(staticLayer, said, areEqual(sweep.variance(k)));
  return { move: "best", gain: top - here, to: NaN, text };
}

/**
 * @param {StaticData} staticLayer
 * @param {Sweep} sweep
 * @param {number} k  the stop of the slider
 * @param {{ width: number, best: number, place: number }} exact  the gains of the objective
 * @returns {Gains}
 */
function gainsOf(staticLayer, sweep, k, { width, best, place }) {
  const now = termsAt(sweep, k), { gap } = rounded(staticLayer, now, DIGITS), { beta, bestTerms } = staticLayer;
  if (beta !== 1) return { gap, best, width, place };
  const printedTo = (/** @type {{ reconstruction: number, kl: number }} */ terms) => Math.max(printedChange(staticLayer, now, terms, DIGITS).elbo, 0);
  const saved = bestTerms ? printedTo(bestTerms) : best;
  return { gap, best: saved, width: printedTo(termsAt(sweep, sweep.stop(sweep.lowest))), place: Math.min(place, saved) };
}

/** @param {number} value */
const amount = (value) => shown(value, DIGITS);

/**
 * What a move gains: of the gap, or of the objective where that is not the ELBO.
 * @param {StaticData} staticLayer
 * @param {number} gain
 * @param {number} gap
 */
function gains({ beta, unit, atLeast }, gain, gap) {
  if (beta !== 1) return `the objective with β = ${beta} gains ${amount(gain)} ${unit}`;
  const [gone, all] = [amount(gain), amount(gap)];
  return gain >= gap || gone === all ? `all ${atLeast}${all} ${unit} of gap vanish` : `${gone} of the ${atLeast}${all} ${unit} of gap vanish`;
}

/**
 * @param {StaticData} staticLayer
 * @param {Sweep} sweep
 * @param {Gains} said
 * @param {{ to: number, wide: boolean }} move
 */
function widthText(staticLayer, sweep, { width, gap }, { to, wide }) {
  const value = readAt(sweep, Number(to.toPrecision(2))), end = endAt(sweep.lowest, sweep.along(sweep.scales).length);
  const more = end === (wide ? -1 : 1) ? ", where the slider ends: beyond it q gains more" : "";
  return `Too ${wide ? "wide" : "narrow"}: ${gains(staticLayer, width, gap)} when you move ${knobOf(sweep)} to the ${wide ? "left" : "right"}, to about ${value}${more}.`;
}

/**
 * Where σ² alone is wrong, the same in all dimensions, and the slider does not reach the best; otherwise empty.
 * @param {StaticData} staticLayer
 * @param {Sweep} sweep
 * @param {number} k  the stop of the slider
 * @param {Gains} said
 */
function beyondText(staticLayer, sweep, k, { best, gap }) {
  const way = beyondEnd(sweep, k, staticLayer.landmarks.best.variance), { onPath, own, variance, moved } = sweep;
  if (!way || !moved.every(Boolean) || !(onPath || k !== own || areEqual(variance(k)))) return "";
  const [wrong, end, side] = way < 0 ? ["wide", "below", "left"] : ["narrow", "above", "right"];
  return `Too ${wrong}: ${gains(staticLayer, best, gap)} when you press “best\u00a0q”, whose σ² is ${end} the slider’s ${side} end.`;
}

/**
 * One slider for all variances reaches less than the best q, which has one for each dimension.
 * @param {StaticData} staticLayer
 * @param {Gains} said
 * @param {boolean} stays  whether q gains most if its variances stay as they are
 */
function placeText(staticLayer, { place, best, gap }, stays) {
  const { view, landmarks } = staticLayer;
  const [drag, adjust] = view === "plane" ? ["drag ● to ✕", " and adjust σ²"] : view === "line" ? [`move μ to ${shown(landmarks.best.mean[0], 2)}`, ", adjust σ²"] : ["move the means", " and σ²"];
  const move = stays ? drag : `${drag}${adjust}`;
  const other = amount(place) === amount(best) ? ", or press “best\u00a0q”" : `; “best\u00a0q” saves ${amount(best)}`;
  return `Not the best place: ${gains(staticLayer, place, gap)} when you ${move}${other}.`;
}

/**
 * @param {StaticData} staticLayer
 * @param {Gains} said
 * @param {boolean} equal  whether all dimensions have one variance
 */
function ownText(staticLayer, { best, gap }, equal) {
  const wrong = equal ? "Each dimension needs its own σ²" : "Not quite the best q";
  return `${wrong}: ${gains(staticLayer, best, gap)} when you press “best\u00a0q”.`;
}

/**
 * @param {StaticData} fixed
 * @param {Gains} said
 */
function atTheTop(fixed, { best, gap }) {
  const { beta, unit, atLeast, view, bestTerms } = fixed;
  if (beta !== 1) {
    const there = bestTerms ? `, with a gap of ${atLeast}${amount(rounded(fixed, bestTerms, DIGITS).gap)}` : "";
    return `Best for β = ${beta}. The gap is ${atLeast}${amount(gap)} ${unit}; the ELBO has another best q${there}.`;
  }
  const kind = view === "line" ? "a Gaussian" : "a Gaussian with independent dimensions";
  if (!atLeast && gap === 0) return `q is the posterior, up to rounding: ${amount(gap)} ${unit} of gap remain, and no q does better.`;
  const remain = `${atLeast}${amount(gap)} ${unit} of gap remain`;
  if (best > 0) return `As good as ${kind} gets, up to ${amount(best)} ${unit}: ${remain}.`;
  return `As good as ${kind} gets: ${remain}, because the posterior has another shape.`;
}
