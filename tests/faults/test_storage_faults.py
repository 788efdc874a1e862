"""The database on a disk that forgets, fills, fails and lags: what was answered is there, and nothing else is claimed.

In full, 200 kills and more: `STORAGE_ROUNDS=200 python -m pytest --timeout 1200 tests/faults/test_storage_faults.py`.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pysqlite3
import pytest
from faults.shim.unsynced import environment
from helpers.x11 import child

from relay.storage.dialect import wal_bytes
from relay.storage.soundness import examine

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).parent / "shim" / "storage_worker.py"
KILLED = -9
BROKEN = 70


def run(scenario: str, path: Path, argument: str = "", **settings: object):
    """Run a scenario under the shim; return its exit status, the notes that were answered, and its other words."""
    done = subprocess.run(
        [sys.executable, str(WORKER), scenario, str(path), argument],
        env=environment(path.parent, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    words = [json.loads(line) for line in done.stdout.splitlines() if line.endswith(("}", *"0123456789"))]
    answered = {word for word in words if isinstance(word, int)}
    facts = {key: value for word in words if isinstance(word, dict) for key, value in word.items()}
    return done.returncode, answered, facts, done.stdout + done.stderr


def kept(path: Path) -> set[int]:
    """Open what the disk has kept, as the relay would: it is examined, recovered, and checked page by page."""
    examine(path)
    connection = pysqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'note'").fetchone():
            return set()
        return {number for (number,) in connection.execute("SELECT id FROM note")}
    finally:
        connection.close()


class Killed:
    """Kills at random operations, each on the file that the one before has left."""

    def __init__(self, folder: Path, synchronous: str, rounds: int, seed: int) -> None:
        self.kills = self.answers = self.lost = 0
        luck = random.Random(seed)
        for number in range(rounds):
            path = folder / f"{number // 10}" / "relay.db"
            before = kept(path) if path.exists() else set()
            torn = luck.randrange(1, 10**6) if luck.random() < 0.7 else None
            status, answered, _, said = run(
                "rush", path, synchronous, only="relay.db", kill_at=luck.randint(1, 400), torn=torn
            )
            assert status == KILLED, said
            self.kills += 1
            self.answers += len(answered)
            self.lost += len((before | answered) - kept(path))


def test_what_was_answered_survives_kills_at_random_operations(tmp_path: Path):
    rounds = int(os.environ.get("STORAGE_ROUNDS", "20"))
    killed = Killed(tmp_path, "FULL", rounds, seed=rounds)
    print(f"{killed.kills} kills, {killed.answers} answered writes, {killed.lost} lost")
    assert killed.answers > 10 * rounds
    assert killed.lost == 0


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_without_a_sync_at_every_commit_the_same_kills_lose_what_was_answered(
    tmp_path: Path, synchronous: str
):
    lost = 0
    for number in range(6):
        path = tmp_path / str(number) / "relay.db"
        status, answered, _, said = run("rush", path, synchronous, only="relay.db", kill_at=250)
        assert status == KILLED, said
        assert len(answered) > 10
        lost += len(answered - kept(path))
    assert lost > 0


def test_a_failed_sync_ends_the_process_and_the_next_one_reads_what_is_on_disk(tmp_path: Path):
    path = tmp_path / "data" / "relay.db"
    status, answered, facts, said = run("unsynced", path, eio_file=tmp_path / "eio")
    assert status == BROKEN, said
    assert "answered" not in facts
    assert answered == set(range(20))
    assert "cannot be trusted any more" in said
    assert answered <= kept(path)


def test_a_whole_relay_leaves_with_status_70_when_a_sync_fails_and_the_next_one_has_what_it_answered(
    tmp_path: Path,
):
    data, eio = tmp_path / "data", tmp_path / "eio"
    relay = [sys.executable, "-m", "relay"]
    serve = [*relay, "serve", "--data", str(data), "--port", "0"]
    quiet = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}

    def add(screen: str) -> list[str]:
        return [*relay, "screen", "add", screen, "--data", str(data)]

    with child(serve, env=environment(data, only="relay.db", eio_file=eio), **quiet) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"http")
        subprocess.run(add("SCREEN-001"), check=True, timeout=60, **quiet)
        eio.touch()
        with child(add("SCREEN-002"), **quiet):
            assert process.wait(timeout=30) == BROKEN
    assert wal_bytes(data / "relay.db") > 0
    with child(serve, **quiet) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"http")
    connection = pysqlite3.connect(data / "relay.db")
    screens = {name for (name,) in connection.execute("SELECT screen_id FROM screens")}
    connection.close()
    assert "SCREEN-001" in screens


def test_the_disk_of_these_tests_forgets_what_a_failed_sync_should_have_written(tmp_path: Path):
    file, eio = tmp_path / "data" / "file", tmp_path / "eio"
    code = """if True:
        import os, pathlib, sys
        file, eio = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT), pathlib.Path(sys.argv[2])
        os.pwrite(file, b"synced", 0)
        os.fsync(file)
        os.pwrite(file, b"failed", 8192)
        eio.touch()
        try:
            os.fsync(file)
        except OSError as error:
            print(error.errno)
        eio.unlink()
        os.fsync(file)
        print(os.pread(file, 6, 8192).decode(), os.stat(sys.argv[1]).st_size)
        os.pwrite(file, b"after", 16384)
        os.kill(os.getpid(), 9)
    """
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), str(eio)],
        env=environment(file.parent, eio_file=eio) | {"PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["5", "failed", "8198"], done.stderr
    assert file.read_bytes() == b"synced".ljust(8198, b"\0")


def test_a_full_disk_refuses_writes_serves_reads_and_heals_by_itself(tmp_path: Path):
    path = tmp_path / "data" / "relay.db"
    status, answered, facts, said = run("full", path, full_file=tmp_path / "full")
    assert status == 0, said
    assert facts["writable"] is False
    assert facts["accepts"] is False
    assert facts["readable"] == len(answered - {1000})
    assert facts["still"] is False
    assert facts["healed"] < 5
    assert facts["answered"] is True
    assert kept(path) == answered
    assert said.count("cannot be written") == 1


def test_what_was_begun_ends_in_the_room_of_the_ballast_and_nothing_new_begins(tmp_path: Path):
    path = tmp_path / "data" / "relay.db"
    status, answered, facts, said = run("ballast", path, full_after=70 << 20)
    assert status == 0, said
    assert facts["given_up"] is True
    assert facts["ended"] == 300
    assert facts["accepts"] is False
    assert facts["healed"] < 5
    assert facts["again"] is True
    assert kept(path) == answered


def test_without_the_room_of_the_ballast_what_was_begun_cannot_end(tmp_path: Path):
    _, _, facts, _ = run("ballast", tmp_path / "data" / "relay.db", "kept", full_after=70 << 20)
    assert facts["given_up"] is False
    assert facts["ended"] < 300


@pytest.mark.parametrize("room", [*range(0, 40_000, 4120), 60_000, 90_000])
def test_wherever_the_disk_is_full_nothing_is_answered_that_is_not_there(tmp_path: Path, room: int):
    path = tmp_path / "data" / "relay.db"
    status, answered, _, said = run("filling", path, only="relay.db", full_after=room)
    assert status == KILLED or "disk is full" in said, said
    assert len(answered) < 60
    assert answered <= kept(path)


def test_slow_syncs_stop_neither_the_loop_nor_the_reads_and_new_work_is_told_to_wait(tmp_path: Path):
    path = tmp_path / "data" / "relay.db"
    status, answered, facts, said = run("slow", path, "2800", only="relay.db", delay_file=tmp_path / "delay")
    assert status == 0, said
    assert answered == {*range(200), 1000}
    assert facts["overloaded"] < 10
    assert facts["readable"] >= 1
    assert facts["lag"] < 0.5
    assert facts["accepts"] is True
    assert kept(path) == answered
