"""The table of a training log in nats, and sentences about what its numbers show."""

import html
from collections import Counter
from functools import lru_cache

from pages.parts.loss.digits import three_digits
from pages.parts.loss.logged_terms import Finding, NatsPerImage, findings, in_nats
from pages.parts.loss.training_log import read_log
from pages.parts.web.number_text import minus
from vaecore.losses.form import LossForm

EXAMPLE = "epoch 1 recon 43.10 kl 4.91\nepoch 2 recon 36.52 kl 6.08\nepoch 3 recon 33.97 kl 6.44"
LONGEST = 100_000
_MOST_ROWS, _MOST_LINES, _MOST_READINGS = 200, 6, 3

_log = lru_cache(maxsize=32)(read_log)  # a long one takes a while, and a form is tried with many settings

Reading = tuple[tuple[NatsPerImage, ...], tuple[str, ...], tuple[str, ...]]


@lru_cache(maxsize=32)
def reading(text: str, form: LossForm, run: str = "") -> Reading:
    """The lines of a run in nats, a sentence for each finding, and one for each line that could not be read."""
    log = _log(text, run)
    rows = tuple(in_nats(terms, form) for terms in log.terms)
    return rows, tuple(_with_lines(finding) for finding in findings(log.terms, form)), log.unread


def runs(text: str) -> tuple[tuple[str, ...], str]:
    """The names of the runs that a log tells apart, and which of them is read unless another one is asked for."""
    log = _log(text, "")
    return log.runs, log.run


@lru_cache(maxsize=32)
def understood(text: str, run: str = "") -> str:
    """Markdown: which names were taken for which term, and how many lines each reading covers."""
    counts = Counter(terms.names for terms in _log(text, run).terms)
    said = []
    for (data, kl, total), count in counts.most_common(_MOST_READINGS):
        if not data:
            said.append(f"two numbers, the data term and then KL{_in_lines(count)}")
            continue
        loss = f", the loss is “{total}”" if total else ""
        said.append(f"the data term is “{data}”, KL is “{kl}”{loss}{_in_lines(count)}")
    more = len(counts) - len(said)
    return _plain("Read: " + "; ".join(said) + (f"; and {more} other forms" if more > 0 else "") + ".") if said else ""


def _in_lines(count: int) -> str:
    return f" ({count} line{'s' * (count != 1)})"


def table(rows: tuple[NatsPerImage, ...]) -> str:
    """HTML: the terms of every line in nats per image; the last ones if there are many."""
    columns = [
        ("line", [str(row.line) for row in rows]),
        ("squared error", [_cell(row.squares) for row in rows]),
        ("−reconstruction", [_cell(row.minus_reconstruction) for row in rows]),
        ("KL", [_cell(row.kl) for row in rows]),
        ("ELBO", [_cell(row.elbo) for row in rows]),
        ("best σₓ²", ["" if row.best_noise_variance is None else three_digits(row.best_noise_variance) for row in rows]),
        ("ELBO with it", [_cell(row.best_elbo) for row in rows]),
    ]
    columns = [(name, cells) for name, cells in columns if any(cells)]
    head = "".join(f'<th scope="col">{name}</th>' for name, _ in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{cells[i]}</td>' for _, cells in columns)}</tr>"
        for i in range(max(0, len(rows) - _MOST_ROWS), len(rows))
    )
    left_out = f", the last {_MOST_ROWS} of {len(rows)} lines" if len(rows) > _MOST_ROWS else ""
    caption = f"In nats per image (squared error: per image){left_out}"
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="Your log in nats"><table class="models log">'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def shortened(sentences: tuple[str, ...]) -> str:
    """Markdown: the first sentences, and how many more there are. Quoted text is escaped."""
    shown = [_plain(sentence) for sentence in sentences[:_MOST_LINES]]
    more = len(sentences) - len(shown)
    return "\n\n".join([*shown, *([f"And {more} more line{'s' * (more != 1)}."] if more else [])])


def _with_lines(finding: Finding) -> str:
    lines = [str(line) for line in finding.lines]
    where = "Line" if len(lines) == 1 else "Lines"
    listed = (
        ", ".join(lines)
        if len(lines) <= _MOST_LINES
        else f"{', '.join(lines[:_MOST_LINES])} and {len(lines) - _MOST_LINES} more"
    )
    return f"{where} {listed}: {finding.sentence}"


def _cell(number: float | None) -> str:
    return "" if number is None else html.escape(minus(number, 2))


def _plain(sentence: str) -> str:
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+-.!|~$:" else letter for letter in sentence)
