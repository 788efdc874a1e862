"""The app as a process: started well and badly, paired by its command line, alone on its data, and ended politely."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from helpers.relay_running import Office, running_relay, small_pdf
from helpers.x11 import child

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def office(tmp_path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path / "relay") as office:
        await office.add_screen()
        await office.add_order("WO-1", small_pdf("WO-1", pages=2), revision="C")
        yield office


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    """Two monitors that are nowhere, and a home of the test's own."""
    screens = tmp_path / "screens.json"
    monitors = [
        {
            "name": name,
            "x": x,
            "y": 0,
            "width": 1920,
            "height": 1080,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": 1,
        }
        for name, x in (("LEFT", 0), ("RIGHT", 1920))
    ]
    screens.write_text(
        json.dumps({"synchronousWindowSystemEvents": False, "windowFrameMargins": True, "screens": monitors})
    )
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return {
        **os.environ,
        "QT_QPA_PLATFORM": f"offscreen:configfile={screens}",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "BENCHCAST_LANGUAGE": "en",
    }


def start(env: dict[str, str], *arguments: str) -> list[str]:
    return [sys.executable, "-X", "dev", "-m", "app", *arguments]


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        start(env, *arguments), env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@asynccontextmanager
async def bench(
    office: Office, env: dict[str, str], data: Path, *arguments: str
) -> AsyncIterator[subprocess.Popen]:
    """The app, running and connected; whatever it says lands beside its data."""
    said = data.with_suffix(".said")
    with (
        said.open("ab") as output,
        child(
            start(env, "--data", str(data), *arguments), env=env, cwd=ROOT, stdout=output, stderr=output
        ) as process,
    ):
        await online(office, True, process, said)
        yield process
    text = said.read_text("utf-8", "replace")
    assert "Traceback" not in text, text
    assert "Warning" not in text, text


async def online(
    office: Office, wished: bool, process: subprocess.Popen | None = None, said: Path | None = None
) -> dict:
    async with asyncio.timeout(60):
        while True:
            screen = (await office.call("GET", "/api/screens/SCREEN-001")).body
            if screen["online"] is wished and (screen.get("displays") or not wished):
                return screen
            if process is not None and wished:
                assert process.poll() is None, said.read_text("utf-8", "replace")
            await asyncio.sleep(0.05)


async def end(process: subprocess.Popen, number: int = signal.SIGTERM) -> float:
    """End it and return how long that took."""
    started = time.monotonic()
    process.send_signal(number)
    status = await asyncio.to_thread(process.wait, 10)
    assert status == 0
    return time.monotonic() - started


async def test_a_link_on_the_command_line_pairs_the_bench_and_a_scan_is_shown(office, env, tmp_path):
    link = (await office.offer())["link"]
    data = tmp_path / "desk"
    async with bench(office, env, data, "--pair", link) as process:
        screen = await online(office, True)
        assert [display["name"] for display in screen["displays"]] == ["LEFT", "RIGHT"]
        report = (await office.trigger(orderId="WO-1", wait_ms=10_000)).body
        assert (report["state"], report["revision"], report["display"]["name"]) == ("shown", "C", "RIGHT")
        assert await end(process) < 3
    await online(office, False)
    kept = data / "credential.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    log = (data / "logs" / "benchcast.log").read_text("utf-8")
    assert json.loads(log.splitlines()[0])["event"]
    for secret in (json.loads(kept.read_bytes())["credential"]["refreshToken"], link.partition("token=")[2]):
        assert secret not in log


async def test_a_paired_bench_needs_no_link_any_more_and_a_used_one_does_no_harm(office, env, tmp_path):
    link = (await office.offer())["link"]
    data = tmp_path / "desk"
    async with bench(office, env, data, "--pair", link) as process:
        await end(process)
    await online(office, False)
    async with bench(office, env, data, "--pair", link) as process:
        report = (await office.trigger(orderId="WO-1", wait_ms=10_000)).body
        assert report["state"] == "shown"
        await end(process, signal.SIGINT)


async def test_a_second_start_hands_its_link_to_the_first_and_ends(office, env, tmp_path):
    data = tmp_path / "desk"
    with child(start(env, "--data", str(data)), env=env, cwd=ROOT, stderr=subprocess.DEVNULL) as first:
        link = (await office.offer())["link"]
        async with asyncio.timeout(60):
            while not (data / "benchcast.lock").exists():
                await asyncio.sleep(0.02)
        second = await asyncio.to_thread(run, env, "--data", str(data), "--pair", link)
        assert (second.returncode, second.stderr) == (0, "")
        await online(office, True)
        assert first.poll() is None
        await end(first)


async def test_a_bench_that_was_killed_is_the_only_one_again(office, env, tmp_path):
    data = tmp_path / "desk"
    link = (await office.offer())["link"]
    async with bench(office, env, data, "--pair", link) as process:
        process.kill()
        process.wait()
    await online(office, False)
    async with bench(office, env, data) as process:
        assert (await office.trigger(orderId="WO-1", wait_ms=10_000)).body["state"] == "shown"
        await end(process)


async def test_a_bench_whose_screen_is_deleted_stays_calm(office, env, tmp_path):
    data = tmp_path / "desk"
    link = (await office.offer())["link"]
    async with bench(office, env, data, "--pair", link) as process:
        assert (await office.call("DELETE", "/api/screens/SCREEN-001")).status in {200, 204}
        log = data / "logs" / "benchcast.log"
        async with asyncio.timeout(60):
            while '"state": "revoked"' not in log.read_text("utf-8"):
                await asyncio.sleep(0.05)
        await end(process)


def test_an_unpaired_bench_starts_and_ends_without_a_relay(env, tmp_path):
    data = tmp_path / "desk"
    with child(start(env, "--data", str(data)), env=env, cwd=ROOT, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (data / "inbox.sqlite").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.terminate()
        _out, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"Traceback" not in said
    assert b"Warning" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--language", "fr"], "language"),
        (["--colour", "red"], "--colour"),
        (["--pair"], "--pair"),
    ],
)
def test_a_wrong_start_is_explained_and_ends_with_status_2(env, tmp_path, arguments, words):
    ended = run(env, "--data", str(tmp_path / "desk"), *arguments)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_data_directory_that_cannot_be_written_is_named(env, tmp_path):
    (tmp_path / "desk").write_text("a file")
    ended = run(env, "--data", str(tmp_path / "desk"))
    assert ended.returncode == 2
    assert str(tmp_path / "desk") in ended.stderr


def test_a_bench_that_cannot_remember_deliveries_does_not_start(env, tmp_path):
    (tmp_path / "desk" / "inbox.sqlite").mkdir(parents=True)
    ended = run(env, "--data", str(tmp_path / "desk"))
    assert ended.returncode == 2
    assert str(tmp_path / "desk") in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_screen_the_app_says_so_instead_of_crashing(env, tmp_path):
    bare = {
        key: value
        for key, value in env.items()
        if key not in {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}
    }
    ended = run(bare, "--data", str(tmp_path / "desk"))
    assert ended.returncode == 2
    assert "DISPLAY" in ended.stderr


def test_help_and_the_installed_command_are_the_same(env):
    ended = run(env, "--help")
    assert ended.returncode == 0
    assert "--pair LINK" in ended.stdout
