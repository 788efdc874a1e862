"""Backups by a button and by the clock: listed, taken along whole, removed, and only by an admin."""

import asyncio

from helpers.relay_running import running_relay

from relay.admin.backups import Backups
from relay.clock import SystemClock
from relay.settings import Settings
from relay.storage.backup import read_manifest

HOUR_MS = 3_600_000


async def test_an_admin_makes_lists_takes_and_removes_a_backup(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_order("WO-1")
        lead = await office.add_user("lee", "lead")
        assert (await office.call("GET", "/api/backups")).body["backups"] == []
        made = await office.call("POST", "/api/backups")
        assert (made.status, made.body["documents"]) == (201, 1)
        listed = (await office.call("GET", "/api/backups")).body
        assert listed["backups"] == [made.body]
        path = f"/api/backups/{made.body['name']}"
        taken = await office.call("GET", path)
        (tmp_path / "taken").write_bytes(taken.body["bytes"])
        assert "attachment" in taken.headers["Content-Disposition"]
        assert read_manifest(tmp_path / "taken").made_at == made.body["madeAt"]
        for method, place in (
            ("GET", path),
            ("POST", "/api/backups"),
            ("GET", "/api/backups"),
            ("DELETE", path),
        ):
            assert (await lead.call(method, place)).status == 403, (method, place)
        for name in ("relay.db", "..%2Fkeys.json", "relay-20200101-000000.benchcast-backup"):
            assert (await office.call("GET", f"/api/backups/{name}")).status == 404
        assert (await office.call("DELETE", path)).status == 204
        assert (await office.call("GET", path)).status == 404
        entries = (await office.call("GET", "/api/audit")).body["entries"]
        told = [
            (each["action"], each.get("target", ""))
            for each in entries
            if each["action"].startswith("backup.")
        ]
        done = [(action, target) for action, target in told if target == made.body["name"]]
        assert done[::-1][:2] == [("backup.make", made.body["name"]), ("backup.take", made.body["name"])]
        assert ("backup.delete", made.body["name"]) in done


async def test_backups_are_made_by_the_clock_and_only_the_newest_are_kept(tmp_path):
    data = tmp_path / "relay"
    async with running_relay(data):
        pass
    clock = _Turned()
    backups = Backups(Settings(data=data, backup_hours=1, backup_keep=2), clock)
    for _ in range(3):
        await backups.make()
        clock.ahead_ms += HOUR_MS
    names = [path.name for path in sorted((data / "backups").iterdir())]
    assert len(names) == 2
    assert backups.is_due(0)
    clock.ahead_ms = 0
    assert not backups.is_due(0)
    assert not Backups(Settings(data=data, backup_hours=0), clock).is_due(0)
    # The first backup of an empty folder comes by itself.
    folder = tmp_path / "elsewhere"
    async with running_relay(data, backup_hours=1, backup_folder=str(folder)):
        async with asyncio.timeout(20):
            while not list(folder.glob("relay-*")):
                await asyncio.sleep(0.02)


class _Turned(SystemClock):
    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms
