// @ts-check
// What a visitor has set goes to the server as a commit. Commits are numbered: Python sends the number of the last one it has
// seen back as `turn`, so that a late answer to an earlier commit is not mistaken for the answer to the last.

const RETRY_MS = 3000; // without an answer for so long, the connection may have been lost: commit again

/** @typedef {import("./mount.js").Page<{ turn: number }>} TurnPage */

export class Commits {
  /** @type {TurnPage | null} */
  #page = null;
  #turn = 0;
  #retry = 0;

  /** @param {Element} root  without it in the document nothing is committed again */
  constructor(root) {
    this.root = root;
  }

  /**
   * Whether the data answer the last commit.
   * @param {TurnPage} page
   */
  accepts(page) {
    if (!this.#page) this.#turn = page.data.turn;
    this.#page = page;
    return this.answered;
  }

  get answered() {
    return this.#page !== null && this.#page.data.turn >= this.#turn;
  }

  /** @param {Record<string, string>} values */
  send(values) {
    this.#turn += 1;
    this.#page?.setStateValue("commit", { ...values, turn: this.#turn });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.root.isConnected && !this.answered) this.send(values);
    }, RETRY_MS);
  }

  close() {
    clearTimeout(this.#retry);
  }
}
