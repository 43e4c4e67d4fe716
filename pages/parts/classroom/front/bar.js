// @ts-check
// The bar of a class at the foot of the window: a sentence, what can be done, and sliders for a guess.

import { find, make, setText } from "../../front/dom.js";

/** @typedef {{ text: string, act: () => void, main?: boolean, disabled?: boolean, title?: string }} Act */

/**
 * A slider for one coordinate of a guess, by which whoever uses a keyboard or a screen reader can place it.
 * @typedef {object} Coordinate
 * @property {string} name
 * @property {number} steps
 * @property {number} step  at which it is
 * @property {string} text  what that stands for
 * @property {(step: number) => void} move
 */

const REST_MS = 1000; // after a press: a hand or a clicker that presses twice means once

export class Bar {
  #rest = 0;
  /** @type {Act[]} */
  #acts = [];
  /** @type {Coordinate[]} */
  #coordinates = [];
  #height = new ResizeObserver(() => this.#measure());

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = find(root, ".bar");
    this.what = find(root, ".what");
    this.buttons = find(root, ".acts");
    this.sliders = find(root, ".coordinates");
    this.#height.observe(this.root);
  }

  /**
   * Buttons stay the same nodes as long as there are as many, so that the keyboard stays where it was.
   * @param {string} sentence
   * @param {Act[]} acts
   * @param {Coordinate[]} coordinates
   */
  show(sentence, acts, coordinates = []) {
    this.root.hidden = false;
    this.#showSliders(coordinates);
    setText(this.what, sentence);
    this.#acts = acts;
    while (this.buttons.children.length > acts.length) this.buttons.lastChild?.remove();
    while (this.buttons.children.length < acts.length) {
      const index = this.buttons.children.length, button = make("button", { type: "button" });
      button.addEventListener("click", () => this.once(() => this.#acts[index]?.act()));
      this.buttons.append(button);
    }
    this.#showRest();
    acts.forEach(({ text, main = false, disabled = false, title = "" }, index) => {
      const button = /** @type {HTMLButtonElement} */ (this.buttons.children[index]);
      setText(button, text);
      if (button.disabled !== disabled) button.disabled = disabled;
      if (button.title !== title) button.title = title;
      button.classList.toggle("main", main);
    });
  }

  /**
   * Do what was asked for by a press, unless another came just before.
   * @param {() => void} act
   */
  once(act) {
    if (this.rests) return;
    this.rest();
    act();
  }

  get rests() {
    return this.#rest > 0;
  }

  rest() {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#rest = 0;
      this.#showRest();
    }, REST_MS);
    this.#showRest();
  }

  // Not disabled, which would take the focus from them.
  #showRest() {
    for (const button of this.buttons.children) button.ariaDisabled = String(this.rests);
  }

  /** @param {Coordinate[]} coordinates */
  #showSliders(coordinates) {
    this.#coordinates = coordinates;
    while (this.sliders.children.length > coordinates.length) this.sliders.lastChild?.remove();
    while (this.sliders.children.length < coordinates.length) {
      const index = this.sliders.children.length, label = make("label"), range = make("input", { type: "range", min: "0", step: "1" });
      const put = () => this.#coordinates[index]?.move(Number(range.value));
      // Where it begins is a guess too, for whoever presses there.
      for (const kind of ["input", "pointerup"]) range.addEventListener(kind, put);
      range.addEventListener("keydown", ({ key }) => {
        if (key === "Enter" || key === " ") put();
      });
      label.append(make("span"), range);
      this.sliders.append(label);
    }
    coordinates.forEach(({ name, steps, step, text }, index) => {
      const [label, range] = this.sliders.children[index].children, slider = /** @type {HTMLInputElement} */ (range);
      setText(/** @type {HTMLElement} */ (label), name);
      slider.max = String(steps - 1);
      if (slider.value !== String(step)) slider.value = String(step);
      slider.ariaValueText = text;
    });
  }

  hide() {
    this.root.hidden = true;
  }

  // What the bar takes at the foot the page and its charts give.
  #measure() {
    const { documentElement: page } = document, height = this.root.offsetHeight;
    if (page.style.getPropertyValue("--class-bar") === `${height}px`) return;
    page.style.setProperty("--class-bar", `${height}px`);
    page.classList.toggle("has-class-bar", height > 0);
    requestAnimationFrame(() => dispatchEvent(new Event("resize"))); // charts fit themselves to what is left
  }

  close() {
    clearTimeout(this.#rest);
    this.#height.disconnect();
  }
}
