"""From a command of the relay to what can be seen, and from what can be seen to the bench window and the relay."""

from collections.abc import Callable
from pathlib import Path

from app.bridge import now_ms
from app.stage.director import Director
from app.stage.displays import CannotShow
from app.stage.status import Facts, LinkState
from app.wiring.island import IslandMode
from app.wiring.steering import SteeringHere
from app.wiring.verbs import camera_of, ring_with_sound
from app.wiring.workplace import Workplace
from relay.contract.commands import AnyCommand, DocumentRef
from relay.contract.problems import Code
from relay.contract.reports import PROTOCOL, Outcome, Presence, WindowInfo


class Showing:
    """Performs commands, and tells what is shown now."""

    def __init__(self, workplace: Workplace, *, ended: Callable[[Outcome], None]) -> None:
        """Make the director; `ended` hears every outcome of a command of the relay."""
        self._workplace = workplace
        self._ended = ended
        self.island = IslandMode(workplace, relay_now_ms=self.server_now_ms)
        self.performed: list[Callable[[AnyCommand, Outcome], None]] = []
        self.listeners: list[Callable[[Presence], None]] = []
        # Windows that are to be here, and wait for a monitor since before the start.
        self.waiting: Callable[[], tuple[WindowInfo, ...]] = tuple
        self.director = Director(
            windows=workplace.station,
            fetch=self._fetch,
            default_display_index=workplace.settings.default_display_index,
            presence_changed=self.presence_changed,
            server_now_ms=self.server_now_ms,
            camera=camera_of(workplace),
            language=workplace.language,
        )
        self.steering = SteeringHere(workplace)
        ring_with_sound(workplace)
        workplace.station.listen_to_pages(self.director.aged)
        workplace.station.keep_time(self.server_now_ms)
        workplace.station.connection(workplace.status.facts.link)
        workplace.status.listen(self._facts_changed)

    def server_now_ms(self) -> int:
        """Tell the relay's time in UTC milliseconds, as well as it is known here."""
        link = self._workplace.line.link
        return link.server_now_ms() if link is not None else now_ms()

    async def perform(self, command: AnyCommand) -> Outcome:
        """Perform a command of the relay; tell everybody here how it ended."""
        outcome = await self.director.perform(command)
        self._workplace.status.ended(outcome)
        self._ended(outcome)
        for listener in self.performed:
            listener(command, outcome)
        return outcome

    def describe(self) -> Presence:
        """Describe this workstation as it is now."""
        return Presence(
            app_version=self._workplace.version,
            protocol=PROTOCOL,
            displays=tuple(display.info() for display in self._workplace.station.displays()),
            windows=(*self.director.showing(), *self.waiting()),
        )

    def presence_changed(self) -> None:
        """Tell the bench window and the relay what is true now."""
        presence = self.describe()
        self._workplace.window.show_presence(presence)
        for listener in self.listeners:
            listener(presence)
        if self._workplace.line.link is not None:
            self._workplace.line.link.presence_changed()

    def _facts_changed(self, facts: Facts) -> None:
        self._workplace.station.connection(facts.link)
        if facts.link is LinkState.CONNECTED:
            self._workplace.station.warm_up()

    async def _fetch(self, document: DocumentRef) -> Path:
        library = self._workplace.line.library
        if library is None:
            raise CannotShow(Code.CONNECTION_REFUSED)
        return await library.fetch(document)
