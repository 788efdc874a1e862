"""When the guide of the first start is shown, what its choices do, and where it goes on after a restart.

It comes by itself only to a bench that was started for the first time and is not paired; an installation that has
lived before never sees it, unless somebody opens it from the settings.
"""

import msgspec

from app.bridge import spawn
from app.stage.status import Facts, LinkState
from app.windows.scanner_test import ScannerSource, ScannerTest
from app.windows.wizard import STEPS, Wizard, WizardActions
from app.wiring.pairing import Pairing
from app.wiring.workplace import Workplace
from relay.contract.names import DisplayId
from relay.contract.wording import Wording


class Guide:
    """Opens the wizard in the bench window, and keeps it true while it is open."""

    def __init__(
        self,
        workplace: Workplace,
        pairing: Pairing,
        scanners: ScannerSource,
    ) -> None:
        """Look whether this is the first start, before anything of this bench is written down."""
        self._workplace = workplace
        self._pairing = pairing
        self._scanners = scanners
        self._wizard: Wizard | None = None
        self._is_new = not (workplace.settings.data / "inbox.sqlite").exists()
        workplace.status.listen(self._facts_changed)

    async def begin(self) -> None:
        """Open it if this bench is new, or was left in the middle of it."""
        await self._pairing.started.wait()
        choices, settings = self._workplace.choices, self._workplace.settings
        is_unpaired = self._workplace.status.facts.link is LinkState.UNPAIRED
        was_left = choices.guide_step is not None and not choices.guide_done
        if settings.pair is None and ((self._is_new and is_unpaired and not choices.guide_done) or was_left):
            self.show(choices.guide_step or STEPS[0])

    def show(self, step: str = STEPS[0]) -> None:
        """Open it, at this step."""
        workplace = self._workplace
        workplace.window.come_forward()
        if self._wizard is not None:
            return
        wording = Wording(workplace.language)
        actions = WizardActions(
            language=workplace.window.switch_language,
            display=self._choose_display,
            identify=self._identify,
            at_step=self._at_step,
            close=self._close,
        )
        self._wizard = Wizard(
            wording,
            actions,
            pairing=workplace.window.pairing,
            scanner_test=ScannerTest(self._scanners, wording),
            step=step,
        )
        workplace.window.open_wizard(self._wizard)
        self._facts_changed(workplace.status.facts)
        self.monitors_changed()

    def monitors_changed(self) -> None:
        """Show the monitors as they are now."""
        if self._wizard is not None:
            settings = self._workplace.current_settings()
            self._wizard.show_monitors(
                self._workplace.station.displays(),
                settings.default_display_index,
                is_locked=settings.is_locked("default_display_index"),
            )

    def _facts_changed(self, facts: Facts) -> None:
        if self._wizard is None:
            return
        credentials = self._workplace.line.credentials
        is_paired = facts.link is not LinkState.UNPAIRED and facts.screen_id is not None
        relay = credentials.relay.name if credentials is not None else ""
        self._wizard.show_paired(facts.screen_id if is_paired else None, relay)

    def _choose_display(self, display_id: DisplayId) -> None:
        displays = self._workplace.station.displays()
        index = next((each.index for each in displays if each.display_id == display_id), None)
        if index is not None:
            choices = msgspec.structs.replace(self._workplace.choices, default_display_index=index)
            self._workplace.choose(choices)
            self._workplace.director.seating.default_display_index = index

    def _identify(self) -> None:
        spawn(self._workplace.station.identify(), "identify")

    def _at_step(self, step: str) -> None:
        self._workplace.choose(msgspec.structs.replace(self._workplace.choices, guide_step=step))

    def _close(self) -> None:
        wizard, self._wizard = self._wizard, None
        if wizard is None:
            return
        self._workplace.choose(msgspec.structs.replace(self._workplace.choices, guide_done=True))
        self._workplace.window.close_wizard()
        wizard.deleteLater()
