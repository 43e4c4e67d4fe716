// @ts-check
// What a visitor takes away: files that the server writes, pictures of the chart, and the Python that prints the numbers.

import { copyText } from "../../front/clipboard.js";
import { find } from "../../front/dom.js";
import { fileAddress } from "./stream.js";

/** @typedef {import("./stream.js").Question} Question */
/** @typedef {import("../../front/chart.js").Plotly} Plotly */

export class Exports {
  #ends = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {Promise<Plotly>} plotly
   * @param {() => Question} question  the link of the state that is on the screen
   */
  constructor(root, plotly, question) {
    this.plotly = plotly;
    this.question = question;
    this.menu = /** @type {HTMLDetailsElement} */ (find(root, ".export"));
    this.dialog = /** @type {HTMLDialogElement} */ (find(root, "dialog.snippet"));
    this.menu.ontoggle = () => {
      if (this.menu.open) this.#address();
    };
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.menu.querySelectorAll("[data-image]"))) {
      button.onclick = () => this.#image(button.dataset.image ?? "");
    }
    find(root, '[data-act="snippet"]').onclick = () => this.#snippet();
    find(root, '[data-act="copy"]').onclick = () => this.#copy();
    const { signal } = this.#ends;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    document.addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !this.menu.contains(target)) this.menu.open = false;
    }, { signal, capture: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "p") this.menu.open = false; // presenting begins
    if (event.key !== "Escape" || !this.menu.open) return;
    const inside = this.menu.contains(document.activeElement);
    this.menu.open = false;
    if (inside) find(this.menu, "summary").focus();
    event.preventDefault(); // nothing else is left by this key
  }

  #address() {
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (this.menu.querySelectorAll("[data-export]"))) {
      const name = link.dataset.export ?? "";
      Object.assign(link, { href: fileAddress(name, this.question()), download: `elbo-room-${name}` });
      link.onclick = () => {
        this.menu.open = false;
      };
    }
  }

  /** @param {string} format */
  async #image(format) {
    const response = await fetch(fileAddress("chart.json", this.question()));
    const figure = await response.json(), plotly = await this.plotly;
    figure.layout.paper_bgcolor = figure.layout.plot_bgcolor = "#ffffff";
    await plotly.downloadImage(figure, { format, width: 960, height: 540, scale: 2, filename: "elbo-room-chart" });
    this.menu.open = false;
  }

  async #snippet() {
    const response = await fetch(fileAddress("snippet.py", this.question()));
    find(this.dialog, "pre").textContent = await response.text();
    find(this.dialog, ".copied").textContent = "";
    this.menu.open = false;
    this.dialog.showModal();
  }

  async #copy() {
    const copied = await copyText(find(this.dialog, "pre"));
    find(this.dialog, ".copied").textContent = copied ? "Copied." : "Not copied: press Ctrl+C now, the code is selected.";
  }

  close() {
    this.#ends.abort();
  }
}
