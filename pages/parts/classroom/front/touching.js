// @ts-check
// What a touch of a follower's means: an answer to the open question, or going on alone.

/** @typedef {import("./questions.js").Question} Question */

/** @type {Record<string, string>} */
const ASKED_ABOUT = { variance: ".slider.variance", choice: ".question.asked", point: ".panel.latents .chart", value: ".panel.tradeoff .chart" };
const TOUCHED = "button, a[href], input, select, textarea, summary, [role=slider], [role=application], [role=tab], [role=radio], "
  + "[role=option], [role=combobox]";
const HARMLESS = new Set(["Tab", "Shift", "Control", "Alt", "Meta", "Escape"]);

/**
 * @param {Event} event
 * @param {string} selector
 */
const touches = (event, selector) => event.composedPath().some((node) => node instanceof Element && node.matches(selector));

/**
 * Whether a touch moves the slider of σ², or presses it where it is.
 * @param {Event} event
 */
export const slides = (event) => event.type !== "keydown" && touches(event, ".widths");

/**
 * Whether a touch may move σ² on the chart, or only the page.
 * @param {Event} event
 */
export const mayMove = (event) => event.type === "pointerdown" && touches(event, ".tradeoff .chart");

/**
 * Whether whoever touches that goes on alone.
 * @param {Event} event
 * @param {Question | null} open  the question that is open
 */
export function leaves(event, open) {
  if (!event.isTrusted || touches(event, ".class-room, .class-room *")) return false;
  if (event instanceof KeyboardEvent && HARMLESS.has(event.key)) return false;
  return touches(event, TOUCHED) && !(open && touches(event, ASKED_ABOUT[open.kind]));
}
