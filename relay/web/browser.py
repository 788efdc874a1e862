"""`/api/auth/browser`: signing in from a page, whose tokens stay in cookies that no script can read."""

from aiohttp import web

from relay.clock import Clock
from relay.contract.accounts import OwnPassword
from relay.contract.identity import BrowserSession, Refresh, SignIn, SocketTicket, Tokens
from relay.contract.names import ScreenId
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.accounts import Accounts
from relay.identity.audit import about, by
from relay.identity.caller import Caller
from relay.identity.guests import Guest, Guests
from relay.identity.keys import Keys
from relay.identity.sessions import Sessions
from relay.identity.tokens import LIFE_SECONDS, AccessTokens
from relay.identity.users import User
from relay.web.access import caller_of
from relay.web.cookies import (
    access_cookie,
    clear_cookies,
    csrf_token,
    from_our_page,
    refresh_cookie,
    set_cookies,
    set_guest_cookie,
)
from relay.web.door import Door
from relay.web.handler import answer, read_body
from relay.web.known_browsers import knock_of

# A page of another origin cannot set it without asking first, which is refused.
OUR_HEADER = "X-Benchcast"
# With it a page goes on by itself, while nobody uses it: that is no use of the session.
UNATTENDED_HEADER = "X-Benchcast-Unattended"


class BrowserRoutes:
    """The HTTP face of a person's session in a browser."""

    def __init__(
        self,
        door: Door,
        accounts: Accounts,
        sessions: Sessions,
        guests: Guests,
        keys: Keys,
        *,
        clock: Clock,
    ) -> None:
        """Speak for these."""
        self._clock = clock
        self._door = door
        self._accounts = accounts
        self._sessions = sessions
        self._guests = guests
        self._access = guests.access
        self._keys = keys

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.post("/api/auth/browser", self.sign_in),
            web.get("/api/auth/browser", self.who),
            web.post("/api/auth/browser/refresh", self.refresh),
            web.delete("/api/auth/browser", self.sign_out),
            web.post("/api/auth/browser/socket", self.socket_ticket),
            web.post("/api/auth/password", self.choose_password),
        ]

    async def sign_in(self, request: web.Request) -> web.Response:
        """Exchange name and password for the cookies of a session."""
        require_our_page(request)
        body = await read_body(request, SignIn)
        return await self.begin(
            request, await self._door.admit(knock_of(request), body.username, body.password, body.code)
        )

    async def who(self, request: web.Request) -> web.Response:
        """Tell whose page this is. Raises TOKEN_INVALID, and TOKEN_EXPIRED when it must refresh."""
        return answer(self._session(await _page(request, to_set_up=True)))

    async def refresh(self, request: web.Request) -> web.Response:
        """Go on with the session of the refresh cookie."""
        require_our_page(request)
        token = refresh_cookie(request)
        if token is None:
            raise Refusal(Code.TOKEN_INVALID)
        attempt = request.headers.get(OUR_HEADER, "")
        wish = Refresh(refresh_token=token, attempt=attempt if 16 <= len(attempt) <= 100 else None)
        is_attended = UNATTENDED_HEADER not in request.headers
        renewed = await self._sessions.refresh(wish, is_page=True, is_attended=is_attended)
        return await self._answer(request, renewed)

    async def sign_out(self, request: web.Request) -> web.Response:
        """Revoke the session, and take the cookies away whether or not it still stood."""
        require_our_page(request)
        token = refresh_cookie(request)
        if token is not None:
            await self._sessions.logout(token)
        elif (guest := await guest_of(request, self._access)) is not None:
            await self._guests.leave(guest)
        response = web.Response(status=204)
        clear_cookies(request, response)
        return response

    async def socket_ticket(self, request: web.Request) -> web.Response:
        """Make a token that is good on the socket alone."""
        caller = await _page(request)
        left = min(LIFE_SECONDS, self._access.seconds_left(caller)) if caller.is_guest else self._life(caller)
        return answer(SocketTicket(token=self._access.issue_socket_ticket(caller), expires_in=left))

    async def choose_password(self, request: web.Request) -> web.Response:
        """Set one's own password by the one before; one's other sessions end."""
        caller = await _person(request)
        body = await read_body(request, OwnPassword)
        about("user", caller.name)
        await self._door.prove_own(
            knock_of(request), caller.name, "currentPassword", body.current_password, body.code
        )
        await self._accounts.choose_password(caller.name, body.password, keep=caller.session_id)
        return web.Response(status=204)

    async def begin(self, request: web.Request, user: User) -> web.Response:
        """Answer with the cookies of a new session of whoever has just proved who they are."""
        agent = request.headers.get("User-Agent", "")
        response = await self._answer(request, await self._sessions.open_for(user, agent, is_page=True))
        self._door.browsers.remember(request, response, user.name)
        return response

    async def begin_as_guest(self, request: web.Request, guest: Guest) -> web.Response:
        """Answer with the cookie of a phone that has just joined a screen."""
        token = self._guests.token(guest)
        session = self._session(await self._access.verify(token))
        response = answer(session, status=201)
        set_guest_cookie(request, response, token, session.expires_in)
        return response

    async def _answer(self, request: web.Request, tokens: Tokens) -> web.Response:
        session = self._session(await self._access.verify(tokens.access_token, to_set_up=True))
        response = answer(session)
        set_cookies(request, response, tokens.access_token, tokens.refresh_token)
        return response

    def _session(self, caller: Caller) -> BrowserSession:
        assert caller.session_id is not None, "a person has signed in, or a guest has joined"
        if caller.is_guest:
            return BrowserSession(
                csrf_token=csrf_token(self._keys, caller.session_id),
                expires_in=self._access.seconds_left(caller),
                guest=True,
                name=caller.name,
                screens=(ScreenId(caller.screen_id or ""),),
            )
        terms = self._sessions.terms()
        return BrowserSession(
            user=caller.info(),
            csrf_token=csrf_token(self._keys, caller.session_id),
            expires_in=self._life(caller),
            factor_due=caller.lacks_factor(self._access.demanded()),
            ends_at=None if caller.page is None else terms.last_end_ms(caller.page.begun_at_ms),
            idle_seconds=0 if caller.page is None else terms.idle_minutes * 60,
        )

    def _life(self, caller: Caller) -> int:
        """Tell for how many seconds a new token of a person is good: never longer than the session."""
        if caller.page is None:
            return LIFE_SECONDS
        return max(1, min(LIFE_SECONDS, (caller.page.ends_at_ms - self._clock.now_ms()) // 1000))


async def _page(request: web.Request, *, to_set_up: bool = False) -> Caller:
    caller = await caller_of(request, to_set_up=to_set_up)
    if (caller.role is None and not caller.is_guest) or caller.session_id is None:
        raise Refusal(Code.FORBIDDEN)
    return caller


async def _person(request: web.Request) -> Caller:
    caller = await _page(request)
    if caller.is_guest:
        raise Refusal(Code.FORBIDDEN)
    return caller


async def guest_of(request: web.Request, access: AccessTokens) -> Caller | None:
    """Return the guest whose cookie comes along, if it is one that still stands; for our own page's requests alone."""
    cookie = access_cookie(request)
    if cookie is None:
        return None
    try:
        caller = await access.verify(cookie)
    except Refusal:
        return None
    if not caller.is_guest:
        return None
    by(caller.subject)
    return caller


def require_our_page(request: web.Request) -> None:
    """Raise CSRF_FAILED unless a page of ours asks."""
    if OUR_HEADER not in request.headers or not from_our_page(request):
        raise Refusal(Code.CSRF_FAILED)
