// @ts-check
// The settings beside q, each where it acts: the model, the image, σₓ, β and the unit. What is chosen is committed at once; a
// slider shows every value on its way, and its last is committed.

import { find, make, setText } from "../../front/dom.js";
import { nearest, Slider } from "../../front/slider.js";
import { scale, typedNumber } from "../../front/text.js";

/** @typedef {import("./payload").InstrumentData} InstrumentData */
/** @typedef {import("./payload").DialData} DialData */

/**
 * A setting that is dragged, or that was let go.
 * @typedef {object} Setting
 * @property {string} name  of the link parameter
 * @property {string} text  its value, as the link holds it
 * @property {boolean} changed  whether it is another value than the committed one
 * @property {boolean} follow  whether σ² goes where the objective is largest
 */

/**
 * @typedef {object} SettingEvents
 * @property {(changes: Record<string, string>) => void} choose
 * @property {(setting: Setting) => void} drag
 * @property {(setting: Setting) => void} release
 * @property {(sentence: string) => void} refuse  a text that was typed is no value; empty once something else is done
 */

/** @typedef {{ slider: Slider, dial: DialData, stops: string[], text: string }} Dial */

const DIGITS = 10, OF_START = new Set(["sigma_x", "beta"]);

export class Settings {
  #built = "";
  /** @type {Map<string, Dial>} */
  #dials = new Map();
  #moved = ""; // the slider that has been moved and not let go
  #examples = 0;
  #example = 1;

  /**
   * @param {HTMLElement} root  the instrument
   * @param {SettingEvents} events
   */
  constructor(root, events) {
    this.root = root;
    this.events = events;
    this.model = /** @type {HTMLSelectElement} */ (find(root, "#elbo-room-model"));
    this.model.onchange = () => events.choose({ model: this.model.value });
    this.follow = /** @type {HTMLInputElement} */ (find(root, ".follow input"));
    this.follow.onchange = () => {
      // From now on: so at once too.
      const beta = this.follow.checked && this.#dials.get("beta");
      if (!beta) return;
      this.#move("beta", beta.text);
      this.#release("beta");
    };
    this.field = /** @type {HTMLInputElement} */ (find(root, ".example input"));
    this.field.onchange = () => this.#enterExample();
    for (const [act, by] of /** @type {const} */ ([["previous", -1], ["next", 1]])) {
      find(root, `[data-act="${act}"]`).onclick = () => this.#choose("example", String(((this.#example - 1 + by + this.#examples) % this.#examples) + 1));
    }
    const digits = find(root, ".digits"), units = find(root, ".units");
    for (let digit = 0; digit < DIGITS; digit++) digits.append(this.#radio("digit", String(digit), `digit ${digit}`));
    for (const unit of ["nats", "bits"]) units.append(this.#radio("units", unit, unit));
  }

  /**
   * @param {string} name  of the link parameter
   * @param {string} value
   * @param {string} label
   */
  #radio(name, value, label) {
    const cell = make("label"), radio = make("input", { type: "radio", name: `elbo-room-${name}`, value });
    radio.onchange = () => this.#choose(name, value);
    cell.append(radio, make("span", { textContent: label }));
    return cell;
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #choose(name, text) {
    this.events.refuse("");
    this.events.choose({ [name]: text });
  }

  #enterExample() {
    const { field } = this, typed = field.value.trim(), value = Number(typed);
    if (typed && Number.isInteger(value) && value >= 1 && value <= this.#examples) return this.#choose("example", String(value));
    this.events.refuse(`example must be a whole number from 1 to ${this.#examples}; got ${typed || "nothing"}.`);
    field.value = String(this.#example);
    return undefined;
  }

  // ---- what Python sends ------------------------------------------------------------------------------------------

  /** @param {InstrumentData} data */
  show({ bench, settings: { models, about, examples, dials } }) {
    if (!this.model.options.length) this.model.replaceChildren(...models.map(([name, title]) => new Option(title, name)));
    this.model.value = bench.model;
    this.model.title = `${bench.model}: ${about}`;
    setText(find(this.root, ".about-model"), this.model.title);
    this.#examples = examples;
    this.#example = Number(bench.example ?? 1);
    for (const part of [".digits", ".example"]) find(this.root, part).hidden = !examples;
    setText(find(this.root, ".example .of"), `of ${examples}`);
    if (document.activeElement !== this.field || this.field.value !== bench.example) this.field.value = String(this.#example);
    for (const name of ["digit", "units"]) {
      for (const radio of this.root.querySelectorAll(`[name="elbo-room-${name}"]`)) {
        if (radio instanceof HTMLInputElement) radio.checked = radio.value === bench[name];
      }
    }
    const plan = JSON.stringify([bench.model, dials.map(({ name }) => name)]);
    if (plan !== this.#built) this.#build(dials, examples > 0);
    this.#built = plan;
    for (const dial of dials) this.#adopt(dial);
  }

  /**
   * @param {DialData[]} dials
   * @param {boolean} images
   */
  #build(dials, images) {
    this.#dials.clear();
    this.#moved = "";
    for (const box of this.root.querySelectorAll(".dials")) box.replaceChildren();
    for (const dial of dials) {
      const { name, label } = dial, cell = make("div", { className: "slider dial" });
      cell.dataset.dial = cell.dataset.term = name;
      const place = name === "beta" ? ".weight" : name === "sigma_x" && images ? ".decode" : ".pick";
      find(this.root, `${place} .dials`).append(cell);
      const slider = new Slider(cell, { id: `elbo-room-setting-${name}`, label }, {
        move: (k) => this.#move(name, this.#dials.get(name)?.stops[k] ?? ""),
        hold: () => {},
        release: () => this.#release(name),
        enter: (text) => this.#enter(name, text),
      });
      if (name === "sigma_x") cell.append(make("p", { className: "trained" }));
      this.#dials.set(name, { slider, dial, stops: [], text: "" });
    }
  }

  /** @param {DialData} dial */
  #adopt(dial) {
    const found = this.#dials.get(dial.name);
    if (!found || this.#moved === dial.name) return;
    Object.assign(found, { dial, stops: stopsOf(dial) });
    this.#paint(dial.name, dial.value);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #paint(name, text) {
    const found = this.#dials.get(name);
    if (!found) return;
    const { slider, dial, stops } = found, value = Number(text);
    found.text = text;
    const short = text.length > 6 ? scale(value) : text;
    slider.paint(nearest(stops.map(Number), value), short, stops.length - 1);
    if (name === "beta") slider.range.setAttribute("aria-valuetext", text === dial.default ? `${short}, the ELBO` : `${short}: KL counts ${short} times, not the ELBO`);
    if (name !== "sigma_x") return;
    const trained = text === dial.default;
    setText(find(slider.cell, ".trained"), trained ? "as trained" : `trained: ${scale(Number(dial.default))}`);
    if (trained) slider.range.setAttribute("aria-valuetext", `${short}, as trained`);
  }

  /**
   * β and σₓ as without a link; what a challenge or a teacher has set stays.
   * @param {InstrumentData} data
   * @returns {Record<string, string>}
   */
  start({ challenge, hide, settings: { dials } }) {
    const free = challenge ? [] : dials.filter(({ name }) => OF_START.has(name) && !hide.split(" ").includes(name));
    return Object.fromEntries(free.map((dial) => [dial.name, dial.default]));
  }

  // ---- what a visitor does ----------------------------------------------------------------------------------------

  /**
   * @param {string} name
   * @param {string} text
   */
  #move(name, text) {
    this.events.refuse("");
    this.#paint(name, text);
    this.#moved = name;
    this.events.drag(this.#setting(name, text));
  }

  /** @param {string} name */
  #release(name) {
    const found = this.#dials.get(name);
    // A pointer that lets go is followed by the event of a change: the second says nothing new.
    if (!found || this.#moved !== name) return;
    this.#moved = "";
    const setting = this.#setting(name, found.text);
    found.dial = { ...found.dial, value: found.text };
    this.events.release(setting);
  }

  /**
   * @param {string} name
   * @param {string} text
   * @returns {Setting}
   */
  #setting(name, text) {
    return { name, text, changed: text !== this.#dials.get(name)?.dial.value, follow: name === "beta" && this.follow.checked && !this.follow.disabled };
  }

  /**
   * @param {string} name
   * @param {string} typed
   */
  #enter(name, typed) {
    const found = this.#dials.get(name), value = typedNumber(typed);
    if (!found) return false;
    const { low, high, label, options } = found.dial, listed = options.find((option) => Number(option) === value);
    const accepted = options.length ? listed !== undefined : value >= low && value <= high;
    const range = options.length ? `one of ${options.join(", ")}, which are all that is offered` : `a number from ${low} to ${high}`;
    this.events.refuse(accepted ? "" : `${label} must be ${range}; got ${typed || "nothing"}.`);
    if (!accepted) return false;
    this.#move(name, listed ?? String(value));
    this.#release(name);
    return true;
  }
}

/**
 * The values at the stops of a slider, in rising order: those of its steps, its own and its default.
 * @param {DialData} dial
 */
function stopsOf({ low, high, step, value, default: usual, options }) {
  if (options.length) return options;
  const steps = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => String(Number((low + i * step).toFixed(10))));
  return [...new Set([...steps, value, usual])].toSorted((a, b) => Number(a) - Number(b));
}
