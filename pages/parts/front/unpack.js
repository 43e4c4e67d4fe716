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
