// @ts-check
// The bar of a class at the foot of the window: a sentence and what can be done.

import { find, make, setText } from "../../front/dom.js";

/** @typedef {{ text: string, act: () => void, main?: boolean, disabled?: boolean, title?: string }} Act */

export class Bar {
  /** @type {Act[]} */
  #acts = [];
  #height = new ResizeObserver(() => this.#measure());

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = find(root, ".bar");
    this.what = find(root, ".what");
    this.buttons = find(root, ".acts");
    this.#height.observe(this.root);
  }

  /**
   * Buttons stay the same nodes as long as there are as many, so that the keyboard stays where it was.
   * @param {string} sentence
   * @param {Act[]} acts
   */
  show(sentence, acts) {
    this.root.hidden = false;
    setText(this.what, sentence);
    this.#acts = acts;
    while (this.buttons.children.length > acts.length) this.buttons.lastChild?.remove();
    while (this.buttons.children.length < acts.length) {
      const index = this.buttons.children.length, button = make("button", { type: "button" });
      button.addEventListener("click", () => this.#acts[index]?.act());
      this.buttons.append(button);
    }
    acts.forEach(({ text, main = false, disabled = false, title = "" }, index) => {
      const button = /** @type {HTMLButtonElement} */ (this.buttons.children[index]);
      setText(button, text);
      if (button.disabled !== disabled) button.disabled = disabled;
      if (button.title !== title) button.title = title;
      button.classList.toggle("main", main);
    });
  }

  hide() {
    this.root.hidden = true;
  }

  // What the bar takes at the foot the page and its charts give.
  #measure() {
    const { documentElement: page } = document, height = this.root.offsetHeight;
    page.style.setProperty("--class-bar", `${height}px`);
    page.classList.toggle("has-class-bar", height > 0);
  }

  close() {
    this.#height.disconnect();
  }
}
