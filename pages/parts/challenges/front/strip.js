// @ts-check
// The strip at the foot of the Trade-off screen: a goal, whether the committed state reaches it, and what it shows.

import { BASE } from "../../front/address.js";
import { find, setColours, setText } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";

/** @typedef {import("./payload").StripData} StripData */
/** @typedef {import("../../front/mount.js").Page<StripData>} StripPage */

const WIDE = 1200, BELOW = 4; // pixels: where the style sheet puts it above; and what stands between
const PHONE = 700; // pixels: what it shows would cover too much there, and waits for its button

const PARTS = `
  <div class="words"><p class="goal"><b class="title"></b> <span class="wanted"></span></p>
    <p class="standing" role="status"></p></div>
  <div class="ways">
    <button type="button" data-act="hint" aria-expanded="false">Hint</button>
    <a data-link="next" target="_self">Next challenge</a><a data-link="start" target="_self">Start again</a><a data-link="all" target="_self">All challenges</a>
    <button type="button" data-act="leave" title="continue without a goal" aria-label="Leave the challenge">✕</button>
  </div>
  <p class="more" role="status" hidden></p>`;

class Strip {
  /** @type {StripPage | null} */
  #page = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.ariaLabel = "Challenge";
    root.innerHTML = PARTS;
    // Above the instrument it takes room from the charts; at the foot of a narrow window what else lies there stands above it.
    this.sizes = new ResizeObserver(() => give(root.offsetHeight + BELOW, innerWidth >= WIDE));
    this.sizes.observe(root);
    this.#part('[data-act="hint"]').onclick = () => this.#open(Boolean(this.#part(".more").hidden));
    this.#part('[data-act="leave"]').onclick = () => this.#page?.setTriggerValue("leave", true);
  }

  /** @param {string} selector */
  #part(selector) {
    return find(this.root, selector);
  }

  /** @param {StripPage} page */
  receive(page) {
    const { data } = page, before = this.#page?.data;
    this.#page = page;
    setColours(this.root, data.colours);
    Object.assign(this.root.dataset, { challenge: data.key, reached: data.reached });
    setText(this.#part(".title"), `${data.title}:`);
    setText(this.#part(".wanted"), data.goal);
    setText(this.#part(".standing"), `${data.reached ? "✓ Reached. " : ""}${data.sentence}`);
    setText(this.#part('[data-act="hint"]'), data.reached ? "What it shows" : "Hint");
    this.#part('[data-link="next"]').hidden = !data.reached || !data.next;
    for (const way of /** @type {const} */ (["next", "start", "all"])) {
      this.#part(`[data-link="${way}"]`).setAttribute("href", BASE + data[way]);
    }
    // A new challenge, or a goal that has just been reached or left, opens or closes it; otherwise it stays as it is.
    const changed = before?.key !== data.key || before.reached !== data.reached;
    this.#open(changed ? data.reached && innerWidth > PHONE : !this.#part(".more").hidden);
    if (data.reached) progress.mark(data.key);
  }

  /** @param {boolean} wide */
  #open(wide) {
    const data = this.#page?.data, more = this.#part(".more");
    if (!data) return;
    more.hidden = !wide;
    setText(more, wide ? (data.reached ? data.insight : data.hint) : "");
    this.#part('[data-act="hint"]').ariaExpanded = String(wide);
  }

  close() {
    this.sizes.disconnect();
    give(0, true);
  }
}

/**
 * @param {number} height  in pixels
 * @param {boolean} above  whether the strip lies above the instrument, and not at the foot of the window
 */
function give(height, above) {
  const { style } = document.documentElement;
  style.setProperty("--challenge", `${above ? height : 0}px`);
  style.setProperty("--challenge-foot", `${above ? 0 : height}px`);
}

export const show = mount(".strip", (root) => new Strip(root));
