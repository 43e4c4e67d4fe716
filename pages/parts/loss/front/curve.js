// The moving layer of the variance curve: what the loss makes of it, and where its lowest point has gone.

export const curveOn = ({ Chart, svg, set, doubles, singles }) => class Curve extends Chart {
  constructor(...given) {
    super(...given);
    this.fixed = true;
    this.clip = svg("rect", {}, svg("clipPath", { id: "loss-curve-window" }, this.over));
    this.other = svg("path", { class: "other", "clip-path": "url(#loss-curve-window)" }, this.over);
    this.shift = svg("line", { class: "shift" }, this.over);
    this.best = svg("circle", { class: "best", r: 7 }, this.over);
  }

  show({ figure, steps, heights, best, tallest }) {
    Object.assign(this, { steps: doubles(steps), heights: singles(heights), bests: doubles(best), tallest });
    this.draw(figure);
  }

  paint(k) {
    if (!this.ready() || !this.steps) return;
    const { left, right, top, bottom } = this.frame(), count = this.steps.length;
    set(this.clip, { x: left, y: top, width: Math.max(right - left, 0), height: Math.max(bottom - top, 0) });
    const row = this.heights.subarray(k * count, (k + 1) * count);
    // What lies far outside need not be drawn to scale: no more than its direction is seen.
    const points = Array.from(row, (height, i) =>
      `${this.x(this.steps[i]).toFixed(1)},${this.y(Math.min(height, 3 * this.tallest)).toFixed(1)}`);
    set(this.other, { d: `M${points.join("L")}` });
    const x = this.x(this.bests[k]), y = this.y(0);
    set(this.shift, { x1: x, x2: x, y1: top, y2: bottom });
    set(this.best, { cx: x, cy: y });
  }
};
