// @ts-check
// What of the derivation is done, as this browser remembers it: of the step that is open, or of every one.

import { make } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";

/** @typedef {import("./payload").TicksData} TicksData */

const PREFIX = "lesson/";

class Ticks {
  /** @type {import("../../front/mount.js").Page<TicksData> | null} */
  #page = null;
  #startOver = make("button", { type: "button", textContent: "Start over", title: "Forget answers and tasks of all steps, and reset the sliders" });

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.#startOver.onclick = () => {
      progress.forget(PREFIX);
      this.#page?.setTriggerValue("restart", true);
    };
    this.unsubscribe = progress.onChange(() => this.#paint());
  }

  /** @param {import("../../front/mount.js").Page<TicksData>} page */
  receive(page) {
    this.#page = page;
    this.root.style.setProperty("--done", page.data.colour);
    this.#paint();
  }

  #paint() {
    if (!this.#page) return;
    const { steps, open } = this.#page.data, total = steps.flatMap(({ keys }) => Object.values(keys));
    const done = total.filter(progress.isDone).length;
    const lines = steps.filter(({ name }) => !open || name === open).map((step) => this.#line(step, Boolean(open)));
    this.root.classList.toggle("full", !open);
    if (open) {
      const title = `of the questions and tasks of all steps; ${progress.whereKept()}`;
      return this.root.replaceChildren(...lines, make("span", { textContent: `${done} of ${total.length} done`, title }), this.#startOver);
    }
    const answered = progress.all().filter((key) => key.startsWith("quiz/") && !progress.isFirst(key)).length;
    this.root.replaceChildren(
      make("span", { textContent: `Done in this browser: ${done} of ${total.length}` }), ...lines,
      make("span", { textContent: `Quiz: ${answered} answered`, className: "step" }), this.#startOver);
  }

  /**
   * @param {TicksData["steps"][number]} step
   * @param {boolean} open
   */
  #line({ name, keys }, open) {
    const each = Object.entries(keys).map(([what, key]) => ({ what, done: progress.isDone(key) }));
    const words = each.map(({ what, done }) => (open ? `${done ? "✓" : "○"} ${what}` : `${what}: ${done ? "✓ yes" : "not yet"}`));
    const line = make("span", { textContent: words.join(", "), className: each.every(({ done }) => done) ? "step all" : "step" });
    if (!open) line.prepend(make("b", { textContent: name }), " ");
    return line;
  }

  close() {
    this.unsubscribe();
  }
}

export const show = mount(".ticks", (root) => new Ticks(root));
