"""Judges a link that came from outside: from a web page, a mail or another program, and not from the scanner."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from relay.contract.pairing import NotAPairingLink, read_link

LONGEST = 4000


@dataclass(frozen=True)
class ForeignLink:
    """A link that may be followed; `relay` names whom it would connect this bench with, as a person reads it."""

    link: str
    relay: str


def judge(text: str) -> ForeignLink | None:
    """Return the link if it is a pairing link with nothing hidden in it; None is a refusal.

    Refused are also control characters, and addresses that show another name than the one they lead to
    (`https://relay.factory@elsewhere`).
    """
    link = text.strip()
    if not 0 < len(link) <= LONGEST or not link.isprintable():
        return None
    try:
        read = read_link(link)
        hosts = [urlsplit(address) for address in read.relay.addresses]
        names = [(parts.scheme, parts.username, parts.hostname, parts.port) for parts in hosts]
    except (NotAPairingLink, ValueError):
        return None
    if not names or any(
        scheme not in {"http", "https"} or user or not host for scheme, user, host, _ in names
    ):
        return None
    _, _, host, port = names[0]
    assert host is not None, "judged above"
    bracketed = f"[{host}]" if ":" in host else host
    return ForeignLink(link, f"{bracketed}:{port}" if port else bracketed)
