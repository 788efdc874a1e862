"""The secrets of pairing: long for programs, short for people; both survive scanners and Caps Lock."""

import secrets

import msgspec

from relay.contract.pairing import CROCKFORD, Device, tidy_secret
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


def plain(device: Device) -> Device:
    """Take from what a stranger says of itself whatever a terminal or a page would obey instead of show."""
    return msgspec.structs.replace(
        device,
        name=_printable(device.name),
        platform=_printable(device.platform),
        app_version=_printable(device.app_version),
        monitors=tuple(map(_printable, device.monitors)),
    )


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()


def _letters(count: int) -> str:
    return "".join(secrets.choice(CROCKFORD) for _ in range(count))
