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
   */
  constructor(root, { quantities, colours }) {
    this.root = root;
    for (const [symbol, colour] of Object.entries(colours)) root.style.setProperty(`--of-${symbol}`, colour);
    const nodes = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-number]"));
    this.numbers = [...nodes].map((node) => ({ node, name: String(node.dataset.number), ...quantities[String(node.dataset.number)] }));
    for (const { node, symbol } of this.numbers) if (symbol) node.dataset.symbol = symbol;
    this.colour();
    for (const [event, lit] of /** @type {const} */ ([["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]])) {
      root.addEventListener(event, ({ target }) => {
        const of = target instanceof Element ? target.closest("[data-symbol]") : null;
        if (of) this.#highlight(of.getAttribute("data-symbol") ?? "", lit);
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
   * @param {string} symbol
   * @param {boolean} lit
   */
  #highlight(symbol, lit) {
    for (const node of this.root.querySelectorAll(`[data-symbol="${symbol}"]`)) node.classList.toggle("lit", lit);
    this.root.classList.toggle("lighting", lit);
  }

  /** @param {Row} row */
  paint(row) {
    for (const { node, name, digits, width } of this.numbers) {
      const known = row.hides(name) ? HIDDEN : (row.text(name) ?? shown(row.number(name), digits));
      setText(node, known.padEnd(width, FIGURE_SPACE));
    }
  }
}
