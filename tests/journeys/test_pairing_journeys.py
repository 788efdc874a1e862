"""Pairing from both sides: the real app's window and wiring, a real relay over TLS, and an admin."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from helpers.qt_loop import run_qt
from helpers.relay_running import Office, running_relay
from PySide6.QtWidgets import QApplication, QLabel

from app.bridge import spawn
from app.link.credential_store import CredentialStore
from app.settings import load_settings, read_choices
from app.stage.status import LinkState
from app.windows.bench_window import BenchWindow
from app.windows.doorbell import Doorbell
from app.windows.opening import Opened
from app.wiring.bench import Bench
from relay.contract.pairing_check import check_number


class Desk:
    """The app in this process, and what can be read and pressed in its window."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.window: BenchWindow = bench._workplace.window

    async def until(self, is_true: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not is_true():
                await asyncio.sleep(0.02)

    async def to_the_relay_step(self) -> None:
        await self.until(lambda: self.window.wizard is not None)
        self.window.wizard.turn_to("relay")
        self.window.pairing.ways.by_address.click()

    @property
    def link(self) -> LinkState:
        return self.bench._workplace.status.facts.link

    def words(self) -> str:
        return " ".join(label.text() for label in self.window.findChildren(QLabel) if label.isVisible())


@asynccontextmanager
async def desk(qapp: QApplication, data: Path, language: str = "en") -> AsyncIterator[Desk]:
    settings = load_settings(
        ["--data", str(data), "--language", language],
        environ={"BENCHCAST_KEYRING": "file", "BENCHCAST_FIND_RELAYS": "no"},
    )
    data.mkdir(exist_ok=True)
    qapp.setApplicationVersion("test")
    doorbell = Doorbell(settings.data)
    opened = Opened(settings)
    opened.window.appear()  # `show` turns the events inside a task, which would die of it
    bench = Bench(qapp, settings, doorbell, opened)
    living = spawn(bench.run(), "bench")
    try:
        yield Desk(bench)
    finally:
        bench.stop_now()
        await living
        doorbell.close()


@asynccontextmanager
async def relay(data: Path) -> AsyncIterator[Office]:
    async with running_relay(
        data, host="0.0.0.0", announce=False, addresses=("https://127.0.0.1:1",)
    ) as office:
        office.url = f"https://127.0.0.1:{office.relay.port}"
        yield office


async def kept_pin(data: Path) -> str | None:
    credential = await CredentialStore(data, "file").load()
    assert credential is not None
    return credential.relay.fingerprint


def test_a_bench_asks_an_admin_compares_and_approves(qapp, tmp_path: Path) -> None:
    async def main() -> None:
        async with relay(tmp_path / "relay") as office, desk(qapp, tmp_path / "desk") as bench:
            await bench.to_the_relay_step()
            view = bench.window.pairing
            view.ways.address.setText(f"127.0.0.1:{office.relay.port}")
            view.ways.ask.click()
            await bench.until(view.asking.code.text)
            (pending,) = (await office.call("GET", "/api/pair/requests")).body["requests"]
            assert pending["device"]["appVersion"] == "test"
            assert pending["device"]["monitors"]
            assert view.asking.check.text() == check_number(office.relay.address.fingerprint)
            path = f"/api/pair/requests/{view.asking.code.text()}/approve"
            body = {"screenId": "SCREEN-007", "check": view.asking.check.text()}
            assert (await office.call("POST", path, json=body)).status == 200
            await bench.until(lambda: bench.link is LinkState.CONNECTED)
            assert "SCREEN-007" in bench.window.wizard.paired_who.text()
            assert bench.window.wizard.next.isVisible()
            assert await kept_pin(tmp_path / "desk") == office.relay.address.fingerprint
            screen = (await office.call("GET", "/api/screens/SCREEN-007")).body
            assert screen["online"]

    run_qt(qapp, main(), seconds=60)


def test_a_bench_that_is_denied_or_gives_up_shows_it(qapp, tmp_path: Path) -> None:
    async def main() -> None:
        async with relay(tmp_path / "relay") as office, desk(qapp, tmp_path / "desk") as bench:
            await bench.to_the_relay_step()
            view = bench.window.pairing
            view.ways.address.setText(f"https://127.0.0.1:{office.relay.port}")
            view.ways.ask.click()
            await bench.until(view.asking.code.text)
            await office.call("POST", f"/api/pair/requests/{view.asking.code.text()}/deny")
            await bench.until(lambda: "Pairing denied" in bench.words())
            view.retry.click()
            await bench.until(view.asking.isVisible)
            view.asking.cancel.click()
            await bench.until(view.ways.isVisible)
            async with asyncio.timeout(30):
                while (await office.call("GET", "/api/pair/requests")).body["requests"]:
                    await asyncio.sleep(0.05)
            assert bench.link is LinkState.UNPAIRED

    run_qt(qapp, main(), seconds=60)


@pytest.mark.parametrize("same", [True, False])
def test_a_typed_code_is_sent_only_after_the_number_was_compared(qapp, tmp_path: Path, same: bool) -> None:
    async def main() -> None:
        async with relay(tmp_path / "relay") as office, desk(qapp, tmp_path / "desk") as bench:
            await office.add_screen("SCREEN-001")
            offer = await office.offer("SCREEN-001")
            await bench.to_the_relay_step()
            view = bench.window.pairing
            view.ways.address.setText(f"127.0.0.1:{office.relay.port}")
            view.ways.code.setText(offer["code"])
            view.ways.pair_by_code.click()
            await bench.until(view.comparing.isVisible)
            assert view.comparing.number.text() == offer["check"]
            (view.comparing.same if same else view.comparing.differ).click()
            if same:
                await bench.until(lambda: bench.link is LinkState.CONNECTED)
                assert await kept_pin(tmp_path / "desk") == office.relay.address.fingerprint
            else:
                await bench.until(lambda: "The numbers differ" in bench.words())
                claim = {"token": offer["token"], "screenId": "SCREEN-001"}
                unused = await office.as_(None).call("POST", "/api/pair", json=claim)
                assert unused.status == 200

    run_qt(qapp, main(), seconds=60)


def test_the_guide_comes_once_remembers_its_step_and_never_to_an_old_installation(
    qapp, tmp_path: Path
) -> None:
    async def main() -> None:
        async with desk(qapp, tmp_path / "new", language="ko") as bench:
            await bench.until(lambda: bench.window.wizard is not None)
            assert bench.window.wizard.step == "language"
            bench.window.wizard.languages["en"].click()
            bench.window.wizard.next.click()
            bench.window.wizard.skip.click()
        assert read_choices(tmp_path / "new").language == "en"
        async with desk(qapp, tmp_path / "new") as bench:
            await bench.until(lambda: bench.window.wizard is not None)
            assert bench.window.wizard.step == "monitor"
            bench.window.wizard.later.click()
            assert bench.window.wizard is None
            assert bench.window.pairing.isVisible()
        async with desk(qapp, tmp_path / "new") as bench:
            await bench.bench._guide.begin()
            assert bench.window.wizard is None
            bench.bench._guide.show()
            assert bench.window.wizard.step == "language"
        old = tmp_path / "old"
        async with desk(qapp, old) as bench:
            await bench.until(lambda: bench.window.wizard is not None)
        (old / "choices.json").unlink()
        async with desk(qapp, old) as bench:
            await bench.bench._guide.begin()
            assert bench.window.wizard is None
            assert bench.window.pairing.isVisible()

    run_qt(qapp, main(), seconds=60)
