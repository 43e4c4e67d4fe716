// @ts-check
// What the Trade-off screen offers a class: its place on the slider, what can be asked about it, and the guesses on its charts.

import { BEST, POINT, sentenceOf, valueName } from "../../front/class_questions.js";
import { chartMoved, offerChart } from "../../front/class_signals.js";
import { gridOver, placeOf } from "../../front/grid.js";
import { svg } from "../../front/svg.js";
import { shown } from "../../front/text.js";
import { asking, bestSentence, givesAway } from "./guess.js";
import { drawLine, drawOnAxis, drawOnPlane, drawRing } from "./dots.js";
import { drawScale, heightOn, roomOf } from "./guess_scale.js";
import { Marks } from "./marks.js";
import { sweepOf } from "./sweep.js";

/** @typedef {import("../../front/class_signals.js").Asked} Asked */
/** @typedef {import("../../front/class_signals.js").Guesses} Guesses */
/** @typedef {import("../../front/class_signals.js").Offer} Offer */
/** @typedef {import("../../front/class_signals.js").Place} Place */
/** @typedef {import("./marks.js").Charts} Charts */
/** @typedef {import("./movement.js").Movement} Movement */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./tradeoff.js").Tradeoff} Tradeoff */
/** @typedef {import("./latents.js").Latents} Latents */

const PATH = 8; // letters of a path's name, which tell it from the few others of a lesson
const LINE = 14; // pixels of a line of words
const REST_MS = 300; // after which q is at rest where somebody else moves it
/** The values that a class can guess, each on a scale over the trade-off chart. */
const VALUES = ["kl", "elbo", "evidence"];

/** What moves q or its bench, and so has to stay while a question is open; and of it what answers each kind of question. */
const HELD = ".model, .pick, .q-source, .acts, .decode .dials, .latents .chart, .places, .tabs, .tradeoff .chart, .widths, .units";
/** @type {Record<string, string>} */
const ANSWERED = { variance: ".tradeoff .chart, .widths", point: ".latents .chart", value: ".tradeoff .chart" };

/**
 * @typedef {object} Screen
 * @property {() => StaticData} fixed
 * @property {() => Record<string, string>} link
 * @property {() => Charts | null} charts
 * @property {(changes: Record<string, string>) => void} commit
 * @property {() => boolean} answered  whether the server has answered what was committed
 * @property {() => void} paint
 * @property {() => void} rest
 */

export class InClass {
  /** @type {Guesses | null} */
  #guesses = null;
  /** @type {{ tradeoff: SVGGElement, latents: SVGGElement } | null} */
  #layers = null;
  #drawn = "";
  /** @type {string | null} */
  #locked = null;
  #rest = 0;
  #followed = ""; // the q that was asked for last
  #state = {}; // and for what screen

  /**
   * @param {HTMLElement} root
   * @param {Movement} movement
   * @param {Screen} screen
   */
  constructor(root, movement, screen) {
    this.root = root;
    this.movement = movement;
    this.screen = screen;
    this.marks = new Marks(root, {
      charts: screen.charts, room: () => this.#room,
      changed: () => {
        screen.paint();
        chartMoved();
      } });
    const { marks } = this;
    this.withdraw = offerChart({
      place: () => this.#place(),
      go: (place) => this.#go(place),
      table: () => this.#table(),
      value: () => movement.sweep.scales[movement.k],
      prepare: (key) => {
        if (this.#missing(key)) screen.commit(asking(movement));
      },
      ready: (key) => !this.#missing(key) && screen.answered() && !movement.busy && !(key === BEST && givesAway(movement.source)),
      uncover: () => screen.commit({ predict: "false" }),
      lock: (kind) => {
        if (kind === this.#locked) return;
        this.#locked = kind;
        for (const part of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(HELD))) {
          const answers = kind !== null && part.matches(ANSWERED[kind]);
          part.inert = kind !== null && !answers;
        }
      },
      unit: () => screen.fixed().unit,
      offers: () => this.#offers(),
      losses: (means) => movement.stream.guesses(movement.question(), means),
      ask: (asked) => {
        if (JSON.stringify(asked) === JSON.stringify(marks.asked)) return;
        marks.ask(asked);
        screen.paint();
      },
      mark: () => marks.mark,
      put: (answer) => marks.put(answer),
      draw: (guesses) => {
        if (JSON.stringify(guesses) === JSON.stringify(this.#guesses)) return; // or a listener would ask for frame after frame
        this.#guesses = guesses;
        screen.paint();
      },
    });
  }

  /** Whether the class is asked something for which the curves and numbers are hidden. */
  get asking() {
    return this.marks.asked !== null;
  }

  /** What is said of q once the class has guessed the best σ²; empty otherwise. */
  get told() {
    const { sweep, k } = this.movement;
    return this.#guesses?.kind === "variance" ? bestSentence(this.screen.fixed(), sweep, k) : "";
  }

  get #path() {
    return this.movement.sweep.path.slice(0, PATH);
  }

  #place() {
    const { sweep, k, away, source } = this.movement, { mean, variance } = this.movement.question();
    // The mean of the optimal q has more digits than its text, and so another path.
    return { path: this.#path, step: sweep.step(k), q: away || source === "hand" ? { mean, variance } : null, away };
  }

  /** @param {Place} place */
  #go({ path, step, q }) {
    const { movement } = this, { sweep } = movement;
    if (path !== this.#path) {
      if (q) this.#follow(q);
      return q !== null;
    }
    const k = step < 0 ? sweep.own : sweep.stop(step);
    if (!movement.busy && k !== movement.k) movement.show(k);
    return true;
  }

  /** @param {{ mean: string, variance: string }} q  at which the presenter is: nothing is committed */
  #follow({ mean, variance }) {
    const { movement } = this, { state } = movement, name = `${mean} ${variance}`;
    if (movement.busy || (name === this.#followed && state === this.#state)) return;
    movement.stop();
    this.#followed = name;
    this.#state = state;
    movement.stream.ask({ ...movement.question(), mean, variance }, (answer) => {
      if (movement.busy || state !== movement.state) return;
      movement.source = "hand";
      movement.display(sweepOf(answer, movement.grid));
      movement.events.sweep();
      // What is asked for at rest comes with a commit, which a follower does not make.
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => {
        if (!movement.busy) this.screen.rest();
      }, REST_MS);
    }, () => {});
  }

  // ---- what can be asked ------------------------------------------------------------------------------------------

  /**
   * Whether the address does not say yet what a question needs: the best σ² is guessed on hidden curves.
   * @param {string} key
   */
  #missing(key) {
    return key === BEST && new URLSearchParams(location.search).get("predict") !== "true";
  }

  #table() {
    const { sweep } = this.movement, objective = sweep.along(sweep.terms.objective), best = sweep.lowest;
    if (this.screen.link().move === "encoder") return null; // there the slider reads multiples
    return { scale: sweep.along(sweep.scales), lost: objective.map((value) => objective[best] - value), best, unit: this.screen.fixed().unit };
  }

  get #room() {
    const tradeoff = this.screen.charts()?.tradeoff;
    return tradeoff?.ready() ? roomOf(tradeoff, this.screen.link().view) : { left: 0, top: 0, right: 0, bottom: 0 };
  }

  /** @returns {Offer[]} */
  #offers() {
    const { movement: { sweep, k }, screen } = this, charts = screen.charts(), { unit, evidence, atLeast, guessScales } = screen.fixed();
    /** @type {Offer[]} */
    const offers = [];
    if (charts?.latents.ready() && charts.latents.view !== "dimensions") {
      const [low, high] = charts.latents.axis("x").range;
      offers.push({ key: POINT, text: sentenceOf(POINT), short: "best mean?", unit, truth: null, grid: gridOver([low, high], charts.latents.view === "plane" ? 2 : 1) });
    }
    for (const about of charts?.tradeoff.ready() ? VALUES : []) {
      const key = `value/${about}`;
      const truth = about === "evidence" ? evidence : sweep.terms[/** @type {"kl" | "elbo"} */ (about)][k];
      if (about === "evidence" && atLeast) continue; // a bound is no value to be guessed
      const [low, high] = guessScales[about === "kl" ? "kl" : "evidence"];
      if (truth < low || truth > high) continue; // no image has such a value; a wider scale would say that
      offers.push({ key, text: sentenceOf(key), short: `${valueName(key)}?`, unit, truth, grid: gridOver([low, high], 1) });
    }
    return offers;
  }

  // ---- on the charts ----------------------------------------------------------------------------------------------

  /** Draw the guesses and the mark over the charts, and tell the class where q is. */
  paint() {
    chartMoved();
    const charts = this.screen.charts();
    if (!charts?.tradeoff.ready() || !charts.latents.ready()) return;
    const { marks: { asked, mark } } = this, { tradeoff, latents } = charts, { view } = this.screen.link(), guesses = this.#guesses;
    // Without anything to draw, which is nearly always, a drag is not held up by what follows.
    const onScale = asked?.kind === "value" && asked.turn ? asked : guesses?.kind === "value" && guesses.grid ? { about: guesses.about, grid: guesses.grid } : null, empty = !guesses && !onScale && (!asked || mark === null);
    if (empty && !this.#drawn) return;
    const size = [tradeoff.frame(), tradeoff.axis("x").range, tradeoff.axis("y").range, latents.frame(), latents.axis("x", latents.view === "plane" ? "2" : "").range];
    const drawing = empty ? "" : JSON.stringify([guesses, asked, mark, view, size]);
    if (drawing === this.#drawn) return;
    this.#drawn = drawing;
    this.#layers ??= { tradeoff: svg("g", { class: "guesses" }, tradeoff.over), latents: svg("g", { class: "guesses" }, latents.over) };
    for (const layer of Object.values(this.#layers)) layer.replaceChildren();
    // A guess and the answer are read on the scale on which one guessed.
    this.root.classList.toggle("told-value", guesses?.kind === "value");
    if (onScale) drawScale(this.#layers.tradeoff, this.#room, onScale.grid.span, `${valueName(`value/${onScale.about}`)} in ${this.screen.fixed().unit}`);
    if (guesses) this.#drawGuesses(guesses, charts, view);
    if (asked && mark !== null) this.#drawMark(asked, placeOf(asked.grid, mark), charts);
  }

  /**
   * @param {Guesses} guesses
   * @param {Charts} charts
   * @param {string} view
   */
  #drawGuesses(guesses, { tradeoff, latents }, view) {
    const { kind, grid, scale, best, about } = guesses, layers = this.#layers, chart = kind === "point" ? latents : tradeoff;
    const { left, right, top, bottom } = chart.frame(), upward = (/** @type {number} */ x, /** @type {number} */ away) => ({ cx: x, cy: bottom - away });
    if (!layers) return;
    if (kind === "variance" && view !== "rate") drawOnAxis(layers.tradeoff, guesses, { along: (answer) => tradeoff.x(scale[answer]), room: bottom - top, at: upward });
    if (kind === "point" && grid?.across && latents.view === "plane") drawOnPlane(layers.latents, guesses, latents);
    if (kind === "point" && grid && !grid.across && latents.view === "line") {
      drawOnAxis(layers.latents, guesses, { along: (answer) => latents.x(placeOf(grid, answer)[0]), room: bottom - top, at: upward });
      if (best?.length) drawLine(layers.latents, { x1: latents.x(best[0]), x2: latents.x(best[0]), y1: bottom, y2: top + LINE }, "best", "best");
    }
    if (kind !== "value" || !grid) return;
    const room = this.#room, up = (/** @type {number} */ value) => heightOn(room, grid.span, value);
    drawOnAxis(layers.tradeoff, guesses, { along: (answer) => up(placeOf(grid, answer)[0]), room: right - left, at: (y, away) => ({ cx: left + away, cy: y }) });
    if (best?.length) drawLine(layers.tradeoff, { x1: left, x2: right, y1: up(best[0]), y2: up(best[0]) }, "best", `${valueName(`value/${about}`)} = ${shown(best[0], 1)}`);
  }

  /**
   * @param {Asked} asked
   * @param {number[]} place
   * @param {Charts} charts
   */
  #drawMark({ kind, about, grid }, place, { latents }) {
    const layers = this.#layers;
    if (!layers) return;
    if (kind === "value") {
      const room = this.#room, { left, right } = room, y = heightOn(room, grid.span, place[0]);
      drawLine(layers.tradeoff, { x1: left, x2: right, y1: y, y2: y }, "own-mark", `${valueName(`value/${about}`)} = ${shown(place[0], 1)}`);
    } else if (kind === "point" && place.length === 2) drawRing(layers.latents, { cx: latents.x(place[0]), cy: latents.y(place[1]) }, "own-mark");
    else if (kind === "point") {
      const { top, bottom } = latents.frame(), x = latents.x(place[0]);
      drawLine(layers.latents, { x1: x, x2: x, y1: bottom, y2: top + LINE }, "own-mark", shown(place[0], 2));
    }
  }

  close() {
    this.root.classList.remove("told-value");
    clearTimeout(this.#rest);
    this.marks.close();
    this.withdraw();
  }
}
