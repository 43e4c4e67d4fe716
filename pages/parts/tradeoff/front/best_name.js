// @ts-check
// The name of the best σ² in the chart of costs: at its upright line, or away from it at the end of a leader.

import { find, setText } from "../../front/dom.js";
import { set, svg } from "../../front/svg.js";
import { LETTER, LINE } from "./words.js";

/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {import("./words.js").Box} Box */
/** @typedef {import("./words.js").Points} Points */
/** @typedef {import("./words.js").Words} Words */

/**
 * Where the best σ² lies and what stands beside it, in pixels.
 * @typedef {object} Places
 * @property {number} at  where it lies
 * @property {number} first  the first line of words
 * @property {boolean} many  whether there is more room on the left of it
 * @property {number[]} uprights  where something upright stands in the first line
 * @property {{ x: number, y: number }} bar  the top of q's bar
 * @property {number} lowest  how high the curve is there
 * @property {Points} below  the curve under it
 */

const BESIDE = 6, NEAR = 150; // pixels between the line and its name, and from the slopes to theirs
const NARROW = 360; // pixels: such a chart is a phone's, which has a line for it below
const CLEAR = { across: 38, up: 22 }; // pixels about the best σ² that its slopes take

export class BestName {
  /**
   * @param {Chart} chart
   * @param {Words} words  what is written in the chart
   * @param {{ name: SVGElement, balance: SVGElement, leader: SVGElement }} nodes
   */
  constructor(chart, words, nodes) {
    this.chart = chart;
    this.words = words;
    this.nodes = nodes;
    this.below = find(chart.panel, ".balance"); // what the chart has no room for
  }

  /** What is written: it keeps its place while q moves. */
  get texts() {
    return [this.nodes.name, this.nodes.balance];
  }

  /**
   * Write the name, and how the slopes are balanced there if that goes on where the name ends.
   * @param {{ knob: string, others: string, variance: string, equal: string, balance: string }} said  what the slider moves, and what
   *   the other dimensions do; its best value; that all dimensions share it, while q's do not; and how the slopes are balanced, empty
   *   where they are not
   * @param {number} beta
   * @param {Points} curve
   * @param {Places} places
   */
  write({ knob, others, variance, equal, balance }, beta, curve, places) {
    const { words, nodes } = this, { at, first, many, uprights } = places, size = this.chart.enlargement;
    const condition = beta !== 1 ? " for β = 1" : others ? `, ${others}` : " for this mean", which = equal ? `best equal ${knob}` : `best ${knob}`;
    const name = `${which}${condition}: ${variance}`;
    const briefs = [`${which}${beta === 1 ? "" : ", β = 1"}: ${variance}`, ...(beta === 1 ? [] : [`best, β = 1: ${variance}`])];
    const whole = `${name}, where ${balance}`;
    const from = at + (many ? -BESIDE : BESIDE), way = many ? "end" : "start";
    const text = [...(balance ? [whole] : []), name].find((longer) =>
      words.clearOf(curve, longer, from, first, way, uprights) && !words.taken(words.boxOf(longer, from, first, way)));
    let told = text === whole;
    words.erase(nodes.balance);
    set(nodes.leader, { visibility: "hidden" });
    if (text) {
      words.write(nodes.name, text, from, first, way);
      if (told) tint(nodes.name);
    } else {
      const place = this.#away([name, ...briefs], curve, places);
      if (!place) {
        words.erase(nodes.name);
        return setText(this.below, `◆ ${name}${balance && `, where ${balance}`}.`);
      }
      words.write(nodes.name, place.text, place.x, place.y, "start");
      const y = place.y + LINE * size, under = balance ? words.roomFor(`where ${balance}`, [y], { x: place.x, y }, [curve], uprights) : undefined;
      told = under !== undefined && Math.abs(under.x - place.x) < 2 * LETTER * size;
      if (under && told) {
        words.write(nodes.balance, `where ${balance}`, under.x, y, "start");
        tint(nodes.balance);
      }
    }
    const { left, right } = this.chart.frame(), briefer = balance.replace(" as fast as", ",");
    if (balance && !told && right - left > NARROW) told = [balance, briefer].some((slopes) => this.#slopes(`slopes: ${slopes}`, curve, places));
    return setText(this.below, balance && !told ? `At ◆ ${balance}.` : "");
  }

  /**
   * How the slopes are balanced, somewhere beside them: whether there is room.
   * @param {string} text
   * @param {Points} curve
   * @param {Places} places
   */
  #slopes(text, curve, { at, first, uprights, bar, lowest, below }) {
    const { words, nodes } = this, size = this.chart.enlargement, step = LINE * size, half = (LETTER * size * text.length) / 2;
    const { bottom } = this.chart.frame(), lines = Array.from({ length: Math.max(Math.floor((bottom - 4 - first) / step) + 1, 0) }, (_, i) => first + i * step);
    const place = words.roomFor(text, lines, { x: at - half, y: lowest }, [curve, below], [...uprights, bar.x], (box) => {
      const across = Math.max(box.left - at, at - box.right, 0), up = Math.max(box.top - lowest, lowest - box.bottom, 0);
      return (across > CLEAR.across * size || up > CLEAR.up * size) && Math.hypot(across, up) < NEAR * size;
    });
    if (!place) return false;
    words.write(nodes.balance, text, place.x, place.y, "start");
    tint(nodes.balance);
    return true;
  }

  /**
   * Where the first of some names has room: over the upright line, or as near to it as a leader reaches it. If nowhere else, the
   * leader passes behind q's bar.
   * @param {string[]} texts  from the longest to the shortest
   * @param {Points} curve
   * @param {Places} places
   * @returns {{ text: string, x: number, y: number } | undefined}
   */
  #away(texts, curve, { at, first, uprights, bar }) {
    const { words } = this, line = LINE * this.chart.enlargement;
    const fits = (/** @type {boolean} */ behind) => (/** @type {Box} */ box) => {
      const lead = leaderTo(box, at);
      // The upright line begins below the first line of words only.
      if (!lead) return box.bottom < first + line || box.left > at || box.right < at;
      return !words.taken(lead) && (behind || bar.x < lead.left || bar.x > lead.right || bar.y > lead.bottom + BESIDE);
    };
    const rows = [0, 1, 2], tries = [false, true].flatMap((behind) => texts.flatMap((text) => rows.map((row) => ({ text, row, behind }))));
    for (const { text, row, behind } of tries) {
      const y = first + row * line, wanted = { x: at - words.boxOf(text, 0, 0, "start").right / 2, y };
      const place = words.roomFor(text, [y], wanted, [curve], uprights, fits(behind));
      if (!place) continue;
      const lead = leaderTo(words.boxOf(text, place.x, place.y, "start"), at);
      if (lead) {
        const level = (lead.top + lead.bottom) / 2;
        set(this.nodes.leader, { visibility: "inherit", x1: lead.left, x2: lead.right, y1: level, y2: level });
        words.keepFree(lead);
      }
      return { text, ...place };
    }
    return undefined;
  }
}

/**
 * The terms in their colours: the slopes at the best σ² have the same.
 * @param {SVGElement} node  that names them
 */
function tint(node) {
  const parts = (node.textContent ?? "").split(/(KL|lost)/);
  node.replaceChildren();
  for (const part of parts) svg("tspan", { class: part === "KL" || part === "lost" ? part.toLowerCase() : "" }, node).textContent = part;
}

/**
 * The line from an upright one to words; null where they stand at it.
 * @param {Box} box  of the words
 * @param {number} at  where the upright line stands
 * @returns {Box | null}
 */
function leaderTo({ left, right, top, bottom }, at) {
  if (at > left - 2 * BESIDE && at < right + 2 * BESIDE) return null;
  const middle = (top + bottom) / 2, [from, to] = at < left ? [at, left - 3] : [right + 3, at];
  return { left: from, right: to, top: middle - 1, bottom: middle + 1 };
}
