"""An order's papers: revisions, a document taken away, small pictures of pages, and a table that is only tried."""

import csv
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from pathlib import Path

import aiohttp
import pytest
from helpers.relay_running import Office, running_relay, small_pdf
from helpers.sample_files import picture
from PIL import Image


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path) as office:
        yield office


async def test_a_document_tells_all_its_revisions_the_newest_first(office: Office) -> None:
    first = await office.add_order("WO-1", small_pdf("one"))
    await office.add_order("WO-1", small_pdf("two"))
    answer = await office.call("GET", f"/api/orders/WO-1/documents/{first['documentId']}")
    assert answer.status == 200
    assert [each["revision"] for each in answer.body["revisions"]] == ["B", "A"]
    assert answer.body["revisions"][1]["sha256"] == first["sha256"]
    other = await office.call("GET", f"/api/orders/WO-2/documents/{first['documentId']}")
    assert (other.status, other.body["code"]) == (404, "DOCUMENT_NOT_FOUND")


async def test_behind_a_deleted_document_the_others_move_up(office: Office) -> None:
    ids = [
        (await office.add_order("WO-1", small_pdf(title), title=title, filename=f"{title}.pdf"))["documentId"]
        for title in ("plan",)
    ]
    for title in ("drawing", "check", "pack"):
        form = aiohttp.FormData()
        form.add_field("title", title)
        form.add_field("file", small_pdf(title), filename="x.pdf")
        answer = await office.call("POST", "/api/orders/WO-1/documents", data=form)
        ids.append(answer.body["documentId"])
    await office.pair()
    first = await office.trigger(orderId="WO-1", documentNumber=2)
    assert first.body["document"] == "drawing"
    assert (await office.call("DELETE", f"/api/orders/WO-1/documents/{ids[1]}")).status == 204
    order = (await office.call("GET", "/api/orders/WO-1")).body
    assert [each["documentId"] for each in order["documents"]] == [ids[0], ids[2], ids[3]]
    numbers = [
        (await office.call("GET", f"/api/orders/WO-1/documents/{id_}")).body["number"]
        for id_ in (ids[0], ids[2], ids[3])
    ]
    assert numbers == [1, 2, 3]
    # What was remembered for the next scan is forgotten.
    assert (await office.trigger(orderId="WO-1", documentNumber=2)).body["document"] == "check"
    assert (await office.trigger(orderId="WO-1", documentNumber=4)).body["code"] == "DOCUMENT_NOT_FOUND"
    # What was shown can still be looked at.
    assert (await office.call("GET", order["documents"][0]["url"])).status == 200


async def test_who_may_only_look_deletes_nothing(office: Office) -> None:
    made = await office.add_order("WO-1")
    viewer = await office.add_user("kim", "viewer")
    path = f"/api/orders/WO-1/documents/{made['documentId']}"
    assert (await viewer.call("GET", path)).status == 200
    assert (await viewer.call("DELETE", path)).body["code"] == "FORBIDDEN"


async def test_a_page_is_drawn_small_once_and_kept(office: Office, tmp_path: Path) -> None:
    made = await office.add_order("WO-1", small_pdf("WO-1", pages=2))
    path = f"/api/documents/{made['sha256']}/preview"
    answer = await office.call("GET", f"{path}?page=2&width=480")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    drawn = Image.open(BytesIO(answer.body["bytes"])).convert("L")
    assert drawn.width == 480
    assert drawn.getextrema()[0] < 128  # something is written on it
    kept = list((tmp_path / "previews").glob("*.png"))
    assert len(kept) == 1
    kept[0].write_bytes(b"kept")
    again = await office.call("GET", f"{path}?page=2&width=480")
    assert again.body["bytes"] == b"kept"
    etag = {"If-None-Match": answer.headers["Etag"]}
    assert (await office.call("GET", f"{path}?page=2&width=480", headers=etag)).status == 304
    assert (await office.call("GET", f"{path}?page=3")).body["code"] == "DOCUMENT_NOT_FOUND"
    assert (await office.call("GET", f"{path}?width=481")).body["code"] == "VALIDATION_ERROR"
    assert (await office.as_(None).call("GET", path)).status == 401


async def test_a_picture_is_made_small_and_a_drawing_has_no_picture(office: Office) -> None:
    made = await office.add_order("WO-1", picture("PNG"), filename="photo.png")
    answer = await office.call("GET", f"/api/documents/{made['sha256']}/preview?width=160")
    assert answer.status == 200
    assert Image.open(BytesIO(answer.body["bytes"])).width <= 160
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="5" height="5"/></svg>'
    made = await office.add_order("WO-2", svg, filename="drawing.svg")
    answer = await office.call("GET", f"/api/documents/{made['sha256']}/preview")
    assert (answer.status, answer.body["code"]) == (422, "DOCUMENT_UNREADABLE")


async def test_a_table_that_is_tried_changes_nothing_and_says_what_would_be(office: Office) -> None:
    await office.add_order("WO-1", small_pdf("one"), revision="A")
    table = (
        "orderId,title,file,revision\nWO-1,Sample,other.pdf,A\nWO-2,New,other.pdf,A\nWO-3,New,missing.pdf,\n"
    )
    form = aiohttp.FormData()
    form.add_field("file", table.encode(), filename="orders.csv")
    form.add_field("other.pdf", small_pdf("other"), filename="other.pdf")
    answer = await office.call("POST", "/api/orders/import?dryRun=true", data=form)
    assert answer.status == 200, answer.body
    assert [(line["ok"], line.get("code")) for line in answer.body["lines"]] == [
        (False, "ALREADY_EXISTS"),
        (True, None),
        (False, "DOCUMENT_NOT_FOUND"),
    ]
    orders = (await office.call("GET", "/api/orders")).body["orders"]
    assert [order["orderId"] for order in orders] == ["WO-1"]


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_empty_table_is_one_that_the_importer_takes(office: Office, language: str) -> None:
    answer = await office.call("GET", f"/api/order-table.csv?lang={language}")
    content: bytes = answer.body["bytes"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="orders.csv"'
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 2
    form = aiohttp.FormData()
    form.add_field("file", content, filename="orders.csv")
    form.add_field("WO-2026-0001.pdf", small_pdf("x"), filename="x.pdf")
    report = await office.call("POST", "/api/orders/import", data=form)
    assert (report.body["orders"], report.body["documents"], report.body["failed"]) == (1, 1, 0)
    order = (await office.call("GET", "/api/orders/WO-2026-0001")).body
    assert (order["dueDate"], order["documents"][0]["revision"]) == ("2026-12-31", "A")
    assert "fields" not in order  # every heading is one that the importer knows
