// @ts-check
// What a visitor has set goes to the server as a commit. Commits are numbered: Python sends the number of the last one it has
// seen back as `turn`, so that a late answer to an earlier commit is not mistaken for the answer to the last.
//
// A server that was started anew, or that has given up a visitor's session, knows nothing of the element that commits. The
// values then go into the address, from which a new session takes everything. When the page is reloaded while something moves, or
// before an answer has come, the page that takes its place puts it into the address.

import { StoredText } from "./storage.js";

const RETRY_MS = 3000; // without an answer for so long, the connection may have been lost: commit again
const RAREST_MS = 12_000; // between two requests of the address
const LATE_MS = 1500; // without an answer for so long, the page says that it waits
const MOST = 2; // commits of the same values; then the session is taken for lost

const left = new StoredText("elbo-room/left without an answer", "sessionStorage");

/** @typedef {import("./mount.js").Page<{ turn: number }>} TurnPage */

export class Commits {
  /** @type {TurnPage | null} */
  #page = null;
  #turn = 0;
  #retry = 0;
  #late = 0;
  #sent = 0;
  /** @type {Record<string, string>} */
  #unanswered = {};

  #leave = () => {
    if (!this.root.isConnected) return;
    this.finish();
    left.write(this.answered ? "" : JSON.stringify({ page: location.href, values: this.#unanswered }));
  };

  /**
   * @param {Element} root  without it in the document nothing is committed again; of the class "unanswered" while an answer is late
   * @param {() => unknown} finish  commits at once what still moves
   */
  constructor(root, finish) {
    this.root = root;
    this.finish = finish;
    addEventListener("pagehide", this.#leave);
  }

  /**
   * Whether the data answer the last commit.
   * @param {TurnPage} page
   */
  accepts(page) {
    if (!this.#page) {
      this.#turn = page.data.turn;
      queueMicrotask(() => this.#resume()); // when the owner has taken these data
    }
    this.#page = page;
    if (this.answered) this.#wait(false);
    return this.answered;
  }

  #resume() {
    const kept = left.readJson();
    left.write("");
    if (kept?.page === location.href) this.#putInAddress(kept.values);
  }

  get answered() {
    return this.#page !== null && this.#page.data.turn >= this.#turn;
  }

  /**
   * Of two commits that follow each other at once the server may see the second alone: it says again what the first said.
   * @param {Record<string, string>} values  by their names in the link
   * @param {Record<string, string>} aside  what Python is told beside the link
   * @param {Record<string, string>} base  what the link says otherwise
   */
  send(values, aside = {}, base = {}) {
    this.#sent = 0;
    this.#unanswered = { ...(this.answered ? {} : this.#unanswered), ...values };
    this.#wait(true);
    this.#send({ ...base, ...this.#unanswered }, aside);
  }

  /** @param {boolean} begins */
  #wait(begins) {
    clearTimeout(this.#late);
    if (begins) this.#late = setTimeout(() => this.root.classList.add("unanswered"), LATE_MS);
    else this.root.classList.remove("unanswered");
  }

  /**
   * @param {Record<string, string>} values
   * @param {Record<string, string>} aside
   */
  #send(values, aside) {
    if (!this.#page) return this.#putInAddress(values);
    this.#sent += 1;
    this.#turn += 1;
    this.#page.setStateValue("commit", { ...values, ...aside, turn: this.#turn });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (!this.root.isConnected || this.answered) return;
      if (this.#sent < MOST) this.#send(values, aside);
      else this.#putInAddress(values);
    }, RETRY_MS);
    return undefined;
  }

  /**
   * In place of what the address says: no entry of the browser's history of its own, to which Back would lead.
   * @param {Record<string, string>} values  by their names in the link
   */
  replace(values) {
    writeAddress(values);
    askForAddress();
  }

  /**
   * Streamlit takes the address as it does at the browser's Back.
   * @param {Record<string, string>} values
   */
  #putInAddress(values) {
    writeAddress(values);
    this.#page = null; // the next data are of another session
    this.#askForAddress();
  }

  /**
   * Again and again until there is an answer: what Streamlit is asked while it is not connected it forgets. More and more rarely,
   * so that a server that is only slow comes to its end.
   */
  #askForAddress(pause = RETRY_MS) {
    askForAddress();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.root.isConnected && !this.answered) this.#askForAddress(Math.min(2 * pause, RAREST_MS));
    }, pause);
  }

  close() {
    removeEventListener("pagehide", this.#leave);
    clearTimeout(this.#retry);
    clearTimeout(this.#late);
  }
}

/** @param {Record<string, string>} values  by their names in the link */
function writeAddress(values) {
  const target = new URL(location.href);
  for (const [name, value] of Object.entries(values)) target.searchParams.set(name, value);
  history.replaceState(history.state, "", target);
}

function askForAddress() {
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}
