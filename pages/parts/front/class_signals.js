// @ts-check
// What a class and the chart on the screen say to each other, so that neither has to know the other's script.

import { Listeners } from "./listeners.js";

/**
 * A step of the slider's path.
 * @typedef {object} Place
 * @property {string} path  which path it is: the same name in every browser
 * @property {number} step  −1 for a q beside the path
 * @property {{ mean: string, variance: string } | null} q  what leads to this path; null where that is known
 */

/**
 * What every step of the path stands for, for a question about it.
 * @typedef {object} Table
 * @property {number[]} scale  σ²
 * @property {number[]} lost  by how much it is below the best of the path
 * @property {number} best  the step of the best
 * @property {string} unit  of what is lost
 */

/**
 * Guesses to be drawn: those of every round, by their step.
 * @typedef {{ rounds: number[][], scale: number[], mine: number | null }} Guesses
 */

/**
 * What a chart with a slider offers a class.
 * @typedef {object} Chart
 * @property {() => Place & { away: boolean }} place  where q is, and whether the link does not have its mean yet
 * @property {(place: Place) => boolean} go  go there as the slider would, without a commit; false on another path
 * @property {() => Table | null} table  null where the slider moves no σ² of its own
 * @property {() => number} value  what the slider reads
 * @property {(hidden: boolean) => void} hide  hide the curves until they are revealed
 * @property {(guesses: Guesses | null) => void} draw
 */

/**
 * What a class does with the questions on the screen.
 * @typedef {object} Vote
 * @property {boolean} leads  whether this is the presenter's screen
 * @property {string} about  the key of the question that the class is asked; empty without one
 * @property {number[][] | null} rounds  its answers in every round, once they are revealed
 * @property {number | null} mine  the answer of this browser
 * @property {(key: string) => void} ask  ask the class
 * @property {(answer: number) => void} pick  answer
 */

const START = "elbo-room-class";
/** @type {Chart | null} */
let chart = null;
const listeners = new Listeners();

/** The chart that is on the screen. */
export const chartOnScreen = () => chart;

/**
 * A chart has come; returns what takes it away.
 * @param {Chart} offered
 */
export function offerChart(offered) {
  chart = offered;
  chartMoved();
  return () => {
    if (chart !== offered) return;
    chart = null;
    chartMoved();
  };
}

/** Its q has moved, or there is another chart. */
export function chartMoved() {
  listeners.call();
}

/**
 * Call a listener when the chart moves; returns what ends that.
 * @param {() => void} listener
 */
export function onChartMoved(listener) {
  return listeners.add(listener);
}

// ---- questions with several answers ---------------------------------------------------------------------------------

/**
 * A question with several answers, as it stands on the screen.
 * @typedef {{ root: HTMLElement, text: string, answers: number, right: number }} Choice
 */

/** The key of the question where on the slider the ELBO is largest. */
export const BEST = "best";

/** @type {Map<string, Choice>} */
const questions = new Map();
/** @type {Vote | null} */
let vote = null;
const voters = new Listeners();

/** The questions on the screen, by their keys. */
export const questionsOnScreen = () => questions;

/**
 * A question has come; returns what takes it away.
 * @param {string} key
 * @param {Choice} question
 */
export function offerQuestion(key, question) {
  questions.set(key, question);
  chartMoved();
  return () => {
    if (questions.get(key) === question) questions.delete(key);
    chartMoved();
  };
}

/** What the class of this browser does with them; null without a class. */
export const classVote = () => vote;

/** @param {Vote | null} now */
export function setClassVote(now) {
  vote = now;
  voters.call();
}

/**
 * Call a listener when a class asks or reveals; returns what ends that.
 * @param {() => void} listener
 */
export function onClassVote(listener) {
  return voters.add(listener);
}

// ---- the presenter's key for the next state -------------------------------------------------------------------------

/** @type {((question: string, turn: string) => boolean) | null} */
let advance = null;

/**
 * Whether the class has used the key: it asks, or reveals, before the presenter goes on.
 * @param {string} question  of the state that is shown; empty without one
 * @param {string} turn  which state of the list it is: each is asked once
 */
export const advanceClass = (question, turn) => advance?.(question, turn) ?? false;

/** @param {typeof advance} now  null without a class */
export function setAdvance(now) {
  advance = now;
}

/**
 * Ask for a new class, or to join one.
 * @param {string} code  empty for a new one
 */
export function askForClass(code = "") {
  dispatchEvent(new CustomEvent(START, { detail: code }));
}

/**
 * Do something when a class is asked for; returns what ends that.
 * @param {(code: string) => void} act
 */
export function onClassAsked(act) {
  const heard = (/** @type {Event} */ event) => act(/** @type {CustomEvent<string>} */ (event).detail);
  addEventListener(START, heard);
  return () => removeEventListener(START, heard);
}
