// Presenting, as far as it is the page: a class on the document, the address of the state that is shown, and who has the keys.

const IDLE = "notRunning", AGAIN = 15, ASKED = 60; // milliseconds: until Streamlit is asked again, and until it says it runs
let wanting = null, waiting = 0;

const ON = "elbo-room/presenting", PLACE = "elbo-room/place"; // of this tab

export function presenting() {
  return document.documentElement.classList.contains("presenting");
}

export function present(on) {
  document.documentElement.classList.toggle("presenting", on);
  remember(ON, on ? "true" : "");
  // The charts fit themselves to the new room once it is laid out.
  requestAnimationFrame(() => dispatchEvent(new Event("resize")));
}

export function wasPresenting() {
  return recall(ON) === "true";
}

// Which state of the list is shown, from 0; -1 before any.
export function place() {
  const text = recall(PLACE);
  return text ? Number(text) : -1;
}

export function putPlace(index) {
  remember(PLACE, String(index));
}

// Show a state without loading the page anew: the address is changed as the browser's back button changes it, and Streamlit
// takes every value from it.
//
// One after the other: what Streamlit says of the address at the end of one state must not meet the address of the next. Of
// several that are asked for meanwhile the last is shown.
export function show(link, screens) {
  wanting = { link, screens };
  if (waiting) return;
  const go = () => {
    const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState ?? IDLE;
    if (state !== IDLE) return (waiting = setTimeout(go, AGAIN));
    const next = wanting;
    wanting = null;
    if (next) openLink(next.link, next.screens);
    return (waiting = next ? setTimeout(go, ASKED) : 0);
  };
  go();
}

function openLink(link, { base, titles, room, model, frame }) {
  const wanted = new URL(`${base}${link}`, location.origin);
  const screen = screenOf(wanted.pathname, base), here = screenOf(location.pathname, base);
  if (wanted.origin !== location.origin || !(screen in titles || room.includes(screen))) return location.assign(wanted);
  if (room.includes(screen)) {
    // The Trade-off screen has several addresses: one stays, so that its instrument stays.
    wanted.pathname = room.includes(here) ? location.pathname : `${base}/`;
    // An address that says nothing would be given what the hand held; this says the default, which Streamlit drops again.
    if ([...wanted.searchParams.keys()].every((name) => frame.includes(name))) wanted.searchParams.set("model", model);
  }
  if (wanted.pathname + wanted.search === location.pathname + location.search) return undefined;
  history.pushState({}, "", wanted);
  return dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}

// The address of this screen as it is, inside the app.
export function here(base) {
  return `${location.pathname.slice(base.length) || "/"}${location.search}`;
}

export function screenOf(pathname, base) {
  return pathname.slice(base.length).replace(/^\/+|\/+$/g, "");
}

// Whether a key is being typed into something.
export function typing(event) {
  const node = event.composedPath()[0];
  if (!(node instanceof Element)) return false;
  const field = node.closest("input, textarea, select, [contenteditable]");
  return Boolean(field && !["range", "checkbox", "radio", "button"].includes(field.type));
}

// Whether arrows and Page keys belong to what has the focus.
export function steering(event) {
  const node = event.composedPath()[0];
  const owners = "input, textarea, select, [contenteditable], [role=slider], [role=application], [role=tab], [role=radio], "
    + "[role=radiogroup], [role=listbox], [role=menu], [role=combobox], dialog";
  return node instanceof Element && Boolean(node.closest(owners));
}

// Whether a dialog is open: one of the page, or one that holds what has the focus in a shadow tree of its own.
export function inDialog(event) {
  return Boolean(document.querySelector("dialog[open]")) || event.composedPath().some((node) => node instanceof HTMLDialogElement);
}

const memory = {}; // for as long as the page lasts, where sessionStorage is forbidden

function remember(entry, text) {
  memory[entry] = text;
  try {
    sessionStorage.setItem(entry, text);
  } catch {
    // forbidden
  }
}

function recall(entry) {
  try {
    return sessionStorage.getItem(entry);
  } catch {
    return memory[entry] ?? null;
  }
}
