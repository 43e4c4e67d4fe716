// @ts-check
// What the first answers to the quiz were, by topic, live; once every question has its right answer, the end of the quiz.

import { BASE } from "../../front/address.js";
import { make, setColours } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";

/** @typedef {import("./payload").ResultData} ResultData */
/** @typedef {import("./payload").ResultPart} ResultPart */

const STATES = /** @type {const} */ ({
  first: { mark: "✓", words: "right at once" },
  later: { mark: "↻", words: "right after another answer" },
  wrong: { mark: "✗", words: "not right yet" },
  open: { mark: "", words: "not answered" },
});

class Result {
  /** @type {ResultData | null} */
  #data = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.ariaLabel = "Your answers";
    this.unsubscribe = progress.onChange(() => this.#paint());
  }

  /** @param {import("../../front/mount.js").Page<ResultData>} page */
  receive({ data }) {
    this.#data = data;
    setColours(this.root, data.colours);
    this.#paint();
  }

  #paint() {
    if (!this.#data) return;
    const { parts } = this.#data, keys = parts.flatMap((part) => part.keys);
    const answered = keys.filter((key) => progress.firstOf(key) !== null), right = answered.filter((key) => progress.firstOf(key));
    const over = keys.every(progress.isDone), head = make("p", { className: "head", role: "status" });
    head.append(make("b", { textContent: over ? `All ${keys.length} questions are answered.` : "Your answers" }));
    const count = over ? `${keys.length}` : `the ${answered.length} so far`;
    head.append(answered.length ? ` ${right.length} of ${count} right at the first try.` : " Nothing is answered yet.");
    let number = 0;
    this.root.classList.toggle("over", over);
    this.root.replaceChildren(head, ...parts.map((part) => {
      const box = make("section");
      box.append(make("h3", { textContent: part.title }), this.#chips(part, number), again(part, over));
      number += part.keys.length;
      return box;
    }), make("p", { className: "key", textContent: Object.values(STATES).filter(({ mark }) => mark).map(({ mark, words }) => `${mark} ${words}`).join(" · ") }));
  }

  /**
   * A button for every question of a topic, which brings it into view.
   * @param {ResultPart} part
   * @param {number} before  how many questions come before
   */
  #chips({ keys }, before) {
    const row = make("div", { className: "chips" });
    row.append(...keys.map((key, i) => {
      const right = progress.firstOf(key) !== false, state = progress.isDone(key) ? (right ? "first" : "later") : right ? "open" : "wrong";
      const { mark, words } = STATES[state], chip = make("button", { type: "button", className: state });
      Object.assign(chip, { textContent: `${before + i + 1} ${mark}`.trim(), ariaLabel: `Question ${before + i + 1}: ${words}` });
      chip.onclick = () => document.querySelector(`.question[data-key="${key}"]`)?.scrollIntoView({ block: "start" });
      return chip;
    }));
    return row;
  }

  close() {
    this.unsubscribe();
  }
}

/**
 * Where one can read a topic again.
 * @param {ResultPart} part
 * @param {boolean} over
 */
function again({ keys, see, seeLabel }, over) {
  const line = make("p"), right = keys.filter((key) => progress.firstOf(key)).length;
  if (over) line.append(`${right} of ${keys.length} at the first try. `);
  line.append(make("a", { href: BASE + see, textContent: seeLabel, target: "_self" }));
  return line;
}

export const show = mount(".result", (root) => new Result(root));
