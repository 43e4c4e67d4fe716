// The moving layer of the trade-off chart, against σ² or in the plane of rate and distortion.

import { Chart, set, svg } from "./chart.js";
import { shown } from "./text.js";

const MARKS = ["reconstruction", "kl", "elbo"];

export class Tradeoff extends Chart {
  constructor(panel, plotly, moved) {
    super(panel, plotly, moved);
    this.clip = svg("rect", {}, svg("clipPath", { id: "elbo-room-window" }, this.over));
    this.moving = svg("g", { "clip-path": "url(#elbo-room-window)" }, this.over);
    this.line = svg("line", { class: "now" }, this.over);
    this.pinned = svg("line", { class: "pinned" }, this.over);
    this.slope = svg("line", { class: "slope", "clip-path": "url(#elbo-room-window)" }, this.over);
    this.guess = svg("line", { class: "guess" }, this.over);
    this.marks = MARKS.map((name) => ({
      name, point: svg("circle", { r: 7, class: `mark ${name}` }, this.over), flag: svg("text", { class: "flag" }, this.over),
    }));
    this.ghost = svg("circle", { r: 7, class: "ghost" }, this.over);
  }

  // The curves of another sweep. Plotly draws them, and moves its window, when the hand rests; under a moving hand it is too
  // slow: then they are drawn on the layer above, in the same look, and the window holds still.
  curves(sweep, view, rests, figure = null) {
    const { terms, along } = sweep, minus = (column) => Array.from(along(column), (value) => -value);
    const x = Array.from(along(sweep.scales)), kl = Array.from(along(terms.kl)), cost = minus(terms.reconstruction);
    const objective = minus(terms.objective);
    const { rate, bound, lowest } = sweep.lines;
    const values = view === "rate" ? { rate: { x: kl, y: cost }, bound: { x: rate, y: bound }, lowest: { x: rate, y: lowest } } : {
      reconstruction: { x, y: cost }, kl: { x, y: kl }, elbo: { x, y: minus(terms.elbo) }, objective: { x, y: objective },
      lowest: { x: [x[sweep.lowest]], y: [objective[sweep.lowest]] },
    };
    if (sweep.band && view !== "rate") {
      values.band_low = { x, y: Array.from(sweep.band.low) };
      values.band_high = { x, y: Array.from(sweep.band.high) };
    }
    this.panel.classList.toggle("moving", !rests);
    if (!rests) return this.sketch(values);
    this.moving.replaceChildren();
    const window = view === "rate" ? { xaxis: { range: rate }, yaxis: { range: sweep.lines.window } } : this.window(sweep, x);
    return figure ? this.draw(figure, values, window) : this.redraw(values, window);
  }

  window(sweep, x) {
    const { low, high, shift, klTicks } = sweep.window;
    const ends = [Math.min(x[0], sweep.scales[0]), Math.max(x.at(-1), sweep.scales.at(-1))].map(Math.log10);
    return {
      xaxis: { range: ends }, yaxis: { range: [low, high] }, yaxis2: { range: [low - shift, high - shift], tickvals: klTicks } };
  }

  sketch(values) {
    if (!this.ready()) return;
    const traces = this.data.filter((trace) => values[trace.meta]);
    while (this.moving.children.length < traces.length) svg("path", { fill: "none" }, this.moving);
    const path = ({ x, y }, axes) => y.map((value, i) => `${this.x(x[i]).toFixed(1)},${this.y(value, axes).toFixed(1)}`);
    traces.forEach((trace, i) => {
      const node = this.moving.children[i], axes = trace.yaxis === "y2" ? "2" : "", points = path(values[trace.meta], axes);
      if (trace.meta === "band_high") {
        const back = path(values.band_low, axes).reverse();
        set(node, { d: `M${points.join("L")}L${back.join("L")}Z`, fill: trace.fillcolor });
      } else if (trace.mode === "lines") {
        const { color, width, dash } = trace.line, dashes = { dash: `${3 * width},${3 * width}`, dot: `${width},${width}` }[dash];
        set(node, { d: `M${points.join("L")}`, stroke: color, "stroke-width": width, "stroke-dasharray": dashes ?? "none" });
      } else {
        const [px, py] = points[0].split(","), r = 9;
        set(node, { d: `M${px},${py - r}l${r},${r}l${-r},${r}l${-r},${-r}Z`, fill: trace.marker.color });
      }
    });
  }

  paint(sweep, k, { view, pin, guess, beta }) {
    if (!this.ready()) return;
    const { terms } = sweep, { left, right, top, bottom } = this.frame();
    set(this.clip, { x: left, y: top, width: Math.max(right - left, 0), height: Math.max(bottom - top, 0) });
    const rate = view === "rate", x = this.x(rate ? terms.kl[k] : sweep.scales[k]);
    set(this.line, { x1: x, x2: x, y1: top, y2: bottom, visibility: rate || x < left - 1 || x > right + 1 ? "hidden" : "visible" });
    for (const { name, point, flag } of this.marks) {
      const value = name === "kl" ? terms.kl[k] : -terms[name][k];
      const y = this.y(value, name === "kl" && !rate ? "2" : "");
      const hidden = rate && name !== "reconstruction";
      const outside = y < top || y > bottom;
      // A point that has left the chart waits at its edge, with its value.
      set(point, { cx: x, cy: Math.min(Math.max(y, top), bottom), visibility: hidden ? "hidden" : "visible" });
      point.classList.toggle("outside", outside);
      flag.textContent = outside && !hidden && name !== "kl" ? `${y < top ? "↑" : "↓"} −${name === "elbo" ? "ELBO" : "rec."} ${shown(value, 0)}` : "";
      const end = x > (left + right) / 2;
      set(flag, { x: x + (end ? -12 : 12), y: Math.min(Math.max(y, top), bottom) + (name === "elbo" ? 5 : 23), "text-anchor": end ? "end" : "start" });
    }
    this.slope.setAttribute("visibility", rate ? "visible" : "hidden");
    if (rate) {
      // The line of equal objective through q: at rate 0 its distortion is the objective itself.
      const range = this.plot._fullLayout.xaxis.range[1], at = -terms.objective[k];
      set(this.slope, { x1: this.x(0), y1: this.y(at), x2: this.x(range), y2: this.y(at - beta * range) });
    }
    this.ghost.setAttribute("visibility", pin ? "visible" : "hidden");
    this.pinned.setAttribute("visibility", pin && !rate ? "visible" : "hidden");
    if (pin) {
      const at = this.x(rate ? pin.kl : pin.scale), y = this.y(rate ? -pin.reconstruction : -pin.elbo);
      set(this.ghost, { cx: Math.min(Math.max(at, left), right), cy: Math.min(Math.max(y, top), bottom) });
      set(this.pinned, { x1: at, x2: at, y1: top, y2: bottom });
    }
    this.guess.setAttribute("visibility", guess == null || rate ? "hidden" : "visible");
    if (guess != null) set(this.guess, { x1: this.x(guess), x2: this.x(guess), y1: top, y2: bottom });
  }
}
