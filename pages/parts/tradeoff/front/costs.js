// @ts-check
// The moving layer of the chart of costs: what q pays at its σ², the bracket of its gap, and the names of all that is drawn.

import { find, setText } from "../../front/dom.js";
import { between, set, svg } from "../../front/svg.js";
import { scale as short } from "../../front/text.js";
import { printed } from "./printed.js";
import { equalOnly } from "./sweep.js";
import { firstBeyond, lowestOf, vertexOf } from "./vertex.js";

/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {{ x: number[], y: number[] }} Points */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

const BAR = 8, AWAY = 13, APART = 16; // pixels
const LINE = 17, LETTER = 6, ARROW = 34, LABEL = 150; // pixels, where type has its usual size
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

export class Costs {
  /** @type {Box[]} */
  #boxes = []; // of the words that are written already: none stands upon another
  /** @type {Map<Points, Points>} */
  #pixels = new Map(); // of the curves that are painted

  /** @param {Chart} chart */
  constructor(chart) {
    this.chart = chart;
    this.layer = svg("g", { class: "costs" }, chart.over);
    const text = (/** @type {string} */ name) => svg("text", { class: `flag ${name}` }, this.layer);
    const line = (/** @type {string} */ name) => svg("line", { class: name }, this.layer);
    this.best = line("best");
    this.slopes = ["kl", "lost"].map((name) => ({ arrow: svg("path", { class: `slope ${name}` }, this.layer), name: text(`${name} of-slope`) }));
    this.names = { kl: text("kl"), lost: text("lost"), sum: text("cost"), floor: text("evidence"), best: text("cost"), balance: text("cost of-slope"), objective: text("cost") };
    this.bars = { kl: svg("rect", { class: "paid kl" }, this.layer), lost: svg("rect", { class: "paid lost" }, this.layer) };
    this.bracket = svg("path", { class: "bracket" }, this.layer);
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
   * @returns {number}  where the upright line of q may begin
   */
  paint(sweep, k, fixed) {
    this.#boxes = [];
    this.#pixels.clear();
    const { chart } = this, line = LINE * chart.enlargement, frame = chart.frame(), { top, bottom, left, right } = frame, { atLeast, unit } = fixed;
    const curves = costCurves(sweep, fixed), { x } = curves.cost, ends = [x[0], x[x.length - 1]];
    const up = (/** @type {number} */ value) => Math.min(Math.max(chart.y(value), top), bottom);
    const { kl, reconstruction } = sweep.terms, lost = Math.max(fixed.bestReconstruction - reconstruction[k], 0);
    const cost = kl[k] + lost, floor = fixed.bestReconstruction - fixed.evidence, at = Math.min(Math.max(chart.x(sweep.scales[k]), left), right), outside = cost > fixed.costTop;
    set(this.bars.kl, between(at - BAR / 2, at + BAR / 2, up(kl[k]), bottom));
    set(this.bars.lost, between(at - BAR / 2, at + BAR / 2, up(cost), up(kl[k])));
    const numbers = printed(fixed, { reconstruction: reconstruction[k], kl: kl[k] }, 2), end = at > right - LABEL * chart.enlargement;
    const side = end ? -1 : 1, edge = at + side * AWAY, [high, low] = [up(cost), up(Math.min(floor, cost))];
    set(this.bracket, { d: `M${edge - 4 * side},${low}H${edge}V${high}H${edge - 4 * side}` });
    const best = lowestOf(curves.cost.y), [bestX] = curves.cost_best.x, bestAt = chart.x(bestX), many = bestX > Math.sqrt(ends[0] * ends[1]);
    const seen = best > 0 && best < x.length - 1 && chart.y(curves.cost.y[best]) > top;
    const first = top + line - 3, equal = fixed.beta === 1 && equalOnly(sweep), kind = equal ? "◆ best σ² if all are equal" : "◆ best σ²";
    const whose = fixed.beta === 1 ? " for this mean" : " for β = 1", words = `${kind}${equal ? "" : whose}: ${short(bestX)}`;
    const onward = Math.abs(at - bestAt) < BAR ? -side : Math.sign(bestAt - at), downhill = onward * Math.sign(curves.cost_kl.y[best - 1] - curves.cost_kl.y[best + 1]);
    const [klDoes, lostDoes] = verbs(downhill), balance = `KL ${klDoes} as fast as lost ${lostDoes}`;
    const balanced = seen && fixed.beta === 1, slopes = `${words}, where ${balance}`;
    const from = bestAt + (many ? -6 : 6), way = many ? "end" : "start";
    const uprights = high < first + BAR ? [at, edge] : [at]; // what stands in the first line
    // Beside its line, or where no curve crosses it: the mark in the chart stands before it.
    const beside = (/** @type {string[]} */ texts) => texts.find((text) => this.#clearOf(curves.cost, text, from, first, way, uprights));
    const room = (/** @type {number} */ y) => this.#roomFor(words, [y], { x: bestAt, y }, [curves.cost], uprights);
    const text = beside([balanced ? slopes : words, words]), place = text ? undefined : (room(first) ?? room(first + line)), brief = `${kind}: ${short(bestX)}`;
    this.names.balance.textContent = "";
    let said = text === slopes;
    if (place) {
      this.#write(this.names.best, words, place.x, place.y, "start");
      // Below its name, where there is room.
      const under = { x: place.x + 2 * LETTER * chart.enlargement, y: place.y + line };
      const free = balanced && this.#clearOf(curves.cost, `there ${balance}`, under.x, under.y, "start", uprights);
      if (free) this.#write(this.names.balance, `there ${balance}`, under.x, under.y, "start");
      said = free;
    } else {
      const known = text ?? beside([words.replace("best σ² ", "best ")]);
      const free = known ? undefined : this.#roomFor(brief, [0, 1, 2].map((row) => first + line * row), { x: bestAt, y: first }, [curves.cost], uprights);
      this.#write(this.names.best, known ?? brief, free?.x ?? from, free?.y ?? first, free ? "start" : way);
    }
    setText(this.balance, balanced && !said ? `At ◆ ${balance}.` : "");
    if (seen) this.#boxes.push({ left: bestAt - BAR, right: bestAt + BAR, top: chart.y(curves.cost_best.y[0]) - BAR, bottom: chart.y(curves.cost_best.y[0]) + BAR });
    // What leaves the panel leaves its number at the edge, below the name of the best σ² if that stands there.
    const sum = outside ? `↑ ${NAMES.sum} ${numbers.cost} ${unit}` : "", anchor = end ? "end" : "start", next = edge + 6 * side;
    const rows = [0, 1, 2].find((row) => !this.#taken(this.#boxOf(sum, next, first + row * line, anchor))) ?? 0;
    this.#write(this.sum, sum, next, first + line * rows, anchor);
    const middle = Math.max((high + low) / 2 + 5, first + line * (outside ? rows + 1 : 0));
    this.#write(this.gap, `gap ${atLeast}${numbers.gap}${outside ? " ↑" : ""}`, next, Math.min(middle, bottom - 4), anchor);
    this.#objective(fixed, curves, many, [at, edge]);
    // With another β its own curve has the balance.
    this.#slopes(balanced, curves, best, { way: onward, at });
    const level = `floor ${atLeast && "≈ "}${numbers.floor}${fixed.floorError}`, above = up(floor) - 6, inner = right - 6;
    // On the right, or as near to it as nothing crosses it.
    const clear = (/** @type {string} */ label, y = above) => this.#roomFor(label, [y], { x: inner - this.#boxOf(label, 0, 0, "start").right, y }, [curves.cost], [at, edge, bestAt]);
    const whole = clear(`${level}: no q costs less`), start = whole ?? clear(level) ?? clear(level, up(floor) + line - 2);
    this.#write(this.names.floor, whole ? `${level}: no q costs less` : level, start?.x ?? inner, start?.y ?? above, start ? "start" : "end");
    this.#name(curves, frame, up, { at, free: up(floor) - 2 * line, rows: (fixed.beta === 1 ? 1 : 2) + (outside ? 2 : 0) });
    // The upright lines of q and of the best σ² begin below what is written in the first line.
    const head = (/** @type {number} */ upright) => (this.#boxes.some((box) => box.left < upright + 2 && box.right > upright - 2 && box.top < top + 8) ? first + 6 : top);
    set(this.best, { x1: bestAt, x2: bestAt, y1: head(bestAt), y2: bottom });
    return head(at);
  }

  /**
   * At the best σ² the two curves are equally steep. An arrow for either, away from q: there the one rises as the other falls.
   * @param {boolean} balanced
   * @param {Record<string, Points>} curves
   * @param {number} best
   * @param {{ way: number, at: number }} place  1 to the right, −1 to the left; and where q stands
   */
  #slopes(balanced, { cost, cost_kl: kl, cost_best: mark }, best, { way, at }) {
    const { chart, slopes } = this, size = chart.enlargement, head = 5 * size, { left, top, right } = chart.frame();
    const { x } = cost, from = best - 1, to = best + 1, middle = chart.x(mark.x[0]), base = chart.y(mark.y[0]);
    const steep = (chart.y(kl.y[to]) - chart.y(kl.y[from])) / (chart.x(x[to]) - chart.x(x[from]));
    // Where the best σ² is near the upper edge, the arrow that rises and its name would leave the chart.
    const seen = balanced && base - (ARROW * size * Math.abs(steep)) / Math.hypot(1, steep) - 14 * size > top;
    for (const { arrow, name } of slopes) {
      set(arrow, { visibility: seen ? "inherit" : "hidden" });
      name.textContent = "";
    }
    if (!seen) return;
    slopes.forEach(({ arrow, name }, i) => {
      const rise = (i ? -1 : 1) * steep * way, length = (ARROW * size) / Math.hypot(1, rise), angle = Math.atan2(rise, way);
      const [endX, endY] = [middle + way * length, base + rise * length];
      const barb = (/** @type {number} */ turn) => `${endX - head * Math.cos(angle + turn)},${endY - head * Math.sin(angle + turn)}`;
      set(arrow, { d: `M${middle},${base}L${endX},${endY}M${barb(0.5)}L${endX},${endY}L${barb(-0.5)}` });
      const anchor = way > 0 ? "start" : "end", y = rise < 0 ? endY - 5 * size : endY + 13 * size;
      const found = [`${["KL", "lost"][i]} ${rise < 0 ? "rises" : "falls"}`, ["KL", "lost"][i]].map((words) => {
        const long = LETTER * size * words.length, start = way > 0 ? Math.min(endX, right - long - 2) : Math.max(endX, left + long + 2);
        return { words, start, box: this.#boxOf(words, start, y, anchor) };
      }).find(({ box }) => !this.#taken(box) && !this.#crossed(cost, box, -3) && (at < box.left - BAR || at > box.right + BAR));
      this.#write(name, found?.words ?? "", found?.start ?? 0, y, anchor);
    });
  }

  /**
   * @param {StaticData} fixed
   * @param {Record<string, Points>} curves
   * @param {boolean} many  whether there is more room on the left
   * @param {number[]} uprights  where something upright stands
   */
  #objective({ beta, costTop }, { cost, cost_kl: kl, cost_objective: curve, cost_objective_best: mark }, many, uprights) {
    const { chart, names } = this, { top } = chart.frame();
    if (!curve) return this.#write(names.objective, "", 0, 0, "start");
    const { bottom } = chart.frame(), line = LINE * chart.enlargement, at = chart.x(mark.x[0]), seen = mark.y[0] <= costTop;
    const words = `${seen ? "▲" : "↑"} best σ² for β = ${beta}: ${short(mark.x[0])}`, y = seen ? chart.y(mark.y[0]) - 8 : top + 2 * line - 3;
    const rows = Array.from({ length: Math.floor((bottom - top) / line) - 1 }, (_, i) => top + line * (i + 2) - 3);
    const place = this.#roomFor(words, [y, ...rows], { x: at + 10, y }, [cost, curve, kl], seen ? [...uprights, at] : uprights);
    if (place) return this.#write(names.objective, words, place.x, place.y, "start");
    return this.#write(names.objective, words, at + (many ? -10 : 10), y, many ? "end" : "start");
  }

  /**
   * Where words can begin so that nothing crosses them, as near as possible to a place; undefined where they cannot.
   * @param {string} words
   * @param {number[]} lines  on which they may stand
   * @param {{ x: number, y: number }} wanted
   * @param {Points[]} curves
   * @param {number[]} uprights
   */
  #roomFor(words, lines, wanted, curves, uprights) {
    const { left, right } = this.chart.frame(), long = this.#boxOf(words, 0, 0, "start").right, free = Math.floor((right - left - 12 - long) / 12);
    const starts = Array.from({ length: Math.max(free + 1, 0) }, (_, i) => left + 6 + 12 * i);
    const far = (/** @type {{ x: number, y: number }} */ at) => Math.hypot(at.x - wanted.x, at.y - wanted.y);
    return lines.flatMap((y) => starts.map((x) => ({ x, y }))).toSorted((a, b) => far(a) - far(b)).find(({ x, y }) =>
      curves.every((curve) => this.#clearOf(curve, words, x, y, "start", uprights)) && !this.#taken(this.#boxOf(words, x, y, "start")));
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
        const { left: start, right: end, ...lines } = this.#boxOf(name, at, (high + low) / 2 + 5, "middle"), box = { left: start, right: end, ...lines };
        // Not beside other words either, as if it were one of them.
        if (this.#taken({ left: start - APART * size, right: end + APART * size, ...lines }) || (clear && (this.#crossed(cost, box, 0) || this.#crossed(kl, box, 0)))) return;
        [found, least] = [i, away];
      });
      if (found < 0) return false;
      const [high, low] = area(found);
      this.#write(node, name, chart.x(x[found]), (high + low) / 2 + 5, "middle");
      return true;
    };
    for (const node of [names.kl, names.lost, names.sum]) node.textContent = "";
    const ceiling = top + rows * line + 4;
    place(names.kl, NAMES.kl, 0.2, (i) => [Math.max(up(kl.y[i]), free + 2 * line), bottom]);
    const inLost = (/** @type {number} */ i) => /** @type {[number, number]} */ ([Math.max(up(cost.y[i]), ceiling), Math.min(up(kl.y[i]), free)]);
    const underFloor = (/** @type {number} */ i) => /** @type {[number, number]} */ ([Math.max(up(cost.y[i]), free + 2 * line), up(kl.y[i])]);
    const placed = [inLost, underFloor].some((area) => [NAMES.lost, "lost"].some((name) => place(names.lost, name, 0.8, area, true)));
    if (!placed) place(names.lost, NAMES.lost, 0.8, inLost);
    const above = (/** @type {number} */ i) => /** @type {[number, number]} */ ([chart.y(cost.y[i]) - 9 - line, chart.y(cost.y[i]) - 2]);
    const within = (/** @type {number} */ i) => above(i)[0] > ceiling - 9 && above(i)[1] < bottom ? above(i) : /** @type {[number, number]} */ ([0, 0]);
    if (place(names.sum, NAMES.sum, 0.12, within, true)) return;
    // Where the curve is steep, beside it, on the side of what costs more.
    const { x: across, y: down } = this.#pixelsOf(cost), lowest = lowestOf(cost.y);
    const beside = across.map((at, i) => /** @type {const} */ ({ x: at + (i < lowest ? 2 : -2) * BAR * size, y: down[i], anchor: i < lowest ? "start" : "end" }))
      .find(({ x: at, y, anchor }) => y > ceiling + line && this.#clearOf(cost, NAMES.sum, at, y, anchor, [now]) && !this.#taken(this.#boxOf(NAMES.sum, at, y, anchor)));
    if (beside) this.#write(names.sum, NAMES.sum, beside.x, beside.y, beside.anchor);
    else place(names.sum, NAMES.sum, 0.12, within);
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
    if (words) this.#boxes.push(this.#boxOf(words, x, y, anchor));
  }

  /**
   * Whether words stay inside the chart, no point of a curve lies in them, and nothing upright does.
   * @param {Points} curve
   * @param {string} words
   * @param {number} at
   * @param {number} y
   * @param {Anchor} anchor
   * @param {number[]} uprights  where something upright stands
   */
  #clearOf(curve, words, at, y, anchor, uprights) {
    const { left: first, right: last } = this.chart.frame(), box = this.#boxOf(words, at, y, anchor);
    return box.left > first && box.right < last && !this.#crossed(curve, box, 4) && !uprights.some((x) => x > box.left - 5 && x < box.right + 5);
  }

  /**
   * @param {Points} curve
   * @param {Box} box
   * @param {number} margin  how near to the box a point of the curve must not be
   */
  #crossed(curve, { left, right, top, bottom }, margin) {
    const { x, y } = this.#pixelsOf(curve);
    for (let i = firstBeyond(x, left - margin); x[i] < right + margin; i++) {
      if (y[i] > top - margin && y[i] < bottom + margin) return true;
    }
    return false;
  }

  /** @param {Points} curve */
  #pixelsOf(curve) {
    const known = this.#pixels.get(curve), { chart } = this;
    if (known) return known;
    const found = { x: curve.x.map((value) => chart.x(value)), y: curve.y.map((value) => chart.y(value)) };
    this.#pixels.set(curve, found);
    return found;
  }

  /** @param {Box} box */
  #taken(box) {
    return this.#boxes.some(({ left, right, top, bottom }) => left < box.right + 4 && right > box.left - 4 && top < box.bottom && bottom > box.top);
  }

  /**
   * About where words stand.
   * @param {string} words
   * @param {number} x
   * @param {number} y  of the base line
   * @param {Anchor} anchor
   * @returns {Box}
   */
  #boxOf(words, x, y, anchor) {
    const { enlargement } = this.chart, length = LETTER * enlargement * words.length, left = x - { start: 0, middle: length / 2, end: length }[anchor];
    return { left, right: left + length, top: y - (LINE - 4) * enlargement, bottom: y + 4 * enlargement };
  }
}

/** @typedef {"start" | "middle" | "end"} Anchor */

/**
 * What KL and reconstruction lost do at the best σ².
 * @param {number} downhill  above 0 where KL falls
 */
const verbs = (downhill) => (downhill > 0 ? ["falls", "rises"] : ["rises", "falls"]);
