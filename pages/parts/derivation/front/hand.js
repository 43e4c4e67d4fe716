// The hand on the sliders of a step. One slider is played back at a time, along the sweep that was made while the others held
// still; another slider waits until the server has heard where the first was left.

const PATIENCE = 350; // milliseconds after the last key before it is committed

export class Hand {
  constructor(lesson) {
    this.lesson = lesson;
    const { root, declared } = lesson;
    this.active = declared.sliders[0].name;
    this.k = 0;
    this.knobs = declared.sliders.map((slider) => this.knob(slider, root.querySelector(".sliders")));
    const presets = root.querySelector(".presets");
    presets.hidden = !declared.presets.length;
    for (const { label, values } of declared.presets) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      button.onclick = () => this.goTo(values);
      presets.append(button);
    }
    this.refusal = root.querySelector(".refusal");
  }

  knob({ name, label, symbol, low, high, whole }, box) {
    const cell = Object.assign(document.createElement("div"), { className: "slider" });
    cell.dataset.symbol = symbol;
    const title = Object.assign(document.createElement("label"), { textContent: label });
    const exact = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal", className: "exact", spellcheck: false });
    exact.setAttribute("aria-label", `${label}, exact value`);
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, step: 1 });
    input.id = `elbo-room-lesson-${name}`;
    title.htmlFor = input.id;
    cell.append(title, exact, input);
    box.append(cell);
    input.oninput = () => this.move(name, Number(input.value));
    input.onpointerdown = () => (this.held = true);
    input.onpointerup = input.onpointercancel = () => this.release();
    input.onchange = () => this.release();
    exact.onchange = () => this.typed(name, label, exact.value, low, high, whole);
    return { name, input, exact };
  }

  // The server has said where the sliders are, and the sweeps from there have come.
  received(values) {
    this.base = { ...values };
    if (!this.busy) {
      this.values = { ...values };
      this.k = this.lesson.sweeps[this.active].own;
      return;
    }
    // A slider is held already: it goes on from where the others were left.
    if (this.waiting) this.active = this.pending;
    const stops = this.stops(this.active);
    this.k = nearest(stops, this.values[this.active]);
    this.values = { ...values, [this.active]: stops[this.k] };
    this.waiting = false;
    if (this.released) this.commitNow();
  }

  move(name, k) {
    // Where another slider was left has to be known before this one can be played back.
    if (this.busy && (this.waiting ? this.pending : this.active) !== name) this.commitNow();
    this.begin();
    this.values[name] = this.stops(name)[k];
    this.waiting = this.stale(name);
    if (this.waiting) this.pending = name;
    else [this.active, this.k] = [name, k];
    this.lesson.schedule();
    this.soon();
  }

  // Whether the numbers on the screen are those of the place where the thumbs stand.
  get known() {
    return !this.stale(this.active) && this.values[this.active] === this.stops(this.active)[this.k];
  }

  stops(name) {
    return this.lesson.sweeps[name].stops;
  }

  // Whether the sweep along this slider was made while another stood elsewhere.
  stale(name) {
    return Object.keys(this.values).some((other) => other !== name && this.values[other] !== this.base[other]);
  }

  // A movement begins: what it does is told from here on.
  begin() {
    clearTimeout(this.later);
    if (this.busy) return;
    this.busy = true;
    this.released = false;
    this.lesson.before = this.lesson.snapshot();
    this.refusal.textContent = "";
  }

  // Keys and programs let go without saying so: commit a little after the last movement.
  soon() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.held || this.letGo(), PATIENCE);
  }

  release() {
    const held = this.held;
    this.held = false;
    if (held) this.letGo();
  }

  letGo() {
    if (!this.busy) return;
    clearTimeout(this.later);
    // The answer for the other slider is still on its way: this one is committed when it has come.
    if (this.waiting) this.released = true;
    else this.commitNow();
  }

  commitNow() {
    clearTimeout(this.later);
    this.busy = this.released = this.waiting = false;
    this.lesson.commit(this.values);
  }

  goTo(values) {
    this.begin();
    this.values = { ...this.values, ...values };
    this.commitNow();
  }

  typed(name, label, text, low, high, whole) {
    const value = Number(text.replace("−", "-").replace(",", "."));
    if (!text.trim() || !Number.isFinite(value) || value < low || value > high || (whole && !Number.isInteger(value))) {
      this.refusal.textContent = `${label} must be a ${whole ? "whole " : ""}number from ${low} to ${high}; got ${text || "nothing"}.`;
      return this.lesson.schedule();
    }
    this.goTo({ [name]: value });
  }

  paint() {
    const { shown, scale } = this.lesson.tools;
    for (const { name, input, exact } of this.knobs) {
      const stops = this.stops(name), value = this.values[name];
      if (Number(input.max) !== stops.length - 1) input.max = stops.length - 1;
      const at = name === this.active && !this.waiting ? this.k : nearest(stops, value);
      if (Number(input.value) !== at) input.value = at;
      const text = Math.abs(value) >= 1000 ? shown(value, 0) : scale(value).replace("-", "−");
      if (input.getAttribute("aria-valuetext") !== text) input.setAttribute("aria-valuetext", text);
      if (document.activeElement !== exact && exact.value !== text) exact.value = text;
      input.style.setProperty("--part", `${(100 * at) / Math.max(stops.length - 1, 1)}%`);
    }
  }

  close() {
    clearTimeout(this.later);
  }
}

function nearest(stops, value) {
  let best = 0;
  for (let i = 1; i < stops.length; i++) if (Math.abs(stops[i] - value) < Math.abs(stops[best] - value)) best = i;
  return best;
}
