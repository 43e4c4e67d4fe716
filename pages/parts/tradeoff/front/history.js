// @ts-check
// The q's that were committed, with image, β and σₓ, and going back and forth between them: a drag is one step, a burst of keys as well.

import { find, typing } from "../../front/dom.js";

const SETTINGS = /** @type {const} */ (["beta", "sigma_x"]);
const KEPT = /** @type {const} */ (["q", "mean", "variance", "move", "dimension", ...SETTINGS]); // parameters of the link
const IMAGE = /** @type {const} */ (["digit", "example", "x", "w", "b"]); // of them those that the model has
const MOST = 200; // steps back

/** @typedef {Record<string, string>} Link  parameters of q, the image, β and σₓ */

/**
 * @typedef {object} HistoryEvents
 * @property {(link: Link) => void} go  to another q
 * @property {() => Link} start  q, how it is shown, β and σₓ, where the link says nothing of them
 * @property {() => boolean} busy  whether q is moving
 */

export class History {
  /** @type {string[]} */
  #back = [];
  /** @type {string[]} */
  #forth = [];
  #now = "";
  #of = "";
  #ends = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {HistoryEvents} events
   */
  constructor(root, events) {
    this.root = root;
    this.events = events;
    const button = (/** @type {string} */ act) => /** @type {HTMLButtonElement} */ (find(root, `[data-act="${act}"]`));
    this.undo = button("undo");
    this.redo = button("redo");
    this.undo.onclick = () => this.#go("undo");
    this.redo.onclick = () => this.#go("redo");
    button("reset").onclick = () => {
      if (!events.busy()) events.go(events.start());
    };
    document.addEventListener("keydown", (event) => this.#key(event), { signal: this.#ends.signal });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { dataset, classList } = document.documentElement;
    const seen = this.root.checkVisibility() && !("opening" in dataset) && !classList.contains("class-asked"), way = seen ? stepOf(event) : null;
    if (!way) return;
    event.preventDefault();
    this.#go(way);
  }

  /** @param {"undo" | "redo"} way */
  #go(way) {
    if (this.events.busy()) return;
    const link = way === "undo" ? this.#step(this.#back, this.#forth) : this.#step(this.#forth, this.#back);
    if (link) this.events.go(link);
  }

  paint() {
    this.undo.disabled = !this.#back.length;
    this.redo.disabled = !this.#forth.length;
  }

  close() {
    this.#ends.abort();
  }

  /**
   * What was committed.
   * @param {Link} q
   * @param {Link} bench  model and unit, of which another one begins anew, the image, β and σₓ
   */
  record(q, bench) {
    const link = { ...q, ...bench }, kept = [...KEPT, ...IMAGE.filter((name) => name in bench)];
    const now = JSON.stringify(Object.fromEntries(kept.map((name) => [name, link[name] ?? ""])));
    const of = JSON.stringify({ ...bench, ...Object.fromEntries([...SETTINGS, ...IMAGE].map((name) => [name, ""])) });
    if (of !== this.#of) {
      this.#back = [];
      this.#forth = [];
    } else if (now !== this.#now) {
      this.#back = [...this.#back, this.#now].slice(-MOST);
      this.#forth = [];
    }
    this.#of = of;
    this.#now = now;
  }

  /**
   * @param {string[]} from
   * @param {string[]} to
   * @returns {Link | null}
   */
  #step(from, to) {
    const next = from.pop();
    if (next === undefined) return null;
    to.push(this.#now);
    this.#now = next;
    return JSON.parse(next);
  }
}

/**
 * Which way a key press goes; null for any other. Fields of text have an undo of their own.
 * @param {KeyboardEvent} event
 * @returns {"undo" | "redo" | null}
 */
function stepOf(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented) return null;
  if (typing(event) || document.querySelector("dialog[open]")) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}
