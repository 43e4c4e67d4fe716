// @ts-check
// The moving layer of the chart of costs: what q pays at its σ², the bracket of its gap, and the names of all that is drawn.

import { find, setText } from "../../front/dom.js";
import { between, set, svg } from "../../front/svg.js";
import { lowestOf, vertexOf } from "../../front/vertex.js";
import { BestName } from "./best_name.js";
import { bestSaid, knobOf, othersOf } from "./best_said.js";
import { atMost, printed } from "./printed.js";
import { equalOnly } from "./sweep.js";
import { LINE, Words } from "./words.js";

/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./words.js").Points} Points */
/** @typedef {import("./words.js").Box} Box */
/** @typedef {import("./words.js").Anchor} Anchor */
/** @typedef {import("./words.js").Place} Place */

const BAR = 8, AWAY = 13, APART = 16; // pixels
const DIAMOND = "m0,-9l9,9l-9,9l-9,-9Z", TRIANGLE = "m0,-9l9,15h-18Z";
const TANGENT = 34, LABEL = 150; // pixels, where type has its usual size
const NAMES = { kl: "KL", lost: "reconstruction lost", sum: "KL + lost" }, EQUAL = ["if σ²₁ = σ²₂", "if all σ² are equal"]; // two of them, or more

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

export class Costs {
  /** @type {Sweep | null} */
  #sweep = null; // that was painted last
  /** @type {StaticData | null} */
  #fixed = null;

  /** @param {Chart} chart */
  constructor(chart) {
    this.chart = chart;
    this.words = new Words(chart);
    this.layer = svg("g", { class: "costs" }, chart.over);
    const text = (/** @type {string} */ name) => svg("text", { class: `flag ${name}` }, this.layer);
    const line = (/** @type {string} */ name) => svg("line", { class: name }, this.layer);
    this.best = line("best");
    const upright = line("best");
    this.bars = { kl: svg("rect", { class: "paid kl" }, this.layer), lost: svg("rect", { class: "paid lost" }, this.layer) };
    // Over the bars, which else would hide them.
    this.objective = { line: upright, mark: svg("path", { class: "beyond" }, this.layer) };
    this.marks = svg("path", { class: "lowest" }, this.layer);
    this.bracket = svg("path", { class: "bracket" }, this.layer);
    this.slopes = ["kl", "lost"].map((name) => line(`slope ${name}`));
    this.names = { kl: text("kl"), lost: text("lost"), sum: text("cost"), equal: text("cost"), floor: text("evidence"), objective: text("cost"), weighted: text("cost") };
    this.bestName = new BestName(chart, this.words, { name: text("cost of-best"), balance: text("cost of-slope"), leader: line("best") });
    this.gap = text("gap");
    this.sum = text("out");
    this.balance = find(chart.panel, ".balance"); // what the chart has no room for
  }

  /** @param {boolean} seen */
  show(seen) {
    set(this.layer, { visibility: seen ? "visible" : "hidden" });
    if (!seen) setText(this.balance, "");
  }

  /**
   * @param {Sweep} sweep
   * @param {number} k  the stop of the slider
   * @param {StaticData} fixed
   * @param {{ moving: boolean, pinned: number | null }} state  whether q moves; and where the σ² of A stands, which has its name at the foot
   * @returns {number}  where the upright line of q may begin
   */
  paint(sweep, k, fixed, { moving, pinned }) {
    // While σ² moves, the names of what does not move stay where they are, and the bar passes behind them.
    const still = moving && sweep === this.#sweep && fixed === this.#fixed;
    this.words.clear(still ? [...Object.values(this.names), ...this.bestName.texts] : []);
    [this.#sweep, this.#fixed] = [sweep, fixed];
    const { chart } = this, line = LINE * chart.enlargement, frame = chart.frame(), { top, bottom, left, right } = frame, { atLeast, unit } = fixed;
    if (pinned !== null) this.words.keepFree({ left: chart.x(pinned) - LINE, right: chart.x(pinned) + LINE, top: bottom - LINE * chart.enlargement, bottom });
    const curves = costCurves(sweep, fixed), { x } = curves.cost, ends = [x[0], x[x.length - 1]];
    const up = (/** @type {number} */ value) => Math.min(Math.max(chart.y(value), top), bottom);
    const { kl, reconstruction } = sweep.terms, lost = Math.max(fixed.bestReconstruction - reconstruction[k], 0);
    const cost = kl[k] + lost, floor = fixed.bestReconstruction - fixed.evidence, at = Math.min(Math.max(chart.x(sweep.scales[k]), left), right), outside = cost > fixed.costTop;
    set(this.bars.kl, between(at - BAR / 2, at + BAR / 2, up(kl[k]), bottom));
    set(this.bars.lost, between(at - BAR / 2, at + BAR / 2, up(cost), up(kl[k])));
    const numbers = printed(fixed, { reconstruction: reconstruction[k], kl: kl[k] }, 2), end = at > right - LABEL * chart.enlargement;
    const lowest = [{ mark: curves.cost_best, shape: DIAMOND }, { mark: curves.cost_objective_best, shape: TRIANGLE }].flatMap(({ mark, shape }) => {
      const y = mark && chart.y(mark.y[0]);
      return mark && y > top && y < bottom ? `M${chart.x(mark.x[0])},${y}${shape}` : [];
    });
    set(this.marks, { d: lowest.join("") });
    const side = end ? -1 : 1, edge = at + side * AWAY, [high, low] = [up(cost), up(Math.min(floor, cost))];
    set(this.bracket, { d: `M${edge - 4 * side},${low}H${edge}V${high}H${edge - 4 * side}` });
    const best = lowestOf(curves.cost.y), [bestX] = curves.cost_best.x, bestAt = chart.x(bestX), many = bestX > Math.sqrt(ends[0] * ends[1]);
    const seen = best > 0 && best < x.length - 1 && chart.y(curves.cost.y[best]) > top;
    const first = top + line - 3, balances = curves.cost_kl.y[best - 1] > curves.cost_kl.y[best + 1] ? "KL falls as fast as lost rises" : "KL rises as fast as lost falls";
    // With another β its own curve has the balance.
    const balanced = seen && fixed.beta === 1, objectives = (curves.cost_objective_best?.x ?? []).map((variance) => chart.x(variance));
    const said = { knob: knobOf(sweep), others: othersOf(sweep), variance: bestSaid(sweep, bestX, best, x.length), equal: equalOnly(sweep) ? EQUAL[Number(sweep.latents > 2)] : "", balance: balanced ? balances : "" };
    if (seen) this.words.keepFree({ left: bestAt - BAR, right: bestAt + BAR, top: chart.y(curves.cost_best.y[0]) - BAR, bottom: chart.y(curves.cost_best.y[0]) + BAR });
    // What leaves the panel leaves its number at the edge, at its own bar.
    const rows = outside ? this.#nameSum([`↑ ${NAMES.sum} ${numbers.cost} ${unit}`, `↑ ${numbers.cost} ${unit}`], curves.cost, { at, side, first, bestAt }) : 0;
    if (!outside) this.words.erase(this.sum);
    const full = high < first + BAR, upon = Math.abs(at - bestAt) < BAR && !full; // q's line then begins below the same name
    if (!still) this.bestName.write(said, fixed.beta, curves.cost, { at: bestAt, first, many, uprights: [...(upon ? [] : full ? [at, edge] : [at]), ...objectives], bar: { x: at, y: high }, lowest: chart.y(curves.cost_best.y[0]), below: curves.cost_kl });
    const middle = Math.min(Math.max((high + low) / 2 + 5, first + line * (outside ? rows + 1 : 0)), bottom - 4);
    this.#gap(`gap ${atLeast}${numbers.gap}${outside ? " ↑" : ""}`, curves, { at, side, y: middle, level: up(floor) });
    if (!still) {
      this.#objective(sweep, fixed, curves, [at, edge]);
      this.#slopes(balanced, curves, best);
      this.#floor(`floor ${atMost(atLeast)}${numbers.floor}`, fixed, curves.cost, { level: up(floor), uprights: [at, edge, bestAt] });
      this.#name(curves, frame, up, { at, free: up(floor) - 2 * line, rows: fixed.beta === 1 ? 1 : 2, equal: said.equal, beta: fixed.beta });
    }
    // The upright lines of q and of the best σ² begin below what is written in the first line.
    set(this.best, { x1: bestAt, x2: bestAt, y1: this.words.headOf(bestAt, top), y2: bottom });
    return this.words.headOf(at, top);
  }

  /**
   * What q costs beside its own bar, on either side of it, in the longest form that has room.
   * @param {string[]} texts
   * @param {Points} curve
   * @param {{ at: number, side: number, first: number, bestAt: number }} places  where q stands, on which side of it the bracket,
   *   the first line, and where the best σ² lies
   * @returns {number}  in which line it stands beside its bar; −1 where it is not written
   */
  #nameSum(texts, curve, { at, side, first, bestAt }) {
    const line = LINE * this.chart.enlargement, away = { [side]: AWAY + 6, [-side]: BAR / 2 + 6 };
    const spots = texts.flatMap((text) => [side, -side].flatMap((way) => [0, 1, 2].map((row) =>
      ({ text, row, x: at + way * away[way], y: first + row * line, anchor: /** @type {Anchor} */ (way > 0 ? "start" : "end") }))));
    const clear = (/** @type {number[]} */ uprights) => spots.find(({ text, x, y, anchor }) =>
      this.words.clearOf(curve, text, x, y, anchor, uprights) && !this.words.taken(this.words.boxOf(text, x, y, anchor)));
    const spot = clear([bestAt]) ?? clear([]);
    if (!spot) return this.words.squeeze(this.sum, texts, spots[0]) ? 0 : -1;
    this.words.write(this.sum, spot.text, spot.x, spot.y, spot.anchor);
    return spot.row;
  }

  /**
   * The number of the gap beside its bracket, or as near to it as it lies on no curve.
   * @param {string} words
   * @param {Record<string, Points>} curves
   * @param {{ at: number, side: number, y: number, level: number }} bracket  where q stands, on which side of it the bracket,
   *   how high the middle of it, and the floor
   */
  #gap(words, { cost, cost_kl: kl }, { at, side, y, level }) {
    const { top, bottom } = this.chart.frame(), step = (LINE * this.chart.enlargement) / 2;
    const spot = (/** @type {number} */ x, /** @type {number} */ sign, /** @type {number} */ steps) =>
      ({ x, y: y + steps * step, anchor: /** @type {Anchor} */ (sign > 0 ? "start" : "end") });
    const beside = [0, -1, 1, -2, 2].map((steps) => spot(at + side * (AWAY + 6), side, steps));
    const around = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6].flatMap((steps) =>
      [spot(at + side * (AWAY + 6), side, steps), spot(at - side * (BAR / 2 + 6), -side, steps)]);
    const free = (/** @type {Place[]} */ places, /** @type {Points[]} */ lines, offFloor = false) => places.find(({ x, y: height, anchor }) => {
      const box = this.words.boxOf(words, x, height, anchor);
      return box.top > top && box.bottom < bottom && !this.words.taken(box) && !(offFloor && box.top < level && box.bottom > level)
        && lines.every((line) => this.words.clearOf(line, words, x, height, anchor, []));
    });
    const place = free(beside, [cost, kl], true) ?? free(beside, [cost]) ?? free(around, [cost, kl], true) ?? free(around, [cost]);
    if (place) this.words.write(this.gap, words, place.x, place.y, place.anchor);
    else this.words.squeeze(this.gap, [words], beside[0]);
  }

  /**
   * The name of the floor on the right, or as near to it as nothing crosses it: with all that is said of it where there is room.
   * @param {string} name
   * @param {StaticData} fixed
   * @param {Points} curve
   * @param {{ level: number, uprights: number[] }} places  where the floor lies, and where something upright stands
   */
  #floor(name, { atLeast, floorError }, curve, { level, uprights }) {
    const { words, names, chart } = this, line = LINE * chart.enlargement, inner = chart.frame().right - 6, above = level - 6, below = level + line - 2;
    // Of a bound it would not be true.
    const whole = atLeast ? [] : [[`${name}: no q costs less`, above]];
    const labels = /** @type {[string, number][]} */ ([...whole, ...[`${name}${floorError}`, name].flatMap((text) => [[text, above], [text, below]]), [name, above - line / 2], [name, above - line]]);
    for (const [text, y] of labels) {
      const wanted = { x: inner - words.boxOf(text, 0, 0, "start").right, y }, place = words.roomFor(text, [y], wanted, [curve], uprights);
      if (place) return words.write(names.floor, text, place.x, place.y, "start");
    }
    return words.squeeze(names.floor, [name], { x: inner - words.boxOf(name, 0, 0, "start").right, y: above });
  }

  /**
   * At the best σ² the two curves are equally steep: a line for either, which the one falls along as the other rises. What is
   * written of the best σ² says which, in the same colours.
   * @param {boolean} balanced
   * @param {Record<string, Points>} curves
   * @param {number} best
   */
  #slopes(balanced, { cost, cost_kl: kl, cost_best: mark }, best) {
    const { chart, slopes } = this, size = chart.enlargement, { left, top, right, bottom } = chart.frame();
    const { x } = cost, from = best - 1, to = best + 1, middle = chart.x(mark.x[0]), base = chart.y(mark.y[0]);
    const steep = (chart.y(kl.y[to]) - chart.y(kl.y[from])) / (chart.x(x[to]) - chart.x(x[from])), flat = 1 / Math.hypot(1, steep);
    // As long as the chart has room for on either side.
    const long = Math.min(TANGENT * size, (Math.min(middle - left, right - middle) - 2) / flat, (Math.min(base - top, bottom - base) - 2) / (Math.abs(steep) * flat));
    const seen = balanced && long > BAR * 1.5 * size, across = long * flat;
    slopes.forEach((line, i) => {
      const down = (i ? -1 : 1) * steep * across;
      set(line, { visibility: seen ? "inherit" : "hidden", ...(seen && { x1: middle - across, y1: base - down, x2: middle + across, y2: base + down }) });
    });
    // What is written later stays off both lines.
    for (const part of seen ? [-1, -0.6, 0.6, 1] : []) {
      for (const down of [steep, -steep]) {
        const [atX, atY] = [middle + part * across, base + part * down * across];
        this.words.keepFree({ left: atX - 4, right: atX + 4, top: atY - 4, bottom: atY + 4 });
      }
    }
  }

  /**
   * @param {Sweep} sweep
   * @param {StaticData} fixed
   * @param {Record<string, Points>} curves
   * @param {number[]} uprights  where something upright stands
   */
  #objective(sweep, { beta, costTop, unit }, { cost, cost_kl: kl, cost_objective: curve, cost_objective_best: mark }, uprights) {
    const { chart, names, objective } = this, { top, bottom } = chart.frame(), visibility = curve ? "inherit" : "hidden";
    for (const node of Object.values(objective)) set(node, { visibility });
    if (!curve) return this.words.erase(names.objective);
    const line = LINE * chart.enlargement, at = chart.x(mark.x[0]), seen = mark.y[0] <= costTop;
    // Where the lowest point is above the chart, its mark stands at the edge.
    set(objective.mark, { d: seen ? "" : `M${at},${top}l${BAR * 0.8},${BAR * 1.4}h${-BAR * 1.6}Z` });
    set(objective.line, { x1: at, x2: at, y1: top, y2: bottom });
    const best = bestSaid(sweep, mark.x[0], lowestOf(curve.y), curve.x.length), named = `${beta}·KL + lost: ${best}`, whole = `▲ best ${knobOf(sweep)} for ${named}`, high = `${mark.y[0].toFixed(1)} ${unit}`;
    const texts = seen ? [whole, `▲ ${named}`] : [`${whole}, at ${high} ↑`, `${whole} ↑`, `▲ ${named}, at ${high} ↑`, `▲ ${named} ↑`], y = seen ? chart.y(mark.y[0]) - 8 : top + line - 3;
    const rows = Array.from({ length: Math.floor((bottom - top) / line) - 1 }, (_, i) => top + line * (i + 2) - 3), curves = [cost, curve, kl];
    for (const text of texts) {
      const place = this.words.roomFor(text, [y, ...rows], { x: at + 10, y }, curves, [...uprights, at]);
      if (place) return this.words.write(names.objective, text, place.x, place.y, "start");
    }
    return this.words.squeeze(names.objective, [...texts.slice(1), `▲ β = ${beta}: ${best}`], { x: at + 10, y });
  }

  /**
   * The names of areas and curve, where there is room for them.
   * @param {Record<string, Points>} curves
   * @param {Box} frame
   * @param {(value: number) => number} up
   * @param {{ at: number, free: number, rows: number, equal: string, beta: number }} taken  where q stands; above what the floor's
   *   name does not reach; how many lines stand at the top; that the curve is of equal variances, while q's differ; and β
   */
  #name({ cost, cost_kl: kl, cost_objective: weighted, cost_objective_best: mark }, { top, bottom, left, right }, up, { at: now, free, rows, equal, beta }) {
    const { chart, names } = this, { x } = cost, width = right - left, size = chart.enlargement, line = LINE * size;
    /**
     * @param {SVGElement} node
     * @param {string} name
     * @param {number} wanted  where, as a part of the width
     * @param {(i: number) => [number, number]} area
     * @param {boolean} clear  whether no curve may lie in it
     */
    const place = (node, name, wanted, area, clear = false) => {
      const half = 4 * size * name.length;
      let found = -1, least = Infinity;
      x.forEach((value, i) => {
        const at = chart.x(value), [high, low] = area(i), away = Math.abs(at - left - wanted * width);
        if (at - half < left || at + half > right || Math.abs(at - now) < half + BAR || low - high < line + 4 || away >= least) return;
        const { left: start, right: end, ...lines } = this.words.boxOf(name, at, (high + low) / 2 + 5, "middle"), box = { left: start, right: end, ...lines };
        // Not beside other words either, as if it were one of them.
        if (this.words.taken({ left: start - APART * size, right: end + APART * size, ...lines }) || (clear && (this.words.crossed(cost, box, 0) || this.words.crossed(kl, box, 0)))) return;
        [found, least] = [i, away];
      });
      if (found < 0) return false;
      const [high, low] = area(found);
      this.words.write(node, name, chart.x(x[found]), (high + low) / 2 + 5, "middle");
      return true;
    };
    for (const node of [names.kl, names.lost, names.sum, names.equal, names.weighted]) this.words.erase(node);
    const ceiling = top + rows * line + 4;
    place(names.kl, NAMES.kl, 0.2, (i) => [Math.max(up(kl.y[i]), free + 2 * line), bottom]);
    const inLost = (/** @type {number} */ i) => /** @type {[number, number]} */ ([Math.max(up(cost.y[i]), ceiling), Math.min(up(kl.y[i]), free)]);
    const underFloor = (/** @type {number} */ i) => /** @type {[number, number]} */ ([Math.max(up(cost.y[i]), free + 2 * line), up(kl.y[i])]);
    const placed = [inLost, underFloor].some((area) => [NAMES.lost, "lost"].some((name) => place(names.lost, name, 0.8, area, true)));
    if (!placed) place(names.lost, NAMES.lost, 0.8, inLost);
    const above = (/** @type {number} */ i) => /** @type {[number, number]} */ ([chart.y(cost.y[i]) - 9 - line, chart.y(cost.y[i]) - 2]);
    const within = (/** @type {number} */ i) => above(i)[0] > ceiling - 9 && above(i)[1] < bottom ? above(i) : /** @type {[number, number]} */ ([0, 0]);
    // Where a curve is steep, beside it, on the side of what costs more: in two lines if need be.
    const lines = [cost, kl, ...(weighted ? [weighted] : [])], uprights = [now, ...(mark ? [chart.x(mark.x[0])] : [])];
    const beside = (/** @type {Points} */ curve, /** @type {[SVGElement, string][]} */ ...texts) => {
      const { x: across, y: down } = this.words.pixelsOf(curve), lowest = lowestOf(curve.y);
      const steep = [2, 1.2].flatMap((away) => across.map((at, i) =>
        /** @type {Place} */ ({ x: at + (i < lowest ? away : -away) * BAR * size, y: down[i] - (texts.length - 1) * line, anchor: i < lowest ? "start" : "end" })));
      const under = across.map((at, i) => /** @type {Place} */ ({ x: at, y: down[i] + line + 6, anchor: "middle" }));
      const found = [...steep, ...(curve === cost ? under : [])].find(({ x: at, y, anchor }) => texts.every(([, name], i) => {
        const level = y + i * line, box = this.words.boxOf(name, at, level, anchor);
        return box.top > top && box.bottom < bottom && lines.every((each) => this.words.clearOf(each, name, at, level, anchor, uprights)) && !this.words.taken(box);
      }));
      if (found) texts.forEach(([node, name], i) => this.words.write(node, name, found.x, found.y + i * line, found.anchor));
      return found !== undefined;
    };
    // A curve of equal variances is never named as if q, with others, lay on it.
    const whole = equal ? `${NAMES.sum} ${equal}` : NAMES.sum;
    const named = place(names.sum, whole, 0.12, within, true) || beside(cost, [names.sum, whole]) || (equal && beside(cost, [names.sum, NAMES.sum], [names.equal, equal]));
    const short = named || (equal && (place(names.sum, equal, 0.12, within, true) || beside(cost, [names.sum, equal])));
    if (!short && !equal) place(names.sum, whole, 0.12, within);
    if (weighted) beside(weighted, [names.weighted, `${beta}·KL + lost`]);
  }
}
