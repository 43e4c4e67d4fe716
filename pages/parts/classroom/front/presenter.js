// @ts-check
// The presenter of a class: what the screen shows is sent to the class, and the class is asked.

import { BEST, POINT, sentenceOf } from "../../front/class_questions.js";
import { chartOnScreen, onChartMoved, questionsOnScreen, setClassLead } from "../../front/class_signals.js";
import { placeOf } from "../../front/grid.js";
import * as stage from "../../presenting/front/stage.js";
import { inShort, learnQuestions } from "../../presenting/front/state_question.js";
import { saveAnswers } from "./answers_file.js";
import { Connection } from "./connection.js";
import { taskOn } from "./tasks.js";
import { allRight, askedFor, askedForPlace, brief, clear, given, gridOf, keyOf, outcome, revealedValue, show, standing } from "./questions.js";

/** @typedef {import("./bar.js").Bar} Bar */
/** @typedef {import("./questions.js").Counts} Counts */
/** @typedef {import("./questions.js").Question} Question */

const NEWS_MS = 8000; // for which it is said that a question is closed
const LOOK_MS = 150; // between two looks at the address
const MOVE_MS = 33, MEAN_MS = 125; // between two movements: of σ²; of the mean, for which every follower asks the server

export class Presenter {
  #connected = false;
  #link = ""; // as it was sent last, with the question that is about to be asked behind the #
  #move = "";
  #moving = 0;
  #pause = MOVE_MS;
  #asking = ""; // the question that the screen is being prepared for, or that is on its way to the class
  #sent = false; // it is on its way, or its answer is being computed
  #asked = false; // the question of the state that is shown has been asked, or is not to be
  #prepared = ""; // that question
  #told = ""; // the path of which the class knows what leads to it
  #closed = false; // what comes later, of a timer or of the server, paints nothing more
  #ending = false; // it is to be confirmed
  #sure = false; // once more, and a question that nobody has answered is revealed
  #news = ""; // what has just happened to the question
  #computed = ""; // the question of which the losses have been asked for
  /** @type {Question | null} */
  #question = null;

  /**
   * @param {{ code: string, secret: string }} member
   * @param {Bar} bar
   * @param {{ counts: (counts: Counts) => void, code: () => void, over: (why: "ended" | "elsewhere" | "refused", sentence: string) => void }} events
   * @param {boolean} returns  whether another tab has led the class: this one first goes to where the class is
   */
  constructor(member, bar, events, returns) {
    this.member = member;
    this.bar = bar;
    this.events = events;
    this.returns = returns;
    /** @type {Counts} */
    this.counts = { joined: 0, answered: 0, right: 0, done: 0 };
    this.connection = new Connection({ do: "lead", ...member }, {
      message: (message) => this.#receive(message),
      connected: (connected) => {
        this.#connected = connected && !this.returns;
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
    void learnQuestions().then(() => this.#paint());
    setClassLead({ advance: (key) => this.#advance(key), show: (key) => this.#show(key) });
    this.#paint();
  }

  /** @param {Record<string, any>} message */
  #receive(message) {
    if (message.error) return this.#refuse(message.error);
    if (message.welcome && this.returns) return stage.goBack(message.link.split("#")[0]);
    if (message.counts) this.events.counts((this.counts = message.counts));
    if (message.question !== undefined) {
      this.#question = message.question;
      this.#asking = "";
      this.#sure = false;
      this.#tell(message.left ? "The question is closed, since your screen shows something else." : "");
      this.#draw();
      void this.#computeLosses();
    }
    return this.#paint();
  }

  /** @param {string} news */
  #tell(news) {
    this.#news = news;
    if (news) setTimeout(() => this.#tell(""), NEWS_MS);
    this.#paint();
  }

  // The question that is being prepared, or that the presenter's key asks next: no screen shows its answer.
  get #next() {
    if (this.#question) return "";
    return this.#asking || (this.#asked || !stage.presenting() ? "" : this.#prepared);
  }

  #draw() {
    show(this.#question, { leads: true, here: true, next: this.#next, mine: null, ask: (key) => this.bar.once(() => this.#ask(key)), pick: () => {} });
  }

  // ---- showing ----------------------------------------------------------------------------------------------------

  #look() {
    const url = new URL(stage.here(), location.origin);
    url.searchParams.delete("class");
    const next = this.#next, link = url.pathname + url.search + (next && `#${next}`);
    if (!this.#connected) return;
    if (link === this.#link) this.#askWhenReady();
    else {
      this.#link = link;
      this.connection.send({ do: "show", link, task: taskOn(link) });
      this.#draw();
      this.#paint();
    }
  }

  #sendMove() {
    this.#moving = 0;
    const chart = chartOnScreen();
    if (this.#next || (chart && this.#question)) this.#draw();
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

  /**
   * Ask the class, once the screen shows nothing of the answer; what has been revealed, once more.
   * @param {string} key
   * @returns {boolean}  whether this screen has such a question
   */
  #ask(key) {
    const chart = chartOnScreen(), choice = questionsOnScreen().has(key);
    if (!choice && !(key === BEST ? chart?.table() : this.#offer(key))) return false;
    this.#asking = key;
    this.#asked = true;
    this.#sent = choice;
    if (!choice) chart?.prepare(key);
    else if (this.#question) this.connection.send({ do: "again" });
    else this.#askChoice(key);
    this.#paint();
    return true;
  }

  /** @param {string} key */
  #offer(key) {
    return chartOnScreen()?.offers().find((one) => one.key === key);
  }

  /** @param {string} key */
  #askChoice(key) {
    const question = questionsOnScreen().get(key);
    if (!question) return;
    const { answers, right } = question;
    this.connection.send({ do: "ask", kind: "choice", link: `${this.#link.split("#")[0]}#${key}`, answers, low: right, high: right });
    question.root.scrollIntoView({ block: "center" });
  }

  // A question about the chart, once the class has been sent the state that it is about.
  #askWhenReady() {
    const key = this.#asking, chart = chartOnScreen(), [link] = this.#link.split("#"), table = chart?.table(), offer = this.#offer(key);
    if (key && !chart && !questionsOnScreen().has(key)) this.#asking = ""; // the screen is another
    if (!key || this.#sent || !chart?.ready(key)) return;
    this.#sendMove();
    if (key === BEST ? !table : !offer) return this.#refuse("This cannot be asked here: its answer lies outside the scale that all images share.");
    this.#sent = true;
    if (this.#question) return this.connection.send({ do: "again" });
    if (key === BEST && table) return this.connection.send(askedFor(table, link));
    if (!offer) return undefined;
    const stays = () => this.#asking === key && this.#link.split("#")[0] === link;
    const send = (/** @type {number[]} */ best) => stays() && this.connection.send(askedForPlace(offer, best, link));
    if (offer.truth !== null) return send([offer.truth]);
    chart.losses([]).then(({ best }) => send(best), (/** @type {Error} */ { message }) => this.#refuse(message));
    return undefined;
  }

  /** @param {string} sentence  why nothing is asked */
  #refuse(sentence) {
    if (this.#asking === BEST) chartOnScreen()?.uncover();
    this.#asking = "";
    this.#paint(sentence);
  }

  /**
   * The key for the next state: ask the question of this one, reveal it, and go on.
   * @param {string} key  of the question of this state
   */
  #advance(key) {
    const question = this.#question;
    if (!question && !this.#asking && (this.#asked || !key || !this.#connected)) return false;
    if (this.bar.rests || this.#asking || (!question && !stage.settled())) return true;
    this.bar.rest();
    if (question?.rounds) return false;
    return question ? this.#reveal() : this.#ask(key);
  }

  // Another state of the set list: the question before is over, and the question of that state may be asked.
  /** @param {string} key */
  #show(key) {
    this.#prepared = key;
    if (this.#question) this.connection.send({ do: "close" });
    this.#asking = "";
    this.#asked = false;
    this.bar.rest();
  }

  /** Whether it can be revealed from this screen. */
  #reveal() {
    const question = this.#question, chart = chartOnScreen();
    if (!this.counts.answered && !this.#sure) {
      this.#sure = true;
      this.#paint();
      return true;
    }
    if (question?.kind === "choice" || question?.kind === "point") {
      this.connection.send({ do: "reveal" });
      return true;
    }
    if (question?.kind === "value") {
      const truth = this.#offer(question.about ?? "")?.truth ?? null;
      if (truth !== null) this.connection.send(revealedValue(question, truth));
      return truth !== null;
    }
    const table = chart?.table();
    if (!chart || !table || table.scale.length !== this.#question?.answers) return false;
    this.connection.send({ do: "reveal", scale: table.scale.map(brief), lost: table.lost.map(brief) });
    chart.uncover();
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
    if (this.#question?.kind === "variance" && !this.#question.rounds) chartOnScreen()?.uncover();
  }

  /** @param {boolean} ending  whether the class is to be ended, which is confirmed */
  #end(ending) {
    this.#ending = ending;
    this.#paint();
  }

  // ---- the bar ----------------------------------------------------------------------------------------------------

  #paint(error = "") {
    if (this.#closed) return undefined;
    const { bar, counts } = this, question = this.#question, table = chartOnScreen()?.table() ?? null;
    const name = `Class ${this.member.code}`, done = taskOn(this.#link || "/") ? `, ${counts.done} done` : "", joined = `${counts.joined} joined${done}`;
    const code = { text: "Code", title: "the QR code and the address, on the whole screen", act: () => this.events.code() };
    const end = { text: "End the class", title: "nothing of the class is kept", act: () => this.#end(true) };
    const save = { text: "Answers (CSV)", act: async () => this.#paint(await saveAnswers(this.member)) };
    if (this.#ending) {
      const keep = { text: "Go on with the class", main: true, act: () => this.#end(false) };
      const really = { text: "Really end it", disabled: !this.#connected, act: () => this.connection.send({ do: "end" }) };
      return bar.show(error || "Ending the class deletes all answers. Save them first if you want them.", [keep, save, really]);
    }
    if (!this.#connected) return bar.show(`${name}: connecting…`, [end]);
    if (error) return bar.show(error, [code, end]);
    if (this.#asking) return bar.show(`${sentenceOf(this.#asking)} ${this.#asking === POINT ? "The best is being computed…" : "It is being prepared…"}`, [{ text: "Do not ask", act: () => this.#refuse("") }]);
    const unasked = `${this.#news} ${name}: ${joined}.`.trim(), choices = questionsOnScreen().size;
    const ask = {
      text: `Ask: ${sentenceOf(BEST)}`, main: true, disabled: !table, act: () => this.#ask(BEST), title: table ? "hides the curves; the class answers on its own chart" : "on the Trade-off screen, while the slider moves σ² itself" };
    const next = this.#next, skip = { text: "Do not ask", act: () => (this.#asked = true) }; // the next look says so
    if (!question && (sentenceOf(next) || questionsOnScreen().has(next))) return bar.show(`${unasked} Next: ${inShort(next)}`, [{ text: "Ask it", main: true, act: () => this.#ask(next) }, skip, code]);
    if (!question && choices) return bar.show(`${unasked} Ask any question of this screen with its button.`, [code, save, end]);
    const others = (chartOnScreen()?.offers() ?? []).map(({ key, text, short }) => ({ text: short, title: `Ask: ${text}`, act: () => this.#ask(key) }));
    if (!question) return bar.show(unasked, [ask, ...others, code, save, end]);
    const close = { text: "Close the question", act: () => this.#close() };
    const again = {
      text: "Vote again", disabled: !counts.answered, act: () => this.connection.send({ do: "again" }),
      title: "the vote before stays, to compare; best before anybody knows the answer" };
    if (question.rounds) {
      const anew = { ...again, disabled: false, act: () => this.#ask(keyOf(question)) || this.#refuse("q has moved: close the question, and ask again.") };
      return bar.show(outcome(question, { mine: null, unit: chartOnScreen()?.unit() ?? "nats" }), [close, ...(allRight(question) ? [] : [anew]), save, end]);
    }
    const there = question.kind === "choice" || question.kind === "point" || table?.scale.length === question.answers || this.#offer(question.about ?? "");
    const reveal = {
      text: this.#sure ? "Reveal all the same" : "Reveal", title: "the answer, to everybody", main: true, disabled: !there, act: () => this.#reveal() };
    return bar.show(`${question.round > 1 ? `Vote ${question.round}: ` : ""}${standing(counts, this.#sure)}`, [reveal, again, close, code, save, end]);
  }

  close() {
    this.#closed = true;
    clearInterval(this.looking);
    this.silence();
    clearTimeout(this.#moving);
    this.connection.close();
    clear();
    setClassLead(null);
  }
}
