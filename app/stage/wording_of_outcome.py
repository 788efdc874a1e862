"""Words how a scan stands, or why pairing failed, in Korean and English. Pure: facts in, sentences out."""

from typing import assert_never

from app.stage.island_answer import IslandNot, IslandShown, word_island
from app.stage.scan_result import (
    AlreadyShown,
    BadLink,
    ControlAnswer,
    NotKept,
    NotPaired,
    NumbersDiffer,
    PairingFailure,
    ScanAnswer,
    ScanResult,
    Stopped,
    Tone,
    Unreadable,
    Words,
)
from app.stage.wording_of_scan import word_already_shown, word_control, word_unreadable
from relay.contract.problems import Code, Problem
from relay.contract.reports import DeliveryReport
from relay.contract.wording import Language, Wording

Values = dict[str, str | int]


def word_start(subject: str, language: Language) -> ScanResult:
    """Word a scan that has just been read and is on its way."""
    return ScanResult(Tone.WAITING, subject, Wording(language).say("desk.outcome.started"))


def word_answer(answer: ScanAnswer, *, subject: str, language: Language, told_in: Language) -> ScanResult:
    """Word how the scan of `subject` (an order) stands.

    `told_in` is the language that the answer's own sentences are in. They are the most exact ones; in another
    language the catalogue's sentence of the same code stands for them.
    """
    match answer:
        case DeliveryReport():
            return _word_report(answer, subject, language, told_in)
        case Problem() | Stopped():
            words = _word_refusal(answer, subject, language, told_in)
            return ScanResult(Tone.BAD, subject, words.title, words.detail, words.action)
        case Unreadable():
            return word_unreadable(answer, subject, language)
        case AlreadyShown():
            return word_already_shown(answer, subject, language)
        case ControlAnswer():
            return word_control(answer, language, told_in)
        case IslandShown() | IslandNot():
            island = word_island(answer, language)
            tone = Tone.GOOD if isinstance(answer, IslandShown) else Tone.BAD
            return ScanResult(tone, subject, island.verdict, island.detail, island.action)
        case NotPaired():
            words = _word_section("desk.pairing.not_paired", language)
            return ScanResult(Tone.BAD, subject, words.title, words.detail, words.action)
        case _:
            assert_never(answer)


def word_pairing_failure(failure: PairingFailure, *, language: Language, told_in: Language) -> Words:
    """Word why pairing ended without success."""
    match failure:
        case Problem() | Stopped():
            return _word_refusal(failure, "", language, told_in)
        case BadLink():
            return _word_section(f"desk.pairing.bad_link.{failure.missing}", language)
        case NotKept():
            return _word_section("desk.pairing.not_kept", language, where=failure.where)
        case NotPaired():
            return _word_section("desk.pairing.not_paired", language)
        case NumbersDiffer():
            return _word_section("desk.pairing.numbers_differ", language)
        case _:
            assert_never(failure)


def _word_report(report: DeliveryReport, subject: str, language: Language, told_in: Language) -> ScanResult:
    say = Wording(language).say
    match report.state:
        case "shown" if report.code is not None:
            # The page itself cannot be had now: what stands there is its last picture.
            words = _word_failure(report, subject, language, told_in)
            return ScanResult(Tone.WAITING, subject, say("web.outcome.picture"), words.detail, words.action)
        case "shown":
            return ScanResult(Tone.GOOD, subject, _word_shown(report, language))
        case "waiting" | "sent" | "received" | "cancelled":
            key = f"desk.outcome.{report.state}"
            return ScanResult(Tone.WAITING, subject, say(key), say(f"{key}.detail"))
        case "superseded" | "expired":
            # These two states have their sentences whether or not the report names the code.
            code, tone = (
                (Code.SUPERSEDED, Tone.WAITING) if report.state == "superseded" else (Code.EXPIRED, Tone.BAD)
            )
            words = _word_code(code.value, language, {"orderId": subject})
            return ScanResult(tone, subject, words.title, words.detail, words.action)
        case "failed" | "dead":
            return _word_failure(report, subject, language, told_in)
        case _:
            assert_never(report.state)


def _word_failure(report: DeliveryReport, subject: str, language: Language, told_in: Language) -> ScanResult:
    words = (
        _word_code(report.code, language, {"orderId": subject, "screenId": report.screen_id})
        if report.code
        else _word_section(f"desk.outcome.{report.state}", language)
    )
    own = told_in == language
    return ScanResult(
        Tone.BAD,
        subject,
        words.title,
        (own and report.detail) or words.detail,
        (own and report.action) or words.action,
    )


def _word_shown(report: DeliveryReport, language: Language) -> str:
    say = Wording(language).say
    parts = [
        say("desk.outcome.shown_on", number=report.display.index + 1)
        if report.display
        else say("desk.outcome.shown")
    ]
    if report.revision:
        parts.append(say("desk.outcome.revision", revision=report.revision))
    if (took_ms := _took_ms(report)) is not None:
        parts.append(say("desk.outcome.ms", ms=took_ms))
    return " · ".join(parts)


def _took_ms(report: DeliveryReport) -> int | None:
    timings = report.timings or {}
    # The first spans accept to painted; a report without it may still have the screen's own.
    for name in ("shownMs", "deskShownMs"):
        if name in timings:
            return max(1, round(timings[name]))
    return None


def _word_refusal(answer: Problem | Stopped, subject: str, language: Language, told_in: Language) -> Words:
    match answer:
        case Problem():
            if told_in == language:
                return Words(answer.title, _with_trace(answer, answer.detail, language), answer.action)
            values: Values = {"orderId": subject}
            if answer.retry_after_ms is not None:
                values["retryAfterSeconds"] = max(1, round(answer.retry_after_ms / 1000))
            words = _word_code(answer.code, language, values)
            return Words(words.title, _with_trace(answer, words.detail, language), words.action)
        case Stopped():
            return _word_code(answer.code.value, language, {"orderId": subject, **dict(answer.values)})
        case _:
            assert_never(answer)


def _with_trace(problem: Problem, detail: str, language: Language) -> str:
    # Its action asks the person to pass the number on.
    if problem.code != Code.INTERNAL_ERROR or not problem.trace_id:
        return detail
    return f"{detail} {Wording(language).say('desk.outcome.trace', trace=problem.trace_id)}"


def _word_code(code: str, language: Language, values: Values) -> Words:
    say = Wording(language).say
    if code not in Code.__members__:
        # A newer relay may know codes that this app does not.
        return _word_section("desk.outcome.unknown_code", language, code=code)
    return Words(
        title=say(f"problem.{code}.title", **values),
        detail=say(f"problem.{code}.detail", **values).strip(),
        action=say(f"problem.{code}.action", **values),
    )


def _word_section(key: str, language: Language, **values: str) -> Words:
    say = Wording(language).say
    return Words(
        say(f"{key}.title", **values), say(f"{key}.detail", **values), say(f"{key}.action", **values)
    )
