// @ts-check
// The beats of the introduction: what each asks, which parts of the screen it shows, when it is done, and what it has shown.
//
// Their numbers are those of the screen at that moment. The terms get their names in the last beat.

import { scale, shown } from "../../front/text.js";
import { rounded } from "../../tradeoff/front/printed.js";
import { bestAlong } from "../../tradeoff/front/vertex.js";

/** @typedef {import("../../front/introduction.js").Showing} Showing */
/** @typedef {"x" | "images" | "latents" | "posterior" | "slider" | "means" | "axis" | "valley" | "slopes" | "floor" | "identity" | "named"} Part */
/** @typedef {{ title: string, text: string }} Words */

/**
 * What the introduction remembers of a beat.
 * @typedef {object} Memory
 * @property {Showing} first  what the screen showed when the beat began
 * @property {Showing} last  what it showed when the beat was done
 * @property {number} guess  the σ² that was guessed
 * @property {number} named  how many terms have their name
 * @property {boolean} moved  whether σ² has been moved
 */

/**
 * @typedef {object} Beat
 * @property {Part[]} shows  parts of the screen, from the beginning of the beat
 * @property {Part[]} small  the same where the window is narrow
 * @property {Part[]} [reveals]  parts that come once it is done
 * @property {boolean} [concealed]  what is best is hidden until the beat is done, and of the images all but the samples
 * @property {boolean} [near]  the chart is drawn larger: at once, or when what is to be used has been used
 * @property {Record<string, string>} [link]  the state with which it begins: the whole link of the screen
 * @property {(now: Showing) => boolean} [begun]  whether that state has come
 * @property {string} [again]  the σ² with which it begins for whoever comes back to it, if it has no link
 * @property {(first: Showing) => Words} ask
 * @property {string} [act]  a button by which it is done
 * @property {boolean} [after]  the button works only once σ² has been moved
 * @property {(now: Showing, memory: Memory) => boolean} [done]
 * @property {(now: Showing, memory: Memory, narrow: boolean) => Words} [result]  in a narrow window without the chart
 * @property {"slider" | "plane"} [uses]  what is to be used: it is marked, and has the focus of the keyboard
 * @property {boolean} [price]  whether the bar with what q costs is shown
 * @property {boolean} [waste]  whether the gap is shown
 */

/** The names of the terms, in the order in which they come. */
export const NAMES = /** @type {const} */ (["reconstruction", "kl", "evidence", "elbo", "gap"]);

// A picture for which the encoder's q decodes to another digit than the best q does.
const ENCODER_MISSES = { digit: "2", example: "3" };

const NARROW = 0.015, VERY_NARROW = 2e-4; // variances with which the second and the third beat are done: the eight drawings look alike
const AT_THE_BOTTOM = 0.05; // nats above the least cost
const NEAR = 0.1; // between a variance and the stop of the slider beside it, in their logs

/** @param {Showing} now */
const sigma = ({ sweep, k }) => sweep.scales[k];

/**
 * What q costs, as the screen prints it.
 * @param {Showing} now
 */
export function costs({ staticLayer, sweep, k }, digits = 2) {
  const { reconstruction, kl } = sweep.terms;
  return rounded(staticLayer, { reconstruction: reconstruction[k], kl: kl[k] }, digits);
}

/**
 * The same at the best stop of the slider.
 * @param {Showing} now
 */
const least = (now) => costs({ ...now, k: now.sweep.stop(now.sweep.lowest) });

/**
 * What of the KL is for the distance of q's mean from that of the prior.
 * @param {Showing} now
 */
const distance = ({ sweep }) => sweep.klOfMean.reduce((sum, part) => sum + part, 0);

/**
 * What even the best q wastes.
 * @param {Showing} now
 */
const atBest = ({ staticLayer: { approximation } }) => (approximation < 0.01 ? "less than 0.01" : nats(approximation));

/** @param {Showing} now */
const digit = ({ bench }) => bench.digit ?? "";

/**
 * How many yes/no questions a KL is worth: a nat is 1.44 bits.
 * @param {number} kl  in nats
 */
export const questions = (kl) => Math.round(kl / Math.LN2);

/** @param {number} value */
const nats = (value) => shown(value, 2);

/**
 * What a guess has missed.
 * @param {Showing} now
 * @param {number} guess
 */
function guessed(now, guess) {
  const best = sigma({ ...now, k: now.sweep.stop(now.sweep.lowest) }), above = costs(now).cost - least(now).cost;
  if (above < 1) return "Very close. ";
  return guess > best
    ? "At your guess the drawings differ, however little of it is seen: over 784 pixels that adds up. "
    : "At your guess saying where costs more than the drawings gain. ";
}

/** @type {Beat[]} */
export const BEATS = [
  {
    shows: ["x", "images"], small: ["x", "images"],
    concealed: true,
    link: { q: "prior" },
    begun: ({ source }) => source === "prior",
    ask: (now) => ({
      title: "A picture in two numbers",
      text: `This machine describes a picture by two numbers, and draws it again from two numbers. The eight drawings are its own. It has not looked at the ${digit(now)} yet: for each drawing, two numbers were picked at random.` }),
    act: "Let it look at the picture",
  },
  {
    shows: ["x", "images", "latents", "slider"], small: ["x", "images", "latents", "slider"],
    concealed: true,
    link: { variance: "1" },
    begun: (now) => now.source === "hand" && sigma(now) === 1,
    ask: () => ({
      title: "How sure should it be?",
      text: "A place on the plane is a pair of numbers. In step 1 the pairs came from the prior; the dotted rings are its 1 and 2 standard deviations. Now the machine has looked, and says: about here, ●. How sure? The purple rings, 1 and 2 standard deviations again, are q: each drawing begins with a pair picked from q. We begin with σ² = 1, as wide as the prior. Drag σ² to the left until all eight drawings look alike." }),
    done: (now) => sigma(now) <= NARROW,
    result: (now) => ({
      title: "The surer, the more alike",
      text: `With a narrow q all drawings begin with nearly the same two numbers, and come out as nearly the same ${digit(now)}.` }),
    uses: "slider",
  },
  {
    shows: ["x", "images", "latents", "slider"], small: ["x", "images", "latents", "slider"],
    concealed: true,
    again: "0.01",
    ask: () => ({
      title: "Then why not be certain?",
      text: "Somebody who only knows the dotted rings finds q by yes/no questions. The narrower q, the more they must ask: that is the price of saying where. It is counted in nats: a question halves what is left, a nat divides it by e, so a nat is 1.44 questions (1/ln 2). Drag σ² to the far left, and watch the bar." }),
    done: (now) => sigma(now) <= VERY_NARROW,
    result: (now) => ({
      title: "Being exact has a price",
      text: `Saying where now costs ${nats(costs(now).kl)} nats, about ${questions(costs(now).kl)} yes/no questions. ${nats(distance(now))} of these nats are for the distance of ● from the middle, and stay however wide q is; the others are for being narrow. To the eye the drawings stopped changing long before; does that make the rest a waste?` }),
    uses: "slider",
    price: true,
  },
  {
    shows: ["x", "images", "latents", "slider", "axis"], small: ["x", "images", "slider", "axis"],
    reveals: ["valley"],
    concealed: true,
    again: "0.0002",
    ask: () => ({
      title: "Where do both together cost least?",
      text: "There are two costs. A narrow q pays for saying where: the bar. A wide one draws pictures that miss x, and what they miss takes questions too: to describe x to somebody who has the drawing costs −log p(x|z) nats, up to a constant that no q changes; p(x|z) says how far pixels may lie from the drawing. So both add up. Drag σ² to where you think that their sum is smallest." }),
    act: "This is my guess",
    after: true,
    result: (_, { last: now, guess }) => ({
      title: `${nats(costs(now).cost - least(now).cost)} nats above the least`,
      text: `At your guess, σ² = ${scale(guess)}, both together cost ${nats(costs(now).cost)} nats; at ${scale(bestAlong(now.sweep))} they cost ${nats(least(now).cost)}. ${guessed(now, guess)}Red is the price of saying where, the KL (Kullback–Leibler) divergence of q from the prior. Blue on top is what the drawings miss (lost), counted from the machine’s best drawing: the error at q’s mean, and the spread around it.` }),
    uses: "slider",
    price: true,
  },
  {
    shows: ["x", "images", "latents", "slider", "valley", "slopes"], small: ["latents", "slider", "valley", "slopes"],
    reveals: ["floor", "posterior"],
    again: "0.03",
    ask: () => ({ title: "Go down to the bottom", text: "Drag σ² to ◆. The short lines there are the slopes: to the right, KL falls as fast as lost rises, so both together cost least. Is that as cheap as it gets?" }),
    done: (now) => costs(now).cost - least(now).cost <= AT_THE_BOTTOM,
    result: (now) => ({
      title: "No q gets below the line",
      text: `The blue cloud is the posterior p(z|x): the places from which this ${digit(now)} may have come. Bayes’ rule, p(z)·p(x|z) = p(x)·p(z|x), turns the sum of both costs into −log p(x), counted from the best drawing and the same for every q, and the KL of q from the posterior, KL(q‖p(z|x)), which is never below 0. So no q pays less than the dashed line, ${nats(costs(now).floor)}. You pay ${nats(costs(now).cost)}: the ${nats(costs(now).gap)} nats between are wasted.` }),
    uses: "slider",
  },
  {
    shows: ["x", "images", "latents", "posterior", "means", "valley", "floor"], small: ["x", "images", "latents", "posterior", "means"],
    near: true,
    waste: true,
    link: ENCODER_MISSES,
    begun: ({ bench, source }) => bench.digit === ENCODER_MISSES.digit && bench.example === ENCODER_MISSES.example && source === "encoder",
    ask: (first) => ({
      title: "Another picture: a 2",
      text: `The machine looked at the 2 and said where: ●. But what it draws from there is a 3. ${nats(costs(first).gap)} nats are wasted: q is in the wrong place. The best q, ✕, which has other widths too, wastes ${atBest(first)} nats. Drag ● to ✕, or press ✕ in the close-up. On the way it may draw a fine 2 that costs even more: its strokes are not where those of this 2 are.` }),
    done: (now, { first }) => costs(now).gap < costs(first).gap / 4,
    result: (_, { first, last }, narrow) => ({
      title: "Now it draws this 2",
      text: `The part that looks is the encoder. One encoder answers for all pictures (that is amortisation), and about this one it was wrong. The part that draws, the decoder, was not. The waste fell from ${nats(costs(first).gap)} to ${nats(costs(last).gap)} nats; the best q, with a width of its own in each direction, σ²₁ and σ²₂, wastes ${atBest(first)}.${narrow ? "" : " The chart is enlarged to show what is left."}` }),
    uses: "plane",
  },
  {
    shows: ["x", "images", "latents", "posterior", "means", "valley", "floor", "identity"], small: ["identity", "valley", "floor"],
    reveals: ["named"],
    near: true,
    ask: () => ({ title: "The names", text: "These are the words for what you have seen. Costs are better when they are lower, reconstruction and ELBO when they are higher." }),
    act: "Name",
    done: (_, { named }) => named === NAMES.length,
    result: () => ({ title: "Your turn", text: "The terms below make up the line at the top. “Explore” opens the screen: a bold line says what to move, “?” what words mean." }),
  },
];

/**
 * Whether the screen is where a beat begins for whoever comes back to it.
 * @param {Beat} beat
 * @param {Showing} now
 * @param {string} [variance]  that was asked for, of a beat without a link
 */
export const begunAgain = ({ begun }, now, variance) =>
  (begun ? begun(now) : now.source === "hand" && Math.abs(Math.log(sigma(now) / Number(variance))) < NEAR);

/**
 * What a term names, with its value now.
 * @param {typeof NAMES[number]} term
 * @param {Showing} now
 * @returns {{ name: string, value: string, about: string }}
 */
export function naming(term, now) {
  const values = costs(now), value = nats(values[term]), best = nats(values.bestReconstruction);
  const about = {
    reconstruction: `average log p(x|z): ${best}, that of the best drawing, less what is lost.`,
    kl: "the price of saying where.",
    evidence: "log of the probability density of this picture: an integral over all z, out of reach where z has many numbers. It may exceed 0.",
    elbo: `evidence lower bound, reconstruction − KL: ${best} − (KL + lost). It can be computed, and is never above log p(x): training raises it.`,
    gap: "the waste: how far the ELBO lies below log p(x).",
  };
  const names = { reconstruction: "reconstruction", kl: "KL", gap: "gap", evidence: "log p(x)", elbo: "ELBO" };
  return { name: names[term], value, about: about[term] };
}
