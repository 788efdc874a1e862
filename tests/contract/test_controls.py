"""A control barcode is read whatever a keyboard makes of it, and nothing else is taken for one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.contract.controls import (
    CALIBRATION,
    CONTROLS,
    DISPLAYS,
    PREFIX,
    SAFE_LETTERS,
    Control,
    control_sheet_path,
    read_control,
    write_control,
)

each_control = pytest.mark.parametrize("control", CONTROLS, ids=write_control)


@each_control
def test_a_control_is_read_back_whatever_its_letter_case(control: Control) -> None:
    text = write_control(control)
    assert read_control(text) == control
    assert read_control(text.lower()) == control
    assert read_control(text.swapcase().capitalize()) == control
    assert read_control(text.lower().replace("i", "ı")) == control, "a Turkish keyboard with Caps Lock"


@each_control
def test_a_control_holds_only_letters_that_keyboards_agree_about(control: Control) -> None:
    assert set(write_control(control)) <= set(SAFE_LETTERS)
    assert not set(SAFE_LETTERS) & set("AQWZMY")


def test_every_control_has_a_text_of_its_own() -> None:
    assert len({write_control(control) for control in CONTROLS}) == len(CONTROLS) == 9 + DISPLAYS


@given(st.text(string.printable, max_size=30))
def test_what_is_not_exactly_a_control_is_none(text: str) -> None:
    texts = {write_control(control) for control in CONTROLS}
    assert (read_control(text) is not None) == (text.upper() in texts)
    for control in (PREFIX, f"{PREFIX}NEXT-1", f"1{PREFIX}NEXT", f"{PREFIX}SCREEN", f"{PREFIX}SCREENIX"):
        assert read_control(control) is None


def test_the_keyboard_test_asks_every_letter_digit_and_usual_sign_once() -> None:
    assert len(set(CALIBRATION)) == len(CALIBRATION)
    assert set(string.ascii_uppercase + string.digits + "-_./:+") == set(CALIBRATION)


def test_the_sheet_is_there_in_both_languages() -> None:
    assert control_sheet_path("ko").read_bytes()[:5] == control_sheet_path("en").read_bytes()[:5] == b"%PDF-"
