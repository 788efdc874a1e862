"""What the settings window is told, and what its changes do: every one holds at once, and is kept."""

import os
from collections.abc import Callable, Coroutine

import msgspec

from app.bridge import spawn
from app.machine.autostart import Autostart
from app.settings import Settings
from app.settings_sources import admins_file
from app.stage.scan_result import Tone
from app.windows.monitor_map import MonitorMap
from app.windows.scanner_test import ScannerSource, ScannerTest
from app.windows.settings_facts import Rule, SettingsActions, SettingsFacts
from app.windows.settings_window import SettingsWindow
from app.wiring.updates import Updates
from app.wiring.workplace import Workplace
from relay.contract.names import DisplayId
from relay.contract.wording import Language, Wording


class SettingsDesk:
    """Opens the settings window, keeps it true while it is open, and does what it asks."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        autostart: Autostart,
        updates: Updates,
        bundle: Callable[[], None],
        wizard: Callable[[], None] | None,
        scanners: ScannerSource,
        speak: Callable[[Language], None],
    ) -> None:
        """Take what the window can open, and this machine's way to start at login."""
        self._workplace = workplace
        self._autostart = autostart
        self._updates = updates
        self._scanners = scanners
        self._test: ScannerTest | None = None
        self._window: SettingsWindow | None = None
        self._map: MonitorMap | None = None
        self._actions = SettingsActions(
            language=speak,
            muted=self._muted,
            volume=self._volume,
            try_sound=lambda: workplace.sound.play(Tone.GOOD),
            display=self._display,
            identify=lambda: _begin(workplace.station.identify(), "identify"),
            screenshots=lambda on: self._choose(screenshots=on),
            update_check=lambda on: self._choose(update_check=on),
            check_now=lambda: _begin(self._check_now(), "update check"),
            starts_at_login=self._starts_at_login,
            wizard=wizard,
            unpair=self._unpair,
            bundle=bundle,
        )

    def show(self) -> None:
        """Open the window."""
        if self._window is None:
            self._map = MonitorMap()
            self._map.chosen.connect(self._on_map)
            self._test = ScannerTest(self._scanners, Wording(self._workplace.language))
            self._window = SettingsWindow(
                self._workplace.language,
                self._facts(),
                self._actions,
                monitor_map=self._map,
                scanner_test=self._test,
            )
        self.refresh()
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def refresh(self) -> None:
        """Show what is true now, if the window is open."""
        if self._window is None:
            return
        facts = self._facts()
        self._window.show_facts(facts)
        if self._map is not None:
            displays = self._workplace.station.displays()
            showing: dict[DisplayId, str] = {}
            for window in self._workplace.director.showing():
                if window.visible and window.display_id is not None:
                    showing[window.display_id] = window.order_id or window.url or window.document_id or ""
            self._map.show_monitors(Wording(self._workplace.language), displays, showing)
            chosen = facts.settings.default_display_index
            self._map.select(next((each.display_id for each in displays if each.index == chosen), None))
            self._map.setEnabled(not facts.settings.is_locked("default_display_index"))

    def speak(self, language: Language) -> None:
        """Use this language from now on."""
        if self._window is not None:
            self._window.speak(language)
            if self._test is not None:
                self._test.speak(Wording(language))
            self.refresh()

    def close(self) -> None:
        """Take the window away."""
        if self._window is not None:
            self._window.close()
            self._window.deleteLater()
            self._window = self._map = self._test = None

    def _facts(self) -> SettingsFacts:
        workplace, facts = self._workplace, self._workplace.status.facts
        settings = workplace.current_settings()
        credentials = workplace.line.credentials
        relay = credentials.relay if credentials is not None else None
        advice = self._updates.advice
        return SettingsFacts(
            settings=settings,
            displays=tuple(display.info() for display in workplace.station.displays()),
            starts_at_login=self._autostart.is_on(),
            link=facts.link,
            screen=facts.screen_id or "",
            relay=f"{relay.name} ({relay.addresses[0]})" if relay is not None else "",
            version=workplace.version,
            newer=(advice.version or "") if advice is not None else "",
            newer_note=advice.note if advice is not None else "",
            admins_file=str(admins_file(os.environ)),
            rules=_rules(settings, Wording(workplace.language)),
        )

    def _choose(self, **choice: object) -> None:
        self._workplace.choose(msgspec.structs.replace(self._workplace.choices, **choice))
        self.refresh()

    def _muted(self, muted: bool) -> None:
        self._workplace.sound.muted = muted
        self._workplace.window.show_sound()
        self._choose(muted=muted)

    def _volume(self, volume: int) -> None:
        self._workplace.sound.volume = volume
        self._choose(volume=volume)
        self._workplace.sound.play(Tone.GOOD)

    def _display(self, index: int | None) -> None:
        self._choose(default_display_index=index)
        self._workplace.director.seating.default_display_index = index

    def _on_map(self, display_id: str) -> None:
        displays = self._workplace.station.displays()
        index = next((each.index for each in displays if each.display_id == display_id), None)
        if index is not None:
            self._display(index)

    def _starts_at_login(self, on: bool) -> None:
        complaint = ""
        try:
            self._autostart.switch(on=on)
        except OSError as error:
            say = Wording(self._workplace.language).say
            complaint = say("desktop.settings.at_login.failed", reason=error.strerror or str(error))
        self.refresh()
        if self._window is not None:
            self._window.complain("at_login", complaint)

    def _unpair(self) -> None:
        self._workplace.window.come_forward()
        self._workplace.window.ask_repair()

    async def _check_now(self) -> None:
        say = Wording(self._workplace.language).say
        answered = await self._updates.ask()
        self.refresh()
        if self._window is None:
            return
        if not answered:
            self._window.complain("version", say("desktop.update.unreachable"))
            return
        self._window.complain("version", "")
        if self._updates.advice is None:
            self._window.general.version.note.setText(say("desktop.update.none"))


def _begin(work: Coroutine[object, object, object], name: str) -> None:
    spawn(work, name)


def _rules(settings: Settings, wording: Wording) -> tuple[Rule, ...]:
    say = wording.say
    missing = str(settings.missing_monitor)
    if missing in {"wait", "primary"}:
        away = Rule(key="missing_monitor", value=f"desktop.settings.missing_monitor.{missing}", is_word=True)
    else:
        number = str(settings.missing_monitor + 1) if isinstance(settings.missing_monitor, int) else missing
        away = Rule(
            key="missing_monitor", value=say("desktop.settings.missing_monitor.other", monitor=number)
        )
    clock = "desktop.settings.on" if settings.island_trusts_clock else "desktop.settings.off"
    return (
        away,
        Rule(key="island_hours", value=str(settings.island_hours)),
        Rule(key="island_trusts_clock", value=clock, is_word=True),
        Rule(key="library_mib", value=str(settings.library_bytes // (1024 * 1024))),
        Rule(key="library_days", value=str(settings.library_days)),
        Rule(key="history_days", value=str(settings.history_days)),
        Rule(key="watchdog_seconds", value=str(settings.watchdog_seconds)),
        Rule(key="keyring", value=f"desktop.settings.keyring.{settings.keyring}", is_word=True),
        Rule(key="log_level", value=settings.log_level),
        Rule(key="data", value=str(settings.data)),
    )
