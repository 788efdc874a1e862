"""What can be read of an EDID, and what is not believed."""

import pytest
from helpers.edids import make_edid
from hypothesis import given
from hypothesis import strategies as st

from app.stage.edid import Edid, read_edid


def test_vendor_model_and_serial_are_read_as_a_person_would_say_them():
    told = read_edid(make_edid("DEL", 0x40F1, 305419896, name="DELL U2419H", serial="SN0001"))
    assert (told.vendor, told.model, told.serial) == ("DEL", "DELL U2419H", "SN0001")


def test_without_descriptors_the_numbers_have_to_do():
    told = read_edid(make_edid("SAM", 0x0F9A, 0x5A3C1122))
    assert (told.vendor, told.model, told.serial) == ("SAM", "SAM 0F9A", "5A3C1122")


@pytest.mark.parametrize("number", [0, 1, 0x01010101, 0xFFFFFFFF])
@pytest.mark.parametrize("text", ["", "0", "00000000", "Serial Number"])
def test_a_serial_number_that_is_none_is_empty(number: int, text: str):
    assert read_edid(make_edid("AOC", 0x2402, number, name="24B2", serial=text)).serial == ""


def test_two_monitors_of_one_kind_without_serial_numbers_say_the_same():
    one, other = (read_edid(make_edid("AOC", 0x2402, 0, name="24B2")) for _ in range(2))
    assert one == other != Edid()
    assert read_edid(make_edid("AOC", 0x2402, 7, name="24B2")).digest != one.digest


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 128, make_edid("DEL", 1, 1)[:127], b"x" + make_edid("DEL", 1, 1)[1:]]
)
def test_what_is_no_edid_says_nothing(data: bytes):
    assert read_edid(data) == Edid()


@given(st.binary(min_size=120, max_size=248))
def test_no_bytes_whatever_do_harm(rest: bytes):
    told = read_edid(bytes.fromhex("00ffffffffffff00") + rest)
    assert all(letter.isprintable() for letter in told.vendor + told.model + told.serial)
