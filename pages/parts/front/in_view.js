// @ts-check
// A part of the screen that is brought into view, and stays there while the screen comes.

const HOLD_MS = 8000; // as long as a screen may take to come

/** @type {HTMLElement | undefined} */
let brought;
let held = new AbortController();

/** @param {HTMLElement | undefined} root  of the question of a prepared state: once, so that whoever reads may scroll */
export function bringIntoView(root) {
  if (root === brought) return;
  brought = root;
  held.abort();
  if (root) hold(root);
}

/**
 * A screen comes part by part: what comes above the question would push it away. It stays until it is touched, or for so long.
 * @param {HTMLElement} root
 */
function hold(root) {
  held = new AbortController();
  const { signal } = held, centre = () => root.scrollIntoView({ block: "center" }), grown = new ResizeObserver(centre);
  for (let node = root.parentElement; node; node = node.parentElement) grown.observe(node);
  signal.addEventListener("abort", () => grown.disconnect());
  for (const kind of ["wheel", "pointerdown", "touchstart", "keydown"]) addEventListener(kind, () => held.abort(), { signal, capture: true, passive: true });
  const patience = setTimeout(() => held.abort(), HOLD_MS);
  signal.addEventListener("abort", () => clearTimeout(patience));
  centre();
}
