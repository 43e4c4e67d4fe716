// @ts-check
// A slider: its name, a field for an exact value, and the range itself.

import { make } from "./dom.js";

const SLOP = 6; // pixels that a finger moves before it is known whether it slides or scrolls

/**
 * What a slider reports.
 * @typedef {object} SliderEvents
 * @property {(value: number) => void} move  the range has been moved to its value
 * @property {() => void} hold  a pointer presses the thumb
 * @property {() => void} release  the pointer, or a program that moved the range, has let go
 * @property {(text: string) => boolean} enter  a text was typed into the field; whether it is accepted
 */

export class Slider {
  /** What stands in the field while nobody types. */
  text = "";
  #typing = false;
  /**
   * A finger that has neither moved sideways nor been lifted yet: where it was put down, the value then, and the one that it touches.
   * @type {{ x: number, y: number, before: string, touched: string } | null}
   */
  #finger = null;

  /**
   * @param {HTMLElement} cell  gets the parts of the slider
   * @param {{ id: string, label: string, min?: number, max?: number, step?: number | "any" }} range
   * @param {SliderEvents} events
   */
  constructor(cell, { id, label, min = 0, max = 0, step = 1 }, events) {
    this.exact = make("input", { type: "text", inputMode: "decimal", className: "exact", spellcheck: false });
    this.exact.setAttribute("aria-label", `${label}, exact value`);
    this.range = make("input", { type: "range", id, min: String(min), max: String(max), step: String(step) });
    this.cell = cell;
    this.label = make("label", { textContent: label, htmlFor: id });
    cell.append(this.label, this.exact, this.range);
    this.#listen(events);
    this.exact.oninput = () => {
      this.#typing = true;
    };
    this.exact.onblur = () => {
      this.#typing = false;
    };
    this.exact.onchange = () => {
      this.#typing = false;
      // What is accepted is written as the link has it, "0,2" as 0.2, also while the field has the focus.
      if (!events.enter(this.exact.value)) this.restore();
    };
  }

  /**
   * A finger that swipes over the page may begin on the range, and browsers move the thumb to where it is put down. It counts once
   * the finger goes sideways or is lifted; where it goes up or down the page scrolls, and the pointer is cancelled.
   * @param {SliderEvents} events
   */
  #listen({ move, hold, release }) {
    const { range } = this;
    range.oninput = () => {
      if (!this.#finger) return move(Number(range.value));
      this.#finger.touched = range.value;
      range.value = this.#finger.before;
      return undefined;
    };
    range.onpointerdown = ({ pointerType, clientX: x, clientY: y }) => {
      this.#finger = pointerType === "touch" ? { x, y, before: range.value, touched: range.value } : null;
      hold();
    };
    range.onpointermove = ({ clientX, clientY }) => {
      const finger = this.#finger;
      if (finger && Math.abs(clientX - finger.x) > Math.max(SLOP, Math.abs(clientY - finger.y))) this.#finger = null;
    };
    range.onpointerup = () => {
      const touched = this.#finger?.touched ?? range.value;
      this.#finger = null;
      if (touched !== range.value) move(Number((range.value = touched)));
      release();
    };
    range.onpointercancel = () => {
      this.#finger = null;
      release();
    };
    range.onchange = () => release();
  }

  /** A refused text does not stay where the number stood. */
  restore() {
    this.exact.value = this.text;
  }

  /**
   * Put the thumb to a value of the range, and write what it stands for.
   * @param {number} value
   * @param {string} text
   * @param {number} max  of the range
   */
  paint(value, text, max = Number(this.range.max)) {
    const { range, exact } = this;
    if (Number(range.max) !== max) range.max = String(max);
    if (Number(range.value) !== value) range.value = String(value);
    if (range.getAttribute("aria-valuetext") !== text) range.setAttribute("aria-valuetext", text);
    this.text = text;
    if (!this.#typing && exact.value !== text) exact.value = text;
    const low = Number(range.min), part = (Number(range.value) - low) / Math.max(max - low, Number.MIN_VALUE);
    range.style.setProperty("--part", `${100 * part}%`);
  }

  /**
   * Lay the range under an axis, as long as it, and the thumb under a place on it: the stops are not as evenly spaced as the
   * range believes.
   * @param {{ left: number, length: number, at: number } | null} axis  in pixels: where the axis begins in the cell, its length,
   *   and how far along it the thumb belongs; null for no axis
   */
  align(axis) {
    const { range, cell } = this, low = Number(range.min), span = Math.max(Number(range.max) - low, Number.MIN_VALUE);
    cell.classList.toggle("aligned", Boolean(axis));
    if (!axis) return range.style.removeProperty("--shift");
    const { left, length, at } = axis, settings = {
      "--left": left, "--length": length, "--at": at, "--shift": at - (length * (Number(range.value) - low)) / span };
    for (const [name, value] of Object.entries(settings)) range.style.setProperty(name, `${value.toFixed(2)}px`);
    return range.style.setProperty("--part", "calc(var(--thumb) / 2 + var(--at))");
  }
}

/**
 * The stop that lies nearest to a value.
 * @param {ArrayLike<number>} stops
 * @param {number} value
 * @param {(stop: number) => number} distance  measured on another scale, if need be
 */
export function nearest(stops, value, distance = (stop) => Math.abs(stop - value)) {
  let best = 0;
  for (let i = 1; i < stops.length; i++) if (distance(stops[i]) < distance(stops[best])) best = i;
  return best;
}
