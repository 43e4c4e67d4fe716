// The moving layer of the spectrum: the water's level, what stands above it, and how far.

const R = 5;

export const waterOn = ({ Chart, svg, set, doubles }) => class Water extends Chart {
  constructor(...given) {
    super(...given);
    const { over } = this, clip = (name) => {
      const id = `loss-${name}`;
      return [svg("rect", {}, svg("clipPath", { id }, over)), `url(#${id})`];
    };
    this.fixed = true;
    this.window = clip("window");
    this.dry = clip("dry");
    this.room = clip("room");
    this.rest = clip("rest");
    this.flood = svg("rect", { class: "under-water" }, over);
    this.stems = svg("path", { class: "stems", "clip-path": this.dry[1] }, over);
    this.line = svg("line", { class: "level" }, over);
    this.kept = svg("path", { class: "kept", "clip-path": this.room[1] }, over);
    this.beyond = svg("path", { class: "beyond", "clip-path": this.rest[1] }, over);
    this.flag = svg("text", { class: "flag", "text-anchor": "end" }, over);
  }

  show({ figure, eigenvalues, levels, above, active, range }) {
    Object.assign(this, { eigenvalues: doubles(eigenvalues), levels: doubles(levels), above, active, ends: range });
    this.laid = null;
    this.draw(figure);
  }

  // Marks and stems of all directions, once for each size of the chart; what is seen of them is a matter of clipping.
  lay(frame) {
    const key = JSON.stringify(frame);
    if (key === this.laid) return;
    this.laid = key;
    let marks = "", stems = "";
    this.eigenvalues.forEach((value, i) => {
      const x = this.x(i + 1).toFixed(1), y = this.y(value).toFixed(1);
      marks += `M${x - R},${y}a${R},${R} 0 1,0 ${2 * R},0a${R},${R} 0 1,0 ${-2 * R},0`;
      stems += `M${x},${y}V${frame.bottom}`;
    });
    set(this.kept, { d: marks });
    set(this.beyond, { d: marks });
    set(this.stems, { d: stems });
  }

  // Halfway between the last direction that counts and the next.
  edge(count, frame) {
    return count ? Math.min(this.x(count + 0.5), frame.right + R) : frame.left - 2 * R;
  }

  paint(k) {
    if (!this.ready() || !this.levels) return;
    const frame = this.frame(), { left, right, top, bottom } = frame;
    this.lay(frame);
    const level = this.levels[k], [low, high] = this.ends;
    const y = level >= high ? top : level <= low ? bottom : this.y(level);
    const above = this.edge(this.above[k], frame), active = this.edge(this.active[k], frame), reach = left - 2 * R;
    const box = (rect, x1, x2, y1, y2) => set(rect, { x: x1, y: y1, width: Math.max(x2 - x1, 0), height: Math.max(y2 - y1, 0) });
    box(this.dry[0], reach, active, top - R, y);
    box(this.room[0], reach, active, top - R, bottom + R);
    box(this.rest[0], active, above, top - R, bottom + R);
    box(this.flood, left, right, y, bottom);
    set(this.line, { x1: left, x2: right, y1: y, y2: y });
    this.flag.textContent = level > high ? "↑ the water is far above" : level < low ? "↓ the water is far below" : "";
    set(this.flag, { x: right - 6, y: level > high ? top + 18 : bottom - 8 });
  }
};
