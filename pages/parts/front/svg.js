// @ts-check
// Drawing in SVG: the layers that move over the charts, and the bars and arrows beside them.

const SPACE = "http://www.w3.org/2000/svg";

/**
 * A new SVG element, at the end of its parent.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} name
 * @param {Record<string, unknown>} attributes
 * @param {Element | null} parent
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(name, attributes = {}, parent = null) {
  const node = document.createElementNS(SPACE, name);
  set(node, attributes);
  parent?.append(node);
  return node;
}

/**
 * @param {Element} node
 * @param {Record<string, unknown>} attributes
 */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
}

/**
 * Attributes of a rectangle between two corners; where they cross, it is empty.
 * @param {number} left
 * @param {number} right
 * @param {number} top
 * @param {number} bottom
 */
export function between(left, right, top, bottom) {
  return { x: left, y: top, width: Math.max(right - left, 0), height: Math.max(bottom - top, 0) };
}
