"""A site's own rules decide what its barcodes mean, in their order, and none of them can hold up the bench."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scan.rule_table import BadRule, RuleTable, RuleTooSlow, line_of_rule
from app.scan.rules import Ignored, Order, PairingLinkScanned, Unknown, read
from app.scanner_settings import RuleSettings
from relay.contract.controls import Control

JOB = RuleSettings(pattern=r"JOB-(?P<order>\d{6})(?:/(?P<document>\d+))?", order="WO-{order}")
PLAIN = RuleSettings(pattern=r"[A-Z]{2}(?P<order>\d+)")
STOP = RuleSettings(pattern=r"STOP", action="close")
LEFT = RuleSettings(pattern=r"GO-LEFT", action="display", display=2)
SCREEN = RuleSettings(pattern=r"GO-(?P<display>\d)", action="display")
BADGE = RuleSettings(pattern=r"EMP\d+", action="ignore")
TABLE = RuleTable([JOB, BADGE, PLAIN, STOP, LEFT, SCREEN])


@pytest.mark.parametrize(
    ("scanned", "meaning"),
    [
        ("JOB-000123", Order("WO-000123")),
        ("JOB-000123/2", Order("WO-000123", 2)),
        ("]C0JOB-000123\r", Order("WO-000123")),
        ("xJOB-000123", Order("xJOB-000123")),  # a rule fits the whole scan, or not at all
        ("AB77", Order("77")),
        ("EMP4711", Ignored()),
        ("STOP", Control("close")),
        ("GO-LEFT", Control("display", 2)),
        ("GO-3", Control("display", 3)),
        ("GO-0", Unknown("display")),
        ("WO-9", Order("WO-9")),
        ("xbcxnext", Control("next")),  # controls come before every rule
        ("http://x/api/pair?a#b", PairingLinkScanned("http://x/api/pair?a#b")),
    ],
)
def test_the_first_rule_that_fits_decides(scanned: str, meaning: object) -> None:
    assert read(scanned, table=TABLE) == meaning


def test_the_order_of_the_rules_counts() -> None:
    everything = RuleSettings(pattern=".*", action="ignore")
    assert read("STOP", table=RuleTable([everything, STOP])) == Ignored()
    assert read("STOP", table=RuleTable([STOP, everything])) == Control("close")


def test_what_a_rule_makes_is_held_to_the_spelling_of_orders() -> None:
    assert read("A", table=RuleTable([RuleSettings(pattern="A", order="x" * 101)])) == Unknown("too_long")
    empty = RuleTable([RuleSettings(pattern="A(?P<order>.*)")])
    assert read("A", table=empty) == Unknown("empty")


@pytest.mark.parametrize("pattern", [r"(a|a)*b", r"(?:a|aa)+b"])
def test_a_pattern_that_never_ends_is_stopped_and_told_by_its_number(pattern: str) -> None:
    table = RuleTable(
        [STOP, RuleSettings(pattern=pattern, action="ignore"), RuleSettings(pattern=".*", order="WRONG")]
    )
    began = time.perf_counter()
    scanned = "a" * 60 + "!b"
    says = table.read(scanned)
    # Without the time-out this takes years; the limit allows for a machine that is a hundred times too busy.
    assert time.perf_counter() - began < 15
    assert says == RuleTooSlow(2), "a later rule must not have it"
    assert read(scanned, table=table) == Unknown("rule_too_slow", "2")


def test_a_text_of_unusual_length_meets_no_rule() -> None:
    assert RuleTable([RuleSettings(pattern=".*", action="ignore")]).read("a" * 601) is None


@pytest.mark.parametrize(
    ("rule", "reason", "detail"),
    [
        (RuleSettings(), "pattern_or_gs1", ""),
        (RuleSettings(pattern="a", gs1="21"), "pattern_or_gs1", ""),
        (RuleSettings(pattern="a", order="x", action="close"), "order_or_action", ""),
        (RuleSettings(pattern="abc"), "order_or_action", ""),
        (RuleSettings(pattern="a(", order="x"), "pattern", "position 2"),
        (RuleSettings(pattern="a", order="{batch}"), "placeholder", "batch"),
        (RuleSettings(pattern="a", order="{0}"), "placeholder", "0"),
        (RuleSettings(pattern="(?P<order>a)", order="{order!r}"), "placeholder", "order"),
        (RuleSettings(pattern="(?P<order>a)", order="{order.__class__}"), "placeholder", "order.__class__"),
        (RuleSettings(pattern="a", order="x{"), "placeholder", "x{"),
        (RuleSettings(pattern="a", action="close", display=2), "display", ""),
        (RuleSettings(pattern="a", action="display"), "display_missing", ""),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(rule: RuleSettings, reason: str, detail: str) -> None:
    with pytest.raises(BadRule) as caught:
        RuleTable([STOP, rule])
    assert (caught.value.number, caught.value.reason) == (2, reason)
    assert detail in caught.value.detail


def test_the_line_of_a_rule_is_found() -> None:
    toml = "language = 'ko'\n[scanner]\ngap_ms = 40\n\n[[scanner.rules]]\npattern = 'a'\n\n[[ scanner . rules ]]\n"
    assert line_of_rule(toml, 1) == 5
    assert line_of_rule(toml, 2) == 8
    assert line_of_rule(toml, 3) is None


@given(st.text(max_size=80))
def test_whatever_is_scanned_the_rules_answer(text: str) -> None:
    assert read(text, table=TABLE) is not None
