// @ts-check
// A Plotly chart that stands still, with a layer of our own SVG over it that moves, in the pixels of the chart's axes.

import { BASE } from "./address.js";
import { enlargement, find, make } from "./dom.js";
import { onStage } from "./introduction.js";

/** @typedef {import("./plotly").Plotly} Plotly */
/** @typedef {import("./plotly").Figure} Figure */
/** @typedef {import("./plotly").Settings} Settings */
/** @typedef {import("./plotly").PlotElement} PlotElement */
/** @typedef {import("./plotly").Axis} Axis */
/** @typedef {"" | "2"} Axes  which pair of axes of a chart */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box  in pixels */

const PLOTLY = "plotly-basic-4.1.1.min.js", PLOTLY_ID = "elbo-room-plotly"; // also in assets.py
const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: "reset" };
const MARGINS = ["_size", "_pushmargin", "_pushmarginIds"]; // what Plotly keeps about them
const AXIS = /^[xy]axis\d*$/;

/** @type {Promise<Plotly> | null} */
let loading = null;

/** Plotly, which is loaded once for the whole page: here, or by the page itself before this script came. */
export function loadPlotly() {
  loading ??= new Promise((done, failed) => {
    if (window.Plotly) return done(window.Plotly);
    const asked = document.getElementById(PLOTLY_ID), script = asked ?? make("script", { src: `${BASE}/vendor/${PLOTLY}`, id: PLOTLY_ID });
    script.addEventListener("load", () => done(window.Plotly));
    script.addEventListener("error", () => failed(new Error(`${PLOTLY} could not be loaded`)));
    if (!asked) document.head.append(script);
  });
  return loading;
}

/**
 * Settings with every font's size and every margin multiplied.
 * @param {unknown} settings
 * @param {number} by
 * @returns {any}
 */
function enlarged(settings, by, inside = "") {
  if (Array.isArray(settings)) return settings.map((item) => enlarged(item, by));
  if (!settings || typeof settings !== "object" || ArrayBuffer.isView(settings)) return settings;
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [
    name, typeof value === "number" && (inside === "margin" || (inside.endsWith("font") && name === "size")) ? value * by : enlarged(value, by, name),
  ]));
}

export class Chart {
  /** Whether a drag does something else than to choose a window. */
  fixed = false;
  #listening = false;
  #revision = 0; // Plotly draws anew only what has another number than before, also where the figure is another
  #enlargement = 1;
  #size = ""; // for which it was drawn
  #ends = new AbortController();
  /** @type {Settings[]} */
  data = [];
  /** @type {Settings} */
  layout = {};

  /**
   * @param {HTMLElement} panel  holds .legend, .plot and .over
   * @param {Plotly} plotly
   * @param {() => void} moved  called when the axes have changed under the moving layer
   */
  constructor(panel, plotly, moved) {
    this.panel = panel;
    this.plotly = plotly;
    this.plot = /** @type {PlotElement} */ (find(panel, ".plot"));
    this.over = find(panel, ".over");
    this.moved = moved;
    this.sizes = new ResizeObserver(() => this.#resize());
    this.sizes.observe(this.plot);
    // A finger leaves the label of what it touched last: the next touch elsewhere takes it away, or the next step.
    const { signal } = this.#ends;
    addEventListener("pointerdown", (event) => event.composedPath().includes(this.plot) || this.unhover(), { signal, capture: true });
    signal.addEventListener("abort", onStage(() => this.unhover()));
  }

  /**
   * Draw a new figure, perhaps with other values and another window than it came with. The visitor may move the window; a
   * double click brings it back.
   * @param {Figure} figure
   * @param {Record<string, Settings>} values  by the `meta` of the trace
   * @param {Record<string, Settings>} window  by the name of the axis
   */
  drawFigure(figure, values = {}, window = {}) {
    const { legend, data, layout } = figure;
    find(this.panel, ".legend").innerHTML = legend;
    const { color, fontFamily: family } = getComputedStyle(this.panel);
    const touch = matchMedia("(pointer: coarse)").matches;
    this.layout = { ...structuredClone(layout), autosize: true, dragmode: touch || this.fixed ? false : "zoom" };
    if (this.fixed) for (const name of Object.keys(this.layout)) if (AXIS.test(name)) this.layout[name] = { ...this.layout[name], fixedrange: true };
    this.layout.font = { ...layout.font, color, family };
    this.layout.hoverlabel = { ...layout.hoverlabel, font: { ...layout.hoverlabel?.font, family } };
    this.#enlargement = enlargement();
    this.layout = enlarged(this.layout, this.#enlargement);
    // A name of our own in the class of its lines, by which the style sheet finds them.
    this.data = data.map((trace) => (trace.meta ? { ...trace, uid: `-${trace.meta}` } : { ...trace }));
    // Plotly would draw twice: first in the margins of the figure before.
    for (const name of MARGINS) delete this.plot._fullLayout?.[name];
    this.redraw(values, window);
    if (this.#listening) return;
    this.#listening = true;
    this.plot.on("plotly_afterplot", () => this.moved());
    this.plot.on("plotly_relayout", () => this.moved());
  }

  /**
   * Other values for traces that are drawn already, and perhaps another window.
   * @param {Record<string, Settings>} values  by the `meta` of the trace
   * @param {Record<string, Settings>} window  by the name of the axis
   */
  redraw(values, window = {}) {
    this.unhover(); // its label is of the values before
    this.data = this.data.map((trace) => ({ ...trace, ...values[trace.meta] }));
    for (const [axis, settings] of Object.entries(window)) this.layout[axis] = { ...this.layout[axis], ...settings };
    this.layout.datarevision = this.#revision += 1;
    this.#size = this.#room();
    // Plotly fits a square window of other ranges into the first ones of its axes, and so widens it.
    for (const [name, axis] of Object.entries(this.plot._fullLayout ?? {})) if (AXIS.test(name)) axis._inputRange = null;
    this.#settle(this.plotly.react(this.plot, this.data, this.layout, CONFIG));
  }

  /** @param {unknown} drawn  a promise, or what is there already */
  #settle(drawn) {
    Promise.resolve(drawn).then(() => this.moved());
  }

  #room() {
    return `${this.plot.clientWidth} ${this.plot.clientHeight}`;
  }

  #resize() {
    if (!this.#listening || !this.plot.clientWidth) return;
    const by = enlargement() / this.#enlargement;
    if (by === 1 && this.#size === this.#room()) return; // as when it has just been drawn
    this.#size = this.#room();
    if (by !== 1) {
      this.#enlargement *= by;
      this.layout = enlarged(this.layout, by);
      this.redraw({});
    }
    this.#settle(this.plotly.Plots.resize(this.plot));
  }

  /**
   * Take away the label that a pointer has called up: it stays where it was while the pointer is captured for a drag, and
   * Plotly would show it again with the next drawing.
   */
  unhover() {
    if (!this.ready()) return;
    if (this.plot._fullLayout) this.plot._fullLayout._hoversubplot = null;
    this.plotly.Fx.unhover(this.plot);
  }

  /**
   * @param {"x" | "y"} direction
   * @param {Axes} axes
   * @returns {Axis}
   */
  axis(direction, axes = "") {
    return /** @type {Record<string, Axis>} */ (this.plot._fullLayout)[`${direction}axis${axes}`];
  }

  /**
   * Pixels of a value across the chart.
   * @param {number} value
   * @param {Axes} axes
   */
  x(value, axes = "") {
    const axis = this.axis("x", axes);
    return axis._offset + axis.d2p(value);
  }

  /**
   * Pixels of a value down the chart.
   * @param {number} value
   * @param {Axes} axes
   */
  y(value, axes = "") {
    const axis = this.axis("y", axes);
    return axis._offset + axis.d2p(value);
  }

  /**
   * The rectangle of a pair of axes.
   * @param {Axes} axes
   * @returns {Box}
   */
  frame(axes = "") {
    const across = this.axis("x", axes), up = this.axis("y", axes);
    return { left: across._offset, top: up._offset, right: across._offset + across._length, bottom: up._offset + up._length };
  }

  /** How much larger than usual its type is. */
  get enlargement() {
    return this.#enlargement;
  }

  ready() {
    return Boolean(this.plot._fullLayout?.xaxis?._length);
  }

  close() {
    this.#ends.abort();
    this.sizes.disconnect();
    if (this.#listening) this.plotly.purge(this.plot);
  }
}
