// @ts-check
// How many questions are answered rightly, live, and the way to start over.

import { make, setColours, setText } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";

/** @typedef {import("./payload").ScoreData} ScoreData */

class Score {
  /** @type {ScoreData} */
  #data;
  #bar = make("progress", { value: 0, ariaLabel: "done" });
  #count = make("span", { className: "count", role: "status" });
  #startOver = make("button", { type: "button", textContent: "Start over" });

  /**
   * @param {HTMLElement} root
   * @param {ScoreData} data
   */
  constructor(root, data) {
    this.root = root;
    this.#data = data;
    this.#startOver.onclick = () => progress.forget(this.#data.prefix);
    root.append(this.#bar, this.#count, this.#startOver);
    this.unsubscribe = progress.onChange(() => this.#paint());
  }

  /** @param {import("../../front/mount.js").Page<ScoreData>} page */
  receive({ data }) {
    this.#data = data;
    setColours(this.root, data.colours);
    this.#paint();
  }

  #paint() {
    const { keys } = this.#data, done = keys.filter((key) => progress.isDone(key)).length;
    Object.assign(this.#bar, { max: keys.length, value: done });
    setText(this.#count, `${done} of ${keys.length} done, ${progress.whereKept()}`);
    this.#startOver.disabled = !done;
  }

  close() {
    this.unsubscribe();
  }
}

export const show = mount(".score", (root, data) => new Score(root, data));
