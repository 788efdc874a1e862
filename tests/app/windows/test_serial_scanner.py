"""A scanner on a serial port, played by a pseudo terminal: found by who it is, heard, unplugged and found again."""

import os
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.scan.framing import Framing
from app.scanner_settings import SerialSettings
from app.stage.scanners import Heard, Hearing, ScannerState
from app.windows.serial_scanner import Port, SerialScanner, choose_port, list_ports

HONEYWELL = SerialSettings(usb="0C2E:0CA1")
PATIENCE_MS = 20_000


@dataclass
class Socket:
    """A USB socket: what is plugged in there is a pseudo terminal."""

    usb: str = "0c2e:0ca1"
    serial_number: str = "18023B1A2C"
    ours: int = -1
    theirs: int = -1

    @property
    def port(self) -> Port:
        return Port(os.ttyname(self.theirs), self.usb, self.serial_number, "Honeywell Xenon 1900")

    def plug(self) -> "Socket":
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        return self

    def send(self, data: bytes) -> None:
        os.write(self.ours, data)

    def pull(self) -> None:
        for file in (self.ours, self.theirs):
            if file >= 0:
                os.close(file)
        self.ours = self.theirs = -1


@dataclass
class Bench:
    """Whoever hears the scanner, and what is plugged in."""

    qtbot: QtBot
    sockets: list[Socket] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    states: list[ScannerState] = field(default_factory=list)
    scanner: SerialScanner | None = None

    def begin(self, settings: SerialSettings = HONEYWELL, look_ms: int = 10) -> None:
        self.scanner = SerialScanner(
            settings,
            scanner="serial-1",
            framing=Framing(settings.suffix),
            heard=self.heard.append,
            changed=self.states.append,
            ports=lambda: [socket.port for socket in self.sockets if socket.theirs >= 0],
            look_ms=look_ms,
        )
        self.scanner.begin()

    def plug(self, **more: str) -> Socket:
        socket = Socket(**more).plug()
        self.sockets.append(socket)
        return socket

    def until(self, question: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(question()), timeout=PATIENCE_MS)

    def is_(self, hearing: Hearing) -> None:
        self.until(lambda: self.states and self.states[-1].hearing is hearing)

    def next(self) -> Heard:
        self.until(lambda: self.heard)
        return self.heard.pop(0)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(qtbot)
    yield bench
    if bench.scanner is not None:
        bench.scanner.end()
    for socket in bench.sockets:
        socket.pull()


def test_a_scan_over_the_line_is_heard_once_however_its_bytes_come(bench: Bench) -> None:
    socket = bench.plug()
    bench.begin()
    bench.is_(Hearing.READY)
    assert bench.states[-1] == ScannerState(
        "serial-1", "serial", "Honeywell Xenon 1900", Hearing.READY, socket.port.place
    )
    socket.send(b"WO-2025-")
    socket.send(b"0001\r\n\x02WO-2\x03\r")
    assert bench.next() == Heard("WO-2025-0001", "serial-1", "serial")
    assert bench.next().text == "\x02WO-2\x03"
    assert bench.heard == []


def test_a_scanner_that_is_plugged_in_later_is_found_by_who_it_is(bench: Bench) -> None:
    bench.plug(usb="1a86:7523")  # something else that talks
    bench.begin()
    bench.is_(Hearing.ABSENT)
    socket = bench.plug()
    bench.is_(Hearing.READY)
    socket.send(b"WO-1\r")
    assert bench.next().text == "WO-1"


def test_pulled_in_the_middle_of_a_scan_and_plugged_in_elsewhere(bench: Bench) -> None:
    socket = bench.plug()
    bench.begin(look_ms=600_000)  # the system itself says that the line is gone
    bench.is_(Hearing.READY)
    socket.send(b"WO-2025-00")
    bench.until(lambda: bench.scanner is not None and bench.scanner._framing.holding)
    bench.scanner._silence.stop()
    os.close(socket.ours)
    socket.ours = -1
    assert bench.next() == Heard("WO-2025-00", "serial-1", "serial", torn=True)
    bench.is_(Hearing.ABSENT)
    socket.pull()
    other = bench.plug()  # another number
    bench.scanner._look()
    bench.is_(Hearing.READY)
    other.send(b"WO-2025-0002\r")
    assert bench.next() == Heard("WO-2025-0002", "serial-1", "serial")


def test_a_driver_that_says_nothing_is_noticed_by_the_list_of_ports(bench: Bench) -> None:
    socket = bench.plug()
    bench.begin()
    bench.is_(Hearing.READY)
    bench.sockets.remove(socket)  # it is not listed any more, and the line is silent
    bench.is_(Hearing.ABSENT)
    socket.pull()


def test_a_torn_scan_is_told_when_the_line_falls_silent(bench: Bench) -> None:
    socket = bench.plug()
    bench.begin(SerialSettings(usb="0c2e:0ca1", silence_ms=20))
    bench.is_(Hearing.READY)
    socket.send(b"WO-20")
    assert bench.next() == Heard("WO-20", "serial-1", "serial", torn=True)


def test_a_scanner_without_an_end_ends_by_silence(bench: Bench) -> None:
    socket = bench.plug()
    bench.begin(SerialSettings(usb="0c2e:0ca1", suffix="none", silence_ms=20))
    bench.is_(Hearing.READY)
    socket.send(b"WO-3")
    assert bench.next() == Heard("WO-3", "serial-1", "serial")


def test_a_port_that_another_program_holds_is_taken_when_it_is_free(bench: Bench) -> None:
    from PySide6.QtCore import QIODevice
    from PySide6.QtSerialPort import QSerialPort

    socket = bench.plug()
    other = QSerialPort()
    other.setPortName(socket.port.place)
    assert other.open(QIODevice.OpenModeFlag.ReadWrite)
    bench.begin()
    bench.is_(Hearing.BUSY)
    other.close()
    bench.is_(Hearing.READY)


def test_a_missing_qtserialport_is_told(qtbot: QtBot) -> None:
    def missing() -> tuple[Port, ...]:
        raise ImportError("PySide6.QtSerialPort")

    states: list[ScannerState] = []
    scanner = SerialScanner(
        HONEYWELL, scanner="serial-1", framing=Framing(), heard=print, changed=states.append, ports=missing
    )
    scanner.begin()
    assert [state.hearing for state in states] == [Hearing.UNSUPPORTED]
    scanner.end()


def test_a_port_that_is_set_by_its_path_need_not_be_listed(bench: Bench, tmp_path: Path) -> None:
    link = tmp_path / "by-id"
    bench.begin(SerialSettings(port=str(link)))
    bench.is_(Hearing.ABSENT)
    socket = Socket().plug()
    link.symlink_to(os.ttyname(socket.theirs))
    bench.is_(Hearing.READY)
    socket.send(b"WO-8\r")
    assert bench.next().text == "WO-8"
    link.unlink()
    bench.is_(Hearing.ABSENT)
    socket.pull()


A = Port("/dev/ttyS0")
B = Port("/dev/ttyACM0", "0c2e:0ca1", "1")
C = Port(r"\\.\COM12", "0c2e:0ca1", "2")


@pytest.mark.parametrize(
    ("settings", "port"),
    [
        (SerialSettings(), B),  # the first that is a USB port
        (SerialSettings(usb="0C2E:0CA1"), B),
        (SerialSettings(usb="0c2e:0ca1", serial_number="2"), C),
        (SerialSettings(serial_number="2"), C),
        (SerialSettings(port="ttyS0"), A),
        (SerialSettings(port="/dev/ttyACM0"), B),
        (SerialSettings(port="COM12"), C),
        (SerialSettings(usb="0c2e:0ca2"), None),
    ],
)
def test_a_port_is_chosen_by_what_is_known_of_it(settings: SerialSettings, port: Port | None) -> None:
    assert choose_port(settings, (A, B, C)) == port


def test_the_ports_of_this_machine_can_be_listed() -> None:
    assert all(Path(port.place).is_absolute() for port in list_ports())
