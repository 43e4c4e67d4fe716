// The set list: kept in this browser, written as a small file or a link, judged by the server when it comes from outside.

const ENTRY = "elbo-room/set list";
const FORMER = "elbo-room/former set list";
const memory = {}; // where storage is forbidden, as long as the page is open

export function states() {
  return kept(ENTRY);
}

export function former() {
  return kept(FORMER);
}

function kept(entry) {
  try {
    const found = entry in memory ? memory[entry] : JSON.parse(localStorage.getItem(entry));
    const fits = (state) => typeof state?.title === "string" && typeof state?.link === "string" && /^\/(?!\/)/.test(state.link);
    return Array.isArray(found) ? found.filter(fits) : [];
  } catch {
    return [];
  }
}

export function keep(list, entry = ENTRY) {
  try {
    localStorage.setItem(entry, JSON.stringify(list));
    delete memory[entry];
  } catch {
    memory[entry] = list;
  }
}

// Another list takes the place of the one that is kept, which can be had back.
export function replace(list) {
  const old = states();
  if (old.length && JSON.stringify(old) !== JSON.stringify(list)) keep(old, FORMER);
  keep(list);
}

export function swap() {
  const [now, before] = [states(), former()];
  keep(before);
  keep(now, FORMER);
}

export function onChange(listener) {
  const heard = (event) => (event.key === ENTRY || event.key === null) && listener();
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}

export function written(list = states()) {
  return JSON.stringify({ "elbo-room": "set list", version: 1, states: list }, null, 1);
}

// The whole list behind the #, which no server is told.
export function address(base) {
  const bytes = new TextEncoder().encode(JSON.stringify(JSON.parse(written())));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `${location.origin}${base}/#set=${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

// The text of the list behind the #; null without one. What cannot be read is handed on as it is: the server says so.
export function ofFragment() {
  const found = /^#set=(.*)$/.exec(location.hash);
  if (!found) return null;
  try {
    const bytes = atob(found[1].replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(bytes, (sign) => sign.charCodeAt(0)));
  } catch {
    return found[1];
  }
}

// { states, sentences } of a text from outside.
export async function judged(text, base) {
  try {
    const answer = await fetch(`${base}/present/check`, { method: "POST", body: text });
    return await answer.json();
  } catch {
    return { states: [], sentences: ["The set list could not be checked: the server did not answer."] };
  }
}
