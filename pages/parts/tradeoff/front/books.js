// The books: ELBO + gap = log p(x), a bar whose end never moves; ELBO + KL = reconstruction; and where encoder and best q stand.

import { set, svg } from "./chart.js";
import { shown } from "./text.js";

const ROW = 27, TOP = 20;

export class Books {
  constructor(panel) {
    this.svg = panel.querySelector("svg");
    const make = (name, attributes) => svg(name, attributes, this.svg);
    const hatch = svg("pattern", { id: "elbo-room-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      make("defs"));
    svg("rect", { width: 2, height: 6, class: "stripe" }, hatch);
    this.ticks = Array.from({ length: 9 }, () => ({ line: make("line", { class: "rule" }), text: make("text", { class: "tick" }) }));
    this.elbo = [0, 1].map((row) => make("rect", { class: "elbo", y: TOP + row * (ROW + 7), height: ROW }));
    this.gap = make("rect", { class: "gap", y: TOP, height: ROW });
    this.gapHatch = make("rect", { class: "hatch", y: TOP, height: ROW });
    this.kl = make("rect", { class: "kl", y: TOP + ROW + 7, height: ROW });
    this.names = ["ELBO", "ELBO", "gap", "KL"].map(() => make("text", { class: "inside" }));
    this.total = make("line", { class: "evidence", y1: TOP - 4, y2: TOP + 3 * ROW + 26 });
    this.title = make("text", { class: "total", y: TOP - 7, "text-anchor": "middle" });
    this.marks = Object.fromEntries(["encoder", "best", "now", "pin"].map((name) =>
      [name, { sign: make("text", { class: `sign ${name}`, "text-anchor": "middle" }) }]));
    this.amortisation = make("line", { class: "span amortisation" });
    this.approximation = make("line", { class: "span approximation" });
    this.ladder = make("text", { class: "ladder" });
    this.sizes = new ResizeObserver(() => (this.width = 0));
    this.sizes.observe(this.svg);
  }

  paint(ground, terms, k, gap, pin) {
    this.width ||= this.svg.clientWidth;
    if (!this.width || gap == null) return;
    const total = ground.evidence, elbo = terms.elbo[k], kl = terms.kl[k];
    // log p(x) stays where it is; what is left and right of it shrinks smoothly when much is to be shown.
    const least = 1.25 * Math.max(8, ground.approximation + (ground.amortisation ?? 0) < 60 ? ground.approximation + (ground.amortisation ?? 0) : 0);
    const size = Math.max(least, 1.15 * Math.max(gap, kl - gap));
    const centre = 0.56 * this.width, unit = (0.42 * this.width) / size;
    const x = (value) => centre + (value - total) * unit, clipped = (value) => Math.min(Math.max(x(value), 0), this.width);
    const end = clipped(elbo), second = TOP + ROW + 7;
    for (const bar of this.elbo) set(bar, { x: 0, width: end });
    for (const bar of [this.gap, this.gapHatch]) set(bar, { x: end, width: Math.max(clipped(elbo + gap) - end, 0) });
    set(this.kl, { x: end, width: Math.max(clipped(elbo + kl) - end, 0) });
    set(this.total, { x1: centre, x2: centre });
    set(this.title, { x: centre });
    this.title.textContent = `log p(x) = ${shown(total, 2)}`;
    this.name(0, "ELBO", 6, TOP, end);
    this.name(1, "ELBO", 6, second, end);
    this.name(2, "gap", end + 5, TOP, clipped(elbo + gap) - end);
    this.name(3, "KL", end + 5, second, clipped(elbo + kl) - end);
    this.paintTicks(total, size, x);
    this.paintLadder(ground, elbo, pin, clipped);
  }

  name(i, text, x, y, room) {
    this.names[i].textContent = room > 12 + 9 * text.length ? text : "";
    set(this.names[i], { x, y: y + ROW - 8 });
  }

  paintTicks(total, size, x) {
    const rough = (1.9 * size) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((m) => m * power >= rough), bottom = TOP + 3 * ROW + 30;
    let value = Math.ceil((total - 1.3 * size) / step) * step;
    for (const { line, text } of this.ticks) {
      const at = x(value), seen = at > 14 && at < this.width - 14;
      set(line, { x1: at, x2: at, y1: TOP, y2: bottom, visibility: seen ? "visible" : "hidden" });
      set(text, { x: at, y: bottom + 14, visibility: seen ? "visible" : "hidden", "text-anchor": "middle" });
      text.textContent = shown(value, step < 1 ? 1 : 0);
      value += step;
    }
  }

  // Encoder's q, best q and q now on one scale: what the encoder loses, and what the family cannot reach.
  paintLadder(ground, elbo, pin, x) {
    const y = TOP + 2 * ROW + 26, { encoder } = ground.landmarks, best = ground.bestElbo, total = ground.evidence;
    const put = (mark, sign, value) => {
      set(mark.sign, { x: value == null ? -99 : x(value), y: y + 5 });
      mark.sign.textContent = sign;
    };
    put(this.marks.encoder, "+", encoder?.elbo);
    put(this.marks.best, "✕", best);
    put(this.marks.now, "●", elbo);
    put(this.marks.pin, "A", pin?.elbo);
    set(this.approximation, { x1: x(best), x2: x(total), y1: y, y2: y });
    set(this.amortisation, { x1: x(encoder?.elbo ?? best), x2: x(best), y1: y, y2: y });
    const parts = [`approximation gap ${shown(ground.approximation, 2)}`];
    if (encoder) parts.unshift(`amortisation gap ${shown(ground.amortisation, 2)}`);
    this.ladder.textContent = parts.join(" · ");
    set(this.ladder, { x: 4, y: y + 22 });
  }

  close() {
    this.sizes.disconnect();
  }
}
