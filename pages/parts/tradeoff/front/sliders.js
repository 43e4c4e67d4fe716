// The sliders of the hand: variance and mean, each with a field for an exact value. Arrows are fine, Page keys coarse.

import { scale, shown, subscript } from "./text.js";

const REACH = 4, FINE = 0.01, COARSE = 0.25;

export class Sliders {
  constructor(box, hand) {
    this.box = box;
    this.hand = hand; // { moveStep(k, j), moveMean(j, value), hold(), release(), letGo(how), typed(kind, j, text), choose(j) }
    this.built = "";
  }

  // As many as the model and the way of moving ask for.
  build({ latents, move, dimension, grid }) {
    this.grid = grid;
    const few = latents <= 2, means = few ? [...Array(latents).keys()] : [dimension];
    const variances = move === "each" ? (few ? means : [dimension]) : [null];
    const plan = JSON.stringify([latents, move, few ? 0 : dimension]);
    if (plan === this.built) return;
    this.built = plan;
    this.box.replaceChildren();
    this.variances = variances.map((j) => ({ j, ...this.slider("variance", j, this.varianceName(move, j, latents)) }));
    if (!few) this.box.append(this.chooser(latents, dimension));
    this.means = means.map((j) => ({ j, ...this.slider("mean", j, latents > 1 ? `mean μ${subscript(j)}` : "mean μ") }));
    for (const { input } of this.means) Object.assign(input, { min: -REACH, max: REACH, step: "any" });
  }

  varianceName(move, j, latents) {
    if (move === "encoder") return "× the encoder’s σ²";
    if (j != null) return `variance σ²${subscript(j)}`;
    return latents > 1 ? "variance σ², all dimensions" : "variance σ²";
  }

  chooser(latents, dimension) {
    const label = Object.assign(document.createElement("label"), { className: "slider chooser", textContent: "dimension" });
    const select = document.createElement("select");
    select.dataset.control = "dimension";
    for (let j = 0; j < latents; j++) select.add(new Option(String(j + 1), j, false, j === dimension));
    select.onchange = () => this.hand.choose(Number(select.value));
    label.append(select);
    return label;
  }

  slider(kind, j, name) {
    const cell = Object.assign(document.createElement("div"), { className: `slider ${kind}` });
    const label = Object.assign(document.createElement("label"), { textContent: name });
    const exact = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal", className: "exact", spellcheck: false });
    exact.setAttribute("aria-label", `${name}, exact value`);
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, step: 1 });
    input.id = `elbo-room-${kind}-${j ?? "all"}`;
    label.htmlFor = input.id;
    cell.dataset.knob = `${kind}-${j ?? "all"}`;
    cell.append(label, exact, input);
    this.box.append(cell);
    if (kind === "variance") {
      input.oninput = () => this.hand.moveStep(Number(input.value), j);
    } else {
      input.oninput = () => this.hand.moveMean(j, Math.round(Number(input.value) / FINE) * FINE);
      input.onkeydown = (event) => {
        const by = { ArrowRight: FINE, ArrowUp: FINE, ArrowLeft: -FINE, ArrowDown: -FINE, PageUp: COARSE, PageDown: -COARSE }[event.key];
        const to = { Home: -REACH, End: REACH }[event.key] ?? (by && Math.round(((this.hand.mean ?? this.hand.i.mean)[j] + by) / FINE) * FINE);
        if (to == null) return;
        event.preventDefault();
        this.hand.moveMean(j, Math.min(Math.max(to, -REACH), REACH));
        this.hand.letGo("key");
      };
    }
    input.onpointerdown = () => this.hand.hold();
    input.onpointerup = input.onpointercancel = () => this.hand.release();
    input.onchange = () => this.hand.release();
    exact.onchange = () => this.hand.typed(kind, j, exact.value);
    return { input, exact };
  }

  paint(sweep, k, mean, active) {
    for (const { j, input, exact } of this.variances) {
      const lively = j == null || this.variances.length === 1 || j === active;
      const value = j == null ? sweep.scales[k] : sweep.variance(k)[j];
      const stops = lively ? sweep.stops : this.grid.length;
      const at = lively ? k : nearest(this.grid, value);
      if (Number(input.max) !== stops - 1) input.max = stops - 1;
      if (Number(input.value) !== at) input.value = at;
      this.say(input, exact, scale(value));
    }
    for (const { j, input, exact } of this.means) {
      if (Number(input.value) !== mean[j]) input.value = mean[j];
      this.say(input, exact, shown(mean[j], 3));
    }
  }

  say(input, exact, text) {
    if (input.getAttribute("aria-valuetext") !== text) input.setAttribute("aria-valuetext", text);
    if (document.activeElement !== exact && exact.value !== text) exact.value = text;
    const part = `${(100 * (input.value - input.min)) / (input.max - input.min)}%`;
    input.style.setProperty("--part", part);
  }
}

export function nearest(grid, value) {
  let best = 0;
  for (let i = 1; i < grid.length; i++) if (Math.abs(Math.log(grid[i] / value)) < Math.abs(Math.log(grid[best] / value))) best = i;
  return best;
}
