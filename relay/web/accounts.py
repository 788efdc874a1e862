"""`/api/users`, `/api/tokens` and `/api/groups`: people, programs and groups of screens, looked after by an admin."""

import re

from aiohttp import web

from relay.contract.accounts import GROUP_PATTERN, GroupDraft, NewApiToken, NewUser, UserChange
from relay.errors import invalid
from relay.identity.accounts import Accounts
from relay.identity.api_tokens import ApiTokens
from relay.identity.groups import Groups
from relay.identity.users import Users
from relay.web.access import caller_of
from relay.web.handler import answer, read_body


class AccountRoutes:
    """The HTTP face of who may use this relay."""

    def __init__(self, users: Users, accounts: Accounts, tokens: ApiTokens, groups: Groups) -> None:
        """Speak for these."""
        self._users = users
        self._accounts = accounts
        self._tokens = tokens
        self._groups = groups

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/users", self.list_users),
            web.post("/api/users", self.add_user),
            web.patch("/api/users/{name}", self.change_user),
            web.delete("/api/users/{name}", self.delete_user),
            web.post("/api/users/{name}/sign-out", self.sign_out),
            web.get("/api/tokens", self.list_tokens),
            web.post("/api/tokens", self.add_token),
            web.delete("/api/tokens/{tokenId}", self.revoke_token),
            web.get("/api/groups", self.list_groups),
            web.put("/api/groups/{name}", self.put_group),
            web.delete("/api/groups/{name}", self.delete_group),
        ]

    async def list_users(self, request: web.Request) -> web.Response:
        """List the people."""
        (await caller_of(request)).require_role("admin")
        return answer(await self._accounts.list())

    async def add_user(self, request: web.Request) -> web.Response:
        """Add a person."""
        (await caller_of(request)).require_role("admin")
        return answer(await self._users.add(await read_body(request, NewUser)), status=201)

    async def change_user(self, request: web.Request) -> web.Response:
        """Change a person's name, role, password or permissions."""
        (await caller_of(request)).require_role("admin")
        wish = await read_body(request, UserChange)
        return answer(await self._accounts.change(request.match_info["name"], wish))

    async def delete_user(self, request: web.Request) -> web.Response:
        """Delete a person."""
        (await caller_of(request)).require_role("admin")
        await self._accounts.delete(request.match_info["name"])
        return web.Response(status=204)

    async def sign_out(self, request: web.Request) -> web.Response:
        """End all sessions of a person."""
        (await caller_of(request)).require_role("admin")
        await self._accounts.sign_out_everywhere(request.match_info["name"])
        return web.Response(status=204)

    async def list_tokens(self, request: web.Request) -> web.Response:
        """List the API tokens, without themselves."""
        (await caller_of(request)).require_role("admin")
        return answer(await self._tokens.list())

    async def add_token(self, request: web.Request) -> web.Response:
        """Make an API token; this answer is the only time that it is told."""
        caller = await caller_of(request)
        caller.require_role("admin")
        wish = await read_body(request, NewApiToken)
        return answer(await self._tokens.issue(wish, caller), status=201)

    async def revoke_token(self, request: web.Request) -> web.Response:
        """Revoke an API token."""
        (await caller_of(request)).require_role("admin")
        await self._tokens.revoke(request.match_info["tokenId"])
        return web.Response(status=204)

    async def list_groups(self, request: web.Request) -> web.Response:
        """List the groups, with those of their screens that the caller may see."""
        caller = await caller_of(request)
        if caller.kind != "api":
            caller.require_role("viewer")
        return answer(await self._groups.list(caller))

    async def put_group(self, request: web.Request) -> web.Response:
        """Say which screens are in a group, and what it is called from now on."""
        (await caller_of(request)).require_role("admin")
        name = request.match_info["name"]
        if re.search(GROUP_PATTERN, name) is None:
            raise invalid("name", "pattern")
        wish = await read_body(request, GroupDraft)
        return answer(await self._groups.put(name, wish.screens, wish.name))

    async def delete_group(self, request: web.Request) -> web.Response:
        """Delete a group; its screens stay."""
        (await caller_of(request)).require_role("admin")
        await self._groups.delete(request.match_info["name"])
        return web.Response(status=204)
