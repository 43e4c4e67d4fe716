// @ts-check
// A value that a class guesses, and the answer: on a scale of its own, since the chart's axes would say where the answer lies.

import { svg } from "../../front/svg.js";
import { shown } from "../../front/text.js";

/** @typedef {import("../../front/chart.js").Box} Box */
/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {[number, number]} Span */

const INK = 5, APART = 22, AWAY = 45; // pixels: beside a mark, between two ticks at least, and of the title from the scale

/**
 * All the room of a chart.
 * @param {Chart} chart
 * @param {string} view  costs, variance or rate
 * @returns {Box}
 */
export function roomOf(chart, view) {
  const { _offset, _length } = chart.axis("y", view === "variance" ? "2" : ""); // the terms have two panels
  return { ...chart.frame(), bottom: _offset + _length };
}

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
