// @ts-check
// Who wants to be called when something changes.

export class Listeners {
  /** @type {Set<() => void>} */
  #all = new Set();

  /**
   * Call a listener at every change; returns what ends that.
   * @param {() => void} listener
   */
  add(listener) {
    this.#all.add(listener);
    return () => {
      this.#all.delete(listener);
    };
  }

  /** Something has changed. */
  call() {
    for (const listener of Array.from(this.#all)) listener(); // a listener may end itself
  }
}
