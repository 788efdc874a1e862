"""What an unpaired bench shows: a large field for a link, a form for address and code, and the progress."""

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.stage.scan_result import BadLink, PairingFailure, PairingStep, PairingWish, Words
from app.windows.bench_field import Field
from app.windows.pairing_steps import Steps
from relay.contract.wording import Wording


class PairingView(QWidget):
    """Asks for a link or for address and code; refuses what lacks a part, gives the rest to `on_pair`."""

    def __init__(
        self, *, on_pair: Callable[[PairingWish], None], on_refused: Callable[[PairingFailure], None]
    ) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self._on_pair, self._on_refused = on_pair, on_refused
        self._wish: PairingWish | None = None
        self.title, self.intro = QLabel(), QLabel()
        self.title.setProperty("role", "head")
        self.intro.setProperty("role", "large")
        for label in (self.title, self.intro):
            label.setWordWrap(True)
        self.link_label, self.address_label, self.code_label = QLabel(), QLabel(), QLabel()
        self.link = Field(self.link_label)
        self.link.setMinimumHeight(76)
        self.link.setMaxLength(4000)
        self.address = Field(self.address_label)
        self.code = Field(self.code_label)
        self.code.setMaxLength(40)
        self.paste, self.pair, self.pair_by_code = QPushButton(), QPushButton(), QPushButton()
        self.pair.setProperty("role", "main")
        self.pair_by_code.setProperty("role", "main")
        self.or_label = QLabel()
        self.or_label.setProperty("role", "section")
        self.steps = Steps()
        self.retry = QPushButton()
        self._lay_out()
        self.link.returnPressed.connect(self._submit_link)
        self.pair.clicked.connect(self._submit_link)
        self.paste.clicked.connect(self._paste)
        self.address.returnPressed.connect(self._submit_code)
        self.code.returnPressed.connect(self._submit_code)
        self.pair_by_code.clicked.connect(self._submit_code)
        self.retry.clicked.connect(self._retry)

    def begin(self, wish: PairingWish) -> None:
        """Remember what is being tried, also when a scan or the command line asked for it."""
        self._wish = wish

    def clear(self) -> None:
        """Forget what was typed: links and codes are secrets, and used once."""
        self._wish = None
        for field in (self.link, self.code):
            field.clear()

    def speak(self, wording: Wording, at: PairingStep | None, detail: str, failure: Words | None) -> None:
        """Word everything."""
        say = wording.say
        self.title.setText(say("desk.pairing.title"))
        self.intro.setText(say("desk.pairing.intro"))
        for field, key in ((self.link, "link"), (self.address, "address"), (self.code, "code")):
            field.name(say(f"desk.pairing.{key}.label"), say(f"desk.pairing.{key}.placeholder"))
        self.paste.setText(say("desk.pairing.paste"))
        self.pair.setText(say("desk.pairing.button"))
        self.pair_by_code.setText(say("desk.pairing.button"))
        self.or_label.setText(say("desk.pairing.or"))
        self.retry.setText(say("desk.pairing.retry"))
        self.retry.setVisible(failure is not None and self._wish is not None)
        self.steps.speak(wording, at, detail, failure)

    def _submit_link(self) -> None:
        text = self.link.text().strip()
        if not text:
            self._refuse("address", self.link)
            return
        self._ask(PairingWish(link=text))

    def _submit_code(self) -> None:
        address, code = self.address.text().strip(), self.code.text().strip()
        if not address:
            self._refuse("address", self.address)
        elif not code:
            self._refuse("code", self.code)
        else:
            self._ask(PairingWish(address=address, code=code))

    def _refuse(self, missing: str, field: Field) -> None:
        self._wish = None
        field.setFocus()
        self._on_refused(BadLink("code" if missing == "code" else "address"))

    def _ask(self, wish: PairingWish) -> None:
        self._wish = wish
        self._on_pair(wish)

    def _paste(self) -> None:
        self.link.setText(QGuiApplication.clipboard().text().strip())
        self._submit_link()

    def _retry(self) -> None:
        if self._wish is not None:
            self._on_pair(self._wish)

    def _lay_out(self) -> None:
        link_row = QHBoxLayout()
        link_row.setSpacing(12)
        link_row.addWidget(self.link, 1)
        link_row.addWidget(self.paste)
        link_row.addWidget(self.pair)
        form = QFrame()
        form.setProperty("role", "panel")
        grid = QGridLayout(form)
        grid.setContentsMargins(20, 14, 20, 16)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(0, 8)
        grid.setColumnStretch(1, 5)
        grid.addWidget(self.or_label, 0, 0, 1, 3)
        grid.addWidget(self.address_label, 1, 0)
        grid.addWidget(self.code_label, 1, 1)
        grid.addWidget(self.address, 2, 0)
        grid.addWidget(self.code, 2, 1)
        grid.addWidget(self.pair_by_code, 2, 2)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addStretch(1)
        for widget in (self.title, self.intro):
            left.addWidget(widget)
        left.addSpacing(8)
        left.addWidget(self.link_label)
        left.addLayout(link_row)
        left.addSpacing(20)
        left.addWidget(form)
        left.addStretch(2)
        right = QVBoxLayout()
        right.addWidget(self.steps, 1)
        right.addWidget(self.retry)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addLayout(left, 59)
        layout.addLayout(right, 41)
