"""Docker and podman, each with a store, a network and ground of its own; asked in the same words.

`ENGINE=docker` or `ENGINE=podman` asks for one of them (`make relay-package ENGINE=docker`); without it both are tried.
"""

import json
import os
import resource
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from ground import Ground

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "packaging" / "relay"
PLACE = ROOT / ".tools" / "box"
BASE_IMAGE = "localhost/benchcast-base:trial"
BUILDER_IMAGE = "localhost/benchcast-builder:trial"
IMAGE = "localhost/benchcast-relay:trial"
# Where this machine keeps what its package managers go by; the first stage needs them, and an image must not have them.
LENT = ("etc/ssl/certs", "etc/pip.conf")
# What lies beside the base since it was tried in a booted box.
NOT_IN_BASE = (
    "./opt/benchcast",
    "./var/lib/benchcast-relay",
    "./var/lib/private",
    "./etc/benchcast",
    "./trial",
)
# Where the machine reaches what an engine publishes, as a bench on the LAN does; and what a bench's address is then.
ADDRESS, BENCH = "10.77.5.2", "10.77.5.1"
URL = f"https://{ADDRESS}:8440"
# A shell that may not raise its own limits cannot give a container podman's.
FILES, PROCESSES = 4096, 4096


def asked_for() -> list[str]:
    """Name the engines that are to be tried; a name that is none is an error."""
    names = os.environ.get("ENGINE", "docker podman").replace(",", " ").split()
    if unknown := set(names) - set(KINDS):
        raise SystemExit(f"ENGINE is {' or '.join(KINDS)}, not {' '.join(sorted(unknown))}.")
    return names


class Engine(ABC):
    """An engine on ground of its own, which begins and ends with it."""

    name: str
    programs: tuple[str, ...]
    # What it takes to run a container with it here, beyond what the docs say.
    also: tuple[str, ...] = ()
    # What its compose finds it by.
    env: dict[str, str]

    def __init__(self) -> None:
        self.env = {}
        self.ground = Ground()
        self.ground.cable("bench0", None, here=f"{ADDRESS}/30", far=f"{BENCH}/30")
        self.ground.reach_out()
        self.place = PLACE / self.name
        self.place.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def command(self) -> tuple[str | Path, ...]:
        """Say how the engine is called."""

    @abstractmethod
    def composing(self) -> tuple[str | Path, ...]:
        """Say how its compose is called."""

    @abstractmethod
    def is_well(self, name: str) -> bool:
        """Tell whether the image's own health check is content with a container."""

    def call(
        self, *arguments: str | Path, given: str = "", check: bool = True, all_of_it: bool = False
    ) -> str:
        """Run the engine and return what it printed (`all_of_it`: also on its second channel)."""
        done = subprocess.run(
            self.ground.within(*self.command(), *arguments, at=ROOT),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name} {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return (done.stdout + done.stderr if all_of_it else done.stdout).strip()

    def compose(self, *arguments: str | Path, env: dict[str, str]) -> str:
        """Run the engine's compose in the checkout and return all that it printed."""
        done = subprocess.run(
            self.ground.within(*self.composing(), *arguments, at=ROOT),
            env={**os.environ, **self.env, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def build(self, base: Path) -> None:
        """Build the image of today's checkout upon a folder that is a whole Debian."""
        if not self.call("images", "--quiet", BASE_IMAGE):
            without = [f"--exclude={path}" for path in NOT_IN_BASE]
            with subprocess.Popen(["tar", "-C", base, *without, "-c", "."], stdout=subprocess.PIPE) as tar:
                subprocess.run(
                    self.ground.within(*self.command(), "import", "-", BASE_IMAGE),
                    stdin=tar.stdout,
                    check=True,
                    capture_output=True,
                )
            assert tar.returncode == 0
        lent = self.place / "lent"
        shutil.rmtree(lent, ignore_errors=True)
        lent.mkdir()
        (lent / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nCOPY . /\n", "ascii")
        for path in LENT:
            if (at := Path("/", path)).is_dir():
                shutil.copytree(at, lent / path)  # links are followed: some lead out of it
            elif at.exists():
                (lent / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(at, lent / path)
        self.call("build", *self.form(), f"--build-arg=BASE={BASE_IMAGE}", f"--tag={BUILDER_IMAGE}", lent)
        self.call(
            *(
                "build",
                *self.form(),
                f"--build-arg=BASE={BASE_IMAGE}",
                f"--build-arg=BUILDER={BUILDER_IMAGE}",
            ),
            *("--file", HERE / "Dockerfile", "--tag", IMAGE, "."),
        )

    def form(self) -> tuple[str, ...]:
        return ()

    def run(self, name: str, *more: str, image: str = IMAGE) -> None:
        """Start the relay as compose.yaml does, with its port published."""
        self.call(
            *("run", "--detach", "--name", name, "--publish=8440:8440", "--read-only", "--cap-drop=ALL"),
            *(
                "--security-opt=no-new-privileges",
                "--tmpfs=/tmp:mode=1777,size=64m",
                *self.also,
                *more,
                image,
            ),
        )

    def inside(self, name: str, *command: str, given: str = "", check: bool = True) -> str:
        """Run a command in the container, as its user."""
        options = ["--interactive"] if given else []
        return self.call("exec", *options, name, *command, given=given, check=check)

    def inspect(self, name: str) -> dict:
        return json.loads(self.call("inspect", name))[0]

    def lend(self, what: str, to: Path) -> None:
        """Copy something out of the image."""
        self.call("create", "--name=lender", *self.also, IMAGE)
        self.call("cp", f"lender:{what}", to)
        self.call("rm", "lender")

    def close(self) -> None:
        """End what still runs and forget it; base and image stay for the next time."""
        if left := self.call("ps", "--all", "--quiet", check=False).split():
            self.call("rm", "--force", *left, check=False)
        self.call("volume", "prune", "--force", check=False)
        self.call("image", "prune", "--force", check=False)
        self.end()
        self.ground.close()

    def reboot(self) -> bool:
        """Let the engine go and come back as with the machine; tells whether it is one that does so by itself."""
        return False

    def end(self) -> None:  # noqa: B027 - an engine without a daemon has begun nothing
        """End what the engine itself has begun."""


class Podman(Engine):
    """podman, which needs no daemon; crun and conmon are found by it."""

    name = "podman"
    programs = ("podman", "podman-compose", "crun", "conmon", "slirp4netns", "iptables")

    def __init__(self) -> None:
        super().__init__()
        files = min(FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        self.also = (
            f"--ulimit=nofile={files}:{files}",
            f"--ulimit=nproc={PROCESSES}:{PROCESSES}",
            # podman would have the machine's systemd ask for health; the tests ask themselves.
            "--no-healthcheck",
        )
        # podman-compose knows one word for podman, and no arguments of its own.
        self._wrapper = self.place / "podman"
        self._wrapper.write_text(f'#!/bin/sh\nexec podman {" ".join(self._store())} "$@"\n', "utf-8")
        self._wrapper.chmod(0o755)

    def _store(self) -> tuple[str, ...]:
        return (f"--root={self.place}/store", f"--runroot={self.place}/run", "--cgroup-manager=cgroupfs")

    def command(self) -> tuple[str | Path, ...]:
        return ("podman", *self._store())

    def composing(self) -> tuple[str | Path, ...]:
        return ("podman-compose", "--podman-path", self._wrapper)

    def form(self) -> tuple[str, ...]:
        # Without Docker's form there is no health check in the image.
        return ("--format=docker",)

    def is_well(self, name: str) -> bool:
        wish = json.loads(self.call("image", "inspect", IMAGE))[0]["Healthcheck"]["Test"]
        assert wish[0] == "CMD"
        done = subprocess.run(
            self.ground.within(*self.command(), "exec", name, *wish[1:]), capture_output=True, check=False
        )
        return done.returncode == 0


class Docker(Engine):
    """Docker with a daemon of its own, which has the bridge, the rules and the published ports that it always has."""

    name = "docker"
    programs = (
        "/usr/bin/docker",
        "dockerd",
        "containerd",
        "runc",
        "docker-compose",
        "slirp4netns",
        "iptables",
    )

    def __init__(self) -> None:
        super().__init__()
        self._socket = f"unix://{self.place}/socket"
        # Debian's own programs, also where others stand before them in the path.
        self.env = {"DOCKER_HOST": self._socket, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        self._begin()

    def _begin(self) -> None:
        with (self.place / "log").open("ab") as log:
            self._daemon = subprocess.Popen(
                self.ground.within(
                    *("dockerd", f"--data-root={self.place}/data", f"--exec-root={self.place}/exec"),
                    *(f"--pidfile={self.place}/pid", f"--host={self._socket}"),
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        began = time.monotonic()
        while not self.call("info", "--format={{.ServerVersion}}", check=False):
            if self._daemon.poll() is not None or time.monotonic() - began > 60:
                raise AssertionError((self.place / "log").read_text("utf-8")[-3000:])
            time.sleep(0.2)

    def command(self) -> tuple[str | Path, ...]:
        return ("/usr/bin/docker", "--host", self._socket)

    def composing(self) -> tuple[str | Path, ...]:
        return ("docker-compose",)

    def is_well(self, name: str) -> bool:
        return self.inspect(name)["State"]["Health"]["Status"] == "healthy"

    def end(self) -> None:
        self._daemon.terminate()
        self._daemon.wait()

    def reboot(self) -> bool:
        self.end()
        self._begin()
        return True


KINDS: dict[str, type[Engine]] = {"docker": Docker, "podman": Podman}
