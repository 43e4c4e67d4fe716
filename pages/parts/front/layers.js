// @ts-check
// A chart whose axes stand still and are drawn once by Plotly, under layers of our own SVG that move with the sliders.

import { Chart } from "./chart.js";
import { between, set, svg } from "./svg.js";

/** @typedef {import("./chart.js").Axes} Axes */

/**
 * Something that moves. Heights and places are names of numbers or curves of a row, or fixed numbers.
 * @typedef {object} Layer
 * @property {"curve" | "area" | "points" | "outline" | "mark" | "upright" | "level" | "bar"} kind
 * @property {string} symbol  whose colour it has
 * @property {any} x
 * @property {any} y
 * @property {string} base
 * @property {number} size
 * @property {string} dash
 * @property {Axes} axes
 * @property {"" | "hatched" | "dotted"} pattern
 * @property {boolean} asked  whether that is said in its place while it is hidden
 */

/**
 * The numbers and curves at the place where the sliders are.
 * @typedef {object} Row
 * @property {(name: string) => number | undefined} number
 * @property {(name: string) => Float32Array} curve
 * @property {(name: string) => boolean} hides  whether what follows a number is not shown now
 */

const ELEMENTS = /** @type {const} */ ({
  curve: "path", area: "path", points: "path", outline: "path", mark: "circle", upright: "line", level: "line", bar: "rect" });
const PATTERNS = { hatched: hatching, dotted: dotting };
const OUTSIDE = 10; // the length of a bar at the edge, in pixels
const SPREAD = 24; // a number outside the window is drawn so many pixels beyond its edge, where the clip hides it
let charts = 0;

export class Layers {
  /** @type {{ layer: Layer, group: SVGElement, node: SVGElement, pattern: SVGElement | null, asked: SVGElement | null }[]} */
  #drawn = [];
  /** @type {Map<Axes, { id: string, rect: SVGElement }>} */
  #clips = new Map();
  /** @type {Record<string, Float32Array>} */
  #x = {};
  #serial = charts++;

  /**
   * @param {HTMLElement} panel
   * @param {import("./chart.js").Plotly} plotly
   * @param {() => void} moved  called when the axes have changed
   */
  constructor(panel, plotly, moved) {
    this.chart = new Chart(panel, plotly, moved);
    this.chart.fixed = true;
  }

  /** @param {{ figure: import("./chart.js").Figure, layers: Layer[], x: Record<string, Float32Array> }} picture */
  draw({ figure, layers, x }) {
    const { over } = this.chart;
    this.chart.drawFigure(figure);
    this.#x = x;
    over.replaceChildren();
    this.#clips.clear();
    this.#drawn = layers.map((layer) => {
      const group = svg("g", { "clip-path": `url(#${this.#clip(layer.axes)})`, "data-symbol": layer.symbol }, over);
      group.style.setProperty("--c", `var(--of-${layer.symbol})`);
      const node = svg(ELEMENTS[layer.kind], { class: `${layer.kind} ${layer.dash}` }, group);
      if (layer.kind === "points") set(node, { "stroke-width": 2 * layer.size });
      if (layer.kind === "mark") set(node, { r: layer.size || 7 });
      const asked = layer.asked ? svg("text", { class: "asked", "text-anchor": "middle" }, over) : null;
      return { layer, group, node, pattern: layer.pattern ? svg("path", { class: layer.pattern }, group) : null, asked };
    });
  }

  /**
   * Marks the layers that follow one of these numbers or curves.
   * @param {Set<any>} names
   */
  follow(names) {
    for (const { layer, group } of this.#drawn) {
      group.classList.toggle("follows", [layer.x, layer.y, layer.base].some((name) => names.has(name)));
    }
  }

  /** @param {Axes} axes */
  #clip(axes) {
    let clip = this.#clips.get(axes);
    if (!clip) {
      const id = `elbo-room-lesson-${this.#serial}-${axes || "1"}`;
      clip = { id, rect: svg("rect", {}, svg("clipPath", { id }, this.chart.over)) };
      this.#clips.set(axes, clip);
    }
    return clip.id;
  }

  /** @param {Row} row */
  paint(row) {
    if (!this.chart.ready()) return;
    for (const [axes, { rect }] of this.#clips) {
      const { left, right, top, bottom } = this.chart.frame(axes);
      set(rect, between(left - 8, right + 8, top - 4, bottom + 4));
    }
    for (const { layer, group, node, pattern, asked } of this.#drawn) {
      const hidden = [layer.x, layer.y, layer.base].some(row.hides);
      group.style.display = hidden ? "none" : "";
      set(node, this[layer.kind](layer, row));
      if (pattern && layer.pattern) set(pattern, { d: PATTERNS[layer.pattern](this.bar(layer, row)) });
      if (!asked) continue;
      asked.textContent = hidden ? "hidden" : "";
      set(asked, { x: this.#across(layer, layer.x), y: Math.min(this.#down(layer, 0), this.chart.frame(layer.axes).bottom) - 8 });
    }
  }

  /**
   * Pixels across the chart.
   * @param {Layer} layer
   * @param {number} value
   */
  #across({ axes }, value) {
    return this.chart.x(value, axes);
  }

  /**
   * Pixels down the chart; far outside is as good as just outside.
   * @param {Layer} layer
   * @param {number} value
   */
  #down({ axes }, value) {
    const { top, bottom } = this.chart.frame(axes);
    return Math.min(Math.max(this.chart.y(value, axes), top - SPREAD), bottom + SPREAD);
  }

  /**
   * The points of a curve; null where it has no value.
   * @param {Layer} layer
   * @param {Row} row
   */
  #corners(layer, row) {
    const heights = row.curve(layer.y);
    return Array.from(this.#x[layer.y], (x, i) =>
      (Number.isFinite(heights[i]) ? `${this.#across(layer, x).toFixed(1)},${this.#down(layer, heights[i]).toFixed(1)}` : null));
  }

  // What each kind of layer looks like at a row: the attributes of its element.

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  curve(layer, row) {
    let gap = true, d = "";
    for (const corner of this.#corners(layer, row)) {
      if (corner) d += (gap ? "M" : "L") + corner;
      gap = !corner;
    }
    return { d };
  }

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  area(layer, row) {
    const points = this.#corners(layer, row), floor = this.#down(layer, 0).toFixed(1);
    const ends = [points.at(-1), points[0]].map((point) => `${point?.split(",")[0]},${floor}`);
    return { d: `M${points.join("L")}L${ends.join("L")}Z` };
  }

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  points(layer, row) {
    const xs = row.curve(layer.x), ys = row.curve(layer.y), parts = [];
    const { left, right, top, bottom } = this.chart.frame(layer.axes);
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(xs[i])) continue;
      // What is outside is a bar at the edge.
      const x = this.#across(layer, xs[i]), y = this.#down(layer, ys[i]), atX = Math.min(Math.max(x, left), right), atY = Math.min(Math.max(y, top), bottom);
      parts.push(`M${atX.toFixed(1)},${atY.toFixed(1)}l${OUTSIDE * Math.sign(atX - x)},${OUTSIDE * Math.sign(atY - y)}`);
    }
    return { d: parts.join("") };
  }

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  outline(layer, row) {
    const xs = row.curve(layer.x), ys = row.curve(layer.y);
    const corners = Array.from(xs, (x, i) => `${this.#across(layer, x).toFixed(1)},${this.#down(layer, ys[i]).toFixed(1)}`);
    return { d: `M${corners.join("L")}Z` };
  }

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  mark(layer, row) {
    return { cx: this.#across(layer, numberOf(layer.x, row)), cy: this.#down(layer, numberOf(layer.y, row)) };
  }

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  upright(layer, row) {
    const { top, bottom } = this.chart.frame(layer.axes), at = this.#across(layer, numberOf(layer.x, row));
    return { x1: at, x2: at, y1: top, y2: bottom };
  }

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  level(layer, row) {
    const { left, right } = this.chart.frame(layer.axes), at = this.#down(layer, numberOf(layer.y, row));
    return { x1: left, x2: right, y1: at, y2: at };
  }

  /**
   * @param {Layer} layer
   * @param {Row} row
   */
  bar(layer, row) {
    const { x, y, base, size } = layer;
    const [left, right] = [x - size / 2, x + size / 2].map((value) => this.#across(layer, value));
    const [from, to] = [base ? numberOf(base, row) : 0, numberOf(y, row)].map((value) => this.#down(layer, value));
    return { x: left, y: Math.min(from, to), width: right - left, height: Math.abs(from - to) };
  }

  close() {
    this.chart.close();
  }
}

/**
 * A number by its name, or the number itself.
 * @param {string | number} name
 * @param {Row} row
 */
function numberOf(name, row) {
  return typeof name === "number" ? name : (row.number(name) ?? NaN);
}

/**
 * Slanted lines that fill a box: however low it is, it does not look like a box without them.
 * @param {{ x: number, y: number, width: number, height: number }} box
 */
function hatching({ x, y, width, height }) {
  const lines = [], foot = y + height;
  for (let at = 6 - 8 * Math.ceil(height / 8); at < width; at += 8) {
    const [from, to] = [Math.max(0, at), Math.min(width, at + height)];
    if (to > from) lines.push(`M${(x + from).toFixed(1)},${(foot - (from - at)).toFixed(1)}L${(x + to).toFixed(1)},${(foot - (to - at)).toFixed(1)}`);
  }
  return lines.join("");
}

/**
 * Dots that fill a box; a lower one has none.
 * @param {{ x: number, y: number, width: number, height: number }} box
 */
function dotting({ x, y, width, height }) {
  const dots = [];
  for (let down = 4; down < height - 1; down += 7) {
    for (let across = 4; across < width - 1; across += 7) dots.push(`M${(x + across).toFixed(1)},${(y + height - down).toFixed(1)}h0`);
  }
  return dots.join("");
}
