// @ts-check
// The moving layer of the spectrum: the water's level, what stands above it, and how far.

import { Chart } from "../../front/chart.js";
import { between, set, svg } from "../../front/svg.js";
import { doubles } from "../../front/unpack.js";

/** @typedef {import("../../front/chart.js").Box} Box */
/** @typedef {Omit<import("./payload").SpectrumData, "eigenvalues" | "levels"> & { eigenvalues: Float64Array, levels: Float64Array }} Spectrum */

const R = 5;

export class Water extends Chart {
  fixed = true;
  /** @type {Spectrum | null} */
  #spectrum = null;
  #laid = ""; // the frame in which the marks lie

  /** @param {ConstructorParameters<typeof Chart>} given */
  constructor(...given) {
    super(...given);
    const { over } = this;
    this.dry = svg("rect", {}, svg("clipPath", { id: "loss-dry" }, over));
    this.room = svg("rect", {}, svg("clipPath", { id: "loss-room" }, over));
    this.rest = svg("rect", {}, svg("clipPath", { id: "loss-rest" }, over));
    this.flood = svg("rect", { class: "under-water" }, over);
    this.stems = svg("path", { class: "stems", "clip-path": "url(#loss-dry)" }, over);
    this.line = svg("line", { class: "level" }, over);
    this.kept = svg("path", { class: "kept", "clip-path": "url(#loss-room)" }, over);
    this.beyond = svg("path", { class: "beyond", "clip-path": "url(#loss-rest)" }, over);
    this.flag = svg("text", { class: "flag", "text-anchor": "end" }, over);
  }

  /** @param {import("./payload").SpectrumData} spectrum */
  show(spectrum) {
    this.#spectrum = { ...spectrum, eigenvalues: doubles(spectrum.eigenvalues), levels: doubles(spectrum.levels) };
    this.#laid = "";
    this.drawFigure(spectrum.figure);
  }

  /**
   * Marks and stems of all directions, once for each size of the chart; what is seen of them is a matter of clipping.
   * @param {Float64Array} eigenvalues
   * @param {Box} frame
   */
  #lay(eigenvalues, frame) {
    const key = JSON.stringify(frame);
    if (key === this.#laid) return;
    this.#laid = key;
    let marks = "", stems = "";
    eigenvalues.forEach((value, i) => {
      const x = this.x(i + 1), y = this.y(value).toFixed(1);
      marks += `M${(x - R).toFixed(1)},${y}a${R},${R} 0 1,0 ${2 * R},0a${R},${R} 0 1,0 ${-2 * R},0`;
      stems += `M${x.toFixed(1)},${y}V${frame.bottom}`;
    });
    set(this.kept, { d: marks });
    set(this.beyond, { d: marks });
    set(this.stems, { d: stems });
  }

  /**
   * Halfway between the last of the first so many directions and the next.
   * @param {number} count
   * @param {Box} frame
   */
  #edge(count, frame) {
    return count ? Math.min(this.x(count + 0.5), frame.right + R) : frame.left - 2 * R;
  }

  /** @param {number} k  the stop of the slider */
  paint(k) {
    const spectrum = this.#spectrum;
    if (!this.ready() || !spectrum) return;
    const frame = this.frame(), { left, right, top, bottom } = frame;
    this.#lay(spectrum.eigenvalues, frame);
    const level = spectrum.levels[k], [low, high] = spectrum.range;
    const y = level >= high ? top : level <= low ? bottom : this.y(level);
    const above = this.#edge(spectrum.above[k], frame), active = this.#edge(spectrum.active[k], frame), reach = left - 2 * R;
    set(this.dry, between(reach, active, top - R, y));
    set(this.room, between(reach, active, top - R, bottom + R));
    set(this.rest, between(active, above, top - R, bottom + R));
    set(this.flood, between(left, right, y, bottom));
    set(this.line, { x1: left, x2: right, y1: y, y2: y });
    this.flag.textContent = level > high ? "↑ the water level is above all of them" : level < low ? "↓ the water level is below all of them" : "";
    set(this.flag, { x: right - 6, y: level > high ? top + 18 : bottom - 8 });
  }
}
