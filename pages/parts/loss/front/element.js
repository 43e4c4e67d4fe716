// What a loss means: the slider of its KL weight, and all that is played back as it moves. Every text and every number comes
// in the table; the hand only chooses the stop.

const PATIENCE = 350, UNHEARD = 3000; // milliseconds: after the last key, and for a commit that nobody heard
const living = new WeakMap();

export function show(page, tools) {
  const root = page.parentElement.querySelector(".loss");
  let board = living.get(root);
  if (!board) living.set(root, (board = new Board(root, page.data.base, tools)));
  board.receive(page);
  // Streamlit calls this both when it will call again and when the element leaves: only the second one ends it.
  return () => queueMicrotask(() => root.isConnected || board.close());
}

class Board {
  constructor(root, base, tools) {
    this.root = root;
    this.tools = tools;
    this.plotly = tools.loadPlotly(base);
    const find = (selector) => root.querySelector(selector);
    [this.headline, this.verdict, this.heard] = [".headline", ".verdict", '[role="status"]'].map(find);
    [this.range, this.exact, this.refusal, this.tiles] = ['input[type="range"]', ".exact", ".refusal", ".tiles"].map(find);
    this.range.oninput = () => this.move(Number(this.range.value));
    this.range.onpointerdown = () => (this.held = true);
    this.range.onpointerup = this.range.onpointercancel = () => this.release();
    this.range.onchange = () => !this.held && this.busy && this.soon();
    this.exact.onchange = () => this.typed(this.exact.value);
  }

  receive(page) {
    this.page = page;
    this.root.hidden = false;
    // What answers an earlier commit comes too late: the hand has moved on, and its own answer follows.
    this.turn ??= page.data.turn;
    if (page.data.turn < this.turn) return;
    const look = getComputedStyle(this.root).color, fresh = page.data.table !== this.text;
    if (fresh) {
      this.text = page.data.table;
      this.table = JSON.parse(page.data.table);
      this.adopt();
    }
    if (this.charts && (fresh || look !== this.look)) this.draw();
    else if (!this.charts) this.plotly.then((plotly) => this.makeCharts(plotly));
    this.look = look;
    if (!this.busy) {
      this.k = this.table.own;
      this.paint();
      // Those who do not see it are told what has been committed, and not what was there from the start.
      const words = `${this.headline.textContent} ${this.verdict.textContent}`;
      if (this.told != null && this.told !== words) this.heard.textContent = words;
      this.told = words;
    }
  }

  adopt() {
    const { table } = this;
    for (const [name, colour] of Object.entries(table.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.range.max = table.weights.length - 1;
    if (this.busy) this.k = Math.min(this.k, table.weights.length - 1);
    const names = table.tiles.map((tile) => tile.name).join();
    if (names !== this.named) {
      this.named = names;
      this.tiles.replaceChildren(...table.tiles.map((tile) => this.tile(tile)));
    }
    table.tiles.forEach((tile, i) => {
      const [label, , under] = this.tiles.children[i].children;
      [label.textContent, under.textContent] = [tile.label, tile.under];
    });
    this.root.classList.toggle("alone", !table.spectrum);
    this.root.querySelector(".water").hidden = !table.spectrum;
    const [title, how] = this.root.querySelector(".curve .panel-title").children;
    [title.textContent, how.textContent] = [table.curve.title, table.curve.how];
  }

  tile({ name }) {
    const node = Object.assign(document.createElement("div"), { className: `tile-${name}` });
    const [label, value, under] = ["dt", "dd", "dd"].map((kind) => document.createElement(kind));
    Object.assign(value, { className: "value" }).dataset.quantity = name;
    under.className = "under";
    node.append(label, value, under);
    return node;
  }

  makeCharts(plotly) {
    if (this.charts || !this.root.isConnected) return;
    const { tools } = this, moved = () => this.schedule();
    this.charts = {
      water: new (tools.waterOn(tools))(this.root.querySelector(".water"), plotly, moved),
      curve: new (tools.curveOn(tools))(this.root.querySelector(".curve"), plotly, moved),
    };
    this.draw();
    this.schedule();
  }

  draw() {
    const { table, tools, charts } = this;
    if (table.spectrum) charts.water.show(table.spectrum, tools);
    charts.curve.show(table.curve, tools);
    this.schedule();
  }

  move(k) {
    this.busy = true;
    this.refusal.textContent = "";
    this.k = k;
    this.schedule();
    clearTimeout(this.later);
  }

  release() {
    if (!this.held) return;
    this.held = false;
    if (this.busy) this.commit(this.table.weights[this.k]);
  }

  soon() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.commit(this.table.weights[this.k]), PATIENCE);
  }

  typed(text) {
    const { weights } = this.table, value = Number(text.trim().replace(",", "."));
    const good = text.trim() !== "" && value >= Number(weights[0]) && value <= Number(weights.at(-1));
    this.refusal.textContent = good ? "" : this.table.demand;
    if (good) this.commit(String(value));
    else this.exact.value = weights[this.k];
  }

  commit(weight) {
    clearTimeout(this.later);
    this.busy = false;
    const turn = ++this.turn;
    this.page.setStateValue("commit", { kl_weight: weight, turn });
    // Without a connection it is lost: say it again until it has been heard.
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      if (this.root.isConnected && this.turn === turn && this.page.data.turn < turn) this.commit(weight);
    }, UNHEARD);
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    if (!this.root.isConnected) return;
    const { table, k, range, exact } = this, weight = table.weights[k];
    if (Number(range.value) !== k) range.value = k;
    range.setAttribute("aria-valuetext", weight);
    range.style.setProperty("--part", `${(100 * k) / range.max}%`);
    if (document.activeElement !== exact) exact.value = weight;
    say(this.headline, table.headlines[k]);
    say(this.verdict, table.verdicts[k]);
    table.tiles.forEach((tile, i) => say(this.tiles.children[i].children[1], tile.texts[k]));
    if (table.spectrum) this.charts?.water.paint(k);
    this.charts?.curve.paint(k);
    Object.assign(this.root.dataset, { stop: k, weight, drawn: Boolean(this.charts), turn: this.page.data.turn });
  }

  close() {
    if (this.frame) cancelAnimationFrame(this.frame);
    clearTimeout(this.later);
    clearTimeout(this.again);
    for (const chart of Object.values(this.charts ?? {})) chart.close();
    living.delete(this.root);
  }
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
