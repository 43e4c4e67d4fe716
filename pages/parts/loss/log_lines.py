"""The names and numbers of one line, in the order in which they stand. Every character is looked at once.

recon: 27.4, kl=6.2   |   KL divergence (nats): 6.2   |   {'kl': np.float64(6.2)}   |   kl: tensor(6.2, device='cuda:0')
"""

import re
from dataclasses import dataclass

from pages.parts.loss.log_numbers import Comma, read_number
from pages.parts.loss.log_objects import MOST_PAIRS, Pair, json_pairs

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
    "decimal",
}
_VALUES = {"nan", "inf", "infinity"}
_BETWEEN = set("""=:"')]}~≈→>*`│┃|""")  # what may stand between a name and its number
_UNITS = {"nats", "nat"}
_OTHER_UNITS = {"bits", "bit", "bpd", "bpp", "db", "million", "thousand"}  # the number is not one of nats
_TIMES = set("*·×")
_OPENED_BY = {")": "(", "]": "["}
_SETS = {"train", "training", "val", "valid", "validation", "test", "eval", "nats", "sum", "mean", "avg", "epoch", "step"}
_LONGEST_FORMULA = 24  # tokens of KL(q(z|x) ‖ p(z))
_AND = set("/-–—→")  # between two numbers, of which neither is meant alone: a range, a change, training / validation
_ALIKE = str.maketrans({"：": ":", "＝": "=", "，": ",", "（": "(", "）": ")", "‐": "-", "‑": "-", "∣": "|"})
_PAIR_IN_BRACKETS = re.compile(r"""\((['"])([^'"()]{1,80})\1, """)  # ('recon', 27.4), as OrderedDict prints it
_LIKELIHOOD = re.compile(r"(?P<minus>[-−] ?)?log ?p(?:_[^\W\d]{1,9})?\(x ?\| ?z\)")
_MOST_WORDS = 5


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def plain(line: str) -> str:
    """The line without colours, control characters and TensorFlow's wrapping of scalars, in plain punctuation."""
    line = _TENSOR.sub(r"\1", _COLOURS.sub("", line)).translate(_ALIKE).replace("->", "→")
    line = _PAIR_IN_BRACKETS.sub(r"\1\2\1: ", line)
    return _LIKELIHOOD.sub(lambda found: "nll" if found["minus"] else "logpxz", line).strip()


def pairs_in(line: str, comma: Comma = Comma.UNKNOWN) -> list[Pair]:
    """Every number of a line that has a name, with its name."""
    if line.startswith(("{", "[{")):
        from_json = json_pairs(line)
        if from_json is not None:
            return from_json
    tokens = _tokens(line)
    found: list[Pair] = []
    for i, token in enumerate(tokens):
        if token.kind != "number" or len(found) >= MOST_PAIRS:
            continue
        name = _name_before(tokens, i) or _name_in_brackets_after(tokens, i)
        if name:
            whole = _stands_alone(tokens, i) and not _has_other_unit(tokens, i)
            found.append(Pair(name, token.text, read_number(token.text, comma) if whole else None))
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
        if kind == "number" and text[-1] in "'’":  # a closing quote, not a thousands separator
            tokens += [_Token(kind, text[:-1]), _Token("other", text[-1])]
            continue
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
    if words and i >= 0 and tokens[i].text in ("-", "−") and tokens[i + 1].kind == "word" and _opens(tokens, i):
        words.append("neg")  # -kl
    if words and i > 0 and tokens[i].text in _TIMES and tokens[i - 1].kind != "other":
        words.append("weighted")  # beta*kl, 0.5 * kl
    return " ".join(reversed(words))


def _opens(tokens: list[_Token], i: int) -> bool:
    """Whether nothing that a dash could divide from what follows stands before a token."""
    return i == 0 or (
        tokens[i - 1].text in ("[", "(", ",", ";", "|")
        or (tokens[i - 1].kind == "space" and i > 1 and tokens[i - 2].text in ",;|+=")
    )


def _name_in_brackets_after(tokens: list[_Token], i: int) -> str:
    """The words in brackets behind a number that has no name before it: 33.6 = 27.4 (recon) + 6.2 (kl)."""
    inside = [token for token in tokens[i + 1 : i + 2 + 2 * _MOST_WORDS] if token.kind != "space"]
    texts = [token.text for token in inside]
    if not inside or texts[0] != "(" or ")" not in texts:
        return ""
    words = inside[1 : texts.index(")")]
    return " ".join(word.text for word in words) if all(word.kind == "word" for word in words) else ""


def _before_separators(tokens: list[_Token], i: int) -> int:
    """The last token of the name: before separators, wrappers such as np.float64( and a unit in brackets."""
    seen_equals = False
    while i >= 0:
        token = tokens[i]
        if token.text in "([" and i > 0 and tokens[i - 1].kind == "word" and _is_wrapper(tokens[i - 1].text):
            i -= 2
        elif (
            token.text in ("[", "(") and i > 0 and (tokens[i - 1].text in ("(", ":", "=", "[") or _follows_colon(tokens, i))
        ):
            i -= 1
        elif token.text in _OPENED_BY and not seen_equals and _opening(tokens, i) is not None:
            i = _opening(tokens, i) or 0
            i -= 1
        elif token.kind == "space" or token.text in _BETWEEN:
            seen_equals = seen_equals and token.kind == "space"
            i -= 1
        else:
            break
    return i


def _follows_colon(tokens: list[_Token], i: int) -> bool:
    """Whether a bracket stands behind a name, a colon or an equals sign, and a space."""
    return i > 1 and tokens[i - 1].kind == "space" and tokens[i - 2].text in (":", "=")


def _opening(tokens: list[_Token], closing: int) -> int | None:
    """Where the bracket of a unit or a formula opens, some tokens back."""
    own, open_too = _OPENED_BY[tokens[closing].text], 0
    for i in range(closing - 1, max(closing - _LONGEST_FORMULA, 0), -1):
        if tokens[i].text == own and not open_too:
            return i if own == "(" or all(token.text.lower() in _SETS for token in tokens[i + 1 : closing]) else None
        if tokens[i].kind == "number" or re.match(r"x\d", tokens[i].text):
            return None
        open_too += (tokens[i].text == tokens[closing].text) - (tokens[i].text == own)
    return None


def _has_other_unit(tokens: list[_Token], i: int) -> bool:
    """Whether a unit other than nats stands between the name and the number: recon (bits): 39.5."""
    between = tokens[max(_before_separators(tokens, i - 1), i - _LONGEST_FORMULA) + 1 : i]
    return any(token.kind == "word" and _OTHER_UNITS & set(token.text.lower().split("/")) for token in between)


def _is_wrapper(word: str) -> bool:
    return word.rsplit(".", 1)[-1].lower() in _WRAPPERS


def _stands_alone(tokens: list[_Token], i: int) -> bool:
    """Whether nothing is attached to the number that changes what it says, and it is not the first of several."""
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    rest = [token for token in tokens[i + 1 : i + 5] if token.kind != "space"]
    if len(rest) > 1 and rest[0].text in _AND and rest[1].kind == "number":
        return False
    if i > 1 and tokens[i - 1].text in _TIMES and tokens[i - 2].kind == "word":  # kl*0.1: 0.62
        return False
    if len(rest) > 1 and rest[0].text in _TIMES and rest[1].kind == "number":
        return False
    if len(rest) > 1 and rest[0].text == "(" and re.match(r"[x×*]\d?", rest[1].text):  # (x1e-3)
        return False
    if after is None:
        return True
    if after.kind == "space":
        return not _goes_on(tokens, i)
    if after.kind == "word":
        return after.text.lower().rstrip(".") in _UNITS
    if after.text in "/:×·^*%٫" and i + 2 < len(tokens) and tokens[i + 2].kind in ("number", "word", "other"):
        return after.text == ":" and tokens[i + 2].kind != "number"
    if after.text == "%" or (not after.text.isascii() and after.text not in "│┃|—–’”±"):
        return False
    return not (after.text == "," and _is_list(tokens, i))


def _goes_on(tokens: list[_Token], i: int) -> bool:
    """Whether what follows after a space belongs to the number: a unit other than nats, or another group of three digits."""
    rest = tokens[i + 2 : i + 5]
    if not rest:
        return False
    if rest[0].kind == "word":
        named = any(token.kind == "number" or token.text in (":", "=") for token in rest[1:])
        power = re.fullmatch(r"[eE]\d{1,3}", rest[0].text) is not None
        return power or (rest[0].text.lower() in _OTHER_UNITS and not named)
    if rest[0].kind != "number":
        return False
    grouped = len(tokens[i].text.lstrip("+-−")) <= 3 and re.fullmatch(r"\d{3}(?:[.,]\d{1,12})?", rest[0].text) is not None
    return tokens[i].text.lstrip("+-−").isdigit() and (grouped or len(tokens[i].text) > 9)


def _is_list(tokens: list[_Token], i: int) -> bool:
    """Whether the number is followed by another one in the same square brackets."""
    opened = i > 0 and tokens[i - 1].text == "["
    rest = [token for token in tokens[i + 2 : i + 4] if token.kind != "space"]
    return opened and bool(rest) and rest[0].kind == "number"
