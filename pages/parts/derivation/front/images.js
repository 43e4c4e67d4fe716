// @ts-check
// The images beside the chart of a step, with their captions.

import { find, make } from "../../front/dom.js";
import { greyPainter } from "../../front/grey.js";

/** @typedef {import("./element.js").Row} Row */
/** @typedef {import("./payload").ImageSpec} ImageSpec */

const SIDE = 28; // pixels along each side of an image

export class Images {
  /**
   * @param {HTMLElement} root
   * @param {ImageSpec[]} specs
   */
  constructor(root, specs) {
    const box = find(root, ".images");
    box.hidden = !specs.length;
    this.images = specs.map(({ name, label }) => {
      const canvas = make("canvas", { width: SIDE, height: SIDE, role: "img", ariaLabel: label }), figure = make("figure");
      figure.append(canvas, make("figcaption", { textContent: label }));
      box.append(figure);
      return { name, put: greyPainter(canvas) };
    });
  }

  /** @param {Row} row */
  paint(row) {
    for (const { name, put } of this.images) {
      const pixels = row.image(name);
      put((i) => pixels[i]);
    }
  }
}
