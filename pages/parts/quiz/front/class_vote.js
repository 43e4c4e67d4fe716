// @ts-check
// What a class answers to a question: a bar for each answer once it is revealed, the vote before beside the last.

import { make, setText } from "../../front/dom.js";

/** How many have chosen an answer. */
export class Share {
  #before = make("span", { className: "bar before" });
  #now = make("span", { className: "bar" });
  #words = make("span");
  node = make("span", { className: "share", hidden: true });

  constructor() {
    this.node.append(this.#before, this.#now, this.#words);
  }

  /**
   * @param {number} answer
   * @param {number[][] | null} rounds  the answers of every vote; null as long as they are hidden
   */
  paint(answer, rounds) {
    const voted = (rounds ?? []).filter((answers) => answers.length).slice(-2), now = voted.at(-1);
    this.node.hidden = !now;
    if (!now) return;
    const before = voted.length > 1 ? voted[0] : null, chose = (/** @type {number[]} */ all) => all.filter((one) => one === answer).length;
    this.#before.hidden = !before;
    if (before) this.#before.style.setProperty("--part", String(chose(before) / before.length));
    this.#now.style.setProperty("--part", String(chose(now) / now.length));
    setText(this.#words, `${before ? `before ${chose(before)} of ${before.length}, now ` : ""}${chose(now)} of ${now.length}`);
  }
}
