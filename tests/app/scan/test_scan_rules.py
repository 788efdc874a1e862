"""What a scanned or typed text means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scan.rules import LONGEST_ORDER, Order, PairingLinkScanned, Unknown, read
from relay.contract.codec import convert
from relay.contract.commands import Trigger
from relay.contract.pairing import RelayAddress, read_link, write_link

TOKEN = "7ZZ4ABCD8EFG2345"
LINK = write_link(
    "BENCH-07", TOKEN, RelayAddress(addresses=("https://10.0.0.5:8443",), fingerprint="ab" * 32)
)


@pytest.mark.parametrize(
    ("scanned", "order", "number"),
    [
        ("WO-2025-0001", "WO-2025-0001", None),
        ("  WO-2025-0001\r\n", "WO-2025-0001", None),
        ("\x02WO-2025-0001\x03", "WO-2025-0001", None),
        ("]C1WO-2025-0001", "WO-2025-0001", None),
        ("]Q3WO-2025-0001", "WO-2025-0001", None),
        ("]c1wo-2025-0001", "wo-2025-0001", None),  # Caps Lock: tried as scanned
        ("WO-2025-0003+D2", "WO-2025-0003", 2),
        ("wo-2025-0003+d12", "wo-2025-0003", 12),
        ("]C1WO-2025-0003+D999", "WO-2025-0003", 999),
        ("WO-2025-0003+D0", "WO-2025-0003+D0", None),
        ("WO-2025-0003+D1000", "WO-2025-0003+D1000", None),
        ("+D2", "+D2", None),
        ("ㅉㅒ-2025-0003+ㅇ2", "WO-2025-0003", 2),
        ("]ㅊ1재-7", "WO-7", None),
        ("http://erp.example/order/7", "http://erp.example/order/7", None),
        ("http://[", "http://[", None),
        ("주문-1+D3", "WNANS-1", 3),
    ],
)
def test_orders(scanned: str, order: str, number: int | None) -> None:
    assert read(scanned) == Order(order, number)


@pytest.mark.parametrize(
    "scanned",
    [
        LINK,
        LINK.swapcase(),
        LINK.upper(),
        f"]Q1{LINK}\r",
        "benchcast:?relay=http://10.0.0.5:8080&screenId=A&token=B",
        "BENCHCAST://pair?x",
    ],
)
def test_pairing_links(scanned: str) -> None:
    assert isinstance(read(scanned), PairingLinkScanned)


def test_a_link_scanned_through_a_korean_keyboard_still_pairs() -> None:
    keys = dict(
        zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", strict=True)
    )
    result = read("".join(keys.get(sign.upper(), sign) for sign in LINK))
    assert isinstance(result, PairingLinkScanned)
    link = read_link(result.link)
    assert (link.screen_id, link.token) == ("BENCH-07", read_link(LINK).token)
    assert link.relay == read_link(LINK).relay


@pytest.mark.parametrize(
    ("scanned", "reason"),
    [
        ("", "empty"),
        (" \r\n\t", "empty"),
        ("]C1", "empty"),
        ("A" * (LONGEST_ORDER + 1), "too_long"),
        ("http://x/api/pair?" + "a" * 5_000, "too_long"),
        ("WO\x1d2025", "control_characters"),
        ("WO\n2025", "control_characters"),
        ("WO\ud8002025", "control_characters"),
        ("\x85", "empty"),
    ],
)
def test_nothing_of_ours(scanned: str, reason: str) -> None:
    assert read(scanned) == Unknown(reason)


def test_what_a_human_types_is_taken_at_his_word() -> None:
    assert read("주문-0001+D2", typed=True) == Order("주문-0001", 2)


@given(st.text(max_size=300))
def test_whatever_is_scanned_is_answered_and_an_order_is_one_that_the_wire_takes(text: str) -> None:
    match read(text):
        case Order(order_id, number):
            trigger = {
                "id": "01890a5d-ac96-774b-bcce-b302099a8057",
                "screenId": "S",
                "timestamp": 0,
                "orderId": order_id,
            }
            convert(trigger | ({"documentNumber": number} if number else {}), Trigger)
        case PairingLinkScanned() | Unknown():
            pass
