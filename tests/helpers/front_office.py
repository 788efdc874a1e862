"""The rooms of identity and pairing on a real database, behind real HTTP, with a clock that the test turns."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from helpers.fresh_database import lay_down
from helpers.hand_clock import HandClock
from helpers.quick_passwords import QUICK

from relay.contract.accounts import NewUser
from relay.contract.identity import NewScreen
from relay.contract.pairing import RelayAddress
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.accounts import Accounts
from relay.identity.api_tokens import ApiTokens
from relay.identity.caller import Caller
from relay.identity.groups import Groups
from relay.identity.keys import Keys
from relay.identity.past_sign_ins import PastSignIns
from relay.identity.screens import PresenceView, Screens
from relay.identity.second_factor import SecondFactors
from relay.identity.sessions import Sessions
from relay.identity.tokens import AccessTokens, mint_local_admin
from relay.identity.users import Users
from relay.pairing.approve_page import ApprovePage
from relay.pairing.offers import Offers
from relay.pairing.request_routes import RequestRoutes
from relay.pairing.requests import Requests
from relay.pairing.routes import PairingRoutes
from relay.storage.database import Database
from relay.web.access import ACCESS
from relay.web.accounts import AccountRoutes
from relay.web.door import Door
from relay.web.handler import problems
from relay.web.known_browsers import KnownBrowsers
from relay.web.limits import Limits
from relay.web.sign_in import SignInRoutes

ADDRESS = RelayAddress(addresses=("https://10.0.0.5:8440", "https://relay.plant:8440"), fingerprint="ab" * 32)
ADMIN = Caller(kind="api", name="test", role="admin")


@dataclass
class Answer:
    status: int
    body: dict
    headers: dict[str, str]
    text: str

    @property
    def code(self) -> str | None:
        return self.body.get("code")


class FrontOffice:
    def __init__(self, data: Path, database: Database, clock: HandClock, per_minute: int) -> None:
        self.data = data
        self.clock = clock
        self.database = database
        self.keys = Keys.open(data)
        self.access = AccessTokens(self.keys, database, clock)
        self.present: dict[str, PresenceView] = {}
        self.screens = Screens(database, clock, self.access, presence=self.present.get)
        self.sessions = Sessions(database, clock, self.access, self.keys)
        self.users = Users(database, clock, hasher=QUICK)
        self.offers = Offers(database, clock, self.screens, self.sessions, lambda: ADDRESS)
        self.requests = Requests(database, clock, self.sessions, lambda: ADDRESS)
        self.cut: list[str] = []
        self.screens.on_revoked.append(self.cut.append)
        limits = Limits(clock, per_minute)
        self.app = web.Application(middlewares=[problems], client_max_size=100_000)
        self.app[ACCESS] = self.access
        past = PastSignIns(database, clock)
        self.factors = SecondFactors(database, clock, self.keys, self.access)
        door = Door(self.users, limits, clock, KnownBrowsers(self.keys, clock), past, factors=self.factors)
        self.tokens = ApiTokens(database, clock, self.access)
        self.accounts = Accounts(database, clock, self.users, self.access)
        self.groups = Groups(database, clock, self.access)
        self.app.add_routes(SignInRoutes(door, self.sessions).table())
        self.app.add_routes(AccountRoutes(self.users, self.accounts, self.tokens, self.groups).table())
        self.app.add_routes(PairingRoutes(self.screens, self.offers, limits).table())
        self.app.add_routes(RequestRoutes(self.requests, limits).table())
        page = ApprovePage(
            self.requests,
            self.screens,
            door=door,
            sessions=self.sessions,
            limits=limits,
            clock=clock,
        )
        self.app.add_routes(page.table())
        self.client: TestClient | None = None

    @property
    def admin(self) -> str:
        return mint_local_admin(self.keys, self.clock)

    async def call(self, method: str, path: str, *, token: str | None = None, **kwargs) -> Answer:
        headers = {"Accept-Language": "en", **kwargs.pop("headers", {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        assert self.client is not None
        async with self.client.request(method, path, headers=headers, **kwargs) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            text = await response.text()
            body = await response.json(content_type=None) if is_json else {}
            return Answer(response.status, body, dict(response.headers), text)

    async def add_user(
        self, name: str = "Kim", role: str = "operator", password: str = "correct horse"
    ) -> None:
        await self.users.add(NewUser(name=name, role=role, password=password))

    async def sign_in(self, name: str = "Kim", password: str = "correct horse") -> dict:
        answer = await self.call("POST", "/api/auth/login", json={"username": name, "password": password})
        assert answer.status == 200, answer
        return answer.body

    async def signed_in_as(self, role: str) -> str:
        await self.add_user(f"the {role}", role)
        return (await self.sign_in(f"the {role}"))["accessToken"]

    async def add_screen(self, screen_id: str = "SCREEN-001") -> None:
        await self.screens.add(NewScreen(screen_id=screen_id))

    async def refused(self, work) -> Code:
        """Await what must be refused, and tell the code."""
        try:
            result = await work
        except Refusal as refusal:
            return refusal.code
        raise AssertionError(f"It was not refused: {result}")


@asynccontextmanager
async def front_office(data: Path, *, per_minute: int = 1000) -> AsyncGenerator[FrontOffice]:
    data.mkdir(exist_ok=True)
    await asyncio.to_thread(lay_down, data / "relay.db")
    database = Database(data / "relay.db", asyncio.get_running_loop())
    try:
        office = FrontOffice(data, database, HandClock(), per_minute)
        async with TestClient(TestServer(office.app)) as client:
            office.client = client
            yield office
    finally:
        await database.close()
