"""What an admin can set about security: certificates, reverse proxies, and how often somebody may ask."""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.second_factor import SecondFactorDemand


class SecuritySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of `relay.settings.Settings` that is about security; everything has a value that does no harm."""

    # A certificate (PEM, the whole chain) and its key of one's own; read again when the files change.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    # A relay of before had one certificate for ten years, and its benches pin it. True: show one of the relay's own
    # authority from now on, which benches with an app of today accept by that pin, too; older apps have to pair again.
    renew_old_certificate: bool = False
    # Tell browsers to come to this host by https alone, for a year from now (Strict-Transport-Security). `auto`: with a
    # certificate of one's own; one of the relay's own authority would lock out whoever has not installed it.
    hsts: Literal["auto", "on", "off"] = "auto"

    # Whose word about a request's origin is believed (X-Forwarded-*, Forwarded): networks such as 10.0.0.5/32.
    trusted_proxies: tuple[str, ...] = ()
    # Which headers those proxies write; the other kind is anybody's.
    proxy_headers: Literal["x-forwarded", "forwarded"] = "x-forwarded"

    # How many requests a minute of one person or program, of one device, and of one address (a whole plant may sit
    # behind it) are answered: triggers, and uploads.
    triggers_per_minute: Annotated[int, Meta(ge=1)] = 6_000
    triggers_per_minute_of_address: Annotated[int, Meta(ge=1)] = 60_000
    uploads_per_minute: Annotated[int, Meta(ge=1)] = 600
    uploads_per_minute_of_address: Annotated[int, Meta(ge=1)] = 6_000
    # How much, and how often, one person or program may upload in a day; 0: no bound.
    upload_quota_mib: Annotated[int, Meta(ge=0)] = 10_240
    upload_quota_files: Annotated[int, Meta(ge=0)] = 20_000
    # Sign-ins and pairings of one address; one name has `attempts_per_minute`.
    attempts_per_minute_of_address: Annotated[int, Meta(ge=1)] = 300

    # Who has to have a second factor (codes of an authenticator app) beside the password. Whoever has none then is led
    # to set one up, and can do nothing else until it is.
    second_factor: SecondFactorDemand = "optional"

    # So many hours after signing in in a browser a person has to sign in again, whatever they do; and, if not 0, after
    # so many minutes in which they did nothing there. Programs that sign in are not concerned.
    session_hours: Annotated[float, Meta(ge=1, le=24)] = 12.0
    session_idle_minutes: Annotated[int, Meta(ge=0, le=720)] = 0

    # Phones may join a screen by the QR code that it shows, as its guests, for so many hours (a shift).
    guests: bool = True
    guest_hours: Annotated[float, Meta(ge=0.1, le=168)] = 12.0
    guests_per_screen: Annotated[int, Meta(ge=1, le=1_000)] = 50
    # Where phones reach the relay, if not at the first of its addresses: their camera needs a certificate that they
    # trust (resources/docs/phones-and-https.md). Without a path.
    phone_address: Annotated[
        str, Meta(max_length=200, pattern=r"^(https?://[A-Za-z0-9.\[\]:_-]+)?$(?!\n)")
    ] = ""

    # Hosts of web pages may lie in private networks (10/8, 192.168/16, ...) without being named by their address.
    url_private: bool = False

    def __post_init__(self) -> None:
        """Check what belongs together. Raises ValueError."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        for network in self.trusted_proxies:
            ipaddress.ip_network(network, strict=False)

    @property
    def sends_hsts(self) -> bool:
        """Tell whether browsers are told to come by https alone."""
        return self.hsts == "on" or (self.hsts == "auto" and self.tls_certificate is not None)
