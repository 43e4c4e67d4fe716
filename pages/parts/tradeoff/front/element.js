// @ts-check
// The Trade-off screen: its state in the browser, and the one place where all its parts are painted.
// The server computes, the browser shows: the sweep has every quantity at every stop of the slider, and a movement only chooses
// the stop. Another mean is asked for while it moves. Where a movement ends, and what is set, is committed to the link.

import { loadPlotly } from "../../front/chart.js";
import { Commits } from "../../front/commit.js";
import { find, onNextFrame, setColours, setText } from "../../front/dom.js";
import { openGlossary } from "../../front/help.js";
import { mount } from "../../front/mount.js";
import { currentStage, onStage, publish } from "../../front/introduction.js";
import { writtenAll, writtenOnce } from "../../front/text.js";
import { Bars } from "./bars.js";
import { Controls } from "./controls.js";
import { Details } from "./details.js";
import { showEssentials } from "./essentials.js";
import { Exports } from "./exports.js";
import { History } from "./history.js";
import { Forces, rowsOf } from "./forces.js";
import { Guess, guessQuestion } from "./guess.js";
import { InClass } from "./in_class.js";
import { Latents } from "./latents.js";
import { Live } from "./live.js";
import { Machine } from "./machine.js";
import { Movement } from "./movement.js";
import { Numbers, sentence, valuesOf } from "./numbers.js";
import { listenToPlane } from "./plane.js";
import { Settings } from "./settings.js";
import { Stream } from "./stream.js";
import { filled, TEXTS } from "./static_texts.js";
import { sweepOf } from "./sweep.js";
import { Tradeoff } from "./tradeoff.js";
import { Zoom } from "./zoom.js";

/** @typedef {import("./payload").InstrumentData} InstrumentData */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./payload").PinData} PinData */
/** @typedef {import("./numbers.js").Values} Values */

class Instrument {
  /** @type {Record<string, string>} */
  #link = {}; // the committed parameters of q and of the view
  /** @type {PinData | null} */
  #pin = null;
  #staticText = "";
  #bench = "";
  #look = "";
  #guess = new Guess();
  /** @type {Values | null} */
  #before = null; // when the movement began
  #answers = 0; // sweeps that have come while q moved
  /** @type {{ tradeoff: Tradeoff, latents: Latents } | null} */
  #charts = null;
  #everything = false; // to be painted; otherwise only where q is
  #frame = onNextFrame(() => this.#paint());
  #part = (/** @type {string} */ selector) => find(this.root, selector);
  #hides = (/** @type {string} */ part) => this.data.hide.split(" ").includes(part); // as a teacher may have chosen

  /**
   * @param {HTMLElement} root
   * @param {InstrumentData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.stream = new Stream((late) => root.classList.toggle("late", late));
    this.plotly = loadPlotly();
    this.staticLayer = /** @type {StaticData} */ (JSON.parse(TEXTS.of(data) ?? "null"));
    this.commits = new Commits(root, () => this.movement.busy && this.movement.commit());
    this.movement = this.#makeMovement();
    this.controls = this.#makeControls();
    this.details = new Details(this.stream, () => this.#schedule());
    this.exports = new Exports(root, this.plotly, () => this.movement.question());
    this.numbers = new Numbers(this.#part(".panel.numbers"));
    this.bars = new Bars(this.#part(".panel.books"), this.#part(".panel.tradeoff .chart"));
    this.forces = new Forces(this.#part(".panel.numbers"));
    this.machine = new Machine(root);
    this.zoom = new Zoom(this.#part('[data-act="zoom"]'), () => this.#showLive(this.zoom.scaled(this.staticLayer, false), true));
    this.ends = [openGlossary(root), showEssentials(root), onStage(() => {
      this.#before = null; // the introduction has moved q too, and that is not said after it
      this.zoom.set(currentStage().near);
      this.#schedule();
    })];
    this.history = new History(root, {
      go: (link) => this.#commit(link), busy: () => this.movement.busy,
      start: () => ({ ...this.data.controls.defaults, ...this.settings.start(this.data), ...this.#guess.start(this.movement.sweep) }) });
    this.live = new Live(this.stream, this.movement, {
      fixed: () => this.staticLayer, show: (fixed) => this.#showLive(fixed), restore: () => this.receive(null), commit: (changes) => this.#commit(changes) });
    this.settings = new Settings(root, {
      choose: (changes) => this.#commit(changes), drag: (setting) => this.live.drag(setting), release: (setting) => this.live.release(setting), refuse: (words) => this.controls.refuse(words) });
    this.inClass = new InClass(root, this.movement, {
      fixed: () => this.staticLayer, link: () => this.#link, charts: () => this.#charts, paint: () => this.#schedule(),
      commit: (changes) => this.#commit(changes), answered: () => this.commits.answered, rest: () => this.#wantDetails() });
  }

  #makeMovement() {
    return new Movement(this.stream, JSON.parse(this.data.sweep), this.staticLayer.grid, {
      begin: () => {
        this.#before = this.#values();
        this.#guess.news = "";
        this.controls.refuse("");
      },
      change: (everything) => this.#schedule(everything),
      sweep: () => {
        this.details.forget();
        this.#drawCurves();
      },
      refuse: (words) => {
        this.controls.refuse(words);
        this.#schedule();
      },
      commit: (changes) => this.#commit(changes),
    });
  }

  #makeControls() {
    const { movement, root } = this;
    return new Controls(root, {
      variance: (k, j, value) => movement.toStop(k, j, value),
      mean: (j, change) => movement.nudge(movement.mean.with(j, change(movement.mean[j]))),
      enterVariance: (j, value) => movement.enterVariance(j, value, this.#link.move === "encoder"),
      enterMean: (j, value) => movement.enter({ mean: movement.sweep.mean.with(j, value), variance: movement.variance }),
      hold: () => movement.hold(),
      release: () => movement.release(),
      dimension: (dimension) => movement.commit({ dimension: String(dimension + 1) }),
      mode: (move) => movement.commit({ move }),
      source: (source) => this.#goTo(source),
      view: (view) => this.#commit({ view }),
      play: () => (movement.playing ? movement.stop() : movement.play()),
      pin: () => this.#togglePin(),
      predict: () => this.#togglePrediction(),
      noise: () => this.#commit({ seed: String((Number(this.#link.seed) + 1) % 1000) }),
    });
  }

  // ---- what Python sends ------------------------------------------------------------------------------------------

  /** @param {import("../../front/mount.js").Page<InstrumentData> | null} page  null for the same data as before */
  receive(page) {
    const { data } = page ?? this, { movement, live } = this;
    this.root.hidden = false;
    // What answers an earlier commit comes too late: the answer to the last one follows.
    if (page && !this.commits.accepts(page)) return;
    this.data = data;
    // What a hand is about to set is newer. Where it lets go, a commit follows, or these data are shown.
    if (live.held) return;
    this.settings.show(data);
    Object.assign(this.root.dataset, { hide: data.hide, panels: data.panels });
    this.root.classList.toggle("challenged", data.challenge);
    const look = `${getComputedStyle(this.root).color} ${data.link.view ?? ""}`;
    const text = TEXTS.of(data) ?? this.#staticText, fresh = live.settle() || text !== this.#staticText, undrawn = fresh || look !== this.#look;
    this.#link = { ...data.controls.defaults, ...data.link, q: data.q };
    this.#pin = JSON.parse(data.pin);
    // Where the slider comes to move something else, its numbers before and after cannot be compared.
    const { move, seed, dimension, q } = this.#link, bench = JSON.stringify([data.bench, move]);
    if (bench !== this.#bench) this.#before = null;
    // Asked once more, by the browser's Back, say, one is not told the answer of before.
    if (bench !== this.#bench || (this.#link.predict === "true" && !this.#guess.open)) this.#guess.forget();
    this.#bench = bench;
    if (fresh) this.#show(JSON.parse(text));
    this.#staticText = text;
    movement.settle({ ...data.bench, move, seed }, { q, dimension });
    if (!movement.busy) this.history.record(this.#link, data.bench);
    if (fresh || !movement.busy) this.#adopt(undrawn);
    this.#look = look;
    // The sliders and the numbers need not wait for Plotly.
    if (!this.#charts) this.plotly.then((plotly) => this.#makeCharts(plotly));
    else if (undrawn) this.#drawCharts(this.#charts);
    if (!movement.busy) this.#buildControls();
    for (const [name, words] of Object.entries(data.words)) {
      setText(this.#part(`.panel.${name === "forces" ? "numbers" : name} .twin`), words);
    }
    this.#schedule();
  }

  /** @param {StaticData} staticLayer */
  #show(staticLayer) {
    this.staticLayer = this.zoom.scaled(staticLayer, true);
    this.numbers.show(staticLayer);
    this.machine.show(staticLayer);
    setColours(this.root, staticLayer.colours);
    this.#part(".panel.latents .how").textContent = staticLayer.accuracy.latents;
  }

  /** @param {StaticData} fixed  as a setting that is dragged, or another scale, has changed it */
  #showLive(fixed, rests = false) {
    this.staticLayer = fixed;
    this.numbers.show(fixed);
    this.#charts?.tradeoff.show(fixed);
    this.#drawCurves(rests);
  }

  #drawCurves(rests = false) {
    this.#charts?.tradeoff.curves(this.movement.sweep, this.#link.view, rests);
    this.#answers += 1;
    this.#schedule();
  }

  // The sweep of q at rest, and what else belongs to it.
  /** @param {boolean} undrawn  whether the charts are about to be drawn anew */
  #adopt(undrawn) {
    const { movement, data, staticLayer } = this, sweep = sweepOf(JSON.parse(data.sweep), movement.grid);
    movement.adopt(sweep);
    if (!undrawn) this.#charts?.tradeoff.curves(sweep, this.#link.view, true);
    this.#wantDetails();
    this.#before ??= this.#values();
    const guessing = this.#link.predict === "true", committed = this.#guess.news || (guessing ? "" : sentence(staticLayer, this.#before, this.#values()));
    if (committed || guessing) this.#part('.unseen[role="status"]').textContent = committed;
  }

  #wantDetails() {
    const { movement, data, staticLayer } = this, { path } = movement.sweep;
    this.details.want(`${data.bench.units} ${path}`, movement.question(), staticLayer.x ? data.pictureSteps : 0);
  }

  #buildControls() {
    const { controls, movement, data } = this, { move: mode, view } = this.#link, { latents } = movement.sweep;
    this.#guess.open = this.#link.predict === "true";
    // A link that asks for a guess starts from no answer.
    if (this.#guess.answers(movement.source)) this.commits.replace(this.#guess.start(movement.sweep));
    controls.build(data.controls, { grid: movement.grid, latents, mode, view, dimension: movement.dimension, images: "digit" in data.bench });
    this.#part(".panel.latents .chart").tabIndex = this.#hides("mean") ? -1 : 0;
  }

  /** @param {import("../../front/chart.js").Plotly} plotly */
  #makeCharts(plotly) {
    if (this.#charts || !this.root.isConnected) return;
    const { movement } = this, moved = () => this.#schedule();
    const latents = new Latents(this.#part(".panel.latents"), plotly, moved);
    this.#charts = { tradeoff: new Tradeoff(this.#part(".panel.tradeoff"), plotly, moved), latents };
    listenToPlane(latents, movement, () => this.#hides("mean"));
    this.#drawCharts(this.#charts);
    this.#schedule();
  }

  /** @param {{ tradeoff: Tradeoff, latents: Latents }} charts */
  #drawCharts({ tradeoff, latents }) {
    const { view } = this.#link, { charts } = this.staticLayer;
    tradeoff.show(this.staticLayer);
    tradeoff.curves(this.movement.sweep, view, true, view === "variance" ? charts.tradeoff : charts[/** @type {"costs" | "rate"} */ (view)]);
    latents.show(this.staticLayer, { model: this.data.bench.model, encoder: this.data.controls.encoder });
  }

  // ---- what a visitor does ----------------------------------------------------------------------------------------

  /** @param {string} source */
  #goTo(source) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.movement.goTo(source, source === "best" && !still ? this.staticLayer.landmarks.best : null);
  }

  #togglePin() {
    const { mean, variance } = this.movement.question();
    this.#commit(this.#pin ? { pin_mean: "", pin_variance: "" } : { pin_mean: mean, pin_variance: variance });
  }

  // Predict: the class places σ² without seeing the curves. Reveal: how far the guess is from the best on this curve.
  #togglePrediction() {
    const { movement, staticLayer } = this;
    movement.stop();
    const changes = this.#guess.toggle(movement, staticLayer);
    if (this.#guess.news) this.#part('.unseen[role="status"]').textContent = this.#guess.news;
    this.#commit(changes);
    this.#schedule();
  }

  /** @param {Record<string, string>} changes  of the link */
  #commit(changes) {
    const { details, movement, data, commits } = this, knownPath = details.diagnostics ? movement.sweep.path : "", first = commits.answered;
    commits.send(changes, { knownPath, knownStatic: TEXTS.declare(), of: data.bench.model }, this.#link);
    if (first && ("digit" in changes || "example" in changes)) details.ask({ ...data.bench, ...this.#link, ...changes }, data.pictureSteps);
  }

  // ---- painting ---------------------------------------------------------------------------------------------------

  #values() {
    const { sweep, k } = this.movement;
    return valuesOf(sweep, k, this.details.at(sweep, k), this.staticLayer.evidence);
  }

  // Paint in the next frame: everything, or only where q is, as long as there are no new numbers.
  #schedule(everything = true) {
    this.#everything ||= everything;
    this.#frame.schedule();
  }

  #paint() {
    if (!this.root.isConnected) return;
    const { movement } = this, { sweep, k } = movement, everything = this.#everything, pin = this.#pin, guessing = this.#guess.open || this.inClass.asking;
    this.#everything = false;
    if (everything) this.root.classList.toggle("guessing", guessing);
    setText(this.#part(".veil"), guessQuestion(this.staticLayer.beta));
    this.root.classList.toggle("unsettled", this.live.asked);
    this.controls.paint(movement, { pinned: Boolean(pin), guessing, axis: this.#charts?.tradeoff.across(this.#link.view, this.data.panels) ?? null });
    this.history.paint();
    this.#charts?.latents.paint(sweep, k, movement.mean, pin, { dimension: movement.dimension, rests: !movement.busy, hides: guessing || currentStage().concealed });
    if (everything) this.#paintNumbers(guessing);
    this.inClass.paint();
  }

  /** @param {boolean} guessing */
  #paintNumbers(guessing) {
    const { movement, staticLayer, details, data } = this, { sweep, k } = movement, { beta } = staticLayer, stage = currentStage();
    const values = this.#values(), now = details.at(sweep, k), pin = this.#pin, hidden = guessing || stage.concealed, { move: mode, view } = this.#link;
    this.#charts?.tradeoff.paint(sweep, k, { view, pin, guess: this.#guess.value ?? stage.guess, beta, moving: movement.busy });
    this.machine.paint(staticLayer, movement, details, { guessing: hidden, silent: hidden || data.challenge || this.live.moving, told: this.#guess.open ? guessQuestion(beta) : this.inClass.told, mode, samplesOnly: stage.concealed });
    this.bars.paint(staticLayer, values, { source: movement.source, bestAboutMean: this.live.asked ? null : details.bestAboutMean, chart: this.#charts?.tradeoff ?? null });
    const rows = rowsOf(now, movement, beta, this.live.asked ? null : staticLayer.landmarks.best);
    if (rows) this.forces.paint(rows, staticLayer);
    const accuracy = sweep.accuracyAt(k);
    this.numbers.paint(values, { reconstruction: accuracy, elbo: accuracy, objective: accuracy, gap: now?.gapAccuracy ?? "" }, pin, guessing);
    setText(this.#part(".panel.tradeoff .how"), sweep.curvesAccuracy);
    this.numbers.state({
      ...data.bench, q: movement.source, mean: writtenAll(sweep.mean), variance: writtenOnce(movement.variance), stop: k,
      stops: sweep.stops, answers: this.#answers, diagnostics: Boolean(details.diagnostics), pictures: Boolean(details.pictures || !staticLayer.x) });
    publish({ bench: data.bench, source: movement.source, moving: movement.busy, staticLayer, sweep, k });
    setText(this.#part(".sentence"), this.#guess.news || (this.#before && !guessing ? sentence(staticLayer, this.#before, values) : ""));
  }

  close() {
    this.#frame.cancel();
    for (const end of this.ends) end();
    publish(null);
    const { history, commits, inClass, movement, stream, exports, bars, forces, machine } = this, { tradeoff, latents } = this.#charts ?? {};
    for (const part of [history, commits, inClass, movement, stream, exports, tradeoff, latents, bars, forces, machine]) part?.close();
  }
}

export const show = mount(".instrument", (root, data) => new Instrument(filled(root, data), data));
