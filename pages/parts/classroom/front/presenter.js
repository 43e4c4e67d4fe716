// @ts-check
// The presenter of a class: what the screen shows is sent to the class, and the class is asked.

import { BASE } from "../../front/address.js";
import { BEST, sentenceOf } from "../../front/class_questions.js";
import { chartOnScreen, onChartMoved, questionsOnScreen, setAdvance } from "../../front/class_signals.js";
import { make } from "../../front/dom.js";
import { placeOf } from "../../front/grid.js";
import * as stage from "../../presenting/front/stage.js";
import { Connection } from "./connection.js";
import { taskOn } from "./tasks.js";
import { askedFor, askedForPlace, clear, given, gridOf, outcome, show, standing } from "./questions.js";

/** @typedef {import("./bar.js").Bar} Bar */
/** @typedef {import("./membership.js").Membership} Membership */
/** @typedef {import("./questions.js").Counts} Counts */
/** @typedef {import("./questions.js").Question} Question */

/** @param {number} value  with as many digits as the class can use */
const brief = (value) => Number(value.toPrecision(8));

const LOOK_MS = 150; // between two looks at the address
const MOVE_MS = 33, MEAN_MS = 125; // between two movements: of σ²; of the mean, for which every follower asks the server

export class Presenter {
  #connected = false;
  #link = ""; // as it was sent last
  #move = "";
  #moving = 0;
  #pause = MOVE_MS;
  #turn = ""; // the state of the set list whose question was asked last
  #told = ""; // the path of which the class knows what leads to it
  #closed = false; // what comes later, of a timer or of the server, paints nothing more
  #ending = false; // once more, and the class ends
  #computed = ""; // the question of which the losses have been asked for
  /** @type {Question | null} */
  #question = null;

  /**
   * @param {Required<Membership>} member
   * @param {Bar} bar
   * @param {{ counts: (counts: Counts) => void, code: () => void, over: (why: "ended" | "elsewhere" | "refused", sentence: string) => void }} events
   */
  constructor(member, bar, events) {
    this.member = member;
    this.bar = bar;
    this.events = events;
    /** @type {Counts} */
    this.counts = { joined: 0, answered: 0, right: 0, done: 0 };
    this.connection = new Connection({ do: "lead", ...member }, {
      message: (message) => this.#receive(message),
      connected: (connected) => {
        this.#connected = connected;
        this.#link = this.#move = "";
        this.#look();
        this.#sendMove();
        this.#draw();
        this.#paint();
      },
      closed: (why, sentence) => events.over(why, sentence),
    });
    this.looking = setInterval(() => this.#look(), LOOK_MS);
    this.silence = onChartMoved(() => {
      this.#moving ||= setTimeout(() => this.#sendMove(), this.#pause);
    });
    setAdvance((key, turn) => this.#advance(key, turn));
    this.#paint();
  }

  /** @param {Record<string, any>} message */
  #receive(message) {
    if (message.counts) this.events.counts((this.counts = message.counts));
    if (message.question !== undefined) {
      this.#question = message.question;
      this.#draw();
      void this.#computeLosses();
    }
    this.#paint(message.error);
  }

  #draw() {
    show(this.#question, { leads: true, mine: null, ask: (key) => this.#askChoice(key), pick: () => {} });
  }

  // ---- showing ----------------------------------------------------------------------------------------------------

  #look() {
    const url = new URL(stage.here(), location.origin);
    url.searchParams.delete("class");
    const link = url.pathname + url.search;
    if (!this.#connected || link === this.#link) return;
    this.#link = link;
    this.connection.send({ do: "show", link, task: taskOn(link) });
  }

  #sendMove() {
    this.#moving = 0;
    const chart = chartOnScreen();
    if (chart && this.#question) this.#draw();
    this.#paint();
    if (!chart || !this.#connected) return;
    const { path, step, q, away } = chart.place(), move = `${path} ${step}`;
    this.#pause = away ? MEAN_MS : MOVE_MS;
    if (move === this.#move) return;
    this.#move = move;
    this.connection.send({ do: "move", s: path, k: step, ...(away || path !== this.#told ? q : {}) });
    this.#told = path;
  }

  // ---- asking -----------------------------------------------------------------------------------------------------

  #ask() {
    const chart = chartOnScreen(), table = chart?.table();
    if (!chart || !table) return false;
    chart.hide(true);
    this.connection.send(askedFor(table, this.#link));
    return true;
  }

  /**
   * A point of the latent space, or a value on the axis.
   * @param {string} key
   */
  #askPlace(key) {
    const chart = chartOnScreen(), offer = chart?.offers().find((one) => one.key === key), link = this.#link;
    if (!chart || !offer) return false;
    const send = (/** @type {number[]} */ best) => this.connection.send(askedForPlace(offer, best, link));
    if (offer.truth !== null) send([offer.truth]);
    else chart.losses([]).then(({ best }) => send(best), (/** @type {Error} */ { message }) => this.#paint(message));
    return true;
  }

  /** @param {string} key */
  #askChoice(key) {
    const question = questionsOnScreen().get(key);
    if (!question) return false;
    const { answers, right } = question;
    this.connection.send({ do: "ask", kind: "choice", link: `${this.#link}#${key}`, answers, low: right, high: right });
    question.root.scrollIntoView({ block: "center" });
    return true;
  }

  /**
   * The key for the next state: ask the question of this one, reveal it, close it and go on.
   * @param {string} key
   * @param {string} turn
   */
  #advance(key, turn) {
    const question = this.#question;
    if (question && !question.rounds) return this.#reveal();
    if (question) this.#close();
    if (question || !key || !this.#connected || turn === this.#turn) return false;
    this.#turn = turn;
    return key === BEST ? this.#ask() : questionsOnScreen().has(key) ? this.#askChoice(key) : this.#askPlace(key);
  }

  /** Whether it can be revealed from this screen. */
  #reveal() {
    const question = this.#question, chart = chartOnScreen();
    if (question?.kind === "choice" || question?.kind === "point") {
      this.connection.send({ do: "reveal" });
      return true;
    }
    if (question?.kind === "value") return this.#revealValue(question);
    const table = chart?.table();
    if (!chart || !table || table.scale.length !== this.#question?.answers) return false;
    this.connection.send({ do: "reveal", scale: table.scale.map(brief), lost: table.lost.map(brief) });
    chart.hide(false);
    return true;
  }

  /** @param {Question} question */
  #revealValue(question) {
    const truth = chartOnScreen()?.offers().find(({ key }) => key === question.about)?.truth, grid = gridOf(question);
    if (truth === null || truth === undefined) return false;
    const scale = Array.from({ length: grid.answers }, (_, answer) => brief(placeOf(grid, answer)[0]));
    this.connection.send({ do: "reveal", scale, lost: scale.map((value) => brief(Math.abs(value - truth))), best: [truth] });
    return true;
  }

  // Of points that have been revealed the server computes what they lose, and the class gets it.
  async #computeLosses() {
    const question = this.#question, chart = chartOnScreen(), turn = `${question?.number} ${question?.round}`;
    if (question?.kind !== "point" || !question.rounds || question.best?.length || !chart || this.#computed === turn) return;
    this.#computed = turn;
    try {
      const { best, lost } = await chart.losses(given(question).map((answer) => placeOf(gridOf(question), answer)));
      if (this.#question?.number === question.number) this.connection.send({ do: "reveal", lost: lost.map(brief), best });
    } catch (error) {
      this.#computed = "";
      this.#paint(/** @type {Error} */ (error).message);
    }
  }

  #close() {
    this.connection.send({ do: "close" });
    if (this.#question?.kind === "variance" && !this.#question.rounds) chartOnScreen()?.hide(false);
  }

  async #save() {
    const answer = await fetch(`${BASE}/class/session.csv`, { method: "POST", body: JSON.stringify(this.member) });
    if (!answer.ok) return this.#paint(await answer.text());
    const file = URL.createObjectURL(await answer.blob());
    make("a", { href: file, download: "elbo-room-class.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(file), 1000);
    return undefined;
  }

  #end() {
    if (this.#ending) return this.connection.send({ do: "end" });
    this.#ending = true;
    setTimeout(() => {
      this.#ending = false;
      this.#paint();
    }, 5000);
    return this.#paint();
  }

  // ---- the bar ----------------------------------------------------------------------------------------------------

  #paint(error = "") {
    if (this.#closed) return undefined;
    const { bar, counts } = this, question = this.#question, table = chartOnScreen()?.table() ?? null;
    const name = `Class ${this.member.code}`, done = taskOn(this.#link || "/") ? `, ${counts.done} done` : "", joined = `${counts.joined} joined${done}`;
    const code = { text: "Code", title: "the QR code and the address, on the whole screen", act: () => this.events.code() };
    const end = {
      text: this.#ending ? "Really end it" : "End the class", title: "nothing of the class is kept", act: () => this.#end() };
    const save = { text: "Answers (CSV)", act: () => void this.#save() };
    if (!this.#connected) return bar.show(`${name}: connecting…`, [end]);
    if (error) return bar.show(error, [code, end]);
    const ask = {
      text: `Ask: ${sentenceOf(BEST)}`, main: true, disabled: !table, act: () => this.#ask(),
      title: table ? "hides the curves; the class answers on its own chart" : "on the Trade-off screen, while the slider moves σ² itself" };
    const choices = questionsOnScreen().size;
    if (!question && choices) return bar.show(`${name}: ${joined}. Ask any question of this screen with its button.`, [code, save, end]);
    const others = (chartOnScreen()?.offers() ?? []).map(({ key, text, short }) => ({ text: short, title: `Ask: ${text}`, act: () => this.#askPlace(key) }));
    if (!question) return bar.show(`${name}: ${joined}.`, [ask, ...others, code, save, end]);
    const close = { text: "Close the question", act: () => this.#close() };
    if (question.rounds) return bar.show(outcome(question, { mine: null, unit: chartOnScreen()?.unit() ?? "nats" }), [close, save]);
    const there = question.kind === "choice" || question.kind === "point" || table?.scale.length === question.answers
      || chartOnScreen()?.offers().some(({ key }) => key === question.about);
    return bar.show(`${question.round > 1 ? `Vote ${question.round}: ` : ""}${standing(counts)}`, [
      { text: "Reveal", main: true, disabled: !there, act: () => this.#reveal() },
      { text: "Vote again", disabled: !counts.answered, act: () => this.connection.send({ do: "again" }) }, close, code]);
  }

  close() {
    this.#closed = true;
    clearInterval(this.looking);
    this.silence();
    clearTimeout(this.#moving);
    this.connection.close();
    clear();
    setAdvance(null);
  }
}
