// @ts-check
// The dialog that shares the screen: its link and QR code as they are at that moment, and the link that a teacher prepares.

import { BASE, pathInApp } from "../../front/address.js";
import { askForClass } from "../../front/class_signals.js";
import { copyText } from "../../front/clipboard.js";
import { find, make, setColours } from "../../front/dom.js";
import { ledBefore } from "../../front/led_class.js";
import { closeMenuOnChoice } from "../../front/menu.js";
import { mount } from "../../front/mount.js";
import { keepLayoutOnPaper } from "../../front/paper.js";

/** @typedef {import("./payload").ShareData} ShareData */
/** @typedef {"now" | "class"} Section */

const DEBOUNCE_MS = 200; // without a key for so long, a new QR code is asked for
const CLICKS = /** @type {const} */ (["click", "auxclick"]);
const CLASS = ["hide", "task", "panels"]; // the teacher's part of a link, on every screen
const SECTIONS = /** @type {const} */ (["now", "class"]);

const PARTS = `
  <button type="button" class="open" aria-haspopup="dialog" title="link, QR code, a link for the class, printed sheet"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 10V1.5M5 4.2l3-3 3 3M4.5 7H2.5v7.5h11V7h-2"/></svg><span>Share</span></button>
  <dialog aria-labelledby="share-title">
    <header><h2 id="share-title">Share</h2><button type="button" class="close" aria-label="Close">✕</button></header>
    <div class="reach">
      <p class="everywhere" hidden>Phones and other computers open these links too.</p>
      <p class="unreachable" hidden>Phones and other computers cannot reach this app. For the teacher: to let a class in, end it and start it with <code></code></p>
      <p class="elsewhere" hidden>These links open on this computer only. For others, share this screen from <a></a></p>
    </div>
    <section class="room" aria-label="A class in one room">
      <h3>A class in one room</h3>
      <p>The students’ screens follow yours, and they answer on the chart. No names; nothing is kept after the class.</p>
      <form><button type="button" class="start">Start a class</button>
        <label>or join one: code <input name="code" size="8" maxlength="12" autocomplete="off" autocapitalize="characters" spellcheck="false"></label><button>Join</button></form>
    </section>
    <div class="columns">
      <section class="now" aria-label="This screen as it stands">
        <h3>This screen as it stands</h3>
        ${linkParts("The link of this screen")}
        <p><a class="sheet" target="_blank" rel="noopener">Printed sheet</a> this state, its numbers and the code, on paper</p>
        <h3>In a page or a slide</h3>
        <div class="pair"><input class="frame" readonly aria-label="An iframe of this screen"><button type="button" class="copy-frame">Copy iframe</button></div>
        <fieldset class="panels"></fieldset>
      </section>
      <section class="class" aria-label="A link for the class">
        <h3>A link for the class</h3>
        ${linkParts("The link for the class")}
        <label class="task">Task, shown on every screen <span class="count"></span><textarea rows="2"></textarea></label>
        <label class="predict"><input type="checkbox"> predict first: the curves stay hidden until they are revealed</label>
        <p class="courtesy">Students see and touch what is ticked. Whatever you hide comes back for anyone who edits the
          address: it is a courtesy, not a lock.</p>
        <div class="ticks"></div>
      </section>
    </div>
    <p class="news" role="status"></p>
  </dialog>`;

class Share {
  /** @type {ShareData} */
  #data;
  #plan = "";
  #inRoom = false;
  /** @type {Element | null} */
  #task = null;
  /** @type {Partial<Record<Section, number>>} */
  #waiting = {};
  #measured = new ResizeObserver(() => this.#measure());
  #takeAlong = (/** @type {MouseEvent} */ event) => takeAlong(event);

  /**
   * @param {HTMLElement} root
   * @param {ShareData} data
   */
  constructor(root, data) {
    this.root = root;
    this.#data = data;
    root.innerHTML = PARTS;
    keepLayoutOnPaper();
    closeMenuOnChoice();
    this.dialog = /** @type {HTMLDialogElement} */ (this.#part("dialog"));
    this.task = /** @type {HTMLTextAreaElement} */ (this.#part("textarea"));
    this.frame = /** @type {HTMLInputElement} */ (this.#part(".frame"));
    this.predict = /** @type {HTMLInputElement} */ (this.#part(".predict input"));
    this.#part(".open").onclick = () => this.#open();
    this.#part(".close").onclick = () => this.dialog.close();
    this.#part(".start").onclick = () => this.#toClass("");
    this.#part(".room form").onsubmit = (event) => {
      event.preventDefault();
      const field = /** @type {HTMLInputElement} */ (this.#part('[name="code"]'));
      if (field.value.trim()) this.#toClass(field.value);
    };
    this.dialog.onclick = (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside it; what an onclick returns must not be false
    };
    for (const section of SECTIONS) {
      const field = this.#link(section), picture = this.#picture(section);
      this.#part(`.${section} .copy`).onclick = () => this.#copy(field);
      field.onfocus = () => field.select();
      picture.onload = () => this.#pictured(section, "");
      picture.onerror = async () => {
        const asked = picture.src;
        const reason = await fetch(asked).then(
          (answer) => (answer.ok ? "The picture did not come: open Share again." : answer.text()),
          () => "The app does not answer.");
        if (picture.src === asked) this.#pictured(section, reason);
      };
    }
    this.#part(".copy-frame").onclick = () => this.#copy(this.frame);
    this.frame.onfocus = () => this.frame.select();
    this.dialog.oninput = () => {
      this.#prepare();
      this.#prepareFrame();
    };
    for (const kind of CLICKS) document.addEventListener(kind, this.#takeAlong, true);
  }

  /** @param {string} selector */
  #part(selector) {
    return find(this.root, selector);
  }

  /** @param {Section} section */
  #link(section) {
    return /** @type {HTMLInputElement} */ (this.#part(`.${section} .link`));
  }

  /** @param {Section} section */
  #picture(section) {
    return /** @type {HTMLImageElement} */ (this.#part(`.${section} img`));
  }

  get #ticks() {
    return this.#boxes(".ticks");
  }

  get #panels() {
    return this.#boxes(".panels");
  }

  /** @param {string} around */
  #boxes(around) {
    return /** @type {HTMLInputElement[]} */ ([...this.root.querySelectorAll(`${around} input`)]);
  }

  /** @param {import("../../front/mount.js").Page<ShareData>} page */
  receive({ data }) {
    this.#data = data;
    setColours(this.root, data.colours);
    this.#part(".unreachable code").textContent = data.command;
    this.task.maxLength = data.longest;
    const plan = JSON.stringify(data.groups);
    if (plan !== this.#plan) {
      this.#part(".ticks").replaceChildren(...data.groups.map(([title, parts]) => group(title, parts)));
      const [, panels = []] = data.groups.find(([title]) => title === data.panels) ?? [];
      this.#part(".panels").replaceChildren(make("legend", { textContent: "with the panels" }), ...ticks(panels));
    }
    this.#plan = plan;
    this.#measure();
  }

  // The task takes room at the top, which the charts below give.
  #measure() {
    const task = document.querySelector(".class-task");
    if (task !== this.#task) {
      this.#measured.disconnect();
      if (task) this.#measured.observe(task);
      this.#task = task;
    }
    const height = task instanceof HTMLElement ? task.offsetHeight : 0;
    document.documentElement.style.setProperty("--class-task", `calc(${height}px + var(--class-bar, 0px))`);
  }

  #open() {
    const here = new URL(location.href), data = this.#data;
    here.hash = "";
    const name = pathInApp(here.pathname).replace(/^\/|\/$/g, "");
    this.#inRoom = data.room.includes(name);
    void this.#sayWhoReachesIt(here);
    const led = ledBefore();
    this.#part(".start").textContent = led ? `Present class ${led.code} again` : "Start a class";
    this.#part(".predict").hidden = this.#part(".panels").hidden = !this.#inRoom;
    const hide = new Set((here.searchParams.get("hide") ?? "").split(/[\s,.]+/));
    for (const tick of this.#ticks) tick.checked = !hide.has(tick.name);
    this.task.value = here.searchParams.get("task") ?? "";
    this.predict.checked = here.searchParams.get("predict") === "true";
    const sheet = new URL(`${BASE}/sheet`, location.origin);
    // Elsewhere it is about what the Trade-off screen showed last.
    const ours = this.#inRoom || name === "sheet";
    if (!ours) for (const [key, text] of Object.entries(data.held)) sheet.searchParams.set(key, text);
    for (const [key, text] of here.searchParams) if (ours || CLASS.includes(key)) sheet.searchParams.set(key, text);
    this.#part(".sheet").setAttribute("href", sheet.href);
    this.#put("now", here.href);
    this.#part(".news").textContent = "";
    this.#prepare(0);
    this.#prepareFrame();
    this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  // Whoever shares a link, or starts a class, learns first whether others can open it.
  /** @param {URL} here */
  async #sayWhoReachesIt(here) {
    /** @type {string[]} */
    const origins = await fetch(`${BASE}/class/addresses`).then((answer) => answer.json()).then((found) => found.origins, () => [here.origin]);
    const link = /** @type {HTMLAnchorElement} */ (this.#part(".elsewhere a")), there = origins[0] ?? here.origin;
    this.#part(".unreachable").hidden = origins.length > 0;
    this.#part(".elsewhere").hidden = there === here.origin;
    this.#part(".everywhere").hidden = !origins.length || there !== here.origin;
    link.href = there + here.pathname + here.search;
    link.textContent = there;
  }

  /** @param {string} code  empty for a new class */
  #toClass(code) {
    this.dialog.close();
    askForClass(code);
  }

  // The link for the class, and its sheet: this screen, and what the teacher has ticked and written.
  #prepare(delay = DEBOUNCE_MS) {
    const link = new URL(this.#link("now").value), task = this.task.value.trim().replace(/\s+/g, " ");
    const hide = this.#ticks.filter((tick) => !tick.checked).map((tick) => tick.name).join(".");
    const wanted = { hide, task, ...(this.#inRoom && { predict: this.predict.checked ? "true" : "" }) };
    const sheet = new URL(this.#part(".sheet").getAttribute("href") ?? "", location.href);
    for (const { searchParams } of [link, sheet]) {
      for (const [key, text] of Object.entries(wanted)) {
        if (text) searchParams.set(key, text);
        else searchParams.delete(key);
      }
    }
    this.#part(".sheet").setAttribute("href", sheet.href);
    this.#part(".count").textContent = `${this.task.value.length} of ${this.#data.longest}`;
    this.#put("class", link.href, delay);
  }

  // The HTML that shows this screen in another page, without navigation and settings.
  #prepareFrame() {
    const link = new URL(this.#link("now").value), boxes = this.#panels;
    const chosen = boxes.filter((tick) => tick.checked).map((tick) => tick.name);
    link.searchParams.delete("panels");
    if (this.#inRoom && chosen.length && chosen.length < boxes.length) link.searchParams.set("panels", chosen.join("."));
    link.searchParams.set("embed", "true");
    const frame = make("iframe", { src: link.href, title: "ELBO Room", width: "1280", height: "720" });
    frame.style.border = "0";
    this.frame.value = frame.outerHTML;
  }

  /**
   * @param {Section} section
   * @param {string} link
   */
  #put(section, link, delay = 0) {
    this.#link(section).value = link;
    clearTimeout(this.#waiting[section]);
    const draw = () => {
      this.#picture(section).src = `${BASE}/share/qr.svg?text=${encodeURIComponent(link)}`;
    };
    if (delay) this.#waiting[section] = setTimeout(draw, delay);
    else draw();
  }

  /**
   * @param {Section} section
   * @param {string} refusal  why there is no picture; empty if there is one
   */
  #pictured(section, refusal) {
    this.#picture(section).hidden = Boolean(refusal);
    this.#part(`.${section} .refusal`).textContent = refusal;
  }

  /** @param {HTMLInputElement} field */
  async #copy(field) {
    const copied = await copyText(field);
    this.#part(".news").textContent = copied ? "Copied." : "Not copied: press Ctrl+C now, the link is selected.";
  }

  close() {
    for (const kind of CLICKS) document.removeEventListener(kind, this.#takeAlong, true);
    this.#measured.disconnect();
    for (const section of SECTIONS) clearTimeout(this.#waiting[section]);
  }
}

export const show = mount(".share", (root, data) => new Share(root, data));

/**
 * A link inside the app loads the page afresh: it takes along what the teacher wanted.
 * @param {MouseEvent} event
 */
function takeAlong(event) {
  const anchor = event.composedPath().find((node) => node instanceof HTMLAnchorElement && node.href);
  if (!(anchor instanceof HTMLAnchorElement) || anchor.hasAttribute("download") || anchor.origin !== location.origin) return;
  const href = anchor.getAttribute("href") ?? "";
  if (!`${anchor.pathname}/`.startsWith(`${BASE}/`) || href.startsWith("#")) return;
  const here = new URLSearchParams(location.search), there = new URL(anchor.href);
  const missing = CLASS.filter((name) => here.has(name) && !there.searchParams.has(name));
  for (const name of missing) there.searchParams.set(name, here.get(name) ?? "");
  if (!missing.length) return;
  anchor.href = there.href;
  setTimeout(() => anchor.setAttribute("href", href)); // when this click has been followed
}

/** @param {string} name */
function linkParts(name) {
  return `<div class="pair"><input class="link" readonly aria-label="${name}"><button type="button" class="copy">Copy</button></div>
    <img class="qr" alt="QR code: ${name.toLowerCase()}"><p class="refusal" role="alert"></p>`;
}

/**
 * @param {string} title
 * @param {[string, string][]} parts
 */
function group(title, parts) {
  const set = make("fieldset");
  set.append(make("legend", { textContent: title }));
  set.append(...ticks(parts));
  return set;
}

/** @param {[string, string][]} parts */
function ticks(parts) {
  return parts.map(([name, label]) => {
    const row = make("label");
    row.append(make("input", { type: "checkbox", name, checked: true }), ` ${label}`);
    return row;
  });
}
