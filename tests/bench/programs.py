"""Programs under load, each on a core that is chosen for it, and what the kernel has counted of them."""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_SECONDS = 30.0
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores the servers and the generator run on; equal where this process may use one only."""

    server: int
    generator: int

    @classmethod
    def choose(cls) -> "Cores":
        """Give the first core to the servers, and move this process to the last."""
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[-1]})
        return cls(allowed[0], allowed[-1])


@dataclass(eq=False, slots=True)
class Program:
    """One running process of a server."""

    name: str
    process: "subprocess.Popen[bytes]"

    @property
    def cpu_seconds(self) -> float:
        """Read the CPU time that all its threads have used, to a hundredth of a second."""
        stat = (Path("/proc") / str(self.process.pid) / "stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def rss_kib(self) -> int:
        """Read how much memory it holds, in KiB."""
        status = (Path("/proc") / str(self.process.pid) / "status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def end(self, how: signal.Signals = signal.SIGTERM, patience: float = 20.0) -> None:
        """Send a signal and wait for the end; what has not ended after `patience` seconds is killed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start(
    name: str, command: Sequence[str], core: int, *, log: Path, env: dict[str, str] | None = None
) -> Program:
    """Start a program on one core; it dies with this process, whatever becomes of it."""

    def prepare() -> None:
        # Between fork and exec only two system calls are made; no lock that a thread could hold is needed.
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.sched_setaffinity(0, {core})

    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=prepare,  # noqa: PLW1509 - see `prepare`
        )
    return Program(name, process)


async def listens(port: int, program: Program, log: Path) -> None:
    """Wait until somebody listens on the port. Raises AssertionError with the log if the program ends instead."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + START_SECONDS
    while not await _answers(port):
        assert program.process.poll() is None, log.read_text("utf-8", "replace")
        assert loop.time() < deadline, f"{program.name} does not listen: {log.read_text('utf-8', 'replace')}"
        await asyncio.sleep(0.02)


async def _answers(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection(HOST, port)
        writer.close()
        return True
    return False
