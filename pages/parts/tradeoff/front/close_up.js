// @ts-check
// What a chart of the latent space shows close up: what holds the posterior and q. While a guess hides the posterior, nothing of
// it depends on the answer: neither its place nor its size, which is then the same for every image.

const MARGIN = 0.12; // of the close-up, that a q within it keeps from the edge where the close-up is widened for it
const EDGE = 0.06; // of the close-up: what is nearer to its edge is outside
const STAYS = 8; // halves of the close-up that q needs, in one that stays wide
const HIDDEN = 0.5; // half of the close-up, in standard deviations of the prior
const TOP = 2; // of the density: five times the peak of the prior

/** @typedef {[number, number][]} Ranges */

export class CloseUp {
  /** @type {Ranges} */
  #home = [];
  /** @type {Ranges} */
  #kept = []; // for a q outside of them, or for q alone
  #hides = false;

  /** @param {Ranges} home  what holds the posterior and the best q */
  show(home) {
    this.#home = home;
    this.#kept = [];
  }

  /**
   * The close-up holds q too: where q is outside, it is as much wider as that needs. It stays so until q is back, or is so near
   * that little would be seen: where every drag narrowed it, q would stand again where it was picked up.
   * @param {number[]} mean
   * @param {boolean} hides  whether the posterior is hidden
   * @returns {Ranges}  of z₁ and of z₂
   */
  ranges(mean, hides) {
    if (hides !== this.#hides) this.#kept = [];
    this.#hides = hides;
    if (!hides && holds(this.#home, mean)) {
      this.#kept = [];
      return this.#home;
    }
    const ends = mean.map((at, j) => (hides ? [at - HIDDEN, at + HIDDEN] : [Math.min(at, this.#home[j][0]), Math.max(at, this.#home[j][1])]));
    const half = hides ? HIDDEN : (0.5 + MARGIN) * Math.max(...ends.map(([from, to]) => to - from)), kept = this.#kept;
    if (!kept.length || !holds(kept, mean) || half < (kept[0][1] - kept[0][0]) / STAYS) {
      this.#kept = ends.map(([from, to]) => [(from + to) / 2 - half, (from + to) / 2 + half]);
    }
    return this.#kept;
  }

  /**
   * The same of a chart of densities over one latent.
   * @param {boolean} hides
   * @returns {Ranges}  of the density
   */
  heights(hides) {
    return hides ? [[0, TOP]] : this.#home;
  }
}

/**
 * Whether a point lies in ranges, and not at their edge.
 * @param {Ranges} ranges
 * @param {number[]} point
 */
function holds(ranges, point) {
  return ranges.every(([from, to], j) => Math.min(point[j] - from, to - point[j]) > EDGE * (to - from));
}
