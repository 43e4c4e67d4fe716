// @ts-check
// x, the mean image over q and eight samples, on a canvas.

import { find, make } from "../../front/dom.js";

const SIDE = 28, TILES = 9, ACROSS = 5, GAP = 6, CAPTION = 15;
const NAMES = ["x", "mean", ...Array.from({ length: 8 }, (_, i) => `z${i + 1}`)];

export class Images {
  /** @type {Uint8Array | null} */
  #x = null;
  /** @type {Uint8Array | null} */
  #shown = null; // the tiles that are painted
  /** @type {[Uint8Array, string] | null} */
  #last = null; // what was to be painted last
  #width = 0;
  #size = 0; // of a tile

  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    this.canvas = /** @type {HTMLCanvasElement} */ (find(panel, "canvas"));
    this.formula = find(panel, ".formula");
    this.tile = make("canvas", { width: SIDE, height: SIDE });
    this.ink = /** @type {CanvasRenderingContext2D} */ (this.tile.getContext("2d"));
    this.data = this.ink.createImageData(SIDE, SIDE);
    this.data.data.fill(255);
    this.sizes = new ResizeObserver(() => {
      this.#width = 0;
      this.#shown = null;
      if (this.#last) this.paint(...this.#last);
    });
    this.sizes.observe(panel);
  }

  /**
   * @param {Uint8Array | null} x  the image; null for a model of one number
   * @param {string} formula  what stands in place of images
   */
  show(x, formula) {
    this.#x = x;
    this.canvas.hidden = !x;
    this.formula.hidden = Boolean(x);
    this.formula.textContent = formula;
    find(this.panel, ".panel-title b").textContent = x ? "Images" : "The model";
    find(this.panel, ".how").textContent = x ? "illustration" : "as on the sliders";
    this.canvas.ariaLabel = "x, the mean image over q and eight samples";
    this.#shown = null;
  }

  /**
   * @param {Uint8Array | null} tiles  the mean image and the samples of one step, one byte a pixel
   * @param {string} colour  of the captions
   */
  paint(tiles, colour) {
    if (!this.#x || !tiles) return;
    this.#last = [tiles, colour];
    if (this.#shown === tiles) return;
    this.#shown = tiles;
    const density = window.devicePixelRatio || 1;
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    if (!this.#width) {
      this.#width = Math.min(this.panel.clientWidth, 560);
      this.#size = Math.floor((this.#width - GAP * (ACROSS - 1)) / ACROSS);
      const height = 2 * (this.#size + CAPTION + 3);
      Object.assign(this.canvas, { width: this.#width * density, height: height * density });
      Object.assign(this.canvas.style, { width: `${this.#width}px`, height: `${height}px` });
    }
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, this.#width, this.canvas.height);
    pen.imageSmoothingEnabled = false;
    pen.font = `12px ${getComputedStyle(this.panel).fontFamily}`;
    pen.fillStyle = colour;
    pen.textAlign = "center";
    for (let i = 0; i <= TILES; i++) {
      const left = (i % ACROSS) * (this.#size + GAP), top = Math.floor(i / ACROSS) * (this.#size + CAPTION + 3);
      this.#put(i ? tiles : this.#x, i ? (i - 1) * SIDE * SIDE : 0);
      pen.drawImage(this.tile, left, top, this.#size, this.#size);
      pen.fillText(NAMES[i], left + this.#size / 2, top + this.#size + 12);
    }
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start
   */
  #put(bytes, start) {
    const { data } = this.data;
    for (let i = 0; i < SIDE * SIDE; i++) data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = bytes[start + i];
    this.ink.putImageData(this.data, 0, 0);
  }

  close() {
    this.sizes.disconnect();
  }
}

export const TILE_BYTES = TILES * SIDE * SIDE;
