// @ts-check
// Help where a word stands: a sentence beside whatever is marked with data-term, on hover, focus and tap.

import { find, make } from "./dom.js";

const AWAY = 6, EDGE = 8; // pixels
const DELAY_MS = 350; // before a pointer that passes by is answered
let tips = 0;

/**
 * @param {HTMLElement} root  in which the words stand
 * @param {(term: string) => string} sentenceOf  empty where there is none
 * @returns {() => void} what ends it
 */
export function helpOn(root, sentenceOf) {
  const tip = make("div", { className: "tip", role: "tooltip", id: `elbo-room-tip-${tips++}`, hidden: true }), ends = new AbortController();
  const { signal } = ends;
  root.append(tip);
  /** @type {HTMLElement | null} */
  let of = null;
  /** @type {HTMLElement | null} */
  let pressed = null; // which needs no help until the pointer has left it
  let waiting = 0, seen = ""; // where the pointer was seen last

  const hide = () => {
    clearTimeout(waiting);
    of?.removeAttribute("aria-describedby");
    of = null;
    tip.hidden = true;
  };
  const show = (/** @type {HTMLElement} */ node) => {
    const sentence = sentenceOf(node.dataset.term ?? "");
    if (of === node) return;
    hide();
    if (!sentence) return;
    of = node;
    tip.textContent = sentence;
    tip.hidden = false;
    node.setAttribute("aria-describedby", tip.id);
    place(tip, node);
  };
  const marked = (/** @type {EventTarget | null} */ target) =>
    (target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-term]")) : null);

  // Who drags a slider or presses a button wants to see what it does.
  root.addEventListener("pointerdown", ({ target }) => {
    hide();
    pressed = marked(target);
  }, { signal });
  for (const kind of /** @type {const} */ (["pointermove", "pointerup"])) {
    document.addEventListener(kind, ({ clientX, clientY }) => {
      seen = `${clientX} ${clientY}`;
    }, { signal, capture: true });
  }
  root.addEventListener("pointerover", ({ target, pointerType, buttons, clientX, clientY }) => {
    const node = marked(target);
    clearTimeout(waiting);
    // A word that has come under a pointer at rest, as when the introduction goes, was not asked about.
    if (!node || node === pressed || buttons || pointerType === "touch" || seen === `${clientX} ${clientY}`) return;
    // Over a slider's track one looks at what it moves; its name explains it.
    if (target instanceof HTMLInputElement) {
      hide();
      return;
    }
    waiting = setTimeout(() => show(node), DELAY_MS);
  }, { signal });
  root.addEventListener("pointerout", ({ target, relatedTarget }) => {
    clearTimeout(waiting);
    if (marked(relatedTarget) !== pressed) pressed = null;
    if (of && marked(target) === of && marked(relatedTarget) !== of && !of.matches(":focus-visible")) hide();
  }, { signal });
  root.addEventListener("focusin", ({ target }) => {
    const node = marked(target);
    if (node && target instanceof Element && target.matches(":focus-visible")) show(node);
    else hide();
  }, { signal });
  root.addEventListener("focusout", hide, { signal });
  // A tap; what does something when it is pressed does that alone. The tap on a label comes a second time, from its slider.
  root.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLInputElement) return;
    const node = marked(target);
    pressed = node?.closest("button, select, summary, a, label:has(input)") ? node : null;
    if (node && !pressed) show(node);
    else hide();
  }, { signal });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Tab" && key !== "Shift") hide();
  }, { signal });
  for (const left of ["scroll", "resize"]) addEventListener(left, hide, { signal, capture: true });
  return () => {
    hide();
    ends.abort();
    tip.remove();
  };
}

/**
 * Below the word, or above it where there is no room.
 * @param {HTMLElement} tip
 * @param {HTMLElement} node
 */
function place(tip, node) {
  const box = node.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = tip;
  const left = Math.min(Math.max(box.left, EDGE), document.documentElement.clientWidth - width - EDGE);
  const below = box.bottom + AWAY, top = below + height + EDGE > innerHeight ? box.top - AWAY - height : below;
  Object.assign(tip.style, { left: `${left}px`, top: `${top}px` });
}

/**
 * Help on the terms of an element that holds its glossary: a dialog in which `data-entry` names the term of each sentence.
 * @param {HTMLElement} root
 * @returns {() => void} what ends it
 */
export function openGlossary(root) {
  const dialog = /** @type {HTMLDialogElement} */ (find(root, "dialog.glossary"));
  find(root, '[data-act="glossary"]').onclick = () => dialog.showModal();
  dialog.onclick = ({ target }) => {
    if (target === dialog) dialog.close(); // outside: its content fills it
  };
  return helpOn(root, (term) => (term && dialog.querySelector(`[data-entry="${term}"]`)?.textContent) || "");
}
