// The hand: everything that moves q, and what happens when it lets go.

import { Sliders } from "./sliders.js";
import { scale, shown, writtenAll, writtenOnce } from "./text.js";

const MOVES = { all: "all dimensions alike", each: "each dimension", encoder: "× the encoder’s own" };
const PATIENCE = 350; // milliseconds after the last key before it is committed
const PLAY = 14000, GLIDE = 900; // milliseconds: from end to end, and to the best q

export class Hand {
  constructor(instrument) {
    this.i = instrument;
    const { root } = instrument;
    this.sliders = new Sliders(root.querySelector(".sliders"), this);
    this.move = root.querySelector('[data-control="move"]');
    this.refusal = root.querySelector(".refusal");
    this.move.onchange = () => this.commitNow({ move: this.move.value });
    for (const button of root.querySelectorAll("button[data-q]")) button.onclick = () => this.goTo(button.dataset.q);
    for (const tab of root.querySelectorAll(".tabs [data-view]")) tab.onclick = () => this.i.commit({ view: tab.dataset.view });
    root.querySelector(".tabs").onkeydown = (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const other = root.querySelector('.tabs [aria-selected="false"]');
      other.focus();
      other.click();
    };
    const act = (name, does) => (root.querySelector(`[data-act="${name}"]`).onclick = does);
    act("play", () => (this.playing ? this.stop() : this.play()));
    act("pin", () => this.togglePin());
    act("predict", () => this.togglePrediction());
    act("noise", () => this.i.commit({ seed: String((Number(this.i.link.seed) + 1) % 1000) }));
  }

  // What the server has committed is what the hand holds now, unless it is moving already.
  received({ controls, bench }) {
    const { link, sweep } = this.i;
    this.controls = controls;
    if (this.busy) return;
    this.mean = null;
    this.whose = link.q;
    this.dimension = Number(link.dimension) - 1;
    this.guessing = link.predict === "true";
    this.move.replaceChildren(...controls.moves.map((name) => new Option(MOVES[name], name, false, name === link.move)));
    this.move.disabled = controls.moves.length < 2;
    this.sliders.build({ latents: sweep.latents, move: link.move, dimension: this.dimension, grid: controls.grid });
    const { root } = this.i;
    root.querySelector('[data-q="encoder"]').hidden = !controls.encoder;
    root.querySelector('[data-act="noise"]').hidden = !("digit" in bench);
    root.querySelector(".latents .chart").tabIndex = this.i.hides("mean") ? -1 : 0;
    for (const tab of root.querySelectorAll(".tabs [data-view]")) {
      const chosen = tab.dataset.view === link.view;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
    }
  }

  // The dimensions whose mean has a slider.
  dimensions() {
    return this.i.sweep.latents <= 2 ? [...Array(this.i.sweep.latents).keys()] : [this.dimension];
  }

  paint() {
    const { root, sweep, k, mean, pin } = this.i;
    this.sliders.paint(sweep, k, this.mean ?? mean, this.dimension);
    for (const node of root.querySelectorAll("[data-q]")) {
      const chosen = node.dataset.q === this.whose;
      node.classList.toggle("chosen", chosen);
      if (node.tagName === "BUTTON") node.setAttribute("aria-pressed", chosen);
    }
    this.label("pin", pin ? "unpin A" : "pin A", Boolean(pin));
    this.label("predict", this.guessing ? "reveal" : "predict", Boolean(this.guessing));
    this.label("play", this.playing ? "■ stop" : "▶ play", Boolean(this.playing));
  }

  label(act, text, pressed) {
    const button = this.i.root.querySelector(`[data-act="${act}"]`);
    if (button.textContent !== text) button.textContent = text;
    button.setAttribute("aria-pressed", pressed);
  }

  // A movement begins: what it does is told from here on.
  begin() {
    if (!this.busy) {
      this.i.before = this.i.values();
      this.i.news = null;
      this.refusal.textContent = "";
    }
    this.busy = true;
    clearTimeout(this.later);
    this.whose = "hand";
  }

  moveStep(k, j) {
    this.stop();
    this.begin();
    if (j != null && j !== this.dimension && this.sliders.variances.length > 1) {
      // The other dimension's slider: its sweep has to be asked for before it can be played back.
      const variance = Float64Array.from(this.i.sweep.variance(this.i.k));
      variance[j] = this.controls.grid[Math.min(k, this.controls.grid.length - 1)];
      this.i.link.dimension = String(j + 1);
      this.ask(this.i.mean, variance, () => (this.dimension = j));
    } else {
      this.i.k = Math.min(k, this.i.sweep.stops - 1);
      if (this.waiting) {
        // An answer for the old variance is on its way: it is not shown, but asked for again.
        this.ask(this.mean ?? this.i.mean, this.i.sweep.variance(this.i.k));
        this.stale = this.asked - 1;
      }
      this.i.schedule();
    }
    this.soon();
  }

  moveMean(j, value) {
    const mean = [...(this.mean ?? this.i.mean)];
    mean[j] = value;
    this.moveMeans(mean);
    this.soon();
  }

  moveMeans(mean) {
    this.stop();
    this.begin();
    this.mean = mean;
    this.ask(mean, this.i.sweep.variance(this.i.k));
    this.i.schedule(false);
  }

  ask(mean, variance, then = () => {}) {
    const asked = [...mean], turn = (this.asked = (this.asked ?? 0) + 1);
    this.waiting = true;
    this.i.stream.ask(this.i.question(mean, variance), (answer) => {
      if (!this.busy || turn <= (this.stale ?? 0)) return;
      then();
      this.waiting = turn !== this.asked; // the last question is always answered
      this.i.streamed(answer);
      if (this.mean && asked.every((value, j) => value === this.mean[j])) this.mean = null;
      if (!this.waiting && this.released) this.commitNow();
    }, (sentence) => this.refuse(sentence));
  }

  refuse(sentence) {
    this.refusal.textContent = sentence;
    this.mean = null;
    this.busy = this.waiting = this.released = false;
    this.i.schedule();
  }

  // Keys and programs let go without saying so: commit a little after the last movement.
  soon() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.held || this.letGo(), PATIENCE);
  }

  // A pointer on a thumb or on the plane: nothing is committed while it is held.
  hold() {
    this.held = true;
  }

  release() {
    this.held = false;
    this.letGo();
  }

  letGo(how) {
    if (!this.busy || this.held) return;
    if (how === "key") return this.soon();
    clearTimeout(this.later);
    // The last answer is still on its way: it is committed when it has come.
    if (this.waiting) this.released = true;
    else this.commitNow();
  }

  commitNow(changes = {}) {
    clearTimeout(this.later);
    const { i } = this;
    this.busy = this.released = this.waiting = false;
    this.mean = null;
    this.whose = "hand";
    i.commit({
      q: "hand", mean: writtenAll(i.mean), variance: writtenOnce(i.sweep.variance(i.k)), dimension: i.link.dimension, ...changes });
  }

  choose(dimension) {
    this.commitNow({ dimension: String(dimension + 1) });
  }

  typed(kind, j, text) {
    const value = Number(text.replace("−", "-").replace(",", "."));
    const [low, high] = kind === "mean" ? [-8, 8] : [1e-6, 4], { i } = this;
    const multiple = kind === "variance" && i.link.move === "encoder";
    if (!text.trim() || !Number.isFinite(value) || (!multiple && (value < low || value > high)) || value < -8) {
      this.refusal.textContent = `${kind} must be a number from ${low} to ${high}; got ${text || "nothing"}.`;
      return i.schedule();
    }
    this.begin();
    if (kind === "mean") {
      const mean = [...i.mean];
      mean[j] = value;
      this.ask(mean, i.sweep.variance(i.k));
    } else {
      const variance = Float64Array.from(i.sweep.variance(i.k), (old, d) =>
        multiple ? (old * value) / i.sweep.scales[i.k] : j == null || j === d ? value : old);
      this.ask(i.mean, variance);
    }
    this.released = true;
  }

  // ---- by buttons -------------------------------------------------------------------------------------------------

  goTo(whose) {
    this.stop();
    const { i } = this, target = whose === "prior"
      ? { mean: i.mean.map(() => 0), variance: i.mean.map(() => 1) } : i.ground.landmarks[whose];
    i.before = i.values();
    i.news = null;
    const there = () => {
      this.busy = false;
      this.whose = whose;
      this.mean = null;
      i.stream.forget();
      i.commit({ q: whose, mean: "", variance: "" });
    };
    if (whose !== "best" || matchMedia("(prefers-reduced-motion: reduce)").matches) return there();
    this.begin();
    this.whose = whose;
    const from = { mean: [...i.mean], variance: Array.from(i.sweep.variance(i.k)) }, began = performance.now();
    const glide = () => {
      const t = Math.min((performance.now() - began) / GLIDE, 1), eased = t * t * (3 - 2 * t);
      if (t === 1) return there();
      this.gliding = requestAnimationFrame(glide);
      this.mean = from.mean.map((value, j) => value + eased * (target.mean[j] - value));
      const variance = from.variance.map((value, j) => value * (target.variance[j] / value) ** eased);
      this.ask(this.mean, variance);
    };
    glide();
  }

  play() {
    const { i } = this;
    this.begin();
    this.playing = true;
    let from = i.k, began = performance.now(), way = from > 0.95 * i.sweep.stops ? -1 : 1;
    const move = () => {
      if (!this.playing) return;
      const last = i.sweep.stops - 1, k = from + way * ((performance.now() - began) / PLAY) * last;
      i.k = Math.round(Math.min(Math.max(k, 0), last));
      if (k >= last || k <= 0) [from, began, way] = [i.k, performance.now(), -way];
      i.schedule();
      this.frame = requestAnimationFrame(move);
    };
    move();
  }

  stop() {
    cancelAnimationFrame(this.gliding);
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.letGo();
  }

  togglePin() {
    const { i } = this;
    const pinned = i.pin
      ? { pin_mean: "", pin_variance: "" }
      : { pin_mean: writtenAll(i.mean), pin_variance: writtenOnce(i.sweep.variance(i.k)) };
    i.commit(pinned);
  }

  // Predict: the class places σ² without seeing the curves. Reveal: how far the guess is from the best on this curve.
  togglePrediction() {
    const { i } = this;
    this.stop();
    if (this.guessing) {
      const best = i.sweep.stop(i.sweep.lowest), { objective } = i.sweep.terms;
      i.guess = i.sweep.scales[i.k];
      i.news = `The guess σ² = ${scale(i.guess)} is ${shown(objective[best] - objective[i.k], 2)} ${i.ground.unit} below the best on this curve, σ² = ${scale(i.sweep.scales[best])}.`;
      i.heard.textContent = i.news;
    } else {
      i.guess = i.news = null;
    }
    this.guessing = !this.guessing;
    i.commit({ predict: String(this.guessing) });
    i.schedule();
  }

  // ---- on the latent space ----------------------------------------------------------------------------------------

  onPlane(latents) {
    const chart = latents.panel.querySelector(".chart");
    chart.onpointerdown = (event) => {
      const at = latents.at(event);
      if (!at) return;
      if (at.dimension != null) {
        if (at.dimension >= 0 && at.dimension < this.i.sweep.latents) this.choose(at.dimension);
        return;
      }
      if (this.i.hides("mean")) return;
      latents.held = at.axes;
      this.hold();
      chart.setPointerCapture(event.pointerId);
      this.moveMeans(at.mean);
    };
    chart.onpointermove = (event) => {
      if (!this.held) return;
      const at = latents.at(event);
      if (at) this.moveMeans(at.mean);
    };
    chart.onpointerup = chart.onpointercancel = () => {
      if (!this.held) return;
      latents.held = null;
      this.release();
    };
    chart.onkeydown = (event) => {
      const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const way = ways[event.key];
      if (!way || latents.view === "dimensions" || this.i.hides("mean")) return;
      event.preventDefault();
      const axis = latents.plot._fullLayout[latents.view === "plane" ? "xaxis2" : "xaxis"];
      const step = ((axis.range[1] - axis.range[0]) / 100) * (event.shiftKey ? 5 : 1);
      const digits = Math.max(0, Math.ceil(-Math.log10(step)) + 1);
      this.moveMeans((this.mean ?? this.i.mean).map((value, j) => Number((value + step * (way[j] ?? 0)).toFixed(digits))));
      this.soon();
    };
  }
}

