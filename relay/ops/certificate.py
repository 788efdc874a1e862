"""The certificate that the relay shows: an admin's own, the one of before, or one of the relay's authority, renewed.

How it works: which of the three it is, is decided at the start (`open_certificate`). `Certificate.look_after` then
looks every few seconds whether the files have changed, and once a minute whether the relay's own one ends within a
month or lacks an address that the machine has by now. A new one goes into the same TLS context, so the next handshake
shows it, and connections that stand are left alone.

What must always hold: what pinned benches pin survives (relay.contract.vouching), and files that do not fit are left
aside with a word in the log while the certificate of before goes on.
"""

import asyncio
import hashlib
import os
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from cryptography.hazmat.primitives import serialization

from relay.clock import Clock, SystemClock
from relay.ops.addresses import EVERYWHERE, lan_addresses
from relay.ops.authority import (
    AUTHORITY_FILE,
    FOLDER,
    LEAF_FILE,
    LEAF_KEY_FILE,
    Authority,
    CertificateUnreadableError,
    read_certificate,
    utc_of,
)
from relay.settings import Settings

__all__ = [
    "Certificate",
    "CertificateUnreadableError",
    "authority_file",
    "fingerprint_of",
    "open_certificate",
]

log = structlog.get_logger()

# What a relay made before it had an authority of its own, or what an admin put there.
OLD_FILE, OLD_KEY_FILE = "certificate.pem", "certificate.key"
LOOK_SECONDS = 5.0
LOOKS_PER_RENEWAL = 12


@dataclass(slots=True)
class Certificate:
    """A certificate and its key, on disk.

    `fingerprint` is what a bench pins (SHA-256 of DER, lower-case hex); None where the authorities that its system
    knows are to vouch. `authority_path` is the file that phones may trust, if the authority is the relay's.
    """

    path: Path
    key_path: Path
    fingerprint: str | None
    authority_path: Path | None = None
    _settings: Settings = field(default_factory=Settings, repr=False, compare=False)
    _clock: Clock = field(default_factory=SystemClock, repr=False, compare=False)
    _context: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
    _served: tuple[float, ...] = field(default=(), repr=False, compare=False)

    def context(self) -> ssl.SSLContext:
        """Return what a server needs to serve TLS 1.2 and newer with it. Raises CertificateUnreadableError."""
        self._served = self._stamps()
        self._context = self._fresh()
        return self._context

    async def look_after(self) -> None:
        """Renew the relay's own certificate when it is due, and serve files that have changed; for ever."""
        while True:
            for _ in range(LOOKS_PER_RENEWAL):
                await asyncio.sleep(LOOK_SECONDS)
                await asyncio.to_thread(self.reload)
            await asyncio.to_thread(self.renew)

    def renew(self) -> bool:
        """Sign a new certificate if the one that is shown ends soon or lacks an address, and serve it."""
        if self.authority_path is None:
            return False
        try:
            if not _renewed(self._settings, self._clock):
                return False
        except (OSError, CertificateUnreadableError) as error:
            log.warning("The relay's certificate could not be renewed", reason=str(error))
            return False
        log.info("The relay's certificate is renewed")
        return self.reload()

    def reload(self) -> bool:
        """Serve what is in the files now, if they have changed and fit; tell whether anything new is served."""
        stamps = self._stamps()
        if self._context is None or stamps == self._served:
            return False
        self._served = stamps
        try:
            self._fresh()
            self._context.load_cert_chain(self.path, self.key_path)
        except (CertificateUnreadableError, ssl.SSLError, OSError) as error:
            log.warning("The changed certificate does not fit; the old one goes on", reason=str(error))
            return False
        log.info("Another certificate is shown from now on", file=self.path.name)
        return True

    def _fresh(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.path, self.key_path)
        except (ssl.SSLError, OSError) as error:
            raise CertificateUnreadableError(f"{self.key_path}: {error}") from error
        return context

    def _stamps(self) -> tuple[float, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in (self.path, self.key_path))
        except OSError:
            return self._served  # being replaced; the next look sees it


def open_certificate(settings: Settings, clock: Clock | None = None) -> Certificate:
    """Return the certificate to show, making the relay's authority and its first one when they are missing.

    Raises CertificateUnreadableError.
    """
    clock = clock or SystemClock()
    if settings.tls_certificate is not None and settings.tls_key is not None:
        shown = read_certificate(settings.tls_certificate)
        # Whoever signed it for itself is known to no system; of all others, that is the benches' systems' business.
        pin = fingerprint_of(settings.tls_certificate) if shown.issuer == shown.subject else None
        return Certificate(settings.tls_certificate, settings.tls_key, pin)
    try:
        old = settings.data / OLD_FILE, settings.data / OLD_KEY_FILE
        if old[0].exists() and not settings.renew_old_certificate:
            _keep_secret(old[1])
            return Certificate(*old, fingerprint_of(old[0]))
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _renewed(settings, clock)
        folder = settings.data / FOLDER
        _keep_secret(folder / LEAF_KEY_FILE)
        authority = folder / AUTHORITY_FILE
        return Certificate(
            folder / LEAF_FILE,
            folder / LEAF_KEY_FILE,
            fingerprint_of(authority),
            authority,
            _settings=settings,
            _clock=clock,
        )
    except OSError as error:
        raise CertificateUnreadableError(f"{settings.data}: {error}") from error


def authority_file(settings: Settings) -> Path | None:
    """Return the file of the authority that has signed what the relay shows; None if it is not the relay's own."""
    is_old = (settings.data / OLD_FILE).exists() and not settings.renew_old_certificate
    if settings.tls_certificate is not None or not settings.uses_tls or is_old:
        return None
    return settings.data / FOLDER / AUTHORITY_FILE


def fingerprint_of(path: Path) -> str:
    """Return the SHA-256 of the (first) certificate in a PEM file. Raises CertificateUnreadableError."""
    certificate = read_certificate(path)
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def _renewed(settings: Settings, clock: Clock) -> bool:
    folder, now, names = settings.data / FOLDER, utc_of(clock.now_ms()), _names_of(settings)
    old = settings.data / OLD_FILE, settings.data / OLD_KEY_FILE
    authority = Authority.open(folder, now, old=old if old[0].exists() else None)
    if not authority.must_sign(folder, names, now):
        return False
    authority.sign(folder, names, now)
    return True


def _keep_secret(key_path: Path) -> None:
    if os.name == "posix":
        key_path.chmod(0o600)


def _names_of(settings: Settings) -> list[str]:
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), *lan_addresses(with_ipv6=True)]
    if settings.host not in EVERYWHERE:
        names.append(settings.host)
    names.extend(host for url in settings.addresses if (host := urlsplit(url).hostname))
    return list(dict.fromkeys(name for name in names if name))
