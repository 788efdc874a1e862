"""Orders of an ERP's PostgreSQL: asked with a bound number, in a transaction that cannot write."""

from collections.abc import Iterator
from pathlib import Path

import pg8000.native
import pytest
from helpers.postgresql import running_postgresql

from relay.contract.names import OrderId
from relay.contract.sources import SqlSource
from relay.flows.display.sources.answers import Answer, Known, SourceError, Steps
from relay.flows.display.sources.sql_source import SqlConnector


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running_postgresql() as port:
        with pg8000.native.Connection("test", "127.0.0.1", database="postgres", port=port) as erp:
            erp.run("CREATE TABLE orders (no text, file text, rev int, due date)")
            erp.run("INSERT INTO orders VALUES ('WO-1', 'one.pdf', 7, '2026-12-05')")
        yield port


async def ask(port: int, query: str, order_id: str, folder: Path, *, private: bool = True) -> Answer | None:
    source = SqlSource(
        url=f"postgresql://test@127.0.0.1:{port}/postgres",
        query=query,
        folder=str(folder),
        allow_private=private,
    )
    return await SqlConnector(source, "", 2.0).ask(OrderId(order_id), Known(), Steps())


QUERY = "SELECT file AS path, rev AS revision, due AS due_date FROM orders WHERE no = :orderId"


async def test_an_order_is_found_and_another_is_not(port: int, tmp_path: Path) -> None:
    answer = await ask(port, QUERY, "WO-1", tmp_path)
    assert answer is not None
    assert (answer.revision, answer.due_date) == ("7", "2026-12-05")
    assert await ask(port, QUERY, "x' OR '1'='1", tmp_path) is None


@pytest.mark.parametrize(
    ("query", "word"),
    [
        (
            "WITH x AS (INSERT INTO orders VALUES (:orderId) RETURNING no) SELECT no AS path FROM x",
            "read-only",
        ),
        ("SELECT pg_sleep(60)::text AS path, CAST(:orderId AS text) AS title", "statement timeout"),
    ],
)
async def test_a_query_neither_writes_nor_lasts(port: int, tmp_path: Path, query: str, word: str) -> None:
    with pytest.raises(SourceError) as caught:
        await ask(port, query, "WO-1", tmp_path)
    assert word in str(caught.value.values["reason"])
    with pg8000.native.Connection("test", "127.0.0.1", database="postgres", port=port) as erp:
        assert erp.run("SELECT count(*) FROM orders") == [[1]]


async def test_a_private_server_needs_an_admins_word(port: int, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        await ask(port, QUERY, "WO-1", tmp_path, private=False)
    assert caught.value.what == "what.source_private"
