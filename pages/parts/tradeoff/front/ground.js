// @ts-check
// What lies behind q on the plane of two latents: the digits that the decoder makes of each place, and the codes of test digits.

import { BASE } from "../../front/address.js";
import { enlargement, find } from "../../front/dom.js";

/** @typedef {import("../../front/chart.js").Box} Box */
/** @typedef {import("./payload").CodesData} CodesData */

/** @type {Map<string, Promise<HTMLImageElement>>} */
const manifolds = new Map(); // by model: one for the whole page
/** @type {Map<string, Promise<CodesData>>} */
const codesOf = new Map();

/** Okabe and Ito's colours, and others as far apart; the numerals say it to whoever cannot tell them apart. */
const CLASSES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07800", "#2a8fc0", "#7a4fbf", "#c0392b", "#5b8c1a", "#6b6f76"];

export class Ground {
  /** @type {HTMLImageElement | null} */
  #manifold = null;
  /** @type {CodesData | null} */
  #codes = null;
  #model = "";
  #painted = "";
  #seen = false; // whether the codes are switched on

  /**
   * @param {HTMLElement} panel
   * @param {() => void} changed  there is something else to paint
   */
  constructor(panel, changed) {
    this.canvas = /** @type {HTMLCanvasElement} */ (find(panel, "canvas.under"));
    this.button = /** @type {HTMLButtonElement} */ (find(panel, '[data-act="codes"]'));
    this.changed = changed;
    this.button.onclick = () => {
      this.#seen = !this.#seen;
      this.#want();
      this.changed();
    };
  }

  /**
   * @param {string} model  empty where there is no plane of images
   * @param {boolean} encoder  whether there are codes
   */
  show(model, encoder) {
    if (model !== this.#model) this.#manifold = this.#codes = null;
    this.#model = model;
    this.button.hidden = !model || !encoder;
    this.#painted = "";
    this.#want();
  }

  #want() {
    const model = this.#model;
    this.button.ariaPressed = String(this.#seen);
    if (!model) return;
    if (!this.#manifold) {
      kept(manifolds, model, () => pictureAt(`${BASE}/play/manifold.png?model=${model}`)).then((image) => {
        if (model !== this.#model) return;
        this.#manifold = image;
        this.changed();
      }, () => {}); // the plane can be read without it
    }
    if (!this.#seen || this.#codes) return;
    kept(codesOf, model, async () => (await fetch(`${BASE}/play/codes.json?model=${model}`)).json()).then((codes) => {
      if (model !== this.#model) return;
      this.#codes = codes;
      this.changed();
    }, () => {});
  }

  /**
   * @param {{ frame: Box, place: (z: [number, number]) => [number, number] }[]} views  the plane and its close-up: frame and pixels of a point
   * @param {number} reach  the plane shows |z| up to here
   * @param {string} ranges  of the close-up
   */
  paint(views, reach, ranges) {
    const [{ frame, place }] = views;
    const { canvas } = this, { clientWidth: width, clientHeight: height } = canvas, density = window.devicePixelRatio || 1;
    const seen = this.#seen && this.#codes;
    const state = JSON.stringify([views.map((view) => view.frame), ranges, width, height, density, this.#model, Boolean(this.#manifold), Boolean(seen), getComputedStyle(canvas).color]);
    if (state === this.#painted) return;
    this.#painted = state;
    Object.assign(canvas, { width: width * density, height: height * density });
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.scale(density, density);
    const within = (/** @type {Box} */ { left, right, top, bottom }, draw = () => {}) => {
      pen.save();
      pen.beginPath();
      pen.rect(left, top, right - left, bottom - top);
      pen.clip();
      draw();
      pen.restore();
    };
    const manifold = this.#manifold;
    if (this.#model && manifold) {
      const [left, top] = place([-reach, reach]), [right, bottom] = place([reach, -reach]);
      pen.globalAlpha = seen ? 0.45 : 0.8;
      within(frame, () => pen.drawImage(manifold, left, top, right - left, bottom - top));
      pen.globalAlpha = 1;
    }
    if (!this.#model || !seen) return;
    const { color, backgroundColor, fontFamily } = getComputedStyle(canvas);
    Object.assign(pen, { font: `700 ${11 * enlargement()}px ${fontFamily}`, textAlign: "center", textBaseline: "middle", lineWidth: 3, strokeStyle: backgroundColor || color });
    for (const view of views) {
      within(view.frame, () => {
        for (const [across, up, label] of seen.codes) {
          const [x, y] = view.place([across, up]);
          pen.strokeText(String(label), x, y);
          pen.fillStyle = CLASSES[label];
          pen.fillText(String(label), x, y);
        }
      });
    }
  }

  clear() {
    this.#painted = "";
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}

/**
 * What was asked for before, or is asked for now; what failed is asked for again.
 * @template Value
 * @param {Map<string, Promise<Value>>} known
 * @param {string} name
 * @param {() => Promise<Value>} ask
 * @returns {Promise<Value>}
 */
function kept(known, name, ask) {
  const asked = known.get(name) ?? ask();
  known.set(name, asked);
  asked.catch(() => known.delete(name));
  return asked;
}

/** @param {string} source */
async function pictureAt(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}
