// @ts-check
// Copying: without https the clipboard is closed to scripts, and browsers copy what is selected instead.

/**
 * Copy a text that stands on the page, which is selected: in the worst case the visitor presses Ctrl+C.
 * @param {Element} node  a field, or an element that holds the text
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
export async function copyText(node) {
  const field = node instanceof HTMLInputElement ? node : null;
  if (field) field.select();
  else getSelection()?.selectAllChildren(node);
  try {
    await navigator.clipboard.writeText(field ? field.value : (node.textContent ?? ""));
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
