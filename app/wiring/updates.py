"""Asks the relay, once after connecting and at most twice a day, whether it recommends a newer app; tells it once."""

from collections.abc import Callable

import msgspec

from app.bridge import spawn
from app.link.clock import monotonic
from app.link.update_check import recommended
from app.stage.status import Facts, LinkState
from app.wiring.workplace import Workplace
from relay.contract.app_version import AppAdvice
from relay.contract.wording import Wording

EVERY_SECONDS = 12 * 3600.0


class Updates:
    """Holds the relay's advice. No clock ticks for it: a bench that reconnects asks, a bench that stays need not."""

    def __init__(
        self, workplace: Workplace, *, allowed: Callable[[], bool], tell: Callable[[str, str], None]
    ) -> None:
        """`allowed` is the setting, `tell` says a title and a sentence beside the tray."""
        self._workplace = workplace
        self._allowed = allowed
        self._tell = tell
        self._asked_at: float | None = None
        self.advice: AppAdvice | None = None

    def facts_changed(self, facts: Facts) -> None:
        """Hear how the line stands."""
        if facts.link is not LinkState.CONNECTED or not self._allowed():
            return
        if self._asked_at is None or monotonic() - self._asked_at >= EVERY_SECONDS:
            self._asked_at = monotonic()
            spawn(self._ask_and_tell(), "update check")

    async def ask(self) -> bool:
        """Ask now; False if the relay did not answer."""
        http = self._workplace.line.http
        if http is None:
            return False
        answered, self.advice = await recommended(http, running=self._workplace.version)
        return answered

    async def _ask_and_tell(self) -> None:
        choices = self._workplace.choices
        if not await self.ask() or self.advice is None or self.advice.version == choices.told_version:
            return
        self._workplace.choose(msgspec.structs.replace(choices, told_version=self.advice.version))
        say = Wording(self._workplace.language).say
        newer = say("desktop.update.newer", version=self.advice.version or "", note=self.advice.note)
        self._tell(say("desktop.update.title"), newer.strip())
