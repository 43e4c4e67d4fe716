// @ts-check
// The questions about a chart that a class can be asked, by their keys: said once, for the presenter, the students and the set list.

/** The key of the question where on the slider the ELBO is largest. */
export const BEST = "best";

/** The key of the question for the best mean of q. */
export const POINT = "point";

/** @type {Record<string, string>} */
const VALUES = { "value/kl": "KL", "value/elbo": "ELBO", "value/evidence": "log p(x)" };

/**
 * The name of a value on the axis.
 * @param {string} key
 */
export const valueName = (key) => VALUES[key] ?? "";

/**
 * The question itself.
 * @param {string} key
 */
export function sentenceOf(key) {
  if (key === BEST) return "Where is the best σ²?";
  if (key === POINT) return "Where is the best mean of q, with σ² as it is?";
  return key in VALUES ? `How large is ${key === "value/elbo" ? "the " : ""}${VALUES[key]}?` : "";
}
