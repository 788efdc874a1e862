"""Which certificate a bench pins, and how one that came later proves to it that the same relay stands behind it.

How it works: a relay renews its certificate every year, and a pin that was compared by a person must outlive that. So
every certificate that a relay makes carries, in an extension that is not critical, the certificates that vouch for it:
its authority's, and the one that an older relay was pinned by. A pin is kept if it is the SHA-256 of the certificate
that is shown, or of one of those, and that one's key has signed the shown one.

What must never happen: that a voucher is believed without its signature. Dates are not asked, as with any pinned
certificate, because the clock of a bench may be wrong.
"""

import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Of this project: a random UUID in the arc that Microsoft keeps for such. DER certificates, one behind the other.
VOUCHERS = x509.ObjectIdentifier("1.2.840.113556.1.8000.2554.43996.12507.2957.58598.38810.11010996.6741075")
# The same UUID as X.667 writes it: one number of 128 bits, at which programs written in Go (Prometheus, Caddy, Grafana)
# give up the whole certificate. It is read, for the sake of what was signed with it, and signed no more.
_OLD_VOUCHERS = x509.ObjectIdentifier("2.25.228441283498302716850731917236471520339")
LARGEST = 8192


def vouchers_extension(certificates: Sequence[x509.Certificate]) -> x509.UnrecognizedExtension:
    """Return what a certificate carries so that pins of these are kept; their own key has to sign it."""
    content = b"".join(each.public_bytes(serialization.Encoding.DER) for each in certificates)
    return x509.UnrecognizedExtension(VOUCHERS, content)


def carries_vouchers(certificate: x509.Certificate) -> bool:
    """Tell whether it carries what vouches for it in a form that every program can read."""
    return any(each.oid == VOUCHERS for each in certificate.extensions)


def pin_of(der: bytes) -> str:
    """Return what a newcomer pins who is shown this: its authority if it proves one, else itself (SHA-256, hex)."""
    proven = _proven(der)
    return proven[0] if proven else hashlib.sha256(der).hexdigest()


def keeps_pin(der: bytes, pin: str) -> bool:
    """Tell whether the certificate that is shown is the pinned one, or proves to be of the pinned one's relay."""
    wanted = pin.lower()
    return hashlib.sha256(der).hexdigest() == wanted or wanted in _proven(der)


def _proven(der: bytes) -> list[str]:
    """List the fingerprints of the certificates that vouch for it and have signed it."""
    try:
        shown = x509.load_der_x509_certificate(der)
        found = [each for each in shown.extensions if each.oid in {VOUCHERS, _OLD_VOUCHERS}]
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return []
    content = found[0].value if found else None
    if not isinstance(content, x509.UnrecognizedExtension) or len(content.value) > LARGEST:
        return []
    return [
        hashlib.sha256(voucher).hexdigest()
        for voucher in _split(content.value)
        if _has_signed(voucher, shown)
    ]


def _split(content: bytes) -> list[bytes]:
    """Take DER certificates apart; each begins with 0x30 0x82 and its length, as all of 256 bytes to 64 KiB do."""
    found: list[bytes] = []
    while len(content) >= 4 and content[:2] == b"\x30\x82":
        length = 4 + int.from_bytes(content[2:4])
        found.append(content[:length])
        content = content[length:]
    return found


def _has_signed(voucher: bytes, shown: x509.Certificate) -> bool:
    try:
        key = x509.load_der_x509_certificate(voucher).public_key()
        algorithm = shown.signature_hash_algorithm
        if not isinstance(key, ec.EllipticCurvePublicKey) or algorithm is None:
            return False
        key.verify(shown.signature, shown.tbs_certificate_bytes, ec.ECDSA(algorithm))
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
