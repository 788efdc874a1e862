"""The machine and the versions that figures belong to, measured or read, never typed."""

import datetime as dt
import json
import os
import platform
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.programs import ROOT
from bench.readings import percentile

from relay.storage import dialect

SYNCS = 200


@dataclass(frozen=True, slots=True)
class Machine:
    """One line for each thing that a figure depends on."""

    lines: tuple[str, ...]


def describe(folder: Path, open_files: int) -> Machine:
    """Describe this machine; `folder` lies on the disk that the servers write to."""
    half, most = disk_sync_ms(folder)
    load = os.getloadavg()[0]
    packages = ("aiohttp", "python-socketio", "python-engineio", "uvloop", "msgspec", "sqlalchemy")
    python = ", ".join(f"{name} {version(name)}" for name in packages)
    system = f"{platform.system()} {platform.release()}, {_system()}"
    sync = f"fdatasync of 4 KiB appended: P50 {half:.2f} ms, P95 {most:.2f} ms"
    return Machine(
        (
            f"{_cpu()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, {system}; load before the run {load:.2f}",
            f"{sync}; open files {open_files}, somaxconn {_read('/proc/sys/net/core/somaxconn')}",
            f"Python {platform.python_version()}, SQLite {_sqlite()}, {python}",
            f"Node {_said('node', '--version')}, {_redis()}, {_node_packages()}",
            f"commit {_said('git', 'rev-parse', '--short', 'HEAD')}{_changed()}, {_today()}",
        )
    )


def disk_sync_ms(folder: Path) -> tuple[float, float]:
    """Append 4 KiB and sync it, again and again; returns P50 and P95 in milliseconds."""
    probe = folder / "sync.probe"
    samples: list[float] = []
    descriptor = os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        for _ in range(SYNCS):
            os.write(descriptor, b"\x5a" * 4096)
            began = time.perf_counter()
            os.fdatasync(descriptor)
            samples.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(descriptor)
        probe.unlink()
    return percentile(samples, 0.5), percentile(samples, 0.95)


def _read(path: str) -> str:
    return Path(path).read_text("utf-8").strip()


def _cpu() -> str:
    names = [
        line.partition(":")[2].strip() for line in _read("/proc/cpuinfo").splitlines() if "model name" in line
    ]
    return names[0] if names else platform.machine()


def _memory_gib() -> float:
    kib = next(line.split()[1] for line in _read("/proc/meminfo").splitlines() if line.startswith("MemTotal"))
    return int(kib) / 1024**2


def _system() -> str:
    lines = dict(line.split("=", 1) for line in _read("/etc/os-release").splitlines() if "=" in line)
    return lines.get("PRETTY_NAME", "").strip('"')


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _changed() -> str:
    return " with changes" if _said("git", "status", "--porcelain", "--", "relay") else ""


def _redis() -> str:
    words = _said("redis-server", "--version").split()
    return f"Redis {next((word[2:] for word in words if word.startswith('v=')), 'none')}"


def _node_packages() -> str:
    folder = Path(__file__).parent / "peers"
    asked = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    return ", ".join(f"{name} {number}" for name, number in asked.items())


def _sqlite() -> str:
    return str(dialect.sqlite.sqlite_version)


def _today() -> str:
    return dt.datetime.fromtimestamp(time.time_ns() / 1e9, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
