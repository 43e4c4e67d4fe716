// @ts-check
// Questions to a class: how one is asked, and what its answers came to, in words and as pictures on the chart.

import { BEST, POINT, sentenceOf, valueName } from "../../front/class_questions.js";
import { chartOnScreen, questionsOnScreen, setClassVote } from "../../front/class_signals.js";
import { answerAt, placeOf } from "../../front/grid.js";
import { bringIntoView } from "../../front/in_view.js";
import { scale, shown } from "../../front/text.js";
import { vertexOf } from "../../front/vertex.js";

/** @typedef {import("../../front/class_signals.js").Asked} Asked */
/** @typedef {import("../../front/class_signals.js").Offer} Offer */
/** @typedef {import("../../front/class_signals.js").Table} Table */
/** @typedef {import("../../front/class_signals.js").Vote} Vote */
/** @typedef {import("../../front/grid.js").Grid} Grid */

/**
 * A question as the server shows it; from `rounds` on only once it is revealed.
 * @typedef {object} Question
 * @property {number} number
 * @property {"variance" | "choice" | "point" | "value"} kind
 * @property {string} [about]  the key of the question with several answers, or of the value
 * @property {number} round
 * @property {number} answers
 * @property {number} [across]  of the grid of points on a plane
 * @property {[number, number]} [span]  of the grid of points or values
 * @property {number[][]} [rounds]  the answers of every round, in order of their size
 * @property {number[]} [scale]
 * @property {number[]} [lost]  of every answer; of points, of each different one that was given
 * @property {number[]} [best]  the best point, or the exact value; empty until it is known
 * @property {number[]} [right]  of the answers that were given those that count as right
 */

/** @typedef {{ joined: number, answered: number, right: number, done: number }} Counts  `done`: of the task of the presenter's screen */

const NEAR = 2; // a guess counts as right within this factor of the best σ²,
const BESIDE = 0.5; // within this distance of the best mean in every latent,
const TENTH = 10; // and within this part of the axis of the exact value
const ENOUGH = 5; // answers
const FEW = 0.35, MANY = 0.7; // shares of right answers between which discussing helps most: Vickrey et al. (2015)

/** @type {Grid} */
const NOWHERE = { answers: 2, span: [0, 1] }; // of a question that takes no mark yet

/** @param {number} value  with as many digits as the class can use */
export const brief = (value) => Number(value.toPrecision(8));

/** @param {number} value  as a sentence says it */
const rounded = (value) => Number(value.toFixed(1));

/**
 * The question where on the slider the objective is largest, as the server keeps it.
 * @param {Table} table
 * @param {string} link  of the state
 */
export function askedFor({ scale: values, best }, link) {
  const near = values.map((value) => value / values[best] <= NEAR && values[best] / value <= NEAR);
  return { do: "ask", kind: "variance", link, answers: values.length, scale: values.map(brief), low: near.indexOf(true), high: near.lastIndexOf(true) };
}

/**
 * The question for a point or a value, as the server keeps it.
 * @param {Offer} offer
 * @param {number[]} best  the best point, or the exact value
 * @param {string} link  of the state
 */
export function askedForPlace({ key, truth, grid }, best, link) {
  const near = truth === null ? BESIDE : tenthOf(grid), corner = (/** @type {number} */ by) => answerAt(grid, best.map((value) => value + by));
  return { do: "ask", kind: truth === null ? "point" : "value", link: `${link}#${key}`, ...grid, low: corner(-near), high: corner(near) };
}

/** @param {Grid} grid */
const tenthOf = ({ span: [low, high] }) => (high - low) / TENTH;

/**
 * The grid of a question about a point or a value.
 * @param {Question} question
 * @returns {Grid}
 */
export const gridOf = ({ answers, across, span = [0, 1] }) => ({ answers, across, span });

/**
 * @param {Question} question
 * @returns {string}  its key among those about a chart; of the screen's own questions theirs
 */
export const keyOf = ({ kind, about }) => (kind === "variance" ? BEST : kind === "point" ? POINT : about ?? "");

/**
 * What the server is told of a value when it is revealed: what every answer stands for, and by how much it is off. What is shown of
 * two values differs by what is shown as the error.
 * @param {Question} question
 * @param {number} truth
 */
export function revealedValue(question, truth) {
  const grid = gridOf(question), values = Array.from({ length: grid.answers }, (_, answer) => brief(placeOf(grid, answer)[0]));
  return { do: "reveal", scale: values, lost: values.map((value) => brief(Math.abs(rounded(value) - rounded(truth)))), best: [truth] };
}

/** @param {Question} question  of a value */
export const nameOf = ({ about = "" }) => valueName(about);

/** @param {number[]} place */
const pointInWords = (place) => (place.length > 1 ? `(${place.map((value) => shown(value, 2)).join(", ")})` : shown(place[0], 2));

/**
 * What an answer on a grid stands for, in words.
 * @param {Question} question
 * @param {number} answer
 */
export function placeInWords(question, answer) {
  const place = placeOf(gridOf(question), answer);
  return question.kind === "point" ? `z = ${pointInWords(place)}` : `${nameOf(question)} = ${shown(place[0], 1)}`;
}

/**
 * How a vote stands, and what teaching research would do next.
 * @param {Counts} counts
 * @param {boolean} sure  whether it is about to be revealed though nobody has answered
 */
export function standing({ joined, answered, right }, sure) {
  const so = `${answered} of ${Math.max(joined, answered)} have answered`;
  if (!answered) return sure ? "Nobody has answered. Reveal it all the same?" : `${so}.`;
  if (answered < ENOUGH) return `${so}.`; // of so few, a hint would tell whose answer is right
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
 * The answers that count as right.
 * @param {Question} question
 * @param {number[]} answers
 */
const rightOf = ({ right = [] }, answers) => answers.filter((answer) => right.includes(answer));

/**
 * Whether nobody is left to be convinced.
 * @param {Question} question
 */
export function allRight({ rounds = [], right = [] }) {
  const last = rounds.findLast((answers) => answers.length);
  return last !== undefined && last.every((answer) => right.includes(answer));
}

/**
 * The different answers of all rounds, in order.
 * @param {Question} question
 */
export const given = ({ rounds = [] }) => [...new Set(rounds.flat())].toSorted((a, b) => a - b);

/**
 * @param {Question} question
 * @returns {Map<number, number>}  what the answers lose; empty until that is known
 */
function losses(question) {
  const known = question.kind === "point" ? given(question) : Array.from({ length: question.answers }, (_, answer) => answer);
  return new Map((question.lost ?? []).map((value, i) => [known[i], value]));
}

/**
 * What is right, and how far the guesses are from it.
 * @param {Question} question
 * @param {{ mine: number | null, unit: string }} whose
 */
function guessOutcome(question, { mine, unit }) {
  const { kind, rounds = [], scale: values = [], lost = [], best = [] } = question, lostBy = losses(question), digits = kind === "value" ? 1 : 2;
  const says = (/** @type {number} */ answer) => (kind === "variance" ? scale(values[answer]) : placeInWords(question, answer));
  const near = kind === "variance" ? `within a factor of ${NEAR}` : kind === "value" ? `within ${shown(tenthOf(gridOf(question)), 1)} ${unit}`
    : question.across ? `within ${BESIDE} of it both ways` : `within ${BESIDE} of it`;
  const hits = (/** @type {number[]} */ answers) => `${rightOf(question, answers).length} of ${answers.length}`;
  const median = (/** @type {number[]} */ answers) => {
    const sizes = answers.flatMap((answer) => lostBy.get(answer) ?? []).toSorted((a, b) => a - b);
    const half = (sizes.length - 1) / 2;
    return shown((sizes[Math.floor(half)] + sizes[Math.ceil(half)]) / 2, digits);
  };
  const voted = rounds.filter((answers) => answers.length), [last, before] = voted.toReversed();
  const size = `median ${kind === "value" ? "error" : "loss"}`;
  const words = kind === "variance" ? [`The best is σ² = ${scale(vertexOf(values, lost).x[0])}.`]
    : kind === "value" ? [`${nameOf(question)} = ${shown(best[0], 1)} ${unit}.`]
    : best.length ? [`The best mean is ${pointInWords(best)}.`] : ["The exact ELBO of every guess is being computed…"];
  const own = mine === null ? undefined : lostBy.get(mine);
  if (mine !== null && own !== undefined) words.push(`Your guess, ${says(mine)}, ${kind === "value" ? "is off by" : "loses"} ${shown(own, digits)} ${unit}.`);
  if (before) words.push(`Before ○ ${hits(before)}, now ● ${hits(last)} ${near}${lostBy.size ? `; ${size} ${median(before)}, now ${median(last)} ${unit}` : ""}.`);
  else if (last) words.push(`Guesses: ${hits(last)} ${near}${lostBy.size ? `; ${size} ${median(last)} ${unit}` : ""}.`);
  return words.join(" ");
}

/**
 * How many were right.
 * @param {Question} question
 * @param {number | null} mine
 */
function choiceOutcome(question, mine) {
  const voted = (question.rounds ?? []).filter((answers) => answers.length);
  const hits = (/** @type {number[]} */ answers) => `${rightOf(question, answers).length} of ${answers.length} right`;
  const words = [];
  if (mine !== null) words.push(rightOf(question, [mine]).length ? "Your answer is right." : "Your answer is not right.");
  if (voted.length > 1) words.push(`Before: ${hits(voted[voted.length - 2])}.`, `Now: ${hits(voted[voted.length - 1])}.`);
  else words.push(voted.length ? `${hits(voted[0])}.` : "Nobody has answered.");
  return words.join(" ");
}

/**
 * Show how a question stands: on the chart the guesses, once they are revealed, and at the questions what the class does.
 * @param {Question | null} question
 * @param {Pick<Vote, "leads" | "mine" | "ask" | "pick"> & { here: boolean, next: string }} role  `here`: this screen is the one that is asked
 *   about; `next`: the key of a question that is about to be asked, of which nothing may show the answer
 */
export function show(question, { here, next, ...role }) {
  const { kind, rounds, scale: values = [], about, best } = question ?? {}, chart = chartOnScreen();
  const onGrid = question && (kind === "point" || kind === "value") ? { grid: gridOf(question), about: (about ?? "").replace("value/", ""), best } : {};
  bringIntoView(!question && here ? questionsOnScreen().get(next)?.root : undefined);
  const coming = !question && here && sentenceOf(next) ? next : null, [sort] = coming?.split("/") ?? [];
  markOpen(question && !rounds ? keyOf(question) : coming);
  document.documentElement.classList.toggle("follows-class", here && !role.leads);
  chart?.lock(question && !rounds && kind !== "choice" && here ? kind ?? null : null);
  if (coming) chart?.ask({ kind: sort === "value" ? "value" : sort === POINT ? POINT : "variance", about: "", grid: NOWHERE, leads: true, turn: "" });
  else chart?.ask(question && !rounds && onGrid.grid ? /** @type {Asked} */ ({ kind, ...onGrid, leads: role.leads, turn: `${question.number} ${question.round}` }) : null);
  chart?.draw(kind && kind !== "choice" && rounds ? { kind, rounds: rounds.filter((answers) => answers.length), scale: values, mine: role.mine, ...onGrid } : null);
  setClassVote({ ...role, about: question ? (kind === "choice" && about) || BEST : "", rounds: rounds ?? null });
}

/** The class has gone. */
export function clear() {
  document.documentElement.classList.remove("follows-class");
  markOpen(null);
  chartOnScreen()?.lock(null);
  chartOnScreen()?.ask(null);
  chartOnScreen()?.draw(null);
  setClassVote(null);
}

/** @param {string | null} asked  what the class is asked: while it is, the curves are not to be revealed on one screen alone */
function markOpen(asked) {
  const { classList, dataset, style } = document.documentElement;
  style.setProperty("--asked", JSON.stringify(sentenceOf(asked ?? ""))); // over the chart, as text of the style sheet
  classList.toggle("class-asked", asked !== null);
  if (asked === null) delete dataset.asked;
  else dataset.asked = asked;
}
