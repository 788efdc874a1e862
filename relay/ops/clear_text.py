"""Which other machines the relay asks, or tells, so that the network between can read along; for the doctor.

Addresses that begin with `http:` go in clear text, and a PostgreSQL source may: its driver is content without TLS, and
looks at no certificate. What does not leave this machine counts for nothing. Hosts are named, never whole addresses,
for those may hold a key.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from relay.contract.sources import SourceDraft
from relay.ops.findings import Found
from relay.settings import Settings
from relay.storage import dialect

CLEAR = frozenset({"http", "postgresql"})


def examine_outgoing(settings: Settings, database: Path) -> Found:
    """Look at the receiver of alerts, the collector of traces, and the order sources that are turned on."""
    addresses = [settings.alerts_go_to, settings.otlp_endpoint, *_sources(database)]
    hosts = sorted({host for address in addresses if (host := host_in_clear_text(address))})
    if hosts:
        return Found("outgoing", "warn", "clear", {"hosts": " ".join(hosts)})
    return Found("outgoing", "good", "good" if any(addresses) else "nobody")


def host_in_clear_text(address: str) -> str:
    """Return whom a connection there reaches over a network unencrypted; empty where it does not."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme.partition("+")[0].lower() not in CLEAR or _is_here(host):
        return ""
    return host


def _is_here(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _sources(database: Path) -> Iterator[str]:
    if not database.exists():
        return
    try:
        with closing(dialect.connect_read_only(database)) as connection:
            drafts = [str(row[0]) for row in connection.execute("SELECT draft FROM order_sources").fetchall()]
    except dialect.sqlite.Error:
        return  # damaged, which the doctor tells by itself, or of a relay from before there were sources
    for text in drafts:
        draft = msgspec.json.decode(text, type=SourceDraft)
        if draft.is_enabled and draft.http is not None:
            yield draft.http.url_template
        elif draft.is_enabled and draft.sql is not None:
            yield draft.sql.url
