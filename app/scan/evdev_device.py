"""Linux's input devices as the kernel gives them: who they are, their events, and having them for oneself alone.

The numbers are the kernel's interface for programs (linux/input.h), which it keeps for good: a device's name and ids,
24 bytes for an event, and EVIOCGRAB, after which its events reach nobody else. Nothing here can be compiled or
installed in a wrong version. Where it is not Linux, there is no such device.
"""

import errno
import fnmatch
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.scanner_settings import EvdevSettings

DEVICES = Path("/dev/input")
EVENT = struct.Struct("llHHi")  # two words of time, type, code, value
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3

_IOC_READ, _IOC_WRITE = 2, 1
_ID = struct.Struct("HHHH")  # bus, vendor, product, version


def _request(direction: int, number: int, size: int) -> int:
    # asm-generic/ioctl.h, as on x86 and ARM; the letter of the input devices is E.
    return direction << 30 | size << 16 | ord("E") << 8 | number


GET_ID = _request(_IOC_READ, 0x02, _ID.size)
GET_NAME = _request(_IOC_READ, 0x06, 256)
GET_KEYS = _request(_IOC_READ, 0x20 + EV_KEY, 96)
GRAB = _request(_IOC_WRITE, 0x90, 4)

_LETTER_A, _ENTER = 30, 28


@dataclass(frozen=True)
class Identity:
    """Who a device says it is. One scanner is often several devices, of which only one types."""

    name: str
    vendor: int
    product: int
    types: bool = True

    @property
    def usb(self) -> str:
        """Its ids as they are written in the settings."""
        return f"{self.vendor:04x}:{self.product:04x}"


class Kernel(Protocol):
    """What is asked of the system; tests bring one whose devices are pipes."""

    def open(self, path: Path) -> int:
        """Open a device for reading, without waiting. Raises OSError."""
        ...

    def identify(self, file: int) -> Identity:
        """Ask a device who it is. Raises OSError."""
        ...

    def grab(self, file: int) -> None:
        """Have its events for oneself alone until it is closed. Raises OSError."""
        ...


class LinuxKernel:
    """The real one."""

    def open(self, path: Path) -> int:
        """Open a device for reading, without waiting. Raises OSError."""
        if sys.platform != "linux":
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def identify(self, file: int) -> Identity:
        """Ask a device who it is. Raises OSError."""
        ids, name, keys = bytearray(_ID.size), bytearray(256), bytearray(96)
        for request, answer in ((GET_ID, ids), (GET_NAME, name), (GET_KEYS, keys)):
            _ioctl(file, request, answer)
        _bus, vendor, product, _version = _ID.unpack(ids)
        types = all(keys[code // 8] >> code % 8 & 1 for code in (_LETTER_A, _ENTER))
        return Identity(bytes(name).split(b"\0")[0].decode(errors="replace"), vendor, product, types)

    def grab(self, file: int) -> None:
        """Have its events for oneself alone until it is closed. Raises OSError."""
        import fcntl

        fcntl.ioctl(file, GRAB, 1)


@dataclass(frozen=True)
class Found:
    """An open device that fits the settings."""

    path: Path
    file: int
    identity: Identity


@dataclass(frozen=True)
class NotFound:
    """None fits; `forbidden` are devices of which this user may not even ask who they are."""

    forbidden: tuple[Path, ...] = ()


def find_device(settings: EvdevSettings, kernel: Kernel, folder: Path = DEVICES) -> Found | NotFound:
    """Open the first device that fits; others are closed again."""
    forbidden: list[Path] = []
    for path in _paths(settings, folder):
        try:
            file = kernel.open(path)
        except PermissionError:
            forbidden.append(path)
            continue
        except OSError:
            continue
        try:
            identity = kernel.identify(file)
        except OSError:
            os.close(file)
            continue
        if _fits(settings, identity):
            return Found(path, file, identity)
        os.close(file)
    return NotFound(tuple(forbidden))


def read_events(file: int, take: Callable[[int, int, int], None]) -> None:
    """Give every event that is there (type, code, value) to `take`. Raises OSError when the device is gone."""
    while True:
        try:
            data = os.read(file, EVENT.size * 64)
        except BlockingIOError:
            return
        if not data:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        for at in range(0, len(data) - EVENT.size + 1, EVENT.size):
            _seconds, _microseconds, kind, code, value = EVENT.unpack_from(data, at)
            take(kind, code, value)


def udev_rule(settings: EvdevSettings) -> str:
    """Write the udev rule that lets the person at the screen read this scanner."""
    vendor, _, product = (settings.usb or "").partition(":")
    ids = (
        f', ATTRS{{idVendor}}=="{vendor.lower()}", ATTRS{{idProduct}}=="{product.lower()}"' if vendor else ""
    )
    named = f', ATTRS{{name}}=="{settings.name}"' if settings.name and not vendor else ""
    return f'SUBSYSTEM=="input", KERNEL=="event*"{ids}{named}, TAG+="uaccess"'


def _paths(settings: EvdevSettings, folder: Path) -> list[Path]:
    if settings.path is not None:
        given = Path(settings.path)
        return sorted(given.parent.glob(given.name))
    return sorted(folder.glob("event*"), key=lambda path: (len(path.name), path.name))


def _fits(settings: EvdevSettings, identity: Identity) -> bool:
    if not identity.types or (settings.usb is not None and settings.usb.lower() != identity.usb):
        return False
    return settings.name is None or fnmatch.fnmatchcase(identity.name.lower(), settings.name.lower())


def _ioctl(file: int, request: int, into: bytearray) -> None:
    import fcntl

    fcntl.ioctl(file, request, into, True)
