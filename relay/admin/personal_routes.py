"""`/api/users/{name}/data` and `/api/privacy`: what is known of a person, and what people are told of it."""

import asyncio

from aiohttp import web

from relay.clock import Clock
from relay.contract.codec import to_json
from relay.contract.personal import PrivacyNotice
from relay.contract.problems import Code
from relay.contract.wording import Wording, choose_language
from relay.delivery.personal import deliveries_of
from relay.errors import Refusal
from relay.identity.audit import about
from relay.identity.personal import personal_data
from relay.identity.spelling import name_key
from relay.identity.users import Users
from relay.settings import Settings
from relay.storage.database import Database
from relay.web.access import caller_of
from relay.web.handler import answer

PARAGRAPHS = ("what", "why", "how_long", "who", "rights")


class PersonalRoutes:
    """The HTTP face of what is kept about people."""

    def __init__(self, database: Database, users: Users, settings: Settings, clock: Clock) -> None:
        """Read from this database; the periods are those of the settings."""
        self._database = database
        self._users = users
        self._settings = settings
        self._clock = clock
        # It reads whole tables; ten wishes at once are one after the other.
        self._alone = asyncio.Lock()

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/users/{name}/data", self.data, allow_head=False),
            web.get("/api/privacy", self.notice),
        ]

    async def data(self, request: web.Request) -> web.Response:
        """Answer everything about one person as a file; an admin may ask for others."""
        caller = await caller_of(request)
        caller.require_role("viewer")
        wanted = request.match_info["name"]
        is_own = caller.kind == "user" and name_key(wanted.strip()) == name_key(caller.name)
        if not is_own:
            caller.require_role("admin")
        name = await self._users.known_name(wanted)
        if name is None:
            raise Refusal(Code.USER_NOT_FOUND)
        async with self._alone:
            found = await personal_data(
                self._database,
                name,
                relay=self._settings.name,
                at_ms=self._clock.now_ms(),
                delivered=await deliveries_of(self._database, f"user:{name}"),
            )
        about("user", name)
        headers = {
            "Content-Disposition": 'attachment; filename="benchcast-personal-data.json"',
            "Cache-Control": "no-store",
        }
        body = await asyncio.to_thread(to_json, found)
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def notice(self, request: web.Request) -> web.Response:
        """Answer the admin's own words, or ours with the periods that are set."""
        say = Wording(choose_language(request.headers.get("Accept-Language"))).say
        own = [part.strip() for part in self._settings.privacy_notice.split("\n") if part.strip()]
        settings = self._settings
        ours = (
            say(
                f"privacy.{each}",
                relay=settings.name,
                audit=settings.audit_days,
                deliveries=settings.keep_deliveries_days,
                history=min(settings.keep_history_days, settings.keep_deliveries_days),
            )
            for each in PARAGRAPHS
        )
        return answer(PrivacyNotice(title=say("privacy.title"), paragraphs=tuple(own or ours)))
