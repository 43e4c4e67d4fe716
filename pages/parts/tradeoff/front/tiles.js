// @ts-check
// The pictures of one stop, as bytes: the average, the samples, and their standard deviation.

/** Pixels along each side of a picture, and in all; and how many samples there are. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const SAMPLES = 8;

/** A byte a pixel of average and samples; of the deviation 16 bits, all high bytes first, 65535 being 1. */
const FINE_BYTES = (1 + SAMPLES + 2) * PIXELS;

/** The largest deviation in 16 bits; then average, samples, and deviation as its part: 16 levels, two pixels a byte. */
const HEAD = 2, COARSE_BYTES = HEAD + ((1 + SAMPLES + 1) * PIXELS) / 2;

/**
 * The coarse pictures of every stop: they come as differences from the stop before, modulo 16.
 * @param {Uint8Array} packed
 * @returns {Uint8Array[]}
 */
export function stopsOf(packed) {
  const stops = Array.from({ length: packed.length / COARSE_BYTES }, (_, i) => packed.slice(i * COARSE_BYTES, (i + 1) * COARSE_BYTES));
  for (let i = 1; i < stops.length; i++) {
    const before = stops[i - 1], here = stops[i];
    for (let b = HEAD; b < COARSE_BYTES; b++) {
      here[b] = (((here[b] & 240) + (before[b] & 240)) & 240) | (((here[b] & 15) + (before[b] & 15)) & 15);
    }
  }
  return stops;
}

/**
 * The fine pictures, made from the coarse ones where these have come.
 * @param {Uint8Array} packed
 */
export function tilesOf(packed) {
  if (packed.length !== COARSE_BYTES) return packed;
  const tiles = new Uint8Array(FINE_BYTES), top = packed[0] * 256 + packed[1], spread = (1 + SAMPLES) * PIXELS;
  for (let i = 0; i < (1 + SAMPLES + 1) * PIXELS; i++) {
    const both = packed[HEAD + (i >> 1)], level = i % 2 ? both & 15 : both >> 4;
    if (i < spread) tiles[i] = 17 * level;
    else {
      const deviation = Math.round((level * top) / 15);
      tiles[i] = deviation >> 8;
      tiles[i + PIXELS] = deviation & 255;
    }
  }
  return tiles;
}
