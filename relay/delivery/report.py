"""A delivery in the words of the one who triggered it."""

from collections.abc import Sequence

import msgspec

from relay.contract.problems import Code, write_problem
from relay.contract.reports import DeliveryReport, ScreenPicture, Stage
from relay.contract.wording import LANGUAGES, Language
from relay.delivery.picture_store import url_of
from relay.delivery.records import Delivery


def status_url(id_: str) -> str:
    """Return the path under which a delivery can be looked up."""
    return f"/api/trigger/{id_}"


def first_answer(delivery: Delivery) -> DeliveryReport:
    """Word the answer to an accept; it is the same however often the id comes again."""
    return DeliveryReport(
        id=delivery.id,
        seq=delivery.seq,
        state="waiting",
        screen_id=delivery.screen_id,
        status_url=status_url(delivery.id),
        order_id=delivery.order_id,
        revision=delivery.revision,
        document=delivery.document,
        created_at=delivery.created_at,
        expires_at=delivery.expires_at,
    )


def report(
    delivery: Delivery,
    language: Language,
    *,
    history: Sequence[Stage] | None = None,
    hint: Code | None = None,
) -> DeliveryReport:
    """Word a delivery as it stands; `hint` says why an open one is not there yet, such as SCREEN_OFFLINE."""
    code = delivery.code or (hint.value if hint else None)
    detail, action = _sentences(code, delivery, language)
    outcome = delivery.outcome
    return DeliveryReport(
        id=delivery.id,
        seq=delivery.seq,
        state=delivery.state,
        screen_id=delivery.screen_id,
        status_url=status_url(delivery.id),
        order_id=delivery.order_id,
        code=code,
        detail=detail,
        action=action,
        superseded_by=delivery.superseded_by,
        display=delivery.display,
        page=outcome.page if outcome else None,
        covers=(outcome.covers or None) if outcome else None,
        screenshot=_screenshot(delivery),
        revision=delivery.revision,
        document=delivery.document,
        timings=_timings(delivery),
        created_at=delivery.created_at,
        expires_at=delivery.expires_at,
        attempts=delivery.attempts,
        history=tuple(history) if history is not None else None,
        retry_of=delivery.retry_of,
        retried_as=delivery.retried_as,
        verb=delivery.verb,
        sender=delivery.sender,
    )


def _screenshot(delivery: Delivery) -> ScreenPicture | None:
    picture = delivery.outcome.screenshot if delivery.outcome else None
    # Where it is, is for the relay to say: the outcome is a screen's word.
    return None if picture is None else msgspec.structs.replace(picture, url=url_of(delivery.id))


def _sentences(code: str | None, delivery: Delivery, language: Language) -> tuple[str | None, str | None]:
    if code is None or code not in Code.__members__:
        return delivery.detail, None
    values: dict[str, str | int] = {"screenId": delivery.screen_id, "orderId": delivery.order_id or ""}
    own = _own_words(Code(code), delivery, values)
    values |= {"what": own, "wish": own} if own else {}
    problem = write_problem(Code(code), language, trace_id="", values=values)
    # A sentence that has no place for the screen's own words, such as the address that it could not reach, gives way.
    return (problem.detail if own in problem.detail else own), problem.action


def _own_words(code: Code, delivery: Delivery, values: dict[str, str | int]) -> str:
    """Find what the screen says beyond the code's own sentence, which it says first, in its own language."""
    told = delivery.detail or ""
    for language in LANGUAGES:
        sentence = write_problem(code, language, trace_id="", values=values).detail
        if told.startswith(sentence):
            return told.removeprefix(sentence).strip()
    return told if delivery.outcome is not None else ""


def _timings(delivery: Delivery) -> dict[str, float]:
    """Give milliseconds since accept on the relay's clock, and what the screen measured itself (`desk…`)."""
    timings: dict[str, float] = {}
    for name, at in (
        ("sentMs", delivery.sent_at),
        ("receivedMs", delivery.received_at),
        ("endedMs", delivery.ended_at),
    ):
        if at is not None:
            timings[name] = max(0, at - delivery.created_at)
    if delivery.state == "shown" and delivery.ended_at is not None:
        timings["shownMs"] = max(0, delivery.ended_at - delivery.created_at)
    if delivery.outcome is not None and (desk := delivery.outcome.timings) is not None:
        for name, value in (("deskLoadedMs", desk.loaded_ms), ("deskShownMs", desk.shown_ms)):
            if value is not None:
                timings[name] = round(value, 1)
    return timings
