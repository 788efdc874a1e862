"""The log bundle: everything support needs, and no secret of the bench in any byte of it."""

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from app.link.inbox_file import open_file
from app.machine.log_bundle import Eraser, write_bundle

REFRESH = "rt_5JkQ0w-Xy7zPq2LmN8vB4cD6fG9hT1sR3uW"
SECRET = "dev-SECRET-a1b2c3d4e5f6"
TOKEN = "7H3K9QWE2RTY5"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJTQ1JFRU4tMDAxIn0.c2lnbmF0dXJlLW9mLWl0"
UNKNOWN = "QWERTY-UNKNOWN-TOKEN-0001"
SEEDED = (REFRESH, SECRET, TOKEN, JWT, UNKNOWN)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    (folder / "logs").mkdir(parents=True)
    lines = [
        {"event": "The relay answered", "address": "https://10.0.0.5:8440"},
        {
            "event": "Somebody logged too much",
            "refreshToken": REFRESH,
            "headers": f"Authorization: Bearer {JWT}",
        },
        {"event": "A link", "link": f"https://10.0.0.5/api/pair?screenId=S#token={UNKNOWN}&sha256=AB"},
        {"event": "한글도 그대로", "reason": f"x{SECRET}x and {TOKEN}"},
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "logs" / "benchcast.log").write_text(text, "utf-8")
    (folder / "logs" / "benchcast.log.1").write_text(f'password="{SECRET}"\n', "utf-8")
    (folder / "logs" / "crash.txt").write_text("Current thread 0x1 (most recent call first):\n", "utf-8")
    (folder / "credential.json").write_text(json.dumps({"refreshToken": REFRESH, "secret": SECRET}))
    db = open_file(folder / "inbox.sqlite")
    outcome = json.dumps({"id": "x", "state": "failed", "error": f"token={TOKEN}"})
    db.execute("INSERT INTO delivery VALUES ('x', 1, 'navigate', x'', 5, ?, 1)", (outcome.encode(),))
    db.execute("INSERT INTO delivery VALUES ('y', 2, 'view', x'', 6, NULL, 0)")
    db.close()
    return folder


def texts(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as content:
        assert content.testzip() is None
        return {name: content.read(name).decode() for name in content.namelist()}


def pack(target: Path, data: Path) -> None:
    facts = {
        "settings": {"pair": {"value": f"https://r/api/pair?screenId=S#token={TOKEN}", "from": "flag"}},
        "link": {"state": "connected", "detail": f"Bearer {JWT}"},
        "monitors": [{"name": "LG 27UL850"}],
    }
    write_bundle(target, data=data, facts=facts, secrets=(REFRESH, SECRET, TOKEN, ""), version="0.1.0")


def test_no_secret_is_in_any_byte_of_it(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    pack(target, data)
    everything = target.read_bytes() + "".join(texts(target).values()).encode()
    for secret in SEEDED:
        assert secret.encode() not in everything, secret
    assert not any("credential" in name for name in texts(target))


def test_it_tells_support_what_it_has_to_know(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    pack(target, data)
    found = texts(target)
    assert json.loads(found["about.json"])["version"] == "0.1.0"
    assert json.loads(found["monitors.json"]) == [{"name": "LG 27UL850"}]
    counts = json.loads(found["inbox.json"])["rows"]
    assert {"verb": "navigate", "ended": True, "reported": True, "count": 1} in counts
    assert {"verb": "view", "ended": False, "reported": False, "count": 1} in counts
    assert json.loads(found["outcomes.json"])["rows"][0]["outcome"]["state"] == "failed"
    assert "한글도 그대로" in found["logs/benchcast.log"]
    assert "https://10.0.0.5:8440" in found["logs/benchcast.log"]
    assert {"logs/benchcast.log.1", "logs/crash.txt"} <= found.keys()
    assert not list(tmp_path.glob("*.part"))


def test_a_bench_without_an_inbox_and_without_logs_has_a_bundle_too(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_bundle(tmp_path / "b.zip", data=tmp_path / "empty", facts={}, secrets=(), version="1")
    assert "unreadable" in json.loads(texts(tmp_path / "b.zip")["inbox.json"])
    assert not (tmp_path / "empty" / "inbox.sqlite").exists(), "looking makes nothing"


def test_a_bundle_that_cannot_be_written_leaves_nothing(data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").touch()
    with pytest.raises(OSError, match="taken"):
        write_bundle(tmp_path / "taken", data=data, facts={}, secrets=(), version="1")
    assert not list(tmp_path.glob("*.part"))


def test_the_damaged_is_told_and_packed_all_the_same(data: Path, tmp_path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (data / f"inbox.sqlite{suffix}").unlink(missing_ok=True)
    (data / "inbox.sqlite").write_bytes(b"no database at all, and long enough for SQLite to look" * 50)
    pack(tmp_path / "b.zip", data)
    assert "unreadable" in json.loads(texts(tmp_path / "b.zip")["inbox.json"])


def test_an_eraser_leaves_what_is_no_secret() -> None:
    plain = '{"event": "The monitor LG 27UL850 came", "code": "ORDER_NOT_FOUND", "sha256": "ab12"}'
    assert Eraser(("", "abc")).clean(plain) == plain
    assert sqlite3.sqlite_version  # the inbox's own library is the one that reads it
