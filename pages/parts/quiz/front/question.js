// @ts-check
// A question: its answers are buttons, and whichever is chosen gets its reason, in place. One may choose again.

import { BASE } from "../../front/address.js";
import { classVote, offerQuestion, onClassVote } from "../../front/class_signals.js";
import { make, setColours } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";
import { Share } from "./class_vote.js";

/** @typedef {import("./payload").QuestionData} QuestionData */

const VERDICTS = { right: "✓ Right.", wrong: "✗ Not quite." };
let count = 0;

class QuestionElement {
  /** @type {QuestionData | null} */
  #data = null;
  #text = "";
  /** @type {number | null} */
  #chosen = null;
  /** @type {{ button: HTMLButtonElement, reason: HTMLElement, share: Share }[]} */
  #answers = [];
  #see = make("a", { className: "see" });
  #askClass = make("button", { className: "see ask", type: "button", textContent: "Ask the class", hidden: true });
  #vote = ""; // what the class does with this question, as it was painted
  #withdraw = () => {};

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.unsubscribe = progress.onChange(() => this.#progressChanged());
    this.endVotes = onClassVote(() => this.#voteChanged());
  }

  /** @param {import("../../front/mount.js").Page<QuestionData>} page */
  receive({ data }) {
    setColours(this.root, data.colours);
    const text = JSON.stringify(data);
    if (text === this.#text) return;
    this.#text = text;
    this.#data = data;
    this.root.dataset.key = data.key;
    this.#build(data);
    this.#chooseKnown(data);
    this.#withdraw();
    this.#withdraw = offerQuestion(data.key, { root: this.root, answers: data.answers.length, right: rightOf(data) });
    this.#vote = "";
    this.#voteChanged();
  }

  /** @param {QuestionData} data */
  #chooseKnown(data) {
    // Whoever has found it once sees it again as it was then.
    this.#choose(data, progress.isDone(data.key) ? rightOf(data) : null);
  }

  /** @param {QuestionData} data */
  #build(data) {
    const head = make("p", { className: "text", id: `question-${++count}` });
    head.append(data.number == null ? "" : `${data.number}. `, ...formatted(data.text));
    const group = make("div", { className: "answers", role: "group" });
    group.setAttribute("aria-labelledby", head.id);
    this.#answers = data.answers.map((answer, i) => {
      const button = make("button", { className: "answer", type: "button" });
      const share = new Share();
      button.append(...formatted(answer.text), share.node);
      button.onclick = () => {
        const vote = classVote();
        if (vote?.about === data.key && !vote.rounds) vote.pick(i);
        else this.#answer(data, i);
      };
      // There before it speaks, so that a screen reader hears it.
      const reason = make("p", { className: "reason", ariaLive: "polite" });
      group.append(button, reason);
      return { button, reason, share };
    });
    this.#askClass.onclick = () => classVote()?.ask(data.key);
    Object.assign(this.#see, { textContent: data.seeLabel, href: data.see ? BASE + data.see : "#" });
    this.root.replaceChildren(head, group, this.#see, this.#askClass);
  }

  /**
   * @param {QuestionData} data
   * @param {number} chosen
   */
  #answer(data, chosen) {
    const { right } = data.answers[chosen];
    this.#choose(data, chosen);
    progress.markFirst(data.key, right);
    if (right) progress.mark(data.key);
  }

  // While a class is asked nothing says which answer is right; once revealed, everybody gets the reason for their own.
  #voteChanged() {
    const data = this.#data, vote = classVote();
    if (!data) return;
    const here = vote?.about === data.key ? vote : null, open = here !== null && !here.rounds;
    const now = JSON.stringify([vote?.leads, vote?.about, here?.rounds, here?.mine]);
    if (now === this.#vote) return;
    const asked = this.root.classList.contains("asked") || this.root.classList.contains("revealed");
    this.#vote = now;
    this.#askClass.hidden = !vote?.leads || vote.about !== "";
    this.root.classList.toggle("asked", open);
    this.root.classList.toggle("revealed", here !== null && !open);
    this.#answers.forEach(({ share }, i) => share.paint(i, here?.rounds ?? null));
    if (open) {
      this.#choose(data, null);
      if (here.mine !== null) this.#answers[here.mine].button.ariaPressed = "true";
    } else if (here?.leads) this.#choose(data, rightOf(data));
    else if (here && here.mine !== null) this.#answer(data, here.mine);
    else if (asked) this.#chooseKnown(data);
  }

  /**
   * @param {QuestionData} data
   * @param {number | null} chosen
   */
  #choose(data, chosen) {
    this.#chosen = chosen;
    data.answers.forEach((answer, i) => {
      const { button, reason } = this.#answers[i], verdict = answer.right ? "right" : "wrong";
      button.ariaPressed = String(i === chosen);
      reason.className = i === chosen ? `reason ${verdict}` : "reason";
      if (i !== chosen) reason.replaceChildren();
      else reason.replaceChildren(make("b", { textContent: VERDICTS[verdict] }), " ", ...formatted(answer.reason));
    });
    this.#see.hidden = chosen == null || !data.see;
    this.root.dataset.chosen = String(chosen ?? "");
  }

  // Somebody started over, or found it in another tab.
  #progressChanged() {
    const data = this.#data;
    if (!data || this.root.classList.contains("asked")) return;
    const right = rightOf(data), done = progress.isDone(data.key);
    if (!done && this.#chosen === right) this.#choose(data, null);
    else if (done && this.#chosen == null) this.#choose(data, right);
  }

  close() {
    this.unsubscribe();
    this.endVotes();
    this.#withdraw();
  }
}

export const show = mount(".question", (root) => new QuestionElement(root));

/** @param {QuestionData} data */
function rightOf({ answers }) {
  return answers.findIndex((answer) => answer.right);
}

/**
 * What stands between backticks is code; elsewhere E_q and L_K have a subscript.
 * @param {string} text
 */
function formatted(text) {
  return text.split("`").flatMap((part, i) => (i % 2 ? make("code", { textContent: part }) : withSubscripts(part)));
}

/**
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
function withSubscripts(text) {
  return text.split(/(?<=\b[A-Za-z])_(\w)(?!\w)/).map((part, i) => (i % 2 ? make("sub", { textContent: part }) : part));
}
