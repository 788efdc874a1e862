"""Labels: a scanner that reads the printed page hears the order's number, from both codes."""

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from helpers.relay_running import running_relay

from relay.contract.names import OrderId
from relay.contract.orders import OrderInfo
from relay.flows.display.labels import NARROWEST, draw_labels, modules_of

DPI = 300


def scan(pdf: bytes) -> list[list[tuple[str, str]]]:
    """Read every page as a printer would put it on paper: format and text of each code."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            sorted(
                (code.format.name, code.text)
                for code in zxingcpp.read_barcodes(page.render(scale=DPI / 72).to_pil().convert("L"))
            )
            for page in document
        ]
    finally:
        document.close()


def order(id_: str, **more: str) -> OrderInfo:
    return OrderInfo(order_id=OrderId(id_), **{"title": "하우징 가공", **more})


def test_a_label_of_the_roll_is_read_from_both_codes() -> None:
    pdf = draw_labels(
        [order("WO-2025-0001", customer="한빛정공", due_date="2026-12-31")], "62mm", title="Labels"
    )
    assert scan(pdf) == [[("Code128", "WO-2025-0001"), ("QRCode", "WO-2025-0001")]]
    document = pypdfium2.PdfDocument(pdf)
    width, height = document[0].get_size()
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (62, 40)
    assert "한빛정공" in text


def test_a_sheet_holds_fourteen_and_every_one_is_read() -> None:
    ids = [f"WO-2025-{number:04}" for number in range(15)]
    pages = scan(draw_labels([order(id_) for id_ in ids], "a4", title="Labels"))
    assert len(pages) == 2
    assert {text for page in pages for _, text in page} == set(ids)
    assert [len(page) for page in pages] == [28, 2]


@pytest.mark.parametrize("id_", ["작업-17", "W" * 90], ids=["korean", "long"])
def test_what_bars_cannot_hold_has_its_qr_code(id_: str) -> None:
    assert scan(draw_labels([order(id_)], "62mm", title="Labels")) == [[("QRCode", id_)]]


def test_no_bar_is_narrower_than_a_scanner_reads() -> None:
    found = modules_of("WO-2025-0001")
    assert found is not None
    assert 56 / (found[1] + 20) > NARROWEST


async def test_labels_come_over_http_as_often_as_they_are_asked_for(tmp_path: Path) -> None:
    async with running_relay(tmp_path) as office:
        for id_ in ("WO-1", "WO/2"):
            await office.call(
                "PUT", f"/api/orders/{id_.replace('/', '%2F')}", json={"title": "긴 제목 " * 30}
            )
        answer = await office.call(
            "GET", "/api/labels.pdf?orderId=WO-1&orderId=WO%2F2&orderId=WO-1&size=62mm&lang=ko"
        )
        assert answer.status == 200
        assert [page[0][1] for page in scan(answer.body["bytes"])] == ["WO-1", "WO/2", "WO-1"]
        refused = [
            await office.call("GET", f"/api/labels.pdf?{query}")
            for query in ("", "orderId=WO-9", "orderId=WO-1&size=a3")
        ]
        assert [each.body["code"] for each in refused] == [
            "VALIDATION_ERROR",
            "ORDER_NOT_FOUND",
            "VALIDATION_ERROR",
        ]
