"""What the browser needs to show q while the slider moves: every quantity at every step of the slider.

Four parts, by what they cost and when they are needed: `sweep` for every new mean; the others at rest.
Each is plain data, ready for JSON; arrays travel as base64 of their bytes, information in the unit that was chosen.
What the browser can compute is not sent: KL and its slopes have closed forms in mean and variance, ELBO, objective and
residual are differences, and the variances of a path follow from its scales.
"""

import base64
import hashlib
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

import vaecore
from pages.parts.compute import cached, cached_costs
from pages.parts.compute.kept import kept
from pages.parts.compute.resolve import Resolved
from pages.parts.state.parameters import ONE_NUMBER
from pages.parts.state.setup import Setup
from pages.parts.state.state import SliderMode
from pages.parts.state.sweep_path import SweepPath
from pages.parts.tradeoff.pictures import PICTURE_STEPS, coarse, fine, grey
from pages.parts.web import number_text
from pages.parts.web.chart_payload import GRAIN, packed_in_planes, rounded, rounded_up
from vaecore.core.accuracy import Accuracy
from vaecore.core.numbers_at_q import NumbersAtQ, gap_by_difference
from vaecore.core.records import ElboTerms, Gap
from vaecore.figures.rate_distortion import lines_of
from vaecore.figures.tradeoff import curves_of, window_of
from vaecore.figures.units import Unit
from vaecore.figures.values import values

Numbers = tuple[float, ...]


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
    alone until the browser has the diagnostics of the whole path. While q moves, the gap is log p(x) − ELBO, and not
    computed on a route of its own.
    """

    def __init__(self, resolved: Resolved, stops: SliderStops, known_path: str = "", *, moving: bool = False) -> None:
        self._resolved, self._stops = resolved, stops
        self.moving = moving
        setup, q = resolved.setup, resolved.q
        self._swept = cached.sweep(setup, q.mean, q.path)
        self.follows_path = stops.on_path and self._swept.accuracy is not Accuracy.ESTIMATED
        self._path_known = self.follows_path and known_path == path_key(setup, q.mean, q.path)

    @cached_property
    def numbers(self) -> NumbersAtQ:
        """All terms of the identity."""
        setup, q = self._resolved.setup, self._resolved.q
        if self.follows_path:
            swept, step = self._swept, self._stops.own
            terms = ElboTerms(swept.reconstruction[:, step], swept.kl[:, step], swept.error[:, step], swept.accuracy)
        else:
            terms = cached.elbo(setup, q.mean, q.variance)
        if self.moving:
            gap = gap_by_difference(terms, cached.evidence(setup))
        elif self._path_known:
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


def sweep(resolved: Resolved, known_path: str = "", *, moving: bool = False) -> dict[str, Any]:
    """The terms at every stop, and at q itself also what `diagnostics` and `pictures` will contain; a `PackedSweep`.

    Args:
        resolved: what is asked for.
        known_path: the name of the path whose `diagnostics` the browser has.
        moving: whether q moves: then its picture is a coarse one.
    """
    setup, q, unit, beta = resolved.setup, resolved.q, resolved.unit, resolved.beta
    path, stops = q.path, SliderStops(q.path, q.variance)
    swept, own = cached.sweep(setup, q.mean, path), CurrentPoint(resolved, stops, known_path, moving=moving)
    per_nat = unit.per_nat
    # What is sent is rounded: the bounds on its errors are widened by what that may add.
    columns = {
        "reconstruction": rounded(per_nat * values(swept.reconstruction)[0]),
        "error": values(swept.error)[0] + GRAIN / 2,
    }
    if not own.follows_path:
        of_q = own.numbers.reconstruction
        at_own = {"reconstruction": rounded(per_nat * np.array(of_q.value)), "error": np.array(of_q.error) + GRAIN / 2}
        columns = {name: stops.with_own(column, at_own[name]) for name, column in columns.items()}
    answer = {
        "mean": list(q.mean),
        "variance": list(q.variance),
        "path": path_key(setup, q.mean, path),
        "followsPath": own.follows_path,
        "base": list(path.base),
        "moved": list(path.moved),
        "scales": list(path.scales) if path.mode is SliderMode.ENCODER else None,
        "ownScale": float(stops.scales[stops.own]),
        "own": stops.own,
        "onPath": stops.on_path,
        "lowest": int(values(swept.best_step(beta))[0]),  # a step of the path
        "perNat": per_nat,
        "beta": beta,
        "reconstruction": packed_in_planes(columns["reconstruction"]),
        "accuracy": _accuracy_texts(swept.accuracy, columns["error"], unit),
        "curvesAccuracy": number_text.how_curve(swept.accuracy, columns["error"], unit),
        **_windows(resolved, swept, own.numbers),
        "now": _now(resolved, own),
        "fixed": {name: per_nat * number for name, number in cached_costs.fixed_numbers(setup).items()},
    }
    if swept.accuracy is Accuracy.ESTIMATED:
        answer["error"] = packed_in_planes(rounded_up(per_nat * columns["error"]), np.float32)
    if setup.model not in ONE_NUMBER:
        images = cached.picture(setup, q.mean, q.variance, q.seed)
        answer["picture"] = base64.b64encode((coarse if moving else fine)(images)).decode()
        decoded, likelihood = cached.decoded_mean(setup, q.mean)
        answer["decodedMean"] = {"pixels": base64.b64encode(grey(decoded)).decode(), "likelihood": per_nat * likelihood}
    return answer


def streamed(resolved: Resolved) -> dict[str, Any]:
    """`sweep` while q moves."""
    return sweep(resolved, moving=True)


def diagnostics(resolved: Resolved) -> dict[str, Any]:
    """Gap and forces at every step of the path: each by sums of its own, as many again as the terms took."""
    setup, q, per_nat = resolved.setup, resolved.q, resolved.unit.per_nat
    # The slopes first: above two latents the gap finds what they have decoded.
    slopes = _forces(cached.forces(setup, q.mean, q.path), q.path.variances, q.path, per_nat)
    gaps = cached.gaps(setup, q.mean, q.path)
    return {
        "path": path_key(setup, q.mean, q.path),
        "gap": packed_in_planes(rounded(per_nat * values(gaps.value)[0])),
        "gapAccuracy": _accuracy_texts(gaps.accuracy, values(gaps.error)[0] + GRAIN / 2, resolved.unit),
        "reconstructionByMean": packed_in_planes(slopes["reconstructionByMean"].T.ravel(), np.float32),
        "reconstructionByVariance": packed_in_planes(slopes["reconstructionByVariance"], np.float32),
    }


def shares(resolved: Resolved) -> dict[str, float]:
    """What parts the gap of every q about this mean into the shares of mean, width and shape; a `SharesData`."""
    best = cached_costs.best_elbo_about(resolved.setup, resolved.q.mean, resolved.q.path)
    return {"bestAboutMean": resolved.unit.per_nat * best}


def pictures(resolved: Resolved) -> bytes:
    """The coarse pictures at `PICTURE_STEPS` steps: the first, the last and evenly between."""
    return _pictures(resolved.setup, resolved.q.mean, resolved.q.path, resolved.q.seed)


@kept
def _pictures(setup: Setup, mean: Numbers, path: SweepPath, seed: int) -> bytes:
    return coarse(cached.pictures(setup, mean, path, PICTURE_STEPS, seed))


def _accuracy_texts(accuracy: Accuracy, errors: Float[np.ndarray, " stops"], unit: Unit) -> tuple[list[str], str]:
    """How the numbers of a column were computed, for no more than 256 different texts."""
    texts, which = number_text.how_each(accuracy, errors.tolist(), unit)
    return texts, base64.b64encode(bytes(which)).decode()


def _windows(resolved: Resolved, swept: vaecore.VarianceSweep, own: NumbersAtQ) -> dict[str, Any]:
    """What the axes of the two charts of the sweep show when q rests, and the lines in the second."""
    per_nat, curves = resolved.unit.per_nat, curves_of(swept, resolved.beta, resolved.unit)
    floor = -per_nat * cached.log_evidence(resolved.setup)
    heights = tuple(-per_nat * each.value for each in (own.reconstruction, own.elbo, own.objective(resolved.beta)))
    window, lines = window_of(curves, floor, heights), lines_of(curves, floor, resolved.beta)
    return {
        "window": {"range": [window.low, window.high], "domain": window.panels[0], "kl": window.kl_axis},
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
        "gap": float(rounded(np.array(per_nat * gap.value))),
        "gapAccuracy": number_text.how(gap.accuracy, gap.error + GRAIN / 2, resolved.unit),
        "residual": None if own.moving else per_nat * own.numbers.residual,
        "atBestMean": None if own.moving else cached_costs.at_best_mean(resolved),
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
