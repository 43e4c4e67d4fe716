// Arrays as the server packs them: base64 of little-endian bytes.

export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export const doubles = (text) => new Float64Array(bytes(text).buffer);
export const singles = (text) => new Float32Array(bytes(text).buffer);

// A sweep: stop k of the slider has scales[k], row k of variances, terms.elbo[k] and so on.
export function sweepOf(answer) {
  const terms = Object.fromEntries(Object.entries(answer.terms).map(([name, text]) => [name, doubles(text)]));
  const latents = answer.mean.length, variances = singles(answer.variances), deviations = singles(answer.deviations);
  const klOfVariance = singles(answer.klOfVariance);
  const row = (table, k) => table.subarray(k * latents, (k + 1) * latents);
  return {
    ...answer, terms, latents, scales: doubles(answer.scales),
    stops: terms.elbo.length,
    variance: (k) => row(variances, k), deviation: (k) => row(deviations, k), klOfVariance: (k) => row(klOfVariance, k),
    band: answer.band && { low: doubles(answer.band.band_low), high: doubles(answer.band.band_high) },
    picture: answer.picture && bytes(answer.picture),
    // Where stop k lies on the path; q's own stop may lie beside it.
    step: (k) => (answer.onPath || k < answer.own ? k : k === answer.own ? -1 : k - 1),
    stop: (step) => (answer.onPath || step < answer.own ? step : step + 1),
    // What the curves pass through: the path, without a stop beside it.
    along: (column) => (answer.onPath ? column : column.filter((_, k) => k !== answer.own)),
  };
}

// Gap, residual and forces: at the steps of the path.
export function restOf(answer) {
  const rows = Object.fromEntries(Object.entries(answer).map(([name, text]) => [
    name, ["gap", "gapError", "residual"].includes(name) ? doubles(text) : singles(text)]));
  return (step, latents) => ({
    gap: rows.gap[step], gapError: rows.gapError[step], residual: rows.residual[step],
    reconstructionByVariance: rows.reconstructionByVariance[step], klByVariance: rows.klByVariance[step],
    reconstructionByMean: rows.reconstructionByMean.subarray(step * latents, (step + 1) * latents),
    klByMean: rows.klByMean.subarray(step * latents, (step + 1) * latents),
  });
}
