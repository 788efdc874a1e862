"""Every line that the doctor can say is said of a machine that is in that state, in both languages."""

import http.server
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.house import ROOT

from relay.clock import SystemClock
from relay.contract.wording import LANGUAGES
from relay.ops import doctor as examining
from relay.ops.certificate import open_certificate
from relay.ops.doctor import Doctor
from relay.ops.findings import Found
from relay.settings import Settings
from relay.storage import dialect
from relay.storage.migrate import migrate

DAY_MS = 86_400_000
CATALOGUE = json.loads((ROOT / "resources" / "i18n" / "en" / "doctor.json").read_text("utf-8"))
LINES = sorted(
    key.removeprefix("doctor.").removesuffix(".detail") for key in CATALOGUE if key.endswith(".detail")
)


class Away(SystemClock):
    def __init__(self, days: float) -> None:
        self._days = days

    def now_ms(self) -> int:
        return super().now_ms() + round(self._days * DAY_MS)


class Machine:
    """What a state is made of: a data directory, settings, a clock, and what the system answers."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        self.patch = patch
        self.clock = SystemClock()
        self.wish: dict[str, object] = {"data": self.data, "host": "0.0.0.0", "port": 0}

    @property
    def settings(self) -> Settings:
        return Settings(**self.wish)

    def answers(self, name: str, value: object) -> None:
        self.patch.setattr(examining, name, value)

    def note(self, url: str) -> None:
        word = {"url": url, "addresses": [url], "fingerprint": None, "pid": os.getpid()}
        (self.data / "running.json").write_text(json.dumps(word))
        (self.data / "running.json").chmod(0o600)

    def database(self) -> Path:
        migrate(self.data / "relay.db")
        return self.data / "relay.db"

    def backup(self, days: float) -> None:
        (self.data / "backups").mkdir()
        (self.data / "backups" / f"one{examining.SUFFIX}").write_bytes(b"")
        self.clock = Away(days)


def refuse(error: OSError) -> Callable[..., object]:
    def raising(*_words: object, **_more: object) -> object:
        raise error

    return raising


def usage(free: int) -> SimpleNamespace:
    return SimpleNamespace(disk_usage=lambda _path: SimpleNamespace(total=100, free=free))


@contextmanager
def a_relay() -> Iterator[str]:
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Slow:
    """A watch on which each look is 60 milliseconds after the one before."""

    def __init__(self) -> None:
        self._now = 0.0

    def perf_counter(self) -> float:
        self._now += 0.06
        return self._now


def _slow(m: Machine) -> None:
    m.answers("time", Slow())


def _large(m: Machine) -> None:
    m.database()
    m.answers("CHECK_SECONDS", -1.0)
    m.answers("STEPS", 1)


def _damaged(m: Machine) -> None:
    path = m.database()
    content = bytearray(path.read_bytes())
    content[4096:12288] = bytes(8192)
    path.write_bytes(content)


def _admin(m: Machine, *, with_factor: bool) -> None:
    connection = dialect.sqlite.connect(m.database())
    connection.execute("INSERT INTO users VALUES ('kim', 'kim', 'admin', '', 0)")
    if with_factor:
        connection.execute("INSERT INTO second_factors VALUES ('kim', x'00', 0, 0)")
    connection.commit()
    connection.close()


def _own_certificate(m: Machine) -> None:
    m.wish["addresses"] = ("https://relay.plant:8440",)
    open_certificate(m.settings)


def _broken_certificate(m: Machine) -> None:
    for name in ("tls_certificate", "tls_key"):
        m.wish[name] = m.data / name
        (m.data / name).write_text("nonsense")


def _names(m: Machine) -> None:
    _own_certificate(m)
    m.wish["addresses"] = ("https://other.plant:8440",)


def _ends(m: Machine) -> None:
    _own_certificate(m)
    m.clock = Away(390)


STATES: dict[str, Callable[[Machine], object]] = {
    "folder.good": lambda m: None,
    "folder.missing": lambda m: m.data.rmdir(),
    "folder.closed": lambda m: m.patch.setattr(examining.os, "access", lambda *_: False),
    "folder.open": lambda m: m.data.chmod(0o755),
    "secrets.good": lambda m: m.note("http://127.0.0.1:1"),
    "secrets.open": lambda m: (m.note("http://127.0.0.1:1"), (m.data / "running.json").chmod(0o644)),
    "secrets.unknown": lambda m: m.answers("os", SimpleNamespace(name="nt")),
    "disk.good": lambda m: m.answers("shutil", usage(50)),
    "disk.little": lambda m: m.answers("shutil", usage(2)),
    "disk.unreadable": lambda m: m.answers(
        "shutil", SimpleNamespace(disk_usage=refuse(OSError(5, "I/O error")))
    ),
    "sync.good": lambda m: m.patch.setattr(examining.os, "fsync", lambda _: None),
    "sync.slow": _slow,
    "sync.unwritable": lambda m: m.patch.setattr(examining.os, "fsync", refuse(OSError(30, "read-only"))),
    "database.good": lambda m: m.database(),
    "database.large": _large,
    "database.missing": lambda m: None,
    "database.damaged": _damaged,
    "clock.good": lambda m: m.answers("_is_synchronised", lambda: True),
    "clock.free": lambda m: m.answers("_is_synchronised", lambda: False),
    "clock.unknown": lambda m: m.answers("_is_synchronised", lambda: None),
    "clock.wrong": lambda m: setattr(m, "clock", Away(-20_000)),
    "port.free": lambda m: None,
    "port.forbidden": lambda m: m.patch.setattr(socket.socket, "bind", refuse(PermissionError())),
    "certificate.good": _own_certificate,
    "certificate.loopback": lambda m: m.wish.update(host="127.0.0.1"),
    "certificate.to_come": lambda m: None,
    "certificate.plain": lambda m: m.wish.update(plain_http=True),
    "certificate.unreadable": _broken_certificate,
    "certificate.ends": _ends,
    "certificate.names": _names,
    "reach.stopped": lambda m: None,
    "code.good": lambda m: m.wish.update(addresses=("https://relay.plant:8440",)),
    "code.loopback": lambda m: m.wish.update(addresses=("https://127.0.0.1:8440",)),
    "factor.nobody": lambda m: m.database(),
    "factor.unknown": lambda m: (m.data / "relay.db").write_bytes(b"no database" * 100),
    "factor.none": lambda m: _admin(m, with_factor=False),
    "factor.good": lambda m: _admin(m, with_factor=True),
    "outgoing.nobody": lambda m: None,
    "outgoing.good": lambda m: m.wish.update(alert_webhook="https://hooks.plant/"),
    "outgoing.clear": lambda m: m.wish.update(alert_webhook="http://hooks.plant/"),
    "backup.none": lambda m: None,
    "backup.fresh": lambda m: m.backup(0),
    "backup.good": lambda m: m.backup(2.5),
    "backup.old": lambda m: m.backup(9.5),
}
# With a relay that answers at its address.
WITH_RELAY: dict[str, Callable[[Machine], object]] = {
    "port.running": lambda m: None,
    "reach.good": lambda m: m.answers("lan_addresses", lambda: ("127.0.0.1",)),
    "reach.loopback": lambda m: m.wish.update(host="127.0.0.1"),
    "reach.alone": lambda m: m.answers("lan_addresses", lambda: ()),
    "reach.closed": lambda m: m.answers("lan_addresses", lambda: ("127.0.0.3",)),
}
BAD = {
    "folder.closed",
    "secrets.open",
    "disk.little",
    "disk.unreadable",
    "sync.unwritable",
    "database.damaged",
} | {
    *("clock.wrong", "port.taken", "port.forbidden", "certificate.unreadable", "reach.closed"),
}


def check_words(line: str, found: Found) -> None:
    assert f"{found.check}.{found.key}" == line
    assert (found.verdict == "bad") == (line in BAD), found
    for language in LANGUAGES:
        words = found.worded(language)
        assert words.detail
        assert bool(words.action) == (found.verdict != "good"), "what is not well says what to do"
        assert "{" not in words.detail + words.action


def found_by(machine: Machine, line: str) -> Found:
    return getattr(Doctor(machine.settings, machine.clock), line.partition(".")[0])()


@pytest.mark.parametrize("line", STATES)
def test_a_state_is_found(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, monkeypatch)
    STATES[line](machine)
    found = found_by(machine, line)
    monkeypatch.undo()
    check_words(line, found)


def test_what_is_found_with_a_relay_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_relay() as url:
        for number, (line, arrange) in enumerate(WITH_RELAY.items()):
            with monkeypatch.context() as patch:
                (tmp_path / str(number)).mkdir()
                machine = Machine(tmp_path / str(number), patch)
                machine.note(url)
                arrange(machine)
                check_words(line, found_by(machine, line))
        (tmp_path / "taken").mkdir()
        machine = Machine(tmp_path / "taken", monkeypatch)
        machine.wish |= {"host": "127.0.0.1", "port": int(url.rpartition(":")[2])}
        check_words("port.taken", found_by(machine, "port.taken"))


def test_there_is_no_line_that_no_machine_was_seen_to_cause() -> None:
    assert sorted({*STATES, *WITH_RELAY, "port.taken"}) == LINES
