"""The line on top: how things stand with the relay, which bench this is, sound and language."""

from collections.abc import Callable

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.stage.status import LinkState
from app.stage.tone import Tone
from app.windows.bench_mark import Mark, MarkName
from app.windows.bench_text import ElidedLabel
from app.windows.theme import INK, set_tone
from relay.contract.wording import LANGUAGES, Language, Wording

_LOOK: dict[LinkState, tuple[MarkName, Tone]] = {
    LinkState.UNPAIRED: ("offline", Tone.WAITING),
    LinkState.CONNECTING: ("waiting", Tone.WAITING),
    LinkState.CONNECTED: ("connected", Tone.GOOD),
    LinkState.OFFLINE: ("offline", Tone.BAD),
    LinkState.REVOKED: ("failed", Tone.BAD),
    LinkState.REPLACED: ("failed", Tone.BAD),
}
_HELPED = (LinkState.OFFLINE, LinkState.REVOKED, LinkState.REPLACED)
_LOST = (LinkState.REVOKED, LinkState.REPLACED)


class StateLine(QWidget):
    """State, name, sound, language; below them, when something is wrong, what it is and what to do."""

    def __init__(
        self,
        *,
        on_language: Callable[[Language], None],
        on_mute: Callable[[bool], None],
        on_repair: Callable[[], None],
    ) -> None:
        """Build it; `show_state` and `speak` fill it."""
        super().__init__()
        self._state, self._detail, self._name = LinkState.UNPAIRED, "", ""
        self._mark = Mark(44)
        self.state = QLabel()
        self.state.setProperty("role", "strong")
        self.name = ElidedLabel()
        self.name.setProperty("role", "large")
        self.sound = QPushButton()
        self.sound.setCheckable(True)
        self.sound.clicked.connect(lambda: on_mute(not self.sound.isChecked()))
        self.languages: dict[Language, QPushButton] = {}
        top = QHBoxLayout()
        top.setSpacing(12)
        for widget in (self._mark, self.state, _gap(12)):
            top.addWidget(widget)
        top.addWidget(self.name, 1)
        top.addWidget(self.sound)
        for language in LANGUAGES:
            button = QPushButton()
            button.setCheckable(True)
            button.clicked.connect(_calling(on_language, language))
            top.addWidget(button)
            self.languages[language] = button
        self.menu = QPushButton()
        self.menu.hide()  # there is none yet
        top.addWidget(self.menu)
        self._build_help(on_repair)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self.help_plate)

    def show_state(self, state: LinkState, detail: str) -> None:
        """Show how the link stands; `detail` is a reason, already worded."""
        self._state, self._detail = state, detail

    def show_name(self, name: str) -> None:
        """Show which bench this is."""
        self._name = name

    def take_menu(self, menu: QMenu) -> None:
        """Open this menu from the last button of the line."""
        self.menu.setMenu(menu)
        self.menu.show()

    def speak(self, wording: Wording, *, muted: bool) -> None:
        """Word everything."""
        say = wording.say
        self.menu.setText(say("desktop.menu.button"))
        mark, tone = _LOOK[self._state]
        self._mark.show_mark(mark, INK[tone])
        self.state.setText(say(f"desk.link.{self._state.value}"))
        self.state.setStyleSheet(f"color: {INK[tone]}")
        self.name.say(self._name)
        self.sound.setChecked(not muted)
        self.sound.setText(say("desk.sound.off" if muted else "desk.sound.on"))
        for language, button in self.languages.items():
            button.setText(say(f"desk.language.{language}"))
            button.setChecked(language == wording.language)
        helped = self._state in _HELPED or bool(self._detail)
        self.help_plate.setVisible(helped)
        if helped:
            known = self._state in _HELPED
            parts = (self._detail, say(f"desk.link.{self._state.value}.help") if known else "")
            self.help.setText(" ".join(part for part in parts if part))
            self.repair.setText(say("desk.repair"))
            self.repair.setVisible(self._state in _LOST)

    def _build_help(self, on_repair: Callable[[], None]) -> None:
        self.help_plate = QFrame()
        self.help_plate.setProperty("role", "plate")
        set_tone(self.help_plate, Tone.BAD)
        self.help = QLabel()
        self.help.setWordWrap(True)
        self.repair = QPushButton()
        self.repair.clicked.connect(on_repair)
        row = QHBoxLayout(self.help_plate)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self.help, 1)
        row.addWidget(self.repair)


def _gap(width: int) -> QWidget:
    gap = QWidget()
    gap.setFixedWidth(width)
    gap.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
    return gap


def _calling(on_language: Callable[[Language], None], language: Language) -> Callable[[], None]:
    return lambda: on_language(language)
