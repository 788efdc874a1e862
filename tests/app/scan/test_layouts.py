"""Whatever layout a keyboard was set to, a scan through it is what the scanner meant."""

import string

import pytest
from helpers.xkb import typed_by
from hypothesis import given
from hypothesis import strategies as st

from app.scan.layout_tables import KEY_CODES, KEYS, LAYOUTS
from app.scan.layouts import read_keys, type_on, undo_caps_lock, undo_layout
from relay.contract.controls import CALIBRATION, CONTROLS, read_control, write_control

OF_XKB = {name: (name.split("_")[0], name.partition("_")[2]) for name in LAYOUTS} | {
    "dvorak": ("us", "dvorak")
}
ORDERS = st.text(string.ascii_letters + string.digits + "-_./:+ ", min_size=1, max_size=60)
LATIN = [name for name in LAYOUTS if name not in {"ru", "dvorak"}]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_table_is_the_one_of_this_machine(layout: str) -> None:
    assert typed_by(*OF_XKB[layout], KEY_CODES) == LAYOUTS[layout]
    assert all(len(row) == KEYS for row in LAYOUTS[layout])


@given(meant=ORDERS)
def test_read_key_by_key_a_scan_needs_no_layout(meant: str) -> None:
    us = LAYOUTS["us"]
    places = [57 if sign == " " else KEY_CODES["".join(us).index(sign) % KEYS] for sign in meant]
    assert read_keys(places, [sign in us[1] for sign in meant]) == meant


def test_a_key_that_nobody_knows_makes_nothing_of_the_rest() -> None:
    assert read_keys((30, 99), (False, False)) is None
    assert read_keys((30, 31), (False,)) is None
    assert read_keys((), ()) is None


def typable(layout: str, meant: str) -> str:
    """Leave out what a table cannot bring back: two keys of the Japanese layout type a tilde."""
    return meant.replace("+", "") if layout == "jp" else meant


@pytest.mark.parametrize("layout", LAYOUTS)
@given(meant=ORDERS)
def test_what_a_layout_made_of_a_scan_is_undone(layout: str, meant: str) -> None:
    meant = typable(layout, meant)
    shifts = [sign.isupper() or sign in "_:+" for sign in meant]
    arrived = type_on(meant, layout)
    assert undo_layout(arrived, layout, shifts) == meant
    if layout != "tr":  # whose two letters i Caps Lock does not exchange
        assert undo_layout(undo_caps_lock(arrived), layout, shifts) == meant


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_keyboard_test_is_undone_without_a_word_of_shift(layout: str) -> None:
    meant = typable(layout, CALIBRATION)
    assert undo_layout(type_on(meant, layout), layout) == meant


@pytest.mark.parametrize("layout", LATIN)
def test_controls_survive_every_latin_layout_unrepaired(layout: str) -> None:
    for control in CONTROLS:
        assert read_control(type_on(write_control(control), layout)) == control
        assert read_control(undo_caps_lock(type_on(write_control(control), layout))) == control


@pytest.mark.parametrize(
    ("arrived", "layout", "meant"),
    [
        ("WOß2025ß0001", "de", "WO-2025-0001"),
        ("ZX", "de", "YX"),
        ("WO)éàé(", "fr", "ZO-2025"),
        ("é", "de", "=e"),  # the dead acute accent was pressed first
        ("´x", "de", "=x"),  # where the system types it alone
        ("\u0300D2", "de", "+D2"),
        ("é", "fr", "2"),  # a key of its own there
        ("₩", "de", "₩"),  # no key has it
    ],
)
def test_known_scans(arrived: str, layout: str, meant: str) -> None:
    assert undo_layout(arrived, layout) == meant


def test_caps_lock_that_is_a_shift_lock_is_undone_by_what_shift_really_did() -> None:
    # French on Windows: with Caps Lock the upper row gives digits without Shift.
    assert undo_layout("2025", "fr", [False] * 4) == "2025"
    assert undo_layout("2025", "fr") == "@)@%"
