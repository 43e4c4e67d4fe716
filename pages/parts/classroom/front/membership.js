// @ts-check
// What this tab remembers of its class, so that a reload comes back to it.

import { keepLed } from "../../front/led_class.js";
import { StoredText } from "../../front/storage.js";

/**
 * @typedef {object} Membership
 * @property {string} code
 * @property {string} [secret]  the presenter's
 * @property {boolean} [explores]  whether a follower is on their own, also after a reload and on the next page
 */

const here = new StoredText("elbo-room/class", "sessionStorage");
const browser = new StoredText("elbo-room/name of this browser in classes");

/** @returns {Membership | null} */
export function membership() {
  const found = here.readJson();
  return typeof found?.code === "string" ? found : null;
}

/** @param {Membership | null} member  null: in no class */
export function keep(member) {
  here.write(member ? JSON.stringify(member) : "");
  if (member?.secret) keepLed({ code: member.code, secret: member.secret });
}

/** A random name, by which a second vote of this browser replaces the first. It says nothing about anybody. */
export function nameOfBrowser() {
  const kept = browser.read();
  if (kept && /^[0-9a-f]{32}$/.test(kept)) return kept;
  // Not randomUUID, which browsers offer in secure contexts alone: a class may be on plain http.
  const name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  browser.write(name);
  return name;
}

export const forgetName = () => browser.write("");
