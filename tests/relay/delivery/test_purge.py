"""What has ended long ago is forgotten; what is open, young, or a dead letter nobody has dealt with never is."""

import asyncio

from helpers.desk import Desk
from helpers.relay_running import running_relay
from sqlalchemy import text

from relay.clock import SystemClock
from relay.delivery import purge as purging
from relay.delivery.purge import Purge
from relay.settings import Settings
from relay.tasks import Tasks

DAY_MS = 86_400_000


class _Later(SystemClock):
    def __init__(self, days: float) -> None:
        self._ahead_ms = round(days * DAY_MS)

    def now_ms(self) -> int:
        return super().now_ms() + self._ahead_ms


async def test_only_what_nobody_misses_is_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 3)
    data = tmp_path / "relay"
    settings = Settings(data=data, keep_deliveries_days=30, keep_history_days=10)
    async with running_relay(data) as office:
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            shown = [(await office.trigger(command="identify", wait_ms=10_000)).body["id"] for _ in range(7)]
            desk.show = lambda command: {
                "id": command["id"],
                "state": "failed",
                "code": "DOCUMENT_UNREADABLE",
            }
            dead = (await office.trigger(command="identify", wait_ms=10_000)).body["id"]
            aside = (await office.trigger(command="identify", wait_ms=10_000)).body["id"]
            await office.call("DELETE", f"/api/dead-letters/{aside}")
        waiting = (await office.trigger(command="identify")).body["id"]
        database = office.relay.database
        for id_ in (shown[0], dead, waiting):
            await database.write(
                lambda connection, id_=id_: connection.execute(
                    text("INSERT INTO delivery_history (delivery_id, at, state) VALUES (:id, 1, 'sent')"),
                    {"id": id_},
                )
            )
        assert (await Purge(database, _Later(9), settings).purge()).deliveries == 0
        early = await Purge(database, _Later(20), settings).purge()
        assert (early.deliveries, early.history) == (0, 1)
        late = await Purge(database, _Later(31), settings).purge()
        assert late.deliveries == len(shown) + 1
        assert (await Purge(database, _Later(31), settings).purge()).deliveries == 0
        for id_, status in ((shown[0], 404), (aside, 404), (dead, 200), (waiting, 200)):
            assert (await office.call("GET", f"/api/trigger/{id_}")).status == status
        assert [
            each["id"] for each in (await office.call("GET", "/api/dead-letters")).body["deliveries"]
        ] == [dead]


async def test_room_is_given_back_and_the_writer_is_free_meanwhile(tmp_path):
    data = tmp_path / "relay"
    async with running_relay(data) as office:
        await office.add_screen()
        database = office.relay.database

        def fill(connection):
            rows = [
                {"id": f"{number:036d}", "seq": 10_000 + number, "blob": bytes(2000)}
                for number in range(3000)
            ]
            connection.execute(
                text(
                    "INSERT INTO delivery (id, recipient, seq, verb, payload, body_hash, sender, screen_id, state,"
                    " attempts, created_at, expires_at, ended_at)"
                    " VALUES (:id, 'screen:old', :seq, 'identify', :blob, x'00', 'user:a', 'old', 'shown', 1, 1, 1, 1)"
                ),
                rows,
            )

        await database.write(fill)
        pages = text("PRAGMA page_count")
        full = await database.read(lambda connection: connection.execute(pages).scalar_one())
        batches = 0
        async with Tasks() as tasks:
            purge = tasks.spawn(Purge(database, SystemClock(), Settings(data=data)).purge(), "purge")
            while not purge.done():
                assert (await office.trigger(command="identify")).status == 202
                batches += 1
                # A screen may have a thousand open deliveries, and no more.
                await asyncio.sleep(0.02)
        assert purge.result().deliveries == 3000
        left = await database.read(lambda connection: connection.execute(pages).scalar_one())
    assert batches > 3
    assert left < full / 2
