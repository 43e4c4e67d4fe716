"""Distributions in loss code: log p of a value, and KL from the standard normal."""

from dataclasses import dataclass

from pages.parts.loss.code_algebra import Coefficient, NotUnderstoodError, Poly
from pages.parts.loss.code_calls import gaussian, log, refuse_two_sigmoids
from pages.parts.loss.code_tensor import Tensor


@dataclass(frozen=True)
class Distribution:
    """A distribution over pixels or latents: its family, and its parameters by name."""

    family: str  # "normal" or "bernoulli"
    parameters: tuple[tuple[str, Tensor], ...]
    joint: int = 0  # over how many of the last axes log_prob and KL are summed: Independent, MultivariateNormalDiag

    def parameter(self, name: str) -> Tensor | None:
        """One of the parameters."""
        return dict(self.parameters).get(name)


def log_prob(distribution: Distribution, value: Tensor) -> Tensor:
    """log p(value), elementwise, but for the axes that are joint."""
    density = _density(distribution, value).laid_out_as(value, *(tensor for _, tensor in distribution.parameters))
    return _summed(density, distribution)


def _density(distribution: Distribution, value: Tensor) -> Tensor:
    poly = value.poly
    if poly is None:
        raise NotUnderstoodError("log_prob of a reduced term")
    if distribution.family == "bernoulli":
        logits = distribution.parameter("logits") or distribution.parameter("probs")
        if logits is None or logits.poly is None:
            raise NotUnderstoodError("a Bernoulli without logits or probs")
        if distribution.parameter("logits") is logits:
            refuse_two_sigmoids("Bernoulli(logits=…)", [logits])
        return Tensor.of(Poly.atom(("bce", frozenset((logits.poly, poly))))).scaled(Coefficient(-1.0))
    loc, scale = (distribution.parameter(name) for name in ("loc", "scale"))
    if loc is None or scale is None or loc.poly is None or scale.poly is None:
        raise NotUnderstoodError("a Normal without mean and standard deviation")
    return Tensor.of(gaussian(loc.poly, poly, scale.poly.power(2), full=True).scaled(-1.0))


def _summed(tensor: Tensor, distribution: Distribution) -> Tensor:
    return tensor.reduced("sum", tuple(range(-distribution.joint, 0))) if distribution.joint else tensor


def kl_divergence(q: Distribution, p: Distribution) -> Tensor:
    """KL(q ‖ p) of two normals, p standard, elementwise."""
    parameters = [one.parameter(name) for one in (q, p) for name in ("loc", "scale")]
    polys = [None if tensor is None else tensor.poly for tensor in parameters]
    if any(poly is None for poly in polys) or {q.family, p.family} != {"normal"}:
        raise NotUnderstoodError("a KL divergence other than that of two Normals")
    mean, scale, prior_mean, prior_scale = (poly for poly in polys if poly is not None)
    if not _is_zero(prior_mean) or not _is_one(prior_scale):
        raise NotUnderstoodError("a KL divergence from something other than the standard normal")
    squared = scale.power(2)
    total = mean.power(2).plus(squared).plus(Poly.number(-1.0)).plus(log(squared), -1.0)
    if q.joint != p.joint:
        raise NotUnderstoodError("a KL divergence of an Independent and another distribution")
    return _summed(Tensor.of(total.scaled(0.5)).laid_out_as(*(tensor for _, tensor in q.parameters)), q)


def _is_zero(poly: Poly) -> bool:
    return poly.constant == 0 or poly == Poly.atom(("zeros",))


def _is_one(poly: Poly) -> bool:
    return poly.constant == 1 or poly == Poly.atom(("ones",))
