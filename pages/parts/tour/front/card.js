// @ts-check
// The card of the introduction, before anything is written on it.

export const PARTS = `
  <div class="card">
    <p class="count"></p>
    <h2 tabindex="-1"></h2>
    <p class="text"></p>
    <div class="price" hidden><p><b>Saying where</b> <span></span></p><div class="bar"><i></i></div></div>
    <p class="waste" hidden><b>Wasted</b> <span></span></p>
    <dl class="names"></dl>
    <div class="ways"><button type="button" data-act="on" class="chief" hidden></button>
      <a target="_self" hidden>Open the derivation</a><button type="button" data-act="back" aria-label="Back" hidden>Back</button><button type="button" data-act="skip" aria-label="Skip this step" hidden>Skip this step</button>
      <button type="button" data-act="leave" aria-label="Leave the introduction" title="Leave the introduction (Escape)">Leave</button></div>
  </div>
  <p class="unseen" role="status"></p>`;
