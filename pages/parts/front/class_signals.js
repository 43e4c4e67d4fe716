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

/** @typedef {import("./grid.js").Grid} Grid */

/**
 * Guesses to be drawn: those of every round.
 * @typedef {object} Guesses
 * @property {"variance" | "point" | "value"} kind  a step of the slider, a point of the latent space, a value on the axis
 * @property {number[][]} rounds
 * @property {number[]} scale  what every step of the slider means
 * @property {number | null} mine  the guess of this browser
 * @property {Grid} [grid]  of points and values
 * @property {string} [about]  which value: kl, elbo or evidence
 * @property {number[]} [best]  the best point, or the exact value; empty until it is known
 */

/**
 * A question that is answered by a mark on the chart, while it is open.
 * @typedef {object} Asked
 * @property {"variance" | "point" | "value"} kind
 * @property {string} about  which value
 * @property {Grid} grid
 * @property {boolean} leads  whether this is the presenter's screen, which answers nothing
 * @property {string} turn  question and round: another begins without a mark
 */

/**
 * A question about a point or a value that this chart can put to a class.
 * @typedef {object} Offer
 * @property {string} key
 * @property {string} text
 * @property {string} short  for a button
 * @property {string} unit
 * @property {number | null} truth  the exact value; null for a point
 * @property {Grid} grid
 */

/** @typedef {{ best: number[], lost: number[] }} Losses  the best point, and what each of some points loses against it */

/**
 * What a chart with a slider offers a class.
 * @typedef {object} Chart
 * @property {() => Place & { away: boolean }} place  where q is, and whether the link does not have its mean yet
 * @property {(place: Place) => boolean} go  go there as the slider would, without a commit; false on another path
 * @property {() => Table | null} table  null where the slider moves no σ² of its own
 * @property {() => number} value  what the slider reads
 * @property {(key: string) => void} prepare  bring the screen to where this question can be asked
 * @property {(key: string) => boolean} ready  whether it is there
 * @property {() => void} uncover  show the curves again
 * @property {(kind: string | null) => void} lock  let nothing move but what answers a question of this kind; null: all of it
 * @property {() => string} unit  nats or bits
 * @property {() => Offer[]} offers  what else can be asked
 * @property {(means: number[][]) => Promise<Losses>} losses  of q with each of these means and the variance it has
 * @property {(asked: Asked | null) => void} ask  hide what would give the answer away, and take marks; null for no longer
 * @property {() => number | null} mark  the mark of this browser
 * @property {(answer: number) => void} put  move it
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
 * @typedef {{ root: HTMLElement, answers: number, right: number }} Choice
 */

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

/**
 * @typedef {object} Lead  of a class by the presenter's keys
 * @property {(question: string) => boolean} advance  whether the class has used the key: it asks, or reveals, before the presenter
 *   goes on; `question` belongs to the state that is shown, and is empty without one
 * @property {(question: string) => void} show  another state of the set list is about to be shown, with this question
 */

/** @type {Lead | null} */
let lead = null;

/** Who leads the class of this browser; null without one. */
export const classLead = () => lead;

/** @param {Lead | null} now */
export function setClassLead(now) {
  lead = now;
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
