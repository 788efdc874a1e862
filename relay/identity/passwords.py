"""Which passwords may be chosen: long enough, not widely known, not one's own name; nothing else is asked.

Twelve characters at least, several spaces in a row counting as one, and 128 at most (OWASP ASVS 4.0.3, 2.1.1 and
2.1.2); any character counts, a list of known passwords, no rules of composition and no expiry (NIST SP 800-63B, rev. 3,
5.1.1.2). `password_length` sets the least. Passwords that were chosen under other rules go on working.
"""

import functools
import re
import unicodedata
from pathlib import Path

from relay.contract.problems import Code
from relay.errors import Refusal

LIST = Path(__file__).resolve().parents[2] / "resources" / "passwords" / "common.txt"
LEAST = 12
MOST = 128
PRODUCT = "benchcast"
# `aaaaaaaa` and `12121212` are on every guesser's list, also where they are on nobody's file.
DIFFERENT_LEAST = 3
# What stands beside known passwords has to be that long, to be worth anything; shorter known ones are not looked for.
ADDED_LEAST = 6
KNOWN_LEAST = 8


_SPACES = re.compile(" {2,}")


def spell(password: str) -> str:
    """Give a password typed on any system the same bytes (RFC 8265, OpaqueString: NFC)."""
    return unicodedata.normalize("NFC", password)


def require_good(password: str, *, name: str, least: int = LEAST, field: str = "password") -> None:
    """Check a password that somebody chooses for the user `name`. Raises VALIDATION_ERROR with the reason."""
    spelt = spell(password)
    if len(spelt) > MOST:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.password_long", most=MOST)
    if len(_SPACES.sub(" ", spelt)) < least:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.password_short", least=least)
    folded = spelt.casefold()
    if _is_known(folded) or len(set(folded)) < DIFFERENT_LEAST:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.password_common")
    letters = _letters(folded)
    if folded == spell(name).casefold() or letters in {_letters(spell(name).casefold()), PRODUCT}:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.password_name")


def _is_known(folded: str) -> bool:
    """Tell whether this is a known password, several of them, or one with little more: `password1234` adds nothing."""
    known, left, start = _known(), len(folded), 0
    while start < len(folded):
        ends = range(len(folded), start + KNOWN_LEAST - 1, -1)
        end = next((each for each in ends if folded[start:each] in known), None)
        left -= 0 if end is None else end - start
        start = start + 1 if end is None else end
    return left < min(ADDED_LEAST, len(folded))


def _letters(text: str) -> str | None:
    """Return the letters alone, which `kim2026!` shares with its owner; None where there are none."""
    return "".join(letter for letter in text if letter.isalpha()) or None


@functools.cache
def _known() -> frozenset[str]:
    lines = LIST.read_text("utf-8").splitlines()
    return frozenset(spell(line).casefold() for line in lines if line and not line.startswith("# "))
