"""A scanner that Linux holds for a keyboard, read at its source: scans arrive whichever program has the focus.

How it works: the device is found by who it is, grabbed, and read on the loop as its events come. With `grab` its keys
reach no other program, and no keyboard layout, Caps Lock or input method ever sees them. While the device is not there
the folder of devices is looked through every two seconds; while it is, nothing is done between two events.

What it must never do: hold keys of a device that was not asked for. Without any setting that names the device, none
is taken: it could be the keyboard.
"""

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path

import structlog

from app.scan.evdev_device import (
    DEVICES,
    EV_KEY,
    EV_SYN,
    SYN_DROPPED,
    Found,
    Kernel,
    LinuxKernel,
    NotFound,
    find_device,
    read_events,
    udev_rule,
)
from app.scan.framing import LONGEST_BYTES
from app.scan.key_codes import Keyboard
from app.scanner_settings import EvdevSettings
from app.stage.scanners import Heard, Hearing, ScannerState

LOOK_SECONDS = 2.0
# Without an end key: longer than any scanner pauses between two characters.
SILENCE_SECONDS = 0.15

log = structlog.get_logger()


class EvdevScanner:
    """One scanner. `run` lives until it is cancelled."""

    def __init__(
        self,
        settings: EvdevSettings,
        *,
        scanner: str,
        heard: Callable[[Heard], None],
        changed: Callable[[ScannerState], None],
        kernel: Kernel | None = None,
        folder: Path = DEVICES,
    ) -> None:
        """Take who hears the scans and how the scanner stands. `kernel` and `folder` are the system's own."""
        self._settings = settings
        self._scanner = scanner
        self._heard = heard
        self._changed = changed
        self._kernel = kernel or LinuxKernel()
        self._folder = folder
        self._keyboard = Keyboard(settings.layout)
        self._text = ""
        self._silence: asyncio.TimerHandle | None = None
        self._state: ScannerState | None = None

    async def run(self) -> None:
        """Find the device, read it until it is gone, and look for it again."""
        if self._settings.name is None and self._settings.usb is None and self._settings.path is None:
            self._tell(Hearing.UNSUPPORTED, "usb, name, path")
            return
        while True:
            match find_device(self._settings, self._kernel, self._folder):
                case Found() as found:
                    try:
                        await self._read(found)
                    finally:
                        os.close(found.file)
                        self._drop()
                case NotFound(forbidden):
                    self._tell_missing(forbidden)
            await asyncio.sleep(LOOK_SECONDS)

    async def _read(self, found: Found) -> None:
        if self._settings.grab:
            try:
                self._kernel.grab(found.file)
            except OSError as error:
                busy = error.errno == errno.EBUSY
                self._tell(Hearing.BUSY if busy else Hearing.FORBIDDEN, f"{found.path} {error.strerror}")
                return
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_readable() -> None:
            try:
                read_events(found.file, self._on_event)
            except OSError as error:
                log.info("A scanner is gone", scanner=self._scanner, reason=error.strerror)
                if not gone.done():
                    gone.set_result(None)

        self._tell(Hearing.READY, str(found.path), found.identity.name)
        loop = asyncio.get_running_loop()
        loop.add_reader(found.file, on_readable)
        try:
            await gone
        finally:
            loop.remove_reader(found.file)

    def _on_event(self, kind: int, code: int, value: int) -> None:
        if kind == EV_SYN and code == SYN_DROPPED:
            self._drop()  # the kernel could not keep some events: what is held has holes
            return
        if kind != EV_KEY:
            return
        sign = self._keyboard.press(code, value)
        if not sign:
            return
        suffix = self._settings.suffix
        if sign == "\n" or (sign == "\t" and suffix == "tab"):
            self._finish()
            return
        self._text += sign
        if len(self._text) > LONGEST_BYTES:
            self._text = ""
        if suffix not in {"enter", "tab", "none"} and self._text.endswith(suffix):
            self._text = self._text.removesuffix(suffix)
            self._finish()
            return
        self._wait()

    def _finish(self, *, torn: bool = False) -> None:
        text, self._text = self._text, ""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if text:
            self._heard(Heard(text, self._scanner, "evdev", torn=torn))

    def _wait(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
        seconds = SILENCE_SECONDS if self._settings.suffix == "none" else 10 * SILENCE_SECONDS
        self._silence = asyncio.get_running_loop().call_later(seconds, self._on_silence)

    def _on_silence(self) -> None:
        self._silence = None
        self._finish(torn=self._settings.suffix != "none")

    def _drop(self) -> None:
        self._keyboard.forget()
        self._finish(torn=True)

    def _tell_missing(self, forbidden: tuple[Path, ...]) -> None:
        if forbidden:
            self._tell(Hearing.FORBIDDEN, udev_rule(self._settings))
        else:
            self._tell(Hearing.ABSENT)

    def _tell(self, hearing: Hearing, detail: str = "", name: str = "") -> None:
        named = name or self._settings.name or self._settings.usb or self._settings.path or ""
        state = ScannerState(self._scanner, "evdev", named, hearing, detail)
        if state != self._state:
            self._state = state
            self._changed(state)
