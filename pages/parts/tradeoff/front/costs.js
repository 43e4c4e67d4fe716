// @ts-check
// The moving layer of the chart of costs: what q pays at its σ², the bracket of its gap, and the names of all that is drawn.

import { between, set, svg } from "../../front/svg.js";
import { scale as short } from "../../front/text.js";
import { printed } from "./printed.js";

/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {{ x: number[], y: number[] }} Points */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

const BAR = 8, AWAY = 13, LINE = 17, LETTER = 6.4, WEDGE = 26, LABEL = 150, ASIDE = 255; // pixels
const NAMES = { kl: "KL", lost: "reconstruction lost", sum: "KL + lost" };

/**
 * What every q of this mean costs, by the `meta` of the trace.
 * @param {Sweep} sweep
 * @param {StaticData} fixed
 * @returns {Record<string, Points>}
 */
export function costCurves({ terms, along, scales }, { bestReconstruction, evidence, beta }) {
  const x = along(scales), kl = along(terms.kl), lost = along(terms.reconstruction).map((value) => bestReconstruction - value);
  const cost = kl.map((value, i) => value + lost[i]), objective = kl.map((value, i) => beta * value + lost[i]);
  const at = (/** @type {number[]} */ curve) => vertexOf(x, curve);
  return {
    cost_floor: { x: [x[0], x[x.length - 1]], y: [bestReconstruction - evidence, bestReconstruction - evidence] },
    cost_kl: { x, y: kl }, cost_lost: { x, y: cost }, cost: { x, y: cost }, cost_best: at(cost),
    ...(beta !== 1 && { cost_objective: { x, y: objective }, cost_objective_best: at(objective) }),
  };
}

/** @param {number[]} curve */
const lowestOf = (curve) => curve.reduce((best, value, i) => (value < curve[best] ? i : best), 0);

/**
 * The lowest point of a curve: between steps, of the parabola in log x through three of them.
 * @param {number[]} x
 * @param {number[]} y
 * @returns {Points}
 */
function vertexOf(x, y) {
  const best = lowestOf(y), before = Math.log(x[best - 1] / x[best]), after = Math.log(x[best + 1] / x[best]);
  const rise = (y[best - 1] - y[best]) / before, bend = ((y[best + 1] - y[best]) / after - rise) / (after - before);
  if (!(bend > 0)) return { x: [x[best]], y: [y[best]] }; // at an end, or flat
  const slope = rise - bend * before;
  return { x: [x[best] * Math.exp(-slope / (2 * bend))], y: [y[best] - (slope * slope) / (4 * bend)] };
}

export class Costs {
  /** @type {Box[]} */
  #boxes = []; // of the words that are written already: none stands upon another

  /** @param {Chart} chart */
  constructor(chart) {
    this.chart = chart;
    this.layer = svg("g", { class: "costs" }, chart.over);
    const text = (/** @type {string} */ name) => svg("text", { class: `flag ${name}` }, this.layer);
    const line = (/** @type {string} */ name) => svg("line", { class: name }, this.layer);
    this.best = line("best");
    this.slopes = [line("slope kl"), line("slope lost")];
    this.names = { kl: text("kl"), lost: text("lost"), sum: text("elbo"), floor: text("evidence"), best: text("elbo"), objective: text("elbo") };
    this.bars = { kl: svg("rect", { class: "paid kl" }, this.layer), lost: svg("rect", { class: "paid lost" }, this.layer) };
    this.bracket = svg("path", { class: "bracket" }, this.layer);
    this.gap = text("gap");
    this.sum = text("out");
  }

  /** @param {boolean} seen */
  show(seen) {
    set(this.layer, { visibility: seen ? "visible" : "hidden" });
  }

  /**
   * @param {Sweep} sweep
   * @param {number} k  the stop of the slider
   * @param {StaticData} fixed
   */
  paint(sweep, k, fixed) {
    this.#boxes = [];
    const { chart } = this, frame = chart.frame(), { top, bottom, left, right } = frame, { atLeast, unit } = fixed;
    const curves = costCurves(sweep, fixed), { x } = curves.cost, ends = [x[0], x[x.length - 1]];
    const across = (/** @type {number} */ value) => chart.x(Math.min(Math.max(value, ends[0]), ends[1]));
    const up = (/** @type {number} */ value) => Math.min(Math.max(chart.y(value), top), bottom);
    const { kl, reconstruction } = sweep.terms, lost = Math.max(fixed.bestReconstruction - reconstruction[k], 0);
    const cost = kl[k] + lost, floor = fixed.bestReconstruction - fixed.evidence, at = across(sweep.scales[k]), outside = cost > fixed.costTop;
    set(this.bars.kl, between(at - BAR / 2, at + BAR / 2, up(kl[k]), bottom));
    set(this.bars.lost, between(at - BAR / 2, at + BAR / 2, up(cost), up(kl[k])));
    const numbers = printed(fixed, { reconstruction: reconstruction[k], kl: kl[k] }, 2), end = at > right - LABEL;
    const side = end ? -1 : 1, edge = at + side * AWAY, [high, low] = [up(cost), up(Math.min(floor, cost))];
    set(this.bracket, { d: `M${edge - 4 * side},${low}H${edge}V${high}H${edge - 4 * side}` });
    const best = lowestOf(curves.cost.y), [bestX] = curves.cost_best.x, bestAt = chart.x(bestX), many = bestX > Math.sqrt(ends[0] * ends[1]);
    const seen = best > 0 && best < x.length - 1 && chart.y(curves.cost.y[best]) > top;
    set(this.best, { x1: bestAt, x2: bestAt, y1: top, y2: bottom });
    const words = `◆ best σ² for this mean: ${short(bestX)}`, slopes = `${words}, slopes cancel`, from = bestAt + (many ? -6 : 6), way = many ? "end" : "start";
    const fits = (/** @type {string} */ text) => this.#clearOf(curves.cost, text, from, top + 14, way);
    // Beside its line, or where no curve crosses it: the mark in the chart stands before it.
    const text = [seen ? slopes : words, words].find(fits), longest = boxOf(words, 0, 0, "start").right;
    const free = text ? -1 : Math.floor((right - 6 - longest - left) / 12);
    const place = Array.from({ length: free + 1 }, (_, i) => left + 6 + 12 * i).filter((start) => this.#clearOf(curves.cost, words, start, top + 14, "start"))
      .toSorted((a, b) => Math.abs(a - bestAt) - Math.abs(b - bestAt))[0];
    if (place === undefined) this.#write(this.names.best, text ?? words, from, top + 14, way);
    else this.#write(this.names.best, words, place, top + 14, "start");
    // What leaves the panel leaves its number at the edge, below the name of the best σ² if that stands there.
    const sum = outside ? `↑ ${NAMES.sum} ${numbers.cost} ${unit}` : "", anchor = end ? "end" : "start", beside = edge + 6 * side;
    const rows = this.#taken(boxOf(sum, beside, top + 14, anchor)) ? 1 : 0;
    this.#write(this.sum, sum, beside, top + 14 + LINE * rows, anchor);
    const middle = Math.max((high + low) / 2 + 5, top + 14 + LINE * (outside ? rows + 1 : 0));
    this.#write(this.gap, `gap ${atLeast}${numbers.gap}${outside ? " ↑" : ""}`, beside, Math.min(middle, bottom - 4), anchor);
    this.#slopes(seen, curves, best);
    this.#objective(fixed, curves, many);
    // On the left where the name of the gap leaves no room on the right, and the bar leaves some there.
    const near = at > right - ASIDE && at > left + LABEL;
    this.#write(this.names.floor, `no q costs less: ${atLeast && "≈ "}${numbers.floor}`, near ? left + 6 : right - 6, up(floor) - 6, near ? "start" : "end");
    this.#name(curves, frame, up, { at, free: up(floor) - 2 * LINE, rows: (fixed.beta === 1 ? 1 : 2) + (outside ? 2 : 0) });
  }

  /**
   * At the best σ² the two curves are equally steep: a tangent to either, through one point.
   * @param {boolean} seen
   * @param {Record<string, Points>} curves
   * @param {number} best
   */
  #slopes(seen, { cost, cost_kl: kl, cost_best: mark }, best) {
    const { chart, slopes } = this;
    for (const slope of slopes) set(slope, { visibility: seen ? "inherit" : "hidden" });
    if (!seen) return;
    const { x } = cost, from = best - 1, to = best + 1, middle = chart.x(mark.x[0]), base = chart.y(mark.y[0]);
    const steep = (chart.y(kl.y[to]) - chart.y(kl.y[from])) / (chart.x(x[to]) - chart.x(x[from]));
    slopes.forEach((slope, i) => {
      const rise = (i ? -1 : 1) * steep * WEDGE;
      set(slope, { x1: middle - WEDGE, x2: middle + WEDGE, y1: base - rise, y2: base + rise });
    });
  }

  /**
   * @param {StaticData} fixed
   * @param {Record<string, Points>} curves
   * @param {boolean} many  whether there is more room on the left
   */
  #objective({ beta, costTop }, { cost_objective: curve, cost_objective_best: mark }, many) {
    const { chart, names } = this, { top } = chart.frame();
    if (!curve) return this.#write(names.objective, "", 0, 0, "start");
    const at = chart.x(mark.x[0]), seen = mark.y[0] <= costTop;
    return this.#write(names.objective, `${seen ? "▲" : "↑"} best σ² for β = ${beta}: ${short(mark.x[0])}`, at + (many ? -10 : 10),
      seen ? chart.y(mark.y[0]) - 8 : top + 14 + LINE, many ? "end" : "start");
  }

  /**
   * The names of areas and curve, where there is room for them.
   * @param {Record<string, Points>} curves
   * @param {Box} frame
   * @param {(value: number) => number} up
   * @param {{ at: number, free: number, rows: number }} taken  where q stands; above what the floor's name does not reach; and
   *   how many lines stand at the top
   */
  #name({ cost, cost_kl: kl }, { top, bottom, left, right }, up, { at: now, free, rows }) {
    const { chart, names } = this, { x } = cost, width = right - left;
    /**
     * @param {SVGElement} node
     * @param {string} name
     * @param {number} wanted  where, as a part of the width
     * @param {(i: number) => [number, number]} area
     */
    const place = (node, name, wanted, area) => {
      const half = 4 * name.length;
      let found = -1, least = Infinity;
      x.forEach((value, i) => {
        const at = chart.x(value), [high, low] = area(i), away = Math.abs(at - left - wanted * width);
        if (at - half < left || at + half > right || Math.abs(at - now) < half + BAR || low - high < LINE + 4 || away >= least) return;
        if (this.#taken(boxOf(name, at, (high + low) / 2 + 5, "middle"))) return;
        [found, least] = [i, away];
      });
      if (found < 0) return this.#write(node, "", 0, 0, "middle");
      const [high, low] = area(found);
      return this.#write(node, name, chart.x(x[found]), (high + low) / 2 + 5, "middle");
    };
    const ceiling = top + rows * LINE + 4;
    place(names.kl, NAMES.kl, 0.2, (i) => [Math.max(up(kl.y[i]), free + 2 * LINE), bottom]);
    place(names.lost, NAMES.lost, 0.8, (i) => [Math.max(up(cost.y[i]), ceiling), Math.min(up(kl.y[i]), free)]);
    place(names.sum, NAMES.sum, 0.12, (i) => {
      const y = chart.y(cost.y[i]);
      return y > ceiling + LINE && y < bottom ? [y - 26, y - 2] : [0, 0];
    });
  }

  /**
   * @param {SVGElement} node
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {Anchor} anchor
   */
  #write(node, words, x, y, anchor) {
    node.textContent = words;
    set(node, { x, y, "text-anchor": anchor });
    if (words) this.#boxes.push(boxOf(words, x, y, anchor));
  }

  /**
   * Whether words stay inside the chart and no point of a curve lies in them.
   * @param {Points} curve
   * @param {string} words
   * @param {number} at
   * @param {number} y
   * @param {Anchor} anchor
   */
  #clearOf(curve, words, at, y, anchor) {
    const { chart } = this, { left: first, right: last } = chart.frame(), { left, right, top, bottom } = boxOf(words, at, y, anchor);
    return left > first && right < last && !curve.x.some((value, i) => {
      const x = chart.x(value), height = chart.y(curve.y[i]);
      return x > left - 4 && x < right + 4 && height > top - 4 && height < bottom + 4;
    });
  }

  /** @param {Box} box */
  #taken(box) {
    return this.#boxes.some(({ left, right, top, bottom }) => left < box.right && right > box.left && top < box.bottom && bottom > box.top);
  }
}

/** @typedef {"start" | "middle" | "end"} Anchor */

/**
 * About where words stand.
 * @param {string} words
 * @param {number} x
 * @param {number} y  of the base line
 * @param {Anchor} anchor
 * @returns {Box}
 */
function boxOf(words, x, y, anchor) {
  const length = LETTER * words.length, left = x - { start: 0, middle: length / 2, end: length }[anchor];
  return { left, right: left + length, top: y - LINE + 4, bottom: y + 4 };
}
