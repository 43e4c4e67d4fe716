// @ts-check
// The identity log p(x) = reconstruction − KL + gap with the numbers of q in it. A term lights its panels up, and the title of a panel its terms.

import { find, make, setText } from "../../front/dom.js";
import { printed } from "./printed.js";

/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {"evidence" | "reconstruction" | "kl" | "gap" | "elbo"} Term */

/** @type {{ term: Term, before: string, name: string, panels: string[] }[]} */
const TERMS = [
  { term: "evidence", before: "", name: "log p(x)", panels: [".books"] },
  { term: "reconstruction", before: " = ", name: "reconstruction", panels: [".images"] },
  { term: "kl", before: " − ", name: "KL", panels: [".latents"] },
  { term: "gap", before: " + ", name: "gap", panels: [".books", ".latents"] },
  { term: "elbo", before: "ELBO = reconstruction − KL = ", name: "", panels: [".numbers"] },
];
const LIT = "lit";

export class Identity {
  /** @type {Map<Term, { term: HTMLElement, value: HTMLElement }>} */
  #terms = new Map();

  /** @param {HTMLElement} root  the instrument */
  constructor(root) {
    const line = find(root, ".identity");
    line.replaceChildren();
    for (const { term, before, name, panels } of TERMS) {
      const node = make("span", { className: `term ${term}`, tabIndex: 0 }), value = make("b");
      node.dataset.term = term;
      node.append(name ? `${name} ` : "", value);
      const part = make("span", { className: `part of-${term}${term === "elbo" ? " apart" : ""}` });
      part.append(before, node);
      line.append(part, " "); // between the parts, never inside one, the line may be broken
      this.#terms.set(term, { term: node, value });
      const boxes = panels.map((panel) => find(root, `.panel${panel}`));
      const light = (/** @type {boolean} */ on) => () => this.#light(on, term, boxes);
      node.onpointerenter = node.onfocus = light(true);
      node.onpointerleave = node.onblur = light(false);
    }
    for (const panel of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".panel"))) {
      // Its title alone: whoever moves q in it asks for no term.
      const title = find(panel, "[tabindex]");
      title.addEventListener("pointerenter", () => this.#lightTerms(panel, true));
      title.addEventListener("pointerleave", () => this.#lightTerms(panel, false));
    }
  }

  /**
   * @param {boolean} on
   * @param {Term} term
   * @param {HTMLElement[]} boxes
   */
  #light(on, term, boxes) {
    this.#terms.get(term)?.term.classList.toggle(LIT, on);
    for (const box of boxes) {
      box.classList.toggle(LIT, on);
      box.style.setProperty("--lit", on ? `var(--${term})` : "");
    }
  }

  /**
   * @param {HTMLElement} panel
   * @param {boolean} on
   */
  #lightTerms(panel, on) {
    for (const { term, panels } of TERMS) {
      if (panels.some((name) => panel.matches(name))) this.#terms.get(term)?.term.classList.toggle(LIT, on);
    }
  }

  /**
   * @param {StaticData} staticLayer
   * @param {{ reconstruction: number, kl: number }} values
   * @param {boolean} guessing  whether all but the KL is hidden
   */
  paint(staticLayer, values, guessing) {
    const texts = printed(staticLayer, values, 2);
    for (const [term, { value }] of this.#terms) {
      const bound = term === "evidence" || term === "gap" ? staticLayer.atLeast : "";
      setText(value, guessing && term !== "kl" ? "?" : `${bound}${texts[term]}`);
    }
  }
}
