"""A damaged file is refused before anything is written to it; one that was only left in a hurry is recovered."""

import asyncio
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pysqlite3
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from relay.errors import DatabaseDamagedError, StorageUnavailableError
from relay.storage import soundness
from relay.storage.database import Database
from relay.storage.migrate import migrate

ROOT = Path(__file__).resolve().parents[3]
FRAME = 4096 + 24
metadata = MetaData()
note = Table("note", metadata, Column("id", Integer, primary_key=True), Column("text", Text, index=True))


def add(connection: Connection) -> None:
    connection.execute(insert(note), [{"text": f"{number} " * 40} for number in range(30)])


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(note)).scalar_one()


async def written(folder: Path, commits: int) -> Path:
    """Write a database in so many commits, and leave what a power cut would leave: the file and its log."""
    path, left = folder / "whole" / "relay.db", folder / "left" / "relay.db"
    left.parent.mkdir()
    database = Database(path, asyncio.get_running_loop())
    await database.write(metadata.create_all)
    for _ in range(commits):
        await database.write(add)
    shutil.copy(path, left)
    shutil.copy(f"{path}-wal", f"{left}-wal")
    await database.close()
    return left


@pytest.fixture
async def crashed(tmp_path: Path) -> Path:
    return await written(tmp_path, commits=8)


@pytest.fixture
async def clean(tmp_path: Path) -> Path:
    await written(tmp_path, commits=8)
    return tmp_path / "whole" / "relay.db"


def log_of(path: Path) -> Path:
    return path.with_name("relay.db-wal")


def spoil(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def frames_of(path: Path) -> list[bool]:
    """Tell of every frame of the log whether it ends a commit."""
    content = log_of(path).read_bytes()
    return [
        struct.unpack_from(">I", content, at + 4)[0] != 0 for at in range(32, len(content) - FRAME + 1, FRAME)
    ]


def content_of(path: Path) -> dict[str, bytes]:
    return {
        file.name: file.read_bytes()
        for file in path.parent.iterdir()
        # Reading makes an index of the log, and an empty log where there is none.
        if not file.name.endswith(("-shm", ".unchecked")) and file.stat().st_size
    }


def refused(path: Path) -> str:
    before = content_of(path)
    with pytest.raises(DatabaseDamagedError, match=r"relay\.db") as raised:
        migrate(path)
    assert content_of(path) == before, "a damaged file is left as it is"
    return raised.value.finding


async def rows(path: Path) -> int:
    database = Database(path, asyncio.get_running_loop())
    try:
        return await database.read(count)
    finally:
        await database.close()


async def test_a_log_that_was_left_behind_is_recovered(crashed: Path):
    soundness.examine(crashed)
    assert await rows(crashed) == 240


async def test_a_clean_end_leaves_no_log(clean: Path):
    assert not log_of(clean).exists()
    soundness.examine(clean)
    assert await rows(clean) == 240


@pytest.mark.parametrize("damage", ["torn", "zeroed", "cut"])
async def test_a_last_commit_that_did_not_reach_the_disk_is_forgotten_and_the_rest_is_there(
    crashed: Path, damage: str
):
    last = log_of(crashed).stat().st_size - FRAME
    if damage == "cut":
        os.truncate(log_of(crashed), last + 1000)
    elif damage == "torn":
        spoil(log_of(crashed), last + 2048, os.urandom(2048))
    else:
        spoil(log_of(crashed), last, bytes(FRAME))
    soundness.examine(crashed)
    assert await rows(crashed) == 210


@pytest.mark.parametrize("where", ["a page", "a salt", "the header", "the header and its salts"])
async def test_a_log_that_was_damaged_after_its_sync_is_refused(crashed: Path, where: str):
    frames = frames_of(crashed)
    middle = 32 + FRAME * (frames.index(True, len(frames) // 2) - 1)
    if where == "a page":
        spoil(log_of(crashed), middle + 500, b"\xff\x00\xff")
    elif where == "a salt":
        spoil(log_of(crashed), middle + 9, b"\xff\x00\xff")
    else:
        spoil(log_of(crashed), 16 if "salts" in where else 9, b"\xff\x00\xff")
    assert "commits cannot be read" in refused(crashed)


@pytest.mark.parametrize(("reached", "there"), [("all", 10), ("the header", 9)])
async def test_the_log_of_an_earlier_generation_is_no_damage(tmp_path: Path, reached: str, there: int):
    path = tmp_path / "relay.db"
    connection = pysqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
    for _ in range(9):
        connection.execute("INSERT INTO note (text) VALUES (?)", ("x" * 3000,))
    earlier = log_of(path).read_bytes()
    connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    connection.execute("INSERT INTO note (text) VALUES ('new')")
    left = tmp_path / "left" / "relay.db"
    left.parent.mkdir()
    shutil.copy(path, left)
    log = log_of(path).read_bytes()
    assert log[:32] != earlier[:32]
    log_of(left).write_bytes(log if reached == "all" else log[:32] + earlier[32:])
    connection.close()
    soundness.examine(left)
    assert await rows(left) == there


@pytest.mark.parametrize("ending", ["clean", "crashed"])
@pytest.mark.parametrize("damage", ["page", "zeroed", "cut", "garbage", "header"])
async def test_a_damaged_file_is_refused(request: pytest.FixtureRequest, ending: str, damage: str, tmp_path):
    await written(tmp_path, commits=8)
    path = tmp_path / "whole" / "relay.db"
    if ending == "crashed":
        # Its pages are in the file, and a log with one more commit stands beside it.
        connection = pysqlite3.connect(path, isolation_level=None)
        connection.execute("INSERT INTO note (text) VALUES ('one more')")
        shutil.copytree(path.parent, tmp_path / "other")
        connection.close()
        path = tmp_path / "other" / "relay.db"
        assert log_of(path).stat().st_size > 0
    size = path.stat().st_size
    match damage:
        case "page":
            spoil(path, size - 2 * 4096, b"\x0d\xff\xff")
        case "zeroed":
            spoil(path, 4096 * 5, bytes(4096))
        case "cut":
            os.truncate(path, size - 3 * 4096)
        case "garbage":
            path.write_bytes(os.urandom(size))
        case _:
            spoil(path, 0, b"Sqlite")
    assert refused(path)


async def test_a_large_file_is_checked_while_it_serves(crashed: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(soundness, "AFTER_A_CRASH_BYTES", 1000)
    soundness.examine(crashed)
    assert soundness.is_unchecked(crashed)
    database = Database(crashed, asyncio.get_running_loop())
    async with asyncio.timeout(10):
        while soundness.is_unchecked(crashed):
            await asyncio.sleep(0.01)
    assert await database.read(count) == 240
    await database.close()


async def test_damage_in_a_large_file_is_found_while_it_serves_and_refused_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await written(tmp_path, commits=8)
    path = tmp_path / "whole" / "relay.db"
    spoil(path, path.stat().st_size - 2 * 4096, b"\x0d\xff\xff")
    monkeypatch.setattr(soundness, "AFTER_A_CRASH_BYTES", 1000)
    monkeypatch.setattr(soundness, "AT_EVERY_START_BYTES", 1000)
    path.with_name("relay.db.unchecked").touch()
    soundness.examine(path)
    heard: list[str] = []
    database = Database(path, asyncio.get_running_loop(), on_broken=heard.append)
    async with asyncio.timeout(10):
        while not heard:
            await asyncio.sleep(0.01)
    assert not database.writable
    with pytest.raises(StorageUnavailableError):
        await database.write(add)
    await database.close()
    assert refused(path)


def start(data: Path, *, language: str = "en_US.UTF-8", prefix: tuple[str, ...] = ()):
    return subprocess.run(
        [*prefix, sys.executable, "-m", "relay", "serve", "--data", str(data), "--port", "0"],
        cwd=ROOT,
        env=os.environ | {"LANG": language, "LC_ALL": language, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("language", "title"),
    [("en_US.UTF-8", "The database is damaged"), ("ko_KR.UTF-8", "데이터베이스 손상")],
)
def test_a_relay_says_that_its_database_is_damaged_and_does_not_start(
    tmp_path: Path, language: str, title: str
):
    (tmp_path / "relay.db").write_bytes(b"not a database at all" * 1000)
    done = start(tmp_path, language=language)
    assert done.returncode == 1
    assert title in done.stderr
    assert str(tmp_path / "relay.db") in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("what", ["directory", "file"])
def test_a_relay_that_may_not_write_says_so_and_does_not_start(tmp_path: Path, what: str):
    data = tmp_path / "data"
    migrate(data / "relay.db")
    (data / "relay.lock").touch()
    (data if what == "directory" else data / "relay.db").chmod(0o555 if what == "directory" else 0o444)
    # Root may write anywhere, unless this is taken from it.
    prefix = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    done = start(data, prefix=prefix)
    data.chmod(0o755)
    assert done.returncode == 1
    assert "The data directory cannot be used" in done.stderr
    assert f"{data if what == 'directory' else data / 'relay.db'} cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
