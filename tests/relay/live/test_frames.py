"""The WebSocket codec: whatever the pieces that bytes come in, the same messages; whatever is wrong, its code."""

import contextlib

import pytest
from helpers.raw_line import masked_frame
from hypothesis import given
from hypothesis import strategies as st

from relay.live.fast import frames
from relay.live.fast.frames import FrameReader, Opcode, Violation

LIMIT = 70_000
texts = st.text(max_size=300).map(str.encode) | st.integers(0, LIMIT).map(lambda size: b"x" * size)
masks = st.binary(min_size=4, max_size=4)
controls = st.tuples(st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125))


@st.composite
def messages(draw) -> tuple[list[tuple[Opcode, bytes]], bytes]:
    """Draw messages, in fragments with control frames between them, and the bytes that carry them."""
    heard, sent = [], b""
    for _ in range(draw(st.integers(1, 4))):
        opcode = draw(st.sampled_from([Opcode.TEXT, Opcode.BINARY]))
        payload = draw(texts)
        cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=4)))
        pieces = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
        if sum(len(piece) or 1 for piece in pieces) > LIMIT:
            pieces = [payload]
        for number, piece in enumerate(pieces):
            is_final = number == len(pieces) - 1
            sent += masked_frame(opcode if number == 0 else 0, piece, final=is_final, mask=draw(masks))
            if not is_final and draw(st.booleans()):
                control, said = draw(controls)
                heard.append((control, said))
                sent += masked_frame(control, said, mask=draw(masks))
        heard.append((opcode, payload))
    return heard, sent


@given(messages(), st.lists(st.integers(1, 5000), min_size=1, max_size=8))
def test_the_pieces_in_which_bytes_come_make_no_difference(drawn, sizes) -> None:
    heard, sent = drawn
    reader = FrameReader(LIMIT)
    found, at, turn = [], 0, 0
    while at < len(sent):
        size = sizes[turn % len(sizes)]
        found += list(reader.feed(sent[at : at + size]))
        at, turn = at + size, turn + 1
    assert found == heard


def test_every_cut_of_a_short_conversation_gives_the_same() -> None:
    sent = masked_frame(1, "가나".encode(), final=False) + masked_frame(9, b"p") + masked_frame(0, b"!" * 130)
    whole = list(FrameReader(LIMIT).feed(sent))
    assert whole == [(Opcode.PING, b"p"), (Opcode.TEXT, "가나".encode() + b"!" * 130)]
    for at in range(len(sent)):
        reader = FrameReader(LIMIT)
        assert list(reader.feed(sent[:at])) + list(reader.feed(sent[at:])) == whole


@given(st.lists(st.binary(max_size=600), max_size=6))
def test_no_bytes_whatsoever_do_more_than_break_the_protocol(chunks) -> None:
    reader = FrameReader(LIMIT)
    with contextlib.suppress(Violation):
        for chunk in chunks:
            for opcode, payload in reader.feed(chunk):
                assert opcode in Opcode
                assert len(payload) <= LIMIT


@given(st.binary(max_size=70_000), masks)
def test_taking_a_mask_off_twice_changes_nothing(payload, mask) -> None:
    once = frames.unmasked(payload, mask)
    assert once == bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    assert frames.unmasked(once, mask) == payload


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_says_its_size_in_the_shortest_way(size: int) -> None:
    written = frames.frame(Opcode.TEXT, b"x" * size)
    head = written[: len(written) - size]
    assert head[0] == 0x81
    assert len(head) == (2 if size < 126 else 4 if size < 65_536 else 10)
    assert (head[1] if size < 126 else int.from_bytes(head[2:], "big")) == size


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked_frame(1, b"x", mask=None), 1002),
        (masked_frame(1, b"x", reserved=0x40), 1002),
        (masked_frame(1, b"x", reserved=0x10), 1002),
        (masked_frame(0xB, b"x"), 1002),
        (masked_frame(3, b"x"), 1002),
        (masked_frame(9, b"x" * 126), 1002),
        (masked_frame(8, b"", final=False), 1002),
        (masked_frame(0, b"x"), 1002),
        (masked_frame(1, b"x", final=False) + masked_frame(1, b"x"), 1002),
        (masked_frame(1, b"\xc3\x28"), 1007),
        (masked_frame(1, b"\xed\xa0\x80"), 1007),
        (masked_frame(1, b"\xf0\x9f", final=False) + masked_frame(0, b"x"), 1007),
        (masked_frame(1, b"x" * (LIMIT + 1)), 1009),
        # Eight exabytes are promised; nothing of them has to come.
        (b"\x82\xff" + b"\x7f" + b"\xff" * 7 + b"\1\2\3\4", 1009),
        (masked_frame(2, b"x" * LIMIT, final=False) + masked_frame(0, b"x"), 1009),
        (masked_frame(1, b"", final=False) + masked_frame(0, b"", final=False) * 1024, 1009),
    ],
)
def test_a_violation_has_its_code(sent: bytes, code: int) -> None:
    reader = FrameReader(LIMIT)
    with pytest.raises(Violation) as broken:
        list(reader.feed(sent))
    assert broken.value.code == code


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 3000, 4001, 4999])
def test_a_close_frame_carries_its_code_and_what_fits_of_its_reason(code: int) -> None:
    written = frames.close_frame(code, "끊김" * 60)
    assert len(written) <= 2 + 125
    assert frames.close_code(written[2:]) == code


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_a_close_code_that_must_not_travel_is_a_violation(code: int) -> None:
    with pytest.raises(Violation):
        frames.close_code(code.to_bytes(2, "big"))


def test_a_close_frame_may_say_nothing() -> None:
    assert frames.close_code(b"") is None
    with pytest.raises(Violation):
        frames.close_code(b"\x03\xe8\xff")
    with pytest.raises(Violation):
        frames.close_code(b"\x03")
