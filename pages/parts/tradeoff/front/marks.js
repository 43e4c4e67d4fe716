// @ts-check
// The mark that a student puts on the latent space or on the scale of a value over the trade-off chart.

import { answerAt, placeOf } from "../../front/grid.js";
import { valueOn } from "./guess_scale.js";

/** @typedef {import("../../front/chart.js").Box} Box */
/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {import("../../front/class_signals.js").Asked} Asked */
/** @typedef {import("./latents.js").Latents} Latents */
/** @typedef {import("./tradeoff.js").Tradeoff} Tradeoff */
/** @typedef {{ tradeoff: Tradeoff, latents: Latents }} Charts */

/** @type {Record<string, number[]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
/** @type {Record<string, string>} */
const PANELS = { point: ".panel.latents .chart", value: ".panel.tradeoff .chart" };
const HELD = ["pointermove", "pointerup", "pointercancel"], SWALLOWED = ["mousedown", "touchstart", "click", "dblclick", "wheel"];
const EDGE = 12; // pixels beside the axes that still belong to them
const KEY = 4; // nodes that an arrow moves; with Shift one

export class Marks {
  /** @type {Asked | null} */
  asked = null;
  /** @type {number | null} */
  mark = null;
  #held = false;
  #ends = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {{ charts: () => Charts | null, room: () => Box, changed: () => void }} screen  `room`: of the scale of a value
   */
  constructor(root, screen) {
    this.screen = screen;
    const options = { capture: true, signal: this.#ends.signal, passive: false };
    root.addEventListener("pointerdown", (event) => this.#down(event), options);
    root.addEventListener("keydown", (event) => this.#key(event), options);
    for (const kind of HELD) root.addEventListener(kind, (event) => this.#move(/** @type {PointerEvent} */ (event)), options);
    for (const kind of SWALLOWED) {
      root.addEventListener(kind, (event) => {
        if (this.#over(event)) event.stopImmediatePropagation();
      }, options);
    }
  }

  /** @param {Asked | null} asked  null: nothing is asked any more */
  ask(asked) {
    if (asked?.turn !== this.asked?.turn) this.mark = null;
    this.asked = asked;
    if (!asked) this.#held = false;
  }

  /** @param {number} answer */
  put(answer) {
    this.mark = answer;
    this.screen.changed();
  }

  /**
   * The chart that is asked about, if the event is over it.
   * @param {Event} event
   * @returns {HTMLElement | null}
   */
  #over(event) {
    const kind = this.asked?.kind;
    return kind && kind in PANELS && event.target instanceof Element ? event.target.closest(PANELS[kind]) : null;
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const chart = this.#over(event);
    if (!chart) return;
    event.stopImmediatePropagation();
    if (this.asked?.leads || !this.#put(event)) return;
    event.preventDefault(); // no text is selected
    this.#held = true;
    chart.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#over(event)) return;
    event.stopImmediatePropagation();
    if (this.#held && event.type === "pointermove") this.#put(event);
    else this.#held = false;
  }

  /**
   * @param {PointerEvent} event
   * @returns {boolean}  whether it is on the axes
   */
  #put(event) {
    const charts = this.screen.charts(), { asked } = this;
    if (!charts || !asked) return false;
    const value = asked.kind === "value", chart = value ? charts.tradeoff : charts.latents, { left, top } = chart.plot.getBoundingClientRect();
    const x = event.clientX - left, y = event.clientY - top, frame = value ? this.screen.room() : chart.frame();
    const inside = x > frame.left - EDGE && x < frame.right + EDGE && y > frame.top - EDGE && y < frame.bottom + EDGE;
    if (!inside && !this.#held) return false;
    const across = chart.axis("x"), up = chart.axis("y");
    const place = [across.p2d(x - across._offset), up.p2d(y - up._offset)].slice(0, asked.grid.across ? 2 : 1);
    this.put(answerAt(asked.grid, value ? [valueOn(frame, asked.grid.span, y)] : place));
    return true;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = WAYS[event.key], { asked } = this;
    if (!way || !asked || !this.#over(event)) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    if (asked.leads) return;
    const { grid } = asked, [low, high] = grid.span, step = ((high - low) / ((grid.across || grid.answers) - 1)) * (event.shiftKey ? 1 : KEY);
    const here = this.mark === null ? [(low + high) / 2, (low + high) / 2] : placeOf(grid, this.mark);
    const moved = grid.across ? here.map((value, i) => value + step * way[i]) : [here[0] + step * (way[0] + way[1])];
    this.put(answerAt(grid, moved));
  }

  close() {
    this.#ends.abort();
  }
}
