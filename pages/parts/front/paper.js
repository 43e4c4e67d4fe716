// @ts-check
// Printing: the page keeps the layout of the window and is made smaller, or larger, as a whole. Charts cannot be drawn anew
// for the paper, since the browser prints before anything that a script waits for.

import { make } from "./dom.js";

const WIDE = 990; // pixels of a landscape letter within its margins; A4 has a little more
// A phone's window goes on upright paper with wide margins. Pixels of an A4 sheet between them; a letter has a little more.
const NARROW = 640, UPRIGHT = 566, MARGINS = "@page { size: portrait; margin: 8mm 30mm; }";
let started = false;

/** From now on what the style sheet needs for printing is there when the browser prints. */
export function keepLayoutOnPaper() {
  if (started) return;
  started = true;
  const paper = make("style");
  document.body.append(paper); // after the style sheet, of whose @page it is another
  addEventListener("beforeprint", () => {
    const { style, classList } = document.documentElement, narrow = innerWidth <= NARROW;
    classList.toggle("narrow-paper", narrow);
    paper.textContent = narrow ? MARGINS : "";
    style.setProperty("--screen-width", `${innerWidth}px`);
    style.setProperty("--paper-zoom", String(narrow ? UPRIGHT / innerWidth : Math.min(1, WIDE / innerWidth)));
    for (const chart of charts()) chart.style.height = `${chart.clientHeight}px`; // on paper 100vh is another height
  });
  addEventListener("afterprint", () => {
    for (const chart of charts()) chart.style.removeProperty("height");
  });
}

function charts() {
  return /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".chart"));
}
