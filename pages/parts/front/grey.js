// @ts-check
// Grey pixels on a canvas.

/**
 * What paints a canvas of this size: it is given the grey of every pixel, from left to right and down, from 0 to 255.
 * @param {HTMLCanvasElement} canvas
 * @returns {(grey: (i: number) => number) => void}
 */
export function greyPainter(canvas) {
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), image = ink.createImageData(canvas.width, canvas.height);
  const { data } = image;
  data.fill(255);
  return (grey) => {
    for (let i = 0; i < data.length / 4; i++) data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = grey(i);
    ink.putImageData(image, 0, 0);
  };
}
