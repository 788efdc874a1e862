"""Examines a relay's machine and directory, running or not, and finds a verdict on each; changes nothing.

Every check is a function that blocks for a moment and returns what it found; it must not raise for anything that the
machine may answer.
"""

import os
import shutil
import socket
import ssl
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from relay.clock import Clock
from relay.ops.addresses import EVERYWHERE, bracketed, lan_addresses, served_addresses
from relay.ops.authority import AUTHORITY_KEY_FILE, FOLDER, CertificateUnreadableError, read_certificate
from relay.ops.certificate_life import names_in, shown_path
from relay.ops.clear_text import examine_outgoing
from relay.ops.factor_check import examine_factors
from relay.ops.findings import Found
from relay.ops.line import read_note
from relay.settings import Settings
from relay.storage import dialect
from relay.storage.backup import DATABASE, SUFFIX
from relay.storage.vault import NOTE

SECONDS = 3.0
SYNCS = 20
SLOW_SYNC_MS, VERY_SLOW_SYNC_MS = 20.0, 100.0
ROOM_WARN, ROOM_BAD = 0.10, 0.03
DAY_MS = 24 * 3_600_000
OLD_BACKUP_DAYS = 8
# Seconds since 1970 of a day on which this was written: a clock before it is wrong.
NOT_BEFORE = 1_750_000_000
CHECK_SECONDS = 20.0
STEPS = 100_000


class Doctor:
    """Examines what is configured; `clock` tells what this relay believes the time to be."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Examine nothing yet."""
        self._settings = settings
        self._now_ms = clock.now_ms

    def examine(self) -> Iterator[Found]:
        """Yield one finding after the other. Blocks; the database of a large relay takes seconds."""
        checks: tuple[Callable[[], Found], ...] = (
            self.folder,
            self.secrets,
            self.disk,
            self.sync,
            self.database,
            self.clock,
            self.port,
            self.certificate,
            self.reach,
            self.code,
            self.factor,
            self.outgoing,
            self.backup,
        )
        for check in checks:
            yield check()

    def folder(self) -> Found:
        """Is the data directory there, ours, and for our eyes alone?"""
        data = self._settings.data
        values: dict[str, str | int] = {"path": str(data)}
        if not data.is_dir():
            return Found("folder", "warn", "missing", values)
        if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
            return Found("folder", "bad", "closed", values)
        if _others_may(data):
            return Found("folder", "warn", "open", values)
        return Found("folder", "good", "good", values)

    def secrets(self) -> Found:
        """May nobody else read the keys?"""
        if os.name != "posix":
            return Found("secrets", "good", "unknown")
        names = ("keys.json", "certificate.key", DATABASE, "running.json")
        found = [path for name in names if (path := self._settings.data / name).exists()]
        found += [path for path in (self._settings.data / FOLDER).glob("*") if path.suffix == ".key"]
        # The directory keeps others out of the database; a key has to be shut by itself.
        is_shut = self._settings.data.is_dir() and not _others_may(self._settings.data)
        is_key = {".key", ".json"}
        bad = [path for path in found if _others_may(path) and (path.suffix in is_key or not is_shut)]
        if bad:
            return Found("secrets", "bad", "open", {"paths": " ".join(map(str, bad))})
        if (sealed := self._settings.data / NOTE).exists():
            keys = (self._settings.data / "keys.json", self._settings.data / FOLDER / AUTHORITY_KEY_FILE)
            if plain := [path for path in keys if path.exists()]:
                return Found("secrets", "warn", "also_plain", {"paths": " ".join(map(str, plain))})
            return Found("secrets", "good", "sealed", {"path": str(sealed)})
        return Found("secrets", "good", "good", {"count": len(found)})

    def disk(self) -> Found:
        """Is there room?"""
        try:
            usage = shutil.disk_usage(_existing(self._settings.data))
        except OSError as error:
            return Found("disk", "bad", "unreadable", {"reason": str(error)})
        share = usage.free / usage.total
        values: dict[str, str | int] = {"free": f"{usage.free / 1e9:.1f} GB", "percent": f"{share:.0%}"}
        if share < ROOM_BAD:
            return Found("disk", "bad", "little", values)
        return (
            Found("disk", "warn", "little", values)
            if share < ROOM_WARN
            else Found("disk", "good", "good", values)
        )

    def sync(self) -> Found:
        """How long does a sync take? Every accept waits for one."""
        folder = _existing(self._settings.data)
        trial = folder / f".doctor-{os.getpid()}"
        took: list[float] = []
        try:
            with trial.open("wb", buffering=0) as file:
                for _ in range(SYNCS):
                    began = time.perf_counter()
                    file.write(bytes(4096))
                    os.fsync(file.fileno())
                    took.append((time.perf_counter() - began) * 1000)
        except OSError as error:
            return Found("sync", "bad", "unwritable", {"path": str(folder), "reason": str(error)})
        finally:
            trial.unlink(missing_ok=True)
        slow = sorted(took)[int(SYNCS * 0.9)]
        values: dict[str, str | int] = {"ms": f"{slow:.1f}"}
        if slow > VERY_SLOW_SYNC_MS:
            return Found("sync", "bad", "slow", values)
        return (
            Found("sync", "warn", "slow", values)
            if slow > SLOW_SYNC_MS
            else Found("sync", "good", "good", values)
        )

    def database(self) -> Found:
        """Is every page of the database in order?"""
        path = self._settings.data / DATABASE
        if not path.exists():
            return Found("database", "warn", "missing", {"path": str(path)})
        values: dict[str, str | int] = {"path": str(path), "size": f"{path.stat().st_size / 1e6:.1f} MB"}
        deadline = time.monotonic() + CHECK_SECONDS
        try:
            connection = dialect.connect_read_only(path)
            try:
                connection.set_progress_handler(lambda: int(time.monotonic() > deadline), STEPS)
                (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            finally:
                connection.close()
        except dialect.sqlite.Error as error:
            if dialect.code_of(error) == dialect.INTERRUPT:
                return Found("database", "good", "large", values)
            return Found("database", "bad", "damaged", values | {"reason": str(error)})
        if finding != "ok":
            return Found("database", "bad", "damaged", values | {"reason": str(finding)})
        return Found("database", "good", "good", values)

    def clock(self) -> Found:
        """Is the clock right, as far as a machine can tell by itself?"""
        now = self._now_ms() / 1000
        written = (self._settings.data / DATABASE).stat().st_mtime if self._has_database() else 0.0
        if now < NOT_BEFORE or written > now + 60:
            return Found(
                "clock", "bad", "wrong", {"time": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))}
            )
        synchronised = _is_synchronised()
        if synchronised is None:
            return Found("clock", "good", "unknown")
        return Found("clock", "good", "good") if synchronised else Found("clock", "warn", "free")

    def port(self) -> Found:
        """Does the relay answer, or could it listen?"""
        settings = self._settings
        note = read_note(settings.data)
        if note is not None and _answers(note.url):
            return Found("port", "good", "running", {"url": note.url})
        values: dict[str, str | int] = {"host": settings.host, "port": settings.port}
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                if os.name == "posix":
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((settings.host, settings.port))
        except PermissionError:
            return Found("port", "bad", "forbidden", values)
        except OSError as error:
            return Found("port", "bad", "taken", values | {"reason": error.strerror or str(error)})
        return Found("port", "good", "free", values)

    def certificate(self) -> Found:
        """Is there a certificate, is it still good, and is it for the names that benches use?"""
        settings = self._settings
        if not settings.uses_tls:
            key = "loopback" if settings.is_loopback else "plain"
            return Found("certificate", "good" if settings.is_loopback else "warn", key)
        path = shown_path(settings)
        if not path.exists() and settings.tls_certificate is None:
            return Found("certificate", "good", "to_come")
        try:
            certificate = read_certificate(path)
        except CertificateUnreadableError as error:
            return Found("certificate", "bad", "unreadable", {"reason": str(error)})
        days = int(certificate.not_valid_after_utc.timestamp() - self._now_ms() / 1000) // 86400
        if days < max(settings.alert_certificate_days, 1):
            return Found("certificate", "bad" if days < 0 else "warn", "ends", {"days": days})
        hosts = [host for url in self._addresses() if (host := urlsplit(url).hostname)]
        if missing := [host for host in hosts if host not in names_in(certificate)]:
            return Found("certificate", "warn", "names", {"names": " ".join(missing), "days": days})
        return Found("certificate", "good", "good", {"days": days})

    def reach(self) -> Found:
        """Does the relay answer at an address of this machine that others use?"""
        note = read_note(self._settings.data)
        if note is None or not _answers(note.url):
            return Found("reach", "warn", "stopped")
        if self._settings.is_loopback:
            return Found("reach", "warn", "loopback")
        own = urlsplit(note.url)
        addresses = lan_addresses() if self._settings.host in EVERYWHERE else (self._settings.host,)
        if not addresses:
            return Found("reach", "warn", "alone")
        closed = [a for a in addresses if not _answers(f"{own.scheme}://{bracketed(a)}:{own.port}")]
        values: dict[str, str | int] = {"addresses": " ".join(addresses), "closed": " ".join(closed)}
        return Found("reach", "bad", "closed", values) if closed else Found("reach", "good", "good", values)

    def code(self) -> Found:
        """What do pairing links and their QR codes say?"""
        addresses = self._addresses()
        values: dict[str, str | int] = {"addresses": " ".join(addresses)}
        hosts = {urlsplit(url).hostname or "" for url in addresses}
        if hosts <= {"127.0.0.1", "localhost", "::1"}:
            return Found("code", "warn", "loopback", values)
        return Found("code", "good", "good", values)

    def factor(self) -> Found:
        """Have all admins a second factor?"""
        return examine_factors(self._settings.data / DATABASE)

    def outgoing(self) -> Found:
        """Can the network read what the relay says to other machines?"""
        return examine_outgoing(self._settings, self._settings.data / DATABASE)

    def backup(self) -> Found:
        """Is there a backup that is not old?"""
        folder = self._settings.backups_in(self._settings.data)
        made = [path.stat().st_mtime * 1000 for path in folder.glob(f"*{SUFFIX}")] if folder.is_dir() else []
        if not made:
            return Found("backup", "warn", "none", {"path": str(folder)})
        days = int((self._now_ms() - max(made)) // DAY_MS)
        values: dict[str, str | int] = {"path": str(folder), "days": days, "count": len(made)}
        if days > OLD_BACKUP_DAYS:
            return Found("backup", "warn", "old", values)
        return Found("backup", "good", "good" if days else "fresh", values)

    def _addresses(self) -> tuple[str, ...]:
        """Return what pairing links say: flags of the `serve` that runs may have decided that."""
        note = read_note(self._settings.data)
        said = note.addresses if note is not None and _answers(note.url) else ()
        return self._settings.addresses or said or served_addresses(self._settings, self._settings.port)

    def _has_database(self) -> bool:
        return (self._settings.data / DATABASE).exists()


def _existing(path: Path) -> Path:
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.is_dir())


def _others_may(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _answers(url: str) -> bool:
    """Tell whether a relay is alive there; whose certificate it has is checked elsewhere."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    if parts.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: HTTPConnection = HTTPSConnection(host, port, timeout=SECONDS, context=context)
    else:
        connection = HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _is_synchronised() -> bool | None:
    """Ask systemd whether the clock follows a time server; None where it cannot be asked."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program, with fixed words
            [program, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())
