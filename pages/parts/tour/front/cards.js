// @ts-check
// The cards of the tour: what to do, how the table of numbers tells that it is done, and what it shows.

// Steps of the variance slider: more than a slip of the hand.
const FAR = 20;

const variance = ".instrument .slider.variance", plane = ".instrument .latents .chart", books = ".instrument .books";

/** @typedef {Record<string, string>} TableState  the data attributes of the table of numbers */

/**
 * @typedef {object} Card
 * @property {string} title
 * @property {string} ask
 * @property {string} shows
 * @property {string} target
 * @property {string} [see]
 * @property {[string, number, number]} over
 * @property {boolean} [lesson]
 * @property {(now: TableState, then: TableState) => boolean} done
 */

// `now` and `then` are the states of the table of numbers, now and when the card began. `target` is what has to be used, `see`
// what shows the result; `over` is the panel on which the card may stand, and where on it, in parts of what is left.
/** @type {Card[]} */
export const CARDS = [
  {
    title: "Make q wide",
    ask: "Drag σ² a good way to the right.",
    shows: "Wider q: blurrier images, lower KL. Narrower q: sharper images, higher KL. The ELBO weighs one against the other.",
    target: variance,
    over: [".instrument .latents", 0.5, 0.3],
    done: (now, then) => Math.abs(Number(now.stop) - Number(then.stop)) >= FAR,
  },
  {
    title: "Move its mean",
    ask: "Drag the mean of q across the latent plane, or move the μ sliders.",
    shows: "Every place on the plane decodes to another image. Away from the posterior the ELBO falls and the gap opens.",
    target: plane,
    over: [".instrument .tradeoff", 0.9, 0.45],
    done: (now, then) => now.mean !== then.mean,
  },
  {
    title: "Close the gap",
    ask: "Press “best q”: the Gaussian with the largest ELBO for this image.",
    shows: "The gap is now as small as a q of this family can make it: the ELBO is as near to log p(x) as it gets.",
    target: '.instrument button[data-q="best"]',
    over: [".instrument .tradeoff", 0.1, 0.3],
    done: (now) => now.q === "best" && now.diagnostics === "true",
  },
  {
    title: "Compare the two bars",
    ask: "Move σ² again, and watch the two bars.",
    shows: "Both bars have the same length: lost + KL = floor + gap. The floor has not moved, because log p(x) does not depend on q.",
    target: variance,
    see: books,
    over: [".instrument .latents", 0.5, 0.5],
    done: (now, then) => Math.abs(Number(now.stop) - Number(then.stop)) >= FAR,
  },
  {
    title: "Another image",
    ask: "Choose another digit.",
    shows: "Another log p(x), and the same rule: ELBO + gap = log p(x). This q was made for the other image: “encoder” gives the new one’s. Now explore on your own, or go on to the derivation.",
    target: '.st-key-digit, [data-testid="stExpandSidebarButton"]',
    over: [".instrument .tradeoff", 0.05, 0.4],
    lesson: true,
    done: (now, then) => now.digit !== then.digit || now.example !== then.example,
  },
];
