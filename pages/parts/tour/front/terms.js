// @ts-check
// What the card of the introduction says of the terms: the price of saying where, and their names.

import { find, make, setText } from "../../front/dom.js";
import { shown } from "../../front/text.js";
import { costs, NAMES, naming, questions } from "./beats.js";

/** @typedef {import("../../front/introduction.js").Showing} Showing */

/**
 * The bar of what q costs, as long as the longest that the slider reaches.
 * @param {HTMLElement} price
 * @param {Showing} now
 * @param {boolean} seen
 */
export function paintPrice(price, now, seen) {
  const { kl } = costs(now), most = Math.max(...now.sweep.terms.kl);
  price.hidden = !seen;
  if (!seen) return;
  setText(find(price, "span"), `${shown(kl, 2)} nats ≈ ${questions(kl)} questions`);
  find(price, "i").style.width = `${(100 * kl) / most}%`;
}

/**
 * What of q's cost is wasted.
 * @param {HTMLElement} waste
 * @param {Showing} now
 * @param {boolean} seen
 */
export function paintWaste(waste, now, seen) {
  waste.hidden = !seen;
  if (seen) setText(find(waste, "span"), `${shown(costs(now).gap, 2)} nats`);
}

/**
 * The names that have come, each with its value now.
 * @param {HTMLElement} list
 * @param {Showing} now
 * @param {number} count
 */
export function paintNames(list, now, count) {
  while (list.children.length > 2 * count) list.lastElementChild?.remove();
  NAMES.slice(0, count).forEach((term, i) => {
    const { name, value, about } = naming(term, now);
    if (list.children.length <= 2 * i) list.append(make("dt", { className: term }), make("dd"));
    setText(list.children[2 * i], `${name} ${value}`);
    setText(list.children[2 * i + 1], about);
  });
}
