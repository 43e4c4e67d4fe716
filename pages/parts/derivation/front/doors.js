// Links to other screens, each with a task; this browser remembers which were opened.

export function show({ parentElement, data }, progress) {
  const root = parentElement.querySelector(".doors"), { base, doors, prefix, all, colours } = data;
  for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--${name}`, colour);
  const items = doors.map(({ key, link, label, task }) => {
    const item = document.createElement("li"), tick = document.createElement("span");
    const anchor = Object.assign(document.createElement("a"), { href: base + link, textContent: label });
    anchor.onclick = () => {
      if (!key) return;
      progress.mark(prefix + key);
      if (all && doors.every((door) => progress.isDone(prefix + door.key))) progress.mark(all);
    };
    item.append(anchor, Object.assign(document.createElement("p"), { textContent: task }), tick);
    return { key, item, tick };
  });
  root.replaceChildren(...items.map(({ item }) => item));
  const paint = () => {
    for (const { key, item, tick } of items) {
      const opened = Boolean(key) && progress.isDone(prefix + key);
      item.classList.toggle("opened", opened);
      tick.textContent = opened ? "✓ opened" : "";
    }
  };
  paint();
  return progress.onChange(paint);
}
