"""Turns a trigger into a delivery: who may, which screen, which document, and is the id new."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from relay.contract import codec
from relay.contract.arguments import Misfit, arguments_of, check
from relay.contract.commands import COMMANDS, Trigger
from relay.contract.names import TriggerId
from relay.contract.problems import Code
from relay.contract.reports import CAPABILITY_UNDO, DeliveryReport
from relay.contract.wording import Language
from relay.delivery.dead_letters import Renewed
from relay.delivery.records import Delivery, Draft, recipient_of
from relay.delivery.report import first_answer, report
from relay.errors import Refusal, invalid
from relay.flow import Core
from relay.flows.display.allowed import require_allowed
from relay.flows.display.orders import Orders
from relay.flows.display.sources.lookup import Looked, Lookup
from relay.identity.audit import about
from relay.identity.caller import Caller

CLOCK_TOLERANCE_MS = timedelta(minutes=5) // timedelta(milliseconds=1)
NAVIGATE_EXPIRES = timedelta(minutes=15)
OTHERS_EXPIRE = timedelta(minutes=1)
# Whoever waits for a bench that is not there hears so after this long: a short drop is given the time to heal.
OFFLINE_PATIENCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Subject:
    verb: str
    fields: dict[str, object]
    order_id: str | None = None
    document: str | None = None
    revision: str | None = None


class Display:
    """The service behind `POST /api/trigger` and the socket's `trigger`."""

    def __init__(self, core: Core, orders: Orders, lookup: Lookup) -> None:
        """Stand on the core and the orders, its own and those that others know."""
        self._core = core
        self._orders = orders
        self._lookup = lookup

    def count(self, caller: Caller, address: str) -> None:
        """Count a trigger that came on a live line; those over HTTP are counted there. Raises RATE_LIMITED."""
        self._core.turnstile.count("trigger", caller, address)

    async def show(self, trigger: Trigger, caller: Caller) -> Delivery:
        """Accept a trigger, durably. Raises the refusals of CONTRACT.md, and then nothing was accepted."""
        about("screen", trigger.screen_id, trigger.order_id or trigger.command or "")
        _check(trigger)
        if not caller.may_trigger(trigger.screen_id):
            raise Refusal(Code.FORBIDDEN)
        body_hash = _hash(trigger)
        try:
            return await self._core.courier.send(await self._draft(trigger, body_hash, caller.subject))
        except Refusal as refusal:
            if refusal.code is Code.IDEMPOTENCY_MISMATCH:
                raise
            # The first answer holds, whatever happened since: the order may be gone, the clock be off by now.
            known = await self._core.courier.known(trigger.id.lower())
            if known is None:
                raise
            if (known.body_hash, known.sender) != (body_hash, caller.subject):
                raise Refusal(Code.IDEMPOTENCY_MISMATCH) from refusal
            return known

    async def wait(self, delivery: Delivery, patience: timedelta) -> Delivery:
        """Wait for the end state; for a bench that is not there, only as long as a short drop takes to heal."""
        courier = self._core.courier
        if not self.is_online(delivery.screen_id) and patience > OFFLINE_PATIENCE:
            delivery = await courier.outcome(delivery.id, OFFLINE_PATIENCE)
            if delivery.has_ended or not self.is_online(delivery.screen_id):
                return delivery
            patience -= OFFLINE_PATIENCE
        return await courier.outcome(delivery.id, patience)

    def is_online(self, screen_id: str) -> bool:
        """Tell whether the screen has a live connection."""
        return self._core.live.connection_of(screen_id) is not None

    def word(self, delivery: Delivery, language: Language, *, waited: bool) -> DeliveryReport:
        """Word the answer to a trigger: the first answer, or, for those who waited, how it stands."""
        if not waited:
            return first_answer(delivery)
        hint = None
        if not delivery.has_ended and not self._core.courier.is_healthy(delivery.screen_id):
            hint = Code.SCREEN_UNHEALTHY
        elif not delivery.has_ended and not self.is_online(delivery.screen_id):
            hint = Code.SCREEN_OFFLINE
        return report(delivery, language, hint=hint)

    async def renew(self, payload: dict[str, Any]) -> Renewed:
        """Say what a navigate of earlier shows today. Raises DOCUMENT_NOT_FOUND and URL_NOT_ALLOWED."""
        if "document" not in payload:
            self._check_url(payload["url"])
            return Renewed(payload, payload["url"], None)
        found = await self._orders.find_document_by_id(payload["document"]["id"])
        document = found.ref
        fields = payload | {"document": codec.to_builtins(document), "orderId": found.order_id}
        if document.kind == "web":
            self._check_url(document.url)
        if document.pages and int(payload.get("page", 1)) > document.pages:
            del fields["page"]
        return Renewed(fields, document.title, document.revision)

    def _require_undo(self, screen_id: str) -> None:
        """Raise SCREEN_OFFLINE or UNSUPPORTED: what was there before is asked for now, and not of an older app."""
        screen = self._core.live.connection_of(screen_id)
        if screen is None or screen.presence is None:
            raise Refusal(Code.SCREEN_OFFLINE, screenId=screen_id)
        if CAPABILITY_UNDO not in screen.presence.capabilities:
            raise Refusal(Code.UNSUPPORTED, what=CAPABILITY_UNDO)

    async def _subject(self, trigger: Trigger) -> _Subject:
        if trigger.command == "undo":
            self._require_undo(trigger.screen_id)
        if trigger.command is not None:
            return _Subject(trigger.command, arguments_of(trigger))
        fields = arguments_of(trigger)
        if trigger.url is not None:
            self._check_url(trigger.url)
            fields |= {"url": trigger.url, "hosts": list(self._core.settings.url_hosts)}
            if trigger.certificate_sha256 is not None:
                fields["certificateSha256"] = trigger.certificate_sha256
            return _Subject("navigate", fields, document=trigger.url)
        looked = await self._find(trigger)
        found = looked.found
        document = found.ref
        if document.kind == "web":
            self._check_url(document.url)
            fields["hosts"] = list(self._core.settings.url_hosts)
        if trigger.page is not None and document.pages and trigger.page > document.pages:
            raise invalid("page", "range")
        fields["document"] = codec.to_builtins(document)
        fields["orderId"] = found.order_id
        if looked.as_of is not None:
            fields["asOf"] = looked.as_of
        return _Subject("navigate", fields, found.order_id, document.title, document.revision)

    async def _find(self, trigger: Trigger) -> Looked:
        if trigger.order_id is not None:
            return await self._lookup.find_document(trigger.order_id, trigger.document_number)
        assert trigger.document_id is not None
        return Looked(await self._orders.find_document_by_id(trigger.document_id))

    def _check_url(self, url: str) -> None:
        settings = self._core.settings
        require_allowed(url, settings.url_hosts, self._core.own_addresses(), private=settings.url_private)

    async def _draft(self, trigger: Trigger, body_hash: bytes, sender: str) -> Draft:
        now = self._core.clock.now_ms()
        if abs(trigger.timestamp - now) > CLOCK_TOLERANCE_MS:
            raise Refusal(Code.CLOCK_SKEW, serverTime=now)
        screen_id = await self._core.screens.spelling(trigger.screen_id)
        subject = await self._subject(trigger)
        default = NAVIGATE_EXPIRES if subject.verb == "navigate" else OTHERS_EXPIRE
        expires_at = now + (trigger.expires_in_ms or default // timedelta(milliseconds=1))
        payload: dict[str, object] = {
            "id": trigger.id.lower(),
            "screenId": screen_id,
            "windowId": trigger.window_id,
            "timestamp": now,
            "expiresAt": expires_at,
            **subject.fields,
        }
        draft = Draft(
            id=TriggerId(trigger.id.lower()),
            recipient=recipient_of(screen_id),
            screen_id=screen_id,
            slot=f"window:{trigger.window_id}" if subject.verb == "navigate" else None,
            verb=subject.verb,
            payload=codec.to_json(payload),
            body_hash=body_hash,
            sender=sender,
            created_at=now,
            expires_at=expires_at,
            order_id=subject.order_id,
            document=subject.document,
            revision=subject.revision,
        )
        # What leaves must fit the contract; a misfit is our bug and must show before anything is accepted.
        codec.decode_json(draft.sealed(1), COMMANDS[subject.verb])
        return draft


def _check(trigger: Trigger) -> None:
    try:
        check(trigger)
    except Misfit as misfit:
        raise invalid(misfit.field, misfit.reason) from misfit


def _hash(trigger: Trigger) -> bytes:
    # Without the timestamp: a client that corrected its clock and asks again means the same scan.
    return hashlib.sha256(codec.canonical(trigger, without=frozenset({"id", "timestamp"}))).digest()
