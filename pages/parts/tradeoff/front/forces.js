// @ts-check
// What a small step of every knob gains, by either term and in sum: arrows from zero. The two terms' are opposite and equally
// long, and the sum is 0, where neither wins. Farther away slopes change, and it is said where the best q lies the other way.

import { enlargement, find, setText } from "../../front/dom.js";
import { set, svg } from "../../front/svg.js";
import { shown, subscript } from "../../front/text.js";
import { knobOf } from "./best_said.js";
import { addingUp } from "./printed.js";

/** @typedef {import("./sweep.js").Diagnostics} Diagnostics */
/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {{ name: string, reconstruction: number, kl: number }} Row  slopes of both terms along one parameter of q */
/** @typedef {Row & { away: number, there: boolean }} Placed  how much larger the best q's parameter is, 0 where that is not known; and whether it is q's */

// Pixels, where type has its usual size: the ends of the numbers of both terms and of their sum, and where the arrows begin.
const HEAD = 14, ROW = 21, VALUES = [94, 152, 206], ARROWS = 218;
const COLUMNS = { reconstruction: "rec.", kl: "−KL", sum: "sum" }, NAMES = /** @type {const} */ (["reconstruction", "kl", "sum"]);
const MANY = 100; // from which on a decimal is enough
const NEAR = 1e-3; // a smaller distance of means is none: their sliders print three decimals
const SHORT = 6; // letters: with more there is no room for a second sentence
const WIDER = 0.1; // of log σ², that is worth a mark
const LEAST = 0.5; // a smaller slope may come from such a distance

export class Forces {
  /** @type {{ label: SVGElement, best: SVGElement, arrows: { line: SVGElement, head: SVGElement, value: SVGElement }[] }[]} */
  #rows = [];
  /** @type {SVGElement | null} */
  #kl = null; // the head of its column
  #width = 0;
  #scale = 1; // how much larger than usual the type is

  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.svg = find(panel, "svg.forces");
    this.unit = find(panel, ".pulls .how");
    this.note = find(panel, ".pulls-note");
    this.sizes = new ResizeObserver(() => {
      this.#width = 0; // measured again when it is painted next
    });
    this.sizes.observe(this.svg);
  }

  /**
   * @param {Placed[]} rows
   * @param {{ unit: string, beta: number }} fixed
   */
  paint(rows, { unit, beta }) {
    setText(this.unit, `${unit} gained per unit; rows differ in scale`);
    if (!this.#width || this.#rows.length !== rows.length) this.#build(rows.length);
    if (this.#kl) this.#kl.textContent = beta === 1 ? COLUMNS.kl : "−β·KL";
    const by = this.#scale, { centre, reach } = this.#across();
    const others = rows.filter(({ name, reconstruction, kl, away }, i) => {
      const { label, best, arrows } = this.#rows[i], y = HEAD + i * ROW;
      label.textContent = name;
      // KL's gain is opposite to its slope, as the objective subtracts it.
      const digits = Math.max(Math.abs(reconstruction), Math.abs(kl)) < MANY ? 2 : 1, gains = addingUp([reconstruction, -kl], digits), [, , sum] = gains, most = Math.max(...gains.map(Math.abs), 1e-3);
      gains.forEach((gain, j) => {
        const { line, head, value } = arrows[j], length = (reach * gain) / most;
        const middle = (y + 5 + 6 * j) * by, tip = centre + length;
        set(line, { x1: centre, x2: tip - Math.sign(length) * Math.min(6, Math.abs(length)), y1: middle, y2: middle });
        set(head, { d: Math.abs(length) > 3 ? `M${tip},${middle} l${-8 * Math.sign(gain)},-3 v6 Z` : "" });
        value.textContent = signed(gain, digits);
      });
      // On the row itself, at the end at which the best q lies.
      const otherWay = sum * away < 0 && Math.abs(away) > NEAR;
      best.textContent = otherWay ? (away < 0 ? "✕ best q" : "best q ✕") : "";
      set(best, { x: centre + Math.sign(away) * reach, "text-anchor": away < 0 ? "start" : "end" });
      return otherWay;
    });
    const whose = others.map(({ name }) => name).join(", ");
    const pulled = rows.some(({ reconstruction, kl, there }) => there && Math.abs(reconstruction - kl) > LEAST);
    setText(this.note, whose ? `${whose}: the best\u00a0q lies the other way.${whose.length > SHORT ? "" : " Slopes hold for a small step only."}`
      : pulled ? "At the best\u00a0q’s mean the slopes of μ are 0 only with the best σ²." : "Slopes hold for a small step only: farther away they change.");
  }

  // Where zero is, and how long the longest arrow of a row.
  #across() {
    const from = ARROWS * this.#scale;
    return { centre: (this.#width + from) / 2, reach: (this.#width - from) / 2 - 2 };
  }

  /** @param {number} count */
  #build(count) {
    const by = enlargement();
    this.svg.replaceChildren();
    set(this.svg, { height: (HEAD + count * ROW) * by });
    this.#width = this.svg.clientWidth;
    this.#scale = by;
    const { centre, reach } = this.#across(), top = HEAD * by, text = (/** @type {Record<string, unknown>} */ look) => svg("text", look, this.svg);
    const write = (/** @type {string} */ words, /** @type {Record<string, unknown>} */ look) => {
      const node = text({ y: top - 3 * by, ...look });
      node.textContent = words;
      return node;
    };
    [, this.#kl] = NAMES.map((name, j) => write(COLUMNS[name], { class: `value ${name}`, x: VALUES[j] * by, "text-anchor": "end" }));
    write("← lower it", { class: "key", x: centre - reach });
    write("0", { class: "key", x: centre, "text-anchor": "middle" });
    write("raise it →", { class: "key", x: centre + reach, "text-anchor": "end" });
    svg("line", { class: "zero", x1: centre, x2: centre, y1: top, y2: top + count * ROW * by }, this.svg);
    this.#rows = Array.from({ length: count }, (_, i) => {
      const y = (HEAD + i * ROW + 14) * by;
      return {
        label: text({ class: "knob", x: 0, y }),
        arrows: NAMES.map((name, j) => ({
          line: svg("line", { class: `pull ${name}` }, this.svg), head: svg("path", { class: `head ${name}` }, this.svg),
          value: text({ class: `value ${name}`, x: VALUES[j] * by, y, "text-anchor": "end" }) })),
        best: text({ class: "best-way", y }) };
    });
  }

  close() {
    this.sizes.disconnect();
  }
}

/**
 * @param {number} value
 * @param {number} digits  after the point
 */
function signed(value, digits) {
  const text = shown(value, digits);
  return Number(text) > 0 ? `+${text}` : text;
}

/**
 * The rows that are shown: the variance, and the mean of every dimension that has a slider.
 * @param {Diagnostics | null} now
 * @param {{ sweep: Sweep, dimensions: number[], mean: ArrayLike<number>, variance: ArrayLike<number> }} q
 * @param {number} beta
 * @param {{ mean: ArrayLike<number>, variance: ArrayLike<number> } | null} best  the best q, once it is known
 * @returns {Placed[] | null}
 */
export function rowsOf(now, { sweep, dimensions, mean, variance }, beta, best) {
  if (!now) return null;
  // As far as the slider moves them, on average.
  const logs = best ? sweep.moved.flatMap((moves, j) => (moves ? Math.log(best.variance[j] / variance[j]) : [])) : [], widen = logs.reduce((sum, log) => sum + log, 0) / (logs.length || 1);
  return [
    { name: `log ${knobOf(sweep)}`, reconstruction: now.reconstructionByVariance, kl: beta * now.klByVariance, away: Math.abs(widen) > WIDER ? widen : 0, there: false },
    ...dimensions.map((j) => ({
      name: mean.length === 1 ? "μ" : `μ${subscript(j)}`, reconstruction: now.reconstructionByMean[j], kl: beta * now.klByMean[j],
      away: best ? best.mean[j] - mean[j] : 0, there: best !== null && Math.abs(best.mean[j] - mean[j]) <= NEAR })),
  ];
}
