"""How much one person or program may upload in a day, so that nobody fills the disk alone (ASVS 4.0.3, 12.1.3).

How it works: an upload is counted by the length that it announces, before it is read; one that announces none, by what
came of it, when it is over. The day of each begins with their first upload. It is in memory: a restart forgives.
Pictures that screens take are not counted: they are asked for, and have a store with bounds of its own.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.security_settings import SecuritySettings
from relay.web.handler import Handler

DAY_SECONDS = 24 * 3600.0
MIB = 1024 * 1024
KEPT = 10_000
# Whose upload has not said how long it is.
_UNMEASURED: web.RequestKey[str] = web.RequestKey("unmeasured upload", str)


@dataclass(slots=True)
class _Used:
    begun: float
    size: int = 0
    files: int = 0


class Quota:
    """What was uploaded of late, by person and program."""

    def __init__(self, settings: SecuritySettings, clock: Clock) -> None:
        """Allow what the settings allow when it is asked for."""
        self._settings = settings
        self._clock = clock
        self._used: OrderedDict[str, _Used] = OrderedDict()

    def count(self, request: web.Request, caller: Caller) -> None:
        """Count an upload. Raises UPLOAD_QUOTA_REACHED; then it is not counted."""
        if caller.kind not in {"user", "api"}:
            return
        used, length = self._of(caller.subject), request.content_length
        most, most_files = self._settings.upload_quota_mib * MIB, self._settings.upload_quota_files
        # What announces no length comes as long as anything is left.
        is_full = most and (used.size >= most if length is None else used.size + length > most)
        if is_full or (most_files and used.files >= most_files):
            wait = used.begun + DAY_SECONDS - self._clock.monotonic()
            raise Refusal(
                Code.UPLOAD_QUOTA_REACHED,
                size=self._settings.upload_quota_mib or "∞",
                files=most_files or "∞",
                hours=math.ceil(wait / 3600),
                retryAfterMs=max(1, round(wait * 1000)),
            )
        used.files += 1
        if length is None:
            request[_UNMEASURED] = caller.subject
        else:
            used.size += length

    @property
    def middleware(self) -> Middleware:
        """Return what counts uploads that announced no length."""

        @web.middleware
        async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            finally:
                if (subject := request.get(_UNMEASURED)) is not None:
                    self._of(subject).size += request.content.total_bytes

        return measured

    def _of(self, subject: str) -> _Used:
        now = self._clock.monotonic()
        used = self._used.get(subject)
        if used is None or now - used.begun >= DAY_SECONDS:
            used = self._used[subject] = _Used(now)
        self._used.move_to_end(subject)
        while len(self._used) > KEPT:
            self._used.popitem(last=False)
        return used
