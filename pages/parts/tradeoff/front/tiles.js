// @ts-check
// The pictures of one stop, as bytes: the average, the samples, and their standard deviation.

/** Pixels along each side of a picture, and in all; and how many samples there are. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const SAMPLES = 8;

/** A byte a pixel of average and samples; of the deviation 16 bits, all high bytes first, 65535 being 1. */
const TILES_BYTES = (1 + SAMPLES + 2) * PIXELS;

/** What is sent of each pixel of average, samples and spread has 64 levels at rest, four of them in three bytes, */
const LEVELS = (1 + SAMPLES + 1) * PIXELS, TOP = 2, FINE_BYTES = (LEVELS * 3) / 4 + TOP;

/** and 16 while q moves, two in a byte. The largest deviation, in 16 bits, stands behind the first and before the second. */
const COARSE_BYTES = TOP + LEVELS / 2;

/**
 * The coarse pictures of every stop: they come as differences from the stop before, modulo 16.
 * @param {Uint8Array} packed
 * @returns {Uint8Array[]}
 */
export function stopsOf(packed) {
  const stops = Array.from({ length: packed.length / COARSE_BYTES }, (_, i) => packed.slice(i * COARSE_BYTES, (i + 1) * COARSE_BYTES));
  for (let i = 1; i < stops.length; i++) {
    const before = stops[i - 1], here = stops[i];
    for (let b = TOP; b < COARSE_BYTES; b++) {
      here[b] = (((here[b] & 240) + (before[b] & 240)) & 240) | (((here[b] & 15) + (before[b] & 15)) & 15);
    }
  }
  return stops;
}

/**
 * Average, samples and deviation: of pixels that come in levels, the deviation's as square roots of its share of the largest.
 * @param {Uint8Array} packed  of one stop, fine or coarse
 */
export function tilesOf(packed) {
  const tiles = new Uint8Array(TILES_BYTES), fine = packed.length === FINE_BYTES, spread = (1 + SAMPLES) * PIXELS;
  const head = fine ? FINE_BYTES - TOP : 0, top = packed[head] * 256 + packed[head + 1], most = fine ? 63 : 15;
  for (let i = 0; i < LEVELS; i++) {
    const share = (fine ? fineLevel(packed, i) : coarseLevel(packed, i)) / most;
    if (i < spread) tiles[i] = Math.round(255 * share);
    else {
      const deviation = Math.round(share * share * top);
      tiles[i] = deviation >> 8;
      tiles[i + PIXELS] = deviation & 255;
    }
  }
  return tiles;
}

/**
 * One image as a byte a pixel, of 64 levels that come four in three bytes.
 * @param {Uint8Array} packed
 */
export const greyOf = (packed) => Uint8Array.from({ length: PIXELS }, (_, i) => Math.round((255 * fineLevel(packed, i)) / 63));

/**
 * @param {Uint8Array} packed
 * @param {number} i
 */
function fineLevel(packed, i) {
  const first = 3 * (i >> 2), four = (packed[first] << 16) | (packed[first + 1] << 8) | packed[first + 2];
  return (four >> (18 - 6 * (i & 3))) & 63;
}

/**
 * @param {Uint8Array} packed
 * @param {number} i
 */
function coarseLevel(packed, i) {
  const both = packed[TOP + (i >> 1)];
  return i % 2 ? both & 15 : both >> 4;
}
