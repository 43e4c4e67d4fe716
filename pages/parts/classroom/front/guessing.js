// @ts-check
// What a follower reads and can press while a question about the chart is open.

import { sentenceOf } from "../../front/class_questions.js";
import { placeOf } from "../../front/grid.js";
import { nearest } from "../../front/slider.js";
import { shown } from "../../front/text.js";
import { gridOf, keyOf, nameOf } from "./questions.js";

/** @typedef {import("./questions.js").Question} Question */

/**
 * What is asked for, or what has been sent: never both, so that the bar keeps its height.
 * @param {Question} question
 * @param {string} guess  that was sent; empty without one
 */
export function taskOf(question, guess) {
  const { kind, across, round } = question, asked = sentenceOf(keyOf(question));
  if (guess) return `${asked} Your guess is ${guess}; you may change it.`;
  if (kind === "variance") return `${asked} ${round === 1 ? "Move the slider to your guess." : "Vote again: move the slider to your guess."}`;
  const where = kind === "value" ? "its height on the chart" : `it on the latent ${across ? "plane" : "line"}`;
  return `${asked} ${round === 1 ? "Mark" : "Vote again: mark"} ${where}, or move the ${across ? "sliders" : "slider"}.`;
}

/**
 * The step of the slider's path at which q is; null where the question is about another path.
 * @param {import("../../front/class_signals.js").Chart | null} chart
 * @param {string | undefined} path  of the question
 * @param {number | undefined} answers  how many steps it has
 */
export function stepOf(chart, path, answers) {
  const place = chart?.place(), table = chart?.table();
  if (!chart || !place || !table || place.path !== path || table.scale.length !== answers) return null;
  if (place.step >= 0) return place.step;
  const value = chart.value();
  return nearest(table.scale, value, (stop) => Math.abs(Math.log(stop / value)));
}

/**
 * Sliders for a mark on the chart, one for each of its coordinates.
 * @param {Question} question
 * @param {number | null} guess  where the mark is; null without one
 * @param {(answer: number) => void} put  move it
 * @returns {import("./bar.js").Coordinate[]}
 */
export function slidersOf(question, guess, put) {
  const { across, answers, kind } = question, row = across || answers, middle = (row - 1) / 2;
  const at = guess === null ? [middle, middle] : [guess % row, Math.floor(guess / row)];
  const answer = (/** @type {number} */ column, /** @type {number} */ line) => (across ? line * row + column : column);
  const place = placeOf(gridOf(question), answer(at[0], at[1]));
  return place.map((value, i) => ({
    name: kind === "value" ? nameOf(question) : across ? `μ${"₁₂"[i]}` : "μ", steps: row, step: at[i], text: shown(value, 2),
    move: (/** @type {number} */ step) => put(i ? answer(at[0], step) : answer(step, at[1])) }));
}
