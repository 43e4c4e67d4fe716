// @ts-check
// The scale of the costs: as high as the encoder's q costs, or near the floor, where that is far lower. No movement of q changes it.

import { setText } from "../../front/dom.js";

/** @typedef {import("./payload").StaticData} StaticData */

const NEAR = 2.5; // times the floor
const LEAST = 3; // times lower than the other scale, or it is not offered

export class Zoom {
  #near = false;
  #whole = NaN; // the top of the other scale

  /**
   * @param {HTMLElement} button
   * @param {() => void} changed  another scale was chosen
   */
  constructor(button, changed) {
    this.button = button;
    this.changed = changed;
    button.onclick = () => this.set(!this.#near);
  }

  /** @param {boolean | null} near  null: as it is */
  set(near) {
    if (near === null || near === this.#near || this.button.hidden) return;
    this.#near = near;
    this.changed();
  }

  /**
   * What no movement of q changes, on the scale that was chosen; another model or image begins with the whole.
   * @param {StaticData} fixed  on either scale
   * @param {boolean} anew  whether it has just come from the server
   * @returns {StaticData}
   */
  scaled(fixed, anew) {
    const whole = anew ? fixed.costTop : this.#whole, near = NEAR * (fixed.bestReconstruction - fixed.evidence);
    if (whole !== this.#whole) this.#near = false;
    this.#whole = whole;
    const offered = near > 0 && whole / near >= LEAST;
    this.button.hidden = !offered;
    setText(this.button, this.#near ? "zoom out" : "zoom in");
    return { ...fixed, costTop: offered && this.#near ? near : whole };
  }
}
