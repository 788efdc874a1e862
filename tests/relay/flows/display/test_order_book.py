"""Orders over HTTP: written, read, searched, deleted; by those who may, and with ids as barcodes have them."""

import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from helpers.relay_running import Office, running_relay
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from relay.errors import Refusal
from relay.flows.display.spelling import is_order_id, read_date

DRAFT = {
    "title": "기어박스 하우징 가공",
    "customer": "다온 로보틱스",
    "dueDate": "2025-12-05",
    "fields": {"quantity": "24", "부품번호": "GH-4120-01"},
}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path) as office:
        yield office


def path_of(order_id: str) -> str:
    return f"/api/orders/{quote(order_id, safe='')}"


async def put(office: Office, order_id: str, title: str = "Sample", **fields: object) -> None:
    answer = await office.call("PUT", path_of(order_id), json={"title": title, **fields})
    assert answer.status in {200, 201}, answer.body


async def ids(office: Office, query: str = "") -> list[str]:
    answer = await office.call("GET", f"/api/orders?{query}")
    assert answer.status == 200, answer.body
    return [order["orderId"] for order in answer.body["orders"]]


async def test_an_order_comes_back_as_it_was_written(office: Office) -> None:
    written = await office.call("PUT", "/api/orders/WO-1", json=DRAFT)
    assert written.status == 201
    read = await office.call("GET", "/api/orders/WO-1")
    assert read.body == written.body == {"orderId": "WO-1", **DRAFT, "updatedAt": written.body["updatedAt"]}


async def test_writing_again_replaces_the_order_and_keeps_its_documents(office: Office) -> None:
    document = await office.add_order("WO-1")
    answer = await office.call("PUT", "/api/orders/WO-1", json={"title": "Another"})
    assert answer.status == 200
    assert (answer.body["title"], answer.body["documents"]) == ("Another", [document])


async def test_writing_the_same_again_changes_nothing(office: Office) -> None:
    first = await office.call("PUT", "/api/orders/WO-1", json=DRAFT)
    again = await office.call("PUT", "/api/orders/WO-1", json=DRAFT)
    assert (again.status, again.body) == (200, first.body)


@pytest.mark.parametrize(
    "order_id",
    [
        "A/B",
        "a b",
        "100%",
        "%2F",
        "%252F",
        "{x}",
        "작업-7",
        "A+B",
        "?q=1#x",
        "..",
        ".",
        "import",
        "🏭",
        "a\\b",
        "'\"",
        "Ä",
    ],
)
async def test_an_order_id_may_be_anything_printable(office: Office, order_id: str) -> None:
    # aiohttp's client would normalise the path; a barcode's text must arrive as it is.
    url = URL(office.url + path_of(order_id).replace("/..", "/%2E%2E").replace("/.", "/%2E"), encoded=True)
    headers = {"Authorization": f"Bearer {office.token}"}
    async with office.session.put(url, headers=headers, json={"title": "x"}) as response:
        assert response.status == 201, await response.text()
        assert (await response.json())["orderId"] == order_id
    assert await ids(office) == [order_id]


async def test_order_ids_are_compared_exactly(office: Office) -> None:
    await put(office, "wo-1", "small")
    await put(office, "WO-1", "large")
    assert (await office.call("GET", "/api/orders/wo-1")).body["title"] == "small"
    assert (await office.call("GET", "/api/orders/WO-1")).body["title"] == "large"


@pytest.mark.parametrize(
    "encoded", ["%FF", "%00", "%0A", "%20", "a%0Db", "x" * 101, "%ED%A0%80", "a%7F", "%E2%80%8B"]
)
async def test_an_order_id_that_nobody_could_print_is_refused(office: Office, encoded: str) -> None:
    url = URL(f"{office.url}/api/orders/{encoded}", encoded=True)
    headers = {"Authorization": f"Bearer {office.token}", "Accept-Language": "en"}
    async with office.session.put(url, headers=headers, json={"title": "x"}) as response:
        assert response.status == 400
        assert (await response.json(content_type=None))["code"] == "VALIDATION_ERROR"
    assert await ids(office) == []


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x", "dueDate": "2025-02-30"}, "dueDate"),
        ({"title": "x", "dueDate": "tomorrow"}, "dueDate"),
        ({"title": "x", "fields": {"a": 1}}, "fields"),
        ({"title": "x", "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_order_is_refused_with_its_field(office: Office, draft: dict, field: str) -> None:
    answer = await office.call("PUT", "/api/orders/WO-1", json=draft)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert field in answer.body["detail"]
    assert (await office.call("GET", "/api/orders/WO-1")).status == 404


async def test_an_unknown_order_is_not_found_in_the_askers_language(office: Office) -> None:
    for method in ("GET", "DELETE"):
        answer = await office.call(method, "/api/orders/WO-404", language="ko")
        assert (answer.status, answer.body["code"]) == (404, "ORDER_NOT_FOUND")
        assert "작업지시 WO-404" in answer.body["detail"]


async def test_a_deleted_order_is_gone_and_can_be_written_anew(office: Office) -> None:
    document = await office.add_order("WO-1")
    assert (await office.call("DELETE", "/api/orders/WO-1")).status == 204
    assert (await office.call("GET", "/api/orders/WO-1")).status == 404
    await put(office, "WO-1")
    assert "documents" not in (await office.call("GET", "/api/orders/WO-1")).body
    assert (await office.call("GET", document["url"])).status == 200


async def test_orders_are_listed_newest_first_page_by_page_while_others_are_added(office: Office) -> None:
    for number in range(5):
        await put(office, f"WO-{number}")
    first = (await office.call("GET", "/api/orders?limit=2")).body
    await put(office, "WO-new")
    second = (await office.call("GET", f"/api/orders?limit=2&cursor={first['next']}")).body
    third = (await office.call("GET", f"/api/orders?limit=2&cursor={second['next']}")).body
    found = [order["orderId"] for page in (first, second, third) for order in page["orders"]]
    assert found == ["WO-4", "WO-3", "WO-2", "WO-1", "WO-0"]
    assert "next" not in third


async def test_a_search_looks_into_id_title_and_customer_whatever_the_case(office: Office) -> None:
    await put(office, "WO-1", "Gear Housing", customer="Fairwater")
    await put(office, "WO-2", "스핀들 샤프트", customer="ÄRZTE AG")
    await put(office, "GH-3", "Ｗｉｄｅ", customer=None)
    assert await ids(office, "q=housing") == ["WO-1"]
    assert await ids(office, "q=ärzte") == ["WO-2"]
    assert await ids(office, "q=" + quote("스핀들")) == ["WO-2"]
    # A Mac spells Hangul in pieces.
    assert await ids(office, "q=" + quote(unicodedata.normalize("NFD", "스핀들"))) == ["WO-2"]
    assert await ids(office, "q=wide") == ["GH-3"]
    assert await ids(office, "q=wo-") == ["WO-2", "WO-1"]
    assert await ids(office, "q=nothing") == []


async def test_signs_that_a_database_would_read_are_searched_as_they_are(office: Office) -> None:
    await put(office, "A_1", "100% steel")
    await put(office, "AB1", "100 kg steel")
    await put(office, "A/1", "it's")
    assert await ids(office, "q=A_1") == ["A_1"]
    assert await ids(office, "q=100%25") == ["A_1"]
    assert await ids(office, "q=A/1") == ["A/1"]
    assert await ids(office, "q=it's") == ["A/1"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=-1", "limit=１", "cursor=x", "q=" + "x" * 201]
)
async def test_a_wrong_query_is_refused(office: Office, query: str) -> None:
    answer = await office.call("GET", f"/api/orders?{query}")
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("lead", 200, 201), ("operator", 200, 403), ("viewer", 200, 403), (None, 401, 401)],
)
async def test_leads_write_and_everybody_with_an_account_reads(
    office: Office, role: str | None, reads: int, writes: int
) -> None:
    await put(office, "WO-0")
    person = office.as_(None) if role is None else await office.add_user("mina", role)
    assert (await person.call("GET", "/api/orders/WO-0")).status == reads
    assert (await person.call("GET", "/api/orders")).status == reads
    assert (await person.call("PUT", "/api/orders/WO-1", json={"title": "x"})).status == writes
    refused = max(writes, 400)
    assert (await person.call("POST", "/api/orders/WO-0/documents")).status == refused
    assert (await person.call("POST", "/api/orders/import")).status == refused
    assert (await person.call("DELETE", "/api/orders/WO-0")).status == (204 if writes == 201 else writes)


async def test_a_screen_reads_and_writes_no_orders(office: Office) -> None:
    screen = office.as_((await office.pair())["token"])
    assert (await screen.call("GET", "/api/orders")).status == 403
    assert (await screen.call("PUT", "/api/orders/WO-1", json={"title": "x"})).status == 403


async def test_a_restart_keeps_every_order(tmp_path: Path) -> None:
    async with running_relay(tmp_path) as office:
        before = (await office.call("PUT", "/api/orders/WO-1", json=DRAFT)).body
    async with running_relay(tmp_path) as office:
        assert (await office.call("GET", "/api/orders/WO-1")).body == before


@given(st.text(max_size=110))
def test_every_order_id_that_is_taken_can_be_written_and_sent(text: str) -> None:
    if is_order_id(text):
        assert text == text.strip()
        assert 1 <= len(text) <= 100
        assert text.encode("utf-8").decode("utf-8") == text
        assert "\n" not in text


@pytest.mark.parametrize(
    "text", ["2025-12-05", "2025/12/5", "2025. 12. 5.", "20251205", "2025-12-05 00:00:00"]
)
def test_a_date_is_read_as_offices_write_it(text: str) -> None:
    assert read_date(text) == "2025-12-05"


@pytest.mark.parametrize("text", ["05.12.2025", "2025-13-01", "2025-02-29", "soon", "2025-12", "٢٠٢٥-12-05"])
def test_a_date_that_could_be_meant_otherwise_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        read_date(text)
