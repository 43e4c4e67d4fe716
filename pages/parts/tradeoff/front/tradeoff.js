// @ts-check
// The moving layer of the trade-off chart, against σ² or in the plane of rate and distortion.

import { Chart } from "../../front/chart.js";
import { between, set, svg } from "../../front/svg.js";
import { shown } from "../../front/text.js";
import { Costs, costCurves } from "./costs.js";

/** @typedef {import("../../front/chart.js").Settings} Settings */
/** @typedef {import("../../front/chart.js").Figure} Figure */
/** @typedef {import("./payload").PinData} PinData */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {{ x: number[], y: number[] }} Points */

const MARKS = /** @type {const} */ (["reconstruction", "kl", "elbo"]);
const DASHES = /** @type {Record<string, (width: number) => string>} */ ({
  dash: (width) => `${3 * width},${3 * width}`, dot: (width) => `${width},${width}` });

/** @type {Record<string, Settings>} */
const OBJECTIVE = {
  cost_objective: { mode: "lines", line: { color: "var(--cost)", width: 3, dash: "dash" } },
  cost_objective_best: { mode: "markers", marker: { color: "var(--cost)" } } };

export class Tradeoff extends Chart {
  /** @type {StaticData | null} */
  #fixed = null;

  /** @param {ConstructorParameters<typeof Chart>} given */
  constructor(...given) {
    super(...given);
    this.clip = svg("rect", {}, svg("clipPath", { id: "elbo-room-window" }, this.over));
    this.moving = svg("g", { class: "curves", "clip-path": "url(#elbo-room-window)" }, this.over);
    this.line = svg("line", { class: "now" }, this.over);
    this.pinned = svg("line", { class: "pinned" }, this.over);
    this.pinName = svg("text", { class: "flag name" }, this.over);
    this.slope = svg("line", { class: "slope", "clip-path": "url(#elbo-room-window)" }, this.over);
    this.guess = svg("line", { class: "guess" }, this.over);
    this.marks = MARKS.map((name) => ({
      name, point: svg("circle", { r: 7, class: `mark ${name}` }, this.over), flag: svg("text", { class: "flag" }, this.over),
    }));
    this.ghost = svg("circle", { r: 7, class: "ghost" }, this.over);
    this.costs = new Costs(this);
  }

  /** @param {StaticData} fixed  what no movement of q changes */
  show(fixed) {
    this.#fixed = fixed;
  }

  /**
   * The curves of another sweep. Plotly draws them, and moves its window, while q is at rest; under a movement it is too slow:
   * then they are drawn on the layer above, in the same look, and the window holds still.
   * @param {Sweep} sweep
   * @param {string} view  costs, variance or rate
   * @param {boolean} rests
   * @param {Figure | null} figure  if the chart is to be drawn anew
   */
  curves(sweep, view, rests, figure = null) {
    const values = view === "rate" ? rateCurves(sweep) : view === "costs" && this.#fixed ? costCurves(sweep, this.#fixed) : varianceCurves(sweep);
    this.panel.classList.toggle("moving", !rests);
    if (!rests) {
      this.unhover(); // its label is of the curves before
      return this.#sketch(values);
    }
    this.moving.replaceChildren();
    const window = view === "rate" ? { xaxis: { range: sweep.lines.rate }, yaxis: { range: sweep.lines.window } } : windowOf(sweep);
    if (view === "costs" && this.#fixed) Object.assign(window, { yaxis: { range: [0, this.#fixed.costTop] }, yaxis2: {} });
    return figure ? this.drawFigure(figure, values, window) : this.redraw(values, window);
  }

  /** @param {Record<string, Points>} values  by the `meta` of the trace */
  #sketch(values) {
    if (!this.ready()) return;
    // What the server has not drawn, since the objective was the ELBO, looks as it would.
    const added = Object.keys(values).filter((meta) => meta in OBJECTIVE && !this.data.some((trace) => trace.meta === meta));
    /** @type {Settings[]} */
    const traces = [...this.data.filter((trace) => values[trace.meta]), ...added.map((meta) => ({ meta, ...OBJECTIVE[meta] }))];
    while (this.moving.children.length < traces.length) svg("path", { fill: "none" }, this.moving);
    const path = (/** @type {Points} */ { x, y }, axes = /** @type {"" | "2"} */ ("")) =>
      y.map((value, i) => `${this.x(x[i]).toFixed(1)},${this.y(value, axes).toFixed(1)}`);
    traces.forEach((trace, i) => {
      const node = this.moving.children[i], points = path(values[trace.meta], trace.yaxis === "y2" ? "2" : "");
      if (trace.meta === "cost_kl" || trace.meta === "cost_lost") {
        const kl = values.cost_kl, under = trace.meta === "cost_kl" ? path({ x: kl.x, y: kl.y.map(() => 0) }) : path(kl);
        set(node, { d: `M${points.join("L")}L${under.toReversed().join("L")}Z`, fill: trace.fillcolor, stroke: "none", "stroke-dasharray": "none" });
      } else if (trace.meta === "band_high") {
        const back = path(values.band_low).toReversed();
        set(node, { d: `M${points.join("L")}L${back.join("L")}Z`, fill: trace.fillcolor });
      } else if (trace.mode === "lines") {
        const { color, width, dash } = trace.line;
        set(node, {
          d: `M${points.join("L")}`, fill: "none", stroke: color, "stroke-width": width, "stroke-dasharray": DASHES[dash]?.(width) ?? "none" });
      } else {
        const [px, py] = points[0].split(",").map(Number), r = 9;
        set(node, { d: `M${px},${py - r}l${r},${r}l${-r},${r}l${-r},${-r}Z`, fill: trace.marker.color, stroke: "none" });
      }
    });
  }

  /**
   * The axis under which the slider of the variance lies; null until it is drawn, and where a link leaves the chart out.
   * @param {string} view  costs, variance or rate
   * @param {string} panels  the names of the only panels that are shown; empty for all
   * @returns {import("./controls.js").Axis | null}
   */
  across(view, panels) {
    if (!this.ready() || (panels && !panels.split(" ").includes("curves"))) return null;
    const { left, right } = this.frame(), inside = (/** @type {number} */ x) => Math.min(Math.max(x, left), right) - left;
    return { left, length: right - left, along: view === "rate" ? null : (variance) => inside(this.x(variance)) };
  }

  /**
   * @param {Sweep} sweep
   * @param {number} k  the stop of the slider
   * @param {{ view: string, pin: PinData | null, guess: number | null, beta: number, moving: boolean }} state
   */
  paint(sweep, k, { view, pin, guess, beta, moving }) {
    if (!this.ready()) return;
    const { terms } = sweep, { left, right, top } = this.frame(), lowest = this.axis("y", view === "variance" ? "2" : ""); // of two panels
    const bottom = lowest._offset + lowest._length;
    set(this.clip, between(left, right, top, bottom));
    const rate = view === "rate", costs = view === "costs" ? this.#fixed : null, x = this.x(rate ? terms.kl[k] : sweep.scales[k]);
    this.costs.show(Boolean(costs));
    const head = costs ? this.costs.paint(sweep, k, costs, { moving, pinned: pin?.scale ?? null }) : top;
    set(this.line, { x1: x, x2: x, y1: head, y2: bottom, visibility: rate || x < left - 1 || x > right + 1 ? "hidden" : "visible" });
    for (const { name, point, flag } of this.marks) {
      const value = name === "kl" ? terms.kl[k] : -terms[name][k];
      const y = this.y(value, name === "kl" && view === "variance" ? "2" : "");
      const hidden = costs !== null || (rate && name !== "reconstruction");
      const [high, wide] = [y < top || y > bottom, x < left || x > right], at = Math.min(Math.max(x, left), right), end = at > (left + right) / 2;
      // A point that has left the chart waits at its edge, with its value.
      set(point, { cx: at, cy: Math.min(Math.max(y, top), bottom), visibility: hidden ? "hidden" : "visible" });
      point.classList.toggle("outside", high || wide);
      const away = [...(high ? [`${y < top ? "↑" : "↓"} −${name === "elbo" ? "ELBO" : "rec."} ${shown(value, 0)}`] : []), ...(wide && rate ? [`KL ${shown(terms.kl[k], 2)} →`] : [])];
      flag.textContent = hidden || name === "kl" ? "" : away.join(", ");
      const height = Math.min(Math.max(y, top), bottom), below = name === "elbo" ? 5 : name === "kl" ? 19 : 23;
      set(flag, { x: at + (end ? -12 : 12), y: height + (rate && height + below > bottom ? -12 : below), "text-anchor": end ? "end" : "start" });
    }
    set(this.slope, { visibility: rate ? "visible" : "hidden" });
    if (rate) {
      // The line of equal objective through q: at rate 0 its distortion is the objective itself.
      const range = this.axis("x").range[1], at = -terms.objective[k];
      const [y1, y2] = [this.y(at), this.y(at - beta * range)];
      set(this.slope, { x1: this.x(0), y1, x2: this.x(range), y2 });
      this.panel.classList.toggle("line-off", Math.max(y1, y2) < top || Math.min(y1, y2) > bottom); // no line is named that is not seen
    } else this.panel.classList.remove("line-off");
    set(this.ghost, { visibility: pin ? "visible" : "hidden" });
    set(this.pinned, { visibility: pin && !rate ? "visible" : "hidden" });
    this.pinName.textContent = pin ? "A" : "";
    if (pin) {
      const at = this.x(rate ? pin.kl : pin.scale), y = this.y(rate ? -pin.reconstruction : (costs ? costs.bestReconstruction : 0) - pin.elbo);
      set(this.ghost, { cx: Math.min(Math.max(at, left), right), cy: Math.min(Math.max(y, top), bottom) });
      set(this.pinned, { x1: at, x2: at, y1: top, y2: bottom });
      const after = rate ? 10 : 5, beside = x > at ? -after : after; // on the side that is away from q
      set(this.pinName, { x: Math.min(Math.max(at, left), right) + beside, y: rate ? y - 8 : bottom - 6, "text-anchor": beside < 0 ? "end" : "start" });
    }
    set(this.guess, { visibility: guess == null || rate ? "hidden" : "visible" });
    if (guess != null) set(this.guess, { x1: this.x(guess), x2: this.x(guess), y1: top, y2: bottom });
  }
}

/** @param {number[]} column */
const negated = (column) => column.map((value) => -value);

/**
 * The curves of a sweep against the variance of q.
 * @param {Sweep} sweep
 * @returns {Record<string, Points>}
 */
function varianceCurves({ terms, along, scales, lowest, error }) {
  const x = along(scales), objective = negated(along(terms.objective));
  const edge = (/** @type {number} */ side) => ({ x, y: along(terms.elbo.map((value, k) => side * 2 * (error?.[k] ?? 0) - value)) });
  return {
    reconstruction: { x, y: negated(along(terms.reconstruction)) }, kl: { x, y: along(terms.kl) },
    elbo: { x, y: negated(along(terms.elbo)) }, objective: { x, y: objective },
    lowest: { x: [x[lowest]], y: [objective[lowest]] },
    // Two standard errors on either side, where they are estimated.
    ...(error && { band_low: edge(-1), band_high: edge(1) }),
  };
}

/**
 * The curves of a sweep in the plane of rate and distortion.
 * @param {Sweep} sweep
 * @returns {Record<string, Points>}
 */
function rateCurves({ terms, along, lowest: best, lines: { rate, bound, lowest } }) {
  const x = along(terms.kl), y = negated(along(terms.reconstruction));
  return { rate: { x, y }, bound: { x: rate, y: bound }, rate_best: { x: [x[best]], y: [y[best]] }, lowest: { x: rate, y: lowest } };
}

/**
 * The axes against the variance of q. The slider below has the name of the horizontal one, and its extent.
 * @param {Sweep} sweep
 * @returns {Record<string, Settings>}
 */
function windowOf({ along, scales, window: { range, domain, kl } }) {
  const x = along(scales);
  const ends = [Math.min(x[0], scales[0]), Math.max(x[x.length - 1], scales[scales.length - 1])].map(Math.log10);
  return {
    xaxis: { range: ends, title: {}, fixedrange: true }, yaxis: { range, domain }, yaxis2: kl };
}
