"""The relay's own authority: a certificate for phones to trust, and the short-lived ones that it signs for the relay.

How it works: the authority is made once and kept for twenty years in `tls/` of the data directory; its key may be in
the machine's vault (relay.storage.vault). A relay from before
authorities has a certificate that its benches pin; its key then becomes the authority's, so that what that key signs
keeps those pins (relay.contract.vouching).

What must never happen: a key that others can read, and a new authority where there was one (all benches would be lost).
"""

import ipaddress
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relay.contract.vouching import carries_vouchers, vouchers_extension
from relay.storage.vault import AUTHORITY_KEY, Sealable, VaultShutError, read_secret

FOLDER = "tls"
AUTHORITY_FILE, AUTHORITY_KEY_FILE = "ca.pem", "ca.key"
LEAF_FILE, LEAF_KEY_FILE = "relay.pem", "relay.key"
# From a year ago, because the clock of a bench may be wrong. Phones take certificates of one's own authority for 825
# days at most, first day to last (Apple, HT211025 and HT210176).
VALID_BEFORE = timedelta(days=365)
LEAF_VALID_AFTER = timedelta(days=398)
AUTHORITY_VALID_AFTER = timedelta(days=20 * 365)
RENEW_BEFORE_END = timedelta(days=30)


class CertificateUnreadableError(Exception):
    """The certificate or its key is damaged, or they do not belong together; the message names the file."""


class Authority:
    """Signs the relay's certificates; `voucher` is the certificate that older benches pin, if there is one."""

    def __init__(
        self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, voucher: x509.Certificate | None
    ) -> None:
        """Sign with this key."""
        self.certificate = certificate
        self._key = key
        self._vouchers = (certificate, voucher) if voucher is not None else (certificate,)

    @classmethod
    def open(cls, folder: Path, now: datetime, *, old: tuple[Path, Path] | None = None) -> "Authority":
        """Return the authority of a folder, making it when it is missing. Raises CertificateUnreadableError, OSError.

        `old` are the certificate and key of a relay from before authorities.
        """
        path, key_path = folder / AUTHORITY_FILE, folder / AUTHORITY_KEY_FILE
        voucher, old_key = _old_pair(*old) if old is not None else (None, None)
        kept_key = _key_in_vault(folder)
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = kept_key or old_key or ec.generate_private_key(ec.SECP256R1())
            # The key goes first: a crash in between leaves no certificate, and both are made again.
            if kept_key is None:
                put(key_path, _key_bytes(key), 0o600)
            put(path, _authority(key, now).public_bytes(serialization.Encoding.PEM), 0o644)
        certificate, key = read_certificate(path), kept_key or read_key(key_path)
        if certificate.public_key() != key.public_key():
            raise CertificateUnreadableError(f"{key_path}: not the key of {path.name}")
        if voucher is not None and voucher.public_key() != key.public_key():
            voucher = None  # came after this authority, which cannot keep its pin
        return cls(certificate, key, voucher)

    def must_sign(self, folder: Path, names: Sequence[str], now: datetime) -> bool:
        """Tell whether there is no certificate of ours yet, or it ends soon, lacks a name or what we sign now."""
        try:
            leaf, key = read_certificate(folder / LEAF_FILE), read_key(folder / LEAF_KEY_FILE)
            stated = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (CertificateUnreadableError, x509.ExtensionNotFound):
            return True
        return (
            bool(set(alternative_names(names)) - set(stated))
            or now > leaf.not_valid_after_utc - RENEW_BEFORE_END
            or leaf.public_key() != key.public_key()
            or leaf.issuer != self.certificate.subject
            or not carries_vouchers(leaf)
        )

    def sign(self, folder: Path, names: Sequence[str], now: datetime) -> None:
        """Make a certificate with a new key for these names, and put both into the folder. Raises OSError."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        authority_id = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        leaf = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Benchcast relay")]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - VALID_BEFORE)
            .not_valid_after(now + LEAF_VALID_AFTER)
            .add_extension(alternative_names(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False
            )
            .add_extension(vouchers_extension(self._vouchers), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, self.certificate))
        put(folder / LEAF_KEY_FILE, _key_bytes(key), 0o600)
        put(folder / LEAF_FILE, pem, 0o644)


def read_certificate(path: Path) -> x509.Certificate:
    """Read the (first) certificate of a PEM file. Raises CertificateUnreadableError."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateUnreadableError(f"{path}: {error}") from error


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a key of ours. Raises CertificateUnreadableError."""
    try:
        return _key_of(path.read_bytes(), str(path))
    except OSError as error:
        raise CertificateUnreadableError(f"{path}: {error}") from error


def _key_in_vault(folder: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        content = read_secret(Sealable(AUTHORITY_KEY, folder / AUTHORITY_KEY_FILE), folder.parent)
    except VaultShutError as error:
        raise CertificateUnreadableError(str(error)) from error
    return None if content is None else _key_of(content, AUTHORITY_KEY)


def _key_of(content: bytes, where: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError) as error:
        raise CertificateUnreadableError(f"{where}: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateUnreadableError(f"{where}: no key of an elliptic curve")
    return key


def alternative_names(names: Sequence[str]) -> x509.SubjectAlternativeName:
    """Return the form in which a certificate states these names, without those that none can state."""
    return x509.SubjectAlternativeName([general for name in names if (general := _general_name(name))])


def put(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is there whole or not at all. Raises OSError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


def utc_of(now_ms: int) -> datetime:
    """Return a time as certificates state it: UTC, in whole seconds."""
    return datetime.fromtimestamp(now_ms // 1000, UTC)


def _old_pair(
    path: Path, key_path: Path
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | tuple[None, None]:
    """Return what a relay of before made for itself; nothing if an admin put a certificate of another kind there."""
    with suppress(CertificateUnreadableError):
        certificate, key = read_certificate(path), read_key(key_path)
        if certificate.issuer == certificate.subject and certificate.public_key() == key.public_key():
            return certificate, key
    return None, None


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    # A name of its own, or a phone that trusts two relays would try the wrong one.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Benchcast relay CA {secrets.token_hex(4)}")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_BEFORE)
        .not_valid_after(now + AUTHORITY_VALID_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general_name(name: str) -> x509.GeneralName | None:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    with suppress(ValueError):
        return x509.DNSName(name.encode("idna").decode("ascii"))
    return None
