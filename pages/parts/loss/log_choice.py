"""Which of the named numbers are the data term, KL and the loss: by the best name, and by the sum.

Where a log has the loss as well, it must be  data + weight · KL;  a choice for which that holds is preferred to a better
name for which it does not. Averages that lag behind each other (running means) are allowed for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pages.parts.loss.log_names import (
    Name,
    is_adversarial,
    is_elbo,
    is_kl,
    is_likelihood,
    is_of_a_decoder,
    is_of_a_model,
    is_of_a_policy,
    is_recall,
    is_retrieval,
    name_of,
)
from pages.parts.loss.log_objects import Pair

_MOST = 6  # candidates of each role: more make no sense in one line
_SUM_BONUS = 2.0
_NEEDS_PROOF = 1.0  # a name with less than this counts only if the sum confirms it
_PARTIAL = 0.5
_KL = 3.0  # the score of KL's own names; more where they say that no weight is in it
_VARIANTS = ("", "epoch", "average", "step")
_EXACT, _LAGGING = 0.002, 0.02  # relative: printed digits, running means


@dataclass(frozen=True)
class Chosen:
    """The pair that was taken for each role; its value with the sign of a loss."""

    data: Pair | None = None
    kl: Pair | None = None
    total: Pair | None = None
    problem: str = ""  # why the names do not say which number a term is

    def value(self, role: str) -> float | None:
        """The number of a role, its sign changed where it is that of a log-likelihood or an ELBO."""
        pair: Pair | None = getattr(self, role)
        if pair is None or pair.value is None:
            return None
        negated = name_of(pair.name).negated and pair.value < 0
        return -pair.value if negated or role in self._negated_by_the_sum else pair.value

    @property
    def has_unsettled_sign(self) -> bool:
        """Whether the data term is called a log-likelihood, is above zero, and no ELBO shows its sign."""
        positive = self.data is not None and self.data.value is not None and self.data.value > 0
        return positive and name_of(self.data.name).negated and "data" not in self._negated_by_the_sum  # type: ignore[union-attr]

    @property
    def _negated_by_the_sum(self) -> tuple[str, ...]:
        """Which numbers an ELBO shows to be without the sign of a loss: it is data − KL, data + (−KL), or −(data + KL)."""
        data, kl, total = (None if pair is None else pair.value for pair in (self.data, self.kl, self.total))
        if self.total is None or data is None or kl is None or total is None:
            return ()
        close = _EXACT * (abs(total) + abs(kl))
        is_sum = abs(total - data - kl) <= close
        if not name_of(self.total.name).negated:  # (RE: -27.4, KL: 6.2) of a loss of 33.6
            return ("data",) if data < 0 and not is_sum and abs(total + data - kl) <= close else ()
        if abs(total - data + kl) <= close and (total < 0 or not is_sum):
            return ("data", "total")
        if is_sum and total < 0:
            return ("data", "kl", "total")
        return ("total",) if not is_sum and abs(total + data + kl) <= close else ()


def choose(pairs: Sequence[Pair]) -> Chosen:
    """The best choice among the pairs of the training set; of the held-out set where the training set lacks a term."""
    named = _with_their_sets([(pair, name) for pair in pairs if (name := name_of(pair.name)).roles])
    if any(is_retrieval(pair.name) for pair in pairs):
        named = [(pair, name) for pair, name in named if not is_recall(name)]
    if max((name.roles.get("kl", 0.0) for _, name in named), default=0.0) > _KL:  # kl_raw: the others are after their weight
        named = [(pair, name) for pair, name in named if "kl" not in name.roles or name.roles["kl"] > _KL]
    if any(is_adversarial(pair.name) for pair in pairs):
        named = [(pair, name) for pair, name in named if not ("data" in name.roles and is_of_a_decoder(name))]
    if any(is_of_a_policy(pair.name) for pair in pairs):  # approx_kl, policy_loss: a KL of anything, unless it says of what
        named = [(pair, name) for pair, name in named if "kl" not in name.roles or is_of_a_model(pair.name)]
    best = Chosen()
    sets = {name.held_out for _, name in named}
    for held_out in sorted(sets):  # training first
        chosen = _best_of([(pair, name) for pair, name in named if name.held_out is held_out])
        if chosen.data is not None and chosen.kl is not None:
            return chosen
        if best.data is None and best.kl is None:
            best = chosen
    # "Test recon 27.4, KL 6.2": a word that holds for the whole line stands before its first name alone.
    first_held_out = bool(named) and named[0][1].held_out
    return _best_of(named) if len(sets) == 2 and first_held_out else best


def _with_their_sets(named: list[tuple[Pair, Name]]) -> list[tuple[Pair, Name]]:
    """Where a name comes twice, the set that was named last holds on: test recon 30 kl 7, train recon 27.4 kl 6.2."""
    bare = [pair.name.lower() for pair, name in named if not name.held_out and not name.training]
    if len(set(bare)) == len(bare):
        return named
    held_out, found = False, []
    for pair, name in named:
        held_out = name.held_out or (held_out and not name.training)
        found.append((pair, replace(name, held_out=held_out)))
    return found


def _of_one_variant(named: list[tuple[Pair, Name]]) -> list[tuple[Pair, Name]]:
    """Without the terms of other variants where both come in the same one: recon_step, recon_epoch, kl_step, kl_epoch."""
    sure = [(name, role) for _, name in named for role in ("data", "kl") if name.roles.get(role, 0.0) >= _NEEDS_PROOF]
    data, kl = ({name.variant for name, role in sure if role == own} for own in ("data", "kl"))
    common = [variant for variant in _VARIANTS if variant in data & kl]
    others = {name for name, _ in sure if common and name.variant != common[0]}
    return [(pair, name) for pair, name in named if name not in others]


def _best_of(named: list[tuple[Pair, Name]]) -> Chosen:
    named = _of_one_variant(named)
    by_role = {role: _candidates(named, role) for role in ("data", "kl", "total", "weight", "weighted kl")}
    rivals = {role: _rivals(named, role) for role in ("data", "kl")}
    sums = [_sum_of(rivals["kl"])] if rivals["kl"] else []
    weights = [1.0, *(pair.value for pair, _ in by_role["weight"] if pair.value is not None and pair.value > 0)]
    twins = _twins(named, weights)
    by_role["kl"] = [(pair, score) for pair, score in by_role["kl"] if pair not in twins]
    best, best_score = Chosen(), float("-inf")
    nothing: list[tuple[Pair | None, float]] = [(None, 0.0)]
    has_elbo = any(is_elbo(pair.name) for pair, _ in by_role["total"])
    for data, of_data in [*by_role["data"], *nothing]:
        for kl, of_kl in [*by_role["kl"], *sums, *nothing]:
            for total, of_total in [*by_role["total"], *nothing]:
                if data is not None and total is data:
                    continue
                chosen = Chosen(data, kl, total)
                proof = _sum_holds(chosen, weights)
                unsure = data in rivals["data"] or kl in rivals["kl"] or (kl, of_kl) in sums
                if data is not None:  # beside an ELBO, a likelihood that it does not contain is log p(x)
                    unsure = unsure or of_data < _NEEDS_PROOF or (has_elbo and is_likelihood(data.name))
                if not proof and (unsure or chosen.has_unsettled_sign):
                    continue
                if total is not None and of_total <= _NEEDS_PROOF and not proof:
                    continue
                score = of_data + of_kl + 0.1 * of_total + _SUM_BONUS * proof
                if score > best_score:
                    best, best_score = chosen, score
    return replace(best, problem=_why_none(best, rivals, by_role, twins))


def _candidates(named: list[tuple[Pair, Name]], role: str) -> list[tuple[Pair, float]]:
    """The best names for a role; KL as a whole before KL of something: of each latent, say."""
    found = [
        (pair, name.roles[role] - (_PARTIAL if role == "kl" and _of_its_own(name, role) else 0.0))
        for pair, name in named
        if role in name.roles
    ]
    return sorted(found, key=lambda one: one[1], reverse=True)[:_MOST]


def _rivals(named: list[tuple[Pair, Name]], role: str) -> list[Pair]:
    """Several numbers whose names fit a role equally well and differ in more than the set they belong to; else none."""
    scores = [name.roles[role] for _, name in named if role in name.roles]
    top = [(pair, name) for pair, name in named if name.roles.get(role) == max(scores, default=0.0) and pair.value != 0][
        :_MOST
    ]
    if role == "data":
        alike = len({pair.value and abs(pair.value) for pair, _ in top}) < 2
    else:
        others = {_of_its_own(name, role) for _, name in top}
        alike = len(others) < 2 or "" in others
    return [] if alike else [pair for pair, _ in top]


def _twins(named: list[tuple[Pair, Name]], weights: list[float]) -> list[Pair]:
    """Of different numbers with one name for KL (kl and kl_loss), all but the one that a printed weight makes the other."""
    groups: dict[str, list[Pair]] = {}
    for pair, name in named:
        if "kl" in name.roles:
            groups.setdefault(name.qualifier, []).append(pair)
    twins = []
    for group in groups.values():
        values = {pair.value for pair in group if pair.value is not None}
        before = [
            a for a in values if any(math.isclose(w * a, b, rel_tol=_EXACT) for w in weights[1:] for b in values - {a})
        ]
        if len(values) > 1:
            twins += [pair for pair in group if pair.value not in before]
    return twins


def _of_its_own(name: Name, role: str) -> str:
    """What tells a name from others of its role: for KL without the words for KL, so that kl and kld are one."""
    words = name.qualifier.split()
    return " ".join(words if role == "data" else [word for word in words if not is_kl(word)])


def _sum_of(pairs: list[Pair]) -> tuple[Pair, float]:
    values = [pair.value for pair in pairs if pair.value is not None]
    label = " + ".join(pair.name for pair in pairs)
    return Pair(label, label, math.fsum(values) if len(values) == len(pairs) else None), 3.0


def _why_none(
    best: Chosen, rivals: dict[str, list[Pair]], by_role: dict[str, list[tuple[Pair, float]]], twins: list[Pair]
) -> str:
    """Why a term that has a name could not be chosen; empty if all were."""
    for role, words in (("data", "the data term"), ("kl", "KL")):
        if getattr(best, role) is None and rivals[role]:
            names = ", ".join(f"“{pair.name[:30]}”" for pair in rivals[role][:4])
            return f"{names}: no loss in the line shows which of them is {words}, or whether they add up"
    if best.kl is None and len(twins) > 1:
        names = f"“{twins[0].name[:30]}” and “{twins[1].name[:30]}”"
        return f"KL has two numbers, {names}, and nothing in the line shows which of them is before its weight"
    if best.kl is None and by_role["weighted kl"]:
        name = by_role["weighted kl"][0][0].name
        return f"“{name[:40]}” is KL after its weight or free bits; print KL before them"
    unsettled = [pair for pair, _ in by_role["data"] if Chosen(pair).has_unsettled_sign]
    if best.data is None and unsettled:
        return f"“{unsettled[0].name[:40]}” is a log-likelihood above zero, and no ELBO or loss in the line shows its sign"
    return ""


def _sum_holds(chosen: Chosen, weights: list[float]) -> float:
    """1 where total = data + weight · KL to the printed digits, ½ where it holds for running means, 0 elsewhere."""
    data, kl, total = (chosen.value(role) for role in ("data", "kl", "total"))
    if data is None or kl is None or total is None:
        return 0.0
    error = min(abs(total - data - weight * kl) for weight in weights)
    size = abs(total) + abs(kl)
    return 1.0 if error <= _EXACT * size else 0.5 if error <= _LAGGING * size else 0.0
