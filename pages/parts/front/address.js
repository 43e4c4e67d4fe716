// @ts-check
// Where the app is, as this browser reached it: with the server's base path, and behind a proxy that puts another before it.

/** The path before every address of the app: "" or "/path". Scripts lie below BASE/scripts/. */
export const BASE = new URL(import.meta.url.slice(0, import.meta.url.lastIndexOf("/scripts/"))).pathname.replace(/\/$/, "");

/**
 * The address inside the app of what the browser shows: "/" or "/quiz" …
 * @param {string} pathname
 */
export function pathInApp(pathname) {
  return pathname.slice(BASE.length) || "/";
}
