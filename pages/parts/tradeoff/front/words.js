// @ts-check
// Words in a chart: each is written where no curve, nothing upright and no other word stands.

import { set } from "../../front/svg.js";
import { firstBeyond } from "./vertex.js";

/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {{ x: number[], y: number[] }} Points */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */
/** @typedef {"start" | "middle" | "end"} Anchor */
/** @typedef {{ x: number, y: number, anchor: Anchor }} Place */

// Pixels, where type has its usual size.
export const LINE = 17;
export const LETTER = 6;

export class Words {
  /** @type {Box[]} */
  #boxes = []; // of what is written already
  /** @type {Map<Points, Points>} */
  #pixels = new Map(); // of the curves that are painted

  /** @type {Map<SVGElement, Box>} */
  #boxOf = new Map(); // of what each node says
  #frame = { left: 0, right: 0 }; // of the chart

  /** @param {Chart} chart */
  constructor(chart) {
    this.chart = chart;
  }

  /**
   * Everything is written anew but what these nodes say.
   * @param {SVGElement[]} kept
   */
  clear(kept) {
    this.#frame = this.chart.frame();
    this.#boxes = kept.flatMap((node) => this.#boxOf.get(node) ?? []);
    this.#pixels.clear();
  }

  /**
   * Nothing is written here.
   * @param {Box} box
   */
  keepFree(box) {
    this.#boxes.push(box);
  }

  /**
   * @param {SVGElement} node
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {Anchor} anchor
   */
  write(node, words, x, y, anchor) {
    node.textContent = words;
    set(node, { x, y, "text-anchor": anchor });
    this.#boxOf.delete(node);
    if (!words) return;
    const box = this.boxOf(words, x, y, anchor);
    this.#boxOf.set(node, box);
    this.#boxes.push(box);
  }

  /** @param {SVGElement} node */
  erase(node) {
    this.write(node, "", 0, 0, "start");
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
  clearOf(curve, words, at, y, anchor, uprights) {
    const { left: first, right: last } = this.#frame, box = this.boxOf(words, at, y, anchor);
    return box.left > first && box.right < last && !uprights.some((x) => x > box.left - 5 && x < box.right + 5) && !this.crossed(curve, box, 4);
  }

  /**
   * Where words can begin so that nothing crosses them, as near as possible to a place; undefined where they cannot.
   * @param {string} words
   * @param {number[]} lines  on which they may stand
   * @param {{ x: number, y: number }} wanted
   * @param {Points[]} curves
   * @param {number[]} uprights
   * @param {(box: Box) => boolean} fits  what else is asked of the place
   */
  roomFor(words, lines, wanted, curves, uprights, fits = () => true) {
    const { left, right } = this.#frame, long = this.boxOf(words, 0, 0, "start").right, free = Math.floor((right - left - 12 - long) / 12);
    const starts = Array.from({ length: Math.max(free + 1, 0) }, (_, i) => left + 6 + 12 * i);
    const far = (/** @type {{ x: number, y: number }} */ at) => Math.hypot(at.x - wanted.x, at.y - wanted.y);
    return lines.flatMap((y) => starts.map((x) => ({ x, y }))).toSorted((a, b) => far(a) - far(b)).find(({ x, y }) =>
      curves.every((curve) => this.clearOf(curve, words, x, y, "start", uprights)) && !this.taken(this.boxOf(words, x, y, "start")) && fits(this.boxOf(words, x, y, "start")));
  }

  /**
   * Where the first of some words can stand if nothing else has room: on curves and lines, but upon no other words.
   * @param {string[]} texts  from the longest to the shortest
   * @param {{ x: number, y: number }} wanted
   * @returns {{ text: string, x: number, y: number } | undefined}
   */
  anywhere(texts, wanted) {
    const { top, bottom } = this.chart.frame(), { top: high, bottom: low } = this.boxOf("", 0, 0, "start"), step = LINE / 2;
    const lines = Array.from({ length: Math.max(Math.floor((bottom - low - top + high) / step), 0) }, (_, i) => top - high + i * step);
    for (const text of texts) {
      const place = this.roomFor(text, lines, wanted, [], []);
      if (place) return { text, ...place };
    }
    return undefined;
  }

  /**
   * Write words where they have room if need be, or not at all.
   * @param {SVGElement} node
   * @param {string[]} texts  from the longest to the shortest
   * @param {{ x: number, y: number }} wanted
   */
  squeeze(node, texts, wanted) {
    const place = this.anywhere(texts, wanted);
    if (place) this.write(node, place.text, place.x, place.y, "start");
    else this.erase(node);
    return place;
  }

  /**
   * @param {Points} curve
   * @param {Box} box
   * @param {number} margin  how near to the box a point of the curve must not be
   */
  crossed(curve, { left, right, top, bottom }, margin) {
    const { x, y } = this.pixelsOf(curve);
    for (let i = firstBeyond(x, left - margin); x[i] < right + margin; i++) {
      if (y[i] > top - margin && y[i] < bottom + margin) return true;
    }
    return false;
  }

  /** @param {Points} curve */
  pixelsOf(curve) {
    const known = this.#pixels.get(curve), { chart } = this;
    if (known) return known;
    const found = { x: curve.x.map((value) => chart.x(value)), y: curve.y.map((value) => chart.y(value)) };
    this.#pixels.set(curve, found);
    return found;
  }

  /** @param {Box} box */
  taken(box) {
    return this.#boxes.some(({ left, right, top, bottom }) => left < box.right + 4 && right > box.left - 4 && top < box.bottom && bottom > box.top);
  }

  /**
   * Where an upright line may begin: below the words that stand at the top of the chart, line under line.
   * @param {number} upright
   * @param {number} top
   */
  headOf(upright, top) {
    const at = this.#boxes.filter((box) => box.left < upright + 2 && box.right > upright - 2).toSorted((a, b) => a.top - b.top);
    return at.reduce((head, box) => (box.top < head + 8 ? Math.max(head, box.bottom + 2) : head), top);
  }

  /**
   * About where words stand.
   * @param {string} words
   * @param {number} x
   * @param {number} y  of the base line
   * @param {Anchor} anchor
   * @returns {Box}
   */
  boxOf(words, x, y, anchor) {
    const { enlargement } = this.chart, length = LETTER * enlargement * words.length, left = x - { start: 0, middle: length / 2, end: length }[anchor];
    return { left, right: left + length, top: y - (LINE - 4) * enlargement, bottom: y + 4 * enlargement };
  }
}
