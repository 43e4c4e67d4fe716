"""What the instrument plays back while the hand moves: every quantity at every step of the slider.

Three parts, by what they cost and when they are needed: `sweep` for every new mean, `rest` and `pictures` once it rests.
Each is plain data, ready for JSON; arrays travel as base64 of their bytes, information in the unit that was chosen.
"""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

import vaecore
from pages.parts import cached, models
from pages.parts.bench import Bench
from pages.parts.hand import Hand
from pages.parts.paths import Path
from vaecore.figures.rate_distortion import lines_of
from vaecore.figures.tradeoff import curves_of, window_of
from vaecore.figures.units import Unit
from vaecore.figures.values import values
from vaecore.gaussian import kl_parts
from vaecore.records import Provenance

Numbers = tuple[float, ...]

PICTURE_STEPS = 48
"""So many steps of the slider have pictures of their own; between them the nearest is shown."""


@dataclass(frozen=True)
class Request:
    """All that the numbers depend on."""

    bench: Bench
    beta: float
    unit: Unit
    hand: Hand


class Stops:
    """The stops of the slider: the steps of its path, and q itself where the path does not pass."""

    def __init__(self, path: Path, variance: Numbers) -> None:
        scales = list(path.scales)
        step = path.passes(variance)
        self.on_path = step is not None
        self.own = int(np.searchsorted(scales, path.scale_of(variance))) if step is None else step
        if step is None:
            scales.insert(self.own, path.scale_of(variance))
        self.scales = np.array(scales)
        self.variances = self.with_own(path.variances, np.array(variance))

    def with_own(
        self, path: Float[np.ndarray, "steps ..."], own: Float[np.ndarray, "..."]
    ) -> Float[np.ndarray, "stops ..."]:
        """What holds at every step of the path, and at q's own stop what was computed for q itself."""
        if not self.on_path:
            return np.insert(path, self.own, own, axis=0)
        stops = path.copy()
        stops[self.own] = own
        return stops


def sweep(request: Request) -> dict[str, Any]:
    """The terms at every stop, and at q itself also what `rest` and `pictures` will hold."""
    bench, hand, unit, beta = request.bench, request.hand, request.unit, request.beta
    path, stops = hand.path, Stops(hand.path, hand.variance)
    swept = cached.sweep(bench, hand.mean, path)
    own = cached.elbo(bench, hand.mean, hand.variance)
    per_nat = unit.per_nat
    terms = {
        "reconstruction": stops.with_own(values(swept.reconstruction)[0], values(own.reconstruction)[0]),
        "kl": stops.with_own(values(swept.kl)[0].sum(-1), values(own.kl)[0].sum()),
        "elbo": stops.with_own(values(swept.elbo)[0], values(own.elbo)[0]),
        "error": stops.with_own(values(swept.error)[0], values(own.error)[0]),
    }
    terms["objective"] = terms["reconstruction"] - beta * terms["kl"]
    shares = kl_parts(torch.zeros(1, 1, dtype=torch.float64), torch.from_numpy(stops.variances))[1]
    of_mean = cached.kl_shares(hand.mean, hand.variance)[0]
    answer = {
        "mean": list(hand.mean),
        "scales": packed(stops.scales),
        "variances": packed(stops.variances, np.float32),
        "deviations": packed(np.sqrt(stops.variances), np.float32),
        "own": stops.own,
        "onPath": stops.on_path,
        "lowest": int(values(swept.best_step(beta))[0]),  # a step of the path
        "terms": {name: packed(per_nat * column) for name, column in terms.items()},
        "klOfMean": (per_nat * values(of_mean)[0]).tolist(),
        "klOfVariance": packed(per_nat * values(shares), np.float32),
        **_windows(request, swept, {name: float(column[stops.own]) for name, column in terms.items()}),
        "now": _now(request, own),
    }
    if swept.provenance is Provenance.ESTIMATE:
        curves = curves_of(swept, beta, unit)
        answer["band"] = {name: packed(curves[name]) for name in ("band_low", "band_high")}
    if bench.model not in models.ONE_NUMBER:
        images = cached.picture(bench, hand.mean, hand.variance, hand.seed)
        answer["picture"] = base64.b64encode(_pixels(images)).decode()
    return answer


def rest(request: Request) -> dict[str, Any]:
    """Gap, residual and forces at every step of the path: each by sums of its own, as many again as the terms took."""
    bench, hand, per_nat = request.bench, request.hand, request.unit.per_nat
    swept, gaps = cached.sweep(bench, hand.mean, hand.path), cached.gaps(bench, hand.mean, hand.path)
    gap = values(gaps.value)[0]
    residual = float(values(cached.evidence(bench).value)[0]) - values(swept.elbo)[0] - gap
    slopes = _forces(cached.forces(bench, hand.mean, hand.path), hand.path.variances, hand.path, per_nat)
    return {
        "gap": packed(per_nat * gap),
        "gapError": packed(per_nat * values(gaps.error)[0]),
        "residual": packed(per_nat * residual),
        **{name: packed(column, np.float32) for name, column in slopes.items()},
    }


def pictures(request: Request) -> bytes:
    """Mean image and samples, one byte a pixel, at `PICTURE_STEPS` steps: the first, the last and evenly between."""
    hand = request.hand
    return _pixels(cached.pictures(request.bench, hand.mean, hand.path, PICTURE_STEPS, hand.seed))


def packed(array: Float[np.ndarray, "..."], kind: type = np.float64) -> str:
    """The bytes of an array as base64, row by row, little-endian."""
    return base64.b64encode(np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def _windows(request: Request, swept: vaecore.VarianceSweep, own: dict[str, float]) -> dict[str, Any]:
    """What the axes of the two charts of the sweep show when the hand rests at q, and the lines in the second."""
    per_nat, curves = request.unit.per_nat, curves_of(swept, request.beta, request.unit)
    floor = -per_nat * float(values(cached.evidence(request.bench).value)[0])
    heights = tuple(-per_nat * own[name] for name in ("reconstruction", "elbo", "objective"))
    window, lines = window_of(curves, floor, heights), lines_of(curves, floor, request.beta)
    return {
        "window": {"low": window.low, "high": window.high, "shift": window.shift, "klTicks": window.kl_ticks.tolist()},
        "lines": {
            "rate": lines.rate.tolist(),
            "bound": lines.bound.tolist(),
            "lowest": lines.lowest.tolist(),
            "window": [lines.low, lines.high],
        },
    }


def _now(request: Request, own: vaecore.ElboTerms) -> dict[str, Any]:
    """Gap, residual and forces at q itself."""
    bench, hand, per_nat = request.bench, request.hand, request.unit.per_nat
    gap = cached.gap(bench, hand.mean, hand.variance)
    total = float(values(cached.evidence(bench).value)[0])
    room = float(values(gap.value)[0])
    forces = _forces(cached.forces_at(bench, hand.mean, hand.variance), np.array([hand.variance]), hand.path, per_nat)
    return {
        "gap": per_nat * room,
        "gapError": per_nat * float(values(gap.error)[0]),
        "residual": per_nat * (total - float(values(own.elbo)[0]) - room),
        **{name: slopes[0].tolist() for name, slopes in forces.items()},
    }


def _forces(
    forces: vaecore.Forces, variances: Float[np.ndarray, "steps latent"], path: Path, per_nat: float
) -> dict[str, Float[np.ndarray, "steps ..."]]:
    """Slopes per unit of each mean, and per e-fold of the variance along the path, in the visitor's unit."""
    efold = variances * np.array(path.moved)  # ∂/∂ log σ² = σ² ∂/∂σ², summed over what moves
    return {
        "reconstructionByMean": per_nat * values(forces.reconstruction_by_mean)[0],
        "klByMean": per_nat * values(forces.kl_by_mean)[0],
        "reconstructionByVariance": per_nat * (efold * values(forces.reconstruction_by_variance)[0]).sum(-1),
        "klByVariance": per_nat * (efold * values(forces.kl_by_variance)[0]).sum(-1),
    }


def _pixels(images: vaecore.ImageSweep) -> bytes:
    """Per variance the mean image, then the samples; a Gaussian decoder may leave the range of a picture."""
    tiles = np.concatenate([values(images.mean_image)[0][:, None], values(images.samples)[0]], axis=1)
    return np.rint(255 * tiles.clip(0, 1)).astype(np.uint8).tobytes()
