"""A line of a log cut into words, numbers and what stands between them. Every character is looked at once."""

import re
from dataclasses import dataclass

_COLOURS = re.compile(r"\x1b\[[0-9;:?]*+[@-~]|\x1b[()][A-Z0-9]|[\x00-\x08\x0e-\x1f\x7f]")
_TENSOR = re.compile(r"<tf\.Tensor:[^<>=]{0,40}=[^<>=]{0,40}=[^<>=]{0,40}=([^<>=,]{1,40})>")
_TOKEN = re.compile(
    r"""(?P<space>\s++)
    |(?P<number>(?<![\w.])[-+−–]?+(?:\d|\.\d)(?:[\d_'’\u202f\u00a0]|[.,](?=\d)|[.](?!\w)|(?<=[\d.])[eE][-+−]?+\d)*+)
    |(?P<word>[^\W\d][\w/.\-]*+)
    |(?P<other>.)""",
    re.VERBOSE,
)
_VALUES = {"nan", "inf", "infinity"}
_ALIKE = str.maketrans({"：": ":", "＝": "=", "，": ",", "（": "(", "）": ")", "‐": "-", "‑": "-", "∣": "|"})
_PAIR_IN_BRACKETS = re.compile(r"""\((['"])([^'"()]{1,80})\1, """)  # ('recon', 27.4), as OrderedDict prints it
_LIKELIHOOD = re.compile(r"(?P<minus>[-−] ?)?log ?p(?:_[^\W\d]{1,9})?\(x ?\| ?z\)")


@dataclass(frozen=True)
class Token:
    """A word, a number, spaces or a single other character."""

    kind: str
    text: str


def plain(line: str) -> str:
    """The line without colours, control characters and TensorFlow's wrapping of scalars, in plain punctuation."""
    line = _TENSOR.sub(r"\1", _COLOURS.sub("", line)).translate(_ALIKE).replace("->", "→")
    line = _PAIR_IN_BRACKETS.sub(r"\1\2\1: ", line)
    return _LIKELIHOOD.sub(lambda found: "nll" if found["minus"] else "logpxz", line).strip()


def number_texts(line: str) -> list[str]:
    """Every number of a line, as it stands."""
    return [token.text for token in tokens_of(line) if token.kind == "number"]


def tokens_of(line: str) -> list[Token]:
    """The tokens of a line, in order."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(line):
        kind, text = match.lastgroup or "other", match.group()
        if kind == "word" and text.lower() in _VALUES:
            kind = "number"
            if tokens and tokens[-1].text in ("-", "+", "−") and (len(tokens) == 1 or tokens[-2].kind in ("space", "other")):
                text = tokens.pop().text + text
        if kind == "number" and text.endswith(".") and "." in text[:-1]:  # the end of a sentence
            text = text[:-1]
        if kind == "number" and text[-1] in "'’":  # a closing quote, not a thousands separator
            tokens += [Token(kind, text[:-1]), Token("other", text[-1])]
            continue
        tokens.append(Token(kind, text))
    return tokens
