// @ts-check
// The table of numbers, and the sentence on what the last move did.

import { find, make, setText } from "../../front/dom.js";
import { scale, shown, subscript } from "../../front/text.js";
import { printed, printedChange, printedObjective, rounded } from "./printed.js";
import { areEqual } from "./sweep.js";

/** @typedef {"reconstruction" | "kl" | "elbo" | "gap" | "evidence" | "residual" | "objective"} Quantity */
/** @typedef {Record<Exclude<Quantity, "gap" | "residual">, number> & { gap?: number, residual?: number | null, scale: number, equal: boolean, mean: number[] }} Values */
/** @typedef {import("./payload").StaticData} StaticData */
/** @typedef {import("./payload").PinData} PinData */
/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {import("./sweep.js").Diagnostics} Diagnostics */

/** @type {Record<Quantity, string>} */
const LABELS = { reconstruction: "reconstruction", kl: "KL", elbo: "ELBO", gap: "gap", evidence: "log p(x)", residual: "residual", objective: "objective" };

const DIGITS = 2; // after the point
const QUANTITIES = /** @type {Quantity[]} */ (Object.keys(LABELS));

export class Numbers {
  #residualDigits = 0; // fewer where log p(x) and the gap are estimates
  /** @type {StaticData | null} */
  #fixed = null;

  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.table = /** @type {HTMLTableElement} */ (find(panel, ".ledger"));
    this.rows = QUANTITIES.map((name) => this.#row(name));
    this.head = this.table.createTHead();
    this.head.insertRow().innerHTML = "<th></th><th scope=col>B: now</th><th scope=col>B − A</th><th></th>";
  }

  /** @param {Quantity} name */
  #row(name) {
    const row = this.table.tBodies[0].insertRow(), head = make("th", { scope: "row" }), label = make("span", { tabIndex: 0 });
    label.dataset.term = row.dataset.row = name;
    head.append(make("span", { className: `swatch ${name}` }), label);
    row.append(head);
    const [value, against, how] = [row.insertCell(), row.insertCell(), row.insertCell()];
    value.dataset.quantity = name;
    against.className = "against";
    how.className = "how";
    return { name, row, label, value, against, how };
  }

  /** @param {StaticData} staticLayer */
  show(staticLayer) {
    const { beta, unit, accuracy, atLeast, x } = this.#fixed = staticLayer;
    find(this.table, "caption").textContent = `In ${unit}, for this ${x ? "image" : "x"}`;
    /** @type {Partial<Record<Quantity, string>>} */
    const fixed = accuracy;
    for (const { name, row, label, how } of this.rows) {
      label.textContent = name === "objective" ? `objective, β = ${beta}${beta < 1 ? ", no bound" : ""}` : LABELS[name];
      row.hidden = name === "objective" && beta === 1;
      if (name in fixed) setText(how, fixed[name] ?? "");
    }
    this.#residualDigits = atLeast ? 3 : 5;
  }

  /**
   * @param {Values} values
   * @param {Partial<Record<Quantity, string>>} accuracy  of the quantities whose accuracy depends on q
   * @param {PinData | null} pin
   * @param {boolean} guessing  whether all but the KL is hidden
   */
  paint(values, accuracy, pin, guessing) {
    this.head.hidden = !pin;
    this.table.classList.toggle("pinned", Boolean(pin));
    /** @type {Partial<Record<Quantity, string>>} */
    const sums = this.#fixed ? printed(this.#fixed, values, DIGITS) : {}, beta = this.#fixed?.beta ?? 1;
    if (this.#fixed && beta !== 1) {
      const { kl, objective } = printedObjective(rounded(this.#fixed, values, DIGITS).reconstruction, { kl: values.kl, beta }, DIGITS);
      sums.objective = objective;
      accuracy = { ...accuracy, objective: `${sums.reconstruction} − ${beta} × ${kl} (KL)` };
    }
    for (const { name, value, against, how } of this.rows) {
      const number = values[name], hidden = guessing && name !== "kl";
      // As in the identity above: what is printed adds up. The gap that was computed separately is what the residual tests.
      setText(value, hidden ? "?" : (sums[name] ?? shown(number, name === "residual" ? this.#residualDigits : DIGITS)));
      value.title = hidden || number == null ? "" : shown(number, 4);
      value.dataset.value = hidden || number == null ? "" : String(number);
      const a = pin && name in pin ? pin[/** @type {keyof PinData & Quantity} */ (name)] : null, difference = (number ?? NaN) - (a ?? NaN);
      against.textContent = a == null || hidden ? "" : `${difference > 0 ? "+" : ""}${shown(difference, DIGITS)}`;
      if (name in accuracy) setText(how, accuracy[name] ?? "");
      how.classList.toggle("hidden", hidden);
    }
  }

  /**
   * Which state the numbers belong to, for whoever reads the page by program.
   * @param {Record<string, string | number | boolean>} entries
   */
  state(entries) {
    const { dataset } = this.table;
    for (const name of Object.keys(dataset)) if (name !== "panel" && !(name in entries)) delete dataset[name];
    Object.assign(dataset, entries);
  }
}

/**
 * @param {Sweep} sweep
 * @param {number} k  the stop of the slider
 * @param {Diagnostics | null} now  gap and residual, once they are known
 * @param {number} evidence  log p(x)
 * @returns {Values}
 */
export function valuesOf(sweep, k, now, evidence) {
  const { terms, scales, mean, variance } = sweep;
  return {
    scale: scales[k], equal: areEqual(variance(k)), mean, reconstruction: terms.reconstruction[k], kl: terms.kl[k],
    elbo: terms.elbo[k], objective: terms.objective[k], gap: now?.gap, residual: now?.residual, evidence };
}

/**
 * What a movement changed: "σ² 0.05 → 0.4: reconstruction fell by 61.20 nats, KL fell by 3.70, the ELBO fell by 57.50."
 * @param {StaticData} fixed
 * @param {Values} before
 * @param {Values} now
 */
export function sentence(fixed, before, now) {
  /** @type {string[]} */
  const moves = [];
  if (now.equal && !before.equal) moves.push(`σ² now ${scale(now.scale)} in all dimensions`);
  else if (scale(before.scale) !== scale(now.scale)) moves.push(`σ² ${scale(before.scale)} → ${scale(now.scale)}`);
  now.mean.forEach((value, j) => {
    if (Math.abs(value - before.mean[j]) > 5e-4 && moves.length < 4) {
      const name = now.mean.length > 1 ? `μ${subscript(j)}` : "μ";
      moves.push(`${name} ${shown(before.mean[j])} → ${shown(value)}`);
    }
  });
  if (!moves.length) return "";
  const { reconstruction, kl, elbo } = printedChange(fixed, before, now, DIGITS);
  const by = (/** @type {number} */ change) => `${change < 0 ? "fell" : "rose"} by ${shown(Math.abs(change), DIGITS)}`;
  return `${moves.join(", ")}: reconstruction ${by(reconstruction)} ${fixed.unit}, KL ${by(kl)}, the ELBO ${by(elbo)}.`;
}
