// @ts-check
// Between the Trade-off screen and its introduction: how much of itself the screen shows, and what it shows now.
//
// All elements of a page share this module.

import { Listeners } from "./listeners.js";
import * as progress from "./progress.js";

const ESSENTIALS = "tour/essentials"; // in what this browser keeps

/**
 * What the introduction lets the screen show.
 * @typedef {object} Stage
 * @property {boolean} concealed  nothing that says which q is best, and of the images only the samples
 * @property {boolean | null} near  whether the chart of costs is drawn larger; null: as it is
 * @property {number | null} guess  the σ² that was guessed
 * @property {boolean} essentials  whether, after the introduction, only what it spoke of is shown
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
const WHOLE = { concealed: false, near: null, guess: null, essentials: false };
let stage = WHOLE;
/** @type {Showing | null} */
let showing = null;
const ofStage = new Listeners(), ofShowing = new Listeners();

/**
 * Call a listener when the stage changes; returns what ends that.
 * @param {() => void} listener
 */
export const onStage = (listener) => ofStage.add(listener);

/**
 * Call a listener when the screen shows something else; returns what ends that.
 * @param {() => void} listener
 */
export const onShowing = (listener) => ofShowing.add(listener);

/** What the screen may show of itself. */
export const currentStage = () => stage;

/** What the screen shows; null before it has shown anything. */
export const currentShowing = () => showing;

/** @param {Partial<Stage>} next  what is left out is not restricted */
export function setStage(next) {
  stage = { ...WHOLE, ...next };
  ofStage.call();
}

/** Whether whoever had the introduction in this browser has not asked for all numbers and controls yet, nor come by a link. */
export const hasEssentials = () => progress.isDone(ESSENTIALS);

/** @param {boolean} kept  whether that is so from now on */
export function keepEssentials(kept) {
  if (kept) progress.mark(ESSENTIALS);
  else if (hasEssentials()) progress.forget(ESSENTIALS);
}

/** @param {Showing | null} next  null once the screen has gone */
export function publish(next) {
  showing = next;
  ofShowing.call();
}
