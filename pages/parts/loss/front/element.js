// @ts-check
// What a loss means: the slider of its KL weight, and all that is played back as it moves. Every text and every number comes
// in the table; the slider only chooses the stop.

import { loadPlotly } from "../../front/chart.js";
import { Commits } from "../../front/commit.js";
import { find, make, onNextFrame, setColours, setText } from "../../front/dom.js";
import { helpOn } from "../../front/help.js";
import { mount } from "../../front/mount.js";
import { Slider } from "../../front/slider.js";
import { typedNumber } from "../../front/text.js";
import { Curve } from "./curve.js";
import { Water } from "./water.js";
import { WORDS } from "./words.js";

/** @typedef {import("./payload").LossData} LossData */
/** @typedef {import("./payload").LossTable} LossTable */

const DEBOUNCE_MS = 350; // after the last key before it is committed

class Board {
  /** @type {{ water: Water, curve: Curve } | null} */
  #charts = null;
  #k = 0;
  #busy = false; // between the first movement and its commit
  #held = false; // a pointer presses the thumb
  #later = 0;
  #text = "";
  #look = "";
  #tileNames = "";
  /** @type {{ label: HTMLElement, value: HTMLElement, under: HTMLElement }[]} */
  #tiles = [];
  /** @type {string | null} */
  #summary = null; // what was committed last, in words
  #frame = onNextFrame(() => this.#paint());

  /**
   * @param {HTMLElement} root
   * @param {LossData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.table = /** @type {LossTable} */ (JSON.parse(data.table));
    this.commits = new Commits(root, () => this.#busy && this.#commit(this.table.weights[this.#k]));
    this.plotly = loadPlotly();
    this.endHelp = helpOn(root, (term) => WORDS[term] ?? "");
    this.slider = new Slider(this.#part(".weight"), { id: "loss-kl-weight", label: "KL weight" }, {
      move: (k) => this.#move(k),
      hold: () => {
        this.#held = true;
      },
      release: () => this.#release(),
      enter: (text) => this.#enter(text),
    });
  }

  /** @param {string} selector */
  #part(selector) {
    return find(this.root, selector);
  }

  /** @param {import("../../front/mount.js").Page<LossData>} page */
  receive(page) {
    const { data } = page;
    this.data = data;
    this.root.hidden = false;
    // What answers an earlier commit comes too late: the answer to the last one follows.
    if (!this.commits.accepts(page)) return;
    const look = getComputedStyle(this.root).color, fresh = data.table !== this.#text;
    if (fresh) {
      this.#text = data.table;
      this.table = JSON.parse(data.table);
      this.#adopt();
    }
    if (!this.#charts) this.plotly.then((plotly) => this.#makeCharts(plotly));
    else if (fresh || look !== this.#look) this.#draw(this.#charts);
    this.#look = look;
    if (this.#busy) return;
    this.#k = this.table.own;
    this.#paint();
    // Screen readers hear what has been committed, and not what was there from the start.
    const summary = `${this.table.headlines[this.#k]} ${this.table.verdicts[this.#k]}`;
    if (this.#summary != null && this.#summary !== summary) this.#part('[role="status"]').textContent = summary;
    this.#summary = summary;
  }

  #adopt() {
    const { table } = this;
    setColours(this.root, table.colours);
    if (this.#busy) this.#k = Math.min(this.#k, table.weights.length - 1);
    const names = table.tiles.map((tile) => tile.name).join();
    if (names !== this.#tileNames) {
      this.#tileNames = names;
      this.#part(".tiles").replaceChildren();
      this.#tiles = table.tiles.map(({ name }) => this.#tile(name));
    }
    table.tiles.forEach((tile, i) => {
      this.#tiles[i].label.textContent = tile.label;
      this.#tiles[i].under.textContent = tile.under;
    });
    this.root.classList.toggle("alone", !table.spectrum);
    this.#part(".water").hidden = !table.spectrum;
    this.#part(".water .panel-title b").textContent = table.spectrum?.title ?? "";
    this.#part(".curve .panel-title b").textContent = table.curve.title;
    this.#part(".curve .panel-title .how").textContent = table.curve.how;
  }

  /** @param {string} name */
  #tile(name) {
    const node = make("div", { className: `tile-${name}` }), under = make("dd", { className: "under" });
    const label = make("dt"), value = make("dd", { className: "value" });
    value.dataset.quantity = name;
    if (WORDS[name]) Object.assign(label, { tabIndex: 0 }).dataset.term = name;
    node.append(label, value, under);
    this.#part(".tiles").append(node);
    return { label, value, under };
  }

  /** @param {import("../../front/chart.js").Plotly} plotly */
  #makeCharts(plotly) {
    if (this.#charts || !this.root.isConnected) return;
    const moved = () => this.#frame.schedule();
    this.#charts = {
      water: new Water(this.#part(".water"), plotly, moved), curve: new Curve(this.#part(".curve"), plotly, moved) };
    this.#draw(this.#charts);
  }

  /** @param {{ water: Water, curve: Curve }} charts */
  #draw({ water, curve }) {
    if (this.table.spectrum) water.show(this.table.spectrum);
    curve.show(this.table.curve);
    this.#frame.schedule();
  }

  /** @param {number} k */
  #move(k) {
    this.#busy = true;
    setText(this.#part(".refusal"), "");
    this.#k = k;
    this.#frame.schedule();
    clearTimeout(this.#later);
  }

  // A pointer lets go and means it; after a key another may follow.
  #release() {
    const held = this.#held;
    this.#held = false;
    if (!this.#busy) return;
    const commit = () => this.#commit(this.table.weights[this.#k]);
    clearTimeout(this.#later);
    if (held) commit();
    else this.#later = setTimeout(commit, DEBOUNCE_MS);
  }

  /** @param {string} text */
  #enter(text) {
    const { weights, demand } = this.table, parts = text.replace("⁄", "/").split("/").map(typedNumber);
    const value = parts.length > 2 ? NaN : parts[0] / (parts[1] ?? 1);
    const accepted = value >= Number(weights[0]) && value <= Number(weights.at(-1));
    setText(this.#part(".refusal"), accepted ? "" : demand);
    // A fraction stays one: 1/784 has no short decimal.
    if (accepted) this.#commit(parts.length > 1 ? parts.join("/") : String(value));
    return accepted;
  }

  /** @param {string} weight */
  #commit(weight) {
    clearTimeout(this.#later);
    this.#busy = false;
    this.commits.send({ kl_weight: weight });
  }

  #paint() {
    if (!this.root.isConnected) return;
    const { table } = this, k = this.#k, weight = table.weights[k];
    this.slider.paint(k, weight, table.weights.length - 1);
    setText(this.#part(".headline"), table.headlines[k]);
    setText(this.#part(".verdict"), table.verdicts[k]);
    table.tiles.forEach((tile, i) => setText(this.#tiles[i].value, tile.texts[k]));
    if (table.spectrum) this.#charts?.water.paint(k);
    this.#charts?.curve.paint(k);
    Object.assign(this.root.dataset, { stop: k, weight, drawn: Boolean(this.#charts), turn: this.data.turn });
  }

  close() {
    this.#frame.cancel();
    clearTimeout(this.#later);
    this.commits.close();
    this.endHelp();
    this.#charts?.water.close();
    this.#charts?.curve.close();
  }
}

export const show = mount(".loss", (root, data) => new Board(root, data));
