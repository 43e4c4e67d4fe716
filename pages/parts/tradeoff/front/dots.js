// @ts-check
// The guesses of a class over a chart: dots that stand beside and upon each other, the best answer, and one's own mark.

import { placeOf } from "../../front/grid.js";
import { between, set, svg } from "../../front/svg.js";

/** @typedef {import("../../front/class_signals.js").Guesses} Guesses */
/** @typedef {import("../../front/chart.js").Chart} Chart */
/** @typedef {import("../../front/chart.js").Box} Box */
/** @typedef {import("../../front/chart.js").Axes} Axes */

const RADIUS = 6, CROSS = 8, INK = 5, APART = 70; // pixels: the last about the outermost dots, where their name stands

/**
 * The last vote and the one before, each answer with the name of its dot.
 * @param {Guesses} guesses
 * @returns {{ answer: number, name: string }[][]}
 */
function named({ rounds, mine }) {
  return rounds.slice(-2).toReversed().map((answers, before) => {
    let marked = before > 0;
    return answers.toSorted((a, b) => a - b).map((answer) => {
      const own = !marked && answer === mine;
      marked ||= own;
      return { answer, name: before ? "dot before" : own ? "dot own" : "dot" };
    });
  });
}

/**
 * Dots on an axis: the last vote stands on it, the one before behind it, and guesses that are close stand in rows.
 * @param {Element} layer
 * @param {Guesses} guesses
 * @param {{ along: (answer: number) => number, room: number, at: (along: number, away: number) => { cx: number, cy: number } }} axis
 *   pixels of an answer along the axis, room away from it, and the place that both mean
 */
export function drawOnAxis(layer, guesses, { along, room, at }) {
  const dots = /** @type {{ along: number, row: number, name: string }[]} */ ([]);
  let floor = 0; // the first free row
  for (const round of named(guesses)) {
    /** @type {number[]} */
    const ends = []; // of every row, where its last dot is
    const placed = round.map(({ answer, name }) => ({ along: along(answer), name })).toSorted((a, b) => a.along - b.along);
    for (const { along: here, name } of placed) {
      let row = ends.findIndex((end) => here - end >= 2 * RADIUS);
      if (row < 0) row = ends.length;
      ends[row] = here;
      dots.push({ along: here, row: floor + row, name });
    }
    floor += ends.length + 0.5;
  }
  // Many rows share the room there is.
  const step = Math.min(2 * RADIUS + 1, (room - 2 * RADIUS) / Math.max(floor, 1));
  const last = dots.toSorted((a, b) => b.row - a.row || b.along - a.along)[0];
  if (!last) return;
  // On a ground of their own: how high a dot lies says nothing of what the chart's axis says.
  const ends = dots.map((dot) => dot.along), corners = [[Math.min(...ends) - APART, 0], [Math.max(...ends) + APART, 2 * RADIUS + 2 + last.row * step]].map(([here, away]) => at(here, away));
  const [across, down] = [corners.map(({ cx }) => cx), corners.map(({ cy }) => cy)];
  svg("rect", { ...between(Math.min(...across), Math.max(...across), Math.min(...down), Math.max(...down)), class: "ground" }, layer);
  for (const { along: here, row, name } of dots) svg("circle", { ...at(here, RADIUS + 2 + row * step), r: RADIUS - 1, class: name }, layer);
  // The highest has their name beside it.
  const upright = at(last.along, 0).cx === at(last.along, RADIUS).cx, [beside, away] = upright ? [RADIUS + 3, 0] : [0, RADIUS + 3];
  const { cx, cy } = at(last.along, RADIUS + 2 + last.row * step + away);
  svg("text", { class: "note", x: cx + beside, y: cy + INK, "text-anchor": "start" }, layer).textContent = dots.length > 1 ? "guesses" : "guess";
}

/**
 * Dots on the latent plane and its close-up, and a cross at the best point.
 * @param {Element} layer
 * @param {Guesses} guesses
 * @param {Chart} chart
 */
export function drawOnPlane(layer, guesses, chart) {
  const { grid, best } = guesses;
  for (const axes of /** @type {Axes[]} */ (["", "2"])) {
    const frame = chart.frame(axes), pixels = (/** @type {number[]} */ [across, up]) => ({ cx: chart.x(across, axes), cy: chart.y(up, axes) });
    if (!grid) return;
    const dots = named(guesses).toReversed().flat().map(({ answer, name }) => ({ name, ...pixels(placeOf(grid, answer)) })).filter((dot) => within(frame, dot));
    const at = best?.length === 2 ? pixels(best) : null, seen = at && within(frame, at);
    if (seen) drawCross(layer, at, "best");
    for (const { cx, cy, name } of dots) svg("circle", { cx, cy, r: RADIUS - 1, class: name }, layer);
    if (!seen || axes) continue; // the close-up has names of its own
    const note = /** @type {SVGTextElement} */ (svg("text", { class: "note", "text-anchor": "middle" }, layer));
    note.textContent = "best for this σ²";
    // Over the cross or under it, upon no guess if that can be, and within the plane: on a phone that is hardly wider.
    const half = note.getComputedTextLength() / 2, x = Math.max(Math.min(at.cx, frame.right - half), frame.left + half);
    const rows = [0, 1, 2, 3].flatMap((row) => [at.cy - CROSS - INK - 3 * row * INK, at.cy + CROSS + 3 * (row + 1) * INK]).filter((y) => y > frame.top + 3 * INK && y < frame.bottom);
    const free = (/** @type {number} */ y) => dots.every(({ cx, cy }) => Math.abs(cx - x) > half + RADIUS || cy < y - 3 * INK - RADIUS || cy > y + RADIUS);
    set(note, { x, y: rows.find(free) ?? rows[0] });
  }
}

/**
 * @param {Element} layer
 * @param {{ cx: number, cy: number }} at
 * @param {string} name
 */
function drawCross(layer, { cx, cy }, name) {
  const arms = (/** @type {number} */ length) => `M${cx - length},${cy - length}L${cx + length},${cy + length}M${cx - length},${cy + length}L${cx + length},${cy - length}`;
  svg("path", { d: arms(CROSS + 1), class: "edge" }, layer);
  svg("path", { d: arms(CROSS), class: name }, layer);
}

/**
 * One's own mark while it is placed: a ring about a dot, since a cross is the best q's.
 * @param {Element} layer
 * @param {{ cx: number, cy: number }} at
 * @param {string} name
 */
export function drawRing(layer, { cx, cy }, name) {
  const ring = (/** @type {number} */ radius) => `M${cx - radius},${cy}a${radius},${radius} 0 1,0 ${2 * radius},0a${radius},${radius} 0 1,0 ${-2 * radius},0`;
  svg("path", { d: ring(CROSS), class: "edge" }, layer);
  svg("path", { d: ring(CROSS) + ring(1), class: name }, layer);
}

/**
 * A line at the exact value, or at one's own mark.
 * @param {Element} layer
 * @param {{ x1: number, x2: number, y1: number, y2: number }} ends
 * @param {string} name
 * @param {string} words  beside it
 */
export function drawLine(layer, ends, name, words) {
  svg("line", { ...ends, class: name }, layer);
  const { x2: x, y2 } = ends, level = ends.y1 === y2;
  if (words) svg("text", { x: level ? x - INK : x + INK, y: y2 - INK, class: "note", "text-anchor": level ? "end" : "start" }, layer).textContent = words;
}

/**
 * @param {Box} frame
 * @param {{ cx: number, cy: number }} at
 */
function within({ left, right, top, bottom }, { cx, cy }) {
  return cx >= left - 1 && cx <= right + 1 && cy >= top - 1 && cy <= bottom + 1;
}
