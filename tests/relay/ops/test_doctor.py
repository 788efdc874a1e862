"""The doctor finds what is wrong with a machine or a directory, says it in both languages, and changes nothing."""

import asyncio
import re
import socket
import sys

import pytest
from helpers.relay_running import running_relay

from relay.cli import main
from relay.clock import SystemClock
from relay.contract.wording import LANGUAGES
from relay.ops.certificate import open_certificate
from relay.ops.doctor import Doctor
from relay.ops.findings import Found
from relay.settings import Settings

DAY_MS = 86_400_000


def _examine(settings: Settings, clock=None) -> dict[str, Found]:
    return {found.check: found for found in Doctor(settings, clock or SystemClock()).examine()}


def _keys(found: dict[str, Found]) -> dict[str, str]:
    return {check: each.key for check, each in found.items()}


async def test_a_relay_that_serves_everybody_is_well_but_for_its_backup(tmp_path):
    data = tmp_path / "data"
    async with running_relay(data, host="0.0.0.0") as office:
        settings = Settings(data=data, host="0.0.0.0", port=office.relay.port)
        found = await asyncio.to_thread(_examine, settings)
    assert not [each for each in found.values() if each.verdict == "bad"]
    keys = _keys(found)
    assert (keys["port"], keys["database"], keys["folder"], keys["secrets"]) == (
        "running",
        "good",
        "good",
        "good",
    )
    assert keys["backup"] == "none"
    assert keys["reach"] in {"good", "alone"}
    assert keys["certificate"] in {"good", "names"}
    for language in LANGUAGES:
        for each in found.values():
            words = each.worded(language)
            assert words.detail
            assert bool(words.action) == (each.verdict != "good")
            assert "{" not in words.detail + words.action


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no file modes")
async def test_what_others_can_read_is_found(tmp_path):
    data = tmp_path / "data"
    async with running_relay(data):
        pass
    (data / "keys.json").chmod(0o640)
    data.chmod(0o755)
    found = _examine(Settings(data=data))
    assert (found["secrets"].verdict, found["folder"].key) == ("bad", "open")
    assert "keys.json" in str(found["secrets"].values["paths"])


async def test_a_damaged_database_a_taken_port_and_a_wrong_clock_are_found(tmp_path):
    data = tmp_path / "data"
    async with running_relay(data):
        pass
    content = bytearray((data / "relay.db").read_bytes())
    content[4096:12288] = bytes(8192)
    (data / "relay.db").write_bytes(content)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = _examine(Settings(data=data, port=taken.getsockname()[1]), _Past())
    assert {check for check, each in found.items() if each.verdict == "bad"} >= {"database", "port", "clock"}
    assert found["port"].key == "taken"


class _Past(SystemClock):
    def now_ms(self) -> int:
        return 1_000_000


class _Ahead(SystemClock):
    def now_ms(self) -> int:
        return super().now_ms() + 390 * DAY_MS


def test_a_certificate_that_ends_soon_and_plain_text_are_found(tmp_path):
    settings = Settings(data=tmp_path, host="0.0.0.0", port=0)
    assert _examine(settings)["certificate"].key == "to_come"
    open_certificate(settings)
    assert _examine(settings)["certificate"].verdict in {"good", "warn"}
    assert _examine(settings, _Ahead())["certificate"].key == "ends"
    plain = Settings(data=tmp_path, host="0.0.0.0", port=0, plain_http=True)
    assert _examine(plain)["certificate"].key == "plain"


def test_the_command_says_its_verdicts_and_its_status(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("BENCHCAST_PORT", str(taken.getsockname()[1]))
        assert main(["doctor", "--data", str(tmp_path / "none")]) == 1
    told = capsys.readouterr().out
    assert re.search("✕ 포트: ", told)
    assert "    → " in told
    assert not (tmp_path / "none").exists()
    monkeypatch.setenv("BENCHCAST_PORT", "0")
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert main(["doctor", "--data", str(tmp_path / "none")]) == 0
    assert "! Data folder: " in capsys.readouterr().out


async def test_backup_and_restore_at_the_terminal(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "C.UTF-8")
    data, target = tmp_path / "data", tmp_path / "a" / "one.backup"
    async with running_relay(data) as office:
        await office.add_order("WO-1")
        assert await asyncio.to_thread(main, ["backup", str(target), "--data", str(data)]) == 0
        assert await asyncio.to_thread(main, ["restore", str(target), "--data", str(data)]) == 1
        assert (await office.call("GET", "/api/orders/WO-1")).status == 200
    told = capsys.readouterr()
    assert "1 documents" in told.out
    assert "already" in told.err.lower()
    assert await asyncio.to_thread(main, ["restore", str(target), "--data", str(data)]) == 0
    assert "before-restore-" in capsys.readouterr().out
    target.write_bytes(b"no backup")
    assert await asyncio.to_thread(main, ["restore", str(target), "--data", str(data)]) == 1
    assert "Nothing was changed" in capsys.readouterr().err
    async with running_relay(data) as office:
        assert (await office.call("GET", "/api/orders/WO-1")).status == 200
