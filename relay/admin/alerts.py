"""Watches for what somebody should be woken for, and says each once when it begins and once when it is over.

How it works: every half minute it looks at everything; what is wrong has a key. A key that is new is an alert; one that
was absent for two looks in a row is over, so that a screen on a bad line does not ring twice a minute. What was said is
kept in a file, so that a restart neither repeats it nor forgets the all-clear.
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import structlog

from relay.admin.exposition import Sources
from relay.contract.wording import Wording
from relay.delivery.purge import count_dead_letters
from relay.errors import StorageUnavailableError
from relay.identity.screens import Screens
from relay.metrics import Recent
from relay.ops.notifier import BACK_OFF_SECONDS, Alert, Message, Notifier, Severity
from relay.settings import Settings
from relay.web.attacks import Attacks

log = structlog.get_logger()

LOOK_SECONDS = 30.0
CALM_LOOKS = 2
# A share of fewer ends than these says nothing.
FEWEST_ENDS = 10
DAY_MS = 24 * 3_600_000
FILE = "alerts.json"


class Book:
    """Which alerts were said and not called off; pure but for its file."""

    def __init__(self, path: Path) -> None:
        """Go on from what the file says; one that cannot be read says nothing."""
        self._path = path
        self._calm: dict[str, int] = {}
        try:
            self._open = msgspec.json.decode(path.read_bytes(), type=dict[str, Alert])
        except (OSError, msgspec.MsgspecError):
            self._open = dict[str, Alert]()

    def compare(self, found: dict[str, Alert], now_ms: int) -> list[Message]:
        """Return what there is to say, given everything that is wrong now."""
        messages = [Message(alert, now_ms) for key, alert in found.items() if key not in self._open]
        for key, alert in list(self._open.items()):
            self._calm[key] = 0 if key in found else self._calm.get(key, 0) + 1
            if self._calm[key] >= CALM_LOOKS:
                messages.append(Message(alert, now_ms, is_over=True))
                del self._open[key], self._calm[key]
        self._open |= {message.alert.key: message.alert for message in messages if not message.is_over}
        if messages:
            self._keep()
        return messages

    def _keep(self) -> None:
        partial = self._path.with_suffix(".partial")
        try:
            partial.write_bytes(msgspec.json.encode(self._open))
            partial.replace(self._path)
        except OSError as error:
            # The disk may be what the alert is about.
            log.warning("What alerts were said could not be kept", reason=str(error))


class Alerts:
    """The watch over one relay."""

    def __init__(
        self,
        sources: Sources,
        recent: Recent,
        screens: Screens,
        settings: Settings,
        attacks: Attacks,
        *,
        back_off: tuple[float, ...] | None = None,
        look_seconds: float | None = None,
    ) -> None:
        """Tell the receiver that the settings name at each look."""
        self._from = sources
        self._recent = recent
        self._screens = screens
        self._settings = settings
        self._attacks = attacks
        self._look_seconds = LOOK_SECONDS if look_seconds is None else look_seconds
        self._book = Book(sources.data / FILE)
        self.notifier = Notifier(
            settings.alerts_go_to,
            settings.alert_format,
            relay=settings.name,
            key=settings.alert_key,
            back_off=back_off or BACK_OFF_SECONDS,
        )

    async def watch_for_ever(self) -> None:
        """Look, and put into the line what there is to say, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._look_seconds)

    @property
    def _wording(self) -> Wording:
        return Wording(self._settings.alert_language)

    def _follow(self) -> None:
        """Tell whoever is to be told now: an admin may have chosen another receiver."""
        settings = self._settings
        self.notifier.go_to(settings.alerts_go_to, settings.alert_format, settings.alert_key)

    async def try_out(self) -> tuple[bool, str]:
        """Send a message that says that it is a trial; tell whether it was taken, and what was heard."""
        self._follow()
        alert = Alert("test", "warning", self._wording.say("alert.test"))
        return await self.notifier.try_out(Message(alert, self._from.clock.now_ms()))

    async def look(self) -> None:
        """Look once, and put into the line what there is to say; nobody is told where nobody is named."""
        self._follow()
        if not self._settings.alerts_go_to:
            return
        found = {
            alert.key: alert
            for alert in [
                *self._machine(),
                *self._under_attack(),
                *await self._deliveries(),
                *await self._offline(),
            ]
        }
        for message in self._book.compare(found, self._from.clock.now_ms()):
            words = message.alert
            if message.is_over:
                summary = self._wording.say("alert.over", summary=words.summary)
                message = Message(Alert(words.key, words.severity, summary), message.at_ms, is_over=True)  # noqa: PLW2901 - the same, worded
            log.warning("An alert is over" if message.is_over else "An alert", alert=words.key)
            self.notifier.tell(message)

    def _machine(self) -> Iterator[Alert]:
        settings = self._settings
        if not self._from.database.writable:
            yield self._alert("database", "critical")
        try:
            usage = shutil.disk_usage(self._from.data)
        except OSError:
            usage = None
        if usage is not None and (share := usage.free / usage.total * 100) < settings.alert_disk_free_percent:
            yield self._alert("disk", "error", percent=f"{share:.0f}", free=f"{usage.free / 1e9:.1f} GB")
        if (ends := self._from.certificate_ends_ms()) is not None and settings.alert_certificate_days:
            days = (ends - self._from.clock.now_ms()) // DAY_MS
            if days < settings.alert_certificate_days:
                yield self._alert("certificate", "error" if days < 3 else "warning", days=days)

    def _under_attack(self) -> Iterator[Alert]:
        for sign in self._attacks.signs():
            # Who tries the most changes while it goes on; of refused calls, each caller is an alert of its own.
            about = f"{sign.what}:{sign.who}" if sign.what == "refused_calls" else sign.what
            minutes = f"{self._settings.alert_attack_minutes:g}"
            words = self._wording.say(
                f"alert.attack.{sign.what}", count=sign.count, who=sign.who, minutes=minutes
            )
            yield Alert(f"attack:{about}", "error", words)

    async def _deliveries(self) -> list[Alert]:
        settings, found = self._settings, list[Alert]()
        now = self._recent.glance(self._from.clock.now_ms(), self._from.live.count)
        span, limit = self._recent.whole(now), settings.alert_error_percent / 100
        if limit and span.shown + span.failed >= FEWEST_ENDS and span.error_rate >= limit:
            found.append(self._alert("error_rate", "error", percent=f"{span.error_rate:.0%}"))
        try:
            dead = await count_dead_letters(self._from.database)
        except StorageUnavailableError:
            return found  # told by `database`
        if settings.alert_dead_letters and dead >= settings.alert_dead_letters:
            found.append(self._alert("dead_letters", "warning", count=dead))
        return found

    async def _offline(self) -> list[Alert]:
        limit_ms = self._settings.alert_offline_minutes * 60_000
        uptime_ms = (self._from.clock.monotonic() - self._from.started) * 1000
        # After a start, screens are given as long to come back as they may be gone.
        if not limit_ms or uptime_ms < limit_ms:
            return []
        try:
            screens = await self._screens.list()
        except StorageUnavailableError:
            return []
        now, found = self._from.clock.now_ms(), list[Alert]()
        for screen in map(self._screens.describe, screens):
            gone_ms = now - (screen.last_seen_at or 0)
            if (
                screen.paired
                and not screen.online
                and screen.last_seen_at is not None
                and gone_ms >= limit_ms
            ):
                name = screen.name or screen.screen_id
                found.append(
                    self._alert(
                        "offline", "warning", about=screen.screen_id, name=name, screenId=screen.screen_id
                    )
                )
        return found

    def _alert(self, kind: str, severity: Severity, about: str = "", **values: str | int) -> Alert:
        key = f"{kind}:{about}" if about else kind
        return Alert(key, severity, self._wording.say(f"alert.{kind}", **values))
