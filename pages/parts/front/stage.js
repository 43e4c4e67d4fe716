// @ts-check
// Between the Trade-off screen and its introduction: how much of itself the screen shows, and what it shows now.
//
// All elements of a page share this module.

/**
 * What the introduction lets the screen show.
 * @typedef {object} Stage
 * @property {boolean} samplesOnly  of the images only the samples
 * @property {boolean} concealed  nothing that says which q is best
 * @property {number | null} guess  the σ² that was guessed
 */

/**
 * What the screen shows: q, and all that its numbers are computed from.
 * @typedef {object} Showing
 * @property {Record<string, string>} bench  the link parameters of the model, the image, β and the unit
 * @property {string} source  where q comes from: encoder, best, prior or hand
 * @property {boolean} moving  whether q has not been committed yet
 * @property {import("../tradeoff/front/payload").StaticData} staticLayer
 * @property {import("../tradeoff/front/sweep.js").Sweep} sweep
 * @property {number} k  the stop of the slider
 */

/** @type {Stage} */
const WHOLE = { samplesOnly: false, concealed: false, guess: null };
let stage = WHOLE;
/** @type {Showing | null} */
let showing = null;
/** @type {Set<() => void>} */
const ofStage = new Set();
/** @type {Set<() => void>} */
const ofShowing = new Set();

/** @param {Set<() => void>} listeners */
const subscribeTo = (listeners) => (/** @type {() => void} */ listener) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** Call a listener when the stage changes; returns what ends that. */
export const onStage = subscribeTo(ofStage);

/** Call a listener when the screen shows something else; returns what ends that. */
export const onShowing = subscribeTo(ofShowing);

/** What the screen may show of itself. */
export const currentStage = () => stage;

/** What the screen shows; null before it has shown anything. */
export const currentShowing = () => showing;

/** @param {Partial<Stage>} next  what is left out is not restricted */
export function setStage(next) {
  stage = { ...WHOLE, ...next };
  for (const listener of ofStage) listener();
}

/** @param {Showing | null} next  null once the screen has gone */
export function publish(next) {
  showing = next;
  for (const listener of ofShowing) listener();
}
