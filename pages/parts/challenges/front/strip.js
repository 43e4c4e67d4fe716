// The strip at the foot of the Trade-off screen: a goal, whether what the hand let go of reaches it, and what it shows.

const living = new WeakMap();

export function show(page, progress) {
  const root = page.parentElement.querySelector(".strip");
  let shown = living.get(root);
  if (!shown) living.set(root, (shown = new Strip(root)));
  shown.receive(page, progress);
  return () => queueMicrotask(() => root.isConnected || living.delete(root));
}

class Strip {
  constructor(root) {
    this.root = root;
    root.setAttribute("aria-label", "Challenge");
    root.innerHTML = `
      <p class="more" role="status" hidden></p>
      <p class="goal"><b class="title"></b> <span class="wanted"></span></p>
      <p class="standing" role="status"></p>
      <div class="ways">
        <button type="button" data-act="hint" aria-expanded="false">Hint</button>
        <a data-link="start" target="_self">Start again</a><a data-link="all" target="_self">All challenges</a>
        <button type="button" data-act="leave" title="continue without a goal" aria-label="Leave the challenge">✕</button>
      </div>`;
    this.part = (selector) => root.querySelector(selector);
    this.part('[data-act="hint"]').onclick = () => this.open(this.part(".more").hidden);
    this.part('[data-act="leave"]').onclick = () => this.page.setTriggerValue("leave", true);
  }

  receive(page, progress) {
    const { data } = page, fresh = this.page?.data.key !== data.key, news = data.reached && (fresh || !this.page.data.reached);
    this.page = page;
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.root.dataset.challenge = data.key;
    this.root.dataset.reached = data.reached;
    say(this.part(".title"), `${data.title}:`);
    say(this.part(".wanted"), data.goal);
    say(this.part(".standing"), `${data.reached ? "✓ Reached. " : ""}${data.sentence}`);
    say(this.part('[data-act="hint"]'), data.reached ? "What it shows" : "Hint");
    for (const way of ["start", "all"]) this.part(`[data-link="${way}"]`).href = data[way];
    if (fresh || news || !data.reached === this.told) this.open(news);
    else this.open(!this.part(".more").hidden);
    this.told = data.reached;
    if (data.reached) progress.mark(data.key);
  }

  open(wide) {
    const { data } = this.page, more = this.part(".more");
    more.hidden = !wide;
    say(more, wide ? (data.reached ? data.insight : data.hint) : "");
    this.part('[data-act="hint"]').setAttribute("aria-expanded", Boolean(wide));
  }
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
