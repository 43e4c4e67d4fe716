// @ts-check
// The static layer is long and seldom another: Python leaves out the text that a commit has declared to be here.

class StaticTexts {
  /** @type {Map<string, string>} */
  #texts = new Map();
  #last = "";
  #declared = "";

  /**
   * The static layer of the page's data; null where Python takes for known what is not.
   * @param {{ staticKey: string, staticLayer: string }} data
   * @returns {string | null}
   */
  of({ staticKey, staticLayer }) {
    if (staticLayer) this.#texts.set(staticKey, staticLayer);
    this.#last = staticKey;
    this.#forget();
    return this.#texts.get(staticKey) ?? null;
  }

  /** The name of the text that a commit may declare to be here; it is kept until another is declared. */
  declare() {
    this.#declared = this.#texts.has(this.#last) ? this.#last : "";
    this.#forget();
    return this.#declared;
  }

  #forget() {
    for (const key of this.#texts.keys()) if (key !== this.#last && key !== this.#declared) this.#texts.delete(key);
  }
}

let markup = "";

/**
 * Put into an element what it holds: Python leaves it out once a commit has declared a static layer, as that came with it.
 * @param {HTMLElement} root
 * @param {{ markup: string }} data
 */
export function filled(root, data) {
  markup = data.markup || markup;
  root.innerHTML = markup;
  return root;
}

/** Of the whole page: an element that is mounted anew still has what Python takes for known. */
export const TEXTS = new StaticTexts();
