// The chart of a step: Plotly draws the axes and what stands still, once; what moves is SVG of our own over it.

const SPREAD = 24; // a number outside the window is drawn so many pixels beyond its edge, where the clip hides it
let charts = 0;

export class Layers {
  constructor(panel, plotly, tools, colours, moved) {
    this.tools = tools;
    this.colours = colours;
    this.chart = new tools.Chart(panel, plotly, moved);
    this.chart.fixed = true;
    this.over = panel.querySelector(".over");
    this.serial = charts++;
  }

  draw({ figure, layers, x }) {
    const { svg, singles } = this.tools;
    this.chart.draw(figure);
    this.x = Object.fromEntries(Object.entries(x).map(([name, text]) => [name, singles(text)]));
    this.over.replaceChildren();
    this.clips = {};
    this.layers = layers.map((layer, i) => {
      const clip = this.clip(layer.axes), group = svg("g", { "clip-path": `url(#${clip.id})` }, this.over);
      group.dataset.symbol = layer.symbol;
      group.style.setProperty("--c", `var(--of-${layer.symbol})`);
      const node = svg(this.element(layer), { class: `${layer.kind} ${layer.dash}` }, group);
      if (layer.kind === "points") node.setAttribute("stroke-width", 2 * layer.size);
      if (layer.kind === "mark") node.setAttribute("r", layer.size || 7);
      const hatch = layer.hatched ? svg("path", { class: "hatch" }, group) : null;
      return { ...layer, group, node, hatch, i };
    });
  }

  element({ kind }) {
    return { mark: "circle", upright: "line", level: "line", bar: "rect" }[kind] ?? "path";
  }

  clip(axes) {
    const { svg } = this.tools;
    if (!this.clips[axes]) {
      const id = `elbo-room-lesson-${this.serial}-${axes || "1"}`, window = svg("clipPath", { id }, this.over);
      this.clips[axes] = { id, rect: svg("rect", {}, window), axes };
    }
    return this.clips[axes];
  }

  paint(row) {
    if (!this.chart.ready() || !this.layers) return;
    const { set } = this.tools;
    for (const { rect, axes } of Object.values(this.clips)) {
      const { left, right, top, bottom } = this.chart.frame(axes);
      set(rect, { x: left - 8, y: top - 4, width: Math.max(right - left + 16, 0), height: Math.max(bottom - top + 8, 0) });
    }
    for (const layer of this.layers) {
      layer.group.style.display = [layer.x, layer.y, layer.base].some(row.hides) ? "none" : "";
      this[layer.kind](layer, row);
    }
  }

  px(value, axes) {
    return this.chart.x(value, axes);
  }

  // Pixels up the chart; far outside is as good as just outside.
  py(value, axes) {
    const { top, bottom } = this.chart.frame(axes);
    return Math.min(Math.max(this.chart.y(value, axes), top - SPREAD), bottom + SPREAD);
  }

  value(name, row) {
    return typeof name === "number" ? name : row.number(name);
  }

  corners({ y, axes }, row) {
    const heights = row.curve(y);
    return Array.from(this.x[y], (x, i) =>
      (Number.isFinite(heights[i]) ? `${this.px(x, axes).toFixed(1)},${this.py(heights[i], axes).toFixed(1)}` : null));
  }

  // A curve has a hole where it has no value.
  curve(layer, row) {
    let gap = true, d = "";
    for (const corner of this.corners(layer, row)) {
      if (corner) d += (gap ? "M" : "L") + corner;
      gap = !corner;
    }
    layer.node.setAttribute("d", d);
  }

  area(layer, row) {
    const points = this.corners(layer, row), floor = this.py(0, layer.axes).toFixed(1);
    const ends = [points.at(-1), points[0]].map((point) => `${point.split(",")[0]},${floor}`);
    layer.node.setAttribute("d", `M${points.join("L")}L${ends.join("L")}Z`);
  }

  points(layer, row) {
    const { x, y, axes, node } = layer, xs = row.curve(x), ys = row.curve(y), parts = [];
    for (let i = 0; i < xs.length; i++) {
      if (Number.isFinite(xs[i])) parts.push(`M${this.px(xs[i], axes).toFixed(1)},${this.py(ys[i], axes).toFixed(1)}h0`);
    }
    node.setAttribute("d", parts.join(""));
  }

  mark({ x, y, axes, node }, row) {
    this.tools.set(node, { cx: this.px(this.value(x, row), axes), cy: this.py(this.value(y, row), axes) });
  }

  upright({ x, axes, node }, row) {
    const { top, bottom } = this.chart.frame(axes), at = this.px(this.value(x, row), axes);
    this.tools.set(node, { x1: at, x2: at, y1: top, y2: bottom });
  }

  level({ y, axes, node }, row) {
    const { left, right } = this.chart.frame(axes), at = this.py(this.value(y, row), axes);
    this.tools.set(node, { x1: left, x2: right, y1: at, y2: at });
  }

  bar({ x, y, base, size, axes, node, hatch }, row) {
    const [left, right] = [x - size / 2, x + size / 2].map((value) => this.px(value, axes));
    const [from, to] = [base ? row.number(base) : 0, row.number(y)].map((value) => this.py(value, axes));
    const box = { x: left, y: Math.min(from, to), width: right - left, height: Math.abs(from - to) };
    this.tools.set(node, box);
    if (!hatch) return;
    const lines = [];
    for (let at = box.y + 5; at < box.y + box.height; at += 7) lines.push(`M${left},${at.toFixed(1)}H${right}`);
    hatch.setAttribute("d", lines.join(""));
  }

  close() {
    this.chart.close();
  }
}
