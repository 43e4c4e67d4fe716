// The live formula: its numbers, and the ties between all that stands for the same quantity.

const FIGURE_SPACE = "\u2007"; // as wide as a figure: a number that gets shorter leaves its formula where it is

const HIDDEN = "?";

export class Formula {
  constructor(root, { quantities, colours }, tools) {
    this.root = root;
    this.quantities = quantities;
    this.tools = tools;
    for (const [symbol, colour] of Object.entries(colours)) root.style.setProperty(`--of-${symbol}`, colour);
    this.numbers = [...root.querySelectorAll("[data-number]")];
    for (const node of this.numbers) {
      const { symbol } = quantities[node.dataset.number];
      if (symbol) node.dataset.symbol = symbol;
    }
    this.told = Object.entries(quantities).filter(([, { told }]) => told).map(([name, { told, digits }]) => ({ name, told, digits }));
    this.tie();
    for (const [event, lights] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
      root.addEventListener(event, ({ target }) => this.light(target.closest?.("[data-symbol]")?.dataset.symbol, lights));
    }
  }

  // The first of each symbol in the formula can be reached by the Tab key; all wear its colour.
  tie() {
    const seen = new Set();
    for (const node of this.root.querySelectorAll("[data-symbol]")) {
      node.style.setProperty("--c", `var(--of-${node.dataset.symbol})`);
      if (node.closest("math") && !seen.has(node.dataset.symbol)) node.setAttribute("tabindex", "0");
      if (node.closest("math")) seen.add(node.dataset.symbol);
    }
  }

  light(symbol, lights) {
    if (!symbol) return;
    for (const node of this.root.querySelectorAll(`[data-symbol="${symbol}"]`)) node.classList.toggle("lit", lights);
    this.root.classList.toggle("lighting", lights);
  }

  paint(row) {
    for (const node of this.numbers) {
      const { number } = node.dataset, { digits, width } = this.quantities[number];
      const known = row.hides(number) ? HIDDEN : (row.text(number) ?? this.tools.shown(row.number(number), digits));
      const text = known.padEnd(width, FIGURE_SPACE);
      if (node.textContent !== text) node.textContent = text;
    }
  }
}
