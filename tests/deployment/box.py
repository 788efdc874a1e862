"""A box to try the service in: a small Debian of its own below `.tools/box`, and systemd booted in it.

It runs in a mount namespace where cgroups are of version 1 alone, if the machine has both.
"""

import shutil
import subprocess
from pathlib import Path

from engines import PLACE, ROOT
from ground import Ground

PROGRAMS = ("debootstrap", "systemd-nspawn", "unshare", "nsenter", "tar")
PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates,systemd,systemd-sysv,dbus"
# Where this machine keeps what its package managers go by.
LENT = ("/etc/ssl/certs", "/etc/pip.conf", "/etc/resolv.conf")
ONE_HIERARCHY = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"'


def apart(*command: str | Path) -> list[str]:
    """Write a command so that it runs with mounts of its own."""
    return [
        *("unshare", "--mount", "--propagation", "private", "sh", "-c", ONE_HIERARCHY, "sh"),
        *map(str, command),
    ]


class Box:
    """The base, which images are built upon too, and the machine that is booted of it."""

    def __init__(self) -> None:
        self.base = PLACE / "base"

    def build(self) -> None:
        """Make the base, once."""
        if (self.base / ".whole").exists():
            return
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir(parents=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(self.base)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (self.base / ".whole").touch()

    def enter(self, *command: str) -> None:
        """Run a command in the base without booting it, in the checkout, with the network of the machine."""
        lent = [f"--bind-ro={path}" for path in LENT if Path(path).exists()]
        done = subprocess.run(
            apart(
                *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--as-pid2", "--pipe"),
                *("--directory", self.base, f"--bind-ro={ROOT}:/src", "--chdir=/src", *lent, *command),
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"

    def boot(self, exchange: Path, seconds: float = 240, *, on: Ground | None = None) -> str:
        """Boot the base with its systemd until it switches itself off; `exchange` is its `/trial`.

        It has the network of a ground, or none.
        """
        (self.base / "trial").mkdir(exist_ok=True)
        write, network = (on.within, ()) if on else (apart, ("--private-network",))
        done = subprocess.run(
            write(
                *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", *network),
                *(f"--bind={exchange}:/trial", "--kill-signal=SIGRTMIN+4", "--console=pipe"),
                *("--directory", self.base, "--boot"),
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return done.stdout + done.stderr
