// @ts-check
// The images beside the chart of a step, with their captions.

import { find, make } from "../../front/dom.js";

/** @typedef {import("./element.js").Row} Row */
/** @typedef {import("./payload").ImageSpec} ImageSpec */

export class Images {
  /**
   * @param {HTMLElement} root
   * @param {ImageSpec[]} specs
   */
  constructor(root, specs) {
    const box = find(root, ".images");
    box.hidden = !specs.length;
    this.images = specs.map(({ name, label }) => {
      const canvas = make("canvas", { width: 0, height: 0, role: "img", ariaLabel: label }), figure = make("figure");
      figure.append(canvas, make("figcaption", { textContent: label }));
      box.append(figure);
      return { name, canvas, ink: /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")) };
    });
  }

  /** @param {Row} row */
  paint(row) {
    for (const { name, canvas, ink } of this.images) {
      const grey = row.image(name), side = Math.sqrt(grey.length);
      if (canvas.width !== side) canvas.width = canvas.height = side;
      const image = ink.createImageData(side, side);
      grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
      ink.putImageData(image, 0, 0);
    }
  }
}
