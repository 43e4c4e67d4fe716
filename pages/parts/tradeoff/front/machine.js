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
 * What there is to do, before anything was done.
 * @param {number} beta
 * @param {StaticData["view"]} view
 */
function lookOf(beta, view) {
  const move = `Move ${view === "plane" ? "●" : "μ"} (where) and σ² (how sure) until`;
  if (beta === 1) return `q says which z may have produced x. ${move} the gap is as small as it gets.`;
  return `β = ${beta}: KL counts ${beta} times, so this is not the ELBO. ${move} reconstruction − ${beta}·KL is as large as it gets.`;
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
  show({ x, formula }) {
    this.images.show(x ? bytes(x) : null, formula ?? "");
  }

  /**
   * @param {StaticData} staticLayer
   * @param {Movement} movement
   * @param {Details} details
   * @param {{ guessing: boolean, silent: boolean, mode: string, samplesOnly: boolean }} state  `silent` while nothing may give an answer away
   */
  paint(staticLayer, { sweep, k }, details, { guessing, silent, mode, samplesOnly }) {
    const { terms, decoded, decodedMean } = sweep, tiles = details.pictureAt(sweep, k);
    const values = { reconstruction: terms.reconstruction[k], kl: terms.kl[k] };
    this.identity.paint(staticLayer, values, guessing);
    setMarked(this.look, lookOf(staticLayer.beta, staticLayer.view));
    setMarked(this.advice, silent ? "" : adviceOn(staticLayer, sweep, k, mode).text);
    if (!tiles || !decoded || !decodedMean) return;
    const { error, spread } = guessing ? { error: null, spread: null } : printedLoss(staticLayer, values, decodedMean.likelihood, 2);
    this.images.paint({ tiles, decoded, error, spread, unit: staticLayer.unit, samplesOnly });
  }

  close() {
    this.images.close();
  }
}
