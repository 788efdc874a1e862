"""The app on a desktop: links from outside, settings, history and the log bundle, with a real relay and two starts."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.qt_loop import run_qt
from helpers.relay_running import Office, running_relay, small_pdf
from helpers.x11 import child
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridge import spawn
from app.link.update_check import is_newer
from app.settings import load_settings
from app.settings_sources import Origin
from app.stage.foreign_link import LONGEST, judge
from app.stage.scan_result import Tone
from app.stage.shown_before import Search
from app.stage.status import LinkState
from app.windows.bench_confirm import Confirm
from app.windows.doorbell import Doorbell
from app.windows.opening import Opened
from app.windows.tray import Tray
from app.wiring.bench import Bench

ROOT = Path(__file__).resolve().parents[2]
GOOD = "https://10.0.0.5:8440/api/pair?screenId=S-1#token=ABCD1234"


# Links.


@pytest.mark.parametrize(
    ("link", "relay"),
    [
        (GOOD, "10.0.0.5:8440"),
        (f"  {GOOD}\n", "10.0.0.5:8440"),
        (GOOD.upper(), "10.0.0.5:8440"),
        ("benchcast://pair?relay=https%3A%2F%2Frelay.factory&screenId=S&token=ABCD1234", "relay.factory"),
        ("https://[fd00::1]:8440/api/pair?screenId=S#token=ABCD", "[fd00::1]:8440"),
    ],
)
def test_a_pairing_link_from_outside_says_whom_it_leads_to(link: str, relay: str) -> None:
    judged = judge(link)
    assert judged is not None
    assert judged.relay == relay


@pytest.mark.parametrize(
    "link",
    [
        "",
        "benchcast://",
        "benchcast://pair?screenId=S&token=ABCD",  # no relay
        "benchcast://pair?relay=file%3A%2F%2F%2Fetc%2Fpasswd&screenId=S&token=ABCD",
        "benchcast://pair?relay=javascript%3Aalert(1)&screenId=S&token=ABCD",
        "https://relay.factory@evil.example/api/pair?screenId=S#token=ABCD",
        f"{GOOD}&also=https%3A%2F%2Frelay%40evil.example",
        "https://[::1/api/pair?screenId=S#token=ABCD",
        "https://relay:99999/api/pair?screenId=S#token=ABCD",
        f"{GOOD}\x00",
        f"{GOOD}\u202e",  # what follows would be read backwards
        GOOD + "x" * LONGEST,
        "file:///etc/passwd",
        "--help",
    ],
)
def test_a_hostile_or_torn_link_is_refused(link: str) -> None:
    assert judge(link) is None


# With the app.


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(
        tmp_path / "relay", app_version="99.0", app_note="\\\\files\\benchcast"
    ) as office:
        await office.add_screen()
        await office.add_order("WO-1", small_pdf("WO-1"), revision="C")
        yield office


class Living:
    """An app that lives in this process, on the loop of the test."""

    def __init__(self, bench: Bench, opened: Opened) -> None:
        self.bench = bench
        self.opened = opened
        self.window = opened.window
        self.desktop = bench._desktop
        self.workplace = bench._workplace

    async def until(self, what, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not what():
                await asyncio.sleep(0.02)

    @property
    def link(self) -> LinkState:
        return self.workplace.status.facts.link


def live(qapp: QApplication, tmp_path: Path, story, *, pair: str | None = None) -> None:
    arguments = ["--data", str(tmp_path / "desk"), "--language", "en", *(["--pair", pair] if pair else [])]
    settings = load_settings(
        arguments,
        environ={"BENCHCAST_KEYRING": "file", "BENCHCAST_DEFAULT_DISPLAY_INDEX": "0"},
        config=tmp_path / "none",
        admins=tmp_path / "none.toml",
    )
    settings.data.mkdir(exist_ok=True)
    qapp.setApplicationVersion("0.1.0")
    opened = Opened(settings)
    opened.window.appear()  # `show` turns the events inside a task, which would die of it

    async def main() -> None:
        doorbell = Doorbell(settings.data)
        assert doorbell.is_first()
        bench = Bench(qapp, settings, doorbell, opened)
        living = spawn(bench.run(), "bench")
        try:
            here = Living(bench, opened)
            await here.until(lambda: here.desktop._tray is not None)
            await story(here)
        finally:
            bench.stop_now()
            await living
            doorbell.close()

    run_qt(qapp, main(), seconds=60)


def second_start(data: Path, link: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "--data", str(data), "--pair", link],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def test_a_link_reaches_the_running_app_is_judged_and_asked_about(qapp: QApplication, tmp_path: Path) -> None:
    """Two real processes: the relay is a third party here and is not needed to refuse or to ask."""

    async def story(here: Living) -> None:
        await here.until(lambda: here.link is LinkState.UNPAIRED)
        hostile = await asyncio.to_thread(
            second_start, tmp_path / "desk", "benchcast://pair?relay=file%3A%2F%2F%2Fx&screenId=S&token=ABCD"
        )
        assert (hostile.returncode, hostile.stdout) == (0, "")
        assert here.window._pairing.failure is not None
        assert here.window._pairing.failure.title == "A link that cannot be opened"

    live(qapp, tmp_path, story)


def relay_story(qapp: QApplication, tmp_path: Path, story) -> None:
    """A relay in a thread of its own loop would be another program; here it is one."""
    program = f"""
import asyncio, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from pathlib import Path
from helpers.relay_running import running_relay, small_pdf
async def main():
    data = Path({str(tmp_path / "relay")!r})
    async with running_relay(data, app_version="99.0", app_note="from the file server") as office:
        await office.add_screen()
        await office.add_order("WO-1", small_pdf("WO-1"), revision="C")
        print((await office.offer())["link"], flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    with child([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as relay:
        assert relay.stdout is not None
        while not (line := relay.stdout.readline().decode()).startswith("http"):
            assert line, "the relay starts"
        live(qapp, tmp_path, story, pair=line.strip())


def test_a_paired_bench_shows_remembers_packs_and_asks_before_it_changes_its_relay(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    async def story(here: Living) -> None:
        await here.until(lambda: here.link is LinkState.CONNECTED)

        # Its own relay recommends a newer app: told, kept, never forced.
        await here.until(lambda: here.desktop.updates.advice is not None)
        assert here.desktop.updates.advice.version == "99.0"
        assert here.workplace.choices.told_version == "99.0"

        # What is shown is written down as this bench's own wish, and once.
        here.bench._scanning.heard("WO-1", typed=True)
        await here.until(here.workplace.director.showing)
        await here.until(lambda: here.window._scans and here.window._scans[0].answer is not None)
        here.bench._scanning.heard("WO-404", typed=True)
        book = here.desktop.history._book
        assert book is not None

        async def records():
            return await book.search(Search())

        async with asyncio.timeout(10):
            while not (found := await records()):
                await asyncio.sleep(0.02)
        assert [(each.order_id, each.source, each.revision, each.left) for each in found] == [
            ("WO-1", "bench", "C", None)
        ]

        # Closing the window would end the app while something is shown: it asks.
        here.window.close()
        dialog = here.window.findChild(Confirm)
        assert dialog is not None
        assert dialog.isVisible()
        dialog.reject()

        # A link from outside does not take a paired bench away from its relay without asking.
        other = "https://10.9.9.9:8440/api/pair?screenId=S-1#token=ABCD1234"
        ended = await asyncio.to_thread(second_start, tmp_path / "desk", other)
        assert ended.returncode == 0
        await here.until(lambda: any(d.isVisible() for d in here.window.findChildren(Confirm)))
        question = next(d for d in here.window.findChildren(Confirm) if d.isVisible())
        from PySide6.QtWidgets import QLabel

        assert "10.9.9.9:8440" in " ".join(label.text() for label in question.findChildren(QLabel))
        question.reject()
        assert here.link is LinkState.CONNECTED

        # The log bundle has everything but the secrets of this very bench.
        target = tmp_path / "bundle.zip"
        await here.desktop.support.write_bundle(target)
        credentials = here.workplace.line.credentials
        assert credentials is not None
        secrets = [*credentials.secrets(), here.workplace.settings.pair.partition("token=")[2].split("&")[0]]
        with zipfile.ZipFile(target) as bundle:
            content = b"".join(bundle.read(name) for name in bundle.namelist()) + target.read_bytes()
            assert json.loads(bundle.read("link.json"))["state"] == "connected"
            assert json.loads(bundle.read("settings.json"))["pair"] == {
                "value": True,
                "from": "flag",
                "where": "--pair",
            }
        assert len(secrets) >= 3
        for secret in secrets:
            assert len(secret) > 8
            assert secret.encode() not in content

        # Settings: what is changed holds at once, and after the next start.
        here.desktop.settings.show()
        window = here.desktop.settings._window
        assert window is not None
        qtbot.mouseClick(window.general.volume.buttons[25], Qt.MouseButton.LeftButton)
        assert here.workplace.sound.volume == 25
        qtbot.mouseClick(window.general.languages.buttons["ko"], Qt.MouseButton.LeftButton)
        assert not window.general.languages.isEnabled(), "the flag --language rules over the choice"
        here.desktop.use("ko")
        assert window.windowTitle() == "설정"
        assert here.window.windowTitle() == "Benchcast 작업대"
        assert not window.monitors.display.isEnabled(), "a variable says which monitor"
        kept = load_settings(
            ["--data", str(tmp_path / "desk")], environ={}, config=tmp_path, admins=tmp_path / "none"
        )
        assert (kept.volume, kept.language) == (25, "ko")
        assert kept.origin("volume") == Origin("choice")
        here.desktop.tell("Saved", Tone.GOOD)

    relay_story(qapp, tmp_path, story)
    db = sqlite3.connect(tmp_path / "desk" / "history.sqlite")
    left = db.execute("SELECT left, left_ms IS NOT NULL FROM shown WHERE code IS NULL").fetchall()
    db.close()
    assert left == [("stopped", 1)]


async def test_the_relay_says_which_app_it_recommends_and_nothing_where_nothing_is_set(
    office: Office, tmp_path: Path
) -> None:
    answer = await office.as_(None).call("GET", "/api/app/version")
    assert (answer.status, answer.body) == (200, {"version": "99.0", "note": "\\\\files\\benchcast"})
    async with running_relay(tmp_path / "other") as silent:
        assert (await silent.call("GET", "/api/app/version")).body == {}


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        ("0.2.0", "0.1.9", True),
        ("0.10", "0.9.1", True),
        ("1.0", "1.0.0", False),
        ("1.0.0", "1.0rc1", True),
        ("1.0rc1", "1.0.0", False),
        ("0.1.0", "0.1.0", False),
        ("0.0.9", "0.1.0", False),
        ("nonsense", "0.1.0", False),
    ],
)
def test_versions_are_compared_by_their_numbers(one: str, other: str, newer: bool) -> None:
    assert is_newer(one, other) is newer


def test_without_a_tray_closing_ends_the_app_and_with_one_it_hides(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, said = [True], []
    monkeypatch.setattr(Tray, "is_there", property(lambda tray: there[0]))
    monkeypatch.setattr(Tray, "tell", lambda tray, *texts: said.append(texts))

    async def story(here: Living) -> None:
        await here.until(lambda: here.link is LinkState.UNPAIRED)
        here.window.close()
        assert not here.window.isVisible()
        assert len(said) == 1
        here.desktop.rung(None)
        assert here.window.isVisible()
        here.window.close()
        assert len(said) == 1, "said once, and never again"
        there[0] = False
        here.desktop.rung(None)
        here.window.close()
        await here.until(lambda: here.bench._stop is not None and here.bench._stop.is_set())

    live(qapp, tmp_path, story)
