// @ts-check
// The list of challenges: the way into each, and of those that are done what they show.

import { BASE } from "../../front/address.js";
import { make, setColours } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";

/** @typedef {import("./payload").ListData} ListData */
/** @typedef {import("./payload").CardData} CardData */

class ChallengeList {
  /** @type {ReturnType<typeof card>[]} */
  #cards = [];
  /** @type {HTMLElement | null} */
  #end = null; // what is said once all are done

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.unsubscribe = progress.onChange(() => this.#paint());
  }

  /** @param {import("../../front/mount.js").Page<ListData>} page */
  receive({ data }) {
    setColours(this.root, data.colours);
    this.#cards = data.challenges.map(card);
    this.#end = make("p", { className: "end", textContent: data.end });
    this.#end.setAttribute("role", "status");
    this.root.replaceChildren(this.#end, ...this.#cards.map(({ node }) => node));
    this.#paint();
  }

  #paint() {
    if (this.#end) this.#end.hidden = !this.#cards.every(({ challenge }) => progress.isDone(challenge.key));
    for (const { challenge, node, state, way, insight } of this.#cards) {
      const done = progress.isDone(challenge.key);
      node.classList.toggle("done", done);
      state.textContent = done ? "✓ done" : "";
      insight.textContent = done ? challenge.insight : "";
      way.textContent = done ? "Try again" : "Try it";
      way.ariaLabel = `${way.textContent}: ${challenge.title}`;
    }
  }

  close() {
    this.unsubscribe();
  }
}

/** @param {CardData} challenge */
function card(challenge) {
  const node = make("section", { className: "card" });
  const title = make("h2", { textContent: challenge.title }), state = make("span", { className: "state" });
  title.append(" ", state);
  const way = make("a", { className: "way", href: BASE + challenge.start, target: "_self" });
  const insight = make("p", { className: "insight" });
  node.append(title, make("p", { className: "goal", textContent: challenge.goal }), insight, way);
  return { challenge, node, state, way, insight };
}

export const show = mount(".list", (root) => new ChallengeList(root));
