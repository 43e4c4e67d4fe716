// @ts-check
// What a learner has done, kept in this browser: one entry of its storage, a name for every thing that is done.
//
// All elements of a page share this module; other tabs get every change through the browser.

import { Listeners } from "./listeners.js";
import { StoredText } from "./storage.js";

const entry = new StoredText("elbo-room");
/** What a class has seen answered, in this tab: the presenter's own progress neither shows up there nor changes. */
const presented = new StoredText("elbo-room/presented", "sessionStorage");
const PRESENTED = /^(lesson|quiz|challenge)\//;
const FIRST = "/first"; // after a question's name: its first answer
let apart = false;
const listeners = new Listeners();

/**
 * @param {StoredText} place
 * @returns {Record<string, unknown>}
 */
function of(place) {
  const kept = place.readJson();
  return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
}

/**
 * @param {Record<string, unknown>} kept
 * @param {boolean} wanted  whether what may be presented is kept, or all else
 */
function part(kept, wanted) {
  return Object.fromEntries(Object.entries(kept).filter(([name]) => PRESENTED.test(name) === wanted));
}

/** @returns {Record<string, unknown>} */
function read() {
  return apart ? { ...part(of(entry), false), ...of(presented) } : of(entry);
}

/** @param {Record<string, unknown>} kept */
function write(kept) {
  if (apart) presented.write(JSON.stringify(part(kept, true)));
  entry.write(JSON.stringify(apart ? { ...part(of(entry), true), ...part(kept, false) } : kept));
  listeners.call();
}

/**
 * While a class is shown the screens, what is answered is kept apart from the presenter's own.
 * @param {boolean} begins
 */
export function keepApart(begins) {
  apart = begins;
  listeners.call();
}

/** Whether what is answered now is a class's and not the visitor's own. */
export function isPresented() {
  return apart;
}

/** A presentation begins with nothing answered. */
export function startApart() {
  presented.write("{}");
  listeners.call();
}

entry.onOtherTab(() => listeners.call());

/** Where progress is kept, in words. */
export function whereKept() {
  return entry.lasts ? "kept in this browser" : "kept only while this page is open: the browser forbids storage";
}

/**
 * Keep that something is done: "quiz/jensen", "lesson/1/task", "challenge/tight" …
 * @param {string} key
 */
export function mark(key) {
  if (!isDone(key)) write({ ...read(), [key]: true });
}

/** @param {string} key */
export function isDone(key) {
  return Object.hasOwn(read(), key);
}

/**
 * Keep whether the first answer to a question was right; later answers change nothing.
 * @param {string} key  of the question
 * @param {boolean} right
 */
export function markFirst(key, right) {
  if (firstOf(key) === null) write({ ...read(), [key + FIRST]: right });
}

/**
 * Whether the first answer to a question was right; null before there is one.
 * @param {string} key
 */
export function firstOf(key) {
  const kept = read()[key + FIRST];
  return typeof kept === "boolean" ? kept : null;
}

/**
 * Whether a name is that of a first answer, not of something done.
 * @param {string} key
 */
export function isFirst(key) {
  return key.endsWith(FIRST);
}

/** The names of all that is kept. */
export function all() {
  return Object.keys(read());
}

/**
 * Take back what is done: one thing, or with "quiz/" all that begins so.
 * @param {string} key
 */
export function forget(key) {
  const kept = Object.entries(read()).filter(([name]) => name !== key && !(key.endsWith("/") && name.startsWith(key)));
  write(Object.fromEntries(kept));
}

/**
 * Call a listener at every change, in this tab or another; returns what ends that.
 * @param {() => void} listener
 */
export function onChange(listener) {
  return listeners.add(listener);
}
