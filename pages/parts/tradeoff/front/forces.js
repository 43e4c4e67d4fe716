// @ts-check
// The two forces on every knob, as opposing arrows: equally long where neither wins.

import { enlargement, find, setText } from "../../front/dom.js";
import { set, svg } from "../../front/svg.js";
import { shown, subscript } from "../../front/text.js";

/** @typedef {import("./sweep.js").Diagnostics} Diagnostics */
/** @typedef {{ name: string, reconstruction: number, kl: number }} Row  slopes of both terms along one parameter of q */

const ROW = 25, VALUES = [92, 152], ARROWS = 164; // pixels, where type has its usual size: the ends of the numbers, and where the arrows begin

export class Forces {
  /** @type {{ label: SVGElement, arrows: { line: SVGElement, head: SVGElement, value: SVGElement }[] }[]} */
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
    setText(this.unit, ` in ${unit}, each row scaled`);
    if (!this.#width || this.#rows.length !== rows.length) this.#build(rows.length);
    const by = this.#scale, centre = (this.#width + ARROWS * by) / 2, reach = (this.#width - ARROWS * by) / 2 - 2;
    rows.forEach(({ name, reconstruction, kl }, i) => {
      const { label, arrows } = this.#rows[i];
      label.textContent = name;
      const most = Math.max(Math.abs(reconstruction), Math.abs(kl), 1e-3);
      // KL pulls against its slope, as the objective subtracts it.
      [reconstruction, -kl].forEach((pull, j) => {
        const { line, head, value } = arrows[j], length = (reach * pull) / most, side = Math.sign(pull) || (j ? 1 : -1);
        const y = (i * ROW + 9 + 7 * j) * by, tip = centre + length;
        set(line, { x1: centre, x2: tip - Math.sign(length) * Math.min(6, Math.abs(length)), y1: y, y2: y });
        set(head, { d: Math.abs(length) > 3 ? `M${tip},${y} l${-8 * side},-4.5 v9 Z` : "" });
        const digits = Math.abs(pull) < 10 ? 2 : Math.abs(pull) < 100 ? 1 : 0;
        value.textContent = `${pull > 0 ? "+" : ""}${shown(pull, digits)}`;
        set(value, { x: VALUES[j] * by, y: (i * ROW + 17) * by, "text-anchor": "end" });
      });
    });
  }

  /** @param {number} count */
  #build(count) {
    const by = enlargement();
    this.svg.replaceChildren();
    set(this.svg, { height: count * ROW * by });
    this.#width = this.svg.clientWidth;
    this.#scale = by;
    this.#rows = Array.from({ length: count }, (_, i) => ({
      label: svg("text", { class: "knob", x: 0, y: (i * ROW + 17) * by }, this.svg),
      arrows: ["reconstruction", "kl"].map((name) => ({
        line: svg("line", { class: `pull ${name}` }, this.svg), head: svg("path", { class: `head ${name}` }, this.svg),
        value: svg("text", { class: `value ${name}` }, this.svg) })),
    }));
  }

  close() {
    this.sizes.disconnect();
  }
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
