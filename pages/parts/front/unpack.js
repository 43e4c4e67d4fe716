// @ts-check
// Arrays as the server packs them: base64 of little-endian bytes.

/** @param {string} text */
export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {string} text */
export const doubles = (text) => new Float64Array(bytes(text).buffer);

/** @param {string} text */
export const singles = (text) => new Float32Array(bytes(text).buffer);

/**
 * The same bytes number by number: they came by significance, all first bytes before all second ones.
 * @param {string} text
 * @param {number} size  of a number
 */
function byNumber(text, size) {
  const planes = bytes(text), count = planes.length / size, numbers = new Uint8Array(planes.length);
  for (let i = 0; i < count; i++) for (let j = 0; j < size; j++) numbers[i * size + j] = planes[j * count + i];
  return numbers.buffer;
}

/** @param {string} text */
export const doublesOfPlanes = (text) => new Float64Array(byNumber(text, 8));

/** @param {string} text */
export const singlesOfPlanes = (text) => new Float32Array(byNumber(text, 4));
