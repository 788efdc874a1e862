"""The secrets of an offer: long for links, short for people; both survive scanners, Caps Lock and being read aloud."""

import secrets

from relay.contract.pairing import CROCKFORD, tidy_secret
from relay.identity.keys import Keys

# 26 letters of 5 bits are 130 bits; 8 are 40, which stand ten minutes of limited guesses.
TOKEN_LETTERS = 26
CODE_LETTERS = 8


def make_token() -> str:
    """Make the secret that a link carries."""
    return _letters(TOKEN_LETTERS)


def make_code() -> str:
    """Make the code that a person reads and types: `XXXX-XXXX`."""
    letters = _letters(CODE_LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


def keyed_hash(keys: Keys, secret: str) -> bytes:
    """Hash a token or code, however it was typed. Keyed, because 40 bits alone could be searched from a stolen file."""
    return keys.derive("pairing secret", tidy_secret(secret).encode("utf-8", "replace"))


def _letters(count: int) -> str:
    return "".join(secrets.choice(CROCKFORD) for _ in range(count))
