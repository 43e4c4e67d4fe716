// @ts-check
// Present: the buttons in the header, the foot of a presented screen, the keys, and the panel of the set list.

import { classLead, onChartMoved, questionsOnScreen } from "../../front/class_signals.js";
import { copyText } from "../../front/clipboard.js";
import { find, make, setColours, setText, typing } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";
import { rowsOf } from "./rows.js";
import * as list from "./setlist.js";
import * as stage from "./stage.js";
import { bringQuestion, inWords, learnQuestions, offerQuestions, questionOf, stateOf } from "./state_question.js";

/** @typedef {import("./payload").PresentData} PresentData */
/** @typedef {import("./setlist.js").PreparedState} PreparedState */

/** @type {Record<string, Record<string, number | undefined>>} */
const WAYS = { page: { PageDown: 1, PageUp: -1 }, arrow: { ArrowRight: 1, ArrowLeft: -1 } }; // a clicker sends the former

class Present {
  #started = false;
  #ends = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {PresentData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.dialog = /** @type {HTMLDialogElement} */ (this.part("dialog"));
    this.file = /** @type {HTMLInputElement} */ (this.part('input[type="file"]'));
    this.title = /** @type {HTMLInputElement} */ (this.part('[name="title"]'));
    this.question = /** @type {HTMLSelectElement} */ (this.part('[name="question"]'));
    /** @type {Record<string, () => unknown>} */
    const acts = {
      present: () => this.present(!stage.presenting()),
      leave: () => this.present(false),
      list: () => this.open(),
      close: () => this.dialog.close(),
      back: () => this.step(-1),
      on: () => this.step(1),
      start: () => this.start(0),
      save: () => this.save(),
      load: () => this.file.click(),
      lesson: async () => this.take(await list.lesson(), "The lesson"),
      copy: () => this.copy(),
      former: () => this.takeBack(),
    };
    for (const [name, act] of Object.entries(acts)) {
      for (const button of root.querySelectorAll(`[data-act="${name}"]`)) button.addEventListener("click", () => act());
    }
    this.part(".add").onsubmit = (event) => {
      event.preventDefault();
      this.add();
    };
    this.question.onchange = () => this.tellQuestion();
    this.file.onchange = async () => {
      const file = this.file.files?.[0];
      if (file) await this.take(await file.text(), `The file ${file.name}`);
      this.file.value = "";
    };
    const { signal } = this.#ends;
    addEventListener("keydown", (event) => this.key(event), { signal });
    addEventListener("keydown", (event) => this.page(event), { signal, capture: true });
    addEventListener("hashchange", () => this.takeFragment(), { signal });
    const app = document.querySelector('[data-testid="stApp"]'), shown = new MutationObserver(() => this.paintFoot());
    if (app) shown.observe(app, { attributeFilter: ["data-test-script-state"] }); // another screen, whoever has opened it
    const questions = onChartMoved(() => questionsOnScreen().size && this.paintFoot()); // they come after their screen
    for (const end of [() => shown.disconnect(), list.onChange(() => this.paint()), questions]) signal.addEventListener("abort", end);
  }

  /** @param {string} selector */
  part(selector) {
    return find(this.root, selector);
  }

  /**
   * A button, by what it does.
   * @param {string} act
   */
  button(act) {
    return /** @type {HTMLButtonElement} */ (this.part(`[data-act="${act}"]`));
  }

  /** @param {import("../../front/mount.js").Page<PresentData>} page */
  receive({ data }) {
    this.data = data;
    setColours(this.root, data.colours);
    if (!this.#started) {
      this.#started = true;
      if (stage.wasPresenting()) stage.present(true);
      this.takeFragment();
    }
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    if (stage.inDialog(event)) return;
    const on = stage.presenting(), by = WAYS.arrow[event.key], key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "p") this.present(!on);
    else if (key === "s") this.open();
    else if (!on) return;
    else if (key === "Escape") this.present(false);
    else if (event.shiftKey || !by || stage.steering(event, this.leads)) return;
    else this.step(by);
    event.preventDefault();
  }

  /** Whether there is something to step through: prepared states, the derivation, or a question to a class. */
  get leads() {
    return list.states().length > 0 || stage.hasSteps() || classLead() !== null;
  }

  /**
   * A clicker steps through the set list, whatever has the focus; without one, through the derivation.
   * @param {KeyboardEvent} event
   */
  page(event) {
    const by = WAYS.page[event.key];
    if (!by || !stage.presenting() || !this.leads || typing(event) || stage.inDialog(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(by);
  }

  /** @param {boolean} on */
  present(on) {
    stage.present(on);
    if (on) progress.startApart();
    this.paint();
    this.say(on ? "Presenting. Escape leaves." : "No longer presenting.");
  }

  /** @param {number} by */
  step(by) {
    stage.leaveChoice();
    const states = list.states(), at = stage.place(), to = Math.min(Math.max(at + by, 0), states.length - 1);
    const question = questionOf(states[at]?.link);
    if (by > 0 && classLead()?.advance(question)) return;
    if (states.length && to !== at) return this.goTo(to);
    if (by < 0) classLead()?.show(question); // back from its question
    if (!states.length) stage.turnStep(by);
  }

  /** @param {number} index */
  start(index) {
    this.dialog.close();
    const already = stage.presenting();
    stage.present(true);
    if (!already) progress.startApart();
    this.goTo(index);
  }

  /** @param {number} index */
  goTo(index) {
    const state = list.states()[index];
    if (!state) return;
    stage.putPlace(index);
    classLead()?.show(questionOf(state.link));
    stage.show(stateOf(state.link), this.data);
    this.paint();
    this.say(this.where());
  }

  // Whoever leaves a state of the list for another screen reads what that is.
  where() {
    const states = list.states(), at = stage.place(), state = states[at], place = `${at + 1} / ${states.length}`;
    if (!states.length) return "No set list";
    if (!state) return `${states.length} prepared`;
    if (stage.shows(stateOf(state.link), this.data)) return `${place} · ${state.title}`;
    return `${this.data.titles[stage.screenOf(location.pathname)] ?? ""} (set list: ${place})`;
  }

  /** @param {string} text */
  say(text) {
    this.part(".unseen").textContent = text;
  }

  /** @param {string[]} sentences */
  tell(sentences) {
    const lines = sentences.map((text) => make("p", { textContent: text }));
    this.part(".news").replaceChildren(...lines);
  }

  paint() {
    this.button("present").ariaPressed = String(stage.presenting());
    this.paintFoot();
    if (this.dialog.open) this.paintList(list.states(), stage.place());
  }

  paintFoot() {
    const on = stage.presenting(), states = list.states(), at = stage.place();
    this.part(".foot").hidden = !on;
    bringQuestion(on ? states[at]?.link : undefined);
    setText(this.part(".where"), this.where());
    this.button("back").disabled = at <= 0 || !states.length;
    this.button("on").disabled = at >= states.length - 1 && !questionOf(states[at]?.link);
  }

  // ---- the panel --------------------------------------------------------------------------------------------------

  async open() {
    if (this.dialog.open) return;
    this.tell([]);
    this.title.value = this.proposal();
    this.dialog.showModal();
    this.paint();
    await learnQuestions();
    offerQuestions(this.question);
    this.tellQuestion();
    this.paint();
    this.part("ol").querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
  }

  // Whole, where the list of choices cuts it.
  tellQuestion() {
    const key = this.question.value;
    this.part(".whole").textContent = key && `The class is asked: ${inWords(key)}`;
  }

  // A title for this screen as it is: its name, and what of its address a class would call it by.
  proposal() {
    const { titles } = this.data, link = new URLSearchParams(location.search);
    const screen = stage.screenOf(location.pathname);
    const told = [["model", ""], ["digit", "digit "], ["x", "x = "], ["q", "q: "], ["challenge", "goal "]];
    const said = told.filter(([name]) => link.get(name)).map(([name, word]) => `${word}${link.get(name)}`);
    return [titles[screen] ?? titles[""], ...said].join(", ").slice(0, this.data.longest);
  }

  /**
   * @param {PreparedState[]} states
   * @param {number} at  the one that is shown
   */
  paintList(states, at) {
    const rows = rowsOf(states, at, this.data.longest, {
      show: (index) => this.start(index), change: (changed, change) => this.change(changed, change) });
    this.part("ol").replaceChildren(...rows);
    for (const act of ["start", "save", "copy"]) this.button(act).disabled = !states.length;
    const before = list.formerStates(), button = this.button("former");
    button.hidden = !before.length;
    button.textContent = `Restore the previous list (${before.length})`;
  }

  /**
   * Another list; the state that is shown stays the one that is shown, and the keyboard stays where it was.
   * @param {PreparedState[]} states
   * @param {{ index: number, by: number | null }} change  which state was moved, and by how much; null where it was removed
   */
  change(states, { index, by } = { index: -1, by: 0 }) {
    const at = stage.place();
    if (by === null) stage.putPlace(at >= index ? at - 1 : at);
    else if (by && at === index) stage.putPlace(at + by);
    else if (by && at === index + by) stage.putPlace(index);
    list.keep(states);
    this.paint();
    if (index < 0) return;
    const row = this.part("ol").children[Math.min(index + (by ?? 0), states.length - 1)];
    const part = (/** @type {number} */ i) => /** @type {HTMLInputElement | HTMLButtonElement | undefined} */ (row?.children[i]);
    const wanted = part(by === null ? 4 : by < 0 ? 2 : 3);
    if (by && wanted?.disabled) part(by < 0 ? 3 : 2)?.focus();
    else (wanted ?? this.title).focus();
  }

  add() {
    const title = this.title.value.trim() || this.proposal(), states = list.states();
    stage.putPlace(states.length);
    this.change([...states, { title, link: stage.here() + (this.question.value && `#${this.question.value}`) }]);
    this.tell([`Added as state ${states.length + 1}: ${title}.`]);
    this.part("ol").lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  save() {
    const file = URL.createObjectURL(new Blob([list.asFile()], { type: "application/json" }));
    make("a", { href: file, download: "elbo-room-set-list.json" }).click();
    setTimeout(() => URL.revokeObjectURL(file), 1000);
  }

  async copy() {
    const field = make("input", { type: "text", value: list.asLink(), readOnly: true, ariaLabel: "Link to this set list" });
    this.part(".news").replaceChildren(field);
    if (await copyText(field)) {
      this.button("copy").focus(); // the field goes
      return this.tell(["The link is copied: whoever opens it has this set list."]);
    }
    // It is there to be copied by hand.
    this.tell(["Copy this link:"]);
    this.part(".news").append(field);
    return field.select();
  }

  takeBack() {
    list.swap();
    stage.putPlace(-1);
    this.paint();
    this.tell(["The previous list is restored."]);
  }

  async takeFragment() {
    const text = list.ofFragment();
    if (text === null) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    await this.take(text, "The link");
  }

  /**
   * @param {string} text
   * @param {string} source  of the text, for a sentence
   */
  async take(text, source) {
    const { states, sentences } = await list.judged(text);
    if (states.length) {
      list.replace(states);
      stage.putPlace(-1);
    }
    this.open();
    this.paint();
    const count = `${states.length} ${states.length === 1 ? "state" : "states"}`;
    this.tell([states.length ? `${source} was loaded: ${count}.` : `${source} holds nothing that can be shown.`, ...sentences]);
  }

  close() {
    this.#ends.abort();
  }
}

export const show = mount(".present", (root, data) => new Present(root, data));
