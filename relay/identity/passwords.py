"""Which passwords may be chosen: long enough, not widely known, not one's own name; nothing else is asked.

NIST SP 800-63B (rev. 3, 5.1.1.2): eight characters at least, any character counts, a list of known passwords, no
rules of composition and no expiry. Revision 4 asks for 15 where a password is all there is: `password_length` sets it.
"""

import functools
import unicodedata
from pathlib import Path

from relay.contract.problems import Code
from relay.errors import Refusal

LIST = Path(__file__).resolve().parents[2] / "resources" / "passwords" / "common.txt"
LEAST = 8
PRODUCT = "benchcast"
# `aaaaaaaa` and `12121212` are on every guesser's list, also where they are on nobody's file.
DIFFERENT_LEAST = 3


def spell(password: str) -> str:
    """Give a password typed on any system the same bytes (RFC 8265, OpaqueString: NFC)."""
    return unicodedata.normalize("NFC", password)


def require_good(password: str, *, name: str, least: int = LEAST, field: str = "password") -> None:
    """Check a password that somebody chooses for the user `name`. Raises VALIDATION_ERROR with the reason."""
    spelt = spell(password)
    if len(spelt) < least:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.password_short", least=least)
    folded = spelt.casefold()
    if folded in _known() or len(set(folded)) < DIFFERENT_LEAST:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.password_common")
    letters = _letters(folded)
    if folded == spell(name).casefold() or letters in {_letters(spell(name).casefold()), PRODUCT}:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.password_name")


def _letters(text: str) -> str | None:
    """Return the letters alone, which `kim2026!` shares with its owner; None where there are none."""
    return "".join(letter for letter in text if letter.isalpha()) or None


@functools.cache
def _known() -> frozenset[str]:
    lines = LIST.read_text("utf-8").splitlines()
    return frozenset(spell(line).casefold() for line in lines if line and not line.startswith("# "))
