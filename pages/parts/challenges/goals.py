"""The challenges, in the order in which they are shown."""

import vaecore
from pages.parts.challenges.challenge import Attempt, Challenge, Standing
from pages.parts.compute import cached
from pages.parts.web.number_text import minus
from vaecore.figures.values import values


def _nats(number: float) -> str:
    return f"{minus(number, 3)} nats"


def _gap_within(limit: float):
    def check(_first: Attempt, now: Attempt) -> Standing:
        return Standing(now.gap <= limit, f"The gap is {_nats(now.gap)}.")

    return check


def _kl_within(limit: float):
    def check(first: Attempt, now: Attempt) -> Standing:
        lost = first.reconstruction - now.reconstruction
        told = f", and reconstruction {'lost' if lost > 0 else 'gained'} {_nats(abs(lost))} on the way" if lost else ""
        return Standing(now.kl <= limit, f"KL is {_nats(now.kl)}{told}.")

    return check


def _two_nats_more(first: Attempt, now: Attempt) -> Standing:
    spent = now.kl - first.kl
    return Standing(abs(spent - 2) <= 0.05, f"KL has changed by {_nats(spent)}.")


def _top_of_the_curve(_first: Attempt, now: Attempt) -> Standing:
    if not now.state.predict:
        return Standing(False, "The curves are open: press predict to hide them.")
    curve = values(cached.sweep(now.setup, now.q.mean, now.q.path).elbo)[0]
    below = float(curve.max()) - (now.evidence - now.gap)
    if below > 1:
        return Standing(False, "Not within 1 nat of the top.")
    return Standing(True, f"{_nats(max(below, 0.0))} below the top of this curve: reveal it.")


def _other_hump(_first: Attempt, now: Attempt) -> Standing:
    (mean,) = now.q.mean
    return Standing(mean < 0 and now.gap <= 0.75, f"The mean is {minus(mean, 2)}, the gap {_nats(now.gap)}.")


def _one_code(_first: Attempt, now: Attempt) -> Standing:
    if now.state.pin is None:
        return Standing(False, "A is gone. Start again to pin it.")
    q, a = (cached.gaussian(now.setup, *numbers) for numbers in ((now.q.mean, now.q.variance), now.state.pin))
    apart = float(vaecore.kl_between(q, a).sum())
    return Standing(apart <= 1 and now.gap <= 2, f"KL(q ‖ A) is {_nats(apart)}, the gap {_nats(now.gap)}.")


def _collapsed(_first: Attempt, now: Attempt) -> Standing:
    if now.q.source != "best":
        return Standing(False, "This goal is about the best q: press best.")
    return Standing(now.kl <= 0.2, f"At β = {now.state.beta:g} the best q spends {_nats(now.kl)} of KL.")


def _positive(_first: Attempt, now: Attempt) -> Standing:
    return Standing(now.evidence > 0, f"log p(x) is {_nats(now.evidence)}.")


# Where these begin is written out, since a start is a state like any other. A is the best q of the fourth 4.
_A_FOUR = {"pin_mean": "0.0535 1.7068", "pin_variance": "0.000291 0.001037"}

CHALLENGES = (
    Challenge(
        "tight", "Close the gap", "Bring the ELBO within 0.05 nats of log p(x), by hand.",
        {"model": "number", "q": "prior"}, _gap_within(0.05),
        "Here the posterior is a Gaussian, so q can be the posterior, and then the bound is an equality. For most decoders"
        " no Gaussian is, and some gap stays.",
        "The posterior lies between the prior and what x asks for, and is narrower than both.",
        by_hand=True,
    ),
    Challenge(
        "encoder", "Beat the encoder", "Start at the encoder’s answer and bring the gap below 1 nat, by hand.",
        {"digit": "2", "q": "encoder", "move": "each"}, _gap_within(1),
        "One network answers for all images, and for this one it is a little off: that is the amortisation gap. What the"
        " best q still leaves is the price of a diagonal Gaussian.",
        "Look at the forces: where reconstruction pulls harder than KL, follow it.",
        by_hand=True,
    ),
    Challenge(
        "free", "KL for nothing", "Bring KL below 0.1 nats. What happened to the image?",
        {}, _kl_within(0.1),
        "A q that costs nothing is the prior, the same for every image. The mean image is then the decoder’s average over"
        " the prior: a blur that does not know which digit it stands for.",
        "KL is zero only where q is the prior: mean 0 and variance 1.",
    ),
    Challenge(
        "efold", "Spend two nats", "Moving σ² alone, make KL 2 nats larger than at the start, give or take 0.05.",
        {"mean": "1.245 1.643", "variance": "0.01"}, _two_nats_more,
        "For a narrow q, dividing σ² by e costs half a nat in every dimension. Two dimensions move together here: one nat"
        " each time, so σ² had to shrink by about e², from 0.01 to 0.00135.",
        "KL has −½ log σ² in every dimension. By what factor must σ² shrink?",
        by_hand=True, same_mean=True,
    ),
    Challenge(
        "blind", "Find the top blindfold", "With the curves hidden, put σ² where the ELBO is within 1 nat of its top.",
        {"digit": "3", "mean": "-1.789 -3.476", "variance": "0.3", "predict": "true"}, _top_of_the_curve,
        "The sharper the decoder reacts to z, the narrower the best q: at the top, widening it would lose as much"
        " reconstruction as it saves KL.",
        "The posterior’s close-up is hidden too, but the samples are not: how far may z move before they change?",
        by_hand=True, same_mean=True,
    ),
    Challenge(
        "hump", "The other hump", "q sits on one of two humps. Put it on the other, with a gap of 0.75 nats at most.",
        {"model": "humps", "x": "2", "mean": "1.386", "variance": "0.0117"}, _other_hump,
        "Both places are equally good, and each misses half of the posterior: the gap is log 2 = 0.69 nats and a little"
        " more. A wide q over both humps costs far more, because KL(q ‖ p(z|x)) punishes q where the posterior is not.",
        "f(z) = z² does not know the sign of z.",
        by_hand=True,
    ),
    Challenge(
        "share", "Two digits, one code",
        "A is the code of a 4. Give this 9 the same: KL(q ‖ A) at most 1 nat, and a gap of at most 2.",
        {"digit": "9", "example": "17", "q": "encoder", **_A_FOUR}, _one_code,
        "Two images of different classes can share a code when the decoder draws for it something between the two. With two"
        " latents there is little room, and neighbours meet.",
        "A is drawn in the close-up. Type its mean and variance, or drag there and see what the gap does.",
        by_hand=True,
    ),
    Challenge(
        "collapse", "Collapse by β", "Raise β until the best q spends no more than 0.2 nats of KL.",
        {"q": "best", "sigma_x": "0.5"}, _collapsed,
        "For the choice of q only the product β·σx² counts. Raise it far enough and no direction of the latent space is"
        " worth its nats: the best q falls back to the prior.",
        "β is in the sidebar; q must stay the best q.",
        free=frozenset({"β"}),
    ),
    Challenge(
        "positive", "A positive log p(x)", "Make log p(x) larger than 0. Nothing that you do to q will help.",
        {"model": "number", "x": "3", "sigma_x": "0.5", "q": "best"}, _positive,
        "log p(x) belongs to the model, not to q: only w, b and σx move it. And it is the log of a density, which may be"
        " larger than 1: a bound above 0 is no mistake.",
        "Let the model expect x where x is, and be sure of it: look at b, w and σx.",
        free=frozenset({"w", "b", "σx"}),
    ),
)  # fmt: skip
"""All challenges."""

BY_KEY = {challenge.key: challenge for challenge in CHALLENGES}
