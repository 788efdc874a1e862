"""Has the bench offer itself to phones while it shows nothing and the relay is there."""

import asyncio

from app.bridge import spawn
from app.link.credentials import Credentials
from app.link.invitation import Invitation
from app.stage.status import Facts, LinkState
from app.wiring.showing import Showing
from app.wiring.workplace import Workplace
from relay.contract.joining import JoinTicket
from relay.contract.reports import Presence


class Inviting:
    """Begins and ends the invitation as things come and go."""

    def __init__(self, workplace: Workplace, showing: Showing) -> None:
        """Follow the line and what is shown from now on."""
        self._workplace = workplace
        self._showing = showing
        self._is_idle = True
        self._credentials: Credentials | None = None
        self._task: asyncio.Task[None] | None = None
        workplace.status.listen(self._facts_changed)
        showing.listeners.append(self._presence_changed)

    def close(self) -> None:
        """Offer nothing any more."""
        self._turn(None)

    def _presence_changed(self, presence: Presence) -> None:
        self._is_idle = all(window.blank or not window.visible for window in presence.windows)
        self._judge(self._workplace.status.facts)

    def _facts_changed(self, facts: Facts) -> None:
        self._judge(facts)

    def _judge(self, facts: Facts) -> None:
        is_due = (
            self._workplace.settings.invite_phones and self._is_idle and facts.link is LinkState.CONNECTED
        )
        self._turn(self._workplace.line.credentials if is_due else None)

    def _turn(self, credentials: Credentials | None) -> None:
        if credentials is self._credentials:
            return
        self._credentials = credentials
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._show(None)
        if credentials is not None:
            invitation = Invitation(credentials, shown=self._show, relay_now_ms=self._showing.server_now_ms)
            self._task = spawn(invitation.keep(), "invitation")

    def _show(self, ticket: JoinTicket | None) -> None:
        self._workplace.window.bench.invite(ticket)
