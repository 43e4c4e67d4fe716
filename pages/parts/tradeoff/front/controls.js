// @ts-check
// The controls of q: buttons, tabs, and the sliders of variance and mean. What is done to them is reported.

import { find, make, setText } from "../../front/dom.js";
import { nearest, Slider } from "../../front/slider.js";
import { scale, shown, subscript, typedNumber } from "../../front/text.js";
import { areEqual } from "./sweep.js";

/** @typedef {import("./payload").ControlsData} ControlsData */
/** @typedef {import("./movement.js").Movement} Movement */

const MODES = /** @type {Record<string, string>} */ ({
  all: "in all dimensions", each: "in each dimension", encoder: "× the encoder’s" });
const INSET = 20; // pixels: the slider that lies under no axis of its own keeps inside its frame
const REACH = 4, FINE = 0.01, COARSE = 0.25; // of the sliders of the mean
/** @type {Record<string, number>} */
const STEPS = { ArrowRight: FINE, ArrowUp: FINE, ArrowLeft: -FINE, ArrowDown: -FINE, PageUp: COARSE, PageDown: -COARSE };
/** @type {Record<string, number>} */
const ENDS = { Home: -REACH, End: REACH };
const MEANS = [-8, 8], VARIANCES = [1e-6, 4]; // that may be typed

/**
 * The horizontal axis of the chart above the sliders of the variance.
 * @typedef {object} Axis
 * @property {number} left  where it begins, in pixels from the chart's edge
 * @property {number} length  in pixels
 * @property {((variance: number) => number) | null} along  how far along it a variance lies, if it is an axis of variances
 */

/**
 * @typedef {object} ControlEvents
 * @property {(k: number, j: number | null, value: number) => void} variance  a variance slider is at its stop k
 * @property {(j: number, change: (value: number) => number) => void} mean  a mean slider changes its value
 * @property {(j: number | null, value: number) => void} enterVariance  a variance was typed, or a multiple of the encoder's
 * @property {(j: number, value: number) => void} enterMean  a mean was typed
 * @property {() => void} hold  a pointer presses a thumb
 * @property {() => void} release  it was released
 * @property {(dimension: number) => void} dimension  another dimension is to have the sliders
 * @property {(mode: string) => void} mode  the variance slider is to move something else
 * @property {(source: string) => void} source  q is to be the encoder's, the optimal one or the prior
 * @property {(view: string) => void} view  another view of the sweep
 * @property {() => void} play
 * @property {() => void} pin
 * @property {() => void} predict
 * @property {() => void} noise
 */

export class Controls {
  /** @type {{ j: number | null, slider: Slider }[]} */
  #variances = [];
  /** @type {{ j: number, slider: Slider }[]} */
  #means = [];
  /** @type {number[]} */
  #grid = [];
  #built = "";
  #mode = "";

  /**
   * @param {HTMLElement} root
   * @param {ControlEvents} events
   */
  constructor(root, events) {
    this.root = root;
    this.events = events;
    this.widths = find(root, ".sliders.widths");
    this.places = find(root, ".sliders.places");
    this.mode = /** @type {HTMLSelectElement} */ (find(root, '[data-control="move"]'));
    this.refusal = find(root, ".refusal");
    this.tabs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".tabs [data-view]")]);
    this.follow = /** @type {HTMLInputElement} */ (find(root, ".follow input"));
    this.sources = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-q]")]);
    this.mode.onchange = () => events.mode(this.mode.value);
    for (const node of this.sources) {
      if (node instanceof HTMLButtonElement) node.onclick = () => events.source(node.dataset.q ?? "");
    }
    for (const tab of this.tabs) tab.onclick = () => events.view(tab.dataset.view ?? "");
    find(root, ".tabs").onkeydown = (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const other = find(root, '.tabs [aria-selected="false"]');
      other.focus();
      other.click();
    };
    for (const act of /** @type {const} */ (["play", "pin", "predict", "noise"])) this.#button(act).onclick = () => events[act]();
  }

  /** @param {string} act */
  #button(act) {
    return find(this.root, `[data-act="${act}"]`);
  }

  /**
   * What the model, the image and the committed link ask for.
   * @param {ControlsData} declared
   * @param {{ grid: number[], latents: number, mode: string, view: string, dimension: number, images: boolean }} state
   */
  build(declared, { grid, latents, mode, view, dimension, images }) {
    this.mode.replaceChildren(...declared.moves.map((name) => new Option(MODES[name], name, false, name === mode)));
    this.mode.disabled = declared.moves.length < 2;
    find(this.root, '[data-q="encoder"]').hidden = !declared.encoder;
    this.#button("noise").hidden = !images;
    find(this.root, ".q-source .arrow").hidden = !declared.encoder;
    for (const tab of this.tabs) {
      const chosen = tab.dataset.view === view;
      tab.ariaSelected = String(chosen);
      tab.tabIndex = chosen ? 0 : -1;
    }
    this.#grid = grid;
    this.#buildSliders(latents, mode, dimension);
  }

  /**
   * @param {number} latents
   * @param {string} mode
   * @param {number} dimension
   */
  #buildSliders(latents, mode, dimension) {
    const few = latents <= 2, plan = JSON.stringify([latents, mode, few ? 0 : dimension]);
    if (plan === this.#built) return;
    this.#built = plan;
    this.#mode = mode;
    for (const box of [this.widths, this.places]) box.replaceChildren();
    const means = few ? Array.from({ length: latents }, (_, j) => j) : [dimension];
    const variances = mode === "each" ? means : [null];
    this.widths.classList.toggle("several", variances.length > 1);
    this.#variances = variances.map((j) => ({ j, slider: this.#varianceSlider(j, mode) }));
    if (!few) this.places.append(this.#dimensionMenu(latents, dimension));
    this.#means = means.map((j) => ({ j, slider: this.#meanSlider(j, latents) }));
  }

  /**
   * @param {number} latents
   * @param {number} dimension
   */
  #dimensionMenu(latents, dimension) {
    const label = make("label", { className: "slider chooser", textContent: "dimension" }), menu = make("select");
    menu.dataset.control = "dimension";
    for (let j = 0; j < latents; j++) menu.add(new Option(String(j + 1), String(j), false, j === dimension));
    menu.onchange = () => this.events.dimension(Number(menu.value));
    label.append(menu);
    return label;
  }

  /**
   * @param {number | null} j
   * @param {string} mode
   */
  #varianceSlider(j, mode) {
    const multiple = mode === "encoder";
    const several = this.widths.classList.contains("several");
    const label = multiple ? "σ² ÷ encoder’s σ²" : j == null ? "σ² of q" : `σ²${subscript(j)}${several ? "" : " of q"}`;
    return this.#slider("variance", j, { label }, {
      move: (k) => this.events.variance(k, j, this.#grid[Math.min(k, this.#grid.length - 1)]),
      enter: (text) => {
        const value = typedNumber(text), [low, high] = VARIANCES;
        // The server knows which multiples are too small or too large.
        const accepted = multiple ? value > 0 && value < Infinity : value >= low && value <= high;
        const range = multiple ? "a number above 0" : `a number from ${low} to ${high}`;
        if (accepted) this.events.enterVariance(j, value);
        else this.refuse(`${multiple ? "multiple" : "variance"} must be ${range}; got ${text || "nothing"}.`);
        return accepted;
      },
    });
  }

  /**
   * @param {number} j
   * @param {number} latents
   */
  #meanSlider(j, latents) {
    const [low, high] = MEANS, range = /** @type {const} */ ({ min: -REACH, max: REACH, step: "any" });
    const slider = this.#slider("mean", j, { label: latents > 1 ? `μ${subscript(j)}` : "μ", ...range }, {
      move: (value) => this.events.mean(j, () => toFine(value)),
      enter: (text) => {
        const value = typedNumber(text), accepted = value >= low && value <= high;
        if (accepted) this.events.enterMean(j, value);
        else this.refuse(`mean must be a number from ${low} to ${high}; got ${text || "nothing"}.`);
        return accepted;
      },
    });
    slider.range.onkeydown = (event) => {
      const step = STEPS[event.key], end = ENDS[event.key];
      if (step == null && end == null) return;
      event.preventDefault();
      // From where the mean is now, and not from where it was painted: quick presses all count.
      this.events.mean(j, (value) => end ?? Math.min(Math.max(toFine(value + step), -REACH), REACH));
    };
    return slider;
  }

  /**
   * @param {"variance" | "mean"} kind
   * @param {number | null} j
   * @param {{ label: string, min?: number, max?: number, step?: number | "any" }} range
   * @param {{ move: (value: number) => void, enter: (text: string) => boolean }} events
   */
  #slider(kind, j, range, events) {
    const cell = make("div", { className: `slider ${kind}` }), knob = `${kind}-${j ?? "all"}`, { hold, release } = this.events;
    cell.dataset.knob = knob;
    cell.dataset.term = kind;
    cell.dataset.name = range.label; // for the style sheet
    (kind === "variance" ? this.widths : this.places).append(cell);
    return new Slider(cell, { id: `elbo-room-${knob}`, ...range }, { ...events, hold, release });
  }

  /** @param {string} sentence  empty once something else is done */
  refuse(sentence) {
    setText(this.refusal, sentence);
    this.root.classList.toggle("refused", Boolean(sentence));
    if (sentence) for (const { slider } of [...this.#variances, ...this.#means]) slider.restore();
  }

  /**
   * @param {Movement} movement
   * @param {{ pinned: boolean, guessing: boolean, axis: Axis | null }} state  the chart's axis, above the sliders of the variance
   */
  paint(movement, { pinned, guessing, axis }) {
    const { sweep, k, mean, dimension } = movement;
    for (const { j, slider } of this.#variances) {
      // Only one slider has the sweep's stops; where there are two, the other has those of the grid.
      const own = j == null || this.#variances.length === 1 || j === dimension;
      const value = j == null ? sweep.scales[k] : sweep.variance(k)[j];
      const at = own ? k : nearest(this.#grid, value, (stop) => Math.abs(Math.log(stop / value)));
      const last = (own ? sweep.stops : this.#grid.length) - 1;
      slider.paint(at, scale(value), last);
      const length = axis?.along ? axis.length : (axis?.length ?? 0) - INSET;
      slider.align(axis && { left: axis.left, length, at: axis.along ? axis.along(own ? sweep.scales[k] : this.#grid[at]) : (length * at) / Math.max(last, 1) });
      if (j == null && this.#mode === "all") setText(slider.label, areEqual(sweep.variance(k)) ? "σ² of q" : "geometric mean of σ²");
    }
    this.widths.classList.toggle("off-axis", axis !== null && !axis.along);
    // Where there are several sliders, the axis above is that of one of them.
    if (axis?.along) this.widths.dataset.axis = `σ²${subscript(dimension)}`;
    else delete this.widths.dataset.axis;
    for (const { j, slider } of this.#means) slider.paint(mean[j], shown(mean[j], 3));
    for (const node of this.sources) {
      const chosen = node.dataset.q === movement.source;
      node.classList.toggle("chosen", chosen);
      if (!(node instanceof HTMLButtonElement)) continue;
      node.ariaPressed = String(chosen);
      node.disabled = guessing && node.dataset.q !== "prior"; // they would give the answer away,
    }
    this.follow.disabled = guessing; // and so would a σ² that goes to the best for its β
    this.#press("pin", pinned, pinned ? "Clear A" : "Compare with this q");
    this.#press("predict", guessing, guessing ? "Reveal" : "Guess first");
    this.#press("play", movement.playing, movement.playing ? "■ Stop" : "▶ Play");
  }

  /**
   * @param {string} act
   * @param {boolean} pressed
   * @param {string} text
   */
  #press(act, pressed, text) {
    const button = this.#button(act);
    setText(button, text);
    button.ariaPressed = String(pressed);
  }
}

/** @param {number} value */
const toFine = (value) => Math.round(value / FINE) * FINE;
