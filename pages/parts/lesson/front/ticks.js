// What of the lesson is done, as this browser remembers it.

export function show({ parentElement, data }, progress) {
  const root = parentElement.querySelector(".ticks");
  root.style.setProperty("--done", data.colour);
  const paint = () => {
    const { steps } = data, total = steps.flatMap(({ keys }) => Object.values(keys)), done = total.filter(progress.isDone).length;
    const parts = steps.map(({ name, keys }) => {
      const each = Object.entries(keys).map(([what, key]) => ({ what, done: progress.isDone(key) }));
      const words = each.map(({ what, done: is }) => `${what}: ${is ? "✓ yes" : "not yet"}`).join(", ");
      const signs = each.map(({ done: is }) => (is ? "✓" : "○")).join("");
      const item = document.createElement("span");
      item.className = each.every(({ done: is }) => is) ? "step all" : "step";
      item.append(Object.assign(document.createElement("b"), { textContent: data.full ? name : name.split(" ")[0] }),
        ` ${data.full ? words : signs}`);
      item.title = `${name}: ${words}`;
      return item;
    });
    const count = Object.assign(document.createElement("span"), { textContent: `Done in this browser: ${done} of ${total.length}` });
    if (data.full) {
      const answered = progress.all().filter((key) => key.startsWith("quiz/")).length;
      parts.push(Object.assign(document.createElement("span"), { className: "step", textContent: `Quiz: ${answered} answered` }));
    }
    root.replaceChildren(count, ...parts);
    root.classList.toggle("full", data.full);
  };
  paint();
  return progress.onChange(paint);
}
