// @ts-check
// Guesses on a grid: a class marks a place on a line or a plane, of which only the number of the nearest node is sent.

/**
 * The nodes of a line, or of a plane row by row from the lowest.
 * @typedef {object} Grid
 * @property {number} answers  how many nodes there are
 * @property {number} [across]  how many of them in a row of the plane
 * @property {[number, number]} span  coordinates of the first and the last node, the same in both directions
 */

const STEPS = 401;

/**
 * @param {[number, number]} span
 * @param {number} dimensions  1 or 2
 * @returns {Grid}
 */
export function gridOver(span, dimensions) {
  return dimensions === 1 ? { answers: STEPS, span } : { answers: STEPS * STEPS, across: STEPS, span };
}

/**
 * The coordinates of a node.
 * @param {Grid} grid
 * @param {number} answer
 */
export function placeOf({ answers, across, span: [low, high] }, answer) {
  const row = across || answers, step = (high - low) / (row - 1);
  return (across ? [answer % row, Math.floor(answer / row)] : [answer]).map((index) => low + step * index);
}

/**
 * The node that is nearest to a place.
 * @param {Grid} grid
 * @param {number[]} place
 */
export function answerAt({ answers, across, span: [low, high] }, place) {
  const row = across || answers;
  const [column, line = 0] = place.map((value) => Math.round(((Math.min(Math.max(value, low), high) - low) / (high - low)) * (row - 1)));
  return line * row + column;
}
