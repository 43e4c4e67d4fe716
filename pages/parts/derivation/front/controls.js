// @ts-check
// The sliders of a step and the buttons that move them; what is done to them is reported.

import { find, make, setText } from "../../front/dom.js";
import { nearest, Slider } from "../../front/slider.js";
import { scale, shown, typedNumber } from "../../front/text.js";

/** @typedef {import("./payload").Declared} Declared */
/** @typedef {import("./payload").SliderSpec} SliderSpec */
/** @typedef {import("./playback.js").Playback} Playback */

/**
 * @typedef {object} ControlEvents
 * @property {(name: string, k: number) => void} move  a slider has been moved to its stop k
 * @property {() => void} hold  a pointer presses a thumb
 * @property {() => void} release  it has let go
 * @property {(values: Record<string, number>) => void} goTo  values were typed, or chosen by a button
 */

export class Controls {
  /**
   * @param {HTMLElement} root
   * @param {Declared} declared
   * @param {ControlEvents} events
   */
  constructor(root, { sliders, presets }, events) {
    this.refusal = find(root, ".refusal");
    this.sliders = sliders.map((spec) => ({ name: spec.name, slider: this.#slider(spec, find(root, ".sliders"), events) }));
    const box = find(root, ".presets");
    box.hidden = !presets.length;
    for (const { label, values } of presets) {
      box.append(make("button", { type: "button", textContent: label, onclick: () => events.goTo(values) }));
    }
  }

  /**
   * @param {SliderSpec} spec
   * @param {HTMLElement} box
   * @param {ControlEvents} events
   */
  #slider({ name, label, symbol, low, high, whole }, box, { move, hold, release, goTo }) {
    const cell = make("div", { className: "slider" });
    Object.assign(cell.dataset, { symbol, slider: name });
    box.append(cell);
    return new Slider(cell, { id: `elbo-room-lesson-${name}`, label }, {
      move: (k) => move(name, k),
      hold,
      release,
      enter: (text) => {
        const value = typedNumber(text), accepted = value >= low && value <= high && (!whole || Number.isInteger(value));
        if (accepted) goTo({ [name]: value });
        else this.refuse(`${label} must be a ${whole ? "whole " : ""}number from ${low} to ${high}; got ${text || "nothing"}.`);
        return accepted;
      },
    });
  }

  /** @param {string} sentence  empty once something else is done */
  refuse(sentence) {
    setText(this.refusal, sentence);
  }

  /** @param {Playback} playback */
  paint(playback) {
    for (const { name, slider } of this.sliders) {
      const stops = playback.stops(name), value = playback.values[name];
      const at = name === playback.active && !playback.waiting ? playback.k : nearest(stops, value);
      const text = Math.abs(value) >= 1000 ? shown(value, 0) : scale(value).replace("-", "−");
      slider.paint(at, text, stops.length - 1);
    }
  }
}
