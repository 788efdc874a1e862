"""A scanner on a serial or USB-COM port: heard whichever program has the focus, and found again after unplugging.

How it works: the port is chosen by who is plugged in (USB vendor, product, serial number) and not by its number, which
another socket changes. While it is not there, the list of ports is looked through every two seconds, and at once when
something appears in /dev; while it is open, the system says when it is gone, and the list is compared every two
seconds as well, because some drivers say nothing. An unplugged scanner leaves a torn scan, which is told as such and
never taken for whole.

QtSerialPort comes with the extra `serial` (and with `web`); without it the scanner is told to be unsupported. Run on
Linux with pseudo terminals; Windows and macOS use the same code through Qt and have not been run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog
from PySide6.QtCore import QFileSystemWatcher, QIODevice, QObject, QTimer

from app.scanner_settings import SerialSettings
from app.stage.scanners import Heard, Hearing, ScannerState

if TYPE_CHECKING:
    from PySide6.QtSerialPort import QSerialPort

LOOK_MS = 2000
_DEVICES = "/dev"

log = structlog.get_logger()


@dataclass(frozen=True)
class Port:
    """One serial port of this machine, and what is plugged into it."""

    place: str  # what the system opens: /dev/ttyACM0, COM5, or its full path
    usb: str = ""  # vendor:product in four hexadecimal digits each; empty for one that is no USB port
    serial_number: str = ""
    name: str = ""


def list_ports() -> tuple[Port, ...]:
    """List the ports of this machine, USB or not. Raises ImportError where QtSerialPort is not installed."""
    from PySide6.QtSerialPort import QSerialPortInfo

    return tuple(
        Port(
            place=info.systemLocation(),
            usb=f"{info.vendorIdentifier():04x}:{info.productIdentifier():04x}"
            if info.hasVendorIdentifier()
            else "",
            serial_number=info.serialNumber(),
            name=" ".join(part for part in (info.manufacturer(), info.description()) if part),
        )
        for info in QSerialPortInfo.availablePorts()
    )


def choose_port(settings: SerialSettings, ports: Sequence[Port]) -> Port | None:
    """Find the port that fits everything that is set; without any setting, the first USB port."""
    named = settings.usb or settings.serial_number or settings.port
    for port in ports:
        if settings.usb is not None and settings.usb.lower() != port.usb:
            continue
        if settings.serial_number is not None and settings.serial_number != port.serial_number:
            continue
        if settings.port is not None and settings.port not in {
            port.place,
            Path(port.place).name,
            _short(port),
        }:
            continue
        if named or port.usb:
            return port
    return None


class Framing(Protocol):
    """What cuts bytes into scans (`app.scan.framing.Framing`), to which windows are strangers."""

    @property
    def holding(self) -> bool:
        """Have bytes come whose end is missing?"""
        ...

    def feed(self, data: bytes) -> list[str]:
        """Take bytes; return the scans that are whole now."""
        ...

    def silence(self) -> tuple[str, bool] | None:
        """Return what is held when nothing more comes, and whether it is whole."""
        ...


class SerialScanner(QObject):
    """One scanner; `begin` looks for it, `end` lets it go."""

    def __init__(
        self,
        settings: SerialSettings,
        *,
        scanner: str,
        framing: Framing,
        heard: Callable[[Heard], None],
        changed: Callable[[ScannerState], None],
        ports: Callable[[], Sequence[Port]] = list_ports,
        look_ms: int = LOOK_MS,
    ) -> None:
        """Take who hears the scans and how the scanner stands. `ports` lists what is plugged in."""
        super().__init__()
        self._settings = settings
        self._scanner = scanner
        self._framing = framing
        self._heard = heard
        self._changed = changed
        self._ports = ports
        self._state: ScannerState | None = None
        self._open: QSerialPort | None = None
        self._place = ""
        self._look_timer = QTimer(self, interval=look_ms)
        self._look_timer.timeout.connect(self._look)
        self._silence = QTimer(self, singleShot=True, interval=settings.silence_ms)
        self._silence.timeout.connect(self._on_silence)
        self._watcher: QFileSystemWatcher | None = None

    def begin(self) -> None:
        """Look for the scanner from now on."""
        if Path(_DEVICES).is_dir():
            self._watcher = QFileSystemWatcher([_DEVICES], self)
            self._watcher.directoryChanged.connect(self._look)
        self._look_timer.start()
        self._look()

    def end(self) -> None:
        """Let the scanner go."""
        self._look_timer.stop()
        self._silence.stop()
        if self._watcher is not None:
            self._watcher.directoryChanged.disconnect(self._look)
        self._close()

    def _look(self) -> None:
        try:
            ports = (*self._ports(), *_named_by_path(self._settings))
        except ImportError:
            self._look_timer.stop()
            self._tell(Hearing.UNSUPPORTED, "QtSerialPort")
            return
        if self._open is not None:
            if not any(port.place == self._place for port in ports):
                self._lose()
            return
        port = choose_port(self._settings, ports)
        if port is None:
            self._tell(Hearing.ABSENT)
            return
        self._try(port)

    def _try(self, port: Port) -> None:
        from PySide6.QtSerialPort import QSerialPort

        line = QSerialPort(self)
        line.setPortName(port.place)
        settings = self._settings
        line.setBaudRate(settings.baud)
        line.setDataBits(QSerialPort.DataBits(settings.data_bits))
        line.setStopBits(
            QSerialPort.StopBits.OneStop if settings.stop_bits == 1 else QSerialPort.StopBits.TwoStop
        )
        line.setParity(
            {
                "none": QSerialPort.Parity.NoParity,
                "even": QSerialPort.Parity.EvenParity,
                "odd": QSerialPort.Parity.OddParity,
            }[settings.parity]
        )
        # A scanner only talks, but many begin only when the machine says that it listens.
        if not line.open(QIODevice.OpenModeFlag.ReadWrite):
            error = line.error()
            reason = f"{port.place} {line.errorString()}"
            line.deleteLater()
            if error == QSerialPort.SerialPortError.PermissionError:
                self._tell(self._why_refused(port), reason, port.name)
            else:
                self._tell(Hearing.ABSENT, reason, port.name)
            return
        line.setDataTerminalReady(True)
        line.readyRead.connect(self._on_bytes)
        line.errorOccurred.connect(self._on_error)
        self._open, self._place = line, port.place
        self._tell(Hearing.READY, port.place, port.name)

    def _why_refused(self, port: Port) -> Hearing:
        # Qt names both alike; where the port is a file, its rights tell them apart.
        place = Path(port.place)
        return (
            Hearing.BUSY if not place.exists() or os.access(place, os.R_OK | os.W_OK) else Hearing.FORBIDDEN
        )

    def _on_bytes(self) -> None:
        if self._open is None:
            return
        for text in self._framing.feed(bytes(self._open.readAll().data())):
            self._heard(Heard(text, self._scanner, "serial"))
        if self._framing.holding:
            self._silence.start()
        else:
            self._silence.stop()

    def _on_silence(self) -> None:
        if (said := self._framing.silence()) is not None:
            text, whole = said
            self._heard(Heard(text, self._scanner, "serial", torn=not whole))

    def _on_error(self, error: QSerialPort.SerialPortError) -> None:
        from PySide6.QtSerialPort import QSerialPort

        if error in {
            QSerialPort.SerialPortError.ResourceError,
            QSerialPort.SerialPortError.DeviceNotFoundError,
            QSerialPort.SerialPortError.ReadError,
        }:
            self._lose()

    def _lose(self) -> None:
        log.info("A scanner is gone", scanner=self._scanner, port=self._place)
        self._close()
        if (said := self._framing.silence()) is not None:
            # Whatever ends by silence is not known to be whole either when the cable was pulled.
            self._heard(Heard(said[0], self._scanner, "serial", torn=True))
        self._tell(Hearing.ABSENT)

    def _close(self) -> None:
        line, self._open = self._open, None
        self._silence.stop()
        if line is None:
            return
        line.errorOccurred.disconnect(self._on_error)
        line.readyRead.disconnect(self._on_bytes)
        line.close()
        line.deleteLater()

    def _tell(self, hearing: Hearing, detail: str = "", name: str = "") -> None:
        settings = self._settings
        named = settings.name or name or settings.usb or settings.port or settings.serial_number or ""
        state = ScannerState(self._scanner, "serial", named, hearing, detail)
        if state != self._state:
            self._state = state
            self._changed(state)


def _named_by_path(settings: SerialSettings) -> tuple[Port, ...]:
    """A port that is set by its path need not be listed: a link of /dev/serial/by-id, Bluetooth, a pseudo terminal."""
    if settings.port is None or not Path(settings.port).is_absolute() or not Path(settings.port).exists():
        return ()
    return (Port(settings.port, settings.usb or "", settings.serial_number or ""),)


def _short(port: Port) -> str:
    # Windows opens COM10 and above by another name than it shows.
    return port.place.removeprefix("\\\\.\\")
