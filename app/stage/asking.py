"""What a bench shows while it waits for an admin's approval, and what it asks the person before it: facts, no words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asking:
    """A request is open: the code for people, the page to approve it at, and what the QR says.

    `check` is the number of the certificate that this bench sees; None if it needs no comparing. `is_away` tells that
    the relay does not answer just now, and that we go on asking.
    """

    code: str
    page: str
    qr: str
    check: str | None
    seconds_left: int
    is_away: bool = False


@dataclass(frozen=True)
class Comparing:
    """A person shall compare the number with the one that the admin's relay told."""

    address: str
    check: str


@dataclass(frozen=True)
class FoundRelay:
    """A relay that announces itself on this network: an address that nobody has to type, and nothing more."""

    name: str
    version: str
    addresses: tuple[str, ...]
