// What a learner has done, kept in this browser: one entry of its storage, a name for every thing that is done.
//
// Where storage is forbidden it is kept as long as the page is open. All elements of a page import the same address and so
// share this module; other tabs hear of a change through the browser.

const ENTRY = "elbo-room";
const listeners = new Set();
let memory = null; // what is kept where storage does not keep it

function read() {
  if (memory) return memory;
  try {
    const kept = JSON.parse(localStorage.getItem(ENTRY));
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {}; // forbidden, or written by somebody else
  }
}

function write(kept) {
  try {
    localStorage.setItem(ENTRY, JSON.stringify(kept));
    memory = null;
  } catch {
    memory = kept;
  }
  tell();
}

function tell() {
  for (const listener of [...listeners]) listener();
}

addEventListener("storage", (event) => (event.key === ENTRY || event.key === null) && tell());

// "quiz/jensen", "lesson/1/task", "challenge/tight" …
export function mark(key) {
  if (!isDone(key)) write({ ...read(), [key]: true });
}

export function isDone(key) {
  return Object.hasOwn(read(), key);
}

// The names of all that is done.
export function all() {
  return Object.keys(read());
}

// Take back what is done: one thing, or with "quiz/" all that begins so.
export function forget(key) {
  const kept = Object.entries(read()).filter(([name]) => name !== key && !(key.endsWith("/") && name.startsWith(key)));
  write(Object.fromEntries(kept));
}

// Hear of every change, in this tab or another; what it returns ends that.
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
