// Numbers as the screen and the link write them.

export function shown(value, digits = 3) {
  if (value == null || Number.isNaN(value)) return "…";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

export const scale = (value) => String(Number(value.toPrecision(3)));

// The fewest digits that give the same float32 again: what the link holds is what the server computes with.
export function written(value) {
  const single = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(Number(single.toPrecision(9)));
}

export const writtenAll = (values) => Array.from(values, written).join(" ");

export function writtenOnce(values) {
  return Array.from(values).every((value) => value === values[0]) ? written(values[0]) : writtenAll(values);
}

export const subscript = (dimension) => String(dimension + 1).replace(/\d/g, (figure) => "₀₁₂₃₄₅₆₇₈₉"[figure]);
