"""The settings: everything that can be set at this bench, where each value comes from, and what is locked by whom.

It is a view. Every change goes out through a callable and holds at once; `show_facts` then tells what is true, so that
a change that did not hold is seen not to hold.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.windows.settings_facts import SettingsActions, SettingsFacts
from app.windows.settings_pages import (
    AboutPage,
    GeneralPage,
    MonitorPage,
    Page,
    RelayPage,
    RulesPage,
    ScannerPage,
)
from app.windows.theme import RESOURCES, dress
from relay.contract.wording import Language, Wording

_NAV_PX = 270


class SettingsWindow(QWidget):
    """Pages on the right, chosen on the left."""

    def __init__(
        self,
        language: Language,
        facts: SettingsFacts,
        actions: SettingsActions,
        *,
        monitor_map: QWidget | None = None,
        scanner_test: QWidget | None = None,
    ) -> None:
        """Build every page; the two widgets are shown in theirs, and belong to this window from then on."""
        super().__init__()
        self.setProperty("role", "window")
        self._wording, self._facts = Wording(language), facts
        self.title = QLabel()
        self.title.setProperty("role", "head")
        self.general = GeneralPage(actions)
        self.monitors = MonitorPage(actions, monitor_map)
        self.relay = RelayPage(actions)
        self.rules = RulesPage()
        self.about = AboutPage()
        self.pages: dict[str, Page] = {"general": self.general, "monitors": self.monitors}
        if scanner_test is not None:
            self.pages["scanner"] = ScannerPage(scanner_test)
        self.pages |= {"relay": self.relay, "rules": self.rules, "about": self.about}
        self.tabs: dict[str, QPushButton] = {}
        self._areas: dict[str, QScrollArea] = {}
        self.stack = QStackedWidget()
        self.leave = QPushButton()
        self.leave.setProperty("role", "main")
        self.leave.clicked.connect(self.close)
        self._lay_out()
        self.setWindowIcon(QIcon(str(RESOURCES / "icons" / "benchcast.svg")))
        self.resize(1120, 720)
        self.setMinimumSize(940, 560)
        dress(self)
        self.turn_to("general")
        self.speak(language)

    def turn_to(self, name: str) -> None:
        """Turn to a page."""
        self.tabs[name].setChecked(True)
        self.stack.setCurrentIndex(list(self.pages).index(name))

    def show_facts(self, facts: SettingsFacts) -> None:
        """Show what is true now."""
        self._facts = facts
        for page in self.pages.values():
            page.speak(self._wording, facts)

    def speak(self, language: Language) -> None:
        """Word everything."""
        self._wording = Wording(language)
        say = self._wording.say
        self.setWindowTitle(say("desktop.settings.title"))
        self.title.setText(say("desktop.settings.title"))
        for name, tab in self.tabs.items():
            tab.setText(say(f"desktop.settings.page.{name}"))
            self._areas[name].setAccessibleName(tab.text())
        self.leave.setText(say("desktop.close"))
        self.show_facts(self._facts)

    def complain(self, key: str, sentence: str) -> None:
        """Say at the setting `key` that it could not be changed; an empty sentence takes that away."""
        for page in self.pages.values():
            for row in page.rows:
                if row.key == key:
                    row.complain(sentence)

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        left = QVBoxLayout()
        left.setSpacing(6)
        for name, page in self.pages.items():
            tab = self.tabs[name] = QPushButton()
            tab.setCheckable(True)
            tab.setProperty("role", "plain")
            tab.setMinimumHeight(52)
            tab.clicked.connect(self._calling(name))
            group.addButton(tab)
            left.addWidget(tab)
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            # Its rows have the focus and are scrolled into sight; where there is nothing to change, the page has it.
            is_read = isinstance(page, RulesPage)
            area.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_read else Qt.FocusPolicy.NoFocus)
            self._areas[name] = area
            area.setWidget(page)
            self.stack.addWidget(area)
        left.addStretch(1)
        nav = QWidget()
        nav.setFixedWidth(_NAV_PX)
        nav.setLayout(left)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(nav)
        body.addWidget(self.stack, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.leave)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self.title)
        layout.addLayout(body, 1)
        layout.addLayout(foot)

    def _calling(self, name: str) -> Callable[[], None]:
        return lambda: self.turn_to(name)
