// @ts-check
// Curves over σ² that are known at the steps of the slider: their lowest point.

/** @param {number[]} curve */
export const lowestOf = (curve) => curve.reduce((best, value, i) => (value < curve[best] ? i : best), 0);

/**
 * The lowest point of a curve: between steps, of the parabola in log x through three of them.
 * @param {number[]} x
 * @param {number[]} y
 * @returns {{ x: number[], y: number[] }}
 */
export function vertexOf(x, y) {
  const best = lowestOf(y), before = Math.log(x[best - 1] / x[best]), after = Math.log(x[best + 1] / x[best]);
  const rise = (y[best - 1] - y[best]) / before, bend = ((y[best + 1] - y[best]) / after - rise) / (after - before);
  if (!(bend > 0)) return { x: [x[best]], y: [y[best]] }; // at an end, or flat
  const slope = rise - bend * before;
  return { x: [x[best] * Math.exp(-slope / (2 * bend))], y: [y[best] - (slope * slope) / (4 * bend)] };
}
