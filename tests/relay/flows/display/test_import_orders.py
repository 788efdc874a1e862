"""Importing a table over HTTP: each line wholly or not at all, a wrong one reported, nothing twice."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest
from helpers.relay_running import Answer, Office, running_relay
from helpers.sample_files import pdf, picture, zip_file

from relay.flows.display.import_files import read_batches

SAMPLES = Path(__file__).parents[4] / "resources" / "samples"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path / "relay", url_hosts=("pages.example.org",)) as office:
        yield office


async def send(
    office: Office, table: str | bytes, files: Mapping[str, bytes] | None = None, *, language: str = "en"
) -> Answer:
    form = aiohttp.FormData()
    # The table need not come first.
    for name, content in (files or {}).items():
        form.add_field(name, content, filename="x")
    form.add_field("file", table if isinstance(table, bytes) else table.encode(), filename="orders.csv")
    return await office.call("POST", "/api/orders/import", data=form, language=language)


async def book(office: Office) -> dict[str, dict]:
    return {
        order["orderId"]: order
        for order in (await office.call("GET", "/api/orders?limit=200")).body["orders"]
    }


def failures(answer: Answer) -> list[tuple[int, str]]:
    assert answer.status == 200, answer.body
    return [(line["line"], line["code"]) for line in answer.body["lines"] if not line["ok"]]


async def test_a_table_with_its_files_becomes_orders_with_documents(office: Office) -> None:
    table = (
        "orderId,title,customer,dueDate,file,documentTitle,revision,quantity\n"
        "WO-1,가공,다온,2025. 12. 5.,a/one.pdf,작업지시서,A,24\n"
        "WO-1,가공,다온,2025-12-05,a\\two.pdf,작업지시서,B,24\n"
        "WO-1,,,,./도면.png,도면,,\n"
        "WO-2,,,,,,,\n"
    )
    answer = await send(office, table, {"a/one.pdf": pdf("1"), "a/two.pdf": pdf("2"), "도면.png": picture()})
    assert failures(answer) == []
    assert (answer.body["orders"], answer.body["documents"], answer.body["failed"]) == (2, 3, 0)
    orders = await book(office)
    assert orders["WO-2"]["title"] == "WO-2"
    order = orders["WO-1"]
    assert (order["title"], order["customer"], order["dueDate"]) == ("가공", "다온", "2025-12-05")
    assert order["fields"] == {"quantity": "24"}
    shown = [(each["title"], each["revision"], each["kind"]) for each in order["documents"]]
    assert shown == [("작업지시서", "B", "pdf"), ("도면", "A", "image")]


async def test_importing_the_same_again_changes_nothing(office: Office) -> None:
    table = (
        "orderId,title,file,url,documentTitle\n"
        "WO-1,a,one.pdf,,\nWO-1,a,two.pdf,,\nWO-1,a,three.pdf,,Drawing\nWO-2,b,,https://pages.example.org/,\n"
    )
    files = {"one.pdf": pdf("1"), "two.pdf": pdf("2"), "three.pdf": pdf("3")}
    first = await send(office, table, files)
    before = await book(office)
    again = await send(office, table, files)
    assert failures(first) == failures(again) == []
    assert await book(office) == before
    assert again.body == first.body


async def test_a_wrong_line_is_reported_and_changes_nothing_and_stops_no_other(office: Office) -> None:
    table = (
        "orderId,title,dueDate,file,url,documentTitle,revision\n"
        "WO-1,good,,ok.pdf,,Work,A\n"
        ",no id,,,,,\n"
        "WO-2,bad date,31.12.2025,,,,\n"
        "WO-3,not sent,,missing.pdf,,,\n"
        "WO-4,no document,,fake.pdf,,,\n"
        "WO-5,both,,ok.pdf,https://pages.example.org/,,\n"
        "WO-6,outside,,../ok.pdf,,,\n"
        "WO-6,outside,,/etc/passwd,,,\n"
        "WO-6,outside,,C:\\ok.pdf,,,\n"
        "WO-7,not allowed,,,https://example.org/,,\n"
        "WO-8,no address,,,ftp://pages.example.org/,,\n"
        f"WO-9,{'x' * 501},,,,,\n"
        "WO-1,differs,,other.pdf,,Work,A\n"
        'WO-10,torn,,,,,"A\n'
        "WO-11,good too,,ok.pdf,,,\n"
    )
    files = {"ok.pdf": pdf(), "other.pdf": pdf("other"), "fake.pdf": zip_file()}
    answer = await send(office, table, files)
    assert failures(answer) == [
        (3, "VALIDATION_ERROR"),
        (4, "VALIDATION_ERROR"),
        (5, "DOCUMENT_NOT_FOUND"),
        (6, "DOCUMENT_UNREADABLE"),
        (7, "VALIDATION_ERROR"),
        (8, "VALIDATION_ERROR"),
        (9, "VALIDATION_ERROR"),
        (10, "VALIDATION_ERROR"),
        (11, "URL_NOT_ALLOWED"),
        (12, "VALIDATION_ERROR"),
        (13, "VALIDATION_ERROR"),
        (14, "ALREADY_EXISTS"),
        (15, "VALIDATION_ERROR"),
    ]
    orders = await book(office)
    assert set(orders) == {"WO-1", "WO-11"}
    assert orders["WO-1"]["title"] == "good"
    assert (answer.body["orders"], answer.body["documents"], answer.body["failed"]) == (2, 2, 13)


async def test_a_wrong_line_is_explained_in_the_askers_language(office: Office) -> None:
    table = "orderId,title,file\nWO-1,a,도면.pdf\n"
    korean = (await send(office, table, language="ko")).body["lines"][0]
    english = (await send(office, table, language="en")).body["lines"][0]
    assert (korean["line"], korean["orderId"]) == (2, "WO-1")
    assert "파일 도면.pdf" in korean["detail"]
    assert english["detail"] == "There is no document to show. The file 도면.pdf was not sent along."


async def test_an_empty_cell_takes_nothing_away(office: Office) -> None:
    await send(office, "orderId,title,customer,dueDate,size\nWO-1,a,b,2025-12-05,7\n")
    await send(office, "orderId,title,customer,dueDate,size,colour\nWO-1,A,,,,red\n")
    order = (await book(office))["WO-1"]
    assert (order["title"], order["customer"], order["dueDate"]) == ("A", "b", "2025-12-05")
    assert order["fields"] == {"size": "7", "colour": "red"}


async def test_a_file_that_is_too_large_spoils_only_the_lines_that_name_it(tmp_path: Path) -> None:
    async with running_relay(tmp_path, max_upload_bytes=4096) as office:
        table = "orderId,file\nWO-1,big.pdf\nWO-2,small.pdf\n"
        answer = await send(office, table, {"big.pdf": pdf() + bytes(5000), "small.pdf": pdf()})
        assert failures(answer) == [(2, "DOCUMENT_TOO_LARGE")]
        assert set(await book(office)) == {"WO-2"}


@pytest.mark.parametrize("table", ["", "nothing,here\n1,2\n", b"PK\x03\x04\0\0"])
async def test_what_is_no_table_is_refused_as_a_whole(office: Office, table: str | bytes) -> None:
    answer = await send(office, table, language="ko")
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert re.search("[가-힣]", answer.body["detail"])


async def test_an_import_without_a_table_is_refused(office: Office) -> None:
    form = aiohttp.FormData()
    form.add_field("one.pdf", pdf(), filename="one.pdf")
    answer = await office.call("POST", "/api/orders/import", data=form)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


async def test_the_sample_orders_are_imported_whole(office: Office, tmp_path: Path) -> None:
    for batch in read_batches(SAMPLES, most_lines=3):
        answer = await send(
            office, batch.table, {name: path.read_bytes() for name, path in batch.files.items()}
        )
        assert failures(answer) == []
    orders = await book(office)
    assert set(orders) == {f"WO-2025-000{number}" for number in range(1, 7)}
    assert [(each["title"], each["revision"]) for each in orders["WO-2025-0001"]["documents"]] == [
        ("작업지시서", "C")
    ]
    assert [each["kind"] for each in orders["WO-2025-0003"]["documents"]] == ["pdf", "image"]
    assert len([path for path in (tmp_path / "relay" / "documents").rglob("*") if path.is_file()]) == 10
