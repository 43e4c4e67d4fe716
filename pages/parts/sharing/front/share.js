// The dialog that shares the screen: its link and QR code as they are at that moment, and the link that a teacher prepares.

const living = new WeakMap();
const PATIENCE = 200; // milliseconds without a key before a new QR code is asked for
const CLICKS = ["click", "auxclick"];
const CLASS = ["hide", "task"]; // the teacher's part of a link, on every screen

export function show(page) {
  const root = page.parentElement.querySelector(".share");
  let shown = living.get(root);
  if (!shown) living.set(root, (shown = new Share(root)));
  shown.receive(page.data);
  return () => queueMicrotask(() => root.isConnected || shown.close());
}

class Share {
  constructor(root) {
    this.root = root;
    root.innerHTML = `
      <button type="button" class="open" aria-haspopup="dialog" title="link, QR code, a link for the class, printed sheet"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 10V1.5M5 4.2l3-3 3 3M4.5 7H2.5v7.5h11V7h-2"/></svg><span>Share</span></button>
      <dialog aria-labelledby="share-title">
        <header><h2 id="share-title">Share</h2><button type="button" class="close" aria-label="Close">✕</button></header>
        <p class="local" hidden>This address opens on this computer only. To let a class in, start the app with
          <code></code> and open it under the name or number that this computer has in the network.</p>
        <div class="columns">
          <section class="now" aria-label="This screen as it stands">
            <h3>This screen as it stands</h3>
            ${linkParts("The link of this screen")}
            <p><a class="sheet" target="_blank" rel="noopener">Printed sheet</a> this state, its numbers and the code, on paper</p>
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
        <p class="heard" role="status"></p>
      </dialog>`;
    const part = (this.part = (selector) => root.querySelector(selector));
    this.dialog = part("dialog");
    part(".open").onclick = () => this.open();
    part(".close").onclick = () => this.dialog.close();
    this.dialog.onclick = (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside it; what an onclick returns must not be false
    };
    for (const section of ["now", "class"]) {
      const field = part(`.${section} .link`), picture = part(`.${section} img`);
      part(`.${section} .copy`).onclick = () => this.copy(field);
      field.onfocus = () => field.select();
      picture.onload = () => this.pictured(section, "");
      picture.onerror = async () => {
        const asked = picture.src;
        const reason = await fetch(asked).then((answer) => (answer.ok ? "The picture did not come: open Share again." : answer.text()), () => "The app does not answer.");
        if (picture.src === asked) this.pictured(section, reason);
      };
    }
    this.dialog.oninput = () => this.prepare();
    this.taken = (event) => this.take(event);
    for (const kind of CLICKS) document.addEventListener(kind, this.taken, true);
    this.measured = new ResizeObserver(() => this.measure());
  }

  receive(data) {
    this.data = data;
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.part(".local code").textContent = data.command;
    this.part("textarea").maxLength = data.longest;
    const plan = JSON.stringify(data.groups);
    if (plan !== this.plan) this.part(".ticks").replaceChildren(...data.groups.map(([title, parts]) => group(title, parts)));
    this.plan = plan;
    this.measure();
  }

  // The task takes room at the top, which the charts below give.
  measure() {
    const task = document.querySelector(".class-task");
    if (task !== this.task) {
      this.measured.disconnect();
      if (task) this.measured.observe(task);
      this.task = task;
    }
    document.documentElement.style.setProperty("--class-task", `${task?.offsetHeight ?? 0}px`);
  }

  open() {
    const here = new URL(location.href), { data } = this;
    here.hash = "";
    const name = here.pathname.slice(data.base.length).replace(/^\/|\/$/g, "");
    this.inRoom = data.room.includes(name);
    this.part(".local").hidden = !["localhost", "127.0.0.1", "[::1]"].includes(here.hostname);
    this.part(".predict").hidden = !this.inRoom;
    const hide = new Set((here.searchParams.get("hide") ?? "").split(/[\s,.]+/));
    for (const tick of this.root.querySelectorAll(".ticks input")) tick.checked = !hide.has(tick.name);
    this.part("textarea").value = here.searchParams.get("task") ?? "";
    this.part(".predict input").checked = here.searchParams.get("predict") === "true";
    const sheet = new URL(`${data.base}/sheet`, location.origin);
    // Elsewhere it is about what the hand held last.
    const ours = this.inRoom || name === "sheet";
    if (!ours) for (const [key, text] of Object.entries(data.held)) sheet.searchParams.set(key, text);
    for (const [key, text] of here.searchParams) if (ours || CLASS.includes(key)) sheet.searchParams.set(key, text);
    this.part(".sheet").href = sheet;
    this.put("now", here.href);
    this.part(".heard").textContent = "";
    this.prepare(0);
    this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  // The link for the class: this one, and what the teacher has ticked and written.
  prepare(patience = PATIENCE) {
    const link = new URL(this.part(".now .link").value), task = this.part("textarea").value.trim().replace(/\s+/g, " ");
    const hide = [...this.root.querySelectorAll(".ticks input")].filter((tick) => !tick.checked).map((tick) => tick.name);
    const wanted = { hide: hide.join("."), task };
    if (this.inRoom) wanted.predict = this.part(".predict input").checked ? "true" : "";
    for (const [key, text] of Object.entries(wanted)) text ? link.searchParams.set(key, text) : link.searchParams.delete(key);
    this.part(".count").textContent = `${this.part("textarea").value.length} of ${this.data.longest}`;
    this.put("class", link.href, patience);
  }

  put(section, link, patience = 0) {
    this.part(`.${section} .link`).value = link;
    clearTimeout(this[section]);
    const picture = this.part(`.${section} img`), address = `${this.data.base}/share/qr.svg?text=${encodeURIComponent(link)}`;
    const draw = () => (picture.src = address);
    if (patience) this[section] = setTimeout(draw, patience);
    else draw();
  }

  pictured(section, refusal) {
    this.part(`.${section} img`).hidden = Boolean(refusal);
    this.part(`.${section} .refusal`).textContent = refusal;
  }

  async copy(field) {
    field.select();
    let done = false;
    try {
      await navigator.clipboard.writeText(field.value);
      done = true;
    } catch {
      done = document.execCommand("copy"); // without https the clipboard is closed to scripts
    }
    this.part(".heard").textContent = done ? "Copied." : "Not copied: press Ctrl+C now, the link is selected.";
  }

  // A link inside the app loads the page afresh: it takes along what the teacher wanted.
  take(event) {
    const anchor = event.composedPath().find((node) => node instanceof HTMLAnchorElement && node.href);
    if (!anchor || anchor.hasAttribute("download") || anchor.origin !== location.origin) return;
    if (!`${anchor.pathname}/`.startsWith(`${this.data.base}/`) || anchor.getAttribute("href").startsWith("#")) return;
    const here = new URLSearchParams(location.search), there = new URL(anchor.href);
    const missing = CLASS.filter((name) => here.has(name) && !there.searchParams.has(name));
    for (const name of missing) there.searchParams.set(name, here.get(name));
    if (!missing.length) return;
    const written = anchor.getAttribute("href");
    anchor.href = there;
    setTimeout(() => anchor.setAttribute("href", written)); // when this click has been followed
  }

  close() {
    for (const kind of CLICKS) document.removeEventListener(kind, this.taken, true);
    this.measured.disconnect();
    for (const section of ["now", "class"]) clearTimeout(this[section]);
    living.delete(this.root);
  }
}

function linkParts(name) {
  return `<div class="pair"><input class="link" readonly aria-label="${name}"><button type="button" class="copy">Copy</button></div>
    <img class="qr" alt="QR code: ${name.toLowerCase()}"><p class="refusal" role="alert"></p>`;
}

function group(title, parts) {
  const set = document.createElement("fieldset");
  set.append(Object.assign(document.createElement("legend"), { textContent: title }));
  for (const [name, words] of parts) {
    const label = document.createElement("label");
    label.append(Object.assign(document.createElement("input"), { type: "checkbox", name, checked: true }), ` ${words}`);
    set.append(label);
  }
  return set;
}
