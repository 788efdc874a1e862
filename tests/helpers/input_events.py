"""What a scanner that is a keyboard gives the kernel, byte for byte, and a kernel whose devices are pipes.

No test machine has to have /dev/uinput: the events are those that a real scanner sends (a make and a break of each
key, each followed by a report, Shift around capitals), in the kernel's own form, through a named pipe in place of the
device's file. Grabbing, names and ids are what the pipe cannot have; `PipeKernel` answers for those.
"""

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from app.scan.evdev_device import EV_KEY, EV_SYN, EVENT, Identity
from app.scan.layout_tables import KEY_CODES, LAYOUTS

SHIFT, ENTER, TAB, SPACE, CTRL, CAPS_LOCK = 42, 28, 15, 57, 29, 58
EV_MSC, MSC_SCAN = 4, 4


def event(kind: int, code: int, value: int) -> bytes:
    return EVENT.pack(1_760_000_000, 123_456, kind, code, value)


def tap(code: int) -> bytes:
    """One key pressed and released, as the USB keyboard driver tells it."""
    parts = []
    for value in (1, 0):
        parts += [event(EV_MSC, MSC_SCAN, 0x70000 + code), event(EV_KEY, code, value), event(EV_SYN, 0, 0)]
    return b"".join(parts)


def type_keys(text: str) -> bytes:
    """The events of a scan, without its end."""
    plain, shifted = LAYOUTS["us"]
    stream = b""
    for sign in text:
        if sign == " ":
            stream += tap(SPACE)
        elif sign == "\x1d":
            stream += event(EV_KEY, CTRL, 1) + tap(KEY_CODES[plain.index("]")]) + event(EV_KEY, CTRL, 0)
        elif sign in plain:
            stream += tap(KEY_CODES[plain.index(sign)])
        else:
            code = KEY_CODES[shifted.index(sign)]
            stream += event(EV_KEY, SHIFT, 1) + event(EV_SYN, 0, 0) + tap(code) + event(EV_KEY, SHIFT, 0)
    return stream


@dataclass
class Plugged:
    """A device that is plugged in."""

    path: Path
    identity: Identity
    busy: bool = False
    forbidden: bool = False


@dataclass
class PipeKernel:
    """The kernel's answers for devices that are pipes in a folder."""

    devices: dict[Path, Plugged] = field(default_factory=dict)
    grabbed: list[Path] = field(default_factory=list)
    opened: dict[int, Path] = field(default_factory=dict)
    _keep: dict[Path, int] = field(default_factory=dict)

    def plug(self, path: Path, name: str, vendor: int, product: int, **more: bool) -> "Plugged":
        os.mkfifo(path)
        identity = Identity(name, vendor, product, types=more.pop("types", True))
        self.devices[path] = Plugged(path, identity, **more)
        self._keep[path] = os.open(path, os.O_RDWR)
        return self.devices[path]

    def send(self, path: Path, data: bytes) -> None:
        os.write(self._keep[path], data)

    def unplug(self, path: Path) -> None:
        """The file is gone, and who reads it gets an error."""
        path.unlink()
        del self.devices[path]
        os.close(self._keep.pop(path))

    def close(self) -> None:
        for path in list(self.devices):
            self.unplug(path)

    def open(self, path: Path) -> int:
        if self.devices[path].forbidden:
            raise PermissionError(errno.EACCES, "Permission denied")
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        assert stat.S_ISFIFO(os.fstat(file).st_mode)
        self.opened[file] = path
        return file

    def identify(self, file: int) -> Identity:
        return self.devices[self.opened[file]].identity

    def grab(self, file: int) -> None:
        path = self.opened[file]
        if self.devices[path].busy:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.grabbed.append(path)
