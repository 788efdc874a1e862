"""The bench's credential in use: an access token that is always good, refreshed in one place.

How it works: the access token lives in memory only; the refresh token is kept by the store. One minute before the
access token ends, or when the relay says TOKEN_EXPIRED, it is refreshed. The relay's answer is kept before it is
used. The request carries an `attempt` computed from the refresh token and a secret of this bench, so that an answer
that was lost on the way, or not kept because of a crash, can be asked for again: the relay gives the same one.

What must always hold: there is never more than one refresh under way, nor more than one write of what it brought,
whoever stops waiting for them. A refusal is final: nothing is asked again. What was revoked or left writes nothing.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import structlog

from app.errors import RelayRefused
from app.link.clock import monotonic
from app.link.credential_store import CannotKeep, Credential, CredentialStore
from app.link.relay_http import Nothing, RelayHttp
from relay.contract.identity import Refresh, Tokens
from relay.contract.names import ScreenId
from relay.contract.pairing import RelayAddress
from relay.contract.problems import Code

__all__ = ["AccessToken", "Claimed", "Credential", "Credentials", "Revoked", "attempt_of"]

log = structlog.get_logger()

RENEW_BEFORE_SECONDS = 60.0
# Whoever disconnects a bench is standing before it; a relay that is away then keeps the screen until it is deleted.
GIVE_BACK_SECONDS = 3
_FINAL = {Code.TOKEN_INVALID.value, Code.TOKEN_EXPIRED.value, Code.SCREEN_NOT_FOUND.value}


class Revoked(Exception):
    """The relay no longer takes this credential; only pairing anew helps."""


@dataclass(frozen=True)
class AccessToken:
    """An access token and the monotonic second at which it has to be renewed."""

    text: str
    renew_at: float

    @classmethod
    def issued(cls, text: str, *, asked_at: float, lasts_seconds: float) -> "AccessToken":
        """Hold a token that was asked for at this monotonic second. A short-lived one is renewed later than usual."""
        return cls(text, asked_at + lasts_seconds - min(RENEW_BEFORE_SECONDS, lasts_seconds / 3))


@dataclass(frozen=True)
class Claimed:
    """What pairing brought: the credential to keep, and the first access token."""

    credential: Credential
    access: AccessToken


class Credentials:
    """The one place where this bench's tokens come from."""

    def __init__(
        self,
        credential: Credential,
        store: CredentialStore,
        http: RelayHttp,
        *,
        access: AccessToken | None = None,
    ) -> None:
        """Begin with a credential that is kept already, and the access token if pairing has just brought one."""
        self._credential = credential
        self._store = store
        self._http = http
        self._access = access
        self._refreshing = asyncio.Lock()
        self._keeping = asyncio.Lock()
        self._revoked = False
        self._listeners: list[Callable[[str], None]] = []

    @property
    def screen_id(self) -> ScreenId:
        """Which screen this bench is."""
        return ScreenId(self._credential.screen_id)

    @property
    def relay(self) -> RelayAddress:
        """Which relay this bench belongs to."""
        return self._credential.relay

    @property
    def http(self) -> RelayHttp:
        """The way to the relay for requests."""
        return self._http

    def secrets(self) -> tuple[str, ...]:
        """List the texts that must stand in no log and in no file that leaves this machine."""
        access = (self._access.text,) if self._access is not None else ()
        return (self._credential.refresh_token, self._credential.secret, *access)

    @property
    def seconds_to_renewal(self) -> float:
        """How long until the access token has to be refreshed; 0 when it is time."""
        if self._access is None:
            return 0.0
        return max(0.0, self._access.renew_at - monotonic())

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with every new access token; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def token(self) -> str:
        """Return an access token that is good for a minute at least. Raises Revoked, RelayRefused, RelayUnreachable."""
        async with self._refreshing:
            if self._revoked:
                raise Revoked
            if self.seconds_to_renewal == 0.0:
                await self._refresh()
            assert self._access is not None
            return self._access.text

    def expired(self, token: str) -> None:
        """Hear from the relay that it does not take this access token; a newer one is not touched."""
        if self._access is not None and self._access.text == token:
            self._access = None

    def revoke(self) -> None:
        """Hear from the relay that the credential is gone."""
        self._revoked = True

    async def leave(self) -> None:
        """Be used no more, because another credential takes this one's place: after this nothing is written."""
        self._revoked = True
        async with self._keeping:
            pass

    async def give_back(self) -> None:
        """Tell the relay that this bench gives its credential up. Raises RelayRefused or RelayUnreachable."""
        self._revoked = True
        async with self._refreshing:
            request = Refresh(refresh_token=self._credential.refresh_token)
            patience = timedelta(seconds=GIVE_BACK_SECONDS)
            await self._http.call("POST", "/api/auth/logout", Nothing, body=request, patience=patience)

    async def _refresh(self) -> None:
        credential = self._credential
        request = Refresh(refresh_token=credential.refresh_token, attempt=attempt_of(credential))
        asked_at = monotonic()
        try:
            tokens = await self._http.call("POST", "/api/auth/refresh", Tokens, body=request)
        except RelayRefused as refusal:
            if refusal.problem.code in _FINAL:
                log.warning("The relay no longer takes this bench's credential", code=refusal.problem.code)
                self._revoked = True
                raise Revoked from refusal
            raise
        # Shielded, because a write cannot be called back: the next one would overtake it.
        await asyncio.shield(
            self._keep(msgspec.structs.replace(credential, refresh_token=tokens.refresh_token))
        )
        self._access = AccessToken.issued(
            tokens.access_token, asked_at=asked_at, lasts_seconds=tokens.expires_in
        )
        log.info("The access token was refreshed", lasts_seconds=tokens.expires_in)
        for listener in tuple(self._listeners):
            listener(self._access.text)

    async def _keep(self, renewed: Credential) -> None:
        async with self._keeping:
            if self._revoked:
                raise Revoked
            try:
                await self._store.save(renewed)
            except CannotKeep as error:
                # The old refresh token stays in use: with the same attempt the relay gives the same successor again.
                log.exception(
                    "The new refresh token could not be kept", file=str(error.where), reason=str(error)
                )
            else:
                self._credential = renewed


def attempt_of(credential: Credential) -> str:
    """Compute the attempt that belongs to the refresh token: always the same for the same token."""
    return hmac.new(credential.secret.encode(), credential.refresh_token.encode(), hashlib.sha256).hexdigest()
