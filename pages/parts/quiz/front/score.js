// How many questions are answered rightly, live, and the way to start over.

const living = new WeakMap();

export function show(page, progress) {
  const root = page.parentElement.querySelector(".score");
  let shown = living.get(root);
  if (!shown) living.set(root, (shown = new Score(root, progress)));
  shown.receive(page.data);
  return () => queueMicrotask(() => root.isConnected || shown.close());
}

class Score {
  constructor(root, progress) {
    this.root = root;
    this.progress = progress;
    this.said = Object.assign(document.createElement("span"), { className: "said" });
    this.said.setAttribute("role", "status");
    this.bar = Object.assign(document.createElement("progress"), { value: 0 });
    this.bar.setAttribute("aria-label", "done");
    this.over = Object.assign(document.createElement("button"), { type: "button", textContent: "Start over" });
    this.over.onclick = () => progress.forget(this.data.prefix);
    root.append(this.bar, this.said, this.over);
    this.silence = progress.onChange(() => this.paint());
  }

  receive(data) {
    this.data = data;
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.paint();
  }

  paint() {
    const { keys } = this.data, done = keys.filter((key) => this.progress.isDone(key)).length;
    Object.assign(this.bar, { max: keys.length, value: done });
    const text = `${done} of ${keys.length}, kept in this browser`;
    if (this.said.textContent !== text) this.said.textContent = text;
    this.over.disabled = !done;
  }

  close() {
    this.silence();
    living.delete(this.root);
  }
}
