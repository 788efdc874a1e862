"""Makes a .deb of the bundle: no script runs at its installation, and nothing stays behind when it is purged."""

from __future__ import annotations

import gzip
import importlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from bundle import HERE, ROOT, BuildFailed, size_of, version

ICONS = (16, 32, 48, 128, 256)
_MAINTAINER = "Benchcast <benchcast@localhost>"
_DESCRIPTION = """shows the scanned work order on a workbench's second monitor
 The desktop app of Benchcast: it is paired with a relay, shows the document of
 the order that was scanned full-screen on the chosen monitor, and reports when
 it was painted there. Korean and English."""


def build_package(bundle: Path, out: Path, *, web: bool, compression: str = "xz") -> Path:
    """Pack the bundle and return the .deb. Raises BuildFailed."""
    if shutil.which("dpkg-deb") is None:
        raise BuildFailed("dpkg-deb is missing: a .deb can be made on Debian and Ubuntu.")
    name = "benchcast-web" if web else "benchcast"
    tree = out / f"tree-{name}"
    shutil.rmtree(tree, ignore_errors=True)
    _lay_out(bundle, tree)
    _write_control(tree, name, web=web)
    package = out / f"{name}_{version()}_{_architecture()}.deb"
    command = ["dpkg-deb", "--build", "--root-owner-group", f"-Z{compression}", str(tree), str(package)]
    if compression in {"gzip", "zstd"}:
        command.insert(3, "-z1")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"dpkg-deb said: {done.stderr.strip()}")
    shutil.rmtree(tree)
    return package


def depends(*, web: bool) -> str:
    """List what the bundle needs from the system, as in packaging/bootstrap/system.py, by either name of a package."""
    sys.path.insert(0, str(ROOT / "packaging" / "bootstrap"))
    system = importlib.import_module("system")
    needs: tuple[tuple[str, ...], ...] = (*system.QT, *system.QT_WEB_PAGES) if web else system.QT
    # It needs the C library of the system that it was built on, or a later one.
    libc = f"libc6 (>= {platform.libc_ver()[1]})"
    return ", ".join([libc, *(" | ".join(need) for need in needs)])


def _lay_out(bundle: Path, tree: Path) -> None:
    shutil.copytree(bundle, tree / "usr" / "lib" / "benchcast", symlinks=True, copy_function=_link_or_copy)
    for file in (tree / "usr" / "lib" / "benchcast").rglob("*"):
        if not file.is_symlink():
            wanted = 0o755 if file.is_dir() or file.name in {"benchcast", "QtWebEngineProcess"} else 0o644
            file.chmod(wanted)
    program = tree / "usr" / "bin" / "benchcast"
    program.parent.mkdir(parents=True)
    program.symlink_to("../lib/benchcast/benchcast")
    linux = HERE / "linux"
    _put(linux / "desk.toml", tree / "etc" / "benchcast" / "desk.toml")
    for name in ("benchcast.desktop", "benchcast-link.desktop"):
        _put(linux / name, tree / "usr" / "share" / "applications" / name)
    icons = tree / "usr" / "share" / "icons" / "hicolor"
    for size in ICONS:
        _put(
            ROOT / "resources" / "icons" / f"benchcast-{size}.png",
            icons / f"{size}x{size}" / "apps" / "benchcast.png",
        )
    _put(ROOT / "resources" / "icons" / "benchcast.svg", icons / "scalable" / "apps" / "benchcast.svg")
    _zip(linux / "benchcast.1", tree / "usr" / "share" / "man" / "man1" / "benchcast.1.gz")
    doc = (
        tree / "usr" / "share" / "doc" / ("benchcast-web" if bundle.name == "benchcast-web" else "benchcast")
    )
    _put(bundle / "NOTICES.txt", doc / "copyright")
    _put(linux / "lintian-overrides", tree / "usr" / "share" / "lintian" / "overrides" / doc.name)
    _zip(ROOT / "CHANGELOG.md", doc / "changelog.gz")


def _write_control(tree: Path, name: str, *, web: bool) -> None:
    control = tree / "DEBIAN"
    control.mkdir()
    other = "benchcast" if web else "benchcast-web"
    fields = {
        "Package": name,
        "Version": version(),
        "Section": "misc",
        "Priority": "optional",
        "Architecture": _architecture(),
        "Installed-Size": str(-(-size_of(tree) // 1024)),
        "Maintainer": _MAINTAINER,
        "Depends": depends(web=web),
        "Recommends": "gnome-keyring | kwalletmanager, xdg-utils",
        "Conflicts": other,
        "Replaces": other,
        "Description": _DESCRIPTION,
    }
    (control / "control").write_text("".join(f"{key}: {value}\n" for key, value in fields.items()), "utf-8")
    (control / "conffiles").write_text("/etc/benchcast/desk.toml\n", "utf-8")


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


def _zip(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(source.read_bytes(), 9, mtime=0))
    target.chmod(0o644)


def _link_or_copy(source: str, target: str) -> None:
    shutil.copy2(source, target, follow_symlinks=False)


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
