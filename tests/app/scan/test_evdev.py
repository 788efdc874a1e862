"""A scanner that Linux holds for a keyboard is read at its source: found by who it is, grabbed, and found again."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from helpers.input_events import (
    CAPS_LOCK,
    CTRL,
    ENTER,
    EV_KEY,
    EV_SYN,
    TAB,
    PipeKernel,
    event,
    tap,
    type_keys,
)
from hypothesis import given
from hypothesis import strategies as st

from app.scan import evdev_scanner
from app.scan.evdev_device import GET_ID, GET_KEYS, GET_NAME, GRAB, SYN_DROPPED, LinuxKernel, udev_rule
from app.scan.evdev_scanner import EvdevScanner
from app.scan.key_codes import Keyboard
from app.scanner_settings import EvdevSettings
from app.stage.scanners import Heard, Hearing, ScannerState

ZEBRA = EvdevSettings(usb="05e0:1200")


class Bench:
    """Whoever hears the scanner."""

    def __init__(self, kernel: PipeKernel, folder: Path) -> None:
        self.kernel, self.folder = kernel, folder
        self.heard: list[Heard] = []
        self.states: list[ScannerState] = []
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, settings: EvdevSettings = ZEBRA) -> None:
        scanner = EvdevScanner(
            settings,
            scanner="evdev-1",
            heard=self.heard.append,
            changed=self.states.append,
            kernel=self.kernel,
            folder=self.folder,
        )
        self._tasks.append(asyncio.get_running_loop().create_task(scanner.run()))

    async def until(self, question: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not question():
                await asyncio.sleep(0.005)

    async def is_ready(self) -> None:
        await self.until(lambda: self.states and self.states[-1].hearing is Hearing.READY)

    async def next(self) -> Heard:
        await self.until(lambda: self.heard)
        return self.heard.pop(0)

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evdev_scanner, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    kernel = PipeKernel()
    kernel.plug(tmp_path / "event0", "AT Translated Set 2 keyboard", 1, 1)
    bench = Bench(kernel, tmp_path)
    yield bench
    await bench.end()
    kernel.close()


def plug_scanner(bench: Bench, name: str = "event10", **more: bool) -> Path:
    path = bench.folder / name
    bench.kernel.plug(path, "Zebra Technologies Symbol Barcode Scanner", 0x05E0, 0x1200, **more)
    return path


async def test_a_scan_is_heard_and_nobody_else_has_it(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin()
    await bench.is_ready()
    assert bench.kernel.grabbed == [path]
    assert bench.states[-1].name == "Zebra Technologies Symbol Barcode Scanner"
    bench.kernel.send(path, type_keys("WO-2025-0001+D2 x") + tap(ENTER))
    assert await bench.next() == Heard("WO-2025-0001+D2 x", "evdev-1", "evdev")
    bench.kernel.send(path, type_keys("]C1400WO-7\x1d21A") + tap(ENTER))
    assert (await bench.next()).text == "]C1400WO-7\x1d21A"


async def test_caps_lock_of_the_machine_changes_nothing(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin()
    await bench.is_ready()
    bench.kernel.send(path, tap(CAPS_LOCK) + type_keys("Wo-7") + tap(ENTER))
    assert (await bench.next()).text == "Wo-7"


async def test_a_scanner_that_is_plugged_in_later_and_elsewhere_is_found_again(bench: Bench) -> None:
    bench.begin()
    await bench.until(lambda: bench.states)
    assert bench.states == [ScannerState("evdev-1", "evdev", "05e0:1200", Hearing.ABSENT)]
    path = plug_scanner(bench, "event3")
    await bench.is_ready()
    bench.kernel.send(path, type_keys("WO-1") + tap(ENTER))
    assert (await bench.next()).text == "WO-1"
    bench.kernel.unplug(path)
    await bench.until(lambda: bench.states[-1].hearing is Hearing.ABSENT)
    path = plug_scanner(bench, "event12")
    await bench.is_ready()
    bench.kernel.send(path, type_keys("WO-2") + tap(ENTER))
    assert (await bench.next()).text == "WO-2"


async def test_what_was_read_when_the_cable_was_pulled_is_torn(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin()
    await bench.is_ready()
    bench.kernel.send(path, type_keys("WO-2025-00"))
    await asyncio.sleep(0)
    bench.kernel.unplug(path)
    assert await bench.next() == Heard("WO-2025-00", "evdev-1", "evdev", torn=True)


async def test_events_that_the_kernel_lost_make_no_order(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin()
    await bench.is_ready()
    bench.kernel.send(
        path, type_keys("WO-2025") + event(EV_SYN, SYN_DROPPED, 0) + type_keys("0001") + tap(ENTER)
    )
    assert (await bench.next()).torn
    assert (await bench.next()).text == "0001"


async def test_the_part_of_a_scanner_that_does_not_type_is_left_alone(bench: Bench) -> None:
    plug_scanner(bench, "event4", types=False)
    path = plug_scanner(bench, "event5")
    bench.begin()
    await bench.is_ready()
    assert bench.kernel.grabbed == [path]


async def test_a_device_is_found_by_its_name(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin(EvdevSettings(name="*barcode*"))
    await bench.is_ready()
    assert bench.kernel.grabbed == [path]


async def test_without_a_name_nothing_is_taken(bench: Bench) -> None:
    plug_scanner(bench)
    bench.begin(EvdevSettings())
    await bench.until(lambda: bench.states)
    assert bench.states[-1].hearing is Hearing.UNSUPPORTED
    assert bench.kernel.opened == {}, "it could be the keyboard"


async def test_a_device_that_may_not_be_read_says_what_an_admin_has_to_do(bench: Bench) -> None:
    plug_scanner(bench, forbidden=True)
    bench.begin()
    await bench.until(lambda: bench.states)
    assert bench.states[-1].hearing is Hearing.FORBIDDEN
    assert bench.states[-1].detail == udev_rule(ZEBRA)
    assert 'ATTRS{idVendor}=="05e0"' in udev_rule(ZEBRA)
    assert 'TAG+="uaccess"' in udev_rule(ZEBRA)


async def test_a_device_that_another_program_holds_is_taken_as_soon_as_it_is_free(bench: Bench) -> None:
    path = plug_scanner(bench, busy=True)
    bench.begin()
    await bench.until(lambda: bench.states)
    assert bench.states[-1].hearing is Hearing.BUSY
    bench.kernel.devices[path].busy = False
    await bench.is_ready()


async def test_without_grab_others_may_read_along(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin(EvdevSettings(usb="05e0:1200", grab=False, suffix="tab"))
    await bench.is_ready()
    assert bench.kernel.grabbed == []
    bench.kernel.send(path, type_keys("WO-3") + tap(TAB))
    assert (await bench.next()).text == "WO-3"


async def test_a_scanner_without_an_end_ends_by_silence(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin(EvdevSettings(usb="05e0:1200", suffix="none"))
    await bench.is_ready()
    bench.kernel.send(path, type_keys("WO-4"))
    assert await bench.next() == Heard("WO-4", "evdev-1", "evdev")


async def test_a_scanner_that_ends_with_signs_is_told_by_them(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin(EvdevSettings(usb="05e0:1200", suffix="##"))
    await bench.is_ready()
    bench.kernel.send(path, type_keys("WO-5##WO-6##"))
    assert [(await bench.next()).text, (await bench.next()).text] == ["WO-5", "WO-6"]


async def test_events_may_come_in_any_pieces(bench: Bench) -> None:
    path = plug_scanner(bench)
    bench.begin()
    await bench.is_ready()
    stream = type_keys("WO-2025-0001") + tap(ENTER)
    for at in range(0, len(stream), 24):
        bench.kernel.send(path, stream[at : at + 24])
        await asyncio.sleep(0)
    assert (await bench.next()).text == "WO-2025-0001"


@given(st.text("".join(chr(code) for code in range(0x20, 0x7F)), max_size=40))
def test_every_ascii_sign_comes_through(text: str) -> None:
    keyboard, stream = Keyboard(), type_keys(text)
    signs = ""
    for at in range(0, len(stream), 24):
        kind = int.from_bytes(stream[at + 16 : at + 18], "little")
        if kind == EV_KEY:
            code = int.from_bytes(stream[at + 18 : at + 20], "little")
            signs += keyboard.press(code, int.from_bytes(stream[at + 20 : at + 24], "little"))
    assert signs == text


def test_a_scanner_that_is_set_to_a_foreign_layout_is_read_so() -> None:
    german = Keyboard("de")
    assert german.press(21, 1) == "z"
    assert german.press(CTRL, 1) == ""


def test_a_key_that_repeats_itself_is_no_scanner_s() -> None:
    keyboard = Keyboard()
    assert [keyboard.press(30, value) for value in (1, 2, 2, 0)] == ["a", "", "", ""]


def test_the_requests_are_the_kernel_s() -> None:
    # linux/input.h on x86-64 and ARM: EVIOCGID, EVIOCGNAME(256), EVIOCGBIT(EV_KEY, 96), EVIOCGRAB.
    assert (GET_ID, GET_NAME, GET_KEYS, GRAB) == (0x80084502, 0x81004506, 0x80604521, 0x40044590)


def test_the_real_kernel_refuses_what_is_no_input_device() -> None:
    kernel = LinuxKernel()
    file = kernel.open(Path("/dev/null"))
    try:
        with pytest.raises(OSError, match="Inappropriate ioctl"):
            kernel.identify(file)
        with pytest.raises(OSError, match="Inappropriate ioctl"):
            kernel.grab(file)
    finally:
        os.close(file)
