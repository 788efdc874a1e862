"""Says what a scanned or typed text means: an order, a document of it, a control, a pairing link, or nothing of ours.

Asked in this order: a control barcode, a pairing link, the site's own rules, GS1 element strings (whose customer
order number, AI 400, is an order also without a rule), and then the text is an order as it stands.
"""

import re
from dataclasses import dataclass
from typing import Literal, assert_never
from urllib.parse import urlsplit

from app.scan.gs1 import GROUP_SEPARATOR, SYMBOLOGIES, BadElements, Elements, read_elements
from app.scan.hangul import to_keys
from app.scan.rule_table import RuleSays, RuleSaysAction, RuleSaysOrder, RuleTable, RuleTooSlow
from relay.contract.controls import Control, ControlVerb, read_control
from relay.contract.names import OrderId

LONGEST_ORDER = 100  # names.ORDER_ID_PATTERN
LONGEST_LINK = 4000
ORDER_IDENTIFIER = "400"

# ISO/IEC 15424: `]`, the symbology's letter, a modifier; in front of the data if the scanner is set to tell
# it.
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_DOCUMENT = re.compile(r"^(?P<order>.*\S)\s*\+[dD](?P<number>[1-9][0-9]{0,2})$")
# Scanners frame with STX/ETX, CR, LF, Tab or the group separator, as they are set.
_FRAME = re.compile(r"^[\s\x00-\x1f\x7f-\x9f]+|[\s\x00-\x1f\x7f-\x9f]+$")
_IDENTIFIER = re.compile(r"^\x1d?[0-9]{2}")
# Half a surrogate pair is no character either; some keyboards' drivers send one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

UnknownReason = Literal[
    "empty",
    "too_long",
    "control_characters",
    "gs1_invalid",
    "gs1_no_order",
    "rule_too_slow",
    "torn",
    "display",
]


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
class Ignored:
    """A rule says that this is nothing to act on."""


@dataclass(frozen=True)
class Unknown:
    """Nothing of ours, and why; `detail` is what was read, or which part is wrong."""

    reason: UnknownReason
    detail: str = ""


Meaning = Order | PairingLinkScanned | Control | Ignored | Unknown

_NO_RULES = RuleTable()


def read(
    text: str, *, typed: bool = False, table: RuleTable = _NO_RULES, group_separator: str = ""
) -> Meaning:
    """Say what `text` means. Scans through a Korean keyboard are repaired; what a human `typed` stays.

    `group_separator` is what this bench's scanners send in place of GS1's group separator, if anything.
    """
    plain = _FRAME.sub("", text)
    symbology = ""
    if not typed:
        plain = to_keys(plain)
        if _AIM.match(plain):
            symbology, plain = plain[:3], _FRAME.sub("", plain[3:])
    if not plain:
        return Unknown("empty")
    if (control := read_control(plain)) is not None:
        return control
    if is_pairing_link(plain):
        return PairingLinkScanned(plain) if len(plain) <= LONGEST_LINK else Unknown("too_long")
    elements, bad = _elements(plain, symbology, group_separator)
    if (says := table.read(plain, elements)) is not None:
        return _follow(says)
    if elements is not None:
        order = elements.get(ORDER_IDENTIFIER)
        return _order(order) if order else Unknown("gs1_no_order", str(elements))
    if bad is not None:
        return Unknown("gs1_invalid", bad)
    return _order(plain)


def is_pairing_link(text: str) -> bool:
    """Tell whether a text pairs a bench."""
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


def is_ours(text: str, known_prefixes: tuple[str, ...]) -> bool:
    """Tell whether a text is ours beyond doubt: a control, a pairing link, or one that begins as orders do here."""
    plain = _FRAME.sub("", _AIM.sub("", _FRAME.sub("", text)))
    if read_control(plain) is not None or (known_prefixes and plain.startswith(known_prefixes)):
        return True
    # Its beginning alone survives many layouts; the sign in front of the token does not.
    return is_pairing_link(plain) and ("#" in plain or plain.lower().startswith("benchcast:"))


def _elements(plain: str, symbology: str, group_separator: str) -> tuple[Elements | None, str | None]:
    """Read GS1 where the scanner says that it is: the elements, or what is wrong with them, or neither."""
    separated = plain.replace(group_separator, GROUP_SEPARATOR) if group_separator else plain
    says_so = symbology in SYMBOLOGIES
    # Every identifier begins with two digits; scanners are set to claim GS1 for plain Code 128, too.
    if not _IDENTIFIER.match(separated) or not (says_so or GROUP_SEPARATOR in separated):
        return None, None
    try:
        return read_elements(separated), None
    except BadElements as error:
        # Without the scanner's word, a sign that merely looks like a separator makes nothing GS1.
        return None, str(error) if says_so or GROUP_SEPARATOR in plain else None


def _follow(says: RuleSays) -> Meaning:
    match says:
        case RuleSaysOrder(_, order, number):
            return _order(order, number)
        case RuleSaysAction(_, "ignore", _):
            return Ignored()
        case RuleSaysAction(_, action, display):
            return _act(action, display)
        case RuleTooSlow(rule):
            return Unknown("rule_too_slow", str(rule))
        case _:
            assert_never(says)


def _act(verb: ControlVerb | Literal["ignore"], display: int | None) -> Meaning:
    if verb == "ignore":
        return Ignored()
    if verb == "display":
        return Control(verb, display) if display else Unknown("display")
    return Control(verb)


def _order(text: str, number: int | None = None) -> Order | Unknown:
    if not text:
        return Unknown("empty")
    if _CONTROL.search(text):
        return Unknown("control_characters")
    named = _DOCUMENT.match(text) if number is None else None
    order, number = (named["order"], int(named["number"])) if named else (text, number)
    if len(order) > LONGEST_ORDER:
        return Unknown("too_long")
    return Order(OrderId(order), number)
