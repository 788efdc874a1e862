"""Says what a scanned or typed text means: an order, a document of it, a pairing link, or nothing of ours."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from app.scan.hangul import to_keys
from relay.contract.names import OrderId

LONGEST_ORDER = 100  # names.ORDER_ID_PATTERN
LONGEST_LINK = 4000

# ISO/IEC 15424: `]`, the symbology's letter, a modifier; in front of the data if the scanner is set to tell
# it.
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_DOCUMENT = re.compile(r"^(?P<order>.*\S)\s*\+[dD](?P<number>[1-9][0-9]{0,2})$")
# Scanners frame with STX/ETX, CR, LF, Tab or the group separator, as they are set.
_FRAME = re.compile(r"^[\s\x00-\x1f\x7f-\x9f]+|[\s\x00-\x1f\x7f-\x9f]+$")
# Half a surrogate pair is no character either; some keyboards' drivers send one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Order:
    """An order, and which of its documents (counted from 1; None: the first)."""

    order_id: OrderId
    document_number: int | None = None


@dataclass(frozen=True)
class PairingLinkScanned:
    """A link that pairs this bench with a relay; `read_link` says whether all its parts are there."""

    link: str


@dataclass(frozen=True)
class Unknown:
    """Nothing of ours, and why."""

    reason: Literal["empty", "too_long", "control_characters"]


def read(text: str, *, typed: bool = False) -> Order | PairingLinkScanned | Unknown:
    """Say what `text` means. Scans through a Korean keyboard are repaired; what a human `typed` stays."""
    plain = _FRAME.sub("", text)
    if not typed:
        plain = _FRAME.sub("", _AIM.sub("", to_keys(plain)))
    if not plain:
        return Unknown("empty")
    if _CONTROL.search(plain):
        return Unknown("control_characters")
    if _is_pairing_link(plain):
        return PairingLinkScanned(plain) if len(plain) <= LONGEST_LINK else Unknown("too_long")
    named = _DOCUMENT.match(plain)
    order, number = (named["order"], int(named["number"])) if named else (plain, None)
    if len(order) > LONGEST_ORDER:
        return Unknown("too_long")
    return Order(OrderId(order), number)


def _is_pairing_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # such as `http://[`
        return False
    match parts.scheme.lower():
        case "benchcast":
            return True
        case "http" | "https":
            return bool(parts.netloc) and parts.path.lower().rstrip("/").endswith("/api/pair")
        case _:
            return False
