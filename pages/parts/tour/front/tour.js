// The tour: one card at a time beside what it speaks of, done when the table of numbers says so; it never comes back.

import { CARDS } from "./cards.js";

const DONE = "tour";
const TABLE = '[data-panel="numbers"]';
const WATCHED = ["data-stop", "data-mean", "data-q", "data-digit", "data-example", "data-rest"];
const NOT_WITH = ["task", "challenge", "hide", "predict"]; // whoever follows such a link has something else to do
const NARROW = 900; // pixels
const AT_REST = 900; // milliseconds
const living = new WeakMap();
let at = 0; // the card: whoever looks at another screen in between goes on where they were

export function show(page, progress) {
  const root = page.parentElement.querySelector(".tour");
  let shown = living.get(root);
  if (!shown && !progress.isDone(DONE)) living.set(root, (shown = new Tour(root, progress)));
  shown?.receive(page.data);
  return () => queueMicrotask(() => root.isConnected || shown?.close());
}

class Tour {
  constructor(root, progress) {
    this.root = root;
    this.progress = progress;
    root.innerHTML = `
      <div class="ring" aria-hidden="true"></div>
      <div class="card">
        <div class="words" role="status"><p class="head"><b></b> <span class="count"></span></p><p class="text"></p></div>
        <div class="ways"><a target="_self" hidden>Open the Derivation</a>
          <button type="button" data-act="next" hidden></button>
          <button type="button" data-act="skip" title="Escape">Skip the tour</button></div>
      </div>`;
    this.part = (selector) => root.querySelector(selector);
    this.part('[data-act="skip"]').onclick = () => this.end();
    this.part('[data-act="next"]').onclick = () => this.next();
    this.part("a").onclick = () => progress.mark(DONE);
    this.ends = new AbortController();
    const { signal } = this.ends;
    addEventListener("keydown", (event) => this.key(event), { signal });
    for (const moved of ["resize", "scroll", "popstate"]) addEventListener(moved, () => this.schedule(), { signal, capture: true });
    this.silence = progress.onChange(() => progress.isDone(DONE) && !this.over && this.close());
    this.changes = new MutationObserver(() => this.watch());
    this.changes.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: WATCHED });
  }

  receive(data) {
    if (this.closed) return;
    this.data = data;
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.watch();
  }

  // Only where there are a digit and a plane, and numbers that belong to them.
  state() {
    const table = document.querySelector(TABLE), link = new URLSearchParams(location.search);
    const fits = table?.dataset.digit && document.querySelector('.instrument .latents[data-view="plane"]');
    return fits && !NOT_WITH.some((name) => !["", "false", "none"].includes(link.get(name) ?? "")) ? { ...table.dataset } : null;
  }

  watch() {
    if (!this.data || this.closed) return;
    const now = this.state(), wasHidden = this.root.hidden;
    this.root.hidden = !now || document.documentElement.classList.contains("presenting");
    if (this.root.hidden) return;
    const card = CARDS[at];
    // Another image has other steps: what is asked for begins anew with it.
    const other = this.then && this.then.digit + this.then.example + this.then.model !== now.digit + now.example + now.model;
    if (!this.then || (other && !card.lesson)) this.then = now;
    if (!this.reached && card.done(now, this.then)) {
      this.reached = this.unseen = true;
      if (at === CARDS.length - 1) {
        this.over = true;
        this.progress.mark(DONE);
      }
    }
    if (wasHidden && !this.root.hidden) this.bring();
    if (this.reached && this.unseen && card.see) this.bringAtRest();
    this.paint();
  }

  next() {
    if (this.over) return this.close();
    at += 1;
    this.reached = false;
    this.then = this.state();
    this.part('[data-act="skip"]').focus({ preventScroll: true }); // the button that was pressed goes
    this.watch();
    return this.bring();
  }

  end() {
    this.over = true;
    this.progress.mark(DONE);
    this.close();
  }

  key(event) {
    if (event.key !== "Escape" || event.defaultPrevented || this.root.hidden) return;
    const path = event.composedPath(); // a dialog in a shadow tree is found there alone, and a field has an Escape of its own
    const inside = path.some((node) => node instanceof HTMLDialogElement || node instanceof HTMLTextAreaElement || node.type === "text");
    if (!inside && !document.querySelector("dialog[open]")) this.end();
  }

  paint() {
    const card = CARDS[at], last = at === CARDS.length - 1;
    say(this.part("b"), this.reached ? `✓ ${card.title}` : card.title);
    say(this.part(".count"), `${at + 1} of ${CARDS.length}`);
    say(this.part(".text"), this.reached ? card.shows : card.ask);
    this.part(".card").classList.toggle("reached", Boolean(this.reached));
    const next = this.part('[data-act="next"]'), way = this.part("a");
    next.hidden = !this.reached;
    say(next, last ? "Close" : "Next");
    this.part('[data-act="skip"]').hidden = Boolean(this.over);
    way.hidden = !card.lesson;
    if (!way.hidden) way.href = this.data.lesson;
    this.schedule();
  }

  target() {
    const card = CARDS[at];
    const found = document.querySelectorAll(this.reached && card.see ? card.see : card.target);
    return [...found].find((node) => node.checkVisibility() && node.getBoundingClientRect().right > 0);
  }

  // Where the page scrolls, show what is to be used.
  bring() {
    if (innerWidth > NARROW) return;
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.target()?.scrollIntoView({ block: "center", behavior: smooth ? "smooth" : "instant" });
  }

  // Not while the hand is still moving.
  bringAtRest() {
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.unseen = false;
      if (!this.closed) this.bring();
    }, AT_REST);
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.root.hidden && this.root.isConnected) this.place();
    });
  }

  place() {
    const card = this.part(".card"), ring = this.part(".ring"), box = this.target()?.getBoundingClientRect();
    ring.hidden = !box;
    if (box) put(ring, { left: box.left - 4, top: box.top - 4, width: box.width + 8, height: box.height + 8 });
    const [panel, across, down] = CARDS[at].over, room = document.querySelector(panel)?.getBoundingClientRect();
    const narrow = innerWidth <= NARROW || !room;
    card.classList.toggle("sheet", narrow);
    if (narrow) return put(card, {});
    const own = card.getBoundingClientRect(), within = (value, most) => Math.min(Math.max(value, 8), most - 8);
    return put(card, {
      left: within(room.left + across * (room.width - own.width), innerWidth - own.width),
      top: within(room.top + down * (room.height - own.height), innerHeight - own.height) });
  }

  close() {
    this.closed = true;
    this.ends.abort();
    this.changes.disconnect();
    this.silence();
    this.root.replaceChildren();
    this.root.hidden = true;
  }
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function put(node, place) {
  for (const side of ["left", "top", "width", "height"]) {
    const text = side in place ? `${Math.round(place[side])}px` : "";
    if (node.style[side] !== text) node.style[side] = text;
  }
}
