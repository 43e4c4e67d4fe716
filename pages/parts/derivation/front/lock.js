// @ts-check
// The sliders of a step are locked until its question is answered or skipped: moving them would show the answer.

import { find, make, setText } from "../../front/dom.js";
import * as progress from "../../front/progress.js";

/** @typedef {import("./payload").LessonData} LessonData */

const SKIPPED = "/skipped"; // after the name of a question

/**
 * Whether the visitor has given an answer, right or wrong, or skipped the question.
 * @param {string} question  the name under which progress keeps it
 */
export function isOpen(question) {
  return progress.isDone(question) || progress.firstOf(question) !== null || progress.isDone(question + SKIPPED);
}

export class Lock {
  #locked = false;

  /**
   * @param {HTMLElement} root
   * @param {() => string} question  the name of the question of this step
   */
  constructor(root, question) {
    this.note = find(root, ".lock");
    this.sentence = find(root, ".sentence");
    this.status = find(root, '[role="status"]');
    const skip = make("button", { type: "button", textContent: "Skip the question" });
    skip.onclick = () => {
      progress.mark(question() + SKIPPED);
      // The button that had the focus goes.
      requestAnimationFrame(() => find(root, ".sliders input[type=range]").focus());
    };
    this.note.append(" ", skip);
    this.controls = () => /** @type {NodeListOf<HTMLInputElement | HTMLButtonElement>} */ (root.querySelectorAll(".sliders input, .presets button"));
  }

  /**
   * Lock or unlock the sliders and presets. A page whose sliders were moved before, by a link or by the visitor, is never locked, and
   * neither is one that is presented: there the teacher decides.
   * @param {LessonData} data
   */
  paint({ question, untouched }) {
    const locked = untouched && !progress.isPresented() && !isOpen(question);
    if (locked === this.#locked) return;
    this.#locked = locked;
    for (const control of this.controls()) control.disabled = locked;
    this.note.hidden = !locked;
    this.sentence.hidden = locked;
    if (!locked) setText(this.status, "The sliders are unlocked.");
  }
}
