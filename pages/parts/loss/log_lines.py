"""The names and numbers of one line, in the order in which they stand. Every character is looked at once.

recon: 27.4, kl=6.2   |   KL divergence (nats): 6.2   |   {'kl': np.float64(6.2)}   |   kl: tensor(6.2, device='cuda:0')
"""

import json
import re
from dataclasses import dataclass

from pages.parts.loss.log_numbers import Comma, read_number

MOST_PAIRS = 400

_COLOURS = re.compile(r"\x1b\[[0-9;:?]*+[@-~]|\x1b[()][A-Z0-9]|[\x00-\x08\x0e-\x1f\x7f]")
_TENSOR = re.compile(r"<tf\.Tensor:[^<>=]{0,40}=[^<>=]{0,40}=[^<>=]{0,40}=([^<>=,]{1,40})>")
_TOKEN = re.compile(
    r"""(?P<space>\s++)
    |(?P<number>(?<![\w.])[-+−–]?+(?:\d|\.\d)(?:[\d_'’\u202f\u00a0]|[.,](?=\d)|[.](?!\w)|(?<=[\d.])[eE][-+−]?+\d)*+)
    |(?P<word>[^\W\d][\w/.\-]*+)
    |(?P<other>.)""",
    re.VERBOSE,
)
_WRAPPERS = {
    "tensor",
    "array",
    "float",
    "float16",
    "float32",
    "float64",
    "double",
    "item",
    "devicearray",
    "scalar",
    "variable",
}
_VALUES = {"nan", "inf", "infinity"}
_BETWEEN = set("""=:"')]}~≈→>*`│┃|""")  # what may stand between a name and its number
_UNITS = {"nats", "nat"}
_MOST_WORDS = 5


@dataclass(frozen=True)
class Pair:
    """A name and its number."""

    name: str
    text: str  # the number as it stands
    value: float | None  # None where it could not be read whole


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def plain(line: str) -> str:
    """The line without colours, control characters and TensorFlow's wrapping of scalars."""
    return _TENSOR.sub(r"\1", _COLOURS.sub("", line)).strip()


def pairs_in(line: str, comma: Comma = Comma.UNKNOWN) -> list[Pair]:
    """Every number of a line that has a name, with its name."""
    if line.startswith("{"):
        from_json = _json_pairs(line)
        if from_json is not None:
            return from_json
    tokens = _tokens(line)
    found: list[Pair] = []
    for i, token in enumerate(tokens):
        if token.kind != "number" or len(found) >= MOST_PAIRS:
            continue
        name = _name_before(tokens, i)
        if name:
            found.append(Pair(name, token.text, read_number(token.text, comma) if _stands_alone(tokens, i) else None))
    return found


def number_texts(line: str) -> list[str]:
    """Every number of a line, as it stands."""
    return [token.text for token in _tokens(line) if token.kind == "number"]


def _tokens(line: str) -> list[_Token]:
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(line):
        kind, text = match.lastgroup or "other", match.group()
        if kind == "word" and text.lower() in _VALUES:
            kind = "number"
            if tokens and tokens[-1].text in ("-", "+", "−") and (len(tokens) == 1 or tokens[-2].kind in ("space", "other")):
                text = tokens.pop().text + text
        if kind == "number" and text.endswith(".") and "." in text[:-1]:  # the end of a sentence
            text = text[:-1]
        tokens.append(_Token(kind, text))
    return tokens


def _name_before(tokens: list[_Token], i: int) -> str:
    """The words in front of a number; empty where something else is in between."""
    i = _before_separators(tokens, i - 1)
    words: list[str] = []
    while i >= 0 and len(words) < _MOST_WORDS:
        token = tokens[i]
        if token.kind == "word":
            words.append(token.text)
        elif token.kind != "space" or (words and len(token.text) > 2 and "\t" in token.text):
            break
        i -= 1
    return " ".join(reversed(words))


def _before_separators(tokens: list[_Token], i: int) -> int:
    """The last token of the name: before separators, wrappers such as np.float64( and a unit in brackets."""
    seen_equals = False
    while i >= 0:
        token = tokens[i]
        if token.text in "([" and i > 0 and tokens[i - 1].kind == "word" and _is_wrapper(tokens[i - 1].text):
            i -= 2
        elif token.text in ("[", "(") and i > 0 and tokens[i - 1].text in ("(", ":", "=", "["):
            i -= 1
        elif token.text == ")" and not seen_equals and _opening(tokens, i) is not None:
            i = _opening(tokens, i) or 0
            i -= 1
        elif token.kind == "space" or token.text in _BETWEEN:
            seen_equals = seen_equals and token.kind == "space"
            i -= 1
        else:
            break
    return i


def _opening(tokens: list[_Token], closing: int) -> int | None:
    """Where the bracket of a unit or a formula opens, a few tokens back."""
    for i in range(closing - 1, max(closing - 8, 0), -1):
        if tokens[i].text == "(":
            return i
        if tokens[i].kind == "number":
            return None
    return None


def _is_wrapper(word: str) -> bool:
    return word.rsplit(".", 1)[-1].lower() in _WRAPPERS


def _stands_alone(tokens: list[_Token], i: int) -> bool:
    """Whether nothing is attached to the number that changes what it says, and it is not the first of several."""
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if after is None or after.kind == "space":
        return True
    if after.kind == "word":
        return after.text.lower().rstrip(".") in _UNITS
    if after.text in "/:×·^*%٫" and i + 2 < len(tokens) and tokens[i + 2].kind in ("number", "word", "other"):
        return after.text == ":" and tokens[i + 2].kind != "number"
    if after.text == "%" or (not after.text.isascii() and after.text not in "│┃|—–’”±"):
        return False
    return not (after.text == "," and _is_list(tokens, i))


def _is_list(tokens: list[_Token], i: int) -> bool:
    """Whether the number is followed by another one in the same square brackets."""
    opened = i > 0 and tokens[i - 1].text == "["
    rest = [token for token in tokens[i + 2 : i + 4] if token.kind != "space"]
    return opened and bool(rest) and rest[0].kind == "number"


def _json_pairs(line: str) -> list[Pair] | None:
    """Names and numbers of an object of JSON, nested ones with both names; None if it is none."""
    try:
        known = json.loads(line.rstrip(", "))
    except (ValueError, RecursionError):
        return None
    found: list[Pair] = []
    waiting: list[tuple[str, object]] = [("", known)]
    while waiting and len(found) < MOST_PAIRS:
        prefix, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting = [(f"{prefix}/{name}" if prefix else name, inner) for name, inner in value.items()] + waiting
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            text = str(value)[:40]
            number = read_number(text)
            if number is not None or not isinstance(value, str):
                found.append(Pair(prefix, text, number))
    return found
