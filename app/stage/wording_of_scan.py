"""Words what a scanner alone can bring about: a control barcode, a text that is nothing of ours, an order again."""

from app.stage.scan_result import AlreadyShown, ControlAnswer, ScanResult, Tone, Unreadable
from relay.contract.controls import Control
from relay.contract.problems import Code
from relay.contract.wording import Language, Wording


def name_control(control: Control, language: Language) -> str:
    """Name a control as it is printed on the sheet."""
    return Wording(language).say(f"scanner.control.{control.verb}", number=control.number or 1)


def word_unreadable(answer: Unreadable, subject: str, language: Language) -> ScanResult:
    """Word a scan that is nothing of ours; `subject` is what was read."""
    say = Wording(language).say
    return ScanResult(
        Tone.BAD,
        subject or say("desk.outcome.nothing"),
        say("desk.outcome.unreadable"),
        say(f"scanner.unreadable.{answer.reason}", detail=answer.detail),
        say(f"scanner.unreadable.{answer.reason}.action"),
    )


def word_already_shown(answer: AlreadyShown, subject: str, language: Language) -> ScanResult:
    """Word that the order is on the screen already."""
    say = Wording(language).say
    return ScanResult(
        Tone.GOOD,
        subject,
        say("scanner.already_shown"),
        say("scanner.already_shown_on", number=answer.display) if answer.display is not None else "",
        say("scanner.already_shown.action"),
        again=True,
    )


def word_control(answer: ControlAnswer, language: Language, told_in: Language) -> ScanResult:
    """Word how a control barcode ended; the workstation's own sentence is in the language `told_in`."""
    say, control, performed = Wording(language).say, answer.control, answer.performed
    name = name_control(control, language)
    if performed is None:
        return ScanResult(Tone.GOOD, name, say("scanner.done"), _follow(control, language))
    if performed.state == "failed":
        code = performed.code or Code.INTERNAL_ERROR
        nothing = code is Code.DOCUMENT_NOT_FOUND
        own = (performed.error or "") if told_in == language and not nothing else ""
        return ScanResult(
            Tone.BAD,
            name,
            say("scanner.nothing_shown") if nothing else say(f"problem.{code.value}.title"),
            own or say("scanner.nothing_shown.detail" if nothing else f"problem.{code.value}.detail").strip(),
            "" if nothing else say(f"problem.{code.value}.action"),
        )
    parts: list[str] = []
    if performed.page is not None and performed.pages is not None:
        parts.append(say("desk.monitors.page", page=performed.page, pages=performed.pages))
    if control.verb in {"display", "undo"} and performed.display is not None:
        parts.append(say("desk.outcome.shown_on", number=performed.display.index + 1))
    verdict = " · ".join(parts) or say("scanner.done")
    return ScanResult(Tone.GOOD, name, verdict, _follow(control, language))


def _follow(control: Control, language: Language) -> str:
    if control.verb != "display" or control.number is None:
        return ""
    return Wording(language).say("scanner.next_orders", number=control.number)
