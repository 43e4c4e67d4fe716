// @ts-check
// A setting on its way: β is weighed anew in the browser, for any other the server is asked. Once it is let go, the server's
// answer to the commit takes the place of all this.

import { sweepOf } from "./sweep.js";

/** @typedef {import("./settings.js").Setting} Setting */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {import("./movement.js").Movement} Movement */
/** @typedef {import("./stream.js").Stream} Stream */

/**
 * @typedef {object} LiveEvents
 * @property {() => StaticData} fixed  what belongs to the settings as they are shown
 * @property {(fixed: StaticData) => void} show  other settings; the movement has the sweep that belongs to them
 * @property {() => void} restore  what was committed last
 * @property {(changes: Record<string, string>) => void} commit  a setting was let go
 */

export class Live {
  /** Whether a setting is shown that has not been committed. */
  moving = false;
  /** Whether a hand still holds it. */
  held = false;
  /** Whether the server was asked for one: then the best q is unknown. */
  asked = false;
  /** @type {Record<string, string>} */
  #texts = {};
  #turn = 0;
  #shown = 0;

  /**
   * @param {Stream} stream
   * @param {Movement} movement
   * @param {LiveEvents} events
   */
  constructor(stream, movement, events) {
    this.stream = stream;
    this.movement = movement;
    this.events = events;
  }

  /** @param {Setting} setting */
  drag({ name, text, follow }) {
    this.moving = this.held = true;
    this.#texts[name] = text;
    if (name === "beta") this.#weigh(Number(text), follow);
    else this.#ask();
  }

  /** @param {Setting} setting */
  release({ name, text, changed, follow }) {
    const { movement, events } = this;
    this.held = false;
    // σ² has moved with it: both are committed at once.
    if (follow && movement.busy) movement.commit({ [name]: text });
    else if (changed) events.commit({ [name]: text });
    else events.restore();
  }

  /**
   * @param {number} beta
   * @param {boolean} follow
   */
  #weigh(beta, follow) {
    const { movement, events } = this;
    movement.sweep = weighed(movement.sweep, beta);
    events.show({ ...events.fixed(), beta });
    if (!follow) return;
    movement.hold();
    movement.toStop(movement.sweep.stop(movement.sweep.lowest), null, NaN);
  }

  #ask() {
    const turn = (this.#turn += 1), { stream, movement, events } = this;
    const question = { ...movement.question(), ...this.#texts };
    stream.ask(question, (answer) => {
      if (!this.moving || turn < this.#shown) return;
      this.#shown = turn;
      this.asked = true;
      movement.adopt(sweepOf(answer, movement.grid));
      events.show({ ...events.fixed(), ...answer.fixed, approximation: 0, bestTerms: null, floorError: "" });
    }, () => {});
  }

  /** What was committed has come, and is shown from now on; returns whether something else was. */
  settle() {
    const { moving } = this;
    this.moving = this.asked = false;
    this.#texts = {};
    return moving;
  }
}

/**
 * The same sweep with another weight of KL in its objective.
 * @param {Sweep} sweep
 * @param {number} beta
 * @returns {Sweep}
 */
export function weighed(sweep, beta) {
  const { reconstruction, kl } = sweep.terms, objective = reconstruction.map((value, k) => value - beta * kl[k]);
  const along = sweep.along(objective), lowest = along.reduce((best, value, i) => (value > along[best] ? i : best), 0);
  return { ...sweep, beta, lowest, terms: { ...sweep.terms, objective } };
}
