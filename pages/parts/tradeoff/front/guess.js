// @ts-check
// The guess of the best σ²: whether it is asked for, where it starts, and how far it was from the best.

import { shown, writtenAll, writtenOnce } from "../../front/text.js";
import { endAt, knobOf, readAt } from "./best_said.js";
import { printedChange } from "./printed.js";
import { termsAt } from "./sweep.js";
import { bestAlong } from "./vertex.js";

/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./sweep.js").Sweep} Sweep */

const WIDE = 208 / 240; // of the slider, from its left end: σ² = 1 on the grid
const LEAST = 0.005; // less than the screen prints
const BESIDE = 4; // stops of the slider beside the best one, from which no guess starts
const ANSWERS = new Set(["best", "encoder"]); // sources of q that give the answer away

/**
 * Whether q stands where an answer is.
 * @param {string} source
 */
export const givesAway = (source) => ANSWERS.has(source);

export class Guess {
  /** Whether it is asked for: then the curves are hidden. */
  open = false;
  /** @type {number | null} the σ² that was guessed */
  value = null;
  /** What revealing has shown. */
  news = "";

  /** Another model or image: the guess was about the one before. */
  forget() {
    this.value = null;
    this.news = "";
  }

  /**
   * Whether q would give the answer away.
   * @param {string} source
   */
  answers(source) {
    return this.open && givesAway(source);
  }

  /**
   * Where a guess starts that is asked for.
   * @param {Sweep} sweep
   * @returns {Record<string, string>}  parameters of the link
   */
  start(sweep) {
    return this.open ? startOf(sweep) : {};
  }

  /**
   * Ask for a guess, or reveal how far it was from the best.
   * @param {{ sweep: Sweep, k: number, source: string }} movement
   * @param {StaticData} fixed
   * @returns {Record<string, string>}  what changes in the link
   */
  toggle({ sweep, k, source }, fixed) {
    this.forget();
    this.open = !this.open;
    if (this.open) return sweep.onPath ? asking({ sweep, k, source }) : this.start(sweep);
    this.value = sweep.scales[k];
    this.news = guessSentence(fixed, sweep, k);
    return { predict: "false" };
  }
}

/**
 * A q on the path of the slider, with the same mean, far from the best.
 * @param {Sweep} sweep
 * @returns {Record<string, string>}  parameters of the link
 */
function startOf(sweep) {
  const steps = sweep.stops - (sweep.onPath ? 0 : 1), k = sweep.stop(Math.round(WIDE * (steps - 1)));
  return { q: "hand", mean: writtenAll(sweep.mean), variance: writtenOnce(sweep.variance(k)), predict: "true" };
}

/**
 * What changes in the link where a guess is asked for. σ² may stand at the answer without having been guessed, as where it follows β.
 * @param {{ sweep: Sweep, k: number, source: string }} movement
 * @returns {Record<string, string>}
 */
export function asking({ sweep, k, source }) {
  return givesAway(source) || Math.abs(k - sweep.stop(sweep.lowest)) < BESIDE ? startOf(sweep) : { predict: "true" };
}

/**
 * What is asked: β says what is to be large.
 * @param {number} beta
 */
export const guessQuestion = (beta) =>
  `Where on the slider is ${beta === 1 ? "the ELBO" : `reconstruction − ${beta}·KL, the objective with β = ${beta},`} largest? Move σ² to your guess, then reveal.`;

/**
 * The best place on the curve, and how far a stop is below it.
 * @param {StaticData} fixed
 * @param {Sweep} sweep
 * @param {number} k  the stop
 */
function comparison(fixed, sweep, k) {
  const best = sweep.stop(sweep.lowest), { objective } = sweep.terms, [at, there] = [k, best].map((stop) => termsAt(sweep, stop));
  const distance = sweep.beta === 1 ? printedChange(fixed, at, there, 2).elbo : objective[best] - objective[k];
  const [guess, found] = [sweep.scales[k], bestAlong(sweep)].map((scale) => `${knobOf(sweep)} = ${readAt(sweep, scale)}`), whose = sweep.beta === 1 ? "" : ` for β = ${sweep.beta}`;
  const end = endAt(sweep.lowest, sweep.along(objective).length), more = end ? `, where the slider ends: a ${end < 0 ? "smaller" : "larger"} one is better still` : "";
  return { distance, guess, found, whose, more };
}

/**
 * What a guess has missed. A q beside the path, with a variance of its own for each dimension, may do better than all of it.
 * @param {StaticData} fixed
 * @param {Sweep} sweep
 * @param {number} k  the stop of the guess
 */
function guessSentence(fixed, sweep, k) {
  const { distance, guess, found, whose, more } = comparison(fixed, sweep, k), { unit } = fixed;
  if (distance < -LEAST) {
    return `This q, with different variances, gains ${shown(-distance, 2)} ${unit} over the best${whose} on this curve, ${found}${more}.`;
  }
  return `The guess ${guess} loses ${shown(Math.max(distance, 0), 2)} ${unit} against the best${whose} on this curve, ${found}${more}.`;
}

/**
 * What the guesses of a class were about, and where q stands.
 * @param {StaticData} fixed
 * @param {Sweep} sweep
 * @param {number} k  the stop of the slider
 */
export function bestSentence(fixed, sweep, k) {
  const { distance, guess, found, whose, more } = comparison(fixed, sweep, k), off = shown(Math.abs(distance), 2);
  const best = `The best${whose} on this curve is ${found}${more}.`;
  if (Math.abs(distance) < LEAST) return `${best} There q stands.`;
  return `${best} q stands at ${guess}, ${off} ${fixed.unit} ${distance < 0 ? "above, with different variances" : "below"}.`;
}
