"""Knows which packages of Debian and Ubuntu are needed, and installs the missing ones where it may."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from steps import Blocked, run, step

# One entry is one need; where a package was renamed, the newer name comes first. Found by installing into a
# minimal system and asking the linker what the Qt libraries miss.
Need = tuple[str, ...]

QT: tuple[Need, ...] = (
    ("libgl1",),
    ("libegl1",),
    ("libxkbcommon0",),
    ("libdbus-1-3",),
    ("libfontconfig1",),
    ("libglib2.0-0t64", "libglib2.0-0"),
    ("libxcb-cursor0",),
    ("libxcb-icccm4",),
    ("libxcb-keysyms1",),
    ("libxkbcommon-x11-0",),
    ("libxcb-shape0",),
    ("libx11-xcb1",),
    ("libxcb-xkb1",),
    ("libwayland-cursor0",),
    ("libwayland-egl1",),
)
QT_WEB_PAGES: tuple[Need, ...] = (
    ("libnss3",),
    ("libasound2t64", "libasound2"),
    ("libxcomposite1",),
    ("libxdamage1",),
    ("libxtst6",),
    ("libxrandr2",),
    ("libxkbfile1",),
    ("libgbm1",),
    ("libxcb-dri3-0",),
)
VIRTUAL_DISPLAY: tuple[Need, ...] = (("xvfb",), ("xauth",), ("x11-xserver-utils",), ("openbox",))
TESTS: tuple[Need, ...] = (
    ("xdotool",),
    ("imagemagick",),
    ("x11-utils",),
    ("dbus-x11",),
    ("gnome-keyring",),
    ("poppler-utils",),
    ("xserver-xorg-core",),
    ("xserver-xorg-video-dummy",),
    ("chromium",),
    ("fonts-nanum",),
    ("gcc",),
    ("binutils",),
    ("fakeroot",),
    ("systemd",),
    ("sway",),
    ("grim",),
    ("libwayland-cursor0",),
    ("libc6-dev",),
)
# To try the relay's package: container engines, a systemd in a box, who watches, and both ends of a tunnel.
BOXES: tuple[Need, ...] = (
    ("debootstrap",),
    ("docker.io",),
    ("docker-compose",),
    ("podman",),
    ("podman-compose",),
    ("crun",),
    ("netavark",),
    ("iptables",),
    ("slirp4netns",),
    ("iproute2",),
    ("systemd-container",),
    ("prometheus",),
    ("nginx",),
    ("openssh-server",),
    ("openssh-client",),
    ("libnss3-tools",),
    ("curl",),
)


def packages_for(profile: str) -> tuple[Need, ...]:
    """List what a profile needs from the system, as far as it is not there in another way."""
    node: tuple[Need, ...] = () if shutil.which("node") else (("nodejs",),)
    npm: tuple[Need, ...] = () if shutil.which("npm") else (("npm",),)
    if profile == "demo":
        has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        own_display = os.environ.get("VIRTUAL") == "1" or not has_display
        return QT + QT_WEB_PAGES + (VIRTUAL_DISPLAY if own_display else ())
    # Debian keeps the server's programs out of the path.
    has_postgresql = bool(shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres")))
    database: tuple[Need, ...] = () if has_postgresql else (("postgresql",),)
    if profile == "test":
        return QT + QT_WEB_PAGES + VIRTUAL_DISPLAY + TESTS + node + npm + database
    if profile == "relay-package":
        return packages_for("test") + BOXES
    if profile == "package":
        return (*QT, *QT_WEB_PAGES, ("binutils",))
    if profile == "bench":
        redis: tuple[Need, ...] = () if shutil.which("redis-server") else (("redis-server",),)
        return QT + QT_WEB_PAGES + VIRTUAL_DISPLAY + TESTS + node + npm + redis
    if profile == "lint":
        return node  # pyright is a JavaScript program
    return ()


def ensure_packages(needs: tuple[Need, ...]) -> None:
    """Install what is missing. Raises Blocked with the exact line to run where this user may not."""
    if not needs or not sys.platform.startswith("linux"):
        return
    if not (shutil.which("dpkg-query") and shutil.which("apt-get")):
        names = " ".join(need[-1] for need in needs)
        print("  This is neither Debian nor Ubuntu, so its libraries are left as they are.")
        print(f"  Should one be missing, these are all, by their Debian names: {names}")
        return
    missing = _missing(needs)
    if not missing:
        return
    prefix = _privilege()
    if prefix is None:
        names = " ".join(_choose(missing))
        line = f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"
        raise Blocked(
            f"Packages of the system are missing, which only an administrator may install. Run:\n\n  {line}\n"
        )
    with step(f"Installing {len(missing)} packages of the system"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run(
            [*prefix, "apt-get", "update", "-qq"],
            failing="The list of packages could not be fetched.",
            env=quiet,
        )
        line = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_choose(missing)]
        if prefix:
            line = ["env", *(f"{name}={value}" for name, value in quiet.items()), *line]
        run([*prefix, *line], failing="Packages of the system could not be installed.", env=quiet)
        if left := _missing(needs):
            raise Blocked(
                f"These packages of the system are still missing: {' '.join(need[-1] for need in left)}"
            )


def _missing(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    names = [name for need in needs for name in need]
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names],
        capture_output=True,
        text=True,
        check=False,  # it fails when one of the names is unknown, which is the normal case
    )
    there = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return tuple(need for need in needs if not there.intersection(need))


def _choose(needs: tuple[Need, ...]) -> list[str]:
    """Pick the name that this release uses, for each need."""
    renamed = [name for need in needs if len(need) > 1 for name in need]
    known: set[str] = set()
    if renamed:
        policy = run(["apt-cache", "policy", *renamed], failing="The list of packages could not be read.")
        blocks = re.findall(r"^(\S+):\n.*\n  Candidate: (\S+)", policy, re.MULTILINE)
        known = {name for name, candidate in blocks if candidate != "(none)"}
    return [next((name for name in need if name in known), need[-1]) for need in needs]


def _privilege() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None
