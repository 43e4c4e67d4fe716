// @ts-check
// The question that a state of the set list puts to the class: behind the # of its link, by its key.

import { BEST, sentenceOf } from "../../front/class_questions.js";
import { chartOnScreen, questionsOnScreen } from "../../front/class_signals.js";
import { make } from "../../front/dom.js";

const LONGEST = 110; // letters of a question in the list of choices

/** @param {string | undefined} link */
export function questionOf(link) {
  return link?.split("#")[1] ?? "";
}

/**
 * The state itself.
 * @param {string} link
 */
export function stateOf(link) {
  return link.split("#")[0];
}

/**
 * The questions that this screen can ask.
 * @param {HTMLSelectElement} select
 */
export function offerQuestions(select) {
  const known = Array.from(questionsOnScreen(), ([key, { text }]) => ({ key, text: text.replaceAll("`", "") }));
  const chart = chartOnScreen();
  known.unshift(...(chart?.table() ? [{ key: BEST, text: sentenceOf(BEST) }] : []), ...(chart?.offers() ?? []));
  const options = [{ key: "", text: "no question" }, ...known].map(({ key, text }) =>
    make("option", { value: key, textContent: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text }));
  select.replaceChildren(...options);
  /** @type {HTMLElement} */ (select.parentElement).hidden = !known.length;
}
