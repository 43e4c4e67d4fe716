// A question: its answers are buttons, and whichever is chosen gets its reason, in place. One may choose again.

const living = new WeakMap();
const VERDICTS = { true: ["✓", "Right."], false: ["✗", "Not quite."] };
let count = 0;

export function show(page, progress) {
  const root = page.parentElement.querySelector(".question");
  let shown = living.get(root);
  if (!shown) living.set(root, (shown = new Shown(root, progress)));
  shown.receive(page.data);
  // Streamlit calls this both when it will call again and when the element leaves: only the second one ends it.
  return () => queueMicrotask(() => root.isConnected || shown.close());
}

class Shown {
  constructor(root, progress) {
    this.root = root;
    this.progress = progress;
    this.silence = progress.onChange(() => this.heard());
  }

  receive(data) {
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.data = data;
    this.build();
    // Who has found it once sees it again as it was then.
    this.choose(progressed(this) ? data.answers.findIndex((answer) => answer.right) : null);
  }

  build() {
    const { data } = this, label = `question-${++count}`;
    const head = element("p", "text", data.number == null ? "" : `${data.number}. `);
    head.id = label;
    head.append(...worded(data.text));
    const group = element("div", "answers");
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", label);
    this.answers = data.answers.map((answer, i) => {
      const button = element("button", "answer");
      button.type = "button";
      button.append(...worded(answer.text));
      button.onclick = () => {
        this.choose(i);
        if (answer.right) this.progress.mark(data.key);
      };
      // There before it speaks, so that a screen reader hears it.
      const reason = element("p", "reason");
      reason.setAttribute("aria-live", "polite");
      group.append(button, reason);
      return { button, reason };
    });
    this.see = element("a", "see", data.seeLabel);
    this.see.href = data.see || "#";
    this.root.replaceChildren(head, group, this.see);
  }

  choose(chosen) {
    this.chosen = chosen;
    this.data.answers.forEach((answer, i) => {
      const { button, reason } = this.answers[i], here = i === chosen;
      button.setAttribute("aria-pressed", here);
      reason.className = here ? `reason ${answer.right ? "right" : "wrong"}` : "reason";
      if (!here) return reason.replaceChildren();
      const [symbol, word] = VERDICTS[answer.right];
      reason.replaceChildren(element("b", "", `${symbol} ${word}`), " ", ...worded(answer.reason));
    });
    this.see.hidden = chosen == null || !this.data.see;
    this.root.dataset.chosen = chosen ?? "";
  }

  // Somebody started over, or found it in another tab.
  heard() {
    const right = this.data?.answers.findIndex((answer) => answer.right);
    if (right == null) return;
    if (!progressed(this) && this.chosen === right) this.choose(null);
    else if (progressed(this) && this.chosen == null) this.choose(right);
  }

  close() {
    this.silence();
    living.delete(this.root);
  }
}

const progressed = ({ progress, data }) => progress.isDone(data.key);

function element(tag, name, text = "") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}

// What stands between backticks is code; elsewhere E_q and L_K have a subscript.
function worded(text) {
  return text.split("`").flatMap((part, i) => (i % 2 ? element("code", "", part) : lowered(part)));
}

function lowered(text) {
  return text.split(/(?<=\b[A-Za-z])_(\w)(?!\w)/).map((part, i) => (i % 2 ? element("sub", "", part) : part));
}
