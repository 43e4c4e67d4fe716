// @ts-check
// The task of a screen, by the name under which a browser keeps that it is done.

import { screenOf } from "../../presenting/front/stage.js";

const OPENING = "0"; // the step of the derivation that a link without one opens

/**
 * The challenge of the Trade-off screen or the task of a step of the derivation; empty where a screen has none.
 * @param {string} link
 */
export function taskOn(link) {
  const { pathname, searchParams } = new URL(link, location.origin), challenge = searchParams.get("challenge");
  if (screenOf(pathname) === "derivation") return `lesson/${searchParams.get("step") ?? OPENING}/task`;
  return challenge && challenge !== "none" && /^[a-z]+$/.test(challenge) ? `challenge/${challenge}` : "";
}
