// @ts-check
// A step of the derivation: its state in the browser, and where all its parts are painted.
//
// The server computes, the browser plays back: for each slider there is a sweep, everything at each of its stops while the
// others hold still, and a movement only chooses the stop. Where it ends is committed to the link, and new sweeps come.

import { loadPlotly } from "../../front/chart.js";
import { Commits } from "../../front/commit.js";
import { find, onNextFrame, setText } from "../../front/dom.js";
import { Layers } from "../../front/layers.js";
import { mount } from "../../front/mount.js";
import * as progress from "../../front/progress.js";
import { scale, shown } from "../../front/text.js";
import { bytes, doubles, singles } from "../../front/unpack.js";
import { Controls } from "./controls.js";
import { Formula } from "./formula.js";
import { Images } from "./images.js";
import { isOpen, Lock } from "./lock.js";
import { Playback } from "./playback.js";

/** @typedef {import("./payload").LessonData} LessonData */
/** @typedef {import("./payload").Declared} Declared */
/** @typedef {import("./payload").PackedSweep} PackedSweep */
/** @typedef {{ numbers: Record<string, Float64Array>, curves: Record<string, Float32Array>, images: Record<string, Uint8Array> }} Unpacked */
/** @typedef {Omit<PackedSweep, keyof Unpacked> & Unpacked} Sweep */
/** @typedef {{ values: Record<string, number>, numbers: Record<string, number | undefined> }} Snapshot */

/**
 * Everything at one stop.
 * @typedef {object} Row
 * @property {(name: string) => number | undefined} number
 * @property {(name: string) => string | undefined} text
 * @property {(name: string) => Float32Array} curve
 * @property {(name: string) => Uint8Array} image  grey values
 * @property {boolean} done  whether the step's task is done here
 * @property {(name: string) => boolean} hides  whether a number or curve is hidden for now
 */

const FOOT = 1.8; // rem below the chart's last line: the page's margin, or the foot of Present
const LOWEST = 130, TALLEST = 0.6; // a chart's height: pixels, and of the window's

class Lesson {
  /** @type {Layers | null} */
  #layers = null;
  /** @type {Snapshot | null} */
  #before = null; // when the movement began
  #judge = false; // a commit is on its way: whether it does the task
  #sweepsText = "";
  #pictureText = "";
  #look = "";
  #frame = onNextFrame(() => {
    if (this.root.isConnected) this.#paint();
  });

  /**
   * @param {HTMLElement} root
   * @param {LessonData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    root.innerHTML = data.page;
    root.hidden = false;
    this.declared = /** @type {Declared} */ (JSON.parse(data.declared));
    this.spoken = Object.entries(this.declared.quantities).filter(([, { told }]) => told);
    this.commits = new Commits(root, () => this.playback.finish());
    this.formula = new Formula(root, this.declared, (slider) => this.#layers?.follow(slider ? moving(this.playback.sweeps[slider]) : new Set()));
    this.images = new Images(root, this.declared.images);
    this.playback = new Playback(this.declared.sliders[0].name, {
      begin: () => {
        this.#before = this.#snapshot();
        this.controls.refuse("");
      },
      change: () => this.#frame.schedule(),
      commit: (values) => this.#commit(values),
    });
    const { playback } = this;
    this.controls = new Controls(root, this.declared, {
      move: (name, k) => playback.move(name, k),
      hold: () => playback.hold(),
      release: () => playback.release(),
      goTo: (values) => playback.goTo(values),
    });
    this.lock = new Lock(root, () => this.data.question);
    this.plotly = loadPlotly();
    // In the next frame: a height that is changed while sizes are reported would be reported again in the same one.
    this.sizes = new ResizeObserver(() => requestAnimationFrame(this.#fit));
    this.sizes.observe(root.closest('[data-testid="stMainBlockContainer"]') ?? root); // also grows with what stands above
    addEventListener("resize", this.#fit);
    this.unsubscribe = progress.onChange(() => {
      this.#frame.schedule();
      this.#describe();
    });
  }

  // The chart takes what the window leaves below all else.
  #fit = () => {
    if (!this.root.isConnected) return;
    const chart = this.#part(".chart"), scroll = chart.closest('[data-testid="stMain"]')?.scrollTop ?? 0;
    const page = getComputedStyle(document.documentElement), classBar = Number.parseFloat(page.getPropertyValue("--class-bar")) || 0;
    const below = this.#part(".how").offsetHeight + FOOT * Number.parseFloat(page.fontSize) + classBar;
    const left = innerHeight - chart.getBoundingClientRect().top - scroll - below;
    const height = `${Math.round(Math.max(LOWEST, Math.min(left, TALLEST * innerHeight)))}px`;
    if (chart.style.getPropertyValue("--height") !== height) chart.style.setProperty("--height", height);
  };

  /** @param {string} selector */
  #part(selector) {
    return find(this.root, selector);
  }

  /** @param {import("../../front/mount.js").Page<LessonData>} page */
  receive(page) {
    const { data } = page;
    // What answers an earlier commit comes too late: the answer to the last one follows.
    if (!this.commits.accepts(page)) return;
    const look = getComputedStyle(this.root).color, fresh = data.picture !== this.#pictureText;
    if (data.choice !== this.data.choice) this.#before = null;
    this.data = data;
    this.playback.receive(data.sweeps === this.#sweepsText ? this.playback.sweeps : unpacked(data.sweeps), data.values);
    this.#sweepsText = data.sweeps;
    this.#pictureText = data.picture;
    if (!this.playback.busy) this.#settle();
    if (!this.#layers) this.plotly.then((plotly) => this.#draw(plotly));
    else if (fresh || look !== this.#look) this.#drawPicture(this.#layers);
    this.#look = look;
    this.#frame.schedule();
  }

  // At rest where the server says: what the last movement did is said, and whether the task is done.
  #settle() {
    this.#describe();
    const sentence = this.#sentence();
    if (sentence) this.#part('[role="status"]').textContent = sentence;
    if (this.#judge && this.#row().done) progress.mark(this.data.task);
    this.#judge = false;
    this.#before ??= this.#snapshot();
  }

  // Some numbers are hidden until the task has been done, some until the question has been answered or skipped.
  /** @param {string} name */
  #hides(name) {
    const { hiddenUntilDone, hiddenUntilAnswered } = this.declared, { task, question } = this.data;
    return (hiddenUntilDone.includes(name) && !progress.isDone(task))
      || (hiddenUntilAnswered.includes(name) && !isOpen(question));
  }

  // The chart in words.
  #describe() {
    const { words, wordsWhileHidden } = this.data, { hiddenUntilDone, hiddenUntilAnswered } = this.declared;
    const hides = [...hiddenUntilDone, ...hiddenUntilAnswered].some((name) => this.#hides(name));
    setText(this.#part(".twin"), hides ? wordsWhileHidden : words);
  }

  /** @param {import("../../front/chart.js").Plotly} plotly */
  #draw(plotly) {
    if (this.#layers || !this.root.isConnected) return;
    this.#layers = new Layers(this.#part(".panel"), plotly, () => this.#frame.schedule());
    this.#drawPicture(this.#layers);
    this.#frame.schedule();
  }

  /** @param {Layers} layers */
  #drawPicture(layers) {
    layers.draw(pictureOf(this.#pictureText));
    this.formula.colour(); // the legend is another one
  }

  /** @returns {Row} */
  #row() {
    const { active, k, sweeps } = this.playback, { numbers, texts, curves, images, done, stops } = sweeps[active];
    return {
      number: (name) => numbers[name]?.[k],
      text: (name) => texts[name]?.[k],
      curve: (name) => atStop(curves[name], k, stops.length),
      image: (name) => atStop(images[name], k, stops.length),
      done: done[k] === "1",
      hides: (name) => this.#hides(name),
    };
  }

  /** @returns {Snapshot} */
  #snapshot() {
    const row = this.#row();
    return { values: { ...this.playback.values }, numbers: Object.fromEntries(this.spoken.map(([name]) => [name, row.number(name)])) };
  }

  // What changed since the last movement began, in numbers.
  #sentence() {
    const before = this.#before;
    if (!before) return "";
    const now = this.#snapshot(), moves = [];
    for (const { name, label } of this.declared.sliders) {
      const [from, to] = [before.values[name], now.values[name]];
      if (from !== to) moves.push(`${label.split(":")[0]} ${scale(from)} → ${scale(to)}`.replaceAll("-", "−"));
    }
    if (!moves.length) return "";
    const effects = this.spoken.filter(([name]) => !this.#hides(name)).map(([name, { told, digits }]) => {
      const [from, to] = [before.numbers[name], now.numbers[name]].map((value) => shown(value, digits));
      return from === to ? `${told} stays ${to}` : `${told} ${from} → ${to}`;
    });
    return `${moves.join(", ")}: ${effects.join(", ")}.`;
  }

  #paint() {
    const row = this.#row(), { playback, root } = this;
    this.controls.paint(playback);
    this.lock.paint(this.data);
    this.formula.paint(row);
    this.images.paint(row);
    this.#layers?.paint(row);
    for (const entry of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".legend [data-follows]"))) {
      entry.classList.toggle("away", this.#hides(entry.dataset.follows ?? ""));
    }
    if (playback.known) {
      const words = this.#sentence();
      if (words) setText(this.#part(".sentence"), words);
    }
    this.#paintTask(row);
    // At rest: nothing moves, and the last commit has been answered.
    Object.assign(root.dataset, { k: playback.k, active: playback.active, rests: !playback.busy && this.commits.answered });
  }

  /** @param {Row} row */
  #paintTask(row) {
    const task = this.#part(".task"), done = progress.isDone(this.data.task);
    task.classList.toggle("done", done);
    task.classList.toggle("there", row.done);
    setText(this.#part(".state"), row.done ? "Task reached, release to confirm:" : "Task:");
  }

  /** @param {Record<string, number>} values */
  #commit(values) {
    this.commits.send(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])));
    this.#judge = true;
    this.#frame.schedule();
  }

  close() {
    this.#frame.cancel();
    this.commits.close();
    this.playback.close();
    removeEventListener("resize", this.#fit);
    this.sizes.disconnect();
    this.unsubscribe();
    this.#layers?.close();
  }
}

/**
 * @param {string} text
 * @returns {Record<string, Sweep>}
 */
function unpacked(text) {
  const sweeps = Object.entries(/** @type {Record<string, PackedSweep>} */ (JSON.parse(text)));
  return Object.fromEntries(sweeps.map(([name, sweep]) =>
    [name, { ...sweep, numbers: each(sweep.numbers, doubles), curves: each(sweep.curves, singles), images: each(sweep.images, bytes) }]));
}

/**
 * What belongs to one of the stops.
 * @template {Float32Array | Uint8Array} Row
 * @param {Row} rows
 * @param {number} k
 * @param {number} stops
 */
function atStop(rows, k, stops) {
  const length = rows.length / stops;
  return /** @type {Row} */ (rows.subarray(k * length, (k + 1) * length));
}

/**
 * The names of the numbers and curves that are not the same at every stop.
 * @param {Sweep} sweep
 */
function moving({ numbers, curves, stops }) {
  const columns = Object.entries({ ...numbers, ...curves });
  return new Set(columns.filter(([, column]) => {
    const width = column.length / stops.length;
    return column.some((value, i) => !Object.is(value, column[i % width]));
  }).map(([name]) => name));
}

/** @param {string} text */
function pictureOf(text) {
  const picture = /** @type {import("./payload").Picture} */ (JSON.parse(text));
  return { ...picture, x: each(picture.x, singles) };
}

/**
 * @template Column
 * @param {Record<string, string>} columns
 * @param {(text: string) => Column} read
 */
function each(columns, read) {
  return Object.fromEntries(Object.entries(columns).map(([name, text]) => [name, read(text)]));
}

export const show = mount(".lesson", (root, data) => new Lesson(root, data));
