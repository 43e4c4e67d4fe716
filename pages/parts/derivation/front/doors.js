// @ts-check
// Links to other screens, each with a task; this browser remembers which were opened.

import { BASE } from "../../front/address.js";
import { make, setColours } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";

/** @typedef {import("./payload").DoorsData} DoorsData */

class Doors {
  /** @type {{ name: string, item: HTMLElement, tick: HTMLElement, answer: HTMLElement }[]} */
  #items = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.unsubscribe = progress.onChange(() => this.#paint());
  }

  /** @param {import("../../front/mount.js").Page<DoorsData>} page */
  receive({ data: { doors, prefix, all, colours } }) {
    setColours(this.root, colours);
    this.#items = doors.map(({ key, link, label, task, seen }) => {
      const item = make("li"), tick = make("span"), answer = make("p", { className: "seen", textContent: seen }), name = key && prefix + key;
      const anchor = make("a", { href: BASE + link, textContent: label });
      anchor.onclick = () => {
        if (!name) return;
        progress.mark(name);
        if (all && doors.every((door) => progress.isDone(prefix + door.key))) progress.mark(all);
      };
      item.append(anchor, make("p", { textContent: task }), answer, tick);
      return { name, item, tick, answer };
    });
    this.root.replaceChildren(...this.#items.map(({ item }) => item));
    this.#paint();
  }

  #paint() {
    for (const { name, item, tick, answer } of this.#items) {
      const opened = Boolean(name) && progress.isDone(name);
      item.classList.toggle("opened", opened);
      answer.hidden = !opened;
      tick.textContent = opened ? "✓ opened" : "";
    }
  }

  close() {
    this.unsubscribe();
  }
}

export const show = mount(".doors", (root) => new Doors(root));
