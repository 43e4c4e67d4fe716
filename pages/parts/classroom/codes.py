"""What lets a browser into a class: the code, the presenter's secret, and a limit on wrong codes."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable

ALPHABET = "ABCDEFGHJKMNPQRTUVWXYZ"
"""Letters that no other sign is mistaken for, on a screen or when they are read out."""

LENGTH = 6
BURST, PER_SECOND = 300, 5.0
"""Wrong codes that a process of the server answers at once, and how many more in each second after that.

In 90 minutes that is 27,300 of the 113 million codes: one class is found with a probability of 1 in 4,000.
"""

_BROWSER = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_code() -> str:
    """Six letters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(text: object) -> str | None:
    """The code that was typed, in capitals and without spaces; None if it cannot be one."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    code = re.sub(r"[\s-]", "", text).upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def new_secret() -> str:
    """The presenter's right to lead a class, 192 random bits as text."""
    return secrets.token_urlsafe(24)


def hash_of(secret: str) -> str:
    """What is kept of a secret. It is random and long, so that it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: object, kept: str) -> bool:
    """Whether a secret is the one that was hashed."""
    return isinstance(secret, str) and len(secret) <= 100 and hmac.compare_digest(hash_of(secret), kept)


def is_browser(text: object) -> bool:
    """Whether a text can be the random name of a browser: 16 to 64 letters, digits, hyphens and underscores."""
    return isinstance(text, str) and _BROWSER.fullmatch(text) is not None


class WrongCodes:
    """Counts wrong codes for this process of the server.

    Args:
        clock: the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = float(BURST)
        self._at = clock()

    def allowed(self) -> bool:
        """Whether another code may be tried."""
        now = self._clock()
        self._left = min(BURST, self._left + PER_SECOND * (now - self._at))
        self._at = now
        return self._left >= 1

    def count(self) -> None:
        """One more was wrong."""
        self._left -= 1
