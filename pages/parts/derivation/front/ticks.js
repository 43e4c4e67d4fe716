// What of the lesson is done, as this browser remembers it: of the step that is open, or of every one.

export function show({ parentElement, data }, progress) {
  const root = parentElement.querySelector(".ticks");
  root.style.setProperty("--done", data.colour);
  const paint = () => {
    const { steps, open } = data, total = steps.flatMap(({ keys }) => Object.values(keys)), done = total.filter(progress.isDone).length;
    const shown = steps.filter(({ name }) => !open || name === open).map(({ name, keys }) => {
      const each = Object.entries(keys).map(([what, key]) => ({ what, done: progress.isDone(key) }));
      const item = line(each.map(({ what, done: is }) => (open ? `${is ? "✓" : "○"} ${what}` : `${what}: ${is ? "✓ yes" : "not yet"}`)).join(", "));
      item.className = each.every(({ done: is }) => is) ? "step all" : "step";
      if (!open) item.prepend(Object.assign(document.createElement("b"), { textContent: name }), " ");
      return item;
    });
    const count = line(open ? `${done} of ${total.length} done` : `Done in this browser: ${done} of ${total.length}`);
    if (open) count.title = "of the questions and tasks of all steps; kept in this browser";
    else {
      const answered = progress.all().filter((key) => key.startsWith("quiz/")).length;
      shown.push(Object.assign(line(`Quiz: ${answered} answered`), { className: "step" }));
    }
    root.replaceChildren(...(open ? [...shown, count] : [count, ...shown]));
    root.classList.toggle("full", !open);
  };
  paint();
  return progress.onChange(paint);
}

function line(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}
