// @ts-check
// The pointer and the arrow keys on the chart of the latent space: they move the mean of q, or choose a dimension.

import { find } from "../../front/dom.js";

/** @typedef {import("./latents.js").Latents} Latents */

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @typedef {object} PlaneEvents
 * @property {() => boolean} locked  whether the mean cannot be moved
 * @property {() => void} hold  a pointer has been put on the plane
 * @property {(mean: number[]) => void} drag  it has moved the mean
 * @property {() => void} release  it was released
 * @property {(moved: (value: number, j: number) => number) => void} nudge  a key moves every coordinate of the mean
 * @property {(dimension: number) => void} choose  a dimension was pressed
 */

/**
 * @param {Latents} latents
 * @param {PlaneEvents} events
 */
export function listenToPlane(latents, { locked, hold, drag, release, nudge, choose }) {
  const chart = find(latents.panel, ".chart");
  chart.onpointerdown = (event) => {
    const at = latents.at(event);
    if (!at) return;
    if ("dimension" in at) return choose(at.dimension);
    if (locked()) return;
    latents.held = at.axes;
    hold();
    chart.setPointerCapture(event.pointerId);
    latents.unhover();
    drag(at.mean);
  };
  chart.onpointermove = (event) => {
    if (latents.held == null) return;
    const at = latents.at(event);
    latents.unhover(); // Plotly shows the label a little after the pointer has come
    if (at && "mean" in at) drag(at.mean);
  };
  chart.onpointerup = chart.onpointercancel = () => {
    if (latents.held == null) return;
    latents.held = null;
    release();
  };
  chart.onkeydown = (event) => {
    const way = WAYS[event.key];
    if (!way || latents.view === "dimensions" || locked()) return;
    event.preventDefault();
    const { range } = latents.axis("x", latents.view === "plane" ? "2" : "");
    const step = ((range[1] - range[0]) / 100) * (event.shiftKey ? 5 : 1);
    const digits = Math.max(0, Math.ceil(-Math.log10(step)) + 1);
    nudge((value, j) => Number((value + step * (way[j] ?? 0)).toFixed(digits)));
  };
}
