// @ts-check
// The menu of screens in a narrow window lies over the page, and Streamlit leaves it there when a screen has been chosen.

const LINK = '[data-testid="stSidebarNavLink"]', CLOSE = '[data-testid="stSidebarCollapseButton"] button';
let started = false;

/** From now on a choice closes it. */
export function closeMenuOnChoice() {
  if (started) return;
  started = true;
  document.addEventListener("click", ({ target }) => {
    const close = target instanceof Element && target.closest(LINK) ? document.querySelector(CLOSE) : null;
    if (close instanceof HTMLElement) close.click();
  });
}
