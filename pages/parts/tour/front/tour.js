// @ts-check
// The introduction of the first visit: one question at a time, beside the parts of the Trade-off screen that it is about. The
// others come as they are needed.

import { BASE } from "../../front/address.js";
import { find, onNextFrame, setColours, setInert, setMarked, setText } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";
import { currentShowing, hasEssentials, keepEssentials, onShowing, setStage } from "../../front/introduction.js";
import { written } from "../../front/text.js";
import { BEATS, begunAgain, NAMES } from "./beats.js";
import { PARTS } from "./card.js";
import { paintNames, paintPrice, paintWaste } from "./terms.js";

/** @typedef {import("./payload").TourData} TourData */
/** @typedef {import("./beats.js").Memory} Memory */
/** @typedef {import("../../front/introduction.js").Showing} Showing */

const DONE = "tour"; // also in the tests: whoever has seen the introduction does not see it again
const NARROW = 900, PHONE = 700; // pixels
const AT_REST = 700, LATE = 3000; // milliseconds before a sentence with changing numbers is read out; for a state to come
const PLANE = ".instrument .latents .chart", SLIDER = ".instrument .widths";
const USED = { slider: "#elbo-room-variance-all", plane: PLANE };
const DRAG = 3; // stops of the slider: less is a slip
const MOVE = "Move σ² first";
let met = false; // in this window: it is offered once, and whoever comes back to the screen has seen it

class Tour {
  /** @type {TourData | null} */
  #data = null;
  /** @type {(name: string, value: unknown) => void} */
  #send = () => {};
  #running = false;
  #at = 0;
  #returned = false; // it was reached by the button that goes back
  #begun = false; // the state with which the beat begins has come
  #reached = false;
  #presented = false;
  #unfocused = false; // what is to be used has not got the focus yet
  #guess = NaN; // the σ² that was guessed: whoever comes back sees it again
  /** @type {Memory | null} */
  #memory = null;
  #spoken = 0;
  #late = 0;
  #ends = new AbortController();
  #frame = onNextFrame(() => this.#paint());
  #part = (/** @type {string} */ selector) => find(this.root, selector);

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.innerHTML = PARTS;
    // A link with a state, a teacher's link or a challenge says what is to be seen.
    const { introduction } = document.documentElement.dataset, fresh = introduction ? introduction === "begins" : !location.search;
    this.#running = !met && !progress.isDone(DONE) && fresh;
    const [opened] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    if (!met && !fresh && opened?.type === "navigate") keepEssentials(false); // and not a reload of a state of one's own
    met = true;
    this.#part('[data-act="on"]').onclick = () => this.#on();
    this.#part('[data-act="skip"]').onclick = () => this.#next();
    this.#part('[data-act="back"]').onclick = () => this.#begin(this.#at - 1, true);
    this.#part('[data-act="leave"]').onclick = () => this.#quit();
    this.#part("a").onclick = () => this.#leave();
    const { signal } = this.#ends;
    addEventListener("keydown", (event) => this.#key(event), { signal });
    addEventListener("resize", () => this.#frame.schedule(), { signal });
    const unsubscribe = onShowing(() => this.#frame.schedule());
    // Presenting begins and ends with a class of the page.
    const presenting = new MutationObserver(() => this.#present());
    presenting.observe(document.documentElement, { attributeFilter: ["class"] });
    signal.addEventListener("abort", unsubscribe);
    signal.addEventListener("abort", () => presenting.disconnect());
  }

  get #beat() {
    return BEATS[this.#at];
  }

  /** @param {import("../../front/mount.js").Page<TourData>} page */
  receive({ data, setTriggerValue }) {
    this.#send = setTriggerValue;
    const first = !this.#data;
    this.#data = data;
    setColours(this.root, data.colours);
    if (first && this.#running) this.#start();
    else if (first) setStage({ essentials: hasEssentials() });
    this.#frame.schedule();
  }

  // ---- from beat to beat ------------------------------------------------------------------------------------------

  #start() {
    this.#running = true;
    this.#at = -1;
    this.#guess = NaN;
    this.#next();
  }

  #next() {
    if (this.#at === BEATS.length - 1) {
      this.#leave();
      return;
    }
    this.#begin(this.#at + 1, false);
    if (this.#at > 0) this.#met();
  }

  /**
   * @param {number} at
   * @param {boolean} returned
   */
  #begin(at, returned) {
    this.#at = at;
    this.#returned = returned;
    this.#begun = this.#reached = false;
    this.#memory = null;
    const { link } = this.#beat, again = this.#again, first = link ?? (returned && again ? { variance: again } : null);
    clearTimeout(this.#late);
    if (first && location.search !== `?${new URLSearchParams(first)}`) {
      this.#send("link", first);
      // Where what a hand has just moved reaches a busy server with it, that may be what the server goes by.
      this.#late = setTimeout(() => this.#running && !this.#memory && this.#begin(at, returned), LATE);
    }
    this.#unfocused = at > 0;
    this.#paint();
  }

  // The σ² with which the beat begins for whoever comes back to it.
  get #again() {
    const { after, again } = this.#beat;
    return after && !Number.isNaN(this.#guess) ? written(this.#guess) : again;
  }

  // What is presented is the screen as it opens, and not the odd state of a step; the step begins again after it.
  #present() {
    const { classList } = document.documentElement, presenting = classList.contains("presenting");
    if (this.#running && classList.contains("leads-class")) this.#quit();
    else if (this.#running && classList.contains("in-class")) this.#leave(); // for the presenter's screen
    if (presenting === this.#presented) return;
    this.#presented = presenting;
    if (this.#running && presenting) this.#send("link", {});
    else if (this.#running) this.#begin(this.#at, this.#beat.again !== undefined);
    this.#frame.schedule();
  }

  // For hands on the keyboard: once it is there, what is to be used has the focus, and Enter goes on.
  #focus() {
    if (!this.#unfocused || !this.#memory) return;
    this.#unfocused = false;
    const target = this.#beat.uses ? document.querySelector(USED[this.#beat.uses]) : null;
    /** @type {HTMLElement} */ (target ?? this.#part("h2")).focus({ preventScroll: true });
  }

  // The button: what the beat asks for, or the next beat.
  #on() {
    const now = currentShowing(), memory = this.#memory;
    if (!now || !memory) return;
    if (this.#reached || !this.#beat.result) this.#next();
    else if (this.#beat === BEATS.at(-1)) memory.named += 1;
    else {
      memory.guess = this.#guess = this.#beat.after ? now.sweep.scales[now.k] : NaN;
      this.#reach(now, memory);
    }
    this.#paint();
  }

  // Whoever leaves before the end has the screen as it opens, and not the odd state of the step.
  #quit() {
    if (this.#at < BEATS.length - 1) this.#send("link", {});
    this.#leave();
  }

  #leave() {
    this.#running = false;
    this.#met();
    this.#frame.schedule();
  }

  // Whoever has gone on once, or left, is no newcomer any more, and has a simple screen at first.
  #met() {
    if (!progress.isDone(DONE)) keepEssentials(true);
    progress.mark(DONE);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#running || this.root.hidden || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const [node] = event.composedPath(), text = node instanceof HTMLTextAreaElement || (node instanceof HTMLInputElement && node.type === "text");
    if (text || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") this.#quit();
    const onScreen = node instanceof HTMLInputElement || (node instanceof Element && node.matches(".chart"));
    if (event.key === "Enter" && onScreen && this.#reached) this.#next();
  }

  // ---- painting ---------------------------------------------------------------------------------------------------

  #paint() {
    const presenting = document.documentElement.classList.contains("presenting"), now = currentShowing();
    this.root.hidden = !this.#running || presenting || !this.#data;
    if (!this.root.hidden && now) this.#watch(now);
    if (!this.#running) this.root.hidden = true; // it has just been left
    if (!this.root.hidden) this.#place();
    this.#show();
    this.#offer();
    if (!this.root.hidden && now && this.#memory) this.#say(now, this.#memory);
    if (!this.root.hidden) this.#focus();
  }

  // The button on the screen that plays it again.
  #offer() {
    const again = /** @type {HTMLElement | null} */ (document.querySelector('.instrument [data-act="introduction"]'));
    if (!again) return;
    again.hidden = !this.#data?.offered;
    again.onclick = () => this.#start();
  }

  /** @param {Showing} now */
  #watch(now) {
    const beat = this.#beat;
    if (!this.#begun) {
      if (now.moving || !(this.#returned ? begunAgain(beat, now, this.#again) : beat.begun?.(now) ?? true)) return;
      const memory = { first: { ...now }, last: now, guess: beat.after ? this.#guess : NaN, named: 0, moved: false };
      // What it asks for is done already: it begins where it is not.
      if (beat.again && !this.#returned && beat.done?.(now, memory)) {
        this.#begin(this.#at, true);
        return;
      }
      this.#begun = true;
      this.#memory = memory;
      if (this.#returned && !Number.isNaN(memory.guess)) this.#reach(now, memory);
    }
    // Whoever has chosen something else, by Back for example, has left.
    const first = this.#memory?.first;
    if (this.#memory && first && Math.abs(now.k - first.k) >= DRAG) this.#memory.moved = true;
    if (first && JSON.stringify(now.bench) !== JSON.stringify(first.bench)) this.#leave();
    else if (!now.moving && this.#memory && !this.#reached && beat.done?.(now, this.#memory)) this.#reach(now, this.#memory);
  }

  /**
   * @param {Showing} now
   * @param {Memory} memory
   */
  #reach(now, memory) {
    this.#reached = true;
    memory.last = { ...now };
  }

  // Which parts of the screen are there; without a beat all of them.
  #show() {
    const page = document.documentElement;
    if (!this.#running || this.root.hidden) {
      if (page.dataset.opening == null) return;
      delete page.dataset.opening;
      setInert(PLANE, false);
      setInert(SLIDER, false);
      setStage({ essentials: !this.#running && hasEssentials() });
      return;
    }
    const beat = this.#beat, memory = this.#memory, narrow = innerWidth <= PHONE;
    const reached = this.#reached, concealed = Boolean(beat.concealed && !(reached && beat.reveals));
    const parts = [...(narrow ? beat.small : beat.shows), ...(reached ? beat.reveals ?? [] : [])];
    const words = [...(memory ? parts : ["x"]), concealed ? "samples" : "", !reached && beat.uses ? `use-${beat.uses}` : ""].join(" ");
    // Until the state has come with which a beat begins, the beat before stays.
    if (!memory && this.#at > 0) return;
    if (page.dataset.opening !== words) {
      page.dataset.opening = words;
      // Until q is to be moved over the plane, only σ² moves; and a guess stands.
      setInert(PLANE, !parts.includes("means"));
      setInert(SLIDER, Boolean(reached && beat.after));
      setStage({ concealed, near: Boolean(beat.near && (reached || !beat.uses)), guess: memory && !Number.isNaN(memory.guess) ? memory.guess : null });
    }
  }

  // Beside the screen, or at the bottom of a narrow window.
  #place() {
    const beside = innerWidth > NARROW, card = this.#part(".card");
    card.classList.toggle("low", !beside);
    setText(this.#part('[data-act="back"]'), beside ? "Back" : "←");
    setText(this.#part('[data-act="skip"]'), beside ? "Skip this step" : "Skip");
    document.documentElement.style.setProperty("--opening-sheet", beside ? "0px" : `${card.offsetHeight}px`);
  }

  /**
   * @param {Showing} now
   * @param {Memory} memory
   */
  #say(now, memory) {
    const beat = this.#beat, reached = this.#reached, last = beat === BEATS.at(-1);
    const { title, text } = reached && beat.result ? beat.result(now, memory, innerWidth <= PHONE) : beat.ask(memory.first);
    const on = /** @type {HTMLButtonElement} */ (this.#part('[data-act="on"]'));
    setText(this.#part(".count"), `${this.#at + 1} of ${BEATS.length}`);
    setText(this.#part("h2"), reached && beat.done && !last ? `✓ ${title}` : title);
    setMarked(this.#part(".text"), text);
    on.disabled = Boolean(beat.after && !reached && !memory.moved);
    const next = last ? `Name ${memory.named + 1} of ${NAMES.length}` : beat.act;
    setText(on, reached ? (last ? "Explore" : "Next") : (on.disabled ? MOVE : next ?? "Next"));
    on.hidden = !reached && !beat.act;
    this.#part('[data-act="skip"]').hidden = reached || !beat.result;
    this.#part('[data-act="back"]').hidden = !this.#at;
    this.#part('[data-act="leave"]').hidden = last && reached;
    this.#part("a").hidden = !(last && reached);
    this.#part("a").setAttribute("href", BASE + (this.#data?.lesson ?? ""));
    this.#part(".card").classList.toggle("reached", reached);
    paintPrice(this.#part(".price"), now, Boolean(beat.price));
    paintWaste(this.#part(".waste"), now, Boolean(beat.waste));
    paintNames(this.#part(".names"), now, last ? memory.named : 0);
    this.#speak();
  }

  // What is seen is read out as well, once it has come to rest.
  #speak() {
    clearTimeout(this.#spoken);
    this.#spoken = setTimeout(() => {
      const words = [...this.root.querySelectorAll(".count, h2, .text, .price:not([hidden]) p, .waste:not([hidden]), .names > *")];
      setText(this.#part('[role="status"]'), words.map((node) => node.textContent).join(" "));
    }, AT_REST);
  }

  close() {
    this.#running = false;
    this.#ends.abort();
    this.#frame.cancel();
    clearTimeout(this.#spoken);
    this.root.hidden = true;
    this.#show();
    setStage({}); // whoever comes back sees all
  }
}

export const show = mount(".tour", (root) => new Tour(root));
