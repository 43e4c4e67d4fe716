// @ts-check
// x, and what the decoder makes of q: the decoded mean and its error, single samples, their average, and their spread.

import { enlargement, find, make, setText } from "../../front/dom.js";
import { greyPainter } from "../../front/grey.js";
import { shown } from "../../front/text.js";
import { PIXELS, SAMPLES, SIDE } from "./tiles.js";

/** @typedef {import("./sweep.js").Sweep} Sweep */

/**
 * What the pictures stand for at one q.
 * @typedef {object} Shown
 * @property {Uint8Array} tiles  average, samples and spread of one stop, as `tilesOf` gives them
 * @property {Uint8Array} decoded  the decoded mean of q
 * @property {number | null} error  what the decoded mean misses more than that of the best z; null where that is not known
 * @property {number | null} spread  what the spread costs; below 0 where samples fit x better
 * @property {string} unit
 * @property {boolean} samplesOnly  whether the upper row is left empty
 */

const ACROSS = 4, GAP = 6, LINES = 2; // the last one of words under a tile of the upper row
const LINE = 14, TYPE = 12, LONGEST = 80; // pixels, where type has its usual size; the last one of "error |x − x̂|"
const WIDE = 400, WIDEST = 640; // pixels: from the first on all samples stand in one row, but not in the introduction
const PRESENTED = 320; // pixels: the same where one presents, since the room is low
const LEAST = 0.005; // less than the screen prints
const FROM = "decoded from q", LETTER = 6.4, BUTTON = 120; // pixels: of a letter beside the title, and of the title and the button

export class Images {
  /** @type {Uint8Array | null} */
  #x = null;
  /** @type {Shown | null} */
  #last = null; // what was to be painted last
  #painted = "";
  #width = 0;
  #size = 0; // of a tile of the upper row
  #across = ACROSS; // samples in a row
  #line = LINE; // pixels

  /** @param {HTMLElement} machine */
  constructor(machine) {
    this.panel = find(machine, ".panel.images");
    this.canvas = /** @type {HTMLCanvasElement} */ (find(this.panel, "canvas"));
    this.input = /** @type {HTMLCanvasElement} */ (find(machine, "canvas.x"));
    this.drawing = find(machine, ".best-drawing");
    this.best = /** @type {HTMLCanvasElement} */ (find(this.drawing, "canvas"));
    this.formula = find(machine, ".formula");
    this.how = find(this.panel, ".how");
    this.inputs = find(machine, ".input .how");
    this.machine = machine;
    this.tile = make("canvas", { width: SIDE, height: SIDE });
    this.put = greyPainter(this.tile);
    this.sizes = new ResizeObserver(() => {
      this.#width = 0;
      this.#painted = "";
      if (this.#last) this.paint(this.#last);
    });
    this.sizes.observe(this.panel);
  }

  /**
   * @param {Uint8Array | null} x  the image; null for a model of one number
   * @param {Uint8Array | null} best  the decoder's best drawing of it
   * @param {string} formula  what stands in place of an image
   */
  show(x, best, formula) {
    this.#x = x;
    this.input.hidden = this.drawing.hidden = this.panel.hidden = !x;
    this.machine.classList.toggle("number", !x);
    this.formula.hidden = Boolean(x);
    this.formula.textContent = formula;
    setText(this.inputs, x ? "the image" : "the number, and its model");
    setText(this.how, FROM);
    this.#painted = "";
    this.#last = null;
    if (!x) return;
    for (const [pixels, canvas] of /** @type {const} */ ([[x, this.input], [best, this.best]])) {
      if (pixels) this.put((i) => pixels[i]);
      canvas.getContext("2d")?.drawImage(this.tile, 0, 0);
    }
  }

  /** @param {Shown} now */
  paint(now) {
    const x = this.#x;
    if (!x) return;
    const { tiles, decoded, error: missed, spread: added, unit, samplesOnly } = now, same = this.#last?.tiles === tiles && this.#last?.decoded === decoded;
    const cost = (/** @type {number | null} */ value) => (value == null ? "" : `${shown(value, 2)} ${unit}`);
    const costs = (/** @type {number | null} */ value, than = "") =>
      (value == null ? "" : value < -LEAST ? ` (they fit x better than it, by ${cost(-value)})` : ` (it costs ${cost(value)}${than})`);
    const lost = (/** @type {number | null} */ value) => (value == null ? "" : value < -LEAST ? `gained ${shown(-value, 2)}` : `lost ${shown(value, 2)}`);
    const painted = `${cost(missed)} ${cost(added)} ${samplesOnly}`;
    this.#last = now;
    if (same && painted === this.#painted) return;
    this.#painted = painted;
    this.canvas.ariaLabel = samplesOnly ? "eight samples" : `The decoded mean of q, its error${costs(missed, " more than that of the best z")}, the average over q, the spread of the samples${costs(added)}, and eight samples`;
    const pen = this.#pen();
    setText(this.how, samplesOnly || missed == null || added == null ? FROM : this.#sum(missed, added, unit));
    const error = (/** @type {number} */ i) => Math.abs(decoded[i] - x[i]);
    const spread = (/** @type {number} */ i) => (tiles[(1 + SAMPLES) * PIXELS + i] * 256 + tiles[(2 + SAMPLES) * PIXELS + i]) / 257;
    const first = /** @type {[(i: number) => number, string[]][]} */ ([
      [(i) => decoded[i], ["at q’s mean"]],
      // What is seen is all that differs from x; what q pays for is what it costs more than that of the best z.
      [error, ["error |x − x̂|", lost(missed)]],
      [(i) => tiles[i], ["average"]],
      // Faint as it is, one scale for all: that a narrower q has less of it is seen. The most is half of white: half the samples
      // black and half of them white.
      [(i) => 255 * Math.sqrt(spread(i) / 127.5), ["√ of spread", lost(added)]],
    ]);
    this.canvas.style.setProperty("--upper-row", `${this.#size + GAP + LINES * this.#line}px`);
    first.forEach(([grey, words], i) => {
      if (samplesOnly) return;
      this.#tile(pen, grey, i);
      words.forEach((text, j) => pen.fillText(text, i * (this.#size + GAP) + this.#size / 2, this.#size + (1 + j) * this.#line - 2));
    });
    for (let j = 0; j < SAMPLES; j++) this.#sample(pen, (i) => tiles[(1 + j) * PIXELS + i], j);
  }

  /**
   * What error and spread cost together: what q loses.
   * @param {number} missed
   * @param {number} added  below 0 where samples fit x better
   * @param {string} unit
   */
  #sum(missed, added, unit) {
    const sum = `lost ${shown(missed, 2)} ${added < -LEAST ? "−" : "+"} ${shown(Math.abs(added), 2)} = ${shown(missed + added, 2)} ${unit}`;
    const whole = `${FROM}; ${sum}`, room = this.#width / enlargement() - BUTTON;
    return "opening" in document.documentElement.dataset ? FROM : whole.length * LETTER < room ? whole : sum;
  }

  /** The canvas, empty and in the size that there is. */
  #pen() {
    const density = window.devicePixelRatio || 1, pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    if (!this.#width) {
      const larger = enlargement();
      this.#width = Math.min(this.panel.clientWidth, WIDEST);
      const page = document.documentElement, wide = page.classList.contains("presenting") ? PRESENTED : WIDE * larger;
      this.#across = this.#width < wide || "opening" in page.dataset ? ACROSS : SAMPLES;
      this.#size = widthOf(this.#width, ACROSS);
      const room = this.#size + GAP;
      this.#line = LINE * Math.min(larger, room / LONGEST);
      const rows = SAMPLES / this.#across, height = this.#size + LINES * this.#line + rows * (widthOf(this.#width, this.#across) + GAP);
      Object.assign(this.canvas, { width: this.#width * density, height: height * density });
      Object.assign(this.canvas.style, { width: `${this.#width}px`, height: `${height}px` });
    }
    const { fontFamily, color } = getComputedStyle(this.panel);
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, this.#width, this.canvas.height);
    pen.imageSmoothingEnabled = false;
    Object.assign(pen, { font: `${(TYPE * this.#line) / LINE}px ${fontFamily}`, fillStyle: color, textAlign: "center" });
    return pen;
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {(i: number) => number} grey  of every pixel, from 0 to 255
   * @param {number} place  in the upper row
   */
  #tile(pen, grey, place) {
    this.put(grey);
    pen.drawImage(this.tile, place * (this.#size + GAP), 0, this.#size, this.#size);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {(i: number) => number} grey  of every pixel, from 0 to 255
   * @param {number} place  counted from left to right and down
   */
  #sample(pen, grey, place) {
    this.put(grey);
    const size = widthOf(this.#width, this.#across), row = Math.floor(place / this.#across);
    pen.drawImage(this.tile, (place % this.#across) * (size + GAP), this.#size + GAP + LINES * this.#line + row * (size + GAP), size, size);
  }

  close() {
    this.sizes.disconnect();
  }
}

/**
 * How wide each of so many tiles side by side can be.
 * @param {number} width  of all
 * @param {number} count
 */
const widthOf = (width, count) => Math.floor((width - GAP * (count - 1)) / count);
