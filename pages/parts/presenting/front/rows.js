// @ts-check
// The rows of the set list in its panel.

import { make } from "../../front/dom.js";
import { inWords, questionOf } from "./state_question.js";

/** @typedef {import("./setlist.js").PreparedState} PreparedState */

/**
 * What the buttons of a row do.
 * @typedef {object} RowActs
 * @property {(index: number) => void} show
 * @property {(states: PreparedState[], change?: { index: number, by: number | null }) => void} change  another list; which state was
 *   moved, and by how much, null where it was removed
 */

/**
 * @param {PreparedState[]} states
 * @param {number} at  the one that is shown
 * @param {number} longest  title
 * @param {RowActs} acts
 */
export function rowsOf(states, at, longest, { show, change }) {
  return states.map((state, index) => {
    const row = make("li", { title: state.link }), key = questionOf(state.link);
    const title = make("input", { type: "text", value: state.title, maxLength: longest, ariaLabel: `Title of state ${index + 1}` });
    title.onchange = () => change(states.with(index, { ...state, title: title.value.trim() || state.title }));
    const button = (
      /** @type {string} */ sign, /** @type {string} */ words, /** @type {() => void} */ onclick, disabled = false,
    ) => make("button", { type: "button", textContent: sign, disabled, onclick, ariaLabel: `${words} state ${index + 1}, ${state.title}` });
    const moved = (/** @type {number} */ by) => change(states.toSpliced(index, 1).toSpliced(index + by, 0, state), { index, by });
    row.toggleAttribute("aria-current", index === at);
    row.append(title, button("show", "Show", () => show(index)), button("↑", "Move up", () => moved(-1), index === 0),
      button("↓", "Move down", () => moved(1), index === states.length - 1),
      button("✕", "Remove", () => change(states.toSpliced(index, 1), { index, by: null })));
    if (key) row.append(make("small", { textContent: `asks: ${inWords(key)}` }));
    return row;
  });
}
