// @ts-check
// What q costs, divided in two ways: reconstruction lost and KL, floor and gap. Two bars of equal length beside the chart of
// costs, on its scale, which no movement of q changes; and the gap by its causes, mean, width and shape, each by its name:
// beside the bar with a line to its share, however thin, and in the table below. A bar that leaves the scale is torn: of the gap
// every share, with its number under its name, so that what is seen keeps their proportions; and KL too, where it would leave
// the lost that is torn hardly any room.

import { enlargement, find, make, setText } from "../../front/dom.js";
import { between, set, svg } from "../../front/svg.js";
import { shown } from "../../front/text.js";
import { atMost, printed, printedShares, rounded } from "./printed.js";

/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./printed.js").Shares} Shares */
/** @typedef {{ reconstruction: number, kl: number, elbo: number }} Terms */
/** @typedef {{ top: number, bottom: number }} Frame  the chart's, in pixels from its upper edge */
/** @typedef {{ name: string, text: string, from: number, to: number }} Segment  of a bar, from the bottom, in the unit of the numbers */

const LETTER = 7, LINE = 16, APART = 8, WIDEST = 120, NAMES = 48, NAME = 13, DIGITS = 2; // pixels, where type has its usual size; digits after the point
const LEAST = 0.005; // less than the screen prints
const TEAR = { from: 5, step: 7, high: 4 }; // pixels: below the edge, of a tooth
const MOST = 0.4; // of a torn bar's height, for KL: unless it is more of the sum
const THIN = 6; // pixels: in a lower share its pattern cannot be seen
const BEFORE = { top: 8, bottom: 130 }; // the frame before there is a chart, and where there is none beside the bars
const PARTS = /** @type {const} */ (["shape", "mean", "width"]); // from the floor upwards: the width's goes first
const ROWS = /** @type {const} */ (["mean", "width", "shape"]); // mean and width are what another q has not

export class Bars {
  #width = 0;
  #bottom = 0; // of the chart's frame, for which the bars were laid out
  #scale = 1; // how much larger than usual the type is
  #frame = BEFORE; // where the bars are drawn

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} chart  beside which the bars stand
   */
  constructor(panel, chart) {
    this.panel = panel;
    this.chart = chart;
    this.svg = find(panel, "svg");
    this.how = find(panel, ".panel-title .how");
    this.#patterns();
    const bar = (/** @type {string} */ name) => svg("rect", { class: name }, this.svg);
    this.rects = { kl: bar("kl"), lost: bar("lost"), floor: bar("floor"), shape: bar("gap shape"), mean: bar("gap mean"), width: bar("gap width") };
    this.floor = svg("line", { class: "level" }, this.svg);
    this.zero = svg("line", { class: "zero" }, this.svg);
    const tear = () => svg("path", { class: "tear" }, this.svg);
    this.tears = { lost: tear(), kl: tear(), shares: PARTS.map(tear) };
    this.labels = Array.from({ length: 4 }, () => svg("text", {}, this.svg));
    this.names = PARTS.map((share) => ({ share, leader: svg("path", { class: "leader" }, this.svg), text: svg("text", { class: "share" }, this.svg) }));
    const body = find(panel, ".shares tbody");
    this.rows = ROWS.map((name) => {
      const row = make("tr"), head = make("th", { scope: "row" }), label = make("span", { tabIndex: 0 }), value = make("td"), cause = make("td", { className: "cause" }), whose = make("span", { tabIndex: 0 });
      label.dataset.term = `${name}-share`;
      cause.append(whose);
      head.append(make("span", { className: `swatch part ${name}` }), label);
      row.append(head, value, cause);
      body.append(row);
      return { name, row, label, value, cause, whose };
    });
    this.sizes = new ResizeObserver(() => {
      this.#width = 0;
    });
    for (const node of [this.svg, chart]) this.sizes.observe(node);
  }

  // The shares of the gap differ in their patterns too, where they are high enough for one.
  #patterns() {
    const all = svg("defs", {}, this.svg);
    const stripes = svg("pattern", { id: "elbo-room-width", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, all);
    svg("rect", { width: 6, height: 6, class: "ground" }, stripes);
    svg("rect", { width: 2, height: 6, class: "stripe" }, stripes);
    const dots = svg("pattern", { id: "elbo-room-shape", width: 6, height: 6, patternUnits: "userSpaceOnUse" }, all);
    svg("rect", { width: 6, height: 6, class: "ground" }, dots);
    svg("circle", { cx: 3, cy: 3, r: 1.4, class: "stripe" }, dots);
  }

  /**
   * @param {StaticData} fixed
   * @param {Terms} terms
   * @param {{ source: string, bestAboutMean: number | null, chart: import("../../front/chart.js").Chart | null }} state  where q
   *   comes from; the largest ELBO about its mean, once it is known; and the chart beside which the bars stand
   */
  paint(fixed, terms, { source, bestAboutMean, chart }) {
    const frame = chart?.ready() ? chart.frame() : BEFORE;
    if (!this.#measure(frame)) return;
    const { unit, atLeast } = fixed, texts = printed(fixed, terms, DIGITS), numbers = rounded(fixed, terms, DIGITS);
    const { bottom, top } = this.#frame, height = bottom - top;
    const up = (/** @type {number} */ value) => bottom - (height * value) / fixed.costTop;
    const lost = Math.max(fixed.bestReconstruction - terms.reconstruction, 0), cost = terms.kl + lost;
    const floor = Math.min(fixed.bestReconstruction - fixed.evidence, cost);
    const known = sharesOf(fixed, terms, bestAboutMean), shape = fixed.bestTerms ? rounded(fixed, fixed.bestTerms, DIGITS).gap : undefined, left = Math.min(Math.max(fixed.approximation, 0), cost - floor);
    // Until the shares of mean and width are known, they are one.
    const shares = known ?? { mean: cost - floor - left, width: 0, shape: left }, wide = Math.min((this.#width - APART - NAMES * this.#scale) / 2, WIDEST * this.#scale), second = wide + APART;
    const torn = up(cost) < top - 0.5, kl = torn ? Math.min(terms.kl, Math.max(terms.kl / cost, MOST) * fixed.costTop) : terms.kl; // as far up as it is drawn
    setText(this.how, `${torn ? "↑ " : ""}${texts.cost} ${unit}`);
    this.#bar(0, 0, wide, up, top, [
      { name: "kl", text: `KL ${texts.kl}`, from: 0, to: kl }, { name: "lost", text: `lost ${texts.lost}`, from: kl, to: cost }]);
    this.#bar(2, second, wide, up, top, [
      { name: "evidence", text: `floor ${atMost(atLeast)}${texts.floor}`, from: 0, to: floor }, { name: "gap", text: `gap ${atLeast}${texts.gap}`, from: floor, to: cost }]);
    const parts = printedShares(shares, numbers.gap, DIGITS, shape);
    const clear = this.#rects(shares, parts, { kl, cost, floor, second, wide }, up, known !== null);
    if (torn) set(this.labels[3], { y: clear + 5 * this.#scale }); // not over a tear
    set(this.tears.lost, { d: torn ? tearAlong(0, wide, top + TEAR.from) : "" });
    set(this.tears.kl, { d: kl < terms.kl ? tearAlong(0, wide, up(kl) + TEAR.from) : "" });
    set(this.floor, { x1: 0, x2: second + wide, y1: up(floor), y2: up(floor) });
    set(this.zero, { x1: 0, x2: second + wide, y1: bottom, y2: bottom });
    this.#causes(fixed, parts, { source, known: known !== null });
  }

  /**
   * As wide as the panel, and as high as the chart's frame reaches; false while nothing can be seen.
   * @param {Frame} frame
   */
  #measure({ top, bottom }) {
    if (this.#width && bottom === this.#bottom) return true;
    this.#bottom = bottom;
    this.#width = this.svg.clientWidth;
    if (!this.#width) return false;
    this.#scale = enlargement();
    const offset = this.chart.getBoundingClientRect().top - this.svg.getBoundingClientRect().top;
    // On a narrow page the one stands below the other.
    this.#frame = Math.abs(offset) < bottom / 2 ? { top: top + offset, bottom: bottom + offset } : BEFORE;
    set(this.svg, { height: Math.ceil(this.#frame.bottom + LINE * this.#scale + 2) });
    return true;
  }

  /**
   * @param {Shares} shares
   * @param {Shares} printedParts  the same as they are printed
   * @param {{ kl: number, cost: number, floor: number, second: number, wide: number }} places
   * @param {(value: number) => number} height  also above the chart
   * @param {boolean} known  whether mean and width are known apart
   * @returns {number}  the middle of the share that is the largest
   */
  #rects(shares, printedParts, { kl, cost, floor, second, wide }, height, known) {
    const { rects } = this, up = (/** @type {number} */ value) => Math.max(height(value), this.#frame.top);
    set(rects.kl, between(0, wide, up(kl), up(0)));
    set(rects.lost, between(0, wide, up(cost), up(kl)));
    set(rects.floor, between(second, second + wide, up(floor), up(0)));
    const size = this.#scale, line = NAME * size, beside = second + wide, top = this.#frame.top;
    const torn = height(cost) < top - 0.5, upGap = (/** @type {number} */ value) => (torn ? up(floor) - ((up(floor) - top) * (value - floor)) / (cost - floor) : up(value));
    let from = floor, below = Infinity, largest = 0, clear = 0; // below: where the last name stands
    this.names.forEach(({ share, leader, text }, i) => {
      const to = share === "width" && shares.width > 0 ? cost : Math.min(from + Math.max(shares[share], 0), cost), high = upGap(to), low = upGap(from);
      set(rects[share], { ...between(second, second + wide, high, low), class: `gap ${share}${low - high < THIN ? " thin" : ""}` });
      if (low - high > largest) [largest, clear] = [low - high, (high + low) / 2];
      // Where the floor is above the chart, all shares have their names at its edge.
      const above = low <= top && to - from >= LEAST, cut = torn && (above || low - high >= 2 * TEAR.from);
      from = to;
      const seen = (low - high >= 1 || above) && (known || share === "shape"), middle = (high + low) / 2, at = Math.min(middle, below - (torn ? 2 : 1) * line);
      set(this.tears.shares[i], { d: cut && !above ? tearAlong(second, wide, high + TEAR.from) : "" });
      text.textContent = seen ? share : "";
      if (seen && torn) svg("tspan", { x: beside + 8 * size, dy: line }, text).textContent = shown(printedParts[share], DIGITS);
      set(leader, { d: seen ? `M${beside - 3},${middle}H${beside + 2}L${beside + 6 * size},${at}` : "" });
      set(text, { x: beside + 8 * size, y: at + 4 * size });
      if (seen) below = at;
    });
    return clear;
  }

  /**
   * The numbers of a bar: within its parts where there is room, otherwise above it or below.
   * @param {number} first  which labels it has
   * @param {number} left
   * @param {number} wide
   * @param {(value: number) => number} up
   * @param {number} top  of the panel
   * @param {[Segment, Segment]} segments
   */
  #bar(first, left, wide, up, top, segments) {
    const line = LINE * this.#scale, letter = LETTER * this.#scale;
    const outside = up(segments[1].to) < top - 0.5, over = Math.max(up(segments[1].to), top);
    segments.forEach(({ name, text, from, to }, i) => {
      const high = Math.max(up(to), top), low = up(from), label = this.labels[first + i], cut = up(to) < top - 0.5;
      const room = low - high >= line && wide > letter * text.length, inside = room || (outside && i === 1);
      const y = room ? (high + low) / 2 + 5 * this.#scale : i === 0 ? up(0) + line - 2 : outside ? top + TEAR.from + line : over - 4;
      // Of a bar that is torn the number alone if the name has no room.
      label.textContent = `${outside && i === 1 && wide < 0.9 * letter * (text.length + 2) ? text.split(" ").at(-1) : text}${cut ? " ↑" : ""}`;
      set(label, { x: left + wide / 2, y, "text-anchor": "middle", class: inside ? `inside ${name}` : name });
    });
  }

  /**
   * The gap by its causes.
   * @param {StaticData} fixed
   * @param {Shares} parts  as they are printed
   * @param {{ source: string, known: boolean }} state  where q comes from; whether mean and width are known apart
   */
  #causes({ atLeast, beta }, parts, { source, known }) {
    const best = parts.mean + parts.width;
    const encoders = source === "encoder", own = beta === 1, amount = shown(best, DIGITS);
    // What the best q saves has the same words for every q; of the encoder's it has a name too.
    const saves = encoders && !own ? `amortisation gap\u00a0${amount}` : `${encoders ? "amortisation gap: " : ""}best\u00a0q${own ? "\u00a0" : " (β\u00a0=\u00a01) "}saves\u00a0${amount}`;
    for (const { name, row, label, value, cause, whose } of this.rows) {
      row.hidden = !known && name === "width";
      setText(label, !known && name === "mean" ? "mean,\nwidth" : name);
      setText(value, `${name === "shape" ? atLeast : ""}${shown(parts[name], DIGITS)}`);
      cause.rowSpan = name === "mean" && known ? 2 : 1;
      cause.hidden = name === "width";
      whose.dataset.term = name === "shape" ? "approximation" : encoders ? "amortisation" : "best";
      setText(whose, name === "shape" ? "approximation gap" : saves);
    }
  }

  close() {
    this.sizes.disconnect();
  }
}

/**
 * A line of teeth across a bar.
 * @param {number} left
 * @param {number} wide
 * @param {number} y
 */
function tearAlong(left, wide, y) {
  const teeth = Math.max(Math.round(wide / TEAR.step / 2), 1), step = wide / teeth / 2;
  return `M${left},${y}${`l${step},${-TEAR.high}l${step},${TEAR.high}`.repeat(teeth)}`;
}

/**
 * First the variances are refitted about this mean: the width's share. What a better mean then gains is the mean's, and what
 * even the best q leaves is the shape's.
 * @param {StaticData} fixed
 * @param {Terms} terms
 * @param {number | null} bestAboutMean
 * @returns {Shares | null}
 */
export function sharesOf({ bestElbo, evidence }, { elbo }, bestAboutMean) {
  if (bestAboutMean == null) return null;
  const refitted = Math.max(bestAboutMean, elbo), best = Math.max(bestElbo, refitted);
  return { mean: best - refitted, width: refitted - elbo, shape: Math.max(evidence - best, 0) };
}
