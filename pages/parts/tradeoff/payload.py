"""What the browser needs to show q while the slider moves: every quantity at every step of the slider.

Four parts, by what they cost and when they are needed: `sweep` for every new mean; the others at rest.
Each is plain data, ready for JSON; arrays travel as base64 of their bytes, information in the unit that was chosen.
"""

import base64
import hashlib
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

import vaecore
from pages.parts.compute import cached, cached_costs
from pages.parts.compute.resolve import Resolved
from pages.parts.state.parameters import ONE_NUMBER
from pages.parts.state.setup import Setup
from pages.parts.state.sweep_path import SweepPath
from pages.parts.web import number_text
from pages.parts.web.chart_payload import packed
from vaecore.core.gaussian import kl_parts
from vaecore.core.numbers_at_q import NumbersAtQ
from vaecore.core.records import Accuracy, ElboTerms, Gap
from vaecore.figures.rate_distortion import lines_of
from vaecore.figures.tradeoff import curves_of, window_of
from vaecore.figures.units import Unit
from vaecore.figures.values import values

Numbers = tuple[float, ...]

PICTURE_STEPS = 48
"""So many steps of the slider have pictures of their own; between them the nearest is shown."""


class SliderStops:
    """The stops of the slider: the steps of its path, and q itself where the path does not pass."""

    def __init__(self, path: SweepPath, variance: Numbers) -> None:
        scales = list(path.scales)
        step = path.passes(variance)
        self.on_path = step is not None
        self.own = int(np.searchsorted(scales, path.scale_of(variance))) if step is None else step
        if step is None:
            scales.insert(self.own, path.scale_of(variance))
        self.scales = np.array(scales)
        self.variances = self.with_own(path.variances, np.array(variance))

    def with_own(
        self, path: Float[np.ndarray, "steps ..."], own: Float[np.ndarray, "..."] | None
    ) -> Float[np.ndarray, "stops ..."]:
        """What holds at every step of the path, and at q's own stop what was computed for q alone, if that was."""
        if own is None:
            return path
        if not self.on_path:
            return np.insert(path, self.own, own, axis=0)
        stops = path.copy()
        stops[self.own] = own
        return stops


class CurrentPoint:
    """The numbers of q at rest, in nats.

    On the path they are those of its step, so that releasing the slider changes no digit; beside it, or where numbers are
    estimated, q is computed alone. Gap and forces at every step take longer than those of one q, so they are computed for q
    alone until the browser has the diagnostics of the whole path.
    """

    def __init__(self, resolved: Resolved, stops: SliderStops, known_path: str = "") -> None:
        self._resolved, self._stops = resolved, stops
        setup, q = resolved.setup, resolved.q
        self._swept = cached.sweep(setup, q.mean, q.path)
        self.follows_path = stops.on_path and self._swept.accuracy is not Accuracy.ESTIMATED
        self._path_known = self.follows_path and known_path == path_key(setup, q.mean, q.path)

    @cached_property
    def numbers(self) -> NumbersAtQ:
        """All terms of the identity."""
        setup, q = self._resolved.setup, self._resolved.q
        if not self.follows_path:
            return cached.numbers_at_q(setup, q.mean, q.variance)
        swept, step = self._swept, self._stops.own
        terms = ElboTerms(swept.reconstruction[:, step], swept.kl[:, step], swept.error[:, step], swept.accuracy)
        if self._path_known:
            gaps = cached.gaps(setup, q.mean, q.path)
            gap = Gap(gaps.value[:, step], gaps.error[:, step], gaps.accuracy)
        else:
            gap = cached.gap(setup, q.mean, q.variance)
        return NumbersAtQ.of(terms, gap, cached.evidence(setup))

    @property
    def forces(self) -> dict[str, list[float] | float]:
        """The slopes of both terms, in the visitor's unit."""
        setup, q, per_nat = self._resolved.setup, self._resolved.q, self._resolved.unit.per_nat
        if self._path_known:
            slopes = _forces(cached.forces(setup, q.mean, q.path), q.path.variances, q.path, per_nat)
            return {name: column[self._stops.own].tolist() for name, column in slopes.items()}
        alone = cached.forces_at(setup, q.mean, q.variance)
        return {n: c[0].tolist() for n, c in _forces(alone, np.array([q.variance]), q.path, per_nat).items()}


@lru_cache(maxsize=256)
def path_key(setup: Setup, mean: Numbers, path: SweepPath) -> str:
    """A name for the path, by which a browser says that it has the `diagnostics` of it."""
    return hashlib.blake2s(repr((setup, mean, path)).encode(), digest_size=8).hexdigest()


def sweep(resolved: Resolved, known_path: str = "") -> dict[str, Any]:
    """The terms at every stop, and at q itself also what `diagnostics` and `pictures` will contain.

    Args:
        resolved: what is asked for.
        known_path: the name of the path whose `diagnostics` the browser has.
    """
    setup, q, unit, beta = resolved.setup, resolved.q, resolved.unit, resolved.beta
    path, stops = q.path, SliderStops(q.path, q.variance)
    swept, own = cached.sweep(setup, q.mean, path), CurrentPoint(resolved, stops, known_path)
    per_nat = unit.per_nat
    columns = {
        "reconstruction": values(swept.reconstruction)[0],
        "kl": values(swept.kl)[0].sum(-1),
        "elbo": values(swept.elbo)[0],
        "error": values(swept.error)[0],
    }
    if not own.follows_path:
        numbers = own.numbers
        of_q = {name: getattr(numbers, name).value for name in ("reconstruction", "kl", "elbo")}
        of_q["error"] = numbers.reconstruction.error
        columns = {name: stops.with_own(column, np.array(of_q[name])) for name, column in columns.items()}
    columns["objective"] = columns["reconstruction"] - beta * columns["kl"]
    shares = kl_parts(torch.zeros(1, 1, dtype=torch.float64), torch.from_numpy(stops.variances))[1]
    of_mean = cached.kl_shares(q.mean, q.variance)[0]
    answer = {
        "mean": list(q.mean),
        "path": path_key(setup, q.mean, path),
        "followsPath": own.follows_path,
        "scales": packed(stops.scales),
        "variances": packed(stops.variances, np.float32),
        "deviations": packed(np.sqrt(stops.variances), np.float32),
        "own": stops.own,
        "onPath": stops.on_path,
        "lowest": int(values(swept.best_step(beta))[0]),  # a step of the path
        "terms": {name: packed(per_nat * column) for name, column in columns.items()},
        "accuracy": _accuracy_texts(swept.accuracy, columns["error"], unit),
        "curvesAccuracy": number_text.how_curve(swept.accuracy, columns["error"]),
        "klOfMean": (per_nat * values(of_mean)[0]).tolist(),
        "klOfVariance": packed(per_nat * values(shares), np.float32),
        **_windows(resolved, swept, {name: float(column[stops.own]) for name, column in columns.items()}),
        "now": _now(resolved, own),
        "fixed": {name: per_nat * number for name, number in cached_costs.fixed_numbers(setup).items()},
    }
    if swept.accuracy is Accuracy.ESTIMATED:
        curves = curves_of(swept, beta, unit)
        answer["band"] = {name: packed(curves[name]) for name in ("band_low", "band_high")}
    if setup.model not in ONE_NUMBER:
        images = cached.picture(setup, q.mean, q.variance, q.seed)
        answer["picture"] = base64.b64encode(_pixels(images)).decode()
        decoded, likelihood = cached.decoded_mean(setup, q.mean)
        answer["decodedMean"] = {"pixels": base64.b64encode(_grey(decoded)).decode(), "likelihood": per_nat * likelihood}
    return answer


def diagnostics(resolved: Resolved) -> dict[str, Any]:
    """Gap, residual and forces at every step of the path: each by sums of its own, as many again as the terms took."""
    setup, q, per_nat = resolved.setup, resolved.q, resolved.unit.per_nat
    swept, gaps = cached.sweep(setup, q.mean, q.path), cached.gaps(setup, q.mean, q.path)
    gap = values(gaps.value)[0]
    residual = cached.log_evidence(setup) - values(swept.elbo)[0] - gap
    slopes = _forces(cached.forces(setup, q.mean, q.path), q.path.variances, q.path, per_nat)
    return {
        "gap": packed(per_nat * gap),
        "gapAccuracy": _accuracy_texts(gaps.accuracy, values(gaps.error)[0], resolved.unit),
        "residual": packed(per_nat * residual),
        **{name: packed(column, np.float32) for name, column in slopes.items()},
    }


def shares(resolved: Resolved) -> dict[str, float]:
    """What parts the gap of every q about this mean into the shares of mean, width and shape; a `SharesData`."""
    best = cached_costs.best_elbo_about(resolved.setup, resolved.q.mean, resolved.q.path)
    return {"bestAboutMean": resolved.unit.per_nat * best}


def pictures(resolved: Resolved) -> bytes:
    """Mean image and samples, one byte a pixel, at `PICTURE_STEPS` steps: the first, the last and evenly between."""
    return _pixels(cached.pictures(resolved.setup, resolved.q.mean, resolved.q.path, PICTURE_STEPS, resolved.q.seed))


def _accuracy_texts(accuracy: Accuracy, errors: Float[np.ndarray, " stops"], unit: Unit) -> tuple[list[str], str]:
    """How the numbers of a column were computed, for no more than 256 different texts."""
    texts, which = number_text.how_each(accuracy, errors.tolist(), unit)
    return texts, base64.b64encode(bytes(which)).decode()


def _windows(resolved: Resolved, swept: vaecore.VarianceSweep, own: dict[str, float]) -> dict[str, Any]:
    """What the axes of the two charts of the sweep show when q rests, and the lines in the second."""
    per_nat, curves = resolved.unit.per_nat, curves_of(swept, resolved.beta, resolved.unit)
    floor = -per_nat * cached.log_evidence(resolved.setup)
    heights = tuple(-per_nat * own[name] for name in ("reconstruction", "elbo", "objective"))
    window, lines = window_of(curves, floor, heights), lines_of(curves, floor, resolved.beta)
    return {
        "window": {"low": window.low, "high": window.high, "shift": window.shift, "klTicks": window.kl_ticks.tolist()},
        "lines": {
            "rate": lines.rate.tolist(),
            "bound": lines.bound.tolist(),
            "lowest": lines.lowest.tolist(),
            "window": [lines.low, lines.high],
        },
    }


def _now(resolved: Resolved, own: CurrentPoint) -> dict[str, Any]:
    """Gap, residual and forces at q itself."""
    per_nat, gap = resolved.unit.per_nat, own.numbers.gap
    return {
        "gap": per_nat * gap.value,
        "gapAccuracy": number_text.how(gap.accuracy, gap.error, resolved.unit),
        "residual": per_nat * own.numbers.residual,
        **own.forces,
    }


def _forces(
    forces: vaecore.Forces, variances: Float[np.ndarray, "steps latent"], path: SweepPath, per_nat: float
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
    """Per variance the mean image, the samples, and their standard deviation in 16 bits, high bytes first."""
    samples = values(images.samples)[0]
    tiles = np.concatenate([values(images.mean_image)[0][:, None], samples], axis=1)
    spread = np.rint(65535 * samples.std(axis=1, ddof=1).clip(0, 1)).astype(">u2")
    high_and_low = spread.view(np.uint8).reshape(*spread.shape, 2).transpose(0, 2, 1)
    return b"".join(_grey(step) + both.tobytes() for step, both in zip(tiles, high_and_low, strict=True))


def _grey(pixels: Float[np.ndarray, "..."]) -> bytes:
    """A byte for each pixel; a Gaussian decoder may leave the range of a picture."""
    return np.rint(255 * pixels.clip(0, 1)).astype(np.uint8).tobytes()
