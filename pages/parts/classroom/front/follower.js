// @ts-check
// A follower: the screen goes where the presenter's is until something is touched; questions are answered on the chart.

import { chartOnScreen, onChartMoved, questionsOnScreen } from "../../front/class_signals.js";
import { scale } from "../../front/text.js";
import * as stage from "../../presenting/front/stage.js";
import { Connection } from "./connection.js";
import { bare } from "./links.js";
import * as progress from "../../front/progress.js";
import { keep, nameOfBrowser } from "./membership.js";
import { taskOn } from "./tasks.js";
import { leaves, mayMove, slides } from "./touching.js";
import { slidersOf, stepOf, taskOf } from "./guessing.js";
import { clear, outcome, placeInWords, show } from "./questions.js";

/** @typedef {import("./payload").ClassData} ClassData */
/** @typedef {import("./questions.js").Question} Question */
/** @typedef {import("./bar.js").Bar} Bar */

const NEWS_MS = 8000; // for which it is said that a question is closed
const LINK_MS = 400; // after a movement of the presenter's its link has come

export class Follower {
  #following;
  #connected = false;
  #link = ""; // of the presenter's screen
  #next = ""; // the question that comes next
  #asked = ""; // the link of the presenter's that was opened last
  /** @type {import("../../front/class_signals.js").Place | null} */
  #move = null;
  /** @type {Question | null} */
  #question = null;
  #led = true; // the presenter is there
  #closed = false; // the last question has just been closed
  #moved = false; // the slider, by hand since the question was asked
  /** @type {number | null} */
  #touchedAt = null; // where it was when the chart was touched
  #shown = false; // whether the chart of the question has been brought into view
  /** @type {number | null} */
  #mine = null; // the answer that the server has
  /** @type {number | null} */
  #sending = null; // the answer that it has not confirmed
  #later = 0;
  #reported = ""; // the task that the server has been told to be done

  /**
   * @param {import("./membership.js").Membership} member
   * @param {string} opened  the link that was opened in this tab, which was in the class already; empty without one
   * @param {ClassData} screens
   * @param {Bar} bar
   * @param {(why: "ended" | "elsewhere" | "refused" | "left", sentence: string) => void} over
   */
  constructor({ code, explores = false }, opened, screens, bar, over) {
    this.code = code;
    this.opened = explores ? "" : opened; // on one's own one sees the link
    this.#following = !explores;
    this.screens = screens;
    this.bar = bar;
    this.over = over;
    this.connection = new Connection({ do: "join", code, browser: nameOfBrowser() }, {
      message: (message) => this.#receive(message),
      connected: (connected) => {
        this.#connected = connected;
        this.#paint();
      },
      closed: (why, sentence) => over(why, sentence),
    });
    this.ends = new AbortController();
    const { signal } = this.ends;
    for (const kind of ["pointerdown", "keydown", "input"]) {
      document.addEventListener(kind, (event) => this.#touched(event), { capture: true, signal });
    }
    signal.addEventListener("abort", onChartMoved(() => this.#chartMoved()));
    signal.addEventListener("abort", progress.onChange(() => this.#reportDone()));
    this.#paint();
  }

  #chartMoved() {
    this.#align(true);
    if (this.#touchedAt !== null && this.#guess !== this.#touchedAt) this.#moved = true;
    this.#paint();
    this.#showQuestion();
  }

  #showQuestion() {
    show(this.#question, { leads: false, here: this.#following, next: this.#next, mine: this.#sending ?? this.#mine, ask: () => {}, pick: (answer) => this.#send(answer) });
  }

  /** @param {Record<string, any>} message */
  #receive(message) {
    if (message.welcome) {
      this.#reported = "";
      this.#led = true;
    }
    if (message.led !== undefined) this.#led = message.led;
    if (message.link !== undefined) {
      [this.#link, this.#next = ""] = message.link.split("#");
      if (!message.welcome || bare(this.opened) === bare(this.#link)) this.opened = ""; // the class has gone on, or is there
    }
    this.#reportDone();
    if (message.k !== undefined) {
      const { s: path, k: step, mean, variance } = message, before = this.#move;
      // Which q leads to the path comes once; its sweep may still be on its way when the next step of the path arrives.
      const known = before && before.path === path && step >= 0 ? before.q : null;
      this.#move = { path, step, q: mean === undefined ? known : { mean, variance } };
    }
    if (message.question !== undefined) this.#ask(message.question, message.mine ?? null, Boolean(message.welcome));
    if (message.voted !== undefined) {
      this.#mine = message.voted;
      this.#sending = null;
    }
    // What was too late is not sent again.
    if (message.error) this.#sending = null;
    this.#align(message.k !== undefined);
    if (message.k !== undefined) return;
    this.#showQuestion();
    this.#paint();
  }

  /**
   * @param {Question | null} question
   * @param {number | null} mine  what the server has of this browser, if it says so
   * @param {boolean} returned  whether the connection is new
   */
  #ask(question, mine, returned) {
    const before = this.#question;
    if (this.#open && (!question || question.rounds)) this.#asked = ""; // back from one's own guess
    const same = question && before && question.number === before.number && question.round === before.round;
    this.#question = question;
    this.#closed = before !== null && question === null;
    if (this.#closed) setTimeout(() => this.#forgetClosed(), NEWS_MS);
    if (question?.number !== before?.number || before?.rounds) {
      this.#moved = false;
      this.#touchedAt = null;
    }
    if (!same) this.#sending = null;
    if (returned) this.#mine = mine;
    else if (!same) this.#mine = null;
    if (returned && same && this.#sending !== null) this.#send(this.#sending);
    if (!same) this.#shown = false;
  }

  #forgetClosed() {
    this.#closed = false;
    this.#paint();
  }

  /** Say when the task of the presenter's screen is done in this browser, or no longer. */
  #reportDone() {
    const task = taskOn(this.#link || "/"), done = task && progress.isDone(task) ? task : "";
    if (done === this.#reported || !this.#connected) return;
    this.#reported = done;
    this.connection.send({ do: "done", task: done });
  }

  /** Whether there is a question that is not revealed. */
  get #open() {
    return this.#question !== null && !this.#question.rounds;
  }

  // ---- following --------------------------------------------------------------------------------------------------

  /** @param {boolean} waits  whether the link that belongs to the presenter's q may still be on its way */
  #align(waits = false) {
    clearTimeout(this.#later);
    if (!this.#following || !this.#link) return;
    const chart = chartOnScreen(), move = this.#move, same = bare(this.#link) === bare(stage.here());
    const there = chart !== null && move !== null && (move.q !== null || chart.place().path === move.path);
    // A q beside the path has a variance of its own for each dimension, which only its link tells.
    const known = move !== null && (move.step >= 0 || move.q !== null || same);
    const own = this.#open && this.#question?.kind === "variance"; // while σ² is asked for, the slider is everybody's own
    if (there && bare(this.#link, true) === bare(stage.here(), true) && (known || own)) {
      if (!own || chart.place().path !== move.path) chart.go(move);
      return;
    }
    if (there && waits) {
      this.#later = setTimeout(() => this.#align(), LINK_MS);
      return;
    }
    if (same || this.#asked === this.#link) return;
    this.#asked = this.#link;
    stage.show(this.#link, this.screens);
  }

  /** @param {Event} event */
  #touched(event) {
    if (mayMove(event)) this.#touchedAt = this.#guess;
    if (slides(event)) this.#slid();
    if (this.#following && leaves(event, this.#open ? this.#question : null)) this.#setFollowing(false);
  }

  // Where the slider begins is a guess too, for whoever presses it there.
  #slid() {
    if (this.#moved) return;
    this.#moved = true;
    this.#paint();
  }

  /** @param {boolean} following */
  #setFollowing(following) {
    this.#following = following;
    keep({ code: this.code, explores: !following });
    this.#asked = "";
    this.#align();
    this.#showQuestion();
    this.#paint();
  }

  // ---- answering --------------------------------------------------------------------------------------------------

  /** Whether the question is answered by a mark on the chart. */
  get #onGrid() {
    return this.#question?.kind === "point" || this.#question?.kind === "value";
  }

  /** The mark, or the step of the slider. */
  get #guess() {
    const chart = chartOnScreen();
    return this.#onGrid ? chart?.mark() ?? null : stepOf(chart, this.#move?.path, this.#question?.answers);
  }

  /** @param {number} answer */
  #send(answer) {
    const { number, round } = this.#question ?? {};
    this.#sending = answer;
    this.connection.send({ do: "vote", question: number, round, answer });
    this.#showQuestion();
    this.#paint();
  }

  // ---- the bar ----------------------------------------------------------------------------------------------------

  /**
   * @param {string} sentence
   * @param {import("./bar.js").Act[]} acts
   * @param {import("./bar.js").Coordinate[]} coordinates
   */
  #say(sentence, acts, coordinates = []) {
    const away = this.#led ? "" : "The presenter is away at the moment. ", member = this.opened ? "You are in a class. " : "";
    const link = { text: "Open the link instead", act: () => this.#openLink() };
    this.bar.show(`${away}${member}${sentence}`, this.opened ? [...acts, link] : acts, coordinates);
  }

  #paint() {
    if (this.ends.signal.aborted) return undefined;
    const leave = { text: "Leave the class", act: () => this.over("left", "") };
    const again = { text: "Follow again", act: () => this.#setFollowing(true), main: true };
    const question = this.#question, name = `Class ${this.code}`;
    if (!this.#connected) return this.bar.show(`${name}: connecting…`, [leave]);
    if (question?.rounds) {
      const words = outcome(question, { mine: this.#mine, unit: chartOnScreen()?.unit() ?? "nats" });
      return this.#say(words, this.#following ? [leave] : [again, leave]);
    }
    if (question && this.#following) return this.#paintQuestion();
    if (question) return this.#say("A question is open on the presenter’s screen.", [{ ...again, text: "Go to the question" }, leave]);
    const closed = this.#closed ? "The question is closed. " : "";
    if (!this.#following) return this.#say(`${closed}${name}: you are exploring on your own.`, [again, leave]);
    return this.#say(`${closed}${name}: your screen follows the presenter’s.${closed || this.opened ? "" : " Touch anything to explore on your own."}`, [leave]);
  }

  // Who opens a link in the tab of a class sees the class, and is told so.
  #openLink() {
    const link = this.opened;
    this.opened = "";
    this.#setFollowing(false);
    stage.show(link, this.screens);
  }

  #paintComing() {
    this.#say("A question is coming…", [{ text: "Show it", act: () => this.#setFollowing(true) }]);
  }

  // A question with several answers is answered where it stands.
  /** @param {string} key */
  #paintChoice(key) {
    const root = questionsOnScreen().get(key)?.root, given = this.#sending ?? this.#mine;
    if (!root) return this.#paintComing();
    if (!this.#shown) root.scrollIntoView({ block: "center" });
    this.#shown = true;
    const again = this.#question?.round === 1 ? "" : " Vote again.";
    const words = given === null ? "Choose your answer to the question that is marked." : this.#sending === null ? "Your answer is sent; you may change it." : "Sending…";
    return this.#say(words + (given === null ? again : ""), []);
  }

  #paintQuestion() {
    const question = this.#question;
    if (question?.kind === "choice" && question.about) return this.#paintChoice(question.about);
    if (question && this.#onGrid) return this.#paintPlace(question);
    const guess = this.#guess, table = chartOnScreen()?.table();
    if (!question || guess === null || !table) return this.#paintComing();
    this.#bringIntoView(".instrument .tradeoff .chart");
    const send = this.#moved || this.#mine !== null ? this.#sendGuess(guess, `σ² = ${scale(table.scale[guess])}`)
      : { text: "Move the slider first", act: () => {}, main: true, disabled: true };
    return this.#say(taskOf(question, this.#mine === null ? "" : `σ² = ${scale(table.scale[this.#mine])}`), [send]);
  }

  /**
   * @param {number} guess
   * @param {string} says  what it stands for
   */
  #sendGuess(guess, says) {
    const waits = this.#sending !== null, done = waits || guess === this.#mine;
    const text = waits ? "Sending…" : done ? "Guess sent ✓" : `Send my guess: ${says}`;
    return { text, act: () => this.#send(guess), main: true, disabled: done };
  }

  /** @param {Question} question  of a point or a value */
  #paintPlace(question) {
    const chart = chartOnScreen(), guess = this.#guess;
    if (!chart || bare(this.#link, true) !== bare(stage.here(), true)) return this.#paintComing();
    this.#bringIntoView(question.kind === "point" ? ".instrument .latents .chart" : ".instrument .tradeoff .chart");
    const nothing = { text: "Mark your guess first", act: () => {}, main: true, disabled: true };
    const send = guess === null ? nothing : this.#sendGuess(guess, placeInWords(question, guess));
    const given = this.#mine === null ? "" : placeInWords(question, this.#mine);
    return this.#say(taskOf(question, given), [send], slidersOf(question, guess, chart.put));
  }

  /** @param {string} selector  of the chart that is asked about */
  #bringIntoView(selector) {
    if (!this.#shown) document.querySelector(selector)?.scrollIntoView({ block: "center" });
    this.#shown = true;
  }

  close() {
    clearTimeout(this.#later);
    this.ends.abort();
    this.connection.close();
    clear();
  }
}
