"""What a monitor says of itself: its EDID (VESA E-EDID 1.4, the first block) in a few words.

Much of it is empty in the field: serial numbers of 0 or 1 repeated, no descriptors, no EDID at all behind a cheap
adapter. What is empty or senseless here is an empty text, never a guess.
"""

import hashlib
from dataclasses import dataclass

_BLOCK = 128
_HEADER = bytes.fromhex("00ffffffffffff00")
_DESCRIPTORS = (54, 72, 90, 108)
_SERIAL, _NAME = 0xFF, 0xFC
# What factories write where they write no number.
_NO_NUMBERS = {0, 1, 0x01010101, 0xFFFFFFFF}
_NO_TEXTS = {
    "0",
    "00000000",
    "000000000000",
    "demoset-1",
    "serialnumber",
    "12345678",
    "0123456789",
    "unknown",
}


@dataclass(frozen=True, kw_only=True)
class Edid:
    """`digest` is of all bytes; two monitors of one kind without serial numbers share it."""

    digest: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""


def read_edid(data: bytes) -> Edid:
    """Read an EDID; one that is absent, short or without its header says nothing at all."""
    if len(data) < _BLOCK or data[:8] != _HEADER:
        return Edid()
    texts = _texts(data)
    number = int.from_bytes(data[12:16], "little")
    serial = _meant(texts.get(_SERIAL, "")) or ("" if number in _NO_NUMBERS else f"{number:08X}")
    vendor = _vendor(int.from_bytes(data[8:10], "big"))
    product = int.from_bytes(data[10:12], "little")
    model = texts.get(_NAME, "") or (f"{vendor} {product:04X}" if vendor else "")
    return Edid(digest=hashlib.sha256(data).hexdigest()[:32], vendor=vendor, model=model, serial=serial)


def _vendor(packed: int) -> str:
    """Unpack the three letters, five bits each; A is 1."""
    letters = [(packed >> shift) & 0x1F for shift in (10, 5, 0)]
    return (
        "".join(chr(64 + letter) for letter in letters)
        if all(1 <= letter <= 26 for letter in letters)
        else ""
    )


def _texts(data: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in _DESCRIPTORS:
        block = data[start : start + 18]
        if block[:3] == b"\0\0\0":  # a descriptor, and no timing
            text = block[5:].split(b"\n")[0].decode("cp437")
            found.setdefault(block[3], " ".join("".join(c if c.isprintable() else " " for c in text).split()))
    return found


def _meant(serial: str) -> str:
    return "" if serial.lower().replace(" ", "") in _NO_TEXTS or not serial.strip("0 ") else serial
