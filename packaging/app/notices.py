"""Collects the licences of everything in the bundle, from what its own packages bring along."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
_HEAD = """Benchcast is licensed under the Apache License 2.0 (licences/benchcast). It comes with the works of others:

"""
_QT = """
Qt and PySide6 are used under the GNU Lesser General Public License, version 3. They lie in this bundle as shared
libraries of their own, unchanged, under _internal/PySide6: you may replace them with your own builds of the same
version, and the program will use those. Their source is what The Qt Company publishes for the version named above, at
https://download.qt.io/official_releases/QtForPython and https://download.qt.io/official_releases/qt. The text of the
LGPL and of the licences of what Qt itself contains (Chromium's among them, where Qt WebEngine is in the bundle) is
below licences/ and on https://doc.qt.io/qt-6/licensing.html.
"""
_TEXTS = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)


def bundled_distributions(*, web: bool) -> list[metadata.Distribution]:
    """List the packages that the desktop app needs at run time, with those that they need in turn."""
    wanted: dict[str, metadata.Distribution] = {}
    # The serial port is in Qt's addons.
    open_ = [Requirement(f"benchcast[desktop{',web' if web else ''}]"), Requirement("pyside6-addons")]
    seen: set[str] = set()
    while open_:
        requirement = open_.pop()
        key = f"{_key(requirement.name)}[{','.join(sorted(requirement.extras))}]"
        if key in seen:
            continue
        seen.add(key)
        try:
            found = metadata.distribution(requirement.name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        wanted[_key(requirement.name)] = found
        for line in found.requires or ():
            needed = Requirement(line)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                open_.append(needed)
    return [wanted[name] for name in sorted(wanted) if name != "benchcast"]


def write_notices(bundle: Path, *, web: bool, sources: Path) -> None:
    """Write NOTICES.txt and the folder `licences` into the bundle.

    `sources` is a JSON file that names where each of the system's libraries in it came from.
    """
    texts = bundle / "licences"
    shutil.rmtree(texts, ignore_errors=True)
    _keep([ROOT / "LICENSE"], texts / "benchcast")
    _keep([ROOT / "resources" / "fonts" / "OFL.txt"], texts / "NanumGothic")
    lines = [_HEAD, _line("Python", sys.version.split()[0], "PSF-2.0")]
    python = [Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"]
    _keep([file for file in python if file.is_file()][:1], texts / "python")
    lines.append(_line("NanumGothic (font)", "", "OFL-1.1"))
    for distribution in bundled_distributions(web=web):
        name = distribution.metadata["Name"]
        lines.append(_line(name, distribution.version, _licence_of(distribution)))
        files = [
            Path(str(distribution.locate_file(file)))
            for file in distribution.files or ()
            if _TEXTS.search(file.name) and file.suffix not in {".py", ".pyc"}
        ]
        _keep(files, texts / _key(name))
    lines.append(_QT)
    lines += _system_libraries(sources, texts)
    (bundle / "NOTICES.txt").write_text("".join(lines), "utf-8")


def _system_libraries(sources: Path, texts: Path) -> list[str]:
    """Name the libraries of the system that were put in (Debian's and Ubuntu's, which know their licences)."""
    if shutil.which("dpkg-query") is None or not sources.is_file():
        return []
    files: dict[str, str] = json.loads(sources.read_text("utf-8"))
    found: dict[str, set[str]] = {}
    # The same file is known by its name before and after /lib became /usr/lib.
    names = {
        name for file in files.values() for name in (file, file.removeprefix("/usr"), os.path.realpath(file))
    }
    asked = subprocess.run(["dpkg-query", "-S", *sorted(names)], capture_output=True, text=True, check=False)
    for line in asked.stdout.splitlines():
        package, _, path = line.partition(": ")
        found.setdefault(package.partition(":")[0], set()).add(Path(path).name)
    if not found:
        return []
    lines = ["\nLibraries of the system that this was built on:\n\n"]
    for package in sorted(found):
        lines.append(f"  {package}: {', '.join(sorted(found[package]))}\n")
        _keep([Path("/usr/share/doc") / package / "copyright"], texts / package)
    return lines


def _keep(files: Iterable[Path], folder: Path) -> None:
    for file in files:
        if file.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, folder / file.name)


def _line(name: str, version: str, licence: str) -> str:
    return f"  {f'{name} {version}'.strip()}: {licence}\n"


def _licence_of(distribution: metadata.Distribution) -> str:
    told = distribution.metadata
    for name in ("License-Expression", "License"):
        words = told.get_all(name) or []
        if words and "\n" not in words[0].strip():
            return str(words[0])
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    return ", ".join(classified) or "see licences/"


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
