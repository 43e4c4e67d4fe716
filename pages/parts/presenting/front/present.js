// Present: the buttons in the header, the foot of a presented screen, the keys, and the panel of the set list.

import * as list from "./setlist.js";
import * as stage from "./stage.js";

const living = new WeakMap();

export function show(page) {
  const root = page.parentElement.querySelector(".present");
  let shown = living.get(root);
  if (!shown) living.set(root, (shown = new Present(root)));
  shown.receive(page.data);
  return () => queueMicrotask(() => root.isConnected || shown.close());
}

class Present {
  constructor(root) {
    this.root = root;
    this.part = (selector) => root.querySelector(selector);
    this.dialog = this.part("dialog");
    this.file = this.part('input[type="file"]');
    this.title = this.part('[name="title"]');
    const acts = {
      present: () => this.present(!stage.presenting()),
      leave: () => this.present(false),
      list: () => this.open(),
      close: () => this.dialog.close(),
      back: () => this.step(-1),
      on: () => this.step(1),
      start: () => this.start(0),
      save: () => this.save(),
      load: () => this.file.click(),
      copy: () => this.copy(),
      former: () => this.takeBack(),
    };
    for (const button of root.querySelectorAll("[data-act]")) button.onclick = acts[button.dataset.act];
    this.part(".add").onsubmit = (event) => {
      event.preventDefault();
      this.add();
    };
    this.file.onchange = async () => {
      const [file] = this.file.files;
      if (file) await this.take(await file.text(), `The file ${file.name}`);
      this.file.value = "";
    };
    this.ends = new AbortController();
    const { signal } = this.ends;
    addEventListener("keydown", (event) => this.key(event), { signal });
    addEventListener("hashchange", () => this.takeFragment(), { signal });
    addEventListener("popstate", () => this.paint(), { signal });
    this.silence = list.onChange(() => this.paint());
  }

  receive(data) {
    const first = !this.data;
    this.data = data;
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    if (first) {
      if (stage.wasPresenting()) stage.present(true);
      this.takeFragment();
    }
    this.paint();
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || stage.typing(event)) return;
    if (stage.inDialog(event)) return;
    const on = stage.presenting(), key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "p") this.present(!on);
    else if (key === "s") this.open();
    else if (!on) return;
    else if (key === "Escape") this.present(false);
    else if (event.shiftKey || stage.steering(event)) return;
    else if (key === "ArrowRight" || key === "PageDown") this.step(1);
    else if (key === "ArrowLeft" || key === "PageUp") this.step(-1);
    else return;
    event.preventDefault();
  }

  present(on) {
    stage.present(on);
    this.paint();
    this.say(on ? "Presenting. Escape leaves." : "No longer presenting.");
  }

  step(by) {
    const states = list.states(), to = Math.min(Math.max(stage.place() + by, 0), states.length - 1);
    if (states.length && to !== stage.place()) this.goTo(to);
  }

  start(index) {
    this.dialog.close();
    stage.present(true);
    this.goTo(index);
  }

  goTo(index) {
    const state = list.states()[index];
    if (!state) return;
    stage.putPlace(index);
    stage.show(state.link, this.data);
    this.paint();
    this.say(this.where());
  }

  where() {
    const states = list.states(), at = stage.place();
    if (!states.length) return "No set list";
    return at >= 0 && at < states.length ? `${at + 1} / ${states.length} ${states[at].title}` : `${states.length} prepared`;
  }

  say(text) {
    this.part(".unseen").textContent = text;
  }

  tell(sentences) {
    const lines = sentences.map((text) => Object.assign(document.createElement("p"), { textContent: text }));
    this.part(".news").replaceChildren(...lines);
  }

  paint() {
    const on = stage.presenting(), states = list.states(), at = stage.place();
    this.part('[data-act="present"]').setAttribute("aria-pressed", on);
    this.part(".foot").hidden = !on;
    this.part(".where").textContent = this.where();
    this.part('[data-act="back"]').disabled = at <= 0 || !states.length;
    this.part('[data-act="on"]').disabled = at >= states.length - 1;
    if (this.dialog.open) this.paintList(states, at);
  }

  // ---- the panel --------------------------------------------------------------------------------------------------

  open() {
    if (this.dialog.open) return;
    this.tell([]);
    this.title.value = this.proposal();
    this.dialog.showModal();
    this.paint();
  }

  // A title for this screen as it is: its name, and what of its address a class would call it by.
  proposal() {
    const { titles, base } = this.data, link = new URLSearchParams(location.search);
    const screen = stage.screenOf(location.pathname, base);
    const told = [["model", ""], ["digit", "digit "], ["x", "x = "], ["q", "q by "], ["challenge", "goal "]];
    const said = told.filter(([name]) => link.get(name)).map(([name, word]) => `${word}${link.get(name)}`);
    return [titles[screen] ?? titles[""], ...said].join(", ").slice(0, this.data.longest);
  }

  paintList(states, at) {
    const rows = states.map((state, index) => {
      const row = document.createElement("li"), title = document.createElement("input");
      Object.assign(title, { type: "text", value: state.title, maxLength: this.data.longest });
      title.setAttribute("aria-label", `Title of state ${index + 1}`);
      title.onchange = () => this.change(states.with(index, { ...state, title: title.value.trim() || state.title }));
      const button = (sign, words, does, disabled = false) => {
        const made = Object.assign(document.createElement("button"), { type: "button", textContent: sign, disabled, onclick: does });
        made.setAttribute("aria-label", `${words} state ${index + 1}, ${state.title}`);
        return made;
      };
      const moved = (by) => this.change(states.toSpliced(index, 1).toSpliced(index + by, 0, state), { index, by });
      row.toggleAttribute("aria-current", index === at);
      row.append(title, button("show", "Show", () => this.start(index)), button("↑", "Move up", () => moved(-1), index === 0),
        button("↓", "Move down", () => moved(1), index === states.length - 1),
        button("✕", "Remove", () => this.change(states.toSpliced(index, 1), { index, by: null })));
      row.title = state.link;
      return row;
    });
    this.part("ol").replaceChildren(...rows);
    for (const act of ["start", "save", "copy"]) this.part(`.ways [data-act="${act}"]`).disabled = !states.length;
    const before = list.former(), button = this.part('[data-act="former"]');
    button.hidden = !before.length;
    button.textContent = `Restore the previous list (${before.length})`;
  }

  // Another list; the state that is shown stays the one that is shown, and the keyboard stays where it was.
  change(states, { index = -1, by = 0 } = {}) {
    const at = stage.place();
    if (by === null) stage.putPlace(at >= index ? at - 1 : at);
    else if (by && at === index) stage.putPlace(at + by);
    else if (by && at === index + by) stage.putPlace(index);
    list.keep(states);
    this.paint();
    if (index < 0) return;
    const row = this.part("ol").children[Math.min(index + (by ?? 0), states.length - 1)];
    const wanted = row?.children[by === null ? 4 : by < 0 ? 2 : 3];
    if (wanted?.disabled) row.children[by < 0 ? 3 : 2].focus();
    else (wanted ?? this.title).focus();
  }

  add() {
    const title = this.title.value.trim() || this.proposal(), states = list.states();
    stage.putPlace(states.length);
    this.change([...states, { title, link: stage.here(this.data.base) }]);
    this.tell([`Added as state ${states.length + 1}: ${title}.`]);
    this.part("ol").lastChild.scrollIntoView({ block: "nearest" });
  }

  save() {
    const file = URL.createObjectURL(new Blob([list.written()], { type: "application/json" }));
    Object.assign(document.createElement("a"), { href: file, download: "elbo-room-set-list.json" }).click();
    setTimeout(() => URL.revokeObjectURL(file), 1000);
  }

  async copy() {
    const address = list.address(this.data.base);
    try {
      await navigator.clipboard.writeText(address);
      this.tell(["The link is copied: whoever opens it has this set list."]);
    } catch {
      // Browsers let nobody write there without https: then it is there to be copied by hand.
      this.tell(["Copy this link:"]);
      const field = Object.assign(document.createElement("input"), { type: "text", value: address, readOnly: true });
      field.setAttribute("aria-label", "Link to this set list");
      this.part(".news").append(field);
      field.select();
    }
  }

  takeBack() {
    list.swap();
    stage.putPlace(-1);
    this.paint();
    this.tell(["The previous list is restored."]);
  }

  async takeFragment() {
    const text = list.ofFragment();
    if (text === null) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    await this.take(text, "The link");
  }

  async take(text, source) {
    const { states, sentences } = await list.judged(text, this.data.base);
    if (states.length) {
      list.replace(states);
      stage.putPlace(-1);
    }
    this.open();
    this.paint();
    const count = `${states.length} ${states.length === 1 ? "state" : "states"}`;
    this.tell([states.length ? `${source} was loaded: ${count}.` : `${source} holds nothing that can be shown.`, ...sentences]);
  }

  close() {
    this.ends.abort();
    this.silence();
    living.delete(this.root);
  }
}
