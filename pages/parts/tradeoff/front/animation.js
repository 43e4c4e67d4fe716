// @ts-check
// q moves by itself: from one q to another, or along the slider from end to end and back.

/** @typedef {{ mean: number[], variance: number[] }} Place */

const PLAY_MS = 14000, GLIDE_MS = 900; // from end to end, and from q to q

/**
 * Glide from one q to another: mean and log σ² in straight lines, slowly at both ends; returns what stops it.
 * @param {Place} from
 * @param {{ mean: ArrayLike<number>, variance: ArrayLike<number> }} to
 * @param {{ step: (place: Place) => void, arrive: () => void }} events
 */
export function glide(from, to, { step, arrive }) {
  const began = performance.now();
  let frame = 0;
  const next = () => {
    const t = Math.min((performance.now() - began) / GLIDE_MS, 1), eased = t * t * (3 - 2 * t);
    if (t === 1) return arrive();
    frame = requestAnimationFrame(next);
    return step({
      mean: from.mean.map((value, j) => value + eased * (to.mean[j] - value)),
      variance: from.variance.map((value, j) => value * (to.variance[j] / value) ** eased) });
  };
  next();
  return () => cancelAnimationFrame(frame);
}

/**
 * From a stop of the slider to its end, back to its beginning, and so on; returns what stops it.
 * @param {number} from
 * @param {number} last
 * @param {(stop: number) => void} step
 */
export function playAlong(from, last, step) {
  let start = from, began = performance.now(), way = from > 0.95 * (last + 1) ? -1 : 1, frame = 0;
  const next = () => {
    const k = start + way * ((performance.now() - began) / PLAY_MS) * last, stop = Math.round(Math.min(Math.max(k, 0), last));
    if (k >= last || k <= 0) [start, began, way] = [stop, performance.now(), -way];
    frame = requestAnimationFrame(next);
    step(stop);
  };
  next();
  return () => cancelAnimationFrame(frame);
}
