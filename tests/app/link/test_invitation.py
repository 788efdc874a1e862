"""A bench has a ticket for phones while the relay gives it one, and shows none that is not good."""

import asyncio
from collections.abc import Callable

import pytest

from app.errors import RelayRefused, RelayUnreachable
from app.link.invitation import AGAIN_SECONDS, Invitation
from relay.contract.joining import JoinTicket
from relay.contract.problems import Code, write_problem

NOW = 1_760_000_000_000


def ticket(number: int, minutes: int = 10) -> JoinTicket:
    return JoinTicket(
        link=f"https://relay/scan/#join={number}",
        ticket=str(number),
        code="4F7K-2M9P",
        expires_at=NOW + minutes * 60_000,
        qr_svg="<svg/>",
    )


def refused(code: Code) -> RelayRefused:
    return RelayRefused(write_problem(code, "en", trace_id="t"))


class Relay:
    """Credentials and their HTTP, answering what a test has laid out; then nothing comes any more."""

    def __init__(self, *answers: JoinTicket | Exception) -> None:
        self.answers = list(answers)
        self.forgotten: list[str] = []
        self.slept: list[float] = []
        self.shown: list[str | None] = []
        self.screen_id = "SCREEN-001"
        self.http = self

    async def token(self) -> str:
        return "token"

    def expired(self, token: str) -> None:
        self.forgotten.append(token)

    async def call(self, method: str, path: str, *_wish: object, **_more: object) -> JoinTicket:
        assert (method, path) == ("POST", "/api/screens/SCREEN-001/join")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if not self.answers:
            raise asyncio.CancelledError

    def show(self, told: JoinTicket | None) -> None:
        self.shown.append(told and told.ticket)

    async def invite(self) -> None:
        keep: Callable = Invitation(self, shown=self.show, relay_now_ms=lambda: NOW, sleep=self.sleep).keep
        try:
            await keep()
        except asyncio.CancelledError:
            self.slept.append(-1)


async def test_the_next_ticket_comes_well_before_the_last_one_expires():
    relay = Relay(ticket(1), ticket(2))
    await relay.invite()
    assert relay.shown == ["1", "2"]
    assert 0 < relay.slept[0] <= 0.75 * 600


async def test_nothing_is_shown_while_the_relay_is_away_and_it_is_asked_again():
    relay = Relay(
        ticket(1), RelayUnreachable("refused", "http://relay"), refused(Code.RATE_LIMITED), ticket(2)
    )
    await relay.invite()
    assert relay.shown == ["1", None, None, "2"]
    assert relay.slept[1:3] == [AGAIN_SECONDS, AGAIN_SECONDS]


@pytest.mark.parametrize("code", [Code.GUESTS_NOT_ALLOWED, Code.NOT_FOUND])
async def test_a_relay_that_wants_no_guests_is_not_asked_again(code: Code):
    relay = Relay(refused(code))
    await relay.invite()
    assert (relay.shown, relay.slept) == ([None], [])


async def test_a_token_that_is_not_taken_is_replaced():
    relay = Relay(refused(Code.TOKEN_EXPIRED), ticket(1))
    await relay.invite()
    assert relay.forgotten == ["token"]
    assert relay.shown == [None, "1"]
