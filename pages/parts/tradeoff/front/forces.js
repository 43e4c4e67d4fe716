// @ts-check
// The two forces on every knob, as opposing arrows from zero, and their sum: equally long, and 0, where neither wins.

import { enlargement, find, setText } from "../../front/dom.js";
import { set, svg } from "../../front/svg.js";
import { shown, subscript } from "../../front/text.js";

/** @typedef {import("./sweep.js").Diagnostics} Diagnostics */
/** @typedef {{ name: string, reconstruction: number, kl: number }} Row  slopes of both terms along one parameter of q */

// Pixels, where type has its usual size: the ends of the numbers of both terms and of their sum, and where the arrows begin.
const HEAD = 15, ROW = 23, VALUES = [94, 152, 206], ARROWS = 218;
const COLUMNS = ["rec.", "KL", "sum"], MANY = 100; // from which on a decimal is enough

export class Forces {
  /** @type {{ label: SVGElement, sum: SVGElement, arrows: { line: SVGElement, head: SVGElement, value: SVGElement }[] }[]} */
  #rows = [];
  #width = 0;
  #scale = 1; // how much larger than usual the type is

  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.svg = find(panel, "svg.forces");
    this.unit = find(panel, ".pulls .unit");
    this.sizes = new ResizeObserver(() => {
      this.#width = 0; // measured again when it is painted next
    });
    this.sizes.observe(this.svg);
  }

  /**
   * @param {Row[]} rows
   * @param {string} unit
   */
  paint(rows, unit) {
    setText(this.unit, ` in ${unit} per unit, each row scaled`);
    if (!this.#width || this.#rows.length !== rows.length) this.#build(rows.length);
    const by = this.#scale, { centre, reach } = this.#across();
    rows.forEach(({ name, reconstruction, kl }, i) => {
      const { label, arrows, sum } = this.#rows[i], y = HEAD + i * ROW;
      label.textContent = name;
      const most = Math.max(Math.abs(reconstruction), Math.abs(kl), 1e-3), digits = most < MANY ? 2 : 1;
      // KL pulls against its slope, as the objective subtracts it.
      const pulls = [reconstruction, -kl].map((pull) => Number(pull.toFixed(digits)));
      pulls.forEach((pull, j) => {
        const { line, head, value } = arrows[j], length = (reach * pull) / most, side = Math.sign(pull) || (j ? 1 : -1);
        const middle = (y + 8 + 7 * j) * by, tip = centre + length;
        set(line, { x1: centre, x2: tip - Math.sign(length) * Math.min(6, Math.abs(length)), y1: middle, y2: middle });
        set(head, { d: Math.abs(length) > 3 ? `M${tip},${middle} l${-8 * side},-4.5 v9 Z` : "" });
        value.textContent = signed(pull, digits);
      });
      sum.textContent = signed(pulls[0] + pulls[1], digits);
    });
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
      text({ y: top - 3 * by, ...look }).textContent = words;
    };
    COLUMNS.forEach((words, j) => write(words, { class: `value ${["reconstruction", "kl", "sum"][j]}`, x: VALUES[j] * by, "text-anchor": "end" }));
    write("← smaller", { class: "key", x: centre - reach });
    write("0", { class: "key", x: centre, "text-anchor": "middle" });
    write("larger →", { class: "key", x: centre + reach, "text-anchor": "end" });
    svg("line", { class: "zero", x1: centre, x2: centre, y1: top, y2: top + count * ROW * by }, this.svg);
    this.#rows = Array.from({ length: count }, (_, i) => {
      const y = (HEAD + i * ROW + 16) * by, number = (/** @type {number} */ j, /** @type {string} */ name) => text({ class: `value ${name}`, x: VALUES[j] * by, y, "text-anchor": "end" });
      return {
        label: text({ class: "knob", x: 0, y }), sum: number(2, "sum"),
        arrows: ["reconstruction", "kl"].map((name, j) => ({
          line: svg("line", { class: `pull ${name}` }, this.svg), head: svg("path", { class: `head ${name}` }, this.svg), value: number(j, name) })) };
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
 * @param {number[]} dimensions
 * @param {number} beta
 * @param {boolean} one  whether there is one dimension alone
 * @returns {Row[] | null}
 */
export function rowsOf(now, dimensions, beta, one) {
  if (!now) return null;
  return [
    { name: "log σ²", reconstruction: now.reconstructionByVariance, kl: beta * now.klByVariance },
    ...dimensions.map((j) => ({
      name: one ? "μ" : `μ${subscript(j)}`, reconstruction: now.reconstructionByMean[j], kl: beta * now.klByMean[j] })),
  ];
}
