// The moving layer of the trade-off chart, against σ² or in the plane of rate and distortion.

import { Chart, set, svg } from "./chart.js";
import { shown } from "./text.js";

const MARKS = ["reconstruction", "kl", "elbo"];

export class Tradeoff extends Chart {
  constructor(panel, plotly, moved) {
    super(panel, plotly, moved);
    this.line = svg("line", { class: "now" }, this.over);
    this.pinned = svg("line", { class: "pinned" }, this.over);
    this.slope = svg("line", { class: "slope" }, this.over);
    this.guess = svg("line", { class: "guess" }, this.over);
    this.marks = MARKS.map((name) => ({
      name, point: svg("circle", { r: 7, class: `mark ${name}` }, this.over), flag: svg("text", { class: "flag" }, this.over),
    }));
    this.ghost = svg("circle", { r: 7, class: "ghost" }, this.over);
  }

  // The curves of another sweep; the window only when the hand rests, so that it holds still under a moving one.
  curves(sweep, view, rests) {
    const { terms, along } = sweep, minus = (column) => Array.from(along(column), (value) => -value);
    const x = Array.from(along(sweep.scales)), kl = Array.from(along(terms.kl)), cost = minus(terms.reconstruction);
    const objective = minus(terms.objective);
    const lowest = { x: [x[sweep.lowest]], y: [objective[sweep.lowest]] };
    if (view === "rate") return this.redraw({ rate: { x: kl, y: cost } });
    const values = {
      reconstruction: { x, y: cost }, kl: { x, y: kl }, elbo: { x, y: minus(terms.elbo) }, objective: { x, y: objective }, lowest,
    };
    if (sweep.band) {
      values.band_low = { x, y: Array.from(sweep.band.low) };
      values.band_high = { x, y: Array.from(sweep.band.high) };
    }
    const { low, high, shift, klTicks } = sweep.window;
    const ends = [Math.min(x[0], sweep.scales[0]), Math.max(x.at(-1), sweep.scales.at(-1))].map(Math.log10);
    this.redraw(values, rests
      ? { xaxis: { range: ends }, yaxis: { range: [low, high] }, yaxis2: { range: [low - shift, high - shift], tickvals: klTicks } }
      : {});
  }

  paint(sweep, k, { view, pin, guess, beta }) {
    if (!this.ready()) return;
    const { terms } = sweep, { left, right, top, bottom } = this.frame();
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
