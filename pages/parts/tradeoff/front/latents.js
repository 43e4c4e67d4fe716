// @ts-check
// q over the latent space: an ellipse on the plane, a curve on the line, or a bar for every dimension.

import { Chart } from "../../front/chart.js";
import { find, setText } from "../../front/dom.js";
import { between, set, svg } from "../../front/svg.js";
import { CloseUp } from "./close_up.js";
import { Ground } from "./ground.js";
import { crosses, Names } from "./names.js";

/** @typedef {import("../../front/chart.js").Axes} Axes */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./payload").PinData} PinData */
/** @typedef {import("./sweep.js").Sweep} Sweep */

const PAIRS = /** @type {Axes[]} */ (["", "2"]); // the latent plane, and its close-up
const TITLE = [104, 30]; // the width and the height of its corner with its title, in pixels
const CLOSE = { plane: ["xaxis2", "yaxis2"], line: ["yaxis"], dimensions: [] }; // the axes that are as long as what is seen
const NEAR = 12, LEAST = 14, POINT = 5; // pixels
const OUTSIDE = [132, 200]; // pixels of a close-up in which "q’s rings lie outside" and "this ring: 1 sd; 2 sd is outside" have room
const UNDER = 170; // and "q’s rings lie under its dot"
const TITLES = { plane: "z, the latent plane", line: "z, the latent", dimensions: "KL of each latent dimension" };

export class Latents extends Chart {
  fixed = true; // a drag moves the mean, not the window
  /** @type {StaticData["view"]} */
  view = "plane";
  /**
   * The pair of axes on which a pointer is held.
   * @type {Axes | null}
   */
  held = null;
  /** @type {[number, number][]} */
  #bell = []; // points [t, density] of N(0, 1)
  #closeUp = new CloseUp();
  #asked = ""; // the ranges that Plotly was asked for last: it may show others, and must not be asked for ever
  /** @type {Record<string, number[]>} */
  #marked = {}; // the means of the encoder's q and of the best one
  #bestName = ["best q"]; // from the longest to the shortest
  #named = new Names();

  /** @param {ConstructorParameters<typeof Chart>} given */
  constructor(...given) {
    super(...given);
    this.ground = new Ground(this.panel, this.moved);
    this.clips = PAIRS.map((axes) => svg("rect", {}, svg("clipPath", { id: `elbo-room-clip${axes}` }, this.over)));
    // Under q: where it covers the little square, the rays come from it.
    this.rays = [0, 1].map(() => svg("line", { class: "close-up" }, this.over));
    this.square = svg("rect", { class: "close-up", "clip-path": "url(#elbo-room-clip)" }, this.over);
    this.layers = PAIRS.map((axes) => svg("g", { "clip-path": `url(#elbo-room-clip${axes})` }, this.over));
    this.ellipses = this.layers.flatMap((layer, i) => [1, 2].map((radius) => ({
      radius, axes: PAIRS[i], node: svg("ellipse", { class: "q" }, layer), ghost: svg("ellipse", { class: "ghost" }, layer) })));
    this.points = this.layers.map((layer, i) => ({ axes: PAIRS[i], node: svg("circle", { r: 5, class: "centre" }, layer) }));
    this.edge = svg("rect", { class: "close-up" }, this.over);
    this.names = { a: svg("text", { class: "flag name" }, this.over), q: svg("text", { class: "flag name" }, this.over), best: svg("text", { class: "flag name best-name" }, this.over) };
    this.pointers = PAIRS.map(() => ({
      arrow: svg("path", { class: "compass", d: "M0,-9 L6,6 L0,2 L-6,6 Z" }, this.over), words: svg("text", { class: "flag" }, this.over) }));
    this.bell = svg("path", { class: "q bell" }, this.layers[0]);
    this.bellGhost = svg("path", { class: "ghost bell" }, this.layers[0]);
    this.peak = svg("text", { class: "flag peak" }, this.over);
    this.bars = svg("g", {}, this.layers[0]);
  }

  /**
   * @param {StaticData} staticLayer
   * @param {{ model: string, encoder: boolean }} of
   */
  show({ charts, view, bell, x, landmarks, beta }, { model, encoder }) {
    this.view = view;
    this.ground.show(view === "plane" && x ? model : "", encoder);
    this.#bell = bell ?? [];
    this.panel.dataset.view = view;
    setText(find(this.panel, ".panel-title b"), TITLES[view]);
    this.#marked = Object.fromEntries(Object.entries(landmarks).map(([name, mark]) => [name, mark.mean]));
    this.#bestName = beta === 1 ? ["best q"] : [`best q, β = ${beta}`, "best q"];
    const { layout } = charts.latents, ranges = CLOSE[view].map((axis) => layout[axis].range);
    this.#closeUp.show(ranges);
    this.#asked = JSON.stringify(ranges);
    // The frame of the close-up is drawn on the moving layer, as large as the close-up is.
    return this.drawFigure(view === "plane" ? { ...charts.latents, layout: { ...layout, shapes: [], annotations: magnified(layout, ranges) } } : charts.latents);
  }

  /**
   * @param {Sweep} sweep
   * @param {number} k  the stop of the slider
   * @param {number[]} mean
   * @param {PinData | null} pin
   * @param {{ dimension: number, rests: boolean, hides: boolean }} state  whose sliders are shown, whether nothing moves q, and
   *   whether the posterior is hidden
   */
  paint(sweep, k, mean, pin, { dimension, rests, hides }) {
    if (!this.ready()) return;
    const plane = this.view === "plane";
    for (const node of [...this.ellipses.flatMap((e) => [e.node, e.ghost]), ...this.points.map((p) => p.node)]) {
      node.setAttribute("visibility", plane && !node.classList.contains("ghost") ? "visible" : "hidden");
    }
    for (const { arrow, words } of this.pointers) {
      set(arrow, { visibility: "hidden" });
      words.textContent = "";
    }
    this.peak.textContent = this.names.a.textContent = this.names.q.textContent = this.names.best.textContent = "";
    for (const node of [this.square, this.edge, ...this.rays]) node.setAttribute("visibility", plane ? "visible" : "hidden");
    if (rests && this.view !== "dimensions") this.#fit(mean, hides);
    for (const node of [this.bell, this.bellGhost]) node.setAttribute("d", "");
    this.clips.forEach((clip, i) => {
      if (i && !plane) return;
      const { left, top, right, bottom } = this.frame(PAIRS[i]);
      set(clip, between(left, right, top, bottom));
    });
    if (plane) this.ground.paint(PAIRS.map((axes) => ({ frame: this.frame(axes), place: ([across, up]) => [this.x(across, axes), this.y(up, axes)] })), this.axis("x").range[1], this.#asked);
    else this.ground.clear();
    if (plane) this.#paintPlane(mean, sweep.deviation(k), pin, hides);
    else if (this.view === "line") this.#paintLine(mean[0], sweep.deviation(k)[0], pin);
    this.#paintBars(sweep, k, dimension);
  }

  /**
   * @param {number[]} mean
   * @param {boolean} hides  whether the posterior is hidden
   */
  #fit(mean, hides) {
    const ranges = this.view === "line" ? this.#closeUp.heights(hides) : this.#closeUp.ranges(mean, hides);
    const asked = JSON.stringify(ranges);
    if (asked === this.#asked) return;
    this.#asked = asked;
    if (this.view === "plane") this.layout.annotations = magnified(this.layout, ranges);
    this.redraw({}, Object.fromEntries(CLOSE[this.view].map((axis, i) => [axis, { range: ranges[i] }])));
  }

  // What the close-up shows of the plane; and q, the best q and A by their names.
  /**
   * @param {number[]} mean
   * @param {ArrayLike<number>} deviation
   * @param {PinData | null} pin  the q that is kept as A
   */
  #paintCloseUp(mean, deviation, pin) {
    const { left, right, top, bottom } = this.frame("2"), across = this.axis("x", "2"), up = this.axis("y", "2");
    set(this.edge, between(left, right, top, bottom));
    const [x, y] = [this.x((across.range[0] + across.range[1]) / 2), this.y((up.range[0] + up.range[1]) / 2)];
    const shown = this.x(across.range[1]) - this.x(across.range[0]), half = Math.max(shown, LEAST) / 2;
    set(this.square, between(x - shown / 2, x + shown / 2, y - shown / 2, y + shown / 2));
    // From what the plane shows of the square.
    const plane = this.frame(), within = (/** @type {number} */ at) => Math.min(Math.max(at, plane.top), plane.bottom);
    this.rays.forEach((ray, i) => set(ray, { x1: Math.min(x + shown / 2, plane.right), y1: within(y + (i - 0.5) * shown), x2: left, y2: i ? bottom : top }));
    // On the whole plane marks would lie upon one another within a small square.
    for (const name of ["encoder", "best"]) {
      const [markX, markY] = this.#marked[name] ?? mean, near = Math.abs(this.x(markX) - x) < half && Math.abs(this.y(markY) - y) < half;
      this.panel.classList.toggle(`tiny-${name}`, shown < 2 * NEAR && near);
    }
    const [q, best] = [mean, this.#marked.best].map((z) => [this.x(z[0], "2"), this.y(z[1], "2")]);
    const inside = ([atX, atY] = q) => atX > left && atX < right && atY > top && atY < bottom;
    const title = { left, top, right: left + TITLE[0] * this.enlargement, bottom: top + TITLE[1] * this.enlargement };
    const a = pin && [this.x(pin.mean[0], "2"), this.y(pin.mean[1], "2")], unit = [this.x(1, "2") - this.x(0, "2"), this.y(0, "2") - this.y(1, "2")];
    const ringsOf = (/** @type {string} */ of, /** @type {number[]} */ centre, /** @type {ArrayLike<number>} */ sd) =>
      [1, 2].map((radius) => ({ of, centre, across: radius * sd[0] * unit[0], up: radius * sd[1] * unit[1] }));
    const rings = ringsOf("q", q, deviation), crossed = rings.some((ring) => crosses(title, ring.centre, ring.across, ring.up));
    const titled = crossed || [q, best].some((at) => inside(at) && at[0] < title.right && at[1] < title.bottom);
    this.panel.classList.toggle("untitled", titled); // what lies on the title "close-up" is seen instead of it
    const apart = Math.hypot(q[0] - best[0], q[1] - best[1]) > NEAR;
    const known = Object.values(this.#marked).map((z) => [this.x(z[0], "2"), this.y(z[1], "2")]), points = [q, ...known, ...(a ? [a] : [])].map(([atX, atY]) => ({ left: atX - POINT, right: atX + POINT, top: atY - POINT, bottom: atY + POINT }));
    const size = this.enlargement, named = this.#named;
    named.begin({ left, right, top, bottom }, [...rings, ...(a && pin ? ringsOf("A", a, pin.variance.map(Math.sqrt)) : [])], [...points, ...(titled ? [] : [title])]);
    if (inside(q)) named.write(this.names.q, ["q"], { of: "q", at: q, other: apart ? best : [left - 1, q[1]], size });
    if (a && inside(a) && Math.hypot(a[0] - q[0], a[1] - q[1]) > NEAR) named.write(this.names.a, ["A"], { of: "A", at: a, other: apart ? best : q, size });
    if (apart && inside(best)) named.write(this.names.best, this.#bestName, { of: "best", at: best, other: q, size });
  }

  /**
   * @param {number[]} mean
   * @param {ArrayLike<number>} deviation
   * @param {PinData | null} pin
   * @param {boolean} hides  whether the posterior is hidden
   */
  #paintPlane(mean, deviation, pin, hides) {
    const unit = (/** @type {Axes} */ axes) => [this.x(1, axes) - this.x(0, axes), this.y(0, axes) - this.y(1, axes)];
    for (const { radius, axes, node, ghost } of this.ellipses) {
      const [across, up] = unit(axes);
      set(node, {
        cx: this.x(mean[0], axes), cy: this.y(mean[1], axes), rx: radius * deviation[0] * across, ry: radius * deviation[1] * up });
      if (!pin) continue;
      set(ghost, {
        cx: this.x(pin.mean[0], axes), cy: this.y(pin.mean[1], axes), visibility: "visible",
        rx: radius * Math.sqrt(pin.variance[0]) * across, ry: radius * Math.sqrt(pin.variance[1]) * up });
    }
    for (const { axes, node } of this.points) set(node, { cx: this.x(mean[0], axes), cy: this.y(mean[1], axes) });
    this.#paintCloseUp(mean, deviation, pin);
    // Outside the plane q may be for long, outside the close-up while it moves.
    const [, beyond] = PAIRS.map((axes) => this.#pointTo(mean, axes));
    if (!beyond) this.#sayTooWide(mean, deviation, hides ? [] : Object.values(this.#marked));
  }

  /**
   * Where q's mean is outside the plane or the close-up, an arrow at its edge points to it; returns whether it is.
   * @param {number[]} mean
   * @param {Axes} axes
   */
  #pointTo(mean, axes) {
    const { left, top, right, bottom } = this.frame(axes), x = this.x(mean[0], axes), y = this.y(mean[1], axes);
    if (x >= left && x <= right && y >= top && y <= bottom) return false;
    const { arrow, words } = this.pointers[PAIRS.indexOf(axes)];
    const at = [Math.min(Math.max(x, left + 10), right - 10), Math.min(Math.max(y, top + 10), bottom - 10)];
    const angle = (180 / Math.PI) * Math.atan2(x - (left + right) / 2, (top + bottom) / 2 - y), end = at[0] > (left + right) / 2;
    set(arrow, { transform: `translate(${at[0]},${at[1]}) rotate(${angle})`, visibility: "visible" });
    words.textContent = "q is out here";
    set(words, { x: at[0] + (end ? -14 : 14), y: at[1] + (at[1] > (top + bottom) / 2 ? -8 : 16), "text-anchor": end ? "end" : "start" });
    return true;
  }

  /**
   * A q whose rings surround the whole close-up shows nothing of itself there but its mean; or one ring, which is then the inner
   * one. Of a very narrow q the mean's mark covers both.
   * @param {number[]} mean
   * @param {ArrayLike<number>} deviation
   * @param {number[][]} marked  means that are marked
   */
  #sayTooWide(mean, deviation, marked) {
    const [across, up] = [this.axis("x", "2"), this.axis("y", "2")], { left, right } = this.frame("2");
    const corners = across.range.flatMap((/** @type {number} */ x) => up.range.map((/** @type {number} */ y) => [x, y]));
    const surrounds = (/** @type {number} */ radius) => corners.every(([x, y]) => Math.hypot((x - mean[0]) / deviation[0], (y - mean[1]) / deviation[1]) < radius);
    const [, { words }] = this.pointers;
    if (Math.max(...Array.from(deviation, (sd) => (2 * sd * (right - left)) / (across.range[1] - across.range[0]))) < POINT) {
      words.textContent = right - left > UNDER * this.enlargement ? "q’s rings lie under its dot" : "rings under the dot";
      return this.#writeOff([mean, ...marked]);
    }
    if (!surrounds(2)) return;
    const both = surrounds(1), [long, short] = both ? ["q’s rings lie outside", "rings outside"] : ["this ring: 1 sd; 2 sd is outside", "this ring: 1 sd"];
    words.textContent = right - left > OUTSIDE[both ? 0 : 1] * this.enlargement ? long : short;
    this.#writeOff([mean, ...marked]);
  }

  /**
   * Say it as far from the means as there is room: their marks, and the posterior, would lie under the words.
   * @param {number[][]} means
   */
  #writeOff(means) {
    const [, { words }] = this.pointers, { left, right, top, bottom } = this.frame("2");
    const taken = means.map(([, z]) => this.y(z, "2")), free = (/** @type {number} */ y) => Math.min(...taken.map((at) => Math.abs(at - y + 4)));
    const [y] = [bottom - 8, (top + bottom) / 2, top + TITLE[1] * this.enlargement].toSorted((a, b) => free(b) - free(a));
    set(words, { x: (left + right) / 2, y, "text-anchor": "middle" });
  }

  /**
   * @param {number} mean
   * @param {number} deviation
   * @param {PinData | null} pin
   */
  #paintLine(mean, deviation, pin) {
    // The bell of N(0, 1), moved to the mean and stretched by the deviation, and as much lower.
    const path = (/** @type {number} */ centre, /** @type {number} */ sd) => this.#bell.map(([t, density], i) =>
      `${i ? "L" : "M"}${this.x(centre + sd * t).toFixed(1)},${this.y(density / sd).toFixed(1)}`).join("");
    this.bell.setAttribute("d", path(mean, deviation));
    // A q that is too narrow for the chart leaves it at the top: an arrow says how high it is.
    const density = 1 / (deviation * Math.sqrt(2 * Math.PI)), { left, right, top } = this.frame(), x = this.x(mean);
    if (this.y(density) < top && x > left && x < right) {
      const before = x > (left + right) / 2;
      this.peak.textContent = `${before ? "" : "↑ "}q’s peak: ${density.toPrecision(2)}${before ? " ↑" : ""}`;
      set(this.peak, { x: x + (before ? -10 : 10), y: top + 14, "text-anchor": before ? "end" : "start" });
    }
    if (pin) this.bellGhost.setAttribute("d", path(pin.mean[0], Math.sqrt(pin.variance[0])));
  }

  /**
   * @param {Sweep} sweep
   * @param {number} k
   * @param {number} dimension
   */
  #paintBars(sweep, k, dimension) {
    const count = this.view === "dimensions" ? sweep.latents : 0;
    while (this.bars.children.length > 2 * count) this.bars.lastChild?.remove();
    while (this.bars.children.length < 2 * count) {
      svg("rect", { class: "of-mean" }, this.bars);
      svg("rect", { class: "of-variance" }, this.bars);
    }
    const shares = sweep.klOfVariance(k);
    for (let j = 0; j < count; j++) {
      const left = this.x(j + 0.65), width = this.x(j + 1.35) - left, base = this.y(0);
      const first = this.y(sweep.klOfMean[j]), second = this.y(sweep.klOfMean[j] + shares[j]);
      const [mean, variance] = [this.bars.children[2 * j], this.bars.children[2 * j + 1]];
      set(mean, { x: left, width, y: first, height: Math.max(base - first, 0) });
      set(variance, { x: left, width, y: second, height: Math.max(first - second, 0) });
      mean.classList.toggle("chosen", j === dimension);
      variance.classList.toggle("chosen", j === dimension);
    }
  }

  /**
   * How many pixels a pointer is away from q's mean on the plane, in that of its views where it is; Infinity elsewhere.
   * @param {PointerEvent} event
   * @param {number[]} mean
   */
  distance(event, mean) {
    if (this.view !== "plane") return Infinity;
    const box = this.plot.getBoundingClientRect(), at = this.at(event);
    if (!at) return Infinity;
    return Math.hypot(event.clientX - box.left - this.x(mean[0], at.axes), event.clientY - box.top - this.y(mean[1], at.axes));
  }

  /**
   * Where in the latent space a pointer is, rounded to what a pixel can tell; or on which dimension. Null off the axes.
   * @param {PointerEvent} event
   * @returns {{ axes: Axes, mean: number[] } | { axes: Axes, dimension: number } | null}
   */
  at(event) {
    const box = this.plot.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    for (const axes of this.view === "plane" ? PAIRS : PAIRS.slice(0, 1)) {
      const { left, top, right, bottom } = this.frame(axes);
      const inside = x >= left - 4 && x <= right + 4 && y >= top - 4 && y <= bottom + 4;
      if (!inside && this.held !== axes) continue;
      if (this.held != null && this.held !== axes) continue;
      const across = this.axis("x", axes), up = this.axis("y", axes);
      const z = [across.p2d(x - across._offset), up.p2d(y - up._offset)];
      const step = Math.abs(across.p2d(1) - across.p2d(0)); // a pixel
      const digits = Math.max(0, Math.ceil(-Math.log10(step)));
      const rounded = z.map((value) => Number(Math.min(Math.max(value, -8), 8).toFixed(digits)));
      if (this.view === "dimensions") return { axes, dimension: Math.round(z[0]) - 1 };
      return { axes, mean: this.view === "plane" ? rounded : rounded.slice(0, 1) };
    }
    return null;
  }
}

/**
 * What is written in the corners of a plane and its close-up, with how much larger than the plane that is.
 * @param {any} layout
 * @param {[number, number][]} ranges  of the close-up
 */
function magnified({ xaxis, annotations }, [[from, to]]) {
  const times = (xaxis.range[1] - xaxis.range[0]) / (to - from);
  return annotations.map((/** @type {any} */ note, /** @type {number} */ i) => (i < 2 ? note : { ...note, text: `□ close-up ×${times < 9.5 ? Number(times.toPrecision(2)) : Math.round(times)}` }));
}
