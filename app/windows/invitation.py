"""What an idle bench offers to phones: a QR code by which they join this screen, and the same as a code to type."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.windows.qr import QrPicture
from relay.contract.joining import JoinTicket
from relay.contract.wording import Wording

# Four pixels a module for a link of up to a hundred letters.
SIDE_PX = 200


class InvitationPanel(QFrame):
    """Hidden while there is no ticket."""

    def __init__(self) -> None:
        """Build it; `show_ticket` and `speak` fill it."""
        super().__init__()
        self.setProperty("role", "panel")
        self._ticket: JoinTicket | None = None
        self._wording: Wording | None = None
        self.picture = QrPicture(SIDE_PX)
        self.head = QLabel()
        self.head.setProperty("role", "section")
        self.help = QLabel()
        self.code_label = QLabel()
        self.code_label.setProperty("role", "quiet")
        self.code = QLabel()
        self.code.setProperty("role", "strong")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self.head, self.help, self.code_label, self.code):
            label.setWordWrap(label is not self.code)
            words.addWidget(label)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 14, 12)
        layout.setSpacing(14)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.hide()

    def show_ticket(self, ticket: JoinTicket | None) -> None:
        """Show this ticket, or nothing."""
        self._ticket = ticket
        self._fill()

    def speak(self, wording: Wording) -> None:
        """Use this language."""
        self._wording = wording
        self._fill()

    def _fill(self) -> None:
        if self._wording is None:
            return
        say = self._wording.say
        ticket = self._ticket
        self.picture.say(ticket.link if ticket else "", say("desk.invitation.picture"))
        self.head.setText(say("desk.invitation.head"))
        self.help.setText(say("desk.invitation.help"))
        self.code_label.setText(say("desk.invitation.code"))
        self.code.setText(ticket.code if ticket else "")
        self.setVisible(ticket is not None)
