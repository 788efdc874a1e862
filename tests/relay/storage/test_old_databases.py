"""A relay of today opens what relays of before have left, and everything that was in there is there and works.

`released/*.sql` are the databases of real relays of their time, written down by `released/leave.py`; each is named
after the newest revision of the core and of the display flow. The newest of them has the newest revisions, so whoever
adds a revision adds a database.
"""

import re
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from helpers.desk import Desk
from helpers.hand_clock import HandClock
from helpers.relay_running import running_relay

import relay.main
from relay.storage import dialect
from relay.storage.database import metadata
from relay.storage.migrate import CORE_VERSIONS

RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))


def laid_out(sql: Path, data: Path) -> list[tuple]:
    """Make a data directory of the dump; answers its deliveries."""
    data.mkdir(mode=0o700)
    connection = sqlite3.connect(data / "relay.db")
    connection.executescript(sql.read_text("utf-8"))
    rows = connection.execute("SELECT id, state, revision, created_at FROM delivery ORDER BY seq").fetchall()
    connection.commit()
    connection.close()
    return rows


@pytest.mark.parametrize("sql", RELEASED, ids=lambda sql: sql.stem)
async def test_what_an_older_relay_left_is_there_and_works(sql: Path, tmp_path: Path) -> None:
    data = tmp_path / "relay"
    deliveries = laid_out(sql, data)
    assert [state for _, state, *_ in deliveries] == ["shown", "shown", "failed", "superseded", "waiting"]
    clock = HandClock(deliveries[-1][3] + 60_000)
    async with running_relay(data, clock=clock) as office:
        for id_, state, revision, _ in deliveries:
            there = (await office.call("GET", f"/api/trigger/{id_}")).body
            assert (there["state"], there.get("revision")) == (state, revision), there
        (dead,) = (await office.call("GET", "/api/dead-letters")).body["deliveries"]
        assert dead["id"] == deliveries[2][0]
        found = (await office.call("GET", "/api/deliveries?orderId=WO-1")).body["deliveries"]
        assert len(found) == 5
        people = (await office.call("GET", "/api/users")).body["users"]
        assert {(each["name"], each["role"]) for each in people} == {("kim", "admin"), ("이반장", "lead")}
        order = (await office.call("GET", "/api/orders/WO-1")).body
        assert (order["title"], len(order["documents"])) == ("하우징", 1)
        screen = (await office.call("GET", "/api/screens/SCREEN-001")).body
        assert (screen["name"], screen["paired"]) == ("Bench SCREEN-001", True)

        said = {"username": "kim", "password": "correct horse"}
        assert (await office.as_(None).call("POST", "/api/auth/login", json=said)).status == 200
        # Its secrets were not kept, so the bench pairs anew; then it is shown what had waited all the time.
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            await desk.until(lambda: bool(desk.commands))
            assert desk.commands[0][1]["id"] == deliveries[-1][0]
            again = await office.call("POST", f"/api/dead-letters/{dead['id']}/retry")
            assert again.status in {200, 202}, again.body
    engine = dialect.open_writer(data / "relay.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_newest_one_has_the_newest_revisions() -> None:
    core = max(re.match(r"\d+", path.name)[0] for path in CORE_VERSIONS.glob("[0-9]*.py"))
    flow = max(
        re.match(r"d\d+", path.name)[0]
        for flow in relay.main.FLOWS
        for path in flow.versions.glob("d[0-9]*.py")
    )
    assert RELEASED[-1].stem == f"{core}_{flow}", "run released/leave.py and keep what it writes"
