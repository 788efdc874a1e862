"""`/api/auth/account`, `/sessions`, `/notices`: what a person sees of their own account, and the sessions they end."""

from collections.abc import Callable

from aiohttp import web

from relay.contract.accounts import PasswordRules
from relay.contract.own_account import Proof
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import about
from relay.identity.caller import Caller
from relay.identity.notices import Notices
from relay.identity.own_sessions import PersonSessions
from relay.identity.passwords import MOST
from relay.web.access import caller_of
from relay.web.door import Door
from relay.web.handler import answer, read_body
from relay.web.known_browsers import knock_of

LONGEST_NUMBER = 18


class OwnAccountRoutes:
    """The HTTP face of one's own account."""

    def __init__(
        self, door: Door, sessions: PersonSessions, notices: Notices, least: Callable[[], int]
    ) -> None:
        """Speak for these; `least` is the length of a new password."""
        self._least = least
        self._door = door
        self._sessions = sessions
        self._notices = notices

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/auth/password", self.password_rules),
            web.get("/api/auth/account", self.account),
            web.get("/api/auth/sessions", self.list_sessions),
            web.delete("/api/auth/sessions", self.end_others),
            web.delete("/api/auth/sessions/{sessionId}", self.end_session),
            web.delete("/api/auth/notices/{noticeId}", self.dismiss),
            web.get("/api/auth/browser/proof", self.is_proved),
            web.post("/api/auth/browser/proof", self.prove),
        ]

    async def password_rules(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Tell how long a new password may be; also to whoever is not signed in yet (the first admin)."""
        return answer(PasswordRules(least=self._least(), most=MOST))

    async def account(self, request: web.Request) -> web.Response:
        """Tell the last sign-in, and what the person has not seen yet."""
        return answer(await self._notices.account(await person_of(request)))

    async def list_sessions(self, request: web.Request) -> web.Response:
        """List one's own sessions."""
        return answer(await self._sessions.list(await person_of(request)))

    async def end_others(self, request: web.Request) -> web.Response:
        """End all of one's sessions but this one."""
        await self._sessions.end_others(await person_of(request))
        return web.Response(status=204)

    async def end_session(self, request: web.Request) -> web.Response:
        """End one of one's sessions."""
        caller = await person_of(request)
        about("user", caller.name)
        await self._sessions.end(caller, request.match_info["sessionId"])
        return web.Response(status=204)

    async def dismiss(self, request: web.Request) -> web.Response:
        """Take a notice away."""
        caller = await person_of(request)
        about("user", caller.name)
        number = request.match_info["noticeId"]
        if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
            raise Refusal(Code.NOT_FOUND)
        await self._notices.dismiss(caller, int(number))
        return web.Response(status=204)

    async def is_proved(self, request: web.Request) -> web.Response:
        """Answer where a deed that matters would be done just now (relay.web.sensitive)."""
        await person_of(request)
        return web.Response(status=204)

    async def prove(self, request: web.Request) -> web.Response:
        """Take the password again, so that deeds that matter are done for a while."""
        caller = await person_of(request)
        body = await read_body(request, Proof)
        about("user", caller.name)
        await self._door.prove_own(knock_of(request), caller.name, "password", body.password, body.code)
        await self._sessions.prove(caller)
        return web.Response(status=204)


async def person_of(request: web.Request) -> Caller:
    """Return the person who asks, in a browser or by a program that has signed in. Raises FORBIDDEN for others."""
    caller = await caller_of(request)
    if caller.role is None or caller.session_id is None:
        raise Refusal(Code.FORBIDDEN)
    return caller
