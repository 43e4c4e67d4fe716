// @ts-check
// The settings that are sliders. What they say on their way is told to the instrument; where they are let go is committed.

import { Commits } from "../../front/commit.js";
import { make, setText } from "../../front/dom.js";
import { mount } from "../../front/mount.js";
import { nearest, Slider } from "../../front/slider.js";
import { scale, typedNumber } from "../../front/text.js";

/** @typedef {import("./payload").DialsData} DialsData */
/** @typedef {import("./payload").DialData} DialData */

/**
 * What the instrument hears while a setting is dragged.
 * @typedef {object} Setting
 * @property {string} name  of the link parameter
 * @property {string} text  its value, as the link would hold it
 * @property {boolean} moving  whether it is still on its way
 * @property {boolean} changed  whether a value that was let go is another than the one before
 * @property {boolean} follow  whether σ² is to go where the objective is largest
 */

export const SETTING = "elbo-room:setting"; // the event on the document, with a Setting as its detail

class Dials {
  #built = "";
  /** @type {Map<string, { slider: Slider, dial: DialData, text: string }>} */
  #dials = new Map();
  #follow = false;
  #held = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.commits = new Commits(root);
    this.refusal = make("p", { className: "refusal", role: "alert" });
  }

  /** @param {import("../../front/mount.js").Page<DialsData>} page */
  receive(page) {
    this.root.hidden = false;
    if (!this.commits.accepts(page)) return;
    const { dials } = page.data, plan = JSON.stringify(dials.map(({ name, stops, about }) => [name, stops, about]));
    if (plan !== this.#built) this.#build(dials);
    this.#built = plan;
    for (const dial of dials) {
      const found = this.#dials.get(dial.name);
      if (!found || this.#held === dial.name) continue;
      found.dial = dial;
      this.#paint(dial.name, dial.value);
    }
  }

  /** @param {DialData[]} dials */
  #build(dials) {
    this.#dials.clear();
    this.root.replaceChildren();
    for (const dial of dials) {
      const { name, label, stops, about } = dial, cell = make("div", { className: "dial" });
      cell.dataset.dial = name;
      this.root.append(cell);
      const slider = new Slider(cell, { id: `elbo-room-setting-${name}`, label, max: stops.length - 1 }, {
        move: (k) => this.#move(name, stops[k]),
        hold: () => {
          this.#held = name;
        },
        release: () => this.#release(name),
        enter: (text) => this.#enter(name, text),
      });
      if (about) cell.append(make("p", { className: "about", textContent: about }));
      if (name === "beta") this.#offerToFollow(cell);
      this.#dials.set(name, { slider, dial, text: "" });
    }
    this.root.append(this.refusal);
  }

  /** @param {HTMLElement} cell */
  #offerToFollow(cell) {
    const label = make("label", { className: "follow" }), box = make("input", { type: "checkbox", checked: this.#follow });
    box.onchange = () => {
      this.#follow = box.checked;
    };
    label.append(box, "σ² of q follows to its best");
    cell.append(label);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #paint(name, text) {
    const found = this.#dials.get(name);
    if (!found) return;
    const { slider, dial } = found, value = Number(text);
    found.text = text;
    const short = text.length > 6 ? scale(value) : text, trained = name === "sigma_x" && text === dial.default;
    slider.paint(nearest(dial.stops.map(Number), value, (stop) => Math.abs(stop - value)), short);
    if (trained) slider.range.setAttribute("aria-valuetext", `${short}, as trained`);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #move(name, text) {
    setText(this.refusal, "");
    this.#paint(name, text);
    this.#tell({ name, text, moving: true, changed: true, follow: this.#follow && name === "beta" });
  }

  /** @param {string} name */
  #release(name) {
    const found = this.#dials.get(name);
    this.#held = "";
    if (!found) return;
    const { text, dial } = found;
    const changed = text !== dial.value;
    dial.value = text;
    if (changed) this.commits.send({ [name]: text });
    this.#tell({ name, text, moving: false, changed, follow: this.#follow && name === "beta" });
  }

  /**
   * @param {string} name
   * @param {string} typed
   */
  #enter(name, typed) {
    const found = this.#dials.get(name), value = typedNumber(typed);
    if (!found) return false;
    const { low, high, label, stops } = found.dial, listed = stops.find((stop) => Number(stop) === value);
    const accepted = name === "beta" ? listed !== undefined : value >= Number(low) && value <= Number(high);
    const range = name === "beta" ? `one of ${stops.join(", ")}` : `a number from ${low} to ${high}`;
    setText(this.refusal, accepted ? "" : `${label.split(",")[0]} must be ${range}; got ${typed || "nothing"}.`);
    if (!accepted) return false;
    this.#move(name, listed ?? String(value));
    this.#release(name);
    return true;
  }

  /** @param {Setting} setting */
  #tell(setting) {
    document.dispatchEvent(new CustomEvent(SETTING, { detail: setting }));
  }

  close() {
    this.commits.close();
  }
}

export const show = mount(".dials", (/** @type {HTMLElement} */ root) => new Dials(root));
