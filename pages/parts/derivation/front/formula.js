// @ts-check
// The live formula: its numbers, and the link between all that stands for the same quantity.

import { setText } from "../../front/dom.js";
import { shown } from "../../front/text.js";

/** @typedef {import("./element.js").Row} Row */
/** @typedef {import("./payload").Declared} Declared */

const FIGURE_SPACE = "\u2007"; // as wide as a digit: a number that gets shorter leaves its formula where it is

const HIDDEN = "?";

export class Formula {
  /**
   * @param {HTMLElement} root
   * @param {Declared} declared
   * @param {(slider: string) => void} follow  called with the slider that is pointed at or has the focus; empty without one
   */
  constructor(root, { quantities, colours }, follow) {
    this.root = root;
    this.follow = follow;
    for (const [symbol, colour] of Object.entries(colours)) root.style.setProperty(`--of-${symbol}`, colour);
    const nodes = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-number]"));
    this.numbers = [...nodes].map((node) => ({ node, name: String(node.dataset.number), ...quantities[String(node.dataset.number)] }));
    for (const { node, symbol } of this.numbers) if (symbol) node.dataset.symbol = symbol;
    this.colour();
    for (const [event, lit] of /** @type {const} */ ([["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]])) {
      root.addEventListener(event, ({ target }) => {
        const of = /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest("[data-symbol]") : null);
        if (of) this.#highlight(of, lit);
      });
    }
  }

  // The first of each symbol in the formula can be reached by the Tab key, and so can a line that has none of these: it may
  // be too wide, and scroll. All symbols have their colour.
  colour() {
    const seen = new Set();
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-symbol]"))) {
      const { symbol } = node.dataset;
      node.style.setProperty("--c", `var(--of-${symbol})`);
      if (!node.closest("math")) continue;
      if (!seen.has(symbol)) node.setAttribute("tabindex", "0");
      seen.add(symbol);
    }
    for (const line of this.root.querySelectorAll("math")) {
      if (!line.querySelector("[tabindex]")) line.setAttribute("tabindex", "0");
    }
  }

  /**
   * @param {HTMLElement} of  a part of the formula or the legend, or a slider
   * @param {boolean} lit
   */
  #highlight({ dataset: { symbol, slider = "" } }, lit) {
    for (const node of this.root.querySelectorAll(`[data-symbol="${symbol}"]`)) node.classList.toggle("lit", lit);
    this.root.classList.toggle("lighting", lit);
    this.follow(lit ? slider : "");
  }

  /** @param {Row} row */
  paint(row) {
    for (const { node, name, digits, width } of this.numbers) {
      const known = row.hides(name) ? HIDDEN : (row.text(name) ?? shown(row.number(name), digits));
      const written = "operand" in node.dataset && known.startsWith("−") ? `(${known})` : known; // 3 − (−2)
      setText(node, written.padEnd(width, FIGURE_SPACE));
    }
  }
}
