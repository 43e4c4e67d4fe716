// @ts-check
// Names of points in a view: each beside its point, where no ring crosses it, no other point or name lies under it, and it is not
// within the rings of another.

import { set } from "../../front/svg.js";

/** @typedef {import("../../front/chart.js").Box} Box */
/** @typedef {{ centre: number[], across: number, up: number, of: string }} Ring  half its width and its height in pixels; whose it is */

const LETTER = 7, HIGH = 13, BESIDE = 9, FARTHEST = 75, STEP = 6, AWAY = 4; // pixels, where type has its usual size; the last around a name
const WAYS = Array.from({ length: 16 }, (_, i) => [Math.cos((Math.PI * i) / 8), Math.sin((Math.PI * i) / 8)]);
const WITHIN = 30, TOWARDS = 8, FORBIDDEN = 1000, OUTSIDE = 100 * FORBIDDEN; // what a place is worse by, in pixels

export class Names {
  /** @type {Box[]} */
  #taken = [];
  /** @type {Ring[]} */
  #rings = [];
  #frame = { left: 0, right: 0, top: 0, bottom: 0 };

  /**
   * Nothing has a name yet.
   * @param {Box} frame  in which names stand
   * @param {Ring[]} rings
   * @param {Box[]} taken  where no name may stand
   */
  begin(frame, rings, taken) {
    this.#frame = frame;
    this.#rings = rings;
    this.#taken = taken;
  }

  /**
   * @param {SVGElement} node
   * @param {string[]} texts  from the longest to the shortest: the first that fits
   * @param {{ of: string, at: number[], other: number[], size: number }} point  whose name it is, where it lies, another from which
   *   the name keeps away, and how much larger than usual the type is
   */
  write(node, texts, { of, at, other, size }) {
    const places = texts.map((text) => ({ text, ...this.#best(LETTER * size * text.length, { of, at, other, size }) }));
    const { text, box } = places.find(({ worse }) => worse < FORBIDDEN) ?? places[places.length - 1];
    node.textContent = text;
    set(node, { x: (box.left + box.right) / 2, y: box.bottom - 2 * size, "text-anchor": "middle" });
    this.#taken.push(box);
  }

  /**
   * The place that is least bad, and how bad it is.
   * @param {number} wide
   * @param {{ of: string, at: number[], other: number[], size: number }} point
   */
  #best(wide, { of, at, other, size }) {
    const far = Math.hypot(other[0] - at[0], other[1] - at[1]) || 1, towards = [(other[0] - at[0]) / far, (other[1] - at[1]) / far];
    let best = { worse: Infinity, box: this.#frame };
    for (let distance = BESIDE * size; distance < FARTHEST * size; distance += STEP * size) {
      for (const [across, down] of WAYS) {
        const x = at[0] + across * (distance + wide / 2), y = at[1] + down * (distance + (HIGH * size) / 2);
        const box = { left: x - wide / 2, right: x + wide / 2, top: y - (HIGH * size) / 2, bottom: y + (HIGH * size) / 2 };
        const worse = distance + TOWARDS * (1 + across * towards[0] + down * towards[1]) + this.#penalty(box, of);
        if (worse < best.worse) best = { worse, box };
      }
    }
    return best;
  }

  /**
   * @param {Box} box
   * @param {string} of
   */
  #penalty({ left, right, top, bottom }, of) {
    const { left: first, right: last, top: ceiling, bottom: floor } = this.#frame;
    const wide = { left: left - AWAY, right: right + AWAY, top: top - AWAY / 2, bottom: bottom + AWAY / 2 };
    let worse = left < first + 2 || right > last - 2 || top < ceiling + 2 || bottom > floor - 2 ? OUTSIDE : 0;
    for (const other of this.#taken) if (wide.left < other.right && wide.right > other.left && wide.top < other.bottom && wide.bottom > other.top) worse += FORBIDDEN;
    for (const { centre, across, up, of: whose } of this.#rings) {
      if (crosses(wide, centre, across, up)) worse += FORBIDDEN;
      else if (whose !== of && covers(wide, centre, across, up)) worse += WITHIN;
    }
    return worse;
  }
}

/**
 * Whether a point of a box lies within an ellipse.
 * @param {Box} box
 * @param {number[]} centre
 * @param {number} across  half of its width
 * @param {number} up  half of its height
 */
const covers = ({ left, top, right, bottom }, [x, y], across, up) =>
  Math.hypot((Math.min(Math.max(x, left), right) - x) / across, (Math.min(Math.max(y, top), bottom) - y) / up) < 1;

/**
 * Whether the line of an ellipse crosses a box: one of its points lies within the ellipse, and another outside.
 * @param {Box} box
 * @param {number[]} centre
 * @param {number} across  half of its width
 * @param {number} up  half of its height
 */
export function crosses(box, centre, across, up) {
  const { left, top, right, bottom } = box, [x, y] = centre;
  return covers(box, centre, across, up) && Math.hypot(Math.max(x - left, right - x) / across, Math.max(y - top, bottom - y) / up) > 1;
}
