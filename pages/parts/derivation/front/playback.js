// @ts-check
// Where the sliders of a step are. One slider is played back at a time, along the sweep that was made while the others held
// still; another slider waits until the server has answered where the first was left.

import { nearest } from "../../front/slider.js";

/** @typedef {import("./element.js").Sweep} Sweep */
/** @typedef {Record<string, number>} Values  of the sliders, by name */

const DEBOUNCE_MS = 350; // after the last key before it is committed

/**
 * @typedef {object} PlaybackEvents
 * @property {() => void} begin  a movement is about to begin
 * @property {() => void} change  there is something else to paint
 * @property {(values: Values) => void} commit  a movement has ended
 */

export class Playback {
  /** @type {Record<string, Sweep>} */
  sweeps = {};
  /** @type {Values} */
  values = {};
  /** Between the first movement and its commit. */
  busy = false;
  /** For the answer without which the slider that is moved cannot be played back. */
  waiting = false;
  k = 0;
  /** @type {Values} */
  #base = {}; // where the sliders were when the sweeps were made
  #pending = ""; // the slider that is waiting
  #held = false;
  #released = false; // while waiting: commit as soon as the answer has come
  #later = 0;

  /**
   * @param {string} active  the slider that is played back
   * @param {PlaybackEvents} events
   */
  constructor(active, events) {
    this.active = active;
    this.events = events;
  }

  /**
   * The server has said where the sliders are, and the sweeps from there have come.
   * @param {Record<string, Sweep>} sweeps
   * @param {Values} values
   */
  receive(sweeps, values) {
    this.sweeps = sweeps;
    this.#base = { ...values };
    if (!this.busy) {
      this.values = { ...values };
      this.k = sweeps[this.active].own;
      return;
    }
    // A slider is being moved already: it goes on from where the others were left.
    if (this.waiting) this.active = this.#pending;
    const stops = this.stops(this.active);
    this.k = nearest(stops, this.values[this.active]);
    this.values = { ...values, [this.active]: stops[this.k] };
    this.waiting = false;
    if (this.#released) this.#commit();
  }

  /** @param {string} name */
  stops(name) {
    return this.sweeps[name].stops;
  }

  /** Whether the numbers at `k` are those of the place where the thumbs stand. */
  get known() {
    return !this.#stale(this.active) && this.values[this.active] === this.stops(this.active)[this.k];
  }

  /**
   * Whether the sweep along this slider was made while another stood elsewhere.
   * @param {string} name
   */
  #stale(name) {
    return Object.keys(this.values).some((other) => other !== name && this.values[other] !== this.#base[other]);
  }

  /**
   * @param {string} name
   * @param {number} k
   */
  move(name, k) {
    // Where another slider was left has to be known before this one can be played back.
    if (this.busy && (this.waiting ? this.#pending : this.active) !== name) this.#commit();
    this.#begin();
    this.values[name] = this.stops(name)[k];
    this.waiting = this.#stale(name);
    if (this.waiting) this.#pending = name;
    else [this.active, this.k] = [name, k];
    this.events.change();
    // Keys and programs do not say when they let go: commit a little after the last movement.
    this.#later = setTimeout(() => this.#held || this.#end(), DEBOUNCE_MS);
  }

  hold() {
    this.#held = true;
  }

  release() {
    const held = this.#held;
    this.#held = false;
    if (held) this.#end();
  }

  /** @param {Values} values */
  goTo(values) {
    this.#begin();
    this.values = { ...this.values, ...values };
    this.#commit();
  }

  #begin() {
    clearTimeout(this.#later);
    if (this.busy) return;
    this.events.begin();
    this.busy = true;
    this.#released = false;
  }

  #end() {
    if (!this.busy) return;
    clearTimeout(this.#later);
    // The answer for the other slider is still on its way: this one is committed when it has come.
    if (this.waiting) this.#released = true;
    else this.#commit();
  }

  /** A movement ends where it is. */
  finish() {
    if (this.busy) this.#commit();
  }

  #commit() {
    clearTimeout(this.#later);
    this.busy = this.#released = this.waiting = false;
    this.events.commit(this.values);
  }

  close() {
    clearTimeout(this.#later);
  }
}
