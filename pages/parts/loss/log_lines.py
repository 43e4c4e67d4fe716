"""The names and numbers of one line, in the order in which they stand.

recon: 27.4, kl=6.2   |   KL divergence (nats): 6.2   |   {'kl': np.float64(6.2)}   |   kl: tensor(6.2, device='cuda:0')
Recon Loss 3: 27.4    |   Val: recon 30 kl 7 | Train: recon 27.4 kl 6.2
"""

import re
from dataclasses import replace

from pages.parts.loss.log_attached import OTHER_UNITS, TIMES, following, stands_alone
from pages.parts.loss.log_names import HELD_OUT, TRAINING, name_of
from pages.parts.loss.log_numbers import Comma, read_number
from pages.parts.loss.log_objects import COUNTERS, MOST_PAIRS, Pair, json_pairs
from pages.parts.loss.log_tokens import Token, tokens_of

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
_BETWEEN = set("""=:"')]}~≈→>*`│┃|""")  # what may stand between a name and its number
_OPENED_BY = {")": "(", "]": "["}
_SETS = {"train", "training", "val", "valid", "validation", "test", "eval", "nats", "sum", "mean", "avg", "epoch", "step"}
_LONGEST_FORMULA = 24  # tokens of KL(q(z|x) ‖ p(z))
_MOST_WORDS = 5
_BARS = set("|│┃")
_SPEED = re.compile(r"\w{1,20}/s(?:ec|tep)?|s/\w{1,10}")  # 1234.5 samples/sec recon=27.4
_NO_NUMBER = {"none", "null", "n/a", "na", "nil", "undefined"}


def pairs_in(line: str, comma: Comma = Comma.UNKNOWN) -> list[Pair]:
    """Every number of a line that has a name, with its name."""
    if line.startswith(("{", "[{")):
        from_json = json_pairs(line)
        if from_json is not None:
            return from_json
    tokens = tokens_of(line)
    headings = _headings(tokens)
    found: list[tuple[Pair, str]] = []
    for i, token in enumerate(tokens):
        if token.kind != "number" or len(found) >= MOST_PAIRS or _is_index(tokens, i):
            continue
        name, index = _name_before(tokens, i)
        name = name or _name_in_brackets_after(tokens, i)
        if name:
            heading = next((word for start, word in reversed(headings) if start < i), "")
            whole = stands_alone(tokens, i) and not _has_other_unit(tokens, i)
            pair = Pair(f"{heading} {name}".strip(), token.text, read_number(token.text, comma) if whole else None)
            found.append((pair, index))
    return _told_apart(found)


def _told_apart(found: list[tuple[Pair, str]]) -> list[Pair]:
    """The pairs; those whose names differ in their index alone (KL 0: 1.2, KL 1: 5.0) with it. Alone, it is a step."""
    if len(found) == 1:
        return [replace(pair, step=index) for pair, index in found]
    indices: dict[str, set[str]] = {}
    for pair, index in found:
        indices.setdefault(pair.name, set()).add(index)
    return [replace(pair, name=f"{pair.name} {index}") if len(indices[pair.name]) > 1 else pair for pair, index in found]


def _headings(tokens: list[Token]) -> list[tuple[int, str]]:
    """Where a set's name stands alone, before a colon or a bar, in a line that has both kinds of sets."""
    found = [
        (i, token.text)
        for i, token in enumerate(tokens)
        if token.text.lower() in HELD_OUT | TRAINING
        and next((one.text for one in following(tokens, i)), "") in (":", "|", "]")
    ]
    kinds = {word.lower() in HELD_OUT for _, word in found}
    return found if len(kinds) == 2 else []


def _is_index(tokens: list[Token], i: int) -> bool:
    """Whether a whole number stands between a name and its number: Recon Train Loss 3: 27.4."""
    rest = following(tokens, i)
    if tokens[i].kind != "number" or not tokens[i].text.isdigit() or len(rest) < 2 or rest[0].text not in (":", "="):
        return False
    if not _follows_a_word(tokens, i) or _is_a_count(tokens, i):
        return False
    clock = rest[0].text == ":" and rest[1] is tokens[i + 2]
    return not clock and (rest[1].kind == "number" or _is_wrapper(rest[1].text))


def _is_a_count(tokens: list[Token], i: int) -> bool:
    """Whether a whole number counts epochs or steps, and nothing else: epoch 3, not recon loss, epoch 3: 27.4."""
    counter = i - 1 - (i > 0 and tokens[i - 1].kind == "space")
    return counter >= 0 and tokens[counter].text.lower() in COUNTERS and not _follows_a_word(tokens, counter)


def _name_before(tokens: list[Token], number: int) -> tuple[str, str]:
    """The words in front of a number, empty where something else is in between; and the index behind them."""
    i, index = _before_separators(tokens, number - 1), ""
    if i >= 0 and _is_index(tokens, i):
        i, index = i - 1, tokens[i].text
    words: list[str] = []
    start = i
    while i >= 0 and len(words) < _MOST_WORDS:
        token = tokens[i]
        if token.kind == "word" and not _SPEED.fullmatch(token.text) and token.text.lower() not in _NO_NUMBER:
            words.append(token.text)
        elif token.kind != "space" or (words and len(token.text) > 2 and "\t" in token.text):
            break
        i -= 1
    words += [token.text for token in tokens[start + 1 : number] if token.text.lower() in HELD_OUT | TRAINING][: bool(words)]
    if words and i >= 0 and tokens[i].text in ("-", "−") and tokens[i + 1].kind == "word" and _opens(tokens, i):
        words.append("neg")  # -kl
    if words and i > 0 and tokens[i].text in TIMES and tokens[i - 1].kind != "other":
        words.append("weighted")  # beta*kl, 0.5 * kl
    if words and i >= 0 and tokens[i].kind == "number" and tokens[i + 1].kind == "word" and name_of(words[-1]).roles:
        words.append("weighted")  # 0.1kl
    if words and tokens[number].text.isdigit() and start == number - 2 and words[0].lower() in COUNTERS:
        return words[0], ""  # recon at epoch 3
    between = "".join(token.text for token in tokens[start + 1 : number])
    if words and i >= 0 and tokens[i].kind == "number" and _BARS & set(between) and not set(between) & set(":="):
        return "", ""  # 27.4 recon | 6.2 kl: names behind their numbers
    if words and tokens[i].text == "+" and _follows_a_word(tokens, i):
        return "", ""  # recon+kl: the sum of both
    return " ".join(reversed(words)), index


def _follows_a_word(tokens: list[Token], i: int) -> bool:
    before = next((token for token in reversed(tokens[max(i - 2, 0) : i]) if token.kind != "space"), None)
    return before is not None and before.kind == "word"


def _opens(tokens: list[Token], i: int) -> bool:
    """Whether nothing that a dash could divide from what follows stands before a token."""
    return i == 0 or (
        tokens[i - 1].text in ("[", "(", ",", ";", "|")
        or (tokens[i - 1].kind == "space" and i > 1 and (tokens[i - 2].text in ",;|+=" or tokens[i - 2].kind == "number"))
    )


def _name_in_brackets_after(tokens: list[Token], i: int) -> str:
    """The words in brackets behind a number that has no name before it: 33.6 = 27.4 (recon) + 6.2 (kl)."""
    inside = [token for token in tokens[i + 1 : i + 2 + 2 * _MOST_WORDS] if token.kind != "space"]
    texts = [token.text for token in inside]
    if not inside or texts[0] != "(" or ")" not in texts:
        return ""
    words = inside[1 : texts.index(")")]
    return " ".join(word.text for word in words) if all(word.kind == "word" for word in words) else ""


def _before_separators(tokens: list[Token], i: int) -> int:
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


def _follows_colon(tokens: list[Token], i: int) -> bool:
    """Whether a bracket stands behind a name, a colon or an equals sign, and a space."""
    return i > 1 and tokens[i - 1].kind == "space" and tokens[i - 2].text in (":", "=")


def _opening(tokens: list[Token], closing: int) -> int | None:
    """Where the bracket of a unit or a formula opens, some tokens back."""
    own, open_too = _OPENED_BY[tokens[closing].text], 0
    for i in range(closing - 1, max(closing - _LONGEST_FORMULA, 0), -1):
        if tokens[i].text == own and not open_too:
            return i if own == "(" or all(token.text.lower() in _SETS for token in tokens[i + 1 : closing]) else None
        if tokens[i].kind == "number" or re.match(r"x\d", tokens[i].text):
            return None
        open_too += (tokens[i].text == tokens[closing].text) - (tokens[i].text == own)
    return None


def _has_other_unit(tokens: list[Token], i: int) -> bool:
    """Whether a unit other than nats stands between the name and the number: recon (bits): 39.5."""
    between = tokens[max(_before_separators(tokens, i - 1), i - _LONGEST_FORMULA) + 1 : i]
    return any(token.kind == "word" and OTHER_UNITS & set(token.text.lower().split("/")) for token in between)


def _is_wrapper(word: str) -> bool:
    return word.rsplit(".", 1)[-1].lower() in _WRAPPERS
