// @ts-check
// Printing: the page keeps the layout of the window and is made smaller as a whole. Charts cannot be drawn anew for the
// paper, since the browser prints before anything that a script waits for.

const WIDE = 990; // pixels of a landscape letter within its margins; A4 has a little more
let started = false;

/** From now on what the style sheet needs for printing is there when the browser prints. */
export function keepLayoutOnPaper() {
  if (started) return;
  started = true;
  addEventListener("beforeprint", () => {
    const { style } = document.documentElement;
    style.setProperty("--screen-width", `${innerWidth}px`);
    style.setProperty("--paper-zoom", String(Math.min(1, WIDE / innerWidth)));
    for (const chart of charts()) chart.style.height = `${chart.clientHeight}px`; // on paper 100vh is another height
  });
  addEventListener("afterprint", () => {
    for (const chart of charts()) chart.style.removeProperty("height");
  });
}

function charts() {
  return /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".chart"));
}
