// @ts-check
// Curves over σ² that are known at the steps of the slider: the σ² with the best objective, and where they enter a range.

import { vertexOf } from "../../front/vertex.js";

/** @typedef {import("./sweep.js").Sweep} Sweep */

/**
 * Where numbers in rising order first exceed a limit: their count where none does.
 * @param {number[]} rising
 * @param {number} limit
 */
export function firstBeyond(rising, limit) {
  let from = 0, to = rising.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (rising[middle] > limit) to = middle;
    else from = middle + 1;
  }
  return from;
}

/**
 * The σ² along the slider with the largest objective.
 * @param {Sweep} sweep
 */
export function bestAlong({ along, scales, terms: { objective } }) {
  return vertexOf(along(scales), along(objective).map((value) => -value)).x[0];
}
