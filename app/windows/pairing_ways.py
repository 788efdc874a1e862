"""The ways to pair: a link (scanned or pasted), or the relay's address, with a code or with an admin's approval."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.stage.asking import FoundRelay
from app.stage.scan_result import PairingWish
from app.windows.bench_field import Field
from app.windows.theme import ACCENT, FIELD, FOCUS, LINE, TEXT
from relay.contract.wording import Wording

_LIST = f"""
QListWidget {{ background: {FIELD}; border: 3px solid {LINE}; border-radius: 10px; outline: none; }}
QListWidget:focus {{ border-color: {FOCUS}; }}
QListWidget::item {{ padding: 8px 12px; color: {TEXT}; }}
QListWidget::item:selected {{ background: {ACCENT}; color: {TEXT}; }}
"""


class Ways(QWidget):
    """Asks; refuses what lacks a part through `on_missing`, gives the rest to `on_pair`."""

    def __init__(
        self, *, on_pair: Callable[[PairingWish], None], on_missing: Callable[[str, Field], None]
    ) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self._on_pair, self._on_missing = on_pair, on_missing
        self._found: tuple[FoundRelay, ...] = ()
        self.title = QLabel()
        self.title.setProperty("role", "strong")
        self.title.setWordWrap(True)
        self.by_link, self.by_address = QPushButton(), QPushButton()
        self._choice = QButtonGroup(self)
        for button in (self.by_link, self.by_address):
            button.setCheckable(True)
            self._choice.addButton(button)
        self.by_link.setChecked(True)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._build_link())
        self._pages.addWidget(self._build_address())
        self.by_link.clicked.connect(lambda: self._turn_to(0, self.link))
        self.by_address.clicked.connect(lambda: self._turn_to(1, self.address))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.by_link, 1)
        row.addWidget(self.by_address, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.title)
        layout.addLayout(row)
        layout.addWidget(self._pages, 1)

    def clear(self) -> None:
        """Forget what was typed: links and codes are secrets, and used once."""
        for field in (self.link, self.code):
            field.clear()

    def show_address(self) -> None:
        """Turn to the way by address, without taking the focus."""
        self.by_address.setChecked(True)
        self._pages.setCurrentIndex(1)

    def expect(self, address: str) -> None:
        """Begin with this relay, as it was set up for this bench; somebody may type another."""
        if not self.address.text():
            self.address.setText(address)
            self.show_address()

    def speak(self, wording: Wording, found: tuple[FoundRelay, ...]) -> None:
        """Word everything."""
        say = wording.say
        self.title.setText(say("desk.pairing.title"))
        self.by_link.setText(say("desk.pairing.by_link"))
        self.by_address.setText(say("desk.pairing.by_address"))
        self.intro.setText(say("desk.pairing.intro"))
        for field, key in ((self.link, "link"), (self.address, "address"), (self.code, "code")):
            field.name(say(f"desk.pairing.{key}.label"), say(f"desk.pairing.{key}.placeholder"))
        self.paste.setText(say("desk.pairing.paste"))
        self.pair.setText(say("desk.pairing.button"))
        self.pair_by_code.setText(say("desk.pairing.by_code"))
        self.ask.setText(say("desk.pairing.ask"))
        self.found_label.setText(say("desk.pairing.found" if found else "desk.pairing.searching"))
        self.found.setAccessibleName(say("desk.pairing.found"))
        self._fill(found)

    def _fill(self, found: tuple[FoundRelay, ...]) -> None:
        """Renew the list when it has changed; what was chosen stays chosen."""
        if found == self._found and self.found.count() == len(found):
            return
        self._found = found
        row = self.found.currentRow()
        name = self.found.item(row).text() if row >= 0 else None
        self.found.clear()
        for relay in found:
            item = QListWidgetItem(" · ".join(part for part in (relay.name, relay.addresses[0]) if part))
            item.setToolTip(relay.version)
            self.found.addItem(item)
            if item.text() == name:
                self.found.setCurrentItem(item)

    def _build_link(self) -> QWidget:
        page = QFrame()
        page.setProperty("role", "panel")
        self.intro = QLabel()
        self.intro.setWordWrap(True)
        self.link_label = QLabel()
        self.link = Field(self.link_label)
        self.link.setMaxLength(4000)
        self.link.setMinimumHeight(72)
        self.paste, self.pair = QPushButton(), QPushButton()
        self.pair.setProperty("role", "main")
        self.link.returnPressed.connect(self._submit_link)
        self.pair.clicked.connect(self._submit_link)
        self.paste.clicked.connect(self._paste)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self.paste)
        buttons.addWidget(self.pair)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(20, 14, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(self.intro)
        layout.addStretch(1)
        layout.addWidget(self.link_label)
        layout.addWidget(self.link)
        layout.addLayout(buttons)
        layout.addStretch(2)
        return page

    def _build_address(self) -> QWidget:
        page = QFrame()
        page.setProperty("role", "panel")
        self.address_label, self.code_label, self.found_label = QLabel(), QLabel(), QLabel()
        self.found_label.setProperty("role", "quiet")
        self.address, self.code = Field(self.address_label), Field(self.code_label)
        self.code.setMaxLength(40)
        self.found = QListWidget()
        self.found.setStyleSheet(_LIST)
        self.found.setMinimumHeight(64)
        self.found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.found.itemClicked.connect(self._choose)
        self.found.itemActivated.connect(self._choose)
        self.pair_by_code, self.ask = QPushButton(), QPushButton()
        self.ask.setProperty("role", "main")
        self.address.returnPressed.connect(self._submit_address)
        self.code.returnPressed.connect(self._submit_code)
        self.pair_by_code.clicked.connect(self._submit_code)
        self.ask.clicked.connect(self._ask_for_approval)
        grid = QGridLayout(page)
        grid.setContentsMargins(20, 12, 20, 14)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 6)
        grid.setColumnStretch(1, 4)
        grid.setRowStretch(3, 1)
        grid.addWidget(self.address_label, 0, 0)
        grid.addWidget(self.code_label, 0, 1)
        grid.addWidget(self.address, 1, 0)
        grid.addWidget(self.code, 1, 1)
        grid.addWidget(self.found_label, 2, 0, 1, 2)
        grid.addWidget(self.found, 3, 0, 1, 2)
        grid.addWidget(self.ask, 4, 0)
        grid.addWidget(self.pair_by_code, 4, 1)
        QWidget.setTabOrder(self.code, self.found)
        QWidget.setTabOrder(self.found, self.ask)
        QWidget.setTabOrder(self.ask, self.pair_by_code)
        return page

    def _turn_to(self, page: int, field: Field) -> None:
        self._pages.setCurrentIndex(page)
        field.setFocus()

    def _choose(self, item: QListWidgetItem) -> None:
        row = self.found.row(item)
        if 0 <= row < len(self._found):
            self.address.setText(self._found[row].addresses[0])
            self.ask.setFocus()

    def _submit_link(self) -> None:
        text = self.link.text().strip()
        if not text:
            self._on_missing("address", self.link)
            return
        self._on_pair(PairingWish(link=text))

    def _submit_address(self) -> None:
        """Enter in the address leads on: to the code where there is one, else to asking."""
        if self.code.text().strip():
            self._submit_code()
        else:
            self._ask_for_approval()

    def _submit_code(self) -> None:
        address, code = self.address.text().strip(), self.code.text().strip()
        if not address:
            self._on_missing("address", self.address)
        elif not code:
            self._on_missing("code", self.code)
        else:
            self._on_pair(PairingWish(address=address, code=code))

    def _ask_for_approval(self) -> None:
        address = self.address.text().strip()
        if not address:
            self._on_missing("address", self.address)
            return
        self._on_pair(PairingWish(address=address))

    def _paste(self) -> None:
        self.link.setText(QGuiApplication.clipboard().text().strip())
        self._submit_link()
