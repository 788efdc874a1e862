"""GS1 element strings are read by the standard's table, and what breaks its rules is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scan.gs1 import BadElements, read_elements
from app.scan.rule_table import RuleTable
from app.scan.rules import Order, Unknown, read
from app.scanner_settings import RuleSettings

GS = "\x1d"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        # GS1 General Specifications: fixed lengths need no separator, variable ones do unless they are last.
        ("010952123456789910ABC123", [("01", "09521234567899"), ("10", "ABC123")]),
        (f"10ABC123{GS}0109521234567899", [("10", "ABC123"), ("01", "09521234567899")]),
        (f"{GS}400WO-7{GS}2112345", [("400", "WO-7"), ("21", "12345")]),
        (f"0109521234567899{GS}17251231", [("01", "09521234567899"), ("17", "251231")]),
        ("250ABC-1", [("250", "ABC-1")]),
        ("3103001750", [("3103", "001750")]),
        ("17250200", [("17", "250200")]),  # day 00: the last of the month
        ("00095212345678900016", [("00", "095212345678900016")]),
        ("7003251231" + "2359", [("7003", "2512312359")]),
    ],
)
def test_elements_are_read(text: str, pairs: list[tuple[str, str]]) -> None:
    elements = read_elements(text)
    assert list(elements.pairs) == pairs
    assert str(elements) == "".join(f"({identifier}){value}" for identifier, value in pairs)


@pytest.mark.parametrize(
    "text",
    [
        "0109521234567898",  # check digit of the GTIN
        "00095212345678900014",  # check digit of the SSCC
        "4149521234567890",  # check digit of the GLN
        "17251301",  # month 13
        "17250230",  # 30 February
        "01095212345678",  # too short
        "10" + "A" * 21,  # too long
        "10AB\u00e4",  # outside the character set
        "0512345",  # no such identifier
        "",
        "10A" * 300,
    ],
)
def test_what_breaks_the_rules_is_refused(text: str) -> None:
    with pytest.raises(BadElements):
        read_elements(text)


@given(st.text(max_size=80))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    with suppress(BadElements):
        read_elements(text)


@pytest.mark.parametrize(
    ("scanned", "meaning"),
    [
        ("]C1400WO-2025-0001", Order("WO-2025-0001")),
        (f"]d20109521234567899400WO-7{GS}211", Order("WO-7")),
        (f"0109521234567899400WO-7{GS}211", Order("WO-7")),  # the separator is evidence enough
        ("400WO-7", Order("400WO-7")),  # nobody says that this is GS1
        ("]C0400WO-7", Order("400WO-7")),  # the scanner says that it is plain Code 128
        ("]C1WO-7", Order("WO-7")),  # no identifier begins so, whatever the scanner claims
        ("]C10109521234567899", Unknown("gs1_no_order", "(01)09521234567899")),
    ],
)
def test_the_order_of_a_gs1_scan(scanned: str, meaning: object) -> None:
    assert read(scanned) == meaning


def test_a_damaged_gs1_scan_is_refused_with_its_reason() -> None:
    refused = read("]C10109521234567898")
    assert isinstance(refused, Unknown)
    assert refused.reason == "gs1_invalid"
    assert "heck digit" in refused.detail


@pytest.mark.parametrize(
    ("identifier", "template", "order"),
    [
        ("21", None, "SN-7"),
        ("10", "LOT-{value}", "LOT-B9"),
        ("01", "{value}", "09521234567899"),
        ("250", None, "X2"),
    ],
)
def test_a_rule_says_which_identifier_is_the_order(identifier: str, template: str | None, order: str) -> None:
    table = RuleTable([RuleSettings(gs1=identifier, order=template)])
    scanned = f"]C1010952123456789910B9{GS}21SN-7{GS}250X2"
    assert read(scanned, table=table) == Order(order)


def test_a_scanner_may_send_another_sign_for_the_separator() -> None:
    assert read("]C1400WO-7|21X", group_separator="|") == Order("WO-7")
    assert read("0109521234567899400WO-7|21X", group_separator="|") == Order("WO-7")
    assert read("WO|7", group_separator="|") == Order("WO|7"), "the sign alone makes nothing GS1"
