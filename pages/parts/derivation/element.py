"""The element of a step: its sliders, its formula and its chart, which the browser updates while a slider moves."""

import json
from dataclasses import asdict
from functools import partial
from typing import Any

import streamlit as st

from pages.parts.derivation.questions import contents, picture, shown
from pages.parts.derivation.steps.formula import with_subscripts
from pages.parts.derivation.steps.step import Content, place_of
from pages.parts.state import link
from pages.parts.web.assets import element

_mount = element(
    "lesson",
    html='<section class="lesson" hidden></section>',
    styles=("front/slider.css", "derivation/front/lesson.css"),
    script="derivation/front/element.js",
    charts=True,
    isolate_styles=False,  # Plotly's own style sheet lives in the document
)


def step_element(number: int, choice: str) -> None:
    """Show a step's sliders, formula and chart; when a slider is released, its value goes into the link."""
    step, key = contents()[number], f"lesson {number}"
    place = place_of(step.sliders, link.of_screen())
    _mount(
        key=key,
        data={
            "task": f"lesson/{number}/task",
            "question": step.question.key,
            "page": _page(step),
            "untouched": all(dict(place)[slider.name] == slider.default for slider in step.sliders),
            "turn": (st.session_state.get(key, {}).get("commit") or {}).get("turn", 0),
            "choice": choice,
            "values": dict(place),
            # As text: what is the same as before is not read again, and Streamlit does not walk through it.
            "declared": _declared(step),
            "picture": picture(number, choice),
            **shown(number, choice, place),
        },
        default={"commit": {}},
        on_commit_change=partial(_commit, number),
    )


def _commit(number: int) -> None:
    """Write the released values into the link, as one entry of the browser's history."""
    commit = st.session_state[f"lesson {number}"]["commit"] or {}
    new = link.of_screen()
    for slider in contents()[number].sliders:
        text = str(commit.get(slider.name, ""))
        if text and not slider.control.error(text):
            new.pop(slider.name, None)
            if float(text) != slider.default:
                new[slider.name] = text
    link.write(new)


def _declared(step: Content) -> str:
    declared: dict[str, Any] = {
        "sliders": [
            {"name": s.name, "label": s.label, "symbol": s.symbol, "low": s.low, "high": s.high, "whole": s.whole}
            for s in step.sliders
        ],
        "quantities": {
            q.name: {"digits": q.digits, "width": q.width, "symbol": q.symbol, "told": q.told} for q in step.quantities
        },
        "colours": step.symbols,
        "presets": [{"label": preset.label, "values": dict(preset.values)} for preset in step.presets],
        "hiddenUntilDone": step.hidden_until_done,
        "hiddenUntilAnswered": step.hidden_until_answered,
        "images": [asdict(image) for image in step.images],
    }
    return json.dumps(declared)


def _page(step: Content) -> str:
    return f"""
<div class="formula" role="group" aria-label="The formula with its current values">{step.formula}</div>
<div class="task">
  <p><span class="tick" aria-hidden="true">○</span> <b class="state">Task:</b> <span class="goal">{step.task}</span></p>
  <p class="seen"><span class="tick" aria-hidden="true">✓</span> <b>Task done:</b> {step.seen}</p>
</div>
<div class="sliders"></div>
<div class="presets" role="group" aria-label="Presets"></div>
<p class="sentence" aria-hidden="true">Move a slider: its effect is described here.</p>
<p class="lock" hidden>Answer the question first, right or wrong: the sliders unlock then.</p>
<p class="unseen" role="status" aria-live="polite"></p>
<p class="refusal" role="alert"></p>
<div class="panel" role="group" aria-label="The chart">
  <p class="legend"></p>
  <div class="stage">
    <div class="chart"><div class="plot"></div><svg class="over" aria-hidden="true"></svg></div>
    <div class="images"></div>
  </div>
  <p class="how">{with_subscripts(step.how)}</p><p class="unseen twin"></p>
</div>
"""
