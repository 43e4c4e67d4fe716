// A step of the lesson: what Streamlit calls at every change of its data.
//
// The server computes, the browser plays back: for each slider there is a sweep, everything at each of its stops while the
// others hold still, and the hand only chooses the stop. What it lets go of is committed to the link, and new sweeps come.

import { Formula } from "./formula.js";
import { Hand } from "./hand.js";
import { Layers } from "./layers.js";

const UNHEARD = 3000; // milliseconds
const living = new WeakMap();

export function show(page, tools) {
  const root = page.parentElement.querySelector(".lesson");
  let lesson = living.get(root);
  if (!lesson) living.set(root, (lesson = new Lesson(root, tools, page.data)));
  lesson.receive(page);
  // Streamlit calls this both when it will call again and when the element leaves: only the second one ends it.
  return () => queueMicrotask(() => root.isConnected || lesson.close());
}

class Lesson {
  constructor(root, tools, data) {
    this.root = root;
    this.tools = tools;
    root.innerHTML = data.page;
    root.hidden = false;
    this.declared = JSON.parse(data.declared);
    this.formula = new Formula(root, this.declared, tools);
    this.hand = new Hand(this);
    this.plotly = tools.loadPlotly(data.base);
    this.find = (name) => root.querySelector(name);
    this.unhear = tools.progress.onChange(() => {
      this.schedule();
      this.say();
    });
  }

  receive(page) {
    this.page = page;
    const { data } = page;
    this.turn ??= data.turn;
    // What answers an earlier commit comes too late: the hand has moved on, and its own answer follows.
    if (data.turn < this.turn) return;
    const look = getComputedStyle(this.root).color, fresh = data.picture !== this.pictureText;
    if (data.choice !== this.choice) this.before = null;
    this.choice = data.choice;
    if (data.sweeps !== this.sweepsText) this.sweeps = this.unpacked(JSON.parse(data.sweeps));
    this.sweepsText = data.sweeps;
    this.pictureText = data.picture;
    this.hand.received(data.values);
    if (!this.hand.busy) this.settle(data);
    if (!this.layers) this.plotly.then((plotly) => this.draw(plotly));
    else if (fresh || look !== this.look) this.layers.draw(JSON.parse(this.pictureText));
    this.look = look;
    this.schedule();
  }

  // The hand rests where the server says: what the last move did is said, and whether the task is done.
  settle(data) {
    this.say();
    const sentence = this.sentence();
    if (sentence) this.find('[role="status"]').textContent = sentence;
    if (this.judge && this.row().done) this.tools.progress.mark(data.task);
    this.judge = false;
    this.before ??= this.snapshot();
  }

  // Some numbers may be hidden until the task has been done.
  hides(name) {
    return this.declared.hiddenUntilDone.includes(name) && !this.tools.progress.isDone(this.page.data.task);
  }

  // The chart in words.
  say() {
    const { words, wordsUntilDone } = this.page.data, hides = this.declared.hiddenUntilDone.some((name) => this.hides(name));
    const text = hides ? wordsUntilDone : words, twin = this.find(".twin");
    if (twin.textContent !== text) twin.textContent = text;
  }

  unpacked(sweeps) {
    const { doubles, singles } = this.tools;
    const each = (columns, read) => Object.fromEntries(Object.entries(columns).map(([name, text]) => [name, read(text)]));
    for (const sweep of Object.values(sweeps)) {
      sweep.numbers = each(sweep.numbers, doubles);
      sweep.curves = each(sweep.curves, singles);
    }
    return sweeps;
  }

  draw(plotly) {
    if (this.layers || !this.root.isConnected) return;
    this.layers = new Layers(this.find(".panel"), plotly, this.tools, this.declared.colours, () => this.schedule());
    this.layers.draw(JSON.parse(this.pictureText));
    this.formula.tie();
    this.schedule();
  }

  // Everything at the stop where the hand is.
  row() {
    const { active, k } = this.hand, sweep = this.sweeps[active];
    return {
      number: (name) => sweep.numbers[name]?.[k],
      text: (name) => sweep.texts[name]?.[k],
      curve: (name) => {
        const points = sweep.curves[name].length / sweep.stops.length;
        return sweep.curves[name].subarray(k * points, (k + 1) * points);
      },
      done: sweep.done[k] === "1",
      hides: (name) => this.hides(name),
    };
  }

  snapshot() {
    const row = this.row();
    return { values: { ...this.hand.values }, numbers: Object.fromEntries(this.formula.told.map(({ name }) => [name, row.number(name)])) };
  }

  // What changed since the last movement began, in numbers.
  sentence() {
    if (!this.before) return "";
    const { shown, scale } = this.tools, now = this.snapshot(), moves = [], effects = [];
    for (const { name, label } of this.declared.sliders) {
      const [from, to] = [this.before.values[name], now.values[name]];
      if (from !== to) moves.push(`${label} ${scale(from)} → ${scale(to)}`.replaceAll("-", "−"));
    }
    if (!moves.length) return "";
    for (const { name, told, digits } of this.formula.told) {
      if (this.hides(name)) continue;
      const [from, to] = [this.before.numbers[name], now.numbers[name]].map((value) => shown(value, digits));
      effects.push(from === to ? `${told} stays ${to}` : `${told} ${from} → ${to}`);
    }
    return `${moves.join(", ")}: ${effects.join(", ")}.`;
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.sweeps && this.root.isConnected) this.paint();
    });
  }

  paint() {
    const row = this.row();
    this.hand.paint();
    this.formula.paint(row);
    this.layers?.paint(row);
    if (this.hand.known) {
      const words = this.sentence(), said = this.find(".sentence");
      if (words && said.textContent !== words) said.textContent = words;
    }
    this.paintTask(row);
    this.root.dataset.k = this.hand.k;
    this.root.dataset.active = this.hand.active;
    // At rest: nothing moves, and what was let go of last has been answered.
    this.root.dataset.rests = !this.hand.busy && this.page.data.turn >= this.turn;
  }

  paintTask(row = this.row()) {
    const task = this.find(".task"), done = this.tools.progress.isDone(this.page.data.task);
    task.classList.toggle("done", done);
    task.classList.toggle("there", row.done);
    const tick = done ? "✓" : "○", state = done ? "Task, done:" : row.done ? "Task reached, release to confirm:" : "Task:";
    if (this.find(".tick").textContent !== tick) this.find(".tick").textContent = tick;
    if (this.find(".state").textContent !== state) this.find(".state").textContent = state;
  }

  commit(values) {
    this.page.setStateValue("commit", {
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])), turn: ++this.turn });
    this.judge = true;
    this.schedule();
    // Without a connection it is lost: say it again until it has been heard.
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      if (this.root.isConnected && this.page.data.turn < this.turn) this.commit(values);
    }, UNHEARD);
  }

  close() {
    if (this.frame) cancelAnimationFrame(this.frame);
    clearTimeout(this.again);
    this.hand.close();
    this.unhear();
    this.layers?.close();
    living.delete(this.root);
  }
}
