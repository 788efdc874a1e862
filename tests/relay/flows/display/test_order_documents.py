"""Documents of an order: which document an upload belongs to, which revision it is, and which one a scan shows."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from helpers.relay_running import Answer, Office, running_relay
from helpers.sample_files import pdf, picture, zip_file
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from relay.clock import SystemClock
from relay.contract.names import DocumentId, OrderId
from relay.contract.problems import Code
from relay.documents.documents import Documents
from relay.errors import Refusal
from relay.flows.display.naming import key_of, next_revision, stem_of, tidy
from relay.flows.display.orders import Orders


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path, url_hosts=("pages.example.org",)) as office:
        await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
        yield office


async def add(office: Office, content: bytes, filename: str = "work.pdf", **fields: str) -> Answer:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=filename)
    for name, value in fields.items():
        form.add_field(name, value)
    return await office.call("POST", "/api/orders/WO-1/documents", data=form)


async def documents(office: Office) -> list[tuple[str, str]]:
    order = (await office.call("GET", "/api/orders/WO-1")).body
    return [(document["title"], document["revision"]) for document in order.get("documents", [])]


def orders_of(office: Office, tmp_path: Path) -> Orders:
    relay = office.relay
    files = Documents(relay.database, SystemClock(), tmp_path / "documents", relay.settings)
    return Orders(relay.database, SystemClock(), files)


async def test_the_first_document_is_called_like_its_file_and_is_revision_a(office: Office) -> None:
    answer = await add(office, pdf(pages=3), "C:\\plans\\작업지시서.pdf")
    assert answer.status == 201
    assert answer.body | {"documentId": "", "sha256": "", "url": "", "addedAt": 0, "size": 0} == {
        "documentId": "",
        "kind": "pdf",
        "title": "작업지시서",
        "revision": "A",
        "pages": 3,
        "mediaType": "application/pdf",
        "sha256": "",
        "url": "",
        "addedAt": 0,
        "size": 0,
    }
    assert answer.body["documentId"].startswith("d_")
    assert len(answer.body["documentId"]) == 18


async def test_a_second_file_without_a_title_is_the_next_revision_of_the_only_document(
    office: Office,
) -> None:
    first = await add(office, pdf("one"), "work.pdf")
    second = await add(office, pdf("two"), "quite different.pdf")
    assert second.body["documentId"] == first.body["documentId"]
    assert await documents(office) == [("work", "B")]


async def test_where_there_are_several_documents_the_files_name_decides(office: Office) -> None:
    await add(office, pdf("one"), title="Work")
    await add(office, picture(), title="Drawing")
    await add(office, pdf("two"), "drawing.pdf")
    await add(office, pdf("three"), "Packing.pdf")
    assert await documents(office) == [("Work", "A"), ("Drawing", "B"), ("Packing", "A")]


async def test_a_title_is_compared_ignoring_case_and_spelling(office: Office) -> None:
    first = await add(office, pdf("one"), title="Ｄrawing  도면")
    second = await add(office, pdf("two"), title=" dRAWING 도면 ")
    assert second.body["documentId"] == first.body["documentId"]


async def test_the_fields_may_come_before_the_file(office: Office) -> None:
    form = aiohttp.FormData()
    form.add_field("title", "도면")
    form.add_field("revision", "7")
    form.add_field("file", pdf(), filename="x.pdf")
    answer = await office.call("POST", "/api/orders/WO-1/documents", data=form)
    assert (answer.body["title"], answer.body["revision"]) == ("도면", "7")


async def test_the_same_revision_with_the_same_content_answers_the_same(office: Office) -> None:
    first = await add(office, pdf(), revision="C")
    again = await add(office, pdf(), revision="C")
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body


async def test_the_same_revision_with_another_content_is_refused_and_changes_nothing(
    office: Office, tmp_path: Path
) -> None:
    first = await add(office, pdf("one"), title="Work", revision="C")
    answer = await add(office, pdf("two"), title="work", revision="C")
    assert (answer.status, answer.body["code"]) == (409, "ALREADY_EXISTS")
    assert "Revision C of “Work” with another content exists already" in answer.body["detail"]
    assert (await office.call("GET", "/api/orders/WO-1")).body["documents"] == [first.body]
    assert len([path for path in (tmp_path / "documents").rglob("*") if path.is_file()]) == 1


async def test_the_newest_content_sent_again_without_a_revision_is_no_new_revision(office: Office) -> None:
    await add(office, pdf("one"))
    await add(office, pdf("two"))
    assert (await add(office, pdf("two"))).status == 200
    assert await documents(office) == [("work", "B")]
    back = await add(office, pdf("one"))
    assert (back.status, back.body["revision"]) == (201, "C")


async def test_what_came_last_is_shown_and_older_revisions_stay_readable(
    office: Office, tmp_path: Path
) -> None:
    old = await add(office, pdf("one"), revision="C")
    new = await add(office, pdf("two"), revision="B")
    orders = orders_of(office, tmp_path)
    found = await orders.find_document(OrderId("WO-1"))
    assert (found.ref.revision, found.ref.sha256, found.order_id) == ("B", new.body["sha256"], "WO-1")
    assert (await office.call("GET", old.body["url"])).body["bytes"] == pdf("one")


async def test_documents_are_numbered_in_the_order_of_adding(office: Office, tmp_path: Path) -> None:
    await add(office, pdf("one"), title="Work")
    second = await add(office, picture(), title="Drawing")
    await add(office, pdf("two"), title="Work")
    orders = orders_of(office, tmp_path)
    found = await orders.find_document(OrderId("WO-1"), 2)
    assert (found.ref.id, found.ref.kind, found.ref.media_type) == (
        second.body["documentId"],
        "image",
        "image/png",
    )
    assert (await orders.find_document(OrderId("WO-1"), 1)).ref.revision == "B"
    by_id = await orders.find_document_by_id(DocumentId(second.body["documentId"]))
    assert by_id == found


async def test_what_is_not_there_is_not_found_with_its_reason(office: Office, tmp_path: Path) -> None:
    orders = orders_of(office, tmp_path)
    with pytest.raises(Refusal) as no_order:
        await orders.find_document(OrderId("wo-1"))
    assert (no_order.value.code, no_order.value.values["orderId"]) == (Code.ORDER_NOT_FOUND, "wo-1")
    with pytest.raises(Refusal) as no_document:
        await orders.find_document(OrderId("WO-1"))
    assert (no_document.value.code, no_document.value.values["what"]) == (
        Code.DOCUMENT_NOT_FOUND,
        "what.no_document",
    )
    await add(office, pdf())
    with pytest.raises(Refusal) as no_number:
        await orders.find_document(OrderId("WO-1"), 2)
    assert no_number.value.values == {"what": "what.no_document_number", "orderId": "WO-1", "number": 2}
    with pytest.raises(Refusal) as no_id:
        await orders.find_document_by_id(DocumentId("d_unknown"))
    assert no_id.value.code is Code.DOCUMENT_NOT_FOUND


async def test_a_scan_finds_its_document_by_index_alone(office: Office, tmp_path: Path) -> None:
    await add(office, pdf())
    statements: list[tuple[str, object]] = []

    def listen(*given: Any) -> None:
        statements.append((given[2], given[3]))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        await orders_of(office, tmp_path).find_document(OrderId("WO-1"))
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    [(statement, values)] = [each for each in statements if each[0].startswith("SELECT")]
    rows = await office.relay.database.read(
        lambda connection: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    )
    plan = [row[3] for row in rows]
    assert plan
    assert not [step for step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]


async def test_a_web_page_can_be_a_document(office: Office, tmp_path: Path) -> None:
    page = {"url": "https://pages.example.org/wo/1", "title": "Live"}
    answer = await office.call("POST", "/api/orders/WO-1/documents", json=page)
    assert answer.status == 201
    assert (answer.body["kind"], answer.body["url"], answer.body["revision"]) == ("web", page["url"], "A")
    assert "sha256" not in answer.body
    assert (await office.call("POST", "/api/orders/WO-1/documents", json=page)).status == 200
    found = await orders_of(office, tmp_path).find_document(OrderId("WO-1"))
    assert (found.ref.kind, found.ref.url) == ("web", page["url"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://example.org/"}, "URL_NOT_ALLOWED"),
        ({"url": "https://pages.example.org@example.org/"}, "URL_NOT_ALLOWED"),
        ({"url": "javascript:alert(1)"}, "VALIDATION_ERROR"),
        ({"url": "file:///etc/passwd"}, "VALIDATION_ERROR"),
        ({"url": "https://pages.example.org/", "title": "x" * 201}, "VALIDATION_ERROR"),
        ({}, "VALIDATION_ERROR"),
    ],
)
async def test_a_web_page_that_may_not_be_shown_is_refused(office: Office, body: dict, code: str) -> None:
    answer = await office.call("POST", "/api/orders/WO-1/documents", json=body)
    assert answer.body["code"] == code
    assert await documents(office) == []


async def test_the_relays_own_pages_may_always_be_shown(office: Office) -> None:
    answer = await office.call("POST", "/api/orders/WO-1/documents", json={"url": f"{office.url}/andon"})
    assert answer.status == 201, answer.body


@pytest.mark.parametrize("content", [b"", zip_file(), pdf()[:900], pdf(password="secret")])
async def test_a_file_that_cannot_be_shown_is_refused_and_changes_nothing(
    office: Office, tmp_path: Path, content: bytes
) -> None:
    answer = await add(office, content, "work.pdf")
    assert (answer.status, answer.body["code"]) == (422, "DOCUMENT_UNREADABLE")
    assert await documents(office) == []
    assert [path for path in (tmp_path / "documents").rglob("*") if path.is_file()] == []


async def test_an_upload_for_an_unknown_order_is_refused(office: Office) -> None:
    form = aiohttp.FormData()
    form.add_field("file", pdf(), filename="x.pdf")
    answer = await office.call("POST", "/api/orders/WO-404/documents", data=form)
    assert (answer.status, answer.body["code"]) == (404, "ORDER_NOT_FOUND")


HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
FIELD = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n'
MALFORMED = {
    "nothing": b"",
    "no parts": b"--x--\r\n",
    "no file": FIELD + b"Work\r\n--x--\r\n",
    "two files": HEAD + b"\r\n" + pdf() + b"\r\n" + HEAD + b"\r\n" + pdf() + b"\r\n--x--\r\n",
    "no end": HEAD + b"\r\n" + pdf(),
    "torn head": HEAD,
    "an unknown field": HEAD
    + b"\r\n"
    + pdf()
    + b"\r\n"
    + FIELD.replace(b"title", b"colour")
    + b"red\r\n--x--\r\n",
    "a long field": HEAD + b"\r\n" + pdf() + b"\r\n" + FIELD + b"x" * 9999 + b"\r\n--x--\r\n",
    "a long title": HEAD + b"\r\n" + pdf() + b"\r\n" + FIELD + b"x" * 201 + b"\r\n--x--\r\n",
    "a title in no UTF-8": HEAD + b"\r\n" + pdf() + b"\r\n" + FIELD + b"\xff\r\n--x--\r\n",
    "many parts": (FIELD + b"x\r\n") * 50 + HEAD + b"\r\n" + pdf() + b"\r\n--x--\r\n",
    "a packed part": HEAD + b"Content-Encoding: gzip\r\n\r\n" + pdf() + b"\r\n--x--\r\n",
    "parts within a part": HEAD + b"Content-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
    "a long head": HEAD + b"X: " + b"x" * 99_999 + b"\r\n\r\n" + pdf() + b"\r\n--x--\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_upload_is_refused_and_leaves_nothing(
    office: Office, tmp_path: Path, name: str
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await office.call("POST", "/api/orders/WO-1/documents", data=MALFORMED[name], headers=headers)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert await documents(office) == []
    assert [path for path in (tmp_path / "documents").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 99, "text/plain", ""]
)
async def test_a_body_that_is_not_multipart_is_refused(office: Office, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = await office.call(
        "POST", "/api/orders/WO-1/documents", data=MALFORMED["no file"], headers=headers
    )
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("newest", "used", "wanted"),
    [
        (None, (), "A"),
        ("A", ("A",), "B"),
        ("Z", (), "AA"),
        ("AZ", (), "BA"),
        ("ZZ", (), "AAA"),
        ("A", ("A", "B", "C"), "D"),
        ("7", (), "8"),
        ("09", (), "10"),
        ("1.2", (), "1.3"),
        ("Rev-3", (), "Rev-4"),
        ("final", (), "final-2"),
        ("final", ("final-2",), "final-3"),
    ],
)
def test_the_next_revision_follows_the_newest(newest: str | None, used: tuple[str, ...], wanted: str) -> None:
    assert next_revision(newest, used) == wanted


@given(st.text(min_size=1, max_size=200), st.sets(st.text(max_size=5)))
def test_a_next_revision_is_always_new_and_never_too_long(newest: str, used: set[str]) -> None:
    revision = next_revision(newest, used | {newest})
    assert revision not in used | {newest}
    assert 0 < len(revision) <= 200


@given(st.text(max_size=300))
def test_names_are_tidied_once_and_for_all(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert key_of(key_of(text)) == key_of(text)
    assert "\n" not in tidy(text)
    assert len(stem_of(text)) <= 200
