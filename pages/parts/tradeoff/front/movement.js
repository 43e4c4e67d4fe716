// @ts-check
// q while it moves: which stop of the slider it is at, which mean has been asked for, and when a movement is over.
//
// A movement along the variance slider shows what the sweep contains; for another mean, or the variance of another dimension,
// the server is asked for a new sweep. Where the movement ends, q is committed.

import { writtenAll, writtenOnce } from "../../front/text.js";
import { glide, playAlong } from "./animation.js";
import { carriedOn, sweepOf } from "./sweep.js";

/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {import("./stream.js").Question} Question */
/** @typedef {import("./stream.js").Stream} Stream */
/** @typedef {{ mean: ArrayLike<number>, variance: ArrayLike<number> }} Q */

const DEBOUNCE_MS = 350; // after the last key before it is committed

/**
 * @typedef {object} MovementEvents
 * @property {() => void} begin  a movement is about to begin
 * @property {(everything: boolean) => void} change  there is something else to paint, or only where q is
 * @property {() => void} sweep  another sweep has come while q moves
 * @property {(sentence: string) => void} refuse  the server refuses a q
 * @property {(changes: Record<string, string>) => void} commit  a movement has ended
 */

export class Movement {
  /** @type {Sweep} */
  sweep;
  /** The stop of the slider. */
  k = 0;
  /** Where q comes from: encoder, best, prior or hand (as the link names it). */
  source = "";
  /** The dimension whose sliders are shown, from 0. */
  dimension = 0;
  /** Between the first change and the commit. */
  busy = false;
  playing = false;
  /** @type {Question} */
  state = {}; // link parameters that no movement changes
  #askedDimension = 0;
  /** @type {number[] | null} */
  #mean = null; // asked for, until its sweep has come
  #asked = 0; // questions so far
  #outdated = 0; // the answer to this question, and to those before it, is not shown
  #waiting = false; // for an answer
  #released = false; // while waiting: commit as soon as the answer has come
  #held = false; // a pointer presses a thumb or the plane
  #later = 0;
  #cancel = () => {}; // a movement that goes on by itself
  #pathAtRest = "";

  /**
   * @param {Stream} stream
   * @param {import("./payload").PackedSweep} sweep
   * @param {number[]} grid  the variances at the steps of the slider
   * @param {MovementEvents} events
   */
  constructor(stream, sweep, grid, events) {
    this.stream = stream;
    this.sweep = sweepOf(sweep, grid);
    this.grid = grid;
    this.events = events;
  }

  /**
   * A sweep for q at rest.
   * @param {Sweep} sweep
   */
  adopt(sweep) {
    this.display(sweep);
    this.#pathAtRest = sweep.path;
  }

  /** @param {Sweep} sweep  of q as it moves */
  display(sweep) {
    this.sweep = carriedOn(sweep, this.sweep);
    this.k = sweep.own;
  }

  /** Whether the sweep is another than that of q at rest: q is being moved to another mean. */
  get away() {
    return this.sweep.path !== this.#pathAtRest;
  }

  /**
   * What the server has committed, unless q is moving already.
   * @param {Question} state  link parameters that no movement changes
   * @param {{ q: string, dimension: string }} link
   */
  settle(state, { q, dimension }) {
    this.state = state;
    if (this.busy) return;
    this.#mean = null;
    this.source = q;
    this.dimension = this.#askedDimension = Number(dimension) - 1;
  }

  /** The mean of q, or the one that has been asked for. */
  get mean() {
    return this.#mean ?? this.sweep.mean;
  }

  get variance() {
    return this.sweep.variance(this.k);
  }

  /** The dimensions whose mean has a slider. */
  get dimensions() {
    return this.sweep.latents <= 2 ? Array.from({ length: this.sweep.latents }, (_, j) => j) : [this.dimension];
  }

  /**
   * The link of a q, as the server reads it.
   * @param {Q} q
   * @returns {Question}
   */
  question({ mean, variance } = { mean: this.sweep.mean, variance: this.variance }) {
    const dimension = String(this.#askedDimension + 1);
    return { ...this.state, q: "hand", mean: writtenAll(mean), variance: writtenOnce(variance), dimension };
  }

  #begin() {
    clearTimeout(this.#later);
    if (!this.busy) this.events.begin();
    this.busy = true;
    this.source = "hand";
  }

  // ---- movements --------------------------------------------------------------------------------------------------

  /**
   * To a stop of the variance slider: of all dimensions, or of one of them.
   * @param {number} k
   * @param {number | null} j
   * @param {number} value  what that stop means for one dimension
   */
  toStop(k, j, value) {
    this.stop();
    this.#begin();
    if (j != null && j !== this.dimension) {
      // The other dimension's slider: its sweep has to be asked for first.
      const variance = Float64Array.from(this.variance);
      variance[j] = value;
      this.#askedDimension = j;
      this.#ask({ mean: this.sweep.mean, variance }, () => {
        this.dimension = j;
      });
    } else {
      this.k = Math.min(k, this.sweep.stops - 1);
      if (this.#waiting) {
        // An answer for the old variance is on its way: it is not shown, but asked for again.
        this.#ask({ mean: this.mean, variance: this.variance });
        this.#outdated = this.#asked - 1;
      }
      this.events.change(true);
    }
    this.#commitSoon();
  }

  /** @param {number} k  the stop at which somebody else's slider is: nothing is committed */
  show(k) {
    this.stop();
    this.k = Math.min(k, this.sweep.stops - 1);
    this.source = "hand";
    this.events.change(true);
  }

  /**
   * To another mean, with a pointer that is held.
   * @param {number[]} mean
   */
  toMean(mean) {
    this.stop();
    this.#begin();
    this.#mean = mean;
    this.#ask({ mean, variance: this.variance });
    this.events.change(false);
  }

  /**
   * To another mean, by a key or a slider, of which more may follow.
   * @param {number[]} mean
   */
  nudge(mean) {
    this.toMean(mean);
    this.#commitSoon();
  }

  /**
   * To a variance that was typed.
   * @param {number | null} j  of this dimension; null for all
   * @param {number} value
   * @param {boolean} multiple  whether it is a multiple of what is now
   */
  enterVariance(j, value, multiple) {
    const variance = Float64Array.from(this.variance, (old, d) =>
      (multiple ? (old * value) / this.sweep.scales[this.k] : j == null || j === d ? value : old));
    this.enter({ mean: this.sweep.mean, variance });
  }

  /**
   * To a q whose numbers were typed; it is committed as soon as the server has answered.
   * @param {Q} q
   */
  enter(q) {
    this.stop();
    this.#begin();
    this.#ask(q);
    this.#released = true;
  }

  /**
   * To the encoder's q, the optimal one or the prior.
   * @param {string} source
   * @param {Q | null} target  where to glide; null to be there at once
   */
  goTo(source, target) {
    this.stop();
    this.events.begin();
    const arrive = () => {
      this.#finish();
      this.source = source;
      this.stream.forget();
      this.events.commit({ q: source, mean: "", variance: "" });
    };
    if (!target) return arrive();
    this.busy = true;
    clearTimeout(this.#later);
    this.source = source;
    this.#cancel = glide({ mean: [...this.sweep.mean], variance: Array.from(this.variance) }, target, {
      step: (q) => {
        this.#mean = q.mean;
        this.#ask(q);
      },
      arrive,
    });
    return undefined;
  }

  /** Along the slider, from end to end and back, until it is stopped. */
  play() {
    this.#begin();
    this.playing = true;
    this.#cancel = playAlong(this.k, this.sweep.stops - 1, (k) => {
      this.k = Math.min(k, this.sweep.stops - 1);
      this.events.change(true);
    });
  }

  /** End a movement that goes on by itself. */
  stop() {
    this.#cancel();
    if (!this.playing) return;
    this.playing = false;
    this.#end();
  }

  // ---- the end of a movement --------------------------------------------------------------------------------------

  hold() {
    this.#held = true;
  }

  release() {
    this.#held = false;
    this.#end();
  }

  // Keys and programs send no release: commit a little after the last movement.
  #commitSoon() {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#end(), DEBOUNCE_MS);
  }

  #end() {
    if (!this.busy || this.#held) return;
    clearTimeout(this.#later);
    // The last answer is still on its way: it is committed when it has come.
    if (this.#waiting) this.#released = true;
    else this.commit();
  }

  /**
   * Commit q as it is, and perhaps other parameters of the link.
   * @param {Record<string, string>} changes
   */
  commit(changes = {}) {
    clearTimeout(this.#later);
    this.#finish();
    this.source = "hand";
    const { q, mean, variance, dimension } = this.question();
    this.events.commit({ q, mean, variance, dimension, ...changes });
  }

  #finish() {
    this.busy = this.#waiting = this.#released = this.#held = false;
    this.#outdated = this.#asked;
    this.#mean = null;
  }

  // ---- the server -------------------------------------------------------------------------------------------------

  /**
   * @param {Q} q
   * @param {() => void} then  called before its sweep is shown
   */
  #ask(q, then = () => {}) {
    const asked = Array.from(q.mean), turn = (this.#asked += 1);
    this.#waiting = true;
    this.stream.ask(this.question(q), (answer) => {
      if (!this.busy || turn <= this.#outdated) return;
      then();
      this.#waiting = turn !== this.#asked; // the last question is always answered
      this.display(sweepOf(answer, this.grid));
      if (this.#mean && asked.every((value, j) => value === this.#mean?.[j])) this.#mean = null;
      this.events.sweep();
      if (!this.#waiting && this.#released) this.commit();
    }, (sentence) => {
      this.#finish();
      this.events.refuse(sentence);
    });
  }

  close() {
    this.#cancel();
    clearTimeout(this.#later);
    this.playing = this.busy = false;
  }
}
