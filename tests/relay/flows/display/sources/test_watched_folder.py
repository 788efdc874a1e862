"""The watched folder: named files become documents once they are quiet, once each, and nobody's file is touched."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from helpers.hand_clock import HandClock
from helpers.relay_running import Office, running_relay, small_pdf

from relay.documents.documents import Documents
from relay.flows.display.orders import Orders
from relay.flows.display.sources.watched_folder import Watcher


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path / "data") as office:
        yield office


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def watcher_of(office: Office, folder: Path, clock: HandClock) -> Watcher:
    relay = office.relay
    files = Documents(relay.database, clock, relay.settings.data / "documents", relay.settings)
    return Watcher(folder, Orders(relay.database, clock, files), clock, quiet=timedelta(seconds=5))


async def pass_by(watcher: Watcher, clock: HandClock) -> None:
    await watcher.look()
    clock.turn(6)
    await watcher.look()


async def test_files_named_after_their_orders_become_documents(
    office: Office, folder: Path, clock: HandClock
) -> None:
    (folder / "WO-1_A.pdf").write_bytes(small_pdf("a"))
    (folder / "WO-1_B.pdf").write_bytes(small_pdf("b"))
    (folder / "WO-1__도면.pdf").write_bytes(small_pdf("drawing"))
    (folder / "notes.txt").write_text("no document")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    watcher = watcher_of(office, folder, clock)
    await pass_by(watcher, clock)
    order = (await office.call("GET", "/api/orders/WO-1")).body
    assert [(each["title"], each["revision"]) for each in order["documents"]] == [
        ("WO-1", "B"),
        ("도면", "A"),
    ]
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [each.state for each in (await watcher.tell("ko")).files] == ["filed"] * 3


async def test_a_half_written_file_waits_until_it_is_quiet(
    office: Office, folder: Path, clock: HandClock
) -> None:
    watcher = watcher_of(office, folder, clock)
    whole = small_pdf("x" * 50)
    path = folder / "WO-1.pdf"
    path.write_bytes(whole[:100])
    await watcher.look()
    clock.turn(4)
    path.write_bytes(whole)
    await watcher.look()
    clock.turn(4)
    await watcher.look()
    assert (await office.call("GET", "/api/orders/WO-1")).status == 404
    assert [(each.name, each.state) for each in (await watcher.tell("ko")).files] == [("WO-1.pdf", "waiting")]
    clock.turn(2)
    await watcher.look()
    assert (await office.call("GET", "/api/orders/WO-1")).body["documents"][0]["revision"] == "A"


async def test_a_restart_files_nothing_twice_and_a_change_is_a_revision(
    office: Office, folder: Path, clock: HandClock
) -> None:
    path = folder / "WO-1.pdf"
    path.write_bytes(small_pdf("one"))
    await pass_by(watcher_of(office, folder, clock), clock)
    again = watcher_of(office, folder, clock)
    await pass_by(again, clock)
    assert (await again.tell("en")).filed == 1
    path.write_bytes(small_pdf("another one"))
    await pass_by(again, clock)
    order = (await office.call("GET", "/api/orders/WO-1")).body
    assert order["documents"][0]["revision"] == "B"


async def test_what_cannot_be_filed_is_told_and_tried_again(
    office: Office, folder: Path, clock: HandClock
) -> None:
    path = folder / "WO-1.pdf"
    path.write_bytes(b"%PDF-broken")
    watcher = watcher_of(office, folder, clock)
    await pass_by(watcher, clock)
    told = (await watcher.tell("en")).files[0]
    assert (told.state, told.code) == ("failed", "DOCUMENT_UNREADABLE")
    assert "damaged" in (told.detail or "")
    await pass_by(watcher, clock)  # not again and again
    assert (await office.call("GET", "/api/orders")).body["orders"] == []
    path.write_bytes(small_pdf("whole"))
    await pass_by(watcher, clock)
    assert (await watcher.tell("en")).files[0].state == "filed"


async def test_a_folder_that_is_away_is_told_and_found_again(
    office: Office, folder: Path, clock: HandClock
) -> None:
    away = folder.with_name("away")
    folder.rename(away)
    watcher = watcher_of(office, folder, clock)
    await watcher.look()
    assert "읽을 수 없습니다" in ((await watcher.tell("ko")).problem or "")
    away.rename(folder)
    (folder / "WO-1.pdf").write_bytes(small_pdf("one"))
    await pass_by(watcher, clock)
    assert (await watcher.tell("ko")).problem is None
    assert (await office.call("GET", "/api/orders/WO-1")).status == 200


async def test_the_relay_watches_the_folder_of_its_settings(tmp_path: Path, folder: Path) -> None:
    async with running_relay(tmp_path / "watching", watched_folder=folder) as office:
        answer = await office.call("GET", "/api/watched-folder")
        assert answer.body["path"] == str(folder)
        (folder / "WO-1.pdf").write_bytes(small_pdf("one"))
        # `retry` looks at once: the file is seen, and waits until it is quiet.
        answer = await office.call("POST", "/api/watched-folder/retry")
        assert [each["state"] for each in answer.body["files"]] == ["waiting"]
