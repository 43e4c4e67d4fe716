// @ts-check
// Questions to a class, in words and as pictures on the chart.

import { BEST, chartOnScreen, setClassVote } from "../../front/class_signals.js";
import { scale, shown } from "../../front/text.js";

/** @typedef {import("../../front/class_signals.js").Table} Table */
/** @typedef {import("../../front/class_signals.js").Vote} Vote */

/**
 * A question as the server shows it; from `rounds` on only once it is revealed.
 * @typedef {object} Question
 * @property {number} number
 * @property {"variance" | "choice"} kind
 * @property {string} [about]  the key of the question with several answers
 * @property {number} round
 * @property {number} answers
 * @property {number[][]} [rounds]  the answers of every round, in order of their size
 * @property {number[]} [scale]
 * @property {number[]} [lost]
 * @property {[number, number]} [right]
 */

/** @typedef {{ joined: number, answered: number, right: number }} Counts */

const NEAR = 2; // a guess counts as right within this factor of the best σ²
const FEW = 0.35, MANY = 0.7; // shares of right answers between which discussing helps most: Vickrey et al. (2015)

/**
 * The question where on the slider the objective is largest, as the server keeps it.
 * @param {Table} table
 * @param {string} link  of the state
 */
export function askedFor({ scale: values, best }, link) {
  const near = values.map((value) => value / values[best] <= NEAR && values[best] / value <= NEAR);
  return { do: "ask", kind: "variance", link, answers: values.length, low: near.indexOf(true), high: near.lastIndexOf(true) };
}

/**
 * How a vote stands, and what teaching research would do next.
 * @param {Counts} counts
 */
export function standing({ joined, answered, right }) {
  const so = `${answered} of ${Math.max(joined, answered)} have answered`;
  if (!answered) return `${so}.`;
  const share = right / answered;
  const hint = share < FEW ? "explain again, then vote again" : share <= MANY ? "let them discuss, then vote again" : "reveal and go on";
  return `${so}. Hint: ${hint}.`;
}

/**
 * What the answers came to.
 * @param {Question} question
 * @param {{ mine: number | null, unit: string }} whose
 */
export function outcome(question, { mine, unit }) {
  return question.kind === "choice" ? choiceOutcome(question, mine) : guessOutcome(question, { mine, unit });
}

/**
 * The best σ², and what the guesses lost.
 * @param {Question} question
 * @param {{ mine: number | null, unit: string }} whose
 */
function guessOutcome({ rounds = [], scale: values = [], lost = [], right = [0, 0] }, { mine, unit }) {
  const best = lost.indexOf(Math.min(...lost));
  const part = (/** @type {number[]} */ steps) => {
    const near = steps.filter((step) => step >= right[0] && step <= right[1]).length;
    const losses = steps.map((step) => lost[step]).toSorted((a, b) => a - b);
    const half = (losses.length - 1) / 2, median = (losses[Math.floor(half)] + losses[Math.ceil(half)]) / 2;
    return `${near} of ${steps.length} within a factor of ${NEAR}, median loss ${shown(median, 2)} ${unit}`;
  };
  const voted = rounds.filter((steps) => steps.length), words = [`The best is σ² = ${scale(values[best])}.`];
  if (mine !== null) words.push(`Your guess, ${scale(values[mine])}, loses ${shown(lost[mine], 2)} ${unit}.`);
  if (voted.length > 1) words.push(`Before ○: ${part(voted[voted.length - 2])}.`, `Now ●: ${part(voted[voted.length - 1])}.`);
  else if (voted.length) words.push(`Guesses: ${part(voted[0])}.`);
  return words.join(" ");
}

/**
 * How many were right.
 * @param {Question} question
 * @param {number | null} mine
 */
function choiceOutcome({ rounds = [], right = [0, 0] }, mine) {
  const voted = rounds.filter((answers) => answers.length);
  const hits = (/** @type {number[]} */ answers) =>
    `${answers.filter((answer) => answer >= right[0] && answer <= right[1]).length} of ${answers.length} right`;
  const words = [];
  if (mine !== null) words.push(mine >= right[0] && mine <= right[1] ? "Your answer is right." : "Your answer is not right.");
  if (voted.length > 1) words.push(`Before: ${hits(voted[voted.length - 2])}.`, `Now: ${hits(voted[voted.length - 1])}.`);
  else words.push(voted.length ? `${hits(voted[0])}.` : "Nobody has answered.");
  return words.join(" ");
}

/**
 * Show how a question stands: on the chart the guesses, once they are revealed, and at the questions what the class does.
 * @param {Question | null} question
 * @param {Pick<Vote, "leads" | "mine" | "ask" | "pick">} role
 */
export function show(question, role) {
  const { kind, rounds, scale: values = [], about } = question ?? {};
  markOpen(question !== null && !rounds);
  const guesses = kind === "variance" && rounds ? { rounds: rounds.filter((steps) => steps.length), scale: values, mine: role.mine } : null;
  chartOnScreen()?.draw(guesses);
  setClassVote({ ...role, about: question ? about || BEST : "", rounds: rounds ?? null });
}

/** The class has gone. */
export function clear() {
  markOpen(false);
  chartOnScreen()?.draw(null);
  setClassVote(null);
}

/** @param {boolean} open  while it is, its curves are not to be revealed on one screen alone */
function markOpen(open) {
  document.documentElement.classList.toggle("class-asked", open);
}
