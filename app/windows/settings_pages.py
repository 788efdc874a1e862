"""The pages of the settings window: which settings stand where, and with what each is changed."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.settings import VOLUMES
from app.windows.setting_row import Segments, SettingRow
from app.windows.settings_facts import Rule, SettingsActions, SettingsFacts
from app.windows.theme import RESOURCES
from relay.contract.wording import LANGUAGES, Language, Wording

_YES_NO = (True, False)
LICENCES = RESOURCES / "docs" / "licences.md"


class Page(QWidget):
    """A column of rows. `show_facts` fills it, `speak` words it."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.rows: list[SettingRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 12, 4)
        self._column.setSpacing(10)
        self._column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._switches: list[tuple[SettingRow, Segments[bool]]] = []

    def add(self, row: SettingRow) -> SettingRow:
        """Put a row below the others."""
        self.rows.append(row)
        self._column.addWidget(row)
        return row

    def switch(self, key: str, on_choose: Callable[[bool], None], name: str | None = None) -> Segments[bool]:
        """Put a setting that is on or off below the others."""
        control = Segments(_YES_NO, on_choose)
        self._switches.append((self.add(SettingRow(key, control, name=name)), control))
        return control

    def speak(self, wording: Wording, facts: SettingsFacts) -> None:
        """Word everything."""
        say = wording.say
        for row, control in self._switches:
            words = {True: say("desktop.settings.on"), False: say("desktop.settings.off")}
            control.speak(say(f"desktop.settings.{row.key}"), words)
        for row in self.rows:
            origin = facts.settings.origin(row.name) if row.name else None
            row.speak(wording, origin, locked=row.name is not None and facts.settings.is_locked(row.name))


class GeneralPage(Page):
    """Language, sound, starting at login, updates."""

    def __init__(self, actions: SettingsActions) -> None:
        """Build it."""
        super().__init__()
        self.languages: Segments[Language] = Segments(LANGUAGES, actions.language)
        self.add(SettingRow("language", self.languages, name="language"))
        self.sound = self.switch("sound", lambda on: actions.muted(not on), "muted")
        volume, row = QWidget(), QHBoxLayout()
        self.volume: Segments[int] = Segments(VOLUMES, actions.volume)
        self.try_sound = QPushButton()
        self.try_sound.clicked.connect(_calling(actions.try_sound))
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.volume)
        row.addWidget(self.try_sound)
        volume.setLayout(row)
        self.add(SettingRow("volume", volume, name="volume"))
        self.at_login = self.switch("at_login", actions.starts_at_login)
        self.updates = self.switch("updates", actions.update_check, "update_check")
        self.check_now = QPushButton()
        self.check_now.clicked.connect(_calling(actions.check_now))
        self.version = self.add(SettingRow("version", self.check_now))

    def speak(self, wording: Wording, facts: SettingsFacts) -> None:
        """Word everything."""
        say, settings = wording.say, facts.settings
        names: dict[Language, str] = {language: say(f"desk.language.{language}") for language in LANGUAGES}
        self.languages.speak(say("desktop.settings.language"), names)
        self.volume.speak(say("desktop.settings.volume"), {volume: f"{volume} %" for volume in VOLUMES})
        self.try_sound.setText(say("desktop.settings.try_sound"))
        self.check_now.setText(say("desktop.settings.check_now"))
        self.check_now.setEnabled(settings.update_check)
        super().speak(wording, facts)
        note = say("desktop.settings.version.is", version=facts.version)
        if facts.newer:
            note = say("desktop.update.newer", version=facts.newer, note=facts.newer_note).strip()
        self.version.note.setText(note)
        self.version.note.show()
        self.languages.hold(wording.language)
        self.sound.hold(not settings.muted)
        self.volume.hold(min(VOLUMES, key=lambda volume: abs(volume - settings.volume)))
        self.at_login.hold(facts.starts_at_login)
        self.updates.hold(settings.update_check)


class MonitorPage(Page):
    """Which monitor shows documents, what happens without it, and whether pictures of it may be taken."""

    def __init__(self, actions: SettingsActions, monitor_map: QWidget | None) -> None:
        """Build it, around the live map of the monitors if there is one."""
        super().__init__()
        if monitor_map is not None:
            monitor_map.setMinimumHeight(240)
            self._column.addWidget(monitor_map)
        self._on_display = actions.display
        self.display = QComboBox()
        self.display.setMinimumWidth(360)
        self.display.activated.connect(self._choose)
        self.add(SettingRow("display", self.display, name="default_display_index"))
        self.identify = QPushButton()
        self.identify.clicked.connect(_calling(actions.identify))
        self.add(SettingRow("identify", self.identify))
        self.screenshots = self.switch("screenshots", actions.screenshots, "screenshots")

    def speak(self, wording: Wording, facts: SettingsFacts) -> None:
        """Word everything."""
        say, chosen = wording.say, facts.settings.default_display_index
        self.display.clear()
        self.display.addItem(say("desktop.settings.display.automatic"), None)
        for display in sorted(facts.displays, key=lambda each: each.index):
            text = say("desktop.settings.display.named", number=display.index + 1, name=display.name)
            self.display.addItem(text, display.index)
        place = self.display.findData(chosen) if chosen is not None else 0
        if place < 0 and chosen is not None:
            self.display.addItem(say("desktop.settings.display.missing", number=chosen + 1), chosen)
            place = self.display.count() - 1
        self.display.setCurrentIndex(place)
        self.display.setAccessibleName(say("desktop.settings.display"))
        self.identify.setText(say("desktop.settings.identify.button"))
        super().speak(wording, facts)
        self.screenshots.hold(facts.settings.screenshots)

    def _choose(self) -> None:
        index: object = self.display.currentData()
        self._on_display(index if isinstance(index, int) else None)


class RelayPage(Page):
    """Which relay this bench belongs to, the way to another one, and what support is given."""

    def __init__(self, actions: SettingsActions) -> None:
        """Build it."""
        super().__init__()
        self.wizard, self.unpair, self.bundle = QPushButton(), QPushButton(), QPushButton()
        self.unpair.clicked.connect(_calling(actions.unpair))
        self.bundle.clicked.connect(_calling(actions.bundle))
        self.relay = self.add(SettingRow("relay", self.unpair))
        if actions.wizard is not None:
            self.wizard.clicked.connect(_calling(actions.wizard))
            self.add(SettingRow("wizard", self.wizard))
        self.add(SettingRow("bundle", self.bundle))

    def speak(self, wording: Wording, facts: SettingsFacts) -> None:
        """Word everything."""
        say = wording.say
        self.wizard.setText(say("desktop.settings.wizard.button"))
        self.unpair.setText(say("desk.repair"))
        self.bundle.setText(say("desktop.menu.bundle"))
        super().speak(wording, facts)
        parts = [facts.screen, facts.relay, say(f"desk.link.{facts.link.value}")]
        parts.append(say(facts.kept) if facts.kept else "")
        self.relay.note.setText(" · ".join(part for part in parts if part))
        self.relay.note.show()
        self.unpair.setEnabled(bool(facts.screen))


class RulesPage(Page):
    """What only an admin's file, a variable or a flag can change: to be read here, with where it comes from."""

    def __init__(self) -> None:
        """Begin without rules."""
        super().__init__()
        self._shown: tuple[Rule, ...] = ()
        self._values: list[QLabel] = []
        self.where = QLabel()
        self.where.setProperty("role", "quiet")
        self.where.setWordWrap(True)
        self._column.addWidget(self.where)

    def speak(self, wording: Wording, facts: SettingsFacts) -> None:
        """Word everything."""
        if [rule.key for rule in facts.rules] != [rule.key for rule in self._shown]:
            self._build(facts.rules)
        self._shown = facts.rules
        self.where.setText(wording.say("desktop.settings.rules.where", file=facts.admins_file))
        super().speak(wording, facts)
        for row, value, rule in zip(self.rows, self._values, facts.rules, strict=True):
            value.setText(wording.say(rule.value) if rule.is_word else rule.value)
            row.control.setEnabled(True)  # there is nothing in it to be locked

    def _build(self, rules: tuple[Rule, ...]) -> None:
        for row in self.rows:
            row.deleteLater()
        self.rows, self._values = [], []
        for rule in rules:
            value = QLabel()
            value.setProperty("role", "strong")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._values.append(value)
            self.add(SettingRow(rule.key, value, name=rule.key))


class AboutPage(Page):
    """The version, and the licences of everything that the app brings along."""

    def __init__(self) -> None:
        """Build it."""
        super().__init__()
        self.version, self.promise = QLabel(), QLabel()
        self.version.setProperty("role", "strong")
        self.promise.setWordWrap(True)
        self.licences = QPlainTextEdit()
        self.licences.setReadOnly(True)
        self.licences.setMinimumHeight(320)
        self.licences.setTabChangesFocus(True)
        for widget in (self.version, self.promise):
            self._column.addWidget(widget)
        self._column.addWidget(self.licences, 1)

    def speak(self, wording: Wording, facts: SettingsFacts) -> None:
        """Word everything."""
        self.version.setText(f"Benchcast {facts.version}")
        self.promise.setText(wording.say("desktop.settings.about.promise"))
        self.licences.setAccessibleName(wording.say("desktop.settings.about.licences"))
        if not self.licences.toPlainText():
            try:
                self.licences.setPlainText(LICENCES.read_text("utf-8"))
            except OSError as error:
                self.licences.setPlainText(str(error))
        super().speak(wording, facts)


class ScannerPage(Page):
    """What the scanner sends, tried out."""

    def __init__(self, scanner_test: QWidget) -> None:
        """Build it around the scanner test."""
        super().__init__()
        self._column.addWidget(scanner_test, 1)


def _calling(action: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        action()

    return call
