"""`/pair`: where an admin signs in with any browser and approves the workstation that shows a code.

How it works: three forms, one after the other, and no script: sign in, look at who asks, decide. Between them the
admin's access token travels in the form itself, never in an address and never in a cookie; so no other page can send
these forms in the admin's name, and closing the page is signing out.

What it must never do: change anything for somebody who has not signed in as an admin, or offer to approve when the
workstation's QR says that it sees another certificate than this relay's.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

import msgspec
from aiohttp import web

from relay.clock import Clock
from relay.contract.codec import Malformed, convert
from relay.contract.pairing_check import same_number
from relay.contract.pairing_requests import PairingApproval, PendingPairing
from relay.contract.problems import Code, Problem, write_problem
from relay.contract.wording import Language, Wording, choose_language
from relay.errors import Refusal, invalid, refusal_of
from relay.identity.audit import by
from relay.identity.caller import Caller
from relay.identity.screens import Screens
from relay.identity.sessions import Sessions
from relay.pairing.form import button, hidden, page, text_field, tick
from relay.pairing.requests import Requests
from relay.web.door import Door
from relay.web.known_browsers import knock_of
from relay.web.limits import Limits, address_key

LONGEST_FIELD = 4096
FORM = "'self'"


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a form sent, or what the address of the page said."""

    step: str = ""
    username: str = ""
    password: str = ""
    # The code of the admin's second factor; `code` is the workstation's.
    factor: str = ""
    ticket: str = ""
    code: str = ""
    check: str = ""
    screen_id: str = ""
    name: str = ""
    replace: str = ""
    compared: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "_Sent":
        """Read the fields that are known; a file, or a text of absurd length, counts as none.

        Raises VALIDATION_ERROR for a field that was sent twice.
        """
        if twice := [
            name for name, times in Counter(name for name, _ in fields.items()).items() if times > 1
        ]:
            raise invalid(twice[0], "twice")
        texts = {key: value for key, value in fields.items() if isinstance(value, str)}
        known = {
            name: texts[name]
            for name in cls.__dataclass_fields__
            if len(texts.get(name, "")) <= LONGEST_FIELD and name in texts
        }
        return cls(**known)


class ApprovePage:
    """The page. Sign-ins and codes are counted as they are for programs."""

    def __init__(
        self,
        requests: Requests,
        screens: Screens,
        *,
        door: Door,
        sessions: Sessions,
        limits: Limits,
        clock: Clock,
    ) -> None:
        """Speak for these."""
        self._requests = requests
        self._screens = screens
        self._door = door
        self._sessions = sessions
        self._limits = limits
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.get("/pair", self.show), web.post("/pair", self.take)]

    async def show(self, request: web.Request) -> web.Response:
        """Ask who is there; whatever the address says is only filled in."""
        sent = _Sent.of(request.query)
        return await self._sign_in(_language(request), _Sent(code=sent.code, check=sent.check))

    async def take(self, request: web.Request) -> web.Response:
        """Go one form further; a refusal is told in the form that led to it."""
        language = _language(request)
        sent = _Sent.of(await request.post())
        caller: Caller | None = None
        try:
            if sent.step == "sign-in":
                sent = await self._admit(request, sent)
            caller = await self._sessions.access.verify(sent.ticket)
            by(caller.subject)
            caller.require_role("admin")
            return await self._go_on(request, language, sent, caller)
        except (Refusal, Malformed) as error:
            refusal = refusal_of(error) if isinstance(error, Malformed) else error
            problem = write_problem(refusal.code, language, trace_id="", values=dict(refusal.values))
            if caller is None or not caller.has_role("admin"):
                return await self._sign_in(language, sent, problem if sent.step else None)
            if refusal.code is Code.SCREEN_PAIRED:
                return await self._review(language, sent, problem, replaces=True)
            if sent.step in {"approve", "same"} and refusal.code is Code.VALIDATION_ERROR:
                return await self._review(language, sent, problem)
            return self._ask_code(language, sent, problem)

    async def _admit(self, request: web.Request, sent: _Sent) -> _Sent:
        user = await self._door.admit(knock_of(request), sent.username, sent.password, sent.factor)
        if user.role != "admin":
            raise Refusal(Code.FORBIDDEN)
        tokens = await self._sessions.open_for(user, request.headers.get("User-Agent", ""))
        return replace(sent, step="look", password="", factor="", ticket=tokens.access_token)

    async def _go_on(
        self, request: web.Request, language: Language, sent: _Sent, caller: Caller
    ) -> web.Response:
        if not sent.code.strip():
            return self._ask_code(language, sent, None)
        key = f"user code {address_key(request.remote)}"
        self._limits.take(key)
        match sent.step:
            case "same":
                # One click for a browser that has lost its memory: the screen that it was, without the former device.
                asking = await self._requests.look_up(sent.code)
                same = replace(sent, screen_id=asking.device.screen_id or "", name="", replace="yes")
                done = await self._approve(language, same, caller)
            case "approve":
                done = await self._approve(language, sent, caller)
            case "deny":
                await self._requests.deny(sent.code, caller)
                done = self._done(language, "denied")
            case _:
                await self._requests.look_up(sent.code)
                done = await self._review(language, sent, None)
        self._limits.give_back(key)
        return done

    async def _approve(self, language: Language, sent: _Sent, caller: Caller) -> web.Response:
        wish: dict[str, object] = {
            "screenId": sent.screen_id.strip(),
            "name": sent.name.strip(),
            "replace": bool(sent.replace),
        }
        approval = convert(wish, PairingApproval)
        if not sent.check and not sent.compared and await self._requests.check() is not None:
            raise invalid("check", "missing")
        if sent.check:
            approval = msgspec.structs.replace(approval, check=sent.check)
        approved = await self._requests.approve(sent.code, approval, caller)
        return self._done(language, "approved", screenId=approved.screen_id or "")

    # The forms.

    async def _sign_in(self, language: Language, sent: _Sent, problem: Problem | None = None) -> web.Response:
        say = Wording(language).say
        check = await self._requests.check()
        content = [_alarm(problem), f"<p>{escape(say('pairing.approve.intro'))}</p>"]
        if check:
            content.append(_number(say("pairing.approve.own_number"), check))
        content += [
            '<form method="post" action="/pair">',
            hidden(check=sent.check),
            text_field(
                "code",
                say("pairing.approve.code"),
                sent.code,
                more='autocomplete="off" autocapitalize="characters" maxlength="20" required',
            ),
            text_field(
                "username",
                say("pairing.approve.username"),
                sent.username,
                more='autocomplete="username" required',
            ),
            text_field(
                "password",
                say("pairing.approve.password"),
                kind="password",
                more='autocomplete="current-password" required',
            ),
            text_field(
                "factor",
                say("pairing.approve.factor"),
                more='autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="64"',
            ),
            button("sign-in", say("pairing.approve.sign_in")),
            "</form>",
            f'<p class="note">{escape(say("pairing.approve.note"))}</p>',
        ]
        return page(language, say("pairing.approve.heading"), "".join(content), form_action=FORM)

    def _ask_code(self, language: Language, sent: _Sent, problem: Problem | None) -> web.Response:
        say = Wording(language).say
        content = (
            f'{_alarm(problem)}<form method="post" action="/pair">{hidden(ticket=sent.ticket)}'
            + text_field(
                "code",
                say("pairing.approve.code"),
                more='autocomplete="off" autocapitalize="characters" maxlength="20" required autofocus',
            )
            + button("look", say("pairing.approve.look"))
            + "</form>"
        )
        return page(language, say("pairing.approve.heading"), content, form_action=FORM)

    async def _review(
        self, language: Language, sent: _Sent, problem: Problem | None, *, replaces: bool = False
    ) -> web.Response:
        say = Wording(language).say
        asking = await self._requests.look_up(sent.code)
        check = await self._requests.check()
        content = [_alarm(problem), self._who(language, asking)]
        carried = hidden(ticket=sent.ticket, code=sent.code, check=sent.check)
        deny = button("deny", say("pairing.approve.deny"), look="other", skips_checks=True)
        if sent.check and not same_number(sent.check, check or ""):
            refusal = write_problem(
                Code.CERTIFICATE_MISMATCH, language, trace_id="", values={"what": check or "-"}
            )
            content = [
                _alarm(refusal),
                *content[1:],
                f'<form method="post" action="/pair">{carried}{deny}</form>',
            ]
            return page(language, say("pairing.approve.heading"), "".join(content), form_action=FORM)
        if sent.check:
            content.append(f'<p class="good">✓ {escape(say("pairing.approve.same_number"))}</p>')
        elif check and not asking.device.is_browser:
            content.append(_number(say("pairing.approve.own_number"), check))
        content.append(f'<form method="post" action="/pair">{carried}')
        if check and not sent.check:
            content.append(tick("compared", self._compared(language, asking), required=True))
        content.append(await self._same(language, asking))
        screens = "".join(
            f'<option value="{escape(screen.screen_id)}">{escape(screen.name)}</option>'
            for screen in await self._screens.list()
        )
        content += [
            text_field(
                "screen_id",
                say("pairing.approve.screen"),
                sent.screen_id or asking.device.screen_id or "",
                more='list="screens" maxlength="64" required autocomplete="off"',
            ),
            f'<datalist id="screens">{screens}</datalist>',
            text_field(
                "name", say("pairing.approve.name"), sent.name, more='maxlength="200" autocomplete="off"'
            ),
            tick("replace", say("pairing.approve.replace")) if replaces else "",
            button("approve", say("pairing.approve.approve")),
            deny,
            "</form>",
        ]
        return page(language, say("pairing.approve.heading"), "".join(content), form_action=FORM)

    def _compared(self, language: Language, asking: PendingPairing) -> str:
        """Say what the admin has to have seen there; a page knows no certificate, but its address bar does."""
        say = Wording(language).say
        if not asking.device.is_browser:
            return say("pairing.approve.compared")
        return say("pairing.approve.compared_browser", address=" · ".join(self._requests.addresses()))

    async def _same(self, language: Language, asking: PendingPairing) -> str:
        """Offer the screen that the device says it was, with what would end by that."""
        say, wish = Wording(language).say, asking.device.screen_id
        screen = None if wish is None else await self._screens.find(wish)
        if screen is None:
            return ""
        former = await self._requests.paired_device(screen.screen_id)
        told = say("pairing.approve.same", screenId=screen.screen_id, name=screen.name)
        ends = "" if former is None else say("pairing.approve.same_ends", device=former)
        return (
            f'<div class="good"><b>{escape(told)}</b><br>{escape(ends)}<br>'
            f"{button('same', say('pairing.approve.same_button'))}</div>"
        )

    def _who(self, language: Language, asking: PendingPairing) -> str:
        say = Wording(language).say
        device = asking.device
        minutes = max(0, self._clock.now_ms() - asking.created_at) // 60_000
        monitors = " · ".join(device.monitors) or str(device.displays or "")
        lines = (
            (say("pairing.approve.device"), device.name),
            (say("pairing.approve.address"), asking.address),
            (say("pairing.approve.monitors"), monitors),
            (say("pairing.approve.system"), device.platform),
            (say("pairing.approve.version"), device.app_version),
            (say("pairing.approve.asked"), say("pairing.approve.minutes_ago", minutes=minutes)),
        )
        rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in lines if text)
        return f"<p>{escape(say('pairing.approve.who'))}</p><dl>{rows}</dl>"

    def _done(self, language: Language, how: str, **values: str) -> web.Response:
        say = Wording(language).say
        heading = say(f"pairing.approve.{how}.title", **values)
        return page(language, heading, f"<p>{escape(say(f'pairing.approve.{how}.detail', **values))}</p>")


def _language(request: web.Request) -> Language:
    return choose_language(request.headers.get("Accept-Language"))


def _alarm(problem: Problem | None) -> str:
    if problem is None:
        return ""
    return (
        f'<div class="bad" role="alert"><b>✕ {escape(problem.title)}</b><br>{escape(problem.detail)}<br>'
        f"{escape(problem.action)}</div>"
    )


def _number(label: str, check: str) -> str:
    return f'<p>{escape(label)}</p><p class="number">{escape(check)}</p>'
