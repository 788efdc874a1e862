"""What the bench window is told and what it tells: facts about scans and pairing, without words and without
pixels.

Windows and main share these. Facts are worded late (wording_of_outcome.py), so that the language can change
at any time.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NewType

from app.stage.island_answer import IslandNot, IslandShown
from app.stage.performed import Performed
from app.stage.tone import Tone
from relay.contract.controls import Control
from relay.contract.problems import Code, Problem
from relay.contract.reports import DeliveryReport

ScanNumber = NewType("ScanNumber", int)


@dataclass(frozen=True)
class Words:
    """What a person reads when something is wrong: what it is, what happened, and what to do next."""

    title: str
    detail: str = ""
    action: str = ""


@dataclass(frozen=True)
class ScanResult:
    """How a scan stands, in words: `headline` the order, `verdict` what became of it; others may be empty."""

    tone: Tone
    headline: str
    verdict: str
    detail: str = ""
    action: str = ""
    # The order is on the screen already: offer to show it again.
    again: bool = False


@dataclass(frozen=True)
class Stopped:
    """No problem came over the wire, but we know its code: such as CONNECTION_REFUSED.

    `values` fill the placeholders of the catalogue's sentences, such as `address` of CONNECTION_REFUSED.
    """

    code: Code
    values: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """The scanned text is nothing of ours; `detail` is the part that is wrong, or what was read."""

    reason: Literal[
        "empty",
        "too_long",
        "control_characters",
        "gs1_invalid",
        "gs1_no_order",
        "rule_too_slow",
        "torn",
        "display",
    ]
    detail: str = ""


@dataclass(frozen=True)
class NotPaired:
    """An order was scanned at a bench that belongs to no relay yet."""


@dataclass(frozen=True)
class AlreadyShown:
    """The order that was scanned is on the screen; `display` counts from 1, None if nobody knows."""

    display: int | None = None


@dataclass(frozen=True)
class ControlAnswer:
    """How a control barcode ended; without `performed` nothing was shown, and it is about the orders to come."""

    control: Control
    performed: Performed | None = None


ScanAnswer = (
    DeliveryReport
    | Problem
    | Stopped
    | Unreadable
    | NotPaired
    | AlreadyShown
    | ControlAnswer
    | IslandShown
    | IslandNot
)


@dataclass(frozen=True)
class PairingWish:
    """What the operator wants to pair with: a link, or an address and a code. Untrimmed, as it was given."""

    link: str | None = None
    address: str | None = None
    code: str | None = None


class PairingStep(StrEnum):
    """What pairing is doing now, in this order."""

    READ = "read"  # the link or the form is understood
    REACH = "reach"  # the relay answers at one of its addresses
    TRUST = "trust"  # its certificate is the pinned one, or vouched for, or compared by a person
    CLAIM = "claim"  # the relay grants the credential
    KEEP = "keep"  # the credential is on this machine
    CONNECT = "connect"  # the line to the relay is open


@dataclass(frozen=True)
class BadLink:
    """The text is no pairing link; `missing` is the part that NotAPairingLink names."""

    missing: Literal["address", "screenId", "token", "code"]


@dataclass(frozen=True)
class NotKept:
    """The credential could not be written: neither to the keyring nor to a file."""

    where: str


@dataclass(frozen=True)
class NumbersDiffer:
    """The person at the bench says that the relay's number is not the one that the admin told."""


PairingFailure = Problem | Stopped | BadLink | NotKept | NotPaired | NumbersDiffer


@dataclass(frozen=True)
class Kept:
    """Where the credential is kept: the system keyring, or a file that only this user can read."""

    where: Literal["keyring", "file"]
    place: str = ""  # the keyring's name or the file's path
