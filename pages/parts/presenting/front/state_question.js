// @ts-check
// The question that a state of the set list puts to the class: behind the # of its link, by its key.

import { BASE } from "../../front/address.js";
import { BEST, sentenceOf } from "../../front/class_questions.js";
import { chartOnScreen, classLead, questionsOnScreen } from "../../front/class_signals.js";
import { make } from "../../front/dom.js";
import { bringIntoView } from "../../front/in_view.js";

const LONGEST = 90; // letters of a question where it is only named

/** @type {Record<string, string>} */
let words = {};

/** Learn what the questions of the quiz and the derivation ask, if that is not known yet. */
export async function learnQuestions() {
  if (Object.keys(words).length) return;
  words = await fetch(`${BASE}/class/questions`).then((answer) => answer.json(), () => ({}));
}

/**
 * What a question asks: of the quiz and the derivation with its number there.
 * @param {string} key
 */
export const inWords = (key) => sentenceOf(key) || (words[key] ?? key);

/**
 * The same in one line.
 * @param {string} key
 */
export function inShort(key) {
  const text = inWords(key);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

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
 * Show the question of the state that is presented: alone, where it stands among those of the quiz, and in view. A class's own presenter
 * brings it into view by itself.
 * @param {string | undefined} link  of that state; undefined when nothing is presented
 */
export function bringQuestion(link) {
  const root = questionsOnScreen().get(questionOf(link))?.root, alone = link?.startsWith("/quiz") ? root : undefined;
  document.documentElement.classList.toggle("one-question", alone !== undefined);
  for (const one of questionsOnScreen().values()) {
    one.root.classList.toggle("alone", one.root === alone);
    const { host } = /** @type {ShadowRoot} */ (one.root.getRootNode());
    host?.closest('[data-testid="stElementContainer"]')?.toggleAttribute("data-alone", one.root === alone);
  }
  if (!classLead()) bringIntoView(root);
}

/**
 * The questions that this screen can ask, in the order in which they stand on it.
 * @param {HTMLSelectElement} select
 */
export function offerQuestions(select) {
  const chart = chartOnScreen(), order = Object.keys(words);
  const known = [
    ...(chart?.table() ? [BEST] : []), ...(chart?.offers() ?? []).map(({ key }) => key),
    ...[...questionsOnScreen().keys()].toSorted((a, b) => order.indexOf(a) - order.indexOf(b))];
  const options = known.map((key) => make("option", { value: key, textContent: inShort(key) }));
  select.replaceChildren(make("option", { value: "", textContent: "no question" }), ...options);
  /** @type {HTMLElement} */ (select.parentElement).hidden = !known.length;
}
