"""For how long, and for which names, the certificate that the relay serves with is good."""

from pathlib import Path

from cryptography import x509

from relay.ops.authority import FOLDER, LEAF_FILE, CertificateUnreadableError, read_certificate
from relay.ops.certificate import OLD_FILE
from relay.settings import Settings


def shown_path(settings: Settings) -> Path:
    """Say which file holds the certificate that is shown, whether or not it is there yet."""
    if settings.tls_certificate is not None:
        return settings.tls_certificate
    old = settings.data / OLD_FILE
    return old if old.exists() and not settings.renew_old_certificate else settings.data / FOLDER / LEAF_FILE


def expiry_of(settings: Settings) -> int | None:
    """Return when it ends, UTC milliseconds; None without TLS, or when there is none to read."""
    if not settings.uses_tls:
        return None
    try:
        return int(read_certificate(shown_path(settings)).not_valid_after_utc.timestamp() * 1000)
    except CertificateUnreadableError:
        return None


def names_in(certificate: x509.Certificate) -> frozenset[str]:
    """List the host names and addresses that a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    dns = names.get_values_for_type(x509.DNSName)
    addresses = names.get_values_for_type(x509.IPAddress)
    return frozenset({*dns, *(str(address) for address in addresses)})
