"""A backup that is made while triggers run, restored elsewhere, holds everything that was answered before it began."""

import asyncio
import tarfile
from contextlib import suppress

import pytest
from helpers.desk import Desk
from helpers.relay_running import new_id, running_relay, small_pdf

from relay.errors import StorageUnavailableError
from relay.storage.backup import DATABASE, make_backup, read_manifest
from relay.storage.migrate import migrate
from relay.storage.restore import UNFINISHED, BackupUnreadableError, restore_backup
from relay.tasks import Tasks


def _back_up(data, target):
    return make_backup(data, target, version="1.2.3", now_ms=1_764_000_000_000)


async def test_a_backup_under_load_holds_whatever_was_answered_before_it_began(tmp_path):
    data, target, elsewhere = tmp_path / "relay", tmp_path / "one.backup", tmp_path / "elsewhere"
    answered: list[str] = []
    async with running_relay(data) as office:
        await office.add_order("WO-1", small_pdf("WO-1"))
        grant = await office.pair()
        epoch = office.relay.courier.epoch

        async def scan_for_ever():
            while True:
                id_ = new_id()
                answer = await office.trigger(office.body(id=id_, orderId="WO-1"))
                if answer.status == 202:
                    answered.append(id_)

        async with Desk(office.url, grant["token"]), Tasks() as tasks:
            scanners = [tasks.spawn(scan_for_ever(), f"scanner {number}") for number in range(4)]
            while len(answered) < 60:
                await asyncio.sleep(0.01)
            before = list(answered)
            writes = office.relay.database.writes
            manifest = await asyncio.to_thread(_back_up, data, target)
            while len(answered) < len(before) + 20:  # the writer was not held, and goes on
                await asyncio.sleep(0.01)
            assert office.relay.database.writes > writes
            for scanner in scanners:
                scanner.cancel()
                with suppress(asyncio.CancelledError):
                    await scanner
    assert {"relay.db", "keys.json"} <= {file.path for file in manifest.files}
    assert target.stat().st_mode & 0o777 == 0o600
    restored, aside = restore_backup(target, elsewhere)
    assert (restored, aside) == (manifest, None)
    async with running_relay(elsewhere) as office:
        for id_ in before:
            assert (await office.call("GET", f"/api/trigger/{id_}")).status == 200, id_
        document = (await office.call("GET", "/api/orders/WO-1")).body["documents"][0]
        assert (await office.call("GET", f"/api/documents/{document['sha256']}")).status == 200
        assert office.relay.courier.epoch != epoch
        # The desk's token is newer than, or as old as, what the backup knows: it comes back without pairing.
        answer = await office.as_(None).call(
            "POST", "/api/auth/refresh", json={"refreshToken": grant["refreshToken"]}
        )
        assert answer.status == 200


async def test_a_desk_whose_token_is_newer_than_the_backup_comes_back_once(tmp_path):
    data, target = tmp_path / "relay", tmp_path / "one.backup"
    async with running_relay(data) as office:
        grant = await office.pair()
        office.token = None
        await asyncio.to_thread(_back_up, data, target)
        newer = await office.call("POST", "/api/auth/refresh", json={"refreshToken": grant["refreshToken"]})
    _manifest, aside = restore_backup(target, data)
    assert (aside / DATABASE).is_file()
    async with running_relay(data) as office:
        office.token = None
        body = {"refreshToken": newer.body["refreshToken"]}
        assert (await office.call("POST", "/api/auth/refresh", json=body)).status == 200
        assert (await office.call("POST", "/api/auth/refresh", json=body)).status == 401


async def test_what_is_damaged_is_refused_before_anything_is_touched(tmp_path):
    data, target = tmp_path / "relay", tmp_path / "one.backup"
    async with running_relay(data) as office:
        await office.add_order("WO-1", small_pdf("WO-1"))
    manifest = _back_up(data, target)
    with tarfile.open(target) as archive:
        place = next(member for member in archive if member.name.startswith("documents/")).offset_data
    content = bytearray(target.read_bytes())
    content[place] ^= 1
    before = sorted((path.name, path.stat().st_mtime_ns) for path in data.iterdir() if path.is_file())
    for damaged in (bytes(content), bytes(content[:place]), b"", b"no archive" * 200):
        target.write_bytes(damaged)
        with pytest.raises(BackupUnreadableError):
            restore_backup(target, data)
        assert (
            sorted((path.name, path.stat().st_mtime_ns) for path in data.iterdir() if path.is_file())
            == before
        )
    assert len(manifest.files) == 3


async def test_a_relay_does_not_start_on_half_a_restore_and_restoring_again_mends_it(tmp_path, monkeypatch):
    data, target = tmp_path / "relay", tmp_path / "one.backup"
    async with running_relay(data) as office:
        await office.add_order("WO-1", small_pdf("WO-1"))
    _back_up(data, target)
    old = (data / "keys.json").read_bytes()
    replace, moved = type(data).replace, []

    def fail_after_two(path, to):
        moved.append(path)
        if len(moved) > 2:
            raise OSError(5, "Input/output error")
        return replace(path, to)

    with monkeypatch.context() as patch:
        patch.setattr(type(data), "replace", fail_after_two)
        with pytest.raises(StorageUnavailableError):
            restore_backup(target, data)
    assert (data / UNFINISHED).exists()
    with pytest.raises(StorageUnavailableError, match="restore"):
        migrate(data / DATABASE)
    _manifest, aside = restore_backup(target, data)
    assert (aside / "keys.json").read_bytes() == old
    assert not (data / UNFINISHED).exists()
    async with running_relay(data) as office:
        assert (await office.call("GET", "/api/orders/WO-1")).status == 200


async def test_what_root_restores_belongs_to_whom_the_directory_belongs(tmp_path, monkeypatch):
    """A service's user cannot write what root has unpacked: it would start no more (tried under systemd, too)."""
    data, target = tmp_path / "relay", tmp_path / "one.backup"
    async with running_relay(data) as office:
        await office.add_order("WO-1", small_pdf("WO-1"))
        _back_up(data, target)
    given: dict[str, tuple[int, int]] = {}
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("os.chown", lambda path, *whom: given.update({path.name: whom}))
    _manifest, aside = restore_backup(target, data)
    owner = (data.stat().st_uid, data.stat().st_gid)
    assert set(given.values()) == {owner}
    restored = {path.name for path in data.rglob("*") if aside not in (path, *path.parents)}
    assert {"relay.db", "keys.json"} <= restored & set(given)
    assert aside.name in given


def test_a_directory_without_a_database_is_not_backed_up(tmp_path):
    with pytest.raises(StorageUnavailableError):
        _back_up(tmp_path, tmp_path / "one.backup")
    assert list(tmp_path.iterdir()) == []


def test_what_a_backup_says_can_be_read_without_unpacking_it(tmp_path):
    migrate(tmp_path / "relay" / DATABASE)
    made = _back_up(tmp_path / "relay", tmp_path / "one.backup")
    assert read_manifest(tmp_path / "one.backup") == made
