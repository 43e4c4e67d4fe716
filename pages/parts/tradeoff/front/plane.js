// @ts-check
// The pointer and the arrow keys on the chart of the latent space: they move the mean of q, or choose a dimension.

import { find } from "../../front/dom.js";

/** @typedef {import("./latents.js").Latents} Latents */

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const AWAY = 20; // pixels from where q was let go

/** @typedef {import("./movement.js").Movement} Movement */

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
  chart.onpointerdown = (event) => {
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
  chart.onpointermove = (event) => {
    if (dropped && Math.hypot(event.clientX - dropped.x, event.clientY - dropped.y) > AWAY) dropped = null;
    silence();
    if (latents.held == null) return;
    const at = latents.at(event);
    latents.unhover(); // Plotly shows the label a little after the pointer has come
    if (at && "mean" in at) movement.toMean(at.mean);
  };
  chart.onpointerup = chart.onpointercancel = (event) => {
    if (latents.held == null) return;
    latents.held = null;
    dropped = { x: event.clientX, y: event.clientY };
    silence();
    movement.release();
  };
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
