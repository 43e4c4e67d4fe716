// @ts-check
// The machine from x to the decoded images, and what is said about it: the identity, what one sees, and what to move.

import { find, setMarked } from "../../front/dom.js";
import { bytes } from "../../front/unpack.js";
import { adviceOn } from "./advice.js";
import { Identity } from "./identity.js";
import { Images } from "./images.js";
import { printedLoss } from "./printed.js";

/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./movement.js").Movement} Movement */
/** @typedef {import("./details.js").Details} Details */

/**
 * What one looks at, and what there is to do.
 * @param {number} beta
 * @param {{ view: StaticData["view"], asked: boolean, done: boolean }} state  whether a guess is asked for instead, and whether no move gains
 */
function lookOf(beta, { view, asked, done }) {
  const which = beta === 1 ? "q says which z may have produced x." : `β = ${beta}: KL counts ${beta} times, so this is not the ELBO.`;
  const where = view === "plane" ? "●" : "μ", aim = beta === 1 ? "the gap is as small" : `reconstruction − ${beta}·KL is as large`;
  if (asked) return `${which} ${where} says where, σ² how sure.`;
  if (done) return `${which} Here ${aim} as it gets: no move of ${where} or σ² gains.`;
  return `${which} Move ${where} (where) and σ² (how sure) until ${aim} as it gets.`;
}

export class Machine {
  /** @param {HTMLElement} root  the instrument */
  constructor(root) {
    this.identity = new Identity(root);
    this.images = new Images(find(root, ".machine"));
    this.look = find(root, ".look");
    this.advice = find(root, ".advice");
  }

  /** @param {StaticData} staticLayer */
  show({ x, bestDrawing, formula }) {
    this.images.show(x ? bytes(x) : null, bestDrawing ? bytes(bestDrawing) : null, formula ?? "");
  }

  /**
   * @param {StaticData} staticLayer
   * @param {Movement} movement
   * @param {Details} details
   * @param {{ guessing: boolean, silent: boolean, told: string, mode: string, samplesOnly: boolean }} state  `silent` while nothing may give an
   *   answer away; `told` in place of advice, where a guess is asked for or a class has guessed
   */
  paint(staticLayer, { sweep, k }, details, { guessing, silent, told, mode, samplesOnly }) {
    const { terms, decoded, decodedMean } = sweep, tiles = details.pictureAt(sweep, k);
    const values = { reconstruction: terms.reconstruction[k], kl: terms.kl[k] };
    this.identity.paint(staticLayer, values, guessing);
    const advice = silent ? null : adviceOn(staticLayer, sweep, k, mode);
    setMarked(this.look, lookOf(staticLayer.beta, { view: staticLayer.view, asked: guessing, done: advice?.move === "none" }));
    setMarked(this.advice, told || (advice?.text ?? ""));
    if (!tiles || !decoded || !decodedMean) return;
    const { error, spread } = guessing ? { error: null, spread: null } : printedLoss(staticLayer, values, decodedMean.likelihood, 2);
    this.images.paint({ tiles, decoded, error, spread, unit: staticLayer.unit, samplesOnly });
  }

  close() {
    this.images.close();
  }
}
