// @ts-check
// An element of the page as Streamlit calls it: one instance for each root, as long as the root is in the document.

/**
 * What Streamlit gives at every change of an element's data.
 * @template Data
 * @typedef {object} Page
 * @property {ParentNode} parentElement  where the element's html is
 * @property {Data} data  what Python sent
 * @property {(name: string, value: unknown) => void} setStateValue  send a value that Python keeps
 * @property {(name: string, value: unknown) => void} setTriggerValue  send a value that Python sees once
 */

/**
 * What an element's script makes of a root.
 * @template Data
 * @typedef {object} Instance
 * @property {(page: Page<Data>) => void} receive  called at every change of the data
 * @property {() => void} close  called when the root has left the document
 */

/**
 * The function that Streamlit calls at every change of the data; what it returns Streamlit calls before the next change, and
 * when the element leaves.
 * @template Data
 * @param {string} selector  of the root, in the element's html
 * @param {(root: HTMLElement, data: Data) => Instance<Data>} create
 */
export function mount(selector, create) {
  /** @type {WeakMap<Element, Instance<Data>>} */
  const instances = new WeakMap();
  return (/** @type {Page<Data>} */ page) => {
    const root = /** @type {HTMLElement} */ (page.parentElement.querySelector(selector));
    const instance = instances.get(root) ?? create(root, page.data);
    instances.set(root, instance);
    instance.receive(page);
    // Only once the root has left the document does it end.
    return () =>
      queueMicrotask(() => {
        if (root.isConnected || !instances.delete(root)) return;
        instance.close();
      });
  };
}
