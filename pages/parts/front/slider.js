// @ts-check
// A slider: its name, a field for an exact value, and the range itself.

import { make } from "./dom.js";

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
    this.range.oninput = () => events.move(Number(this.range.value));
    this.range.onpointerdown = () => events.hold();
    this.range.onpointerup = this.range.onpointercancel = this.range.onchange = () => events.release();
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
