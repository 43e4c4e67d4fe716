// @ts-check
// The books: ELBO + gap = log p(x), a bar whose end never moves; ELBO + KL = reconstruction; and where encoder and best q stand.

import { find } from "../../front/dom.js";
import { set, svg } from "../../front/svg.js";
import { shown } from "../../front/text.js";

/** @typedef {import("./payload").StaticData} StaticData */

const ROW = 27, TOP = 20, LINE = 15, NARROW = 310; // pixels

const SIGNS = /** @type {const} */ ({ encoder: "+", best: "✕", now: "●", pin: "A" });

export class Books {
  #width = 0;

  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.svg = find(panel, "svg");
    const text = (/** @type {string} */ name, attributes = {}) => svg("text", { class: name, ...attributes }, this.svg);
    const line = (/** @type {string} */ name, attributes = {}) => svg("line", { class: name, ...attributes }, this.svg);
    const bar = (/** @type {string} */ name, row = 0) =>
      svg("rect", { class: name, y: TOP + row * (ROW + 7), height: ROW }, this.svg);
    const hatch = svg("pattern", { id: "elbo-room-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("defs", {}, this.svg));
    svg("rect", { width: 2, height: 6, class: "stripe" }, hatch);
    this.ticks = Array.from({ length: 9 }, () => ({ line: line("rule"), text: text("tick") }));
    this.elbo = [bar("elbo"), bar("elbo", 1)];
    this.gap = [bar("gap"), bar("hatch")];
    this.kl = bar("kl", 1);
    this.names = Array.from({ length: 4 }, () => text("inside"));
    this.total = line("evidence", { y1: TOP - 4, y2: TOP + 3 * ROW + 26 });
    this.title = text("total", { y: TOP - 7, "text-anchor": "middle" });
    const sign = (/** @type {keyof typeof SIGNS} */ name) => {
      const mark = text(`sign ${name}`, { "text-anchor": "middle" });
      mark.textContent = SIGNS[name];
      return mark;
    };
    this.marks = { encoder: sign("encoder"), best: sign("best"), now: sign("now"), pin: sign("pin") };
    this.amortisation = line("span amortisation");
    this.approximation = line("span approximation");
    this.ladder = text("ladder");
    this.sizes = new ResizeObserver(() => {
      this.#width = 0;
    });
    this.sizes.observe(this.svg);
  }

  /**
   * @param {StaticData} staticLayer
   * @param {{ elbo: number, kl: number, gap?: number }} values
   * @param {number | undefined} pinned  the ELBO of the pinned q
   */
  paint(staticLayer, { elbo, kl, gap }, pinned) {
    this.#width ||= this.svg.clientWidth;
    if (!this.#width || gap == null) return;
    const total = staticLayer.evidence;
    // log p(x) stays where it is; what is left and right of it shrinks smoothly when much is to be shown.
    const gaps = staticLayer.approximation + (staticLayer.amortisation ?? 0), least = 1.25 * Math.max(8, gaps < 60 ? gaps : 0);
    const size = Math.max(least, 1.15 * Math.max(gap, kl - gap));
    const centre = 0.56 * this.#width, unit = (0.42 * this.#width) / size;
    const x = (/** @type {number} */ value) => centre + (value - total) * unit;
    const clipped = (/** @type {number} */ value) => Math.min(Math.max(x(value), 0), this.#width);
    const end = clipped(elbo), second = TOP + ROW + 7;
    for (const bar of this.elbo) set(bar, { x: 0, width: end });
    for (const bar of this.gap) set(bar, { x: end, width: Math.max(clipped(elbo + gap) - end, 0) });
    set(this.kl, { x: end, width: Math.max(clipped(elbo + kl) - end, 0) });
    set(this.total, { x1: centre, x2: centre });
    set(this.title, { x: centre });
    this.title.textContent = `log p(x) ${staticLayer.atLeast || "= "}${shown(total, 2)}`;
    this.#name(0, "ELBO", 6, TOP, end);
    this.#name(1, "ELBO", 6, second, end);
    this.#name(2, "gap", end + 5, TOP, clipped(elbo + gap) - end);
    this.#name(3, "KL", end + 5, second, clipped(elbo + kl) - end);
    this.#paintTicks(total, size, x);
    this.#paintLadder(staticLayer, elbo, pinned, clipped);
  }

  /**
   * The name of a bar, as far as there is room.
   * @param {number} i
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {number} room
   */
  #name(i, text, x, y, room) {
    this.names[i].textContent = room > 12 + 9 * text.length ? text : "";
    set(this.names[i], { x, y: y + ROW - 8 });
  }

  /**
   * @param {number} total
   * @param {number} size
   * @param {(value: number) => number} x
   */
  #paintTicks(total, size, x) {
    const rough = (1.9 * size) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10), bottom = TOP + 3 * ROW + 30 + (this.#width < NARROW ? LINE : 0);
    let value = Math.ceil((total - 1.3 * size) / step) * step;
    for (const { line, text } of this.ticks) {
      const at = x(value), seen = at > 14 && at < this.#width - 14;
      set(line, { x1: at, x2: at, y1: TOP, y2: bottom, visibility: seen ? "visible" : "hidden" });
      set(text, { x: at, y: bottom + 14, visibility: seen ? "visible" : "hidden", "text-anchor": "middle" });
      text.textContent = shown(value, step < 1 ? 1 : 0);
      value += step;
    }
  }

  /**
   * Encoder's q, best q and q now on one scale: what the encoder loses, and what the family cannot reach.
   * @param {StaticData} staticLayer
   * @param {number} elbo
   * @param {number | undefined} pinned
   * @param {(value: number) => number} x
   */
  #paintLadder(staticLayer, elbo, pinned, x) {
    const y = TOP + 2 * ROW + 26, { encoder } = staticLayer.landmarks, best = staticLayer.bestElbo, total = staticLayer.evidence;
    const elbos = { encoder: encoder?.elbo, best, now: elbo, pin: pinned };
    for (const [name, value] of Object.entries(elbos)) {
      set(this.marks[/** @type {keyof typeof SIGNS} */ (name)], { x: value == null ? -99 : x(value), y: y + 5 });
    }
    set(this.approximation, { x1: x(best), x2: x(total), y1: y, y2: y });
    set(this.amortisation, { x1: x(encoder?.elbo ?? best), x2: x(best), y1: y, y2: y });
    const parts = [`approximation gap ${staticLayer.atLeast}${shown(staticLayer.approximation, 2)}`];
    if (encoder) parts.unshift(`amortisation gap ${shown(staticLayer.amortisation, 2)}`);
    // A line each where one is too short for both.
    const lines = this.#width < NARROW ? parts : [parts.join(" · ")];
    this.ladder.replaceChildren();
    for (const [i, line] of lines.entries()) svg("tspan", { x: 4, y: y + 22 + LINE * i }, this.ladder).textContent = line;
  }

  close() {
    this.sizes.disconnect();
  }
}
