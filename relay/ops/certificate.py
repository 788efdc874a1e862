"""The relay's certificate: its own, made when missing, and believed because pairing carries its fingerprint."""

import hashlib
import ipaddress
import os
import secrets
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relay.clock import Clock, SystemClock
from relay.ops.addresses import EVERYWHERE, lan_addresses
from relay.settings import Settings

CERTIFICATE_FILE = "certificate.pem"
KEY_FILE = "certificate.key"
# From a year ago, because the clock of a bench may be wrong.
VALID_BEFORE = timedelta(days=365)
VALID_AFTER = timedelta(days=3650)


class CertificateUnreadableError(Exception):
    """The certificate or its key is damaged, or they do not belong together; the message names the file."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, on disk. `fingerprint` is the SHA-256 of its DER form, in lower-case hex."""

    path: Path
    key_path: Path
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """Return what a server needs to serve TLS 1.2 and newer with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.path, self.key_path)
        except (ssl.SSLError, OSError) as error:
            raise CertificateUnreadableError(f"{self.key_path}: {error}") from error
        return context


def open_certificate(settings: Settings, clock: Clock | None = None) -> Certificate:
    """Return the certificate of a data directory, making it for this machine's names when it is missing.

    An admin may put one of their own in its place. Raises CertificateUnreadableError.
    """
    path, key_path = settings.data / CERTIFICATE_FILE, settings.data / KEY_FILE
    try:
        if not path.exists():
            settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make(path, key_path, _names_of(settings), clock or SystemClock())
        if os.name == "posix":
            key_path.chmod(0o600)
    except OSError as error:
        raise CertificateUnreadableError(f"{path}: {error}") from error
    return Certificate(path, key_path, fingerprint_of(path))


def fingerprint_of(path: Path) -> str:
    """Return the SHA-256 of the (first) certificate in a PEM file. Raises CertificateUnreadableError."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateUnreadableError(f"{path}: {error}") from error
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def _names_of(settings: Settings) -> list[str]:
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), *lan_addresses(with_ipv6=True)]
    if settings.host not in EVERYWHERE:
        names.append(settings.host)
    names.extend(host for url in settings.addresses if (host := urlsplit(url).hostname))
    return list(dict.fromkeys(name for name in names if name))


def _make(path: Path, key_path: Path, names: Sequence[str], clock: Clock) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.fromtimestamp(clock.now_ms() // 1000, UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Benchcast relay")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_BEFORE)
        .not_valid_after(now + VALID_AFTER)
        .add_extension(
            x509.SubjectAlternativeName([general for name in names if (general := _general_name(name))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    no_password = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    # The key goes first: a crash in between leaves no certificate, and both are made again.
    _put(key_path, key.private_bytes(serialization.Encoding.PEM, pkcs8, no_password), 0o600)
    _put(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _general_name(name: str) -> x509.GeneralName | None:
    """Return the form in which a certificate states a name; None for a host name that no certificate can state."""
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    with suppress(ValueError):
        return x509.DNSName(name.encode("idna").decode("ascii"))
    return None


def _put(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
