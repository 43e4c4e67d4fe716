// @ts-check
// Presenting, as far as it is the page: a class on the document, the address of the state that is shown, and who has the keys.

import { BASE, pathInApp } from "../../front/address.js";
import { keepApart } from "../../front/progress.js";
import { StoredText } from "../../front/storage.js";

/** @typedef {Pick<import("./payload").PresentData, "titles" | "room" | "model" | "digit" | "frame">} Screens  what opens a link to one */

const IDLE = "notRunning", AGAIN = 15, ASKED = 60; // milliseconds: until Streamlit is asked again, and until it says it runs
/** @type {{ link: string, screens: Screens } | null} */
let wanted = null;
let waiting = 0;

const on = new StoredText("elbo-room/presenting", "sessionStorage");
const shownPlace = new StoredText("elbo-room/place", "sessionStorage");
const lastPlace = new StoredText("elbo-room/last place"); // of any tab

export function presenting() {
  return document.documentElement.classList.contains("presenting");
}

/** @param {boolean} begins */
export function present(begins) {
  document.documentElement.classList.toggle("presenting", begins);
  on.write(begins ? "true" : "");
  keepApart(begins);
  // The charts fit themselves to the new room once it is laid out.
  requestAnimationFrame(() => dispatchEvent(new Event("resize")));
}

export function wasPresenting() {
  return on.read() === "true";
}

/** Which state of the list is shown, from 0; -1 before any. */
export function place() {
  const text = shownPlace.read();
  return text ? Number(text) : -1;
}

/** @param {number} index */
export function putPlace(index) {
  for (const kept of [shownPlace, lastPlace]) kept.write(String(index));
}

/**
 * Go on where another tab was, also in the list. The page is loaded anew: nothing of this one is mistaken for what it showed.
 * @param {string} link  of the state that it showed; empty if it did not say
 */
export function goBack(link) {
  if (place() < 0) shownPlace.write(lastPlace.read() ?? "");
  location.assign(link ? BASE + link : location.href);
}

/**
 * Show a state without loading the page anew: the address is changed as the browser's back button changes it, and Streamlit
 * takes every value from it.
 *
 * One after the other: what Streamlit says of the address at the end of one state must not meet the address of the next. Of
 * several that are asked for meanwhile the last is shown.
 * @param {string} link
 * @param {Screens} screens
 */
export function show(link, screens) {
  wanted = { link, screens };
  if (!waiting) showWanted();
}

function running() {
  const app = /** @type {HTMLElement | null} */ (document.querySelector('[data-testid="stApp"]'));
  return (app?.dataset.testScriptState ?? IDLE) !== IDLE;
}

/**
 * Whether the screen is that of a link, or is about to be: the same step, or the same model and digit. What else has been moved on it
 * does not matter.
 * @param {string} link
 * @param {Screens} screens
 */
export function shows(link, { room, model, digit }) {
  const of = (/** @type {URL | Location} */ { pathname, search }) => {
    const screen = screenOf(pathname), told = new URLSearchParams(search);
    if (room.includes(screen)) return `${told.get("model") ?? model} ${told.get("digit") ?? digit}`;
    return screen === "derivation" ? `${screen} ${told.get("step") ?? "0"}` : screen;
  };
  return waiting > 0 || of(new URL(`${BASE}${link}`, location.origin)) === of(location);
}

/** Whether the screen is that of the state that was asked for last. */
export const settled = () => !waiting && !running();

function showWanted() {
  if (running()) {
    waiting = setTimeout(showWanted, AGAIN);
    return;
  }
  const next = wanted;
  wanted = null;
  if (next) openLink(next.link, next.screens);
  waiting = next ? setTimeout(showWanted, ASKED) : 0;
}

/**
 * @param {string} link
 * @param {Screens} screens
 */
function openLink(link, { titles, room, model, frame }) {
  const target = new URL(`${BASE}${link}`, location.origin);
  const screen = screenOf(target.pathname), open = screenOf(location.pathname);
  if (target.origin !== location.origin || !(screen in titles || room.includes(screen))) return location.assign(target);
  if (room.includes(screen)) {
    // The Trade-off screen has several addresses: one stays, so that its element stays.
    target.pathname = room.includes(open) ? location.pathname : `${BASE}/`;
    // An address that says nothing would be given the last state; this says the default, which Streamlit drops again.
    if ([...target.searchParams.keys()].every((name) => frame.includes(name))) target.searchParams.set("model", model);
  }
  if (target.pathname + target.search === location.pathname + location.search) return undefined;
  history.pushState({}, "", target);
  return dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}

/** @param {number} by */
const turner = (by) => /** @type {HTMLButtonElement | null} */ (document.querySelector(`.st-key-${by > 0 ? "next" : "back"} button`));

/** Whether this screen is a step of the derivation, which has steps of its own. */
export function hasSteps() {
  return turner(1) !== null;
}

/**
 * Open the next step of the derivation, or the one before.
 * @param {number} by
 */
export function turnStep(by) {
  turner(by)?.click();
}

/** The address of this screen as it is, inside the app. */
export function here() {
  return pathInApp(location.pathname) + location.search;
}

/**
 * The path of a screen, without slashes about it.
 * @param {string} pathname
 */
export function screenOf(pathname) {
  return pathInApp(pathname).replace(/^\/+|\/+$/g, "");
}

/**
 * Whether → and ← belong to what has the focus. A choice such as that of the digit leaves them to whoever leads through a lesson:
 * it is moved by ↑ and ↓ as well.
 * @param {Event} event
 * @param {boolean} leads
 */
export function steering(event, leads) {
  const node = event.composedPath()[0];
  if (leads && node instanceof HTMLInputElement && node.type === "radio") return false;
  const owners = "input, textarea, select, [contenteditable], [role=slider], [role=application], [role=tab], [role=radio], "
    + "[role=radiogroup], [role=listbox], [role=menu], [role=combobox], dialog";
  return node instanceof Element && Boolean(node.closest(owners));
}

/** The focus leaves a choice such as that of the digit: in the next state another is chosen. */
export function leaveChoice() {
  const node = document.activeElement;
  if (node instanceof HTMLInputElement && node.type === "radio") node.blur();
}

/**
 * Whether a dialog is open: one of the page, or one that holds what has the focus in a shadow tree of its own.
 * @param {Event} event
 */
export function inDialog(event) {
  return Boolean(document.querySelector("dialog[open]")) || event.composedPath().some((node) => node instanceof HTMLDialogElement);
}
