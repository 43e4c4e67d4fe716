// @ts-check
// A value that a class guesses: on a scale of its own while it is asked, since the chart's axes would say where the answer
// lies; then on the axis of the chart that is shown.

import { svg } from "../../front/svg.js";
import { shown } from "../../front/text.js";

/** @typedef {import("../../front/chart.js").Axes} Axes */
/** @typedef {import("../../front/chart.js").Box} Box */
/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {[number, number]} Span */

const NAMED = 3; // guesses beside the chart of which each is named
const INK = 5, LINE = 16, APART = 22, AWAY = 45; // pixels: beside a mark, of a line of words, between two ticks at least, and of the title from the scale

/**
 * How high a value stands on the trade-off chart, against one of its vertical axes.
 * @typedef {object} Scale
 * @property {Axes} axes
 * @property {(value: number) => number} height  what the axis says there
 */

/**
 * @param {string} about  kl, elbo or evidence
 * @param {string} view  costs, variance or rate
 * @param {StaticData} fixed
 * @returns {Scale | null}  null where the view has no such axis
 */
export function scaleOf(about, view, { bestReconstruction }) {
  if (view === "rate") return null;
  if (about === "kl") return { axes: view === "costs" ? "" : "2", height: (value) => value };
  return { axes: "", height: (value) => (view === "costs" ? bestReconstruction : 0) - value };
}

/**
 * The panel of one vertical axis: a chart may have two, with one axis across.
 * @param {Chart} chart
 * @param {Axes} axes
 * @returns {Box}
 */
export function panelOf(chart, axes) {
  const { _offset: top, _length } = chart.axis("y", axes);
  return { ...chart.frame(), top, bottom: top + _length };
}

/**
 * All the room of a chart.
 * @param {Chart} chart
 * @param {string} view  costs, variance or rate
 * @returns {Box}
 */
export const roomOf = (chart, view) => ({ ...chart.frame(), bottom: panelOf(chart, view === "variance" ? "2" : "").bottom });

/**
 * Pixels of a value on the scale of a question.
 * @param {Box} room
 * @param {Span} span
 * @param {number} value
 */
export const heightOn = ({ top, bottom }, [low, high], value) => bottom - ((value - low) / (high - low)) * (bottom - top);

/**
 * The value at these pixels.
 * @param {Box} room
 * @param {Span} span
 * @param {number} y
 */
export const valueOn = ({ top, bottom }, [low, high], y) => low + ((bottom - y) / (bottom - top)) * (high - low);

/**
 * The round numbers of a scale, as many as there is room for.
 * @param {Span} span
 * @param {number} most
 */
export function ticksOf([low, high], most) {
  const least = (high - low) / Math.max(most, 1), tens = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5].find((figure) => figure * tens >= least * (1 - 1e-9)) ?? 10) * tens, first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * The scale of a question.
 * @param {Element} layer
 * @param {Box} room
 * @param {Span} span
 * @param {string} title
 */
export function drawScale(layer, room, span, title) {
  const { left, right, top, bottom } = room;
  for (const value of ticksOf(span, (bottom - top) / APART)) {
    const y = heightOn(room, span, value);
    svg("line", { x1: left, x2: right, y1: y, y2: y, class: "tick" }, layer);
    svg("text", { x: left - INK, y: y + INK, class: "tick", "text-anchor": "end" }, layer).textContent = shown(value, Number.isInteger(value) ? 0 : 1);
  }
  svg("line", { x1: left, x2: left, y1: top, y2: bottom, class: "scale" }, layer);
  const x = Math.max(left - AWAY, AWAY / 4), y = (top + bottom) / 2;
  svg("text", { class: "title", "text-anchor": "middle", transform: `translate(${x},${y}) rotate(-90)` }, layer).textContent = title;
}

/**
 * What lies above or below the axis that is shown: an arrow, and the numbers.
 * @param {Element} layer
 * @param {Box} panel  of the axis
 * @param {(value: number) => number} height  pixels of a value
 * @param {{ guesses: number[], best: number[], name: string }} values
 */
export function drawOutside(layer, { right, top, bottom }, height, { guesses, best, name }) {
  for (const up of [true, false]) {
    const beyond = (/** @type {number} */ value) => (up ? height(value) < top - 1 : height(value) > bottom + 1);
    const far = guesses.filter(beyond).toSorted((a, b) => a - b), digits = (/** @type {number} */ value) => shown(value, 1);
    const all = far.length > NAMED ? `${far.length} guesses, ${digits(far[0])} to ${digits(far[far.length - 1])}`
      : `${far.length > 1 ? "guesses" : "guess"} ${far.map(digits).join(", ")}`;
    const words = [...best.filter(beyond).map((value) => `${name} = ${digits(value)}`), ...(far.length ? [all] : [])];
    words.forEach((text, i) => {
      svg("text", { class: "note outside", x: right - INK, y: up ? top + LINE * (i + 1) : bottom - INK - LINE * i, "text-anchor": "end" }, layer)
        .textContent = `${up ? "↑" : "↓"} ${text}`;
    });
  }
}
