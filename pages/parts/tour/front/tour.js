// @ts-check
// The tour: one card at a time beside what it speaks of, done when the table of numbers says so; it never comes back.

import { BASE } from "../../front/address.js";
import { find, onNextFrame, setColours, setText } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";
import { CARDS } from "./cards.js";

/** @typedef {import("./payload").TourData} TourData */
/** @typedef {import("./cards.js").TableState} TableState */

const DONE = "tour";
const TABLE = '[data-panel="numbers"]';
const WATCHED = ["data-stop", "data-mean", "data-q", "data-digit", "data-example", "data-diagnostics"];
const NOT_WITH = ["task", "challenge", "hide", "predict"]; // whoever follows such a link has something else to do
const NARROW = 900; // pixels
const AT_REST = 900; // milliseconds
let at = 0; // the card: whoever looks at another screen in between goes on where they were

const PARTS = `
  <div class="ring" aria-hidden="true"></div>
  <div class="card">
    <div class="words" role="status"><p class="head"><b></b> <span class="count"></span></p><p class="text"></p></div>
    <div class="ways"><a target="_self" hidden>Open the Derivation</a>
      <button type="button" data-act="next" hidden></button>
      <button type="button" data-act="skip" title="Escape">Skip the tour</button></div>
  </div>`;

class Tour {
  /** @type {TourData | null} */
  #data = null;
  /** @type {TableState | null} */
  #then = null; // the table of numbers when the card began
  #reached = false;
  #unseen = false; // reached, and what shows the result has not been brought into view
  #over = false;
  #closed = false;
  #later = 0;
  #ends = new AbortController();
  #frame = onNextFrame(() => {
    if (!this.root.hidden && this.root.isConnected) this.#place();
  });

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    // Whoever has done the tour never sees it again.
    this.#closed = progress.isDone(DONE);
    if (this.#closed) return;
    root.innerHTML = PARTS;
    this.#part('[data-act="skip"]').onclick = () => this.#end();
    this.#part('[data-act="next"]').onclick = () => this.#next();
    this.#part("a").onclick = () => progress.mark(DONE);
    const { signal } = this.#ends;
    addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const moved of ["resize", "scroll", "popstate"]) {
      addEventListener(moved, () => this.#frame.schedule(), { signal, capture: true });
    }
    const unsubscribe = progress.onChange(() => {
      if (progress.isDone(DONE) && !this.#over) this.close();
    });
    const changes = new MutationObserver(() => this.#watch());
    changes.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: WATCHED });
    signal.addEventListener("abort", () => {
      unsubscribe();
      changes.disconnect();
    });
  }

  /** @param {string} selector */
  #part(selector) {
    return find(this.root, selector);
  }

  /** @param {import("../../front/mount.js").Page<TourData>} page */
  receive({ data }) {
    if (this.#closed) return;
    this.#data = data;
    setColours(this.root, data.colours);
    this.#watch();
  }

  // Only where there are a digit and a plane, and numbers that belong to them.
  /** @returns {TableState | null} */
  #state() {
    const table = /** @type {HTMLElement | null} */ (document.querySelector(TABLE)), link = new URLSearchParams(location.search);
    const fits = table?.dataset.digit && document.querySelector('.instrument .latents[data-view="plane"]');
    return fits && !NOT_WITH.some((name) => !["", "false", "none"].includes(link.get(name) ?? "")) ? /** @type {TableState} */ ({ ...table?.dataset }) : null;
  }

  #watch() {
    if (!this.#data || this.#closed) return;
    const now = this.#state(), wasHidden = this.root.hidden;
    this.root.hidden = !now || document.documentElement.classList.contains("presenting");
    if (!now || this.root.hidden) return;
    const card = CARDS[at], then = this.#then;
    // Another image has other steps: what is asked for begins anew with it.
    const other = then && then.digit + then.example + then.model !== now.digit + now.example + now.model;
    if (!then || (other && !card.lesson)) this.#then = now;
    if (!this.#reached && card.done(now, this.#then ?? now)) {
      this.#reached = this.#unseen = true;
      if (at === CARDS.length - 1) {
        this.#over = true;
        progress.mark(DONE);
      }
    }
    if (wasHidden) this.#bring();
    if (this.#reached && this.#unseen && card.see) this.#bringAtRest();
    this.#paint(this.#data);
  }

  #next() {
    if (this.#over) return this.close();
    at += 1;
    this.#reached = false;
    this.#then = this.#state();
    this.#part('[data-act="skip"]').focus({ preventScroll: true }); // the button that was pressed goes
    this.#watch();
    return this.#bring();
  }

  #end() {
    this.#over = true;
    progress.mark(DONE);
    this.close();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || event.defaultPrevented || this.root.hidden) return;
    // A dialog in a shadow tree is found on the event's path alone, and a field has an Escape of its own.
    const inside = event.composedPath().some((node) =>
      node instanceof HTMLDialogElement || node instanceof HTMLTextAreaElement
      || (node instanceof HTMLInputElement && node.type === "text"));
    if (!inside && !document.querySelector("dialog[open]")) this.#end();
  }

  /** @param {TourData} data */
  #paint(data) {
    const card = CARDS[at], last = at === CARDS.length - 1, reached = this.#reached;
    setText(this.#part("b"), reached ? `✓ ${card.title}` : card.title);
    setText(this.#part(".count"), `${at + 1} of ${CARDS.length}`);
    setText(this.#part(".text"), reached ? card.shows : card.ask);
    this.#part(".card").classList.toggle("reached", reached);
    const next = this.#part('[data-act="next"]'), way = this.#part("a");
    next.hidden = !reached;
    setText(next, last ? "Close" : "Next");
    this.#part('[data-act="skip"]').hidden = this.#over;
    way.hidden = !card.lesson;
    if (card.lesson) way.setAttribute("href", BASE + data.lesson);
    this.#frame.schedule();
  }

  #target() {
    const card = CARDS[at];
    const found = document.querySelectorAll(this.#reached && card.see ? card.see : card.target);
    return [...found].find((node) => node.checkVisibility() && node.getBoundingClientRect().right > 0);
  }

  // Where the page scrolls, show what is to be used.
  #bring() {
    if (innerWidth > NARROW) return;
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#target()?.scrollIntoView({ block: "center", behavior: smooth ? "smooth" : "instant" });
  }

  // Not while q is still moving.
  #bringAtRest() {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => {
      this.#unseen = false;
      if (!this.#closed) this.#bring();
    }, AT_REST);
  }

  #place() {
    const card = this.#part(".card"), ring = this.#part(".ring"), box = this.#target()?.getBoundingClientRect();
    ring.hidden = !box;
    if (box) put(ring, { left: box.left - 4, top: box.top - 4, width: box.width + 8, height: box.height + 8 });
    const [panel, across, down] = CARDS[at].over, room = document.querySelector(panel)?.getBoundingClientRect();
    const narrow = innerWidth <= NARROW || !room;
    card.classList.toggle("sheet", narrow);
    if (narrow) return put(card, {});
    const own = card.getBoundingClientRect(), within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, 8), most - 8);
    return put(card, {
      left: within(room.left + across * (room.width - own.width), innerWidth - own.width),
      top: within(room.top + down * (room.height - own.height), innerHeight - own.height) });
  }

  close() {
    this.#closed = true;
    this.#ends.abort();
    this.#frame.cancel();
    clearTimeout(this.#later);
    this.root.replaceChildren();
    this.root.hidden = true;
  }
}

export const show = mount(".tour", (root) => new Tour(root));

/**
 * Place an element in the window; sides that are not named are left to the style sheet.
 * @param {HTMLElement} node
 * @param {Partial<Record<"left" | "top" | "width" | "height", number>>} place  in pixels
 */
function put(node, place) {
  for (const side of /** @type {const} */ (["left", "top", "width", "height"])) {
    const pixels = place[side], text = pixels == null ? "" : `${Math.round(pixels)}px`;
    if (node.style[side] !== text) node.style[side] = text;
  }
}
