// @ts-check
// Numbers as the screen and the link write them, and as a visitor types them.

/**
 * A number with so many decimals and a true minus sign; "…" while there is none.
 * @param {number | null | undefined} value
 */
export function shown(value, digits = 3) {
  if (value == null || Number.isNaN(value)) return "…";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/**
 * A number with three significant digits.
 * @param {number} value
 */
export const scale = (value) => String(Number(value.toPrecision(3)));

/**
 * The fewest digits that give the same float32 again: what the link holds is what the server computes with.
 * @param {number} value
 */
export function written(value) {
  const single = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(Number(single.toPrecision(9)));
}

/** @param {ArrayLike<number>} values */
export const writtenAll = (values) => Array.from(values, written).join(" ");

/**
 * Numbers for the link; one where they are all alike.
 * @param {ArrayLike<number>} values
 */
export function writtenOnce(values) {
  const all = Array.from(values);
  return all.every((value) => value === all[0]) ? written(all[0]) : writtenAll(all);
}

/**
 * The number that a visitor typed, with a point or a comma; NaN if it is none.
 * @param {string} text
 */
export function typedNumber(text) {
  return text.trim() ? Number(text.replace("−", "-").replace(",", ".")) : NaN;
}

/** @param {number} dimension  from 0; written from 1 */
export const subscript = (dimension) => String(dimension + 1).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]);
