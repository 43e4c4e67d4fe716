// @ts-check
// The moving layer of the variance curve: what the loss makes of it, and where its lowest point has gone.

import { Chart } from "../../front/chart.js";
import { between, set, svg } from "../../front/svg.js";
import { doubles, singles } from "../../front/unpack.js";

/** @typedef {{ steps: Float64Array, heights: Float32Array, best: Float64Array, tallest: number }} Curves */

export class Curve extends Chart {
  fixed = true;
  /** @type {Curves | null} */
  #curves = null;

  /** @param {ConstructorParameters<typeof Chart>} given */
  constructor(...given) {
    super(...given);
    this.clip = svg("rect", {}, svg("clipPath", { id: "loss-curve-window" }, this.over));
    this.other = svg("path", { class: "other", "clip-path": "url(#loss-curve-window)" }, this.over);
    this.shift = svg("line", { class: "shift" }, this.over);
    this.best = svg("circle", { class: "best", r: 7 }, this.over);
  }

  /** @param {import("./payload").CurveData} curve */
  show({ figure, steps, heights, best, tallest }) {
    this.#curves = { steps: doubles(steps), heights: singles(heights), best: doubles(best), tallest };
    this.drawFigure(figure);
  }

  /** @param {number} k  the stop of the slider */
  paint(k) {
    if (!this.ready() || !this.#curves) return;
    const { left, right, top, bottom } = this.frame(), { steps, heights, best, tallest } = this.#curves;
    set(this.clip, between(left, right, top, bottom));
    const row = heights.subarray(k * steps.length, (k + 1) * steps.length);
    // What lies far outside need not be drawn to scale: no more than its direction is seen.
    const points = Array.from(row, (height, i) =>
      `${this.x(steps[i]).toFixed(1)},${this.y(Math.min(height, 3 * tallest)).toFixed(1)}`);
    set(this.other, { d: `M${points.join("L")}` });
    const x = this.x(best[k]), y = this.y(0);
    set(this.shift, { x1: x, x2: x, y1: top, y2: bottom });
    set(this.best, { cx: x, cy: y });
  }
}
