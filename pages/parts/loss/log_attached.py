"""What stands beside a number of a line and changes what it says: a unit, a factor, another number."""

import re

from pages.parts.loss.log_tokens import Token

_UNITS = {"nats", "nat"}
OTHER_UNITS = {"bits", "bit", "bpd", "bpp", "db", "million", "thousand"}  # the number is not one of nats
TIMES = set("*·×")
_AND = set("/-–—→")  # between two numbers, of which neither is meant alone: a range, a change, training / validation


def following(tokens: list[Token], i: int) -> list[Token]:
    """The next tokens but spaces."""
    return [token for token in tokens[i + 1 : i + 5] if token.kind != "space"]


def stands_alone(tokens: list[Token], i: int) -> bool:
    """Whether nothing is attached to the number that changes what it says, and it is not the first of several."""
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    rest = following(tokens, i)
    if len(rest) > 1 and rest[0].text in _AND and rest[1].kind == "number":
        return False
    if i > 1 and tokens[i - 1].text in TIMES and tokens[i - 2].kind == "word":  # kl*0.1: 0.62
        return False
    if len(rest) > 1 and rest[0].text in TIMES and rest[1].kind == "number":
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


def _goes_on(tokens: list[Token], i: int) -> bool:
    """Whether what follows after a space belongs to the number: a unit other than nats, or another group of three digits."""
    rest = tokens[i + 2 : i + 5]
    if not rest or rest[0].text == "%":
        return bool(rest)
    if rest[0].kind == "word":
        named = any(token.kind == "number" or token.text in (":", "=") for token in rest[1:])
        power = re.fullmatch(r"[eE]\d{1,3}", rest[0].text) is not None
        return power or (rest[0].text.lower() in OTHER_UNITS and not named)
    if rest[0].kind != "number":
        return False
    if len(rest) < 2 or rest[1].kind == "space":
        return True
    grouped = len(tokens[i].text.lstrip("+-−")) <= 3 and re.fullmatch(r"\d{3}(?:[.,]\d{1,12})?", rest[0].text) is not None
    return tokens[i].text.lstrip("+-−").isdigit() and (grouped or len(tokens[i].text) > 9)


def _is_list(tokens: list[Token], i: int) -> bool:
    """Whether the number is followed by another one in the same square brackets."""
    opened = i > 0 and tokens[i - 1].text == "["
    rest = [token for token in tokens[i + 2 : i + 4] if token.kind != "space"]
    return opened and bool(rest) and rest[0].kind == "number"
