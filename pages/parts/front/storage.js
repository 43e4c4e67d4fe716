// @ts-check
// What this browser remembers. Where storage is forbidden it is kept as long as the page is open.

/** A text in the storage of this browser or, with "sessionStorage", of this tab. */
export class StoredText {
  /** @type {string | null} */
  #memory = null; // what the storage did not keep

  /**
   * @param {string} name
   * @param {"localStorage" | "sessionStorage"} kind
   */
  constructor(name, kind = "localStorage") {
    this.name = name;
    this.kind = kind;
  }

  /** @returns {string | null} */
  read() {
    if (this.#memory !== null) return this.#memory;
    try {
      return globalThis[this.kind].getItem(this.name);
    } catch {
      return null;
    }
  }

  /** The value that the text is JSON of; null if it is none. */
  readJson() {
    try {
      return JSON.parse(this.read() ?? "null");
    } catch {
      return null; // written by somebody else
    }
  }

  /** @param {string} text */
  write(text) {
    try {
      globalThis[this.kind].setItem(this.name, text);
      this.#memory = null;
    } catch {
      this.#memory = text;
    }
  }

  /** Whether the browser keeps what is written: it may forbid it. */
  get lasts() {
    if (this.#memory !== null) return false;
    try {
      globalThis[this.kind].setItem(`${this.name}/lasts`, "");
      globalThis[this.kind].removeItem(`${this.name}/lasts`);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Call a listener when another tab changes it; returns what ends that.
   * @param {() => void} listener
   */
  onOtherTab(listener) {
    const changed = (/** @type {StorageEvent} */ event) => {
      if (event.key === this.name || event.key === null) listener();
    };
    addEventListener("storage", changed);
    return () => removeEventListener("storage", changed);
  }
}
