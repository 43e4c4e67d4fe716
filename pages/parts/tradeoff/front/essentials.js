// @ts-check
// The screen after the introduction of a first visit: what the introduction spoke of, and all of it on demand or by a link. So many
// numbers and controls at once are too much for a first look.

import { find } from "../../front/dom.js";
import { currentStage, keepEssentials, onStage, setStage } from "../../front/introduction.js";

/**
 * Have the instrument show as much of itself as the stage says; returns what ends that.
 * @param {HTMLElement} root
 */
export function showEssentials(root) {
  const show = () => {
    root.classList.toggle("essentials", currentStage().essentials);
  };
  find(root, '[data-act="everything"]').onclick = () => {
    keepEssentials(false);
    setStage({});
    find(root, '[data-act="play"]').focus(); // the button itself has gone
  };
  show();
  return onStage(show);
}
