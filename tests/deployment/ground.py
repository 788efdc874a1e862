"""A piece of ground of its own: namespaces of network and mounts, which one process keeps and which are gone with it.

Nothing on it can be seen from the machine, and nothing of the machine is changed, but for the far ends of its cables.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

import pytest

# Engines that know no hybrid are given cgroups of version 1 alone, if the machine has both.
KEEP = "umount /sys/fs/cgroup/unified 2>/dev/null; ip link set lo up; echo; exec sleep infinity"


def demand(*programs: str) -> None:
    """End the whole run when something is not there: what is asked for is tried, or nothing is said to be well."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing := ["root"] * bool(os.geteuid()) + missing:
        pytest.exit(
            f"Missing, or not for this user: {' '.join(missing)}. `make relay-package` installs them.",
            returncode=2,
        )


class Ground:
    """`within` writes a command so that it runs here; `close` ends what keeps this."""

    def __init__(self) -> None:
        self._keeper = subprocess.Popen(
            ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", KEEP],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self._keeper.stdout is not None
        self._keeper.stdout.readline()
        self.pid = self._keeper.pid
        self._way_out: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def within(self, *command: str | Path, at: Path | None = None) -> list[str]:
        """Write a command so that it runs on this ground, in the folder `at` (or where the caller is)."""
        return [
            *("nsenter", f"--target={self.pid}", "--mount", "--net", f"--wd={at or Path.cwd()}", "--"),
            *map(str, command),
        ]

    def run(self, *command: str | Path, given: str = "", check: bool = True, at: Path | None = None) -> str:
        """Run a command here and return what it printed."""
        done = subprocess.run(
            self.within(*command, at=at), input=given, capture_output=True, text=True, check=False
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def own_etc(self, folder: Path) -> None:
        """Let this ground have an `/etc` of its own, which begins as the machine's and is kept in a folder."""
        layers = [folder / "upper", folder / "work"]
        for layer in layers:
            layer.mkdir(parents=True)
        options = f"lowerdir=/etc,upperdir={layers[0]},workdir={layers[1]}"
        self.run("mount", "-t", "overlay", "overlay", "-o", options, "/etc")

    def write(self, path: str, text: str) -> None:
        """Write a file as it is seen here."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && cat > "$1"', "sh", path, given=text)

    def cable(self, name: str, there: "Ground | None", *, here: str, far: str) -> None:
        """Lay a cable to another ground or, without one, to the machine; both addresses are in the form of `ip`.

        Its near end is called `name`, its far end `name` with an x.
        """
        other = there.pid if there else os.getpid()
        plug = ("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}x", "netns", str(other))
        self.run(*plug)
        self.run("ip", "address", "add", here, "dev", name)
        self.run("ip", "link", "set", name, "up")
        for command in (("address", "add", far, "dev", f"{name}x"), ("link", "set", f"{name}x", "up")):
            if there:
                there.run("ip", *command)
            else:
                subprocess.run(["ip", *command], check=True)

    def reach_out(self) -> None:
        """Lead to the networks of the machine, by a program and without a rule or a route of the machine's."""
        ready, told = os.pipe()
        self._way_out = subprocess.Popen(
            [
                *("slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback"),
                *(f"--ready-fd={told}", str(self.pid), "out0"),
            ],
            pass_fds=[told],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(told)
        with os.fdopen(ready) as line:
            assert line.read(1), "slirp4netns has not begun"

    def close(self) -> None:
        """End the way out and what keeps the namespaces; what still runs in them keeps them for itself."""
        assert self._keeper.stdout is not None
        self._keeper.stdout.close()
        for process in (self._way_out, self._keeper):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait()
