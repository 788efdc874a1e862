"""Orders that an ERP's database knows: one bound SELECT, read-only whatever it says, and a path or an address."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.relay_running import Office, running_relay, small_pdf

from relay.flows.display.sources.dotted import PathError, find, find_text, read_path
from relay.flows.display.sources.sql_source import QueryError, check_query, check_url

QUERY = "SELECT file AS path, rev AS revision, name AS title FROM orders WHERE no = :orderId"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path / "data") as office:
        await office.add_screen()
        yield office


@pytest.fixture
def erp(tmp_path: Path) -> Path:
    drawings = tmp_path / "drawings"
    drawings.mkdir()
    (drawings / "one.pdf").write_bytes(small_pdf("one"))
    (tmp_path / "secret.pdf").write_bytes(small_pdf("secret"))
    path = tmp_path / "erp.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (no TEXT, file TEXT, rev TEXT, name TEXT)")
        connection.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?)",
            [
                ("WO-1", "one.pdf", "B", "하우징"),
                ("WO-2", "../secret.pdf", "A", "x"),
                ("WO-3", "no.pdf", "A", "x"),
            ],
        )
    connection.close()
    return path


def draft(erp: Path, query: str = QUERY, timeout_ms: int = 2000) -> dict:
    sql = {"url": f"sqlite:///{erp}", "query": query, "folder": str(erp.parent / "drawings")}
    return {"name": "PDM", "timeoutMs": timeout_ms, "sql": sql}


async def test_an_order_of_a_database_is_found_and_its_file_is_kept(office: Office, erp: Path) -> None:
    assert (await office.call("POST", "/api/sources", json=draft(erp))).status == 201
    answer = await office.trigger(orderId="WO-1")
    assert (answer.status, answer.body["revision"]) == (202, "B"), answer.body
    order = (await office.call("GET", "/api/orders/WO-1")).body
    assert order["title"] == "하우징"
    file = await office.call("GET", order["documents"][0]["url"])
    assert file.body["bytes"] == small_pdf("one")
    assert (await office.trigger(orderId="WO-9' OR 1=1 --")).body["code"] == "ORDER_NOT_FOUND"


@pytest.mark.parametrize(("order_id", "word"), [("WO-2", "secret.pdf"), ("WO-3", "no.pdf")])
async def test_a_path_that_leaves_the_folder_or_is_not_there_is_told(
    office: Office, erp: Path, order_id: str, word: str
) -> None:
    source = (await office.call("POST", "/api/sources", json=draft(erp))).body
    assert (await office.trigger(orderId=order_id)).body["code"] == "ORDER_SOURCE_UNAVAILABLE"
    tried = await office.call("POST", f"/api/sources/{source['sourceId']}/try", json={"orderId": order_id})
    assert word in tried.body["steps"][-1]["detail"]


async def test_a_query_that_would_write_cannot(office: Office, erp: Path) -> None:
    query = "WITH x AS (SELECT :orderId AS no) INSERT INTO orders SELECT no, no, no, no FROM x RETURNING no AS path"
    source = await office.call("POST", "/api/sources", json=draft(erp, query))
    assert source.status == 201
    tried = await office.call("POST", f"/api/sources/{source.body['sourceId']}/try", json={"orderId": "WO-7"})
    assert "readonly" in tried.body["steps"][-1]["detail"]
    with sqlite3.connect(erp) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3,)
    connection.close()


async def test_a_query_that_never_ends_is_ended(office: Office, erp: Path) -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT max(i) AS path FROM n WHERE :orderId <> ''"
    )
    await office.call("POST", "/api/sources", json=draft(erp, endless, timeout_ms=300))
    answer = await office.trigger(orderId="WO-1")
    assert answer.body["code"] == "ORDER_SOURCE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("DELETE FROM orders WHERE no = :orderId", "one_select"),
        ("SELECT 1; DROP TABLE orders -- :orderId", "one_select"),
        ("SELECT path FROM orders", "bound_order"),
        ("SELECT ':orderId' AS path", "bound_order"),
    ],
)
def test_a_query_is_one_select_with_the_order_bound(query: str, reason: str) -> None:
    with pytest.raises(QueryError) as caught:
        check_query(query)
    assert caught.value.reason == reason


def test_a_semicolon_at_the_end_or_in_a_text_does_no_harm() -> None:
    assert (
        check_query("SELECT 'a;b' AS path WHERE :orderId <> ''; ")
        == "SELECT 'a;b' AS path WHERE :orderId <> ''"
    )


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "postgresql://me:pw@h/db", "sqlite://"])
def test_an_address_is_of_a_database_that_we_ask_and_holds_no_password(url: str) -> None:
    with pytest.raises(QueryError):
        check_url(url)


def test_a_dotted_path_names_one_place() -> None:
    told = {"a": [{"b c": {"d": 7}}], "e": None}
    assert find(told, read_path("$.a[0]['b c'].d")) == 7
    assert find_text(told, read_path("a[-1].b c".replace(".b c", "['b c']") + ".d")) == "7"
    assert find(told, read_path("a[3].x")) is None
    assert find(told, read_path("e.x")) is None
    assert find(told, read_path("")) == told
    for wrong in ("a[*]", "a..b", "a[?(@.x)]", "a[0]b", "a["):
        with pytest.raises(PathError):
            read_path(wrong)
