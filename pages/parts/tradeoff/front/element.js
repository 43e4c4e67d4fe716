// The instrument: what Streamlit calls at every change of its data, and the one place where all parts are painted.
//
// The server computes, the browser plays back: `sweep` holds every quantity at every stop of the slider, and the hand only
// chooses the stop. A new mean is asked for while it moves. What the hand lets go of is committed to the link.

import { Books } from "./books.js";
import { loadPlotly } from "./chart.js";
import { Exports } from "./exports.js";
import { Forces, rowsOf } from "./forces.js";
import { Hand } from "./hand.js";
import { Images, TILE_BYTES } from "./images.js";
import { Latents } from "./latents.js";
import { Numbers, sentence } from "./numbers.js";
import { Stream } from "./stream.js";
import { writtenAll, writtenOnce } from "./text.js";
import { Tradeoff } from "./tradeoff.js";
import { restOf, sweepOf } from "./unpack.js";

const UNHEARD = 3000; // milliseconds
const living = new WeakMap();

export function show(page) {
  const root = page.parentElement.querySelector(".instrument");
  let instrument = living.get(root);
  if (!instrument) living.set(root, (instrument = new Instrument(root, page.data.base)));
  instrument.receive(page);
  // Streamlit calls this both when it will call again and when the element leaves: only the second one ends it.
  return () => queueMicrotask(() => root.isConnected || instrument.close());
}

class Instrument {
  constructor(root, base) {
    this.root = root;
    this.stream = new Stream(base);
    this.plotly = loadPlotly(base);
    const panel = (name) => root.querySelector(`.panel.${name}`);
    this.numbers = new Numbers(panel("numbers"));
    this.books = new Books(panel("books"));
    this.forces = new Forces(panel("numbers"));
    this.images = new Images(panel("images"));
    this.hand = new Hand(this);
    this.exports = new Exports(this);
    this.said = root.querySelector(".sentence");
    this.heard = root.querySelector('[role="status"]');
    this.panel = panel;
  }

  receive(page) {
    this.page = page;
    this.root.hidden = false;
    // What answers an earlier commit comes too late: the hand has moved on, and its own answer follows.
    this.turn ??= page.data.turn;
    if (page.data.turn < this.turn) return;
    this.root.dataset.hide = page.data.hide ?? "";
    const { data } = page, look = `${getComputedStyle(this.root).color} ${data.link.view ?? ""}`;
    const fresh = data.ground !== this.groundText, dressed = fresh || look !== this.look;
    this.link = { ...data.controls.defaults, ...data.link, q: data.q };
    this.pin = JSON.parse(data.pin);
    this.view = this.link.view;
    const bench = JSON.stringify(data.bench);
    if (bench !== this.bench) this.before = this.guess = this.news = null;
    this.bench = bench;
    if (fresh) this.setGround(JSON.parse(data.ground));
    this.groundText = data.ground;
    if (fresh || !this.hand.busy) this.adopt(sweepOf(JSON.parse(data.sweep)), data, dressed);
    this.look = look;
    // The sliders and the numbers need not wait for Plotly.
    if (!this.tradeoff) this.plotly.then((plotly) => this.makeCharts(plotly));
    else if (dressed) this.drawCharts();
    this.hand.received(data);
    for (const [name, words] of Object.entries(data.words)) {
      const twin = name === "forces" ? this.panel("numbers").querySelector(".twin") : this.panel(name).querySelector(".twin");
      twin.textContent = words;
    }
    this.schedule();
  }

  setGround(ground) {
    this.ground = ground;
    this.numbers.ground(ground, ground.beta);
    this.images.ground(ground.x && Uint8Array.from(atob(ground.x), (c) => c.charCodeAt(0)), ground.formula);
    for (const [name, colour] of Object.entries(ground.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.panel("tradeoff").querySelector(".how").textContent = ground.likelihood;
    this.panel("latents").querySelector(".how").textContent = ground.evidenceHow;
  }

  makeCharts(plotly) {
    if (this.tradeoff || !this.root.isConnected) return;
    this.tradeoff = new Tradeoff(this.panel("tradeoff"), plotly, () => this.schedule());
    this.latents = new Latents(this.panel("latents"), plotly, () => this.schedule());
    this.hand.onPlane(this.latents);
    this.drawCharts();
    this.schedule();
  }

  drawCharts() {
    this.tradeoff.curves(this.sweep, this.view, true, this.ground.charts[this.view === "rate" ? "rate" : "tradeoff"]);
    this.latents.draw(this.ground.charts.latents, this.ground.view, this.ground.bell);
  }

  // A sweep that the server answered for a hand at rest.
  adopt(sweep, data, undrawn) {
    this.take(sweep);
    const key = `${data.bench.units} ${sweep.path}`;
    if (!undrawn) this.tradeoff?.curves(sweep, this.view, true);
    if (key !== this.restKey) this.fetchRest(key);
    if (`${key} ${this.link.seed}` !== this.picturesKey) this.fetchPictures(`${key} ${this.link.seed}`);
    const committed = this.news ?? sentence(this.before ?? this.values(), this.values(), this.ground.unit);
    if (committed) this.heard.textContent = committed;
  }

  take(sweep) {
    this.sweep = sweep;
    this.k = sweep.own;
    this.mean = sweep.mean;
    this.before ??= this.values();
  }

  // An answer while the mean moves: everything but what only a resting hand has.
  streamed(answer) {
    this.take(sweepOf(answer));
    this.rest = this.pictures = this.restKey = this.picturesKey = null;
    this.tradeoff?.curves(this.sweep, this.view, false);
    this.answers = (this.answers ?? 0) + 1;
    this.schedule();
  }

  async fetchRest(key) {
    this.restKey = key;
    this.rest = null;
    try {
      const answer = await this.stream.part("rest", this.question());
      if (this.restKey === key) this.rest = restOf(answer);
      this.schedule();
    } catch {
      if (this.restKey === key) this.restKey = null;
    }
  }

  async fetchPictures(key) {
    this.picturesKey = key;
    this.pictures = null;
    if (!this.ground.x) return;
    try {
      const answer = await this.stream.part("pictures", this.question());
      if (this.picturesKey === key) this.pictures = Array.from(
        { length: this.page.data.pictureSteps }, (_, i) => answer.subarray(i * TILE_BYTES, (i + 1) * TILE_BYTES));
      this.schedule();
    } catch {
      if (this.picturesKey === key) this.picturesKey = null;
    }
  }

  // Whether a teacher has hidden this part.
  hides(name) {
    return this.root.dataset.hide.split(" ").includes(name);
  }

  // The link of what the hand holds now, as the server reads it.
  question(mean = this.mean, variance = this.sweep.variance(this.k)) {
    const { move, dimension, seed } = this.link;
    return { ...this.page.data.bench, q: "hand", mean: writtenAll(mean), variance: writtenOnce(variance), move, dimension, seed };
  }

  // Gap, residual and forces at the stop; null until they have come.
  now() {
    const step = this.sweep.step(this.k);
    // On the path all stops are told alike, as soon as they can be.
    if (this.k === this.sweep.own && !(this.rest && this.sweep.followsPath)) return this.sweep.now;
    return this.rest && step >= 0 ? this.rest(step, this.sweep.latents) : null;
  }

  tiles() {
    if (this.k === this.sweep.own) return this.sweep.picture;
    if (!this.pictures) return null;
    const steps = this.sweep.stops - (this.sweep.onPath ? 1 : 2);
    return this.pictures[Math.round((this.sweep.step(this.k) / steps) * (this.pictures.length - 1))];
  }

  values() {
    const { terms, scales } = this.sweep, k = this.k, now = this.now();
    return {
      scale: scales[k], mean: this.mean, reconstruction: terms.reconstruction[k], kl: terms.kl[k], elbo: terms.elbo[k],
      objective: terms.objective[k], gap: now?.gap, residual: now?.residual, evidence: this.ground.evidence };
  }

  // Paint in the next frame: everything, or only where q is, as long as there are no new numbers.
  schedule(everything = true) {
    this.everything ||= everything;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const all = this.everything;
      this.everything = false;
      if (all) this.paint();
      else this.paintPlace();
    });
  }

  paintPlace() {
    if (!this.sweep || !this.root.isConnected) return;
    this.hand.paint();
    this.latents?.paint(this.sweep, this.k, this.hand.mean ?? this.mean, this.pin, this.hand.dimension);
  }

  paint() {
    if (!this.sweep || !this.root.isConnected) return;
    const { sweep, k, ground, pin } = this, values = this.values(), now = this.now(), guessing = this.hand.guessing;
    this.root.classList.toggle("guessing", guessing);
    this.paintPlace();
    this.tradeoff?.paint(sweep, k, { view: this.view, pin, guess: this.guess, beta: ground.beta });
    this.images.paint(this.tiles(), getComputedStyle(this.root).color);
    this.books.paint(ground, sweep.terms, k, now?.gap, pin);
    const rows = rowsOf(now, this.hand.dimensions(), ground.beta, sweep.latents === 1);
    if (rows) this.forces.paint(rows, ground.unit);
    const error = sweep.terms.error[k];
    this.numbers.paint(values, { reconstruction: error, elbo: error, objective: error, gap: now?.gapError ?? error }, pin, guessing);
    this.numbers.state({
      ...this.page.data.bench, q: this.hand.whose, mean: writtenAll(this.mean), variance: writtenOnce(sweep.variance(k)),
      stop: k, stops: sweep.stops, answers: this.answers ?? 0, rest: Boolean(this.rest), pictures: Boolean(this.pictures || !ground.x) });
    const words = this.news ?? (this.before && !guessing ? sentence(this.before, values, ground.unit) : "");
    if (this.said.textContent !== words) this.said.textContent = words;
  }

  commit(changes) {
    this.page.setStateValue("commit", {
      ...this.link, ...changes, turn: ++this.turn, held: this.rest ? this.sweep.path : "" });
    // Without a connection it is lost: say it again until it has been heard.
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      if (this.root.isConnected && this.page.data.turn < this.turn) this.commit(changes);
    }, UNHEARD);
  }

  close() {
    if (this.frame) cancelAnimationFrame(this.frame);
    clearTimeout(this.again);
    this.hand.stop();
    this.stream.close();
    for (const part of [this.tradeoff, this.latents, this.books, this.images]) part?.close();
    living.delete(this.root);
  }
}
