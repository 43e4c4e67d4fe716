"""What is printed adds up: within one q, from one q to another, and in the parts of what is lost."""

import random
import re
from typing import Any

from playwright.sync_api import Page

from pages.parts.web.assets import ADDRESS
from pages.parts.web.number_text import printed_gap

FRONT = f"{ADDRESS}/tradeoff/front"
STATES = 4000

PRINT = """async ([address, states]) => {
    const { printed, printedLoss } = await import(`${address}/printed.js`);
    const { sentence } = await import(`${address}/numbers.js`);
    const q = (terms) => ({ ...terms, elbo: terms.reconstruction - terms.kl, mean: [0], equal: true });
    return states.map(({ fixed, before, now, likelihood }) => ({
        header: [before, now].map((terms) => printed(fixed, terms, 2)),
        said: sentence(fixed, { ...q(before), scale: 1 }, { ...q(now), scale: 2 }),
        loss: printedLoss(fixed, now, likelihood, 2) }));
}"""


def random_state(rng: random.Random) -> dict[str, Any]:
    """Two q's of one image, near the posterior or far from it."""
    evidence = rng.uniform(-200, 900)
    best = evidence + rng.expovariate(0.1)

    def terms() -> dict[str, float]:
        gap, kl = rng.choice([0.0, rng.expovariate(100), rng.expovariate(0.05)]), rng.expovariate(0.1)
        return {"reconstruction": evidence - gap + kl, "kl": kl}

    now = terms()
    best = max(best, now["reconstruction"])
    likelihood = min(now["reconstruction"] + rng.choice([rng.uniform(-2, 2), rng.expovariate(0.02), 0.0]), best)
    fixed = {"evidence": evidence, "bestReconstruction": best, "unit": "nats"}
    return {"fixed": fixed, "before": terms(), "now": now, "likelihood": likelihood}


def cents(text: str) -> int:
    """A number with two digits, in hundredths."""
    return round(100 * float(text.replace("−", "-")))


def test_header_sentence_and_parts_of_the_loss_add_up_as_they_are_printed(scripts: Page) -> None:
    rng = random.Random(13)
    states = [random_state(rng) for _ in range(STATES)]
    for state, answer in zip(states, scripts.evaluate(PRINT, [FRONT, states]), strict=True):
        before, now = ({name: cents(text) for name, text in q.items()} for q in answer["header"])
        assert now["evidence"] == now["reconstruction"] - now["kl"] + now["gap"]
        assert now["elbo"] == now["reconstruction"] - now["kl"]
        assert now["gap"] == round(100 * printed_gap(state["fixed"]["evidence"], **state["now"])), "challenges say it too"
        assert now["lost"] + now["kl"] == now["floor"] + now["gap"] == now["cost"]
        words = re.findall(r"(reconstruction|KL|ELBO) (rose|fell) by (\d+\.\d+)", answer["said"])
        changes = {name.lower(): cents(size) * (1 if way == "rose" else -1) for name, way, size in words}
        assert changes == {name: now[name] - before[name] for name in ("reconstruction", "kl", "elbo")}, answer["said"]
        error, spread = (round(100 * answer["loss"][part]) for part in ("error", "spread"))
        assert error + spread == now["lost"], answer
        assert error >= 0
        assert abs(answer["loss"]["error"] - (state["fixed"]["bestReconstruction"] - state["likelihood"])) <= 0.0101
        assert abs(answer["loss"]["spread"] - (state["likelihood"] - state["now"]["reconstruction"])) <= 0.0251


ADD = """async ([address, pairs]) => {
    const { addingUp } = await import(`${address}/printed.js`);
    return pairs.map((pair) => addingUp(pair, 2)); }"""


def test_slopes_add_up_to_a_sum_that_is_rounded_from_its_own_value(scripts: Page) -> None:
    rng = random.Random(7)
    pairs = []
    for _ in range(STATES):
        first = rng.gauss(0, 10 ** rng.uniform(-3, 2))
        pairs.append([first, rng.choice([-first, -first + rng.gauss(0, 0.004), rng.gauss(0, 10)])])
    for pair, found in zip(pairs, scripts.evaluate(ADD, [FRONT, pairs]), strict=True):
        one, other, total = (round(100 * value) for value in found)
        assert one + other == total
        assert abs(total / 100 - sum(pair)) <= 0.005001, "at the best q it is 0"
        assert max(abs(printed - value) for printed, value in zip(found, pair, strict=False)) <= 0.0101
