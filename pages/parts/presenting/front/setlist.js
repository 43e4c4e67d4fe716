// @ts-check
// The set list: kept in this browser, written as a small file or a link, judged by the server when it comes from outside.

import { BASE } from "../../front/address.js";
import { StoredText } from "../../front/storage.js";

/** @typedef {{ title: string, link: string }} PreparedState  a state of a screen, by its link inside the app */

const current = new StoredText("elbo-room/set list");
const former = new StoredText("elbo-room/former set list");

/**
 * @param {StoredText} entry
 * @returns {PreparedState[]}
 */
function read(entry) {
  const found = entry.readJson();
  return Array.isArray(found) ? found.filter(isState) : [];
}

/**
 * @param {any} state
 * @returns {state is PreparedState}
 */
function isState(state) {
  return typeof state?.title === "string" && typeof state?.link === "string" && /^\/(?!\/)/.test(state.link);
}

export const states = () => read(current);

export const formerStates = () => read(former);

/** @param {PreparedState[]} list */
export function keep(list) {
  current.write(JSON.stringify(list));
}

/**
 * Another list takes the place of the one that is kept, which can be had back.
 * @param {PreparedState[]} list
 */
export function replace(list) {
  const old = JSON.stringify(states());
  if (old !== "[]" && old !== JSON.stringify(list)) former.write(old);
  keep(list);
}

/** The former list and the one that is kept change places. */
export function swap() {
  const now = JSON.stringify(states());
  keep(formerStates());
  former.write(now);
}

/** @param {() => void} listener */
export function onChange(listener) {
  return current.onOtherTab(listener);
}

/** The list as a file holds it. */
export function asFile() {
  return JSON.stringify(content(), null, 1);
}

function content() {
  return { "elbo-room": "set list", version: 1, states: states() };
}

/** A link that carries the whole list behind the #, which browsers send to no server. */
export function asLink() {
  const bytes = new TextEncoder().encode(JSON.stringify(content()));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `${location.origin}${BASE}/#set=${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** The text of the list behind the #; null without one. What cannot be read is handed on as it is: the server says so. */
export function ofFragment() {
  const found = /^#set=(.*)$/.exec(location.hash);
  if (!found) return null;
  try {
    const bytes = atob(found[1].replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
  } catch {
    return found[1];
  }
}

/** The text of the list that is ready for a class; empty if the server does not answer. */
export const lesson = () => fetch(`${BASE}/present/lesson`).then((answer) => answer.text(), () => "");

/**
 * What the server makes of a text from outside.
 * @param {string} text
 * @returns {Promise<{ states: PreparedState[], sentences: string[] }>}
 */
export async function judged(text) {
  try {
    const answer = await fetch(`${BASE}/present/check`, { method: "POST", body: text });
    return await answer.json();
  } catch {
    return { states: [], sentences: ["The set list could not be checked: the server did not answer."] };
  }
}
