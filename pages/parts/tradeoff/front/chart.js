// A still Plotly chart with a layer over it that moves: the layer is SVG of our own, in the pixels of the chart's axes.

const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: "reset" };
const SPACE = "http://www.w3.org/2000/svg";

let loading = null;

export function loadPlotly(base) {
  loading ??= new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: `${base}/vendor/plotly.min.js` });
    script.onload = () => done(window.Plotly);
    script.onerror = () => failed(new Error("plotly.min.js could not be loaded"));
    document.head.append(script);
  });
  return loading;
}

export function svg(name, attributes = {}, parent = null) {
  const node = document.createElementNS(SPACE, name);
  set(node, attributes);
  parent?.append(node);
  return node;
}

export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

export class Chart {
  constructor(panel, plotly, moved) {
    this.panel = panel;
    this.plotly = plotly;
    this.plot = panel.querySelector(".plot");
    this.over = panel.querySelector(".over");
    this.moved = moved; // called when the axes have changed under the moving layer
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.plot);
  }

  // A new figure, perhaps with other values and another window than it came with. The visitor may move the window; a double
  // click brings it back.
  draw(figure, values = {}, window = {}) {
    const { legend, data, layout } = figure;
    this.panel.querySelector(".legend").innerHTML = legend;
    const colour = getComputedStyle(this.panel).color, family = getComputedStyle(this.panel).fontFamily;
    const touch = matchMedia("(pointer: coarse)").matches;
    this.layout = { ...structuredClone(layout), autosize: true, dragmode: touch || this.fixed ? false : "zoom" };
    this.layout.font = { ...layout.font, color: colour, family };
    this.layout.hoverlabel = { ...layout.hoverlabel, font: { ...layout.hoverlabel?.font, family } };
    // A name of our own in the class of its lines, by which the style sheet finds them.
    this.data = data.map((trace) => (trace.meta ? { ...trace, uid: `-${trace.meta}` } : { ...trace }));
    this.redraw(values, window);
    if (!this.listening) {
      this.listening = true;
      this.plot.on("plotly_afterplot", () => this.moved());
      this.plot.on("plotly_relayout", () => this.moved());
    }
  }

  // Other values for traces that are drawn already, by the name in their `meta`, and perhaps another window.
  redraw(values, window = {}) {
    this.data = this.data.map((trace) => ({ ...trace, ...values[trace.meta] }));
    for (const [axis, settings] of Object.entries(window)) this.layout[axis] = { ...this.layout[axis], ...settings };
    this.layout.datarevision = (this.layout.datarevision ?? 0) + 1;
    this.settle(this.plotly.react(this.plot, this.data, this.layout, CONFIG));
  }

  settle(drawn) {
    Promise.resolve(drawn).then(() => this.moved());
  }

  resize() {
    if (this.data && this.plot.clientWidth) this.settle(this.plotly.Plots.resize(this.plot));
  }

  // Pixels of a point; `axes` is "" or "2".
  x(value, axes = "") {
    const axis = this.plot._fullLayout[`xaxis${axes}`];
    return axis._offset + axis.d2p(value);
  }

  y(value, axes = "") {
    const axis = this.plot._fullLayout[`yaxis${axes}`];
    return axis._offset + axis.d2p(value);
  }

  // The rectangle of a pair of axes, in pixels.
  frame(axes = "") {
    const { [`xaxis${axes}`]: across, [`yaxis${axes}`]: up } = this.plot._fullLayout;
    return { left: across._offset, top: up._offset, right: across._offset + across._length, bottom: up._offset + up._length };
  }

  ready() {
    return Boolean(this.plot._fullLayout?.xaxis?._length);
  }

  close() {
    this.sizes.disconnect();
    if (this.data) this.plotly.purge(this.plot);
  }
}
