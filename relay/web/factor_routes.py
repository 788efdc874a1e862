"""`/api/auth/second-factor`: people set up, prove and remove a second factor; an admin takes a lost one off."""

from aiohttp import web

from relay.contract.problems import Code
from relay.contract.second_factor import FactorDraft, FactorProof, FactorWish, RecoveryCodes, SecondFactor
from relay.errors import Refusal, invalid
from relay.identity.audit import about
from relay.identity.caller import Caller
from relay.identity.second_factor import SecondFactors
from relay.identity.spelling import name_key
from relay.settings import Settings
from relay.web.access import caller_of
from relay.web.door import Door
from relay.web.handler import answer, read_body
from relay.web.known_browsers import knock_of
from relay.web.qr import draw_qr


class FactorRoutes:
    """The HTTP face of second factors."""

    def __init__(self, factors: SecondFactors, door: Door, settings: Settings) -> None:
        """Speak for these; apps list the codes under the relay's name in `settings`."""
        self._factors = factors
        self._door = door
        self._settings = settings

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/auth/second-factor", self.show),
            web.post("/api/auth/second-factor", self.begin),
            web.post("/api/auth/second-factor/confirm", self.confirm),
            web.post("/api/auth/second-factor/recovery-codes", self.new_codes),
            web.post("/api/auth/second-factor/remove", self.remove),
            web.delete("/api/users/{name}/second-factor", self.take_off),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Tell a person about their own."""
        caller, _ = await _person(request)
        state = await self._factors.state(caller.name)
        return answer(
            SecondFactor(
                set_up_at=state.set_up_at,
                recovery_codes_left=state.recovery_codes_left,
                demanded=caller.lacks_factor(self._settings.second_factor),
            )
        )

    async def begin(self, request: web.Request) -> web.Response:
        """Tell a new key to whoever knows the password; a session that was stolen is not enough."""
        caller, session_id = await _person(request)
        wish = await read_body(request, FactorWish)
        about("user", caller.name)
        if await self._factors.is_set_up(caller.name):
            raise invalid("$", "factor_there")
        await self._door.prove_own(knock_of(request), caller.name, "currentPassword", wish.current_password)
        draft = self._factors.begin(caller.name, session_id, self._settings.name)
        told = FactorDraft(
            uri=draft.uri, key=draft.key, qr_svg=draw_qr(draft.uri), expires_at=draft.expires_at_ms
        )
        return answer(told, status=201)

    async def confirm(self, request: web.Request) -> web.Response:
        """Have the key count that was told to this session."""
        caller, session_id = await _person(request)
        about("user", caller.name)
        proof = await read_body(request, FactorProof)
        return answer(RecoveryCodes(codes=await self._factors.confirm(caller.name, session_id, proof.code)))

    async def new_codes(self, request: web.Request) -> web.Response:
        """Tell new recovery codes, by a code."""
        caller, session_id = await self._proved(request)
        return answer(RecoveryCodes(codes=await self._factors.new_codes(caller.name, session_id)))

    async def remove(self, request: web.Request) -> web.Response:
        """Remove a person's own factor, by a code."""
        caller, session_id = await self._proved(request)
        await self._factors.remove(caller.name, keep=session_id)
        return web.Response(status=204)

    async def take_off(self, request: web.Request) -> web.Response:
        """Take the factor off somebody else: one's own needs a code, or the command line at the relay's machine."""
        caller = await caller_of(request)
        caller.require_role("admin")
        name = request.match_info["name"].strip()
        if caller.kind == "user" and name_key(caller.name) == name_key(name):
            raise Refusal(Code.FORBIDDEN)
        await self._factors.take_off(name)
        return web.Response(status=204)

    async def _proved(self, request: web.Request) -> tuple[Caller, str]:
        caller, session_id = await _person(request)
        about("user", caller.name)
        proof = await read_body(request, FactorProof)
        if not await self._factors.is_set_up(caller.name):
            raise invalid("$", "factor_none")
        await self._door.prove_code(caller.name, proof.code)
        return caller, session_id


async def _person(request: web.Request) -> tuple[Caller, str]:
    """Return the person and their session; also one who has to set up a factor before anything else."""
    caller = await caller_of(request, to_set_up=True)
    if caller.kind != "user" or caller.session_id is None:
        raise Refusal(Code.FORBIDDEN)
    return caller, caller.session_id
