"""What an unpaired bench shows: the ways to pair, what people have to decide meanwhile, and the progress."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.stage.asking import Asking, Comparing, FoundRelay
from app.stage.scan_result import BadLink, PairingFailure, PairingStep, PairingWish, Words
from app.windows.bench_field import Field
from app.windows.pairing_steps import Steps
from app.windows.pairing_waiting import AskingPage, ComparingPage
from app.windows.pairing_ways import Ways
from relay.contract.wording import Wording


class PairingView(QWidget):
    """Holds what was asked for, and what is shown of it; every method may be called at any time."""

    def __init__(
        self,
        *,
        on_pair: Callable[[PairingWish], None],
        on_refused: Callable[[PairingFailure], None],
        on_cancel: Callable[[], None] = lambda: None,
    ) -> None:
        """Build it; `speak` fills it. `on_cancel` ends what waits for people."""
        super().__init__()
        self._on_pair, self._on_refused, self._on_cancel = on_pair, on_refused, on_cancel
        self._wish: PairingWish | None = None
        self._asking: Asking | None = None
        self._comparing: Comparing | None = None
        self._answered: Callable[[bool], None] | None = None
        self._found: tuple[FoundRelay, ...] = ()
        self.ways = Ways(on_pair=self._ask, on_missing=self._refuse)
        self.asking = AskingPage(self._cancel)
        self.comparing = ComparingPage(self._answer)
        self._places = QStackedWidget()
        for place in (self.ways, self.asking, self.comparing):
            self._places.addWidget(place)
        self.steps = Steps()
        self.retry = QPushButton()
        self.retry.clicked.connect(self._retry)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.steps, 1)
        right.addWidget(self.retry)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addWidget(self._places, 57)
        layout.addLayout(right, 43)

    @property
    def link(self) -> Field:
        """The field for a link."""
        return self.ways.link

    @property
    def code(self) -> Field:
        """The field for a code."""
        return self.ways.code

    def begin(self, wish: PairingWish) -> None:
        """Remember what is being tried, also when a scan or the command line asked for it."""
        self._wish = wish
        self.rest()

    def clear(self) -> None:
        """Forget what was typed, and whatever people were asked."""
        self._wish = None
        self.ways.clear()
        self.rest()

    def rest(self) -> None:
        """Show the ways again: nobody is asked anything now."""
        self._asking = self._comparing = self._answered = None
        self._places.setCurrentWidget(self.ways)

    def show_asking(self, wording: Wording, asking: Asking) -> None:
        """Show the code that an admin shall approve."""
        is_new = self._asking is None
        self._asking = asking
        self.asking.speak(wording, asking)
        self._places.setCurrentWidget(self.asking)
        if is_new:
            self.asking.cancel.setFocus()

    def show_comparing(
        self, wording: Wording, comparing: Comparing, answered: Callable[[bool], None]
    ) -> None:
        """Show a number to compare; `answered` is told once."""
        self._comparing, self._answered = comparing, answered
        self.comparing.speak(wording, comparing)
        self._places.setCurrentWidget(self.comparing)
        self.comparing.differ.setFocus()

    def show_found(self, wording: Wording, found: tuple[FoundRelay, ...]) -> None:
        """Show the relays of this network."""
        self._found = found
        self.ways.speak(wording, found)

    def speak(self, wording: Wording, at: PairingStep | None, detail: str, failure: Words | None) -> None:
        """Word everything."""
        if failure is not None:
            self.rest()
        self.ways.speak(wording, self._found)
        self.asking.speak(wording, self._asking)
        self.comparing.speak(wording, self._comparing)
        self.retry.setText(wording.say("desk.pairing.retry"))
        self.retry.setVisible(failure is not None and self._wish is not None)
        self.steps.speak(wording, at, detail, failure)

    def _refuse(self, missing: str, field: Field) -> None:
        self._wish = None
        field.setFocus()
        self._on_refused(BadLink("code" if missing == "code" else "address"))

    def _ask(self, wish: PairingWish) -> None:
        self._wish = wish
        self._on_pair(wish)

    def _retry(self) -> None:
        if self._wish is not None:
            self._on_pair(self._wish)

    def _cancel(self) -> None:
        self.rest()
        (self.ways.address if self.ways.address.isVisible() else self.ways.link).setFocus()
        self._on_cancel()

    def _answer(self, same: bool) -> None:
        answered = self._answered
        self.rest()
        if answered is not None:
            answered(same)
