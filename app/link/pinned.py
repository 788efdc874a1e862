"""The pin of a relay: the certificate that a bench was paired with, or one that it vouches for, and no other."""

import asyncio
import hashlib

import aiohttp


class Pin(aiohttp.Fingerprint):
    """Lets pass the pinned certificate and those that the same relay made later; what their names say is not asked."""

    def check(self, transport: asyncio.Transport) -> None:
        """Look at what the other side has shown. Raises ServerFingerprintMismatch."""
        tls = transport.get_extra_info("ssl_object")
        if tls is None:
            return
        shown = tls.getpeercert(binary_form=True) or b""
        if not keeps(shown, self.fingerprint.hex()):
            host, port, *_ = transport.get_extra_info("peername")
            raise aiohttp.ServerFingerprintMismatch(
                self.fingerprint, bytes.fromhex(newcomer_pin(shown)), host, port
            )


def keeps(shown: bytes, pin: str) -> bool:
    """Tell whether a certificate (DER) is the pinned one, or one that its relay made later."""
    if hashlib.sha256(shown).hexdigest() == pin.lower():
        return True
    # What reads certificates takes a while to load; a bench that is pinned to this very one never needs it.
    from relay.contract.vouching import keeps_pin

    return keeps_pin(shown, pin)


def newcomer_pin(shown: bytes) -> str:
    """Return what whoever meets this certificate (DER) for the first time would pin."""
    from relay.contract.vouching import pin_of

    return pin_of(shown)
