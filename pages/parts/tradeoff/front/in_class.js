// @ts-check
// What the Trade-off screen offers a class: its place on the slider, the table of its path, and the guesses over its chart.

import { chartMoved, offerChart } from "../../front/class_signals.js";
import { svg } from "../../front/svg.js";
import { sweepOf } from "./sweep.js";

/** @typedef {import("../../front/class_signals.js").Guesses} Guesses */
/** @typedef {import("../../front/class_signals.js").Place} Place */
/** @typedef {import("./movement.js").Movement} Movement */
/** @typedef {import("./tradeoff.js").Tradeoff} Tradeoff */

const PATH = 8; // letters of a path's name, which tell it from the few others of a lesson
const RADIUS = 6;
const REST_MS = 300; // after which q is at rest where somebody else moves it

export class InClass {
  /** @type {Guesses | null} */
  #guesses = null;
  /** @type {SVGGElement | null} */
  #layer = null;
  #drawn = "";
  #rest = 0;
  #followed = ""; // the q that was asked for last
  #state = {}; // and for what screen

  /**
   * @param {Movement} movement
   * @param {{ table: () => { unit: string, mode: string }, hide: (hidden: boolean) => void, paint: () => void, rest: () => void }} screen
   */
  constructor(movement, screen) {
    this.movement = movement;
    this.labels = screen.table;
    this.rest = screen.rest;
    this.withdraw = offerChart({
      place: () => this.#place(),
      go: (place) => this.#go(place),
      table: () => this.#table(),
      value: () => movement.sweep.scales[movement.k],
      hide: screen.hide,
      draw: (guesses) => {
        if (JSON.stringify(guesses) === JSON.stringify(this.#guesses)) return; // or a listener would ask for frame after frame
        this.#guesses = guesses;
        screen.paint();
      },
    });
  }

  get #path() {
    return this.movement.sweep.path.slice(0, PATH);
  }

  #place() {
    const { sweep, k, away, source } = this.movement, { mean, variance } = this.movement.question();
    // The mean of the optimal q has more digits than its text, and so another path.
    return { path: this.#path, step: sweep.step(k), q: away || source === "hand" ? { mean, variance } : null, away };
  }

  /** @param {Place} place */
  #go({ path, step, q }) {
    const { movement } = this, { sweep } = movement;
    if (path !== this.#path) {
      if (q) this.#follow(q);
      return q !== null;
    }
    const k = step < 0 ? sweep.own : sweep.stop(step);
    if (!movement.busy && k !== movement.k) movement.show(k);
    return true;
  }

  /** @param {{ mean: string, variance: string }} q  at which the presenter is: nothing is committed */
  #follow({ mean, variance }) {
    const { movement } = this, { state } = movement, name = `${mean} ${variance}`;
    if (movement.busy || (name === this.#followed && state === this.#state)) return;
    movement.stop();
    this.#followed = name;
    this.#state = state;
    movement.stream.ask({ ...movement.question(), mean, variance }, (answer) => {
      if (movement.busy || state !== movement.state) return;
      movement.source = "hand";
      movement.display(sweepOf(answer, movement.grid));
      movement.events.sweep();
      // What is asked for at rest comes with a commit, which a follower does not make.
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => {
        if (!movement.busy) this.rest();
      }, REST_MS);
    }, () => {});
  }

  #table() {
    const { sweep } = this.movement, objective = sweep.along(sweep.terms.objective), best = sweep.lowest, { unit, mode } = this.labels();
    if (mode === "encoder") return null; // there the slider reads multiples
    return { scale: sweep.along(sweep.scales), lost: objective.map((value) => objective[best] - value), best, unit };
  }

  close() {
    clearTimeout(this.#rest);
    this.withdraw();
  }

  /**
   * Draw the guesses over the axis of the chart, and tell the class where q is.
   * @param {Tradeoff | undefined} chart
   * @param {string} view
   */
  paint(chart, view) {
    chartMoved();
    if (!chart?.ready()) return;
    const guesses = view === "rate" ? null : this.#guesses, { left, right, top, bottom } = chart.frame();
    const drawing = JSON.stringify([guesses, left, right, top, bottom, chart.axis("x").range]);
    if (drawing === this.#drawn) return;
    this.#drawn = drawing;
    this.#layer ??= svg("g", { class: "guesses" }, chart.over);
    this.#layer.replaceChildren();
    if (!guesses) return;
    const { rounds, scale, mine } = guesses, places = /** @type {{ x: number, row: number, name: string }[]} */ ([]);
    let floor = 0; // the first free row: the last vote stands on the axis, the one before above it
    for (const [round, steps] of rounds.slice(-2).toReversed().entries()) {
      /** @type {number[]} */
      const ends = []; // of every row, where its last dot is
      let marked = round > 0;
      for (const step of steps.toSorted((a, b) => a - b)) {
        const x = chart.x(scale[step]), own = !marked && step === mine;
        let row = ends.findIndex((end) => x - end >= 2 * RADIUS);
        if (row < 0) row = ends.length;
        ends[row] = x;
        marked ||= own;
        places.push({ x, row: floor + row, name: round > 0 ? "dot before" : own ? "dot own" : "dot" });
      }
      floor += ends.length + 0.5;
    }
    // Many rows share the height of the chart.
    const step = Math.min(2 * RADIUS + 1, (bottom - top - 2 * RADIUS) / Math.max(floor, 1));
    for (const { x, row, name } of places) {
      svg("circle", { cx: x, cy: bottom - RADIUS - 2 - row * step, r: RADIUS - 1, class: name }, this.#layer);
    }
  }
}
