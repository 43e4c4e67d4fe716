// @ts-check
// Elements of the page: made, found, and changed only where something is different, so that screen readers hear changes alone.

/**
 * The element that a selector names.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function find(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`${selector} is missing from the page`);
  return /** @type {HTMLElement} */ (found);
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

/**
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * A sentence in which the marks of q and of the best q look as they do on the latent plane.
 * @param {HTMLElement} node
 * @param {string} text
 */
export function setMarked(node, text) {
  if (node.textContent === text) return;
  node.replaceChildren(...text.split(/([●✕])/).map((part, i) => (i % 2 ? make("span", { className: "q-mark", textContent: part }) : part)));
}

/**
 * Let nothing in a part of the page be used, or let it be used again; the part may not be there.
 * @param {string} selector
 * @param {boolean} inert
 */
export function setInert(selector, inert) {
  const part = document.querySelector(selector);
  if (part instanceof HTMLElement) part.inert = inert;
}

/**
 * Make colours known to the style sheet, as --name.
 * @param {HTMLElement} root
 * @param {Record<string, string>} colours
 */
export function setColours(root, colours) {
  for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--${name}`, colour);
}

/**
 * Paint once in the next frame, however often it is asked for; cancelled by `cancel`.
 * @param {() => void} paint
 */
export function onNextFrame(paint) {
  let frame = 0;
  return {
    schedule() {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        paint();
      });
    },
    cancel() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
  };
}

/** How much larger than usual the page's type is: Present enlarges it. */
export function enlargement() {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

/**
 * Whether a key is being typed into something.
 * @param {Event} event
 */
export function typing(event) {
  const node = event.composedPath()[0];
  if (!(node instanceof Element)) return false;
  const field = node.closest("input, textarea, select, [contenteditable]");
  return Boolean(field && !["range", "checkbox", "radio", "button"].includes(field.getAttribute("type") ?? ""));
}
