// The table of numbers, and the sentence on what the last move did.

import { scale, shown, subscript } from "./text.js";

const LABELS = { reconstruction: "reconstruction", kl: "KL", elbo: "ELBO", gap: "gap", evidence: "log p(x)", residual: "residual", objective: "objective" };

export class Numbers {
  constructor(panel) {
    this.table = panel.querySelector(".ledger");
    this.rows = {};
    for (const name of Object.keys(LABELS)) {
      const row = this.table.tBodies[0].insertRow();
      const head = Object.assign(document.createElement("th"), { scope: "row" });
      head.innerHTML = `<span class="swatch ${name}"></span><span></span>`;
      row.append(head);
      const [value, against, how] = [row.insertCell(), row.insertCell(), row.insertCell()];
      value.dataset.quantity = name;
      against.className = "against";
      how.className = "how";
      this.rows[name] = { row, head: head.lastChild, value, against, how };
    }
    this.head = this.table.tHead.insertRow();
    this.head.innerHTML = "<th></th><th scope=col>B: now</th><th scope=col>B − A</th><th></th>";
  }

  ground(ground, beta) {
    this.table.caption.textContent = `In ${ground.unit}, for this image`;
    for (const [name, { head }] of Object.entries(this.rows)) head.textContent = LABELS[name];
    this.rows.objective.head.textContent = `${beta}-objective${beta < 1 ? ", not a bound" : ""}`;
    this.rows.objective.row.hidden = beta === 1;
    this.rows.kl.how.textContent = "computed exactly";
    this.rows.evidence.how.textContent = ground.evidenceHow;
    this.rows.residual.how.textContent = "log p(x) − ELBO − gap";
    this.estimated = ground.likelihood === "estimated";
    this.provenance = ground.likelihood;
  }

  // `values` by name; `hows` only where they change.
  paint(values, errors, pin, hidden) {
    this.table.tHead.hidden = !pin;
    this.table.classList.toggle("pinned", Boolean(pin));
    for (const [name, { value, against, how }] of Object.entries(this.rows)) {
      const number = values[name], veiled = hidden && name !== "kl";
      value.textContent = veiled ? "?" : shown(number, name === "residual" && !this.estimated ? 5 : 3);
      value.dataset.value = veiled || number == null ? "" : number;
      const a = pin?.[name];
      against.textContent = a == null || veiled ? "" : `${number - a > 0 ? "+" : ""}${shown(number - a, 3)}`;
      if (name in errors) how.textContent = this.how(errors[name]);
    }
  }

  how(error) {
    if (this.estimated) return `estimated ± ${Number((2 * error).toPrecision(2))}`;
    return this.provenance !== "computed exactly" && error > 1e-3 ? `computed to ${error.toPrecision(1)}` : this.provenance;
  }

  // Which state the numbers belong to, for whoever reads the page by program.
  state(entries) {
    const { dataset } = this.table;
    for (const name of Object.keys(dataset)) if (name !== "panel" && !(name in entries)) delete dataset[name];
    Object.assign(dataset, entries);
  }
}

// "σ² 0.05 → 0.4: reconstruction lost 61.20 nats, KL saved 3.70, the ELBO fell by 57.50."
export function sentence(before, now, unit) {
  const moves = [];
  if (scale(before.scale) !== scale(now.scale)) moves.push(`σ² ${scale(before.scale)} → ${scale(now.scale)}`);
  now.mean.forEach((value, j) => {
    if (Math.abs(value - before.mean[j]) > 5e-4 && moves.length < 4) {
      const name = now.mean.length > 1 ? `μ${subscript(j)}` : "μ";
      moves.push(`${name} ${shown(before.mean[j])} → ${shown(value)}`);
    }
  });
  if (!moves.length) return "";
  const change = (name) => now[name] - before[name];
  const [data, kl, elbo] = [change("reconstruction"), change("kl"), change("elbo")];
  const size = (value) => shown(Math.abs(value), 2);
  return `${moves.join(", ")}: reconstruction ${data < 0 ? "lost" : "gained"} ${size(data)} ${unit}, `
    + `KL ${kl < 0 ? "saved" : "cost"} ${size(kl)}${kl < 0 ? "" : " more"}, the ELBO ${elbo < 0 ? "fell" : "rose"} by ${size(elbo)}.`;
}
