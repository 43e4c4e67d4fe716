// @ts-check
// The class that this browser has led last: kept for whoever closes its tab by mistake.

import { StoredText } from "./storage.js";

const led = new StoredText("elbo-room/class that I lead");

/** @returns {{ code: string, secret: string } | null} */
export function ledBefore() {
  const found = led.readJson();
  return typeof found?.code === "string" && typeof found.secret === "string" ? found : null;
}

/** @param {{ code: string, secret: string } | null} member  null: it has ended */
export const keepLed = (member) => led.write(member ? JSON.stringify(member) : "");
