"""The check number of a certificate: 16 digits that two people can compare, and that nobody can forge in time.

Sixteen digits are 53 bits, too few for a plain hash: somebody between bench and relay could try keys until both ends
show the same. So the digits come from scrypt (RFC 7914), of which a graphics card does some thousands a second: to find
a second certificate with the same number takes 10^16 of them, which is ten thousands of years on one card.
"""

import hashlib
from functools import lru_cache

DIGITS = 16
_SALT = b"benchcast certificate check"
_COST = 2**14
_BLOCK = 8


@lru_cache(maxsize=64)
def check_number(fingerprint: str) -> str:
    """Return the number of a certificate, by its SHA-256 in hex, as `1234 5678 9012 3456`. Takes about 50 ms.

    Raises ValueError if that is no fingerprint.
    """
    digest = bytes.fromhex(fingerprint)
    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError("a SHA-256 has 32 bytes")
    hashed = hashlib.scrypt(digest, salt=_SALT, n=_COST, r=_BLOCK, p=1, dklen=32)
    digits = f"{int.from_bytes(hashed, 'big') % 10**DIGITS:0{DIGITS}}"
    return " ".join(digits[at : at + 4] for at in range(0, DIGITS, 4))


def same_number(one: str, other: str) -> bool:
    """Compare two numbers however they were typed: only the digits count, and there must be all of them."""
    digits = "".join(filter(str.isdecimal, one))
    return len(digits) == DIGITS and digits == "".join(filter(str.isdecimal, other))
