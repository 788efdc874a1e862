"""A box to try the package in: a small Debian of its own, podman with a store of its own, and systemd booted in it.

Everything lies below `.tools/box`; the machine's own podman and systemd are not touched. Programs run in a mount
namespace where cgroups are of version 1 alone, if the machine has both: crun takes no hybrid.
"""

import json
import os
import resource
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "packaging" / "relay"
PLACE = ROOT / ".tools" / "box"
PROGRAMS = ("debootstrap", "podman", "podman-compose", "crun", "conmon", "systemd-nspawn", "unshare", "tar")
BASE_IMAGE = "localhost/benchcast-base"
IMAGE = "localhost/benchcast-relay:trial"
PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates,systemd,systemd-sysv,dbus"
# Where this machine keeps what its package managers go by; a build needs them, and an image must not have them.
LENT = ("/etc/ssl/certs", "/etc/pip.conf", "/etc/resolv.conf")
ONE_HIERARCHY = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"'
# A shell that may not raise its own limits cannot give a container podman's.
FILES, PROCESSES = 4096, 4096


def missing_programs() -> str:
    """Name what is not there, or that this is not root."""
    found = [program for program in PROGRAMS if shutil.which(program) is None]
    return " ".join(["root"] if os.geteuid() else found)


def apart(*command: str | Path) -> list[str]:
    """Write a command so that it runs with mounts of its own."""
    return [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        ONE_HIERARCHY,
        "sh",
        *map(str, command),
    ]


class Box:
    """The base, the image and what runs of it."""

    def __init__(self) -> None:
        self.base = PLACE / "base"
        self.store = ("--root", PLACE / "store", "--runroot", PLACE / "run", "--cgroup-manager", "cgroupfs")

    def podman(self, *arguments: str | Path, given: str = "", check: bool = True) -> str:
        """Run podman and return what it printed; what it complains of is in the error."""
        done = subprocess.run(
            apart("podman", *self.store, *arguments),
            input=given,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"podman {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def build(self) -> None:
        """Make the base, once, and the image of today's checkout."""
        if not (self.base / ".whole").exists():
            shutil.rmtree(self.base, ignore_errors=True)
            self.base.mkdir(parents=True)
            subprocess.run(
                ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(self.base)],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            (self.base / ".whole").touch()
        if not self.podman("images", "--quiet", BASE_IMAGE):
            with subprocess.Popen(["tar", "-C", self.base, "-c", "."], stdout=subprocess.PIPE) as tar:
                subprocess.run(
                    apart("podman", *self.store, "import", "-", BASE_IMAGE),
                    stdin=tar.stdout,
                    check=True,
                    capture_output=True,
                )
            assert tar.returncode == 0
        lent = [f"--volume={path}:{path}:ro" for path in LENT if Path(path).exists()]
        # Without Docker's form there is no health check in the image.
        self.podman(
            *("build", "--format=docker", "--network=host", *lent, f"--build-arg=BASE={BASE_IMAGE}"),
            *("--file", HERE / "Dockerfile", "--tag", IMAGE, "."),
        )

    def run(self, name: str, *more: str, image: str = IMAGE) -> None:
        """Start the relay as `docker run` is told to in the docs, on this machine's network."""
        self.podman(
            *("run", "--detach", "--name", name, "--network=host", *self.limits(), "--read-only"),
            *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp:mode=1777,size=64m"),
            # podman would have the machine's systemd ask for health; the tests ask themselves.
            *("--no-healthcheck", *more, image),
        )

    def limits(self) -> tuple[str, ...]:
        """Ask for no more files and processes than this shell may give."""
        files = min(FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        return (f"--ulimit=nofile={files}:{files}", f"--ulimit=nproc={PROCESSES}:{PROCESSES}")

    def inside(self, name: str, *command: str, given: str = "", check: bool = True) -> str:
        """Run a command in the container, as its user."""
        options = ["--interactive"] if given else []
        return self.podman("exec", *options, name, *command, given=given, check=check)

    def inspect(self, name: str) -> dict:
        return json.loads(self.podman("inspect", name))[0]

    def is_healthy(self, name: str) -> bool:
        """Ask as the image's own health check does."""
        wish = json.loads(self.podman("image", "inspect", IMAGE))[0]["Healthcheck"]["Test"]
        assert wish[0] == "CMD"
        done = subprocess.run(
            apart("podman", *self.store, "exec", name, *wish[1:]), capture_output=True, check=False
        )
        return done.returncode == 0

    def compose(
        self, podman: Path, file: Path, *arguments: str, env: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run podman-compose on a file, with a podman of the caller's."""
        command = ("podman-compose", "--podman-path", podman, "--file", file, *arguments)
        return subprocess.run(
            apart(*command), env={**os.environ, **env}, capture_output=True, text=True, check=False
        )

    def boot(self, exchange: Path, seconds: float = 240) -> str:
        """Boot the base with its systemd until it switches itself off; `exchange` is its `/trial`."""
        (self.base / "trial").mkdir(exist_ok=True)
        done = subprocess.run(
            apart(
                *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network"),
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

    def close(self) -> None:
        """End what still runs and forget it; base and image stay for the next time."""
        self.podman("rm", "--all", "--force", "--time=0", check=False)
        self.podman("volume", "prune", "--force", check=False)
