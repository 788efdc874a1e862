"""What the operator reads for each end of a scan, in both languages."""

from typing import get_args

import pytest

from app.stage.scan_result import (
    BadLink,
    NotKept,
    NotPaired,
    PairingFailure,
    ScanAnswer,
    ScanResult,
    Stopped,
    Tone,
    Unreadable,
    Words,
)
from app.stage.wording_of_outcome import word_answer, word_pairing_failure, word_start
from relay.contract.names import DisplayId, TriggerId
from relay.contract.problems import Code, write_problem
from relay.contract.reports import DeliveryReport, DeliveryState, DisplayName
from relay.contract.wording import LANGUAGES, Language, Wording

ORDER = "WO-2025-0001"


def report(state: str, **more: object) -> DeliveryReport:
    return DeliveryReport(
        id=TriggerId("01890a5d-ac96-774b-bcce-b302099a8057"),
        seq=1,
        state=state,
        screen_id="BENCH-07",
        status_url="/",
        **more,
    )


def word(answer: ScanAnswer, language: Language, told_in: Language | None = None) -> ScanResult:
    return word_answer(answer, subject=ORDER, language=language, told_in=told_in or language)


SHOWN = report(
    "shown",
    display=DisplayName(display_id=DisplayId("r"), index=1, name="R"),
    revision="C",
    timings={"shownMs": 61.4, "deskShownMs": 30.0},
)


@pytest.mark.parametrize(
    ("language", "verdict"),
    [("ko", "모니터 2에 표시됨 · 개정 C · 61 ms"), ("en", "Shown on display 2 · revision C · 61 ms")],
)
def test_shown_names_monitor_revision_and_time(language: Language, verdict: str) -> None:
    assert word(SHOWN, language) == ScanResult(Tone.GOOD, ORDER, verdict)


def test_shown_leaves_out_what_nobody_told() -> None:
    assert word(report("shown"), "en").verdict == "Shown"
    assert word(report("shown", timings={"deskShownMs": 0.2}), "en").verdict == "Shown · 1 ms"


TONES: dict[str, Tone] = {
    "shown": Tone.GOOD,
    "waiting": Tone.WAITING,
    "sent": Tone.WAITING,
    "received": Tone.WAITING,
    "superseded": Tone.WAITING,
    "cancelled": Tone.WAITING,
    "failed": Tone.BAD,
    "expired": Tone.BAD,
    "dead": Tone.BAD,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_its_own_words_and_its_tone(language: Language) -> None:
    assert set(TONES) == set(get_args(DeliveryState))
    verdicts = set()
    for state, tone in TONES.items():
        result = word(report(state), language)
        assert (result.tone, result.headline) == (tone, ORDER)
        assert result.verdict
        if tone is not Tone.GOOD:
            assert result.detail
        if tone is Tone.BAD:
            assert result.action, f"{state} must say what to do next"
        verdicts.add(result.verdict)
    assert len(verdicts) == len(TONES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("state", ["failed", "dead"])
def test_a_code_becomes_the_catalogue_s_sentences(state: str, code: Code, language: Language) -> None:
    result = word(report(state, code=code.value), language)
    assert result.tone is Tone.BAD
    assert result.verdict == Wording(language).say(f"problem.{code}.title")
    assert result.detail
    assert result.action
    assert "{" not in result.detail + result.action


def test_a_report_s_own_sentences_are_the_most_exact_ones() -> None:
    answer = report(
        "failed", code="DISPLAY_NOT_AVAILABLE", detail="모니터 3이 없습니다.", action="케이블을 보세요."
    )
    assert word(answer, "ko").detail == "모니터 3이 없습니다."
    assert word(answer, "ko").action == "케이블을 보세요."


def test_in_another_language_the_catalogue_speaks() -> None:
    answer = report(
        "failed", code="DISPLAY_NOT_AVAILABLE", detail="모니터 3이 없습니다.", action="케이블을 보세요."
    )
    result = word(answer, "en", told_in="ko")
    assert result.verdict == "Display not available"
    assert result.detail.isascii()
    assert result.action.isascii()


def test_a_problem_is_read_out_as_it_came() -> None:
    problem = write_problem(Code.ORDER_NOT_FOUND, "ko", trace_id="t", values={"orderId": ORDER})
    result = word(problem, "ko")
    assert (result.verdict, result.detail, result.action) == (problem.title, problem.detail, problem.action)
    assert result.tone is Tone.BAD


def test_a_problem_that_came_in_korean_can_be_read_in_english() -> None:
    problem = write_problem(Code.ORDER_NOT_FOUND, "ko", trace_id="t", values={"orderId": ORDER})
    result = word(problem, "en", told_in="ko")
    assert (result.verdict, result.detail) == ("Order not found", f"There is no order {ORDER}.")
    limited = write_problem(Code.RATE_LIMITED, "ko", trace_id="t", values={"retryAfterMs": 4_000})
    assert word(limited, "en", told_in="ko").action == "Try again in 4 s."


@pytest.mark.parametrize("told_in", LANGUAGES)
def test_an_internal_error_gives_the_number_that_its_action_asks_for(told_in: Language) -> None:
    problem = write_problem(Code.INTERNAL_ERROR, told_in, trace_id="7f3a90c2")
    assert "7f3a90c2" in word(problem, "en", told_in=told_in).detail


def test_an_unreachable_relay_is_named() -> None:
    result = word(Stopped(Code.CONNECTION_REFUSED, (("address", "https://10.0.0.5"),)), "en")
    assert result.detail == "https://10.0.0.5 cannot be reached."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_of_a_newer_relay_is_told_as_it_is(language: Language) -> None:
    result = word(report("failed", code="FROM_THE_FUTURE"), language)
    assert "FROM_THE_FUTURE" in result.detail
    assert result.action


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "answer",
    [Unreadable("empty"), Unreadable("too_long"), Unreadable("control_characters"), NotPaired()],
    ids=str,
)
def test_what_never_left_the_bench_is_explained_too(answer: ScanAnswer, language: Language) -> None:
    result = word(answer, language)
    assert result.tone is Tone.BAD
    assert all((result.verdict, result.detail, result.action))


def test_an_empty_scan_still_has_a_name() -> None:
    assert word_answer(Unreadable("empty"), subject="", language="en", told_in="en").headline == "Empty scan"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "failure",
    [
        write_problem(Code.PAIRING_EXPIRED, "ko", trace_id="t"),
        Stopped(Code.CONNECTION_TIMEOUT, (("address", "https://10.0.0.5"),)),
        *(BadLink(part) for part in ("address", "screenId", "token", "code")),
        NotKept("/x"),
        NotPaired(),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_every_way_that_pairing_fails_says_what_why_and_what_next(
    failure: PairingFailure, language: Language
) -> None:
    words = word_pairing_failure(failure, language=language, told_in="ko")
    assert isinstance(words, Words)
    assert all((words.title, words.detail, words.action))
    if language == "en":
        assert f"{words.title}{words.detail}{words.action}".isascii()


def test_a_scan_that_has_just_begun_waits() -> None:
    assert word_start(ORDER, "en") == ScanResult(Tone.WAITING, ORDER, "Looking it up…")
