"""The challenges, in the order in which they are shown."""

from pages.parts.challenges.challenge import Challenge, Standing
from pages.parts.challenges.questions import Attempt
from pages.parts.state.state import Source
from pages.parts.web.number_text import minus, printed_gap


def _nats(number: float) -> str:
    return f"{minus(number, 3)} nats"


def _against(number: float, limit: float) -> str:
    """A number with three digits, or as many more as say on which side of the limit it is."""
    digits = next((some for some in range(3, 12) if (round(number, some) <= limit) == (number <= limit)), 12)
    return f"{minus(number, digits)} nats"


def _gap(now: Attempt, limit: float) -> str:
    """The gap as the screen prints it; with more digits where that is on the other side of the limit."""
    printed = printed_gap(now.evidence, now.reconstruction, now.kl)
    return f"{printed:.2f} nats" if (printed <= limit) == (now.gap <= limit) else _against(now.gap, limit)


def _gap_within(limit: float):
    def check(_first: Attempt, now: Attempt) -> Standing:
        return Standing(now.gap <= limit, f"The gap is {_gap(now, limit)}.")

    return check


def _kl_within(limit: float):
    def check(first: Attempt, now: Attempt) -> Standing:
        lost = first.reconstruction - now.reconstruction
        change = (
            f", and reconstruction is {_nats(abs(lost))} {'lower' if lost > 0 else 'higher'} than at the start"
            if lost
            else ""
        )
        return Standing(now.kl <= limit, f"KL is {_against(now.kl, limit)}{change}.")

    return check


def _two_nats_more(first: Attempt, now: Attempt) -> Standing:
    change = now.kl - first.kl
    return Standing(abs(change - 2) <= 0.05, f"KL has changed by {_nats(change)}.")


def _near_the_maximum(_first: Attempt, now: Attempt) -> Standing:
    if not now.state.predict:
        return Standing(False, "The curves are visible: press “Guess first” to hide them.")
    below = now.highest - (now.evidence - now.gap)
    if below > 1:
        return Standing(False, "Not within 1 nat of the maximum.")
    return Standing(True, f"{_nats(max(below, 0.0))} below the maximum of this curve. Press “Reveal” to see it.")


def _other_mode(_first: Attempt, now: Attempt) -> Standing:
    (mean,) = now.mean
    return Standing(mean < 0 and now.gap <= 0.75, f"The mean is {minus(mean, 2)} and the gap {_gap(now, 0.75)}.")


def _one_code(_first: Attempt, now: Attempt) -> Standing:
    if now.kl_to_a is None:
        return Standing(False, "There is no A any more. Press Start again.")
    apart = now.kl_to_a
    return Standing(apart <= 1 and now.gap <= 2, f"KL(q ‖ A) is {_against(apart, 1)} and the gap {_gap(now, 2)}.")


def _collapsed(_first: Attempt, now: Attempt) -> Standing:
    if now.source is not Source.BEST:
        return Standing(False, "This challenge is about the best q: press “best\u00a0q”.")
    return Standing(now.kl <= 0.2, f"At β = {now.state.beta:g} the KL of the best q is {_against(now.kl, 0.2)}.")


def _positive(_first: Attempt, now: Attempt) -> Standing:
    return Standing(now.evidence > 0, f"log p(x) is {_nats(now.evidence)}.")


# A is the best q of the fourth 4. It is written out, since the start of a challenge is a link like any other.
_A_FOUR = {"pin_mean": "0.0535 1.7068", "pin_variance": "0.000291 0.001037"}
_NUMBERS_OF_A = "; ".join(
    f"{symbol}₁ = {first}, {symbol}₂ = {second}"
    for symbol, (first, second) in zip(("μ", "σ²"), map(str.split, _A_FOUR.values()), strict=True)
)

CHALLENGES = (
    Challenge(
        "tight", "Close the gap", "Move q until the ELBO is within 0.05 nats of log p(x).",
        {"model": "number", "q": "prior"}, _gap_within(0.05),
        "Here the posterior is Gaussian, so q can equal it, and then ELBO = log p(x). For most decoders the posterior is not"
        " Gaussian, and some gap remains.",
        "The mean of the posterior lies between 0, the prior’s, and x. The posterior is narrower than the prior.",
        by_hand=True,
    ),
    Challenge(
        "encoder", "Beat the encoder", "Start from the encoder’s q and move q until the gap is below 1 nat.",
        {"digit": "2", "q": "encoder", "move": "each"}, _gap_within(1),
        "One encoder serves all images, and for this one its q is not the best: that is the amortisation gap. The gap that"
        " even the best Gaussian q leaves is the approximation gap.",
        "Drag ● in the close-up: there a pixel is less than on the sliders. The slopes say which way: move each parameter as"
        " the black arrow, the sum, points.",
        by_hand=True,
    ),
    Challenge(
        "free", "Almost no KL", "Bring KL below 0.1 nats, and see what happens to the decoded image.",
        {}, _kl_within(0.1),
        "A q without KL is the prior, the same for every image. The average decoded image is then the decoder’s average over"
        " the prior: a blur that is the same for every digit.",
        "KL is zero only if q is the prior: mean 0 and variance 1.",
    ),
    Challenge(
        "efold", "Spend two nats", "Move only σ², and make KL 2 ± 0.05 nats larger than at the start.",
        {"mean": "1.245 1.643", "variance": "0.01"}, _two_nats_more,
        "For a narrow q, dividing σ² by e costs half a nat of KL per dimension. Two dimensions change together here, one nat"
        " for each division by e. So σ² had to shrink by about e², from 0.01 to 0.00135.",
        "KL contains −½ log σ² for every dimension. By what factor must σ² shrink?",
        by_hand=True, same_mean=True,
    ),
    Challenge(
        "blind", "Find the best σ² blindfolded",
        "With the curves hidden, bring the ELBO within 1 nat of its maximum over σ².",
        {"digit": "3", "mean": "-1.789 -3.476", "variance": "0.3", "predict": "true"}, _near_the_maximum,
        "The more the decoded image changes with z, the narrower the best q. At the maximum, a slightly wider q would lose"
        " as much reconstruction as it saves KL.",
        "The close-up of the posterior is hidden too, but the samples are not: how far can z move before they change?",
        by_hand=True, same_mean=True,
    ),
    Challenge(
        "hump", "The other mode",
        "q is on one of the posterior’s two modes. Move it to the other, with a gap of at most 0.75 nats.",
        {"model": "humps", "x": "2", "mean": "1.386", "variance": "0.0117"}, _other_mode,
        "Both modes are equally good, and on either one q misses half of the posterior: the gap is slightly more than"
        " log 2 = 0.69 nats. A wide q across both modes has a far larger gap, because KL(q ‖ p(z|x)) is large if q has mass"
        " where the posterior has almost none.",
        "f(z) = z² is the same for z and −z.",
        by_hand=True,
    ),
    Challenge(
        "share", "Two digits, one code",
        "A is the best q of a 4. Give this 9 the same q: KL(q ‖ A) at most 1 nat, and a gap of at most 2 nats.",
        {"digit": "9", "example": "17", "q": "encoder", **_A_FOUR}, _one_code,
        "Two images of different classes can share a q if the decoder makes of it something between the two. With only two"
        " latents there is little room, and classes overlap.",
        f"A is drawn in the close-up: {_NUMBERS_OF_A}. Drag ● there, or type these numbers."
        " For two variances, change σ² in each dimension.",
        by_hand=True,
    ),
    Challenge(
        "collapse", "Collapse through β", "Raise β until the best q has a KL of at most 0.2 nats.",
        {"q": "best", "sigma_x": "0.5"}, _collapsed,
        "Only the product β·σₓ² decides which q is best. If it is large enough, no latent dimension improves reconstruction"
        " by more than its KL costs, and the best q is the prior: posterior collapse.",
        "β is among the settings. Keep “best\u00a0q” selected.",
        free=frozenset({"β"}),
    ),
    Challenge(
        "positive", "A positive log p(x)", "Make log p(x) larger than 0. Moving q does not help.",
        {"model": "number", "x": "3", "sigma_x": "0.5", "q": "best"}, _positive,
        "log p(x) depends on the model, not on q: only w, b and σₓ change it. It is the log of a density, which may be"
        " larger than 1, so a positive log p(x) is no mistake.",
        "Make the model predict x, with little noise: change b, w and σₓ.",
        free=frozenset({"w", "b", "σₓ"}),
    ),
)  # fmt: skip
"""All challenges."""

BY_KEY = {challenge.key: challenge for challenge in CHALLENGES}
