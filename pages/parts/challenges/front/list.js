// The list of challenges: the way into each, and of those that are done what they show.

const living = new WeakMap();

export function show(page, progress) {
  const root = page.parentElement.querySelector(".list");
  let shown = living.get(root);
  if (!shown) living.set(root, (shown = new List(root, progress)));
  shown.receive(page.data);
  return () => queueMicrotask(() => root.isConnected || shown.close());
}

class List {
  constructor(root, progress) {
    this.root = root;
    this.progress = progress;
    this.silence = progress.onChange(() => this.paint());
  }

  receive(data) {
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.cards = data.challenges.map((challenge) => {
      const card = element("section", "card");
      const title = element("h2", "", challenge.title), state = element("span", "state");
      title.append(" ", state);
      const way = Object.assign(element("a", "way"), { href: challenge.start, target: "_self" });
      const insight = element("p", "insight");
      card.append(title, element("p", "goal", challenge.goal), insight, way);
      return { challenge, card, state, way, insight };
    });
    this.root.replaceChildren(...this.cards.map(({ card }) => card));
    this.paint();
  }

  paint() {
    for (const { challenge, card, state, way, insight } of this.cards ?? []) {
      const done = this.progress.isDone(challenge.key);
      card.classList.toggle("done", done);
      state.textContent = done ? "✓ done" : "";
      insight.textContent = done ? challenge.insight : "";
      way.textContent = done ? "Try again" : "Try it";
      way.setAttribute("aria-label", `${way.textContent}: ${challenge.title}`);
    }
  }

  close() {
    this.silence();
    living.delete(this.root);
  }
}

function element(tag, name, text = "") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}
