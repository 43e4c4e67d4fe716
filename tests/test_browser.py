"""The app as a visitor has it: a fresh server, a real browser, the controls of the bench, every number computed again."""

import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser

import vaecore
from pages.parts.tradeoff.model_titles import TITLES
from tests import oracle_screen
from tests.visiting import TABLE, Contexts, Visit, running_app, running_chromium

Open = Callable[..., Visit]

SIZES = ((1280, 720), (1920, 1080), (390, 844))


def assert_numbers(visit: Visit) -> None:
    """Behind what the page prints is what the core says for the state on the page, to 0.001 nat."""
    printed = visit.numbers()
    for name, value in oracle_screen.at_rest(visit.link() | visit.state()).items():
        assert printed[name] == pytest.approx(value, abs=0.0005 + 1e-6), name


def slide(visit: Visit, key: str, *presses: str) -> None:
    """Press keys on the bench's slider of that name."""
    thumb = visit.page.locator(f'[data-dial="{key}"] input[type=range]')
    for press in presses:
        thumb.press(press)


def choose_model(visit: Visit, name: str) -> None:
    """Pick another model from the list."""
    visit.page.get_by_label("Model", exact=True).select_option(label=TITLES[name])
    visit.wait_for(model=name)


@pytest.mark.parametrize("path", ["", "tradeoff", "numbers"])
def test_every_screen_opens_cold_without_a_complaint_and_without_leaving_the_host(visit: Open, path: str) -> None:
    opened = visit(path, table=path != "numbers")
    opened.page.get_by_text("About the numbers").first.wait_for()
    assert not opened.page.get_by_text("Page not found").is_visible()
    # Below the root, Streamlit tries two addresses of its own before it finds where the server is.
    probes = (f"/{path}/_stcore/health", f"/{path}/_stcore/host-config")
    assert [text for text in opened.complaints if not any(probe in text for probe in probes)] == []
    hosts = (opened.address + "/", opened.address.replace("http", "ws") + "/", "data:", "blob:")
    assert [url for url in opened.requests if not url.startswith(hosts)] == []


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists what a process has loaded")
def test_no_screen_makes_the_server_load_pandas_or_torch(chromium: Browser) -> None:
    """Streamlit loads pandas and pyarrow once it looks for tables in an element's data: 60 MB, and 0.4 s of a visit. Torch,
    140 MB, is loaded by the processes that compute: what they answer holds no tensors.
    """
    with running_app(warm_up=False) as app:
        contexts = Contexts(chromium, app.address)
        challenge = "tradeoff?challenge=tight&model=number&q=prior"
        for screen in ("", challenge, "derivation?step=8", "loss", "quiz", "challenges", "numbers", "sheet"):
            context = contexts.lend()
            Visit.to(chromium, app.address, screen, table=not screen, context=context)
            contexts.give_back(context)
        contexts.close()
        loaded = Path(f"/proc/{app.pid}/maps").read_text()
        computing = [
            Path(f"/proc/{child.pid}/maps").read_text() for child in psutil.Process(app.pid).children(recursive=True)
        ]
    assert "/numpy/" in loaded and not any(name in loaded for name in ("/pandas/", "/pyarrow/", "libtorch"))
    assert computing and all("libtorch" in maps for maps in computing)


@pytest.mark.parametrize(("scheme", "sizes"), [("light", SIZES), ("dark", SIZES[::-1])], ids=["light", "dark"])
def test_nothing_is_wider_than_the_window(visit: Open, scheme: str, sizes: tuple[tuple[int, int], ...]) -> None:
    """Opened on a projector and on a phone, and then as wide as each of the others."""
    opened = visit(size=sizes[0], scheme=scheme)
    for width, height in sizes:
        opened.page.set_viewport_size({"width": width, "height": height})
        opened.page.evaluate("async () => { for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame) }")
        opened.settle()
        widths = opened.page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map(e => e.scrollWidth - e.clientWidth)"
        )
        assert widths == [0, 0], (width, height)
        # On a phone too the digits are there at once, with nothing opened or scrolled.
        digits = opened.page.locator(".digits").bounding_box()
        assert digits is not None and digits["y"] + digits["height"] <= height


def test_another_digit_another_example_another_noise(visit: Open) -> None:
    opened = visit("?digit=2&example=25")
    opened.page.get_by_role("radio", name="digit 2").press("ArrowRight")
    opened.wait_for(digit="3", example="25")
    opened.wait_for_link(digit="3")
    assert_numbers(opened)
    opened.page.get_by_role("button", name="Next example").click()
    opened.wait_for(digit="3", example="1")  # it goes round
    assert_numbers(opened)
    field, refusal = opened.page.get_by_label("Number of the example"), opened.page.locator(".instrument > .refusal")
    field.fill("99")
    field.press("Enter")
    assert refusal.inner_text() == "example must be a whole number from 1 to 25; got 99." and field.input_value() == "1"
    field.fill("2")
    field.press("Enter")
    opened.wait_for(digit="3", example="2")
    opened.wait_for_link(example="2")
    # Two at once: the server may see the second commit alone.
    both = '[data-act="previous"], .units [value=bits]'
    opened.page.eval_on_selector_all(both, "nodes => nodes.forEach((node) => node.click())")
    opened.wait_for(digit="3", example="1", units="bits")
    opened.page.get_by_role("radio", name="nats").check()
    opened.wait_for(digit="3", example="1", units="nats")
    slide(opened, "sigma_x", "ArrowRight")
    opened.page.wait_for_selector(f"{TABLE}[data-sigma_x]")
    opened.settle()
    assert_numbers(opened)
    assert opened.state()["sigma_x"] == opened.link()["sigma_x"]


def test_the_hand_keeps_q_when_the_bench_changes(visit: Open) -> None:
    opened = visit("?q=hand&mean=0.3 -0.2&variance=0.1")
    opened.page.get_by_role("radio", name="digit 3").check()
    opened.wait_for(digit="3", mean="0.3 -0.2", variance="0.1", q="hand")
    assert_numbers(opened)
    opened.press("variance", "all", "ArrowRight")
    opened.let_go()
    assert opened.link()["digit"] == "3"
    opened.page.get_by_role("radio", name="bits").check()
    opened.wait_for(units="bits", mean="0.3 -0.2", variance=opened.link()["variance"])
    assert_numbers(opened)


def test_beta_adds_its_objective_and_says_when_it_is_no_bound(visit: Open) -> None:
    opened = visit()
    row = opened.page.locator(f"{TABLE} tr", has=opened.page.locator('[data-quantity="objective"]'))
    assert not row.is_visible()
    slide(opened, "beta", "ArrowLeft")
    opened.wait_for(beta="0.5")
    opened.wait_for_link(beta="0.5")
    shown = opened.numbers()
    assert shown["objective"] == pytest.approx(shown["reconstruction"] - 0.5 * shown["kl"], abs=1e-9)
    assert "objective, β = 0.5, no bound" in row.inner_text()
    assert_numbers(opened)
    slide(opened, "beta", "ArrowRight", "ArrowRight")
    opened.wait_for(beta="2")
    assert "no bound" not in row.inner_text()
    assert_numbers(opened)


def test_every_model_of_digits_opens_from_the_list_with_the_right_numbers(visit: Open) -> None:
    opened = visit("?model=number")
    ways = {"digits-16": "estimated ±", "digits-2": "accurate to 0.001 nat", "digits-2-binary": "accurate to 0.001 nat"}
    for name in (name for name in vaecore.names() if name.startswith("digits")):
        choose_model(opened, name)
        opened.wait_for_link(model=name) if name != "digits-2" else opened.settle()
        assert_numbers(opened)
        how = opened.page.locator(f'{TABLE} tr:has([data-quantity="elbo"]) .how').inner_text()
        assert how.startswith(ways.get(name, "computed exactly")), name
        choose_model(opened, "number")


def test_sixteen_latents_in_bits_label_every_quantity_with_its_own_accuracy(visit: Open) -> None:
    opened = visit("?model=digits-16&units=bits")
    page = opened.page

    def how(name: str) -> str:
        return page.locator(f'{TABLE} tr:has([data-quantity="{name}"]) .how').inner_text()

    assert how("kl") == page.locator(".panel.latents .how").inner_text() == "computed exactly"
    assert how("reconstruction") == how("elbo")
    assert how("elbo").startswith("estimated ± ")
    assert all(how(name).startswith("≥, lower bound ± ") for name in ("gap", "evidence"))
    legend = page.locator(".panel.latents .legend").inner_text()
    assert all(share in legend for share in ("from μ", "from σ²"))
    bars = page.locator(".panel.books .bars").text_content() or ""
    assert "floor ≤\u00a0" in bars and "gap ≥\u00a0" in bars
    error = how("evidence").removeprefix("≥, lower bound")
    assert re.search(rf"floor ≤\u00a0[\d.]+{re.escape(error)}(?!\d)", page.locator(".tradeoff .costs").text_content() or "")
    assert (page.locator(".panel.books .shares tr").last.text_content() or "").startswith("shape≥\u00a0")


def test_models_change_to_and_fro_and_leave_nothing_behind(visit: Open) -> None:
    opened = visit("?model=humps&q=hand&mean=0.5&variance=0.1&x=2.0&sigma_x=0.5")
    for name in ("digits-16", "number", "digits-2", "humps", "digits-linear-8"):
        choose_model(opened, name)
        assert opened.state()["q"] == ("best" if name in ("humps", "number") else "encoder")
        assert_numbers(opened)
        assert not {"mean", "variance"} & {key for key, text in opened.link().items() if text}
    assert opened.complaints == []


def test_one_number_agrees_with_its_closed_form_while_every_slider_moves(visit: Open) -> None:
    opened = visit("?model=number&q=hand&mean=0.4&variance=0.5&x=1.5&w=1.2&b=0.3&sigma_x=0.8")
    for key in ("w", "b", "x", "sigma_x", "mean", "variance"):
        before = opened.page.get_attribute("[data-quantity=elbo]", "data-value")
        if key in ("mean", "variance"):
            opened.press(key, {"mean": 0, "variance": "all"}[key], "ArrowRight")
            opened.let_go()
        else:
            slide(opened, key, "ArrowRight")
        opened.page.wait_for_function(
            "before => document.querySelector('[data-quantity=elbo]').dataset.value !== before", arg=before, timeout=60_000
        )
        opened.settle()
        link = {"x": "1", "w": "1", "b": "0", "sigma_x": "1"} | opened.link()
        x, w, b, noise = (float(link[name]) for name in ("x", "w", "b", "sigma_x"))
        state = opened.state()
        mean, variance = float(state["mean"]), float(state["variance"])
        # E[(x − wz − b)²] = (x − w·mean − b)² + w²·variance; p(x) = N(b, w² + σₓ²).
        reconstruction = -0.5 * math.log(2 * math.pi * noise**2) - ((x - w * mean - b) ** 2 + w**2 * variance) / (
            2 * noise**2
        )
        kl = 0.5 * (mean**2 + variance - 1 - math.log(variance))
        total = w**2 + noise**2
        evidence = -0.5 * math.log(2 * math.pi * total) - (x - b) ** 2 / (2 * total)
        shown = opened.numbers()
        assert shown["reconstruction"] == pytest.approx(reconstruction, abs=1e-5)
        assert shown["kl"] == pytest.approx(kl, abs=1e-5)
        assert shown["evidence"] == pytest.approx(evidence, abs=1e-5)
        assert shown["gap"] == pytest.approx(evidence - reconstruction + kl, abs=1e-5)
        assert abs(shown["residual"]) < 1e-5


def test_two_humps_agree_with_a_sum_over_z(visit: Open) -> None:
    opened = visit("?model=humps&q=hand&mean=0.7&variance=0.1&x=1&sigma_x=0.5")
    z = np.linspace(-8, 8, 400_001)
    log_joint = -0.5 * math.log(2 * math.pi * 0.25) - (1 - z**2) ** 2 / 0.5 - 0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    shown = opened.numbers()
    assert shown["evidence"] == pytest.approx(math.log(np.exp(log_joint).sum() * (z[1] - z[0])), abs=1e-3)
    # E[(1 − z²)²] under N(m, v), from the moments of a Gaussian.
    m, v = 0.7, 0.1
    squares = 1 - 2 * (m**2 + v) + m**4 + 6 * m**2 * v + 3 * v**2
    assert shown["reconstruction"] == pytest.approx(-0.5 * math.log(2 * math.pi * 0.25) - squares / 0.5, abs=1e-3)


def test_a_bad_link_is_named_replaced_by_defaults_and_all_else_kept(visit: Open) -> None:
    opened = visit("?model=digits-9000&digit=12&sigma_x=nan&beta=2&mean=1 2 3&q=prior&example=4")
    warning = opened.page.locator('[data-testid="stAlert"]').inner_text()
    for name in ("model", "digit", "sigma_x", "mean"):
        assert f"{name} must be" in warning
    state = opened.state()
    assert "sigma_x" not in state
    wanted = {
        "model": "digits-2", "digit": "7", "example": "4", "beta": "2", "mean": "0 0", "variance": "1", "q": "prior",
    }  # fmt: skip
    assert {name: state[name] for name in wanted} == wanted
    assert opened.link() == {"beta": "2", "q": "prior", "example": "4"}
    assert_numbers(opened)
    choose_model(opened, "humps")
    opened.page.locator('[data-testid="stAlert"]').wait_for(state="detached")  # something else has been written since


def test_the_state_is_still_there_after_a_look_at_the_other_screen(visit: Open) -> None:
    opened = visit("?digit=3&beta=2&q=hand&mean=0.3 -0.2&variance=0.1")
    before, state = opened.printed(), opened.state()
    opened.page.get_by_role("link", name="About the numbers").click()
    opened.page.get_by_text("How each number is computed").wait_for()
    opened.page.get_by_role("link", name="Trade-off").click()
    opened.page.wait_for_selector(TABLE)
    opened.settle()
    kept = ("model", "digit", "beta", "q", "mean", "variance")
    assert {name: opened.state()[name] for name in kept} == {name: state[name] for name in kept}
    assert opened.printed() == before
    opened.press("variance", "all", "ArrowRight")
    opened.let_go()
    assert_numbers(opened)


SCREENS = {
    "Derivation": "derivation", "Your loss": "loss", "Quiz": "quiz", "Challenges": "challenges",
    "About the numbers": "numbers",
}  # fmt: skip


def test_back_from_every_screen_and_forward_and_a_reload_show_the_screen_that_the_link_says(visit: Open) -> None:
    opened = visit("?beta=2&q=prior")
    for number, (screen, address) in enumerate(SCREENS.items()):
        was, digit = opened.state()["digit"], str(number)
        opened.page.get_by_role("radio", name=f"digit {digit}").check()
        opened.wait_for(digit=digit, q="prior", beta="2")
        left = opened.page.url
        opened.page.get_by_role("link", name=screen).click()
        opened.page.wait_for_selector(TABLE, state="detached")
        opened.page.wait_for_url(f"**/{address}*")  # the browser's entry comes a little later than the screen
        opened.page.go_back()
        opened.wait_for(digit=digit, q="prior", beta="2")
        assert opened.page.url == left
        assert_numbers(opened)
        opened.page.go_back()
        opened.wait_for(digit=was, q="prior", beta="2")
        opened.page.go_forward()
        opened.wait_for(digit=digit, q="prior", beta="2")
        opened.page.reload()
        opened.wait_for(digit=digit, q="prior", beta="2")
        # The screen as it was left is one entry of the browser's history, whatever opened it.
        opened.page.get_by_role("link", name=screen).click()
        opened.page.wait_for_selector(TABLE, state="detached")
        opened.page.wait_for_url(f"**/{address}*")
        opened.page.get_by_role("link", name="Trade-off").click()
        opened.wait_for(digit=digit, q="prior", beta="2")
        opened.page.go_back()
        opened.page.wait_for_selector(TABLE, state="detached")
        opened.page.get_by_role("link", name="Trade-off").click()
        opened.wait_for(digit=digit, q="prior", beta="2")
    assert opened.complaints == [] or all("_stcore" in text for text in opened.complaints)


def test_without_a_browser_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match="install the package chromium"), running_chromium():
        pass
