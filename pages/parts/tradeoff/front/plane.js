// @ts-check
// The pointer and the arrow keys on the chart of the latent space: they move the mean of q, or choose a dimension.
//
// On a phone the chart is as wide as the page: a finger that swipes over it scrolls, unless it is put down on ● or held still.

import { find } from "../../front/dom.js";

/** @typedef {import("./latents.js").Latents} Latents */

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @typedef {import("./movement.js").Movement} Movement */

const AWAY = 20; // pixels from where q was let go
const FINGER = 24; // pixels: a finger that is put down so near to ● drags it
const SLOP = 10; // pixels that a finger may move and still tap, or be held still
const STILL_MS = 350; // that a finger is held still before it drags

/**
 * @param {Latents} latents
 * @param {Movement} movement
 * @param {() => boolean} locked  whether the mean cannot be moved
 */
export function listenToPlane(latents, movement, locked) {
  const chart = find(latents.panel, ".chart");
  /** @type {{ x: number, y: number } | null} */
  let dropped = null; // where q was let go: until the pointer leaves that place, no label opens over what is looked at
  const silence = () => latents.panel.classList.toggle("silent", dropped !== null);
  /** @type {{ event: PointerEvent, still: number } | null} */
  let waiting = null; // a finger that has been put down elsewhere
  const forget = () => {
    clearTimeout(waiting?.still);
    waiting = null;
  };
  // What is at a pointer is chosen, and a mean held from then on.
  const take = (/** @type {PointerEvent} */ event) => {
    forget();
    const at = latents.at(event);
    if (!at) return;
    if ("dimension" in at) {
      if (at.dimension >= 0 && at.dimension < movement.sweep.latents) movement.commit({ dimension: String(at.dimension + 1) });
      return;
    }
    if (locked()) return;
    latents.held = at.axes;
    dropped = null;
    movement.hold();
    chart.setPointerCapture(event.pointerId);
    latents.unhover();
    movement.toMean(at.mean);
  };
  const letGo = (/** @type {PointerEvent} */ event) => {
    forget();
    if (latents.held == null) return;
    latents.held = null;
    dropped = { x: event.clientX, y: event.clientY };
    silence();
    movement.release();
  };
  chart.onpointerdown = (event) => {
    if (!event.isPrimary) return forget(); // two fingers enlarge the page
    if (event.pointerType !== "touch" || latents.distance(event, movement.mean) < FINGER) return take(event);
    waiting = { event, still: setTimeout(() => take(event), STILL_MS) };
    return undefined;
  };
  chart.onpointermove = (event) => {
    if (dropped && Math.hypot(event.clientX - dropped.x, event.clientY - dropped.y) > AWAY) dropped = null;
    silence();
    if (waiting) {
      const across = Math.abs(event.clientX - waiting.event.clientX), down = Math.abs(event.clientY - waiting.event.clientY);
      if (Math.hypot(across, down) < SLOP) return;
      forget();
      // Along the line there is no ●, but only one direction.
      if (latents.view === "line" && across > down) take(event);
    }
    if (latents.held == null) return;
    const at = latents.at(event);
    latents.unhover(); // Plotly shows the label a little after the pointer has come
    if (at && "mean" in at) movement.toMean(at.mean);
  };
  chart.onpointerup = (event) => {
    if (waiting) take(event);
    letGo(event);
  };
  chart.onpointercancel = letGo;
  // The page does not scroll with a finger that drags q.
  chart.addEventListener("touchmove", (event) => {
    if (latents.held != null && event.cancelable) event.preventDefault();
  }, { passive: false });
  chart.onkeydown = (event) => {
    const way = WAYS[event.key];
    if (!way || latents.view === "dimensions" || locked()) return;
    event.preventDefault();
    const { range } = latents.axis("x", latents.view === "plane" ? "2" : "");
    const step = ((range[1] - range[0]) / 100) * (event.shiftKey ? 5 : 1);
    const digits = Math.max(0, Math.ceil(-Math.log10(step)) + 1);
    movement.nudge(movement.mean.map((value, j) => Number((value + step * (way[j] ?? 0)).toFixed(digits))));
  };
}
