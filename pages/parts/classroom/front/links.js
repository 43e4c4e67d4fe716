// @ts-check
// Links of the presenter's screen, compared with those of this one.

import * as stage from "../../presenting/front/stage.js";

const OF_Q = ["q", "mean", "variance", "dimension"]; // what a movement of the slider changes in a link

/**
 * A link in an order of its own, without what belongs to the class, and perhaps without q.
 * @param {string} link
 */
export function bare(link, withoutQ = false) {
  const { pathname, searchParams } = new URL(link, location.origin), screen = stage.screenOf(pathname);
  for (const name of ["class", ...(withoutQ ? OF_Q : [])]) searchParams.delete(name);
  searchParams.sort();
  return `${["home", "tradeoff"].includes(screen) ? "" : screen}?${searchParams}`;
}
