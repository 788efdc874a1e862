"""The desktop bundle and its .deb: what is inside, that it runs without the checkout, and goes without a trace."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.house import ROOT
from helpers.real_desk import colour_pdf, is_colour, real_desk
from helpers.relay_running import running_relay
from helpers.x11 import RIGHT, two_monitors, wait_for
from PyInstaller.archive.readers import CArchiveReader

pytestmark = [pytest.mark.x11, pytest.mark.timeout(600)]

KEPT = (
    ROOT / ".tools" / "bundle"
)  # building takes a while, so it is built again only when something in it changed
CENTRE = (RIGHT.x + RIGHT.width // 2, RIGHT.y + RIGHT.height // 2)
MADE_OF = (
    "app",
    "relay/contract",
    "relay/__init__.py",
    "resources",
    "packaging/app",
    "packaging/requirements-test.txt",
    "packaging/sbom/app.cdx.json",
)


def fingerprint() -> str:
    total = hashlib.sha256(sys.version.encode())
    for part in MADE_OF:
        place = ROOT / part
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            is_source = file.is_file() and "__pycache__" not in file.parts and "docs" not in file.parts
            if is_source and "samples" not in file.parts:
                total.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def made() -> Path:
    """The folder with the bundle and the .deb, made of what the checkout holds now."""
    stamp, wanted = KEPT / "stamp", fingerprint()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir(parents=True)
        command = [sys.executable, "packaging/app", "--out", str(KEPT), "--compression", "none"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        stamp.write_text(wanted)
    return KEPT


@pytest.fixture(scope="module")
def modules(made: Path) -> set[str]:
    archive = CArchiveReader(str(made / "benchcast" / "benchcast"))
    return set(archive.open_embedded_archive("PYZ.pyz").toc)


def test_of_the_relay_only_the_contract_is_inside(made: Path, modules: set[str]):
    relays = {name for name in modules if name.split(".")[0] == "relay"}
    assert {"relay", "relay.contract", "relay.contract.commands"} <= relays
    assert {name for name in relays if not name.startswith("relay.contract")} == {"relay"}
    others = {name.split(".")[0] for name in modules}
    assert others.isdisjoint(
        {"sqlalchemy", "alembic", "argon2", "jwt", "pypdfium2", "pysqlite3", "uvloop", "PIL"}
    )
    assert others.isdisjoint({"tests", "pytest", "PyInstaller", "hypothesis", "setuptools", "tkinter"})
    # A library that finds one of these imports it at the start of the app, for nothing.
    assert others.isdisjoint({"requests", "urllib3", "multiprocessing", "rich", "greenlet"})
    internal = made / "benchcast" / "_internal"
    assert not (internal / "relay").exists()
    assert not list((internal / "resources").glob("web"))
    assert not list((internal / "resources").glob("samples"))


def test_the_python_part_of_qt_is_compiled_already(made: Path):
    support = made / "benchcast" / "_internal" / "shiboken6" / "files.dir" / "shibokensupport"
    assert (support / "signature" / "loader.pyc").is_file()
    assert not list(support.rglob("*.py"))


def test_what_is_inside_may_be_given_away_and_says_whose_it_is(made: Path):
    bundle = made / "benchcast"
    files = {file.name for file in bundle.rglob("*")}
    assert not [name for name in files if re.match(r"lib(readline|gdbm|gtk-3|Qt6WebEngine)", name)]
    notices = (bundle / "NOTICES.txt").read_text("utf-8")
    for words in (
        "GNU Lesser General Public License",
        "PySide6_Essentials",
        "NanumGothic",
        "aiohttp",
        "libfreetype6",
    ):
        assert words in notices
    assert "see licences/" not in notices, "a package without a word about its licence"
    copyleft = [line for line in notices.splitlines() if re.search(r"\bA?GPL\b", line) and "LGPL" not in line]
    assert copyleft == []
    listed = (bundle / "sbom.cdx.json").read_text("utf-8")
    for name, version in re.findall(r"^  ([\w.-]+) ([\d.]+): ", notices, re.MULTILINE):
        purl = f"pkg:pypi/{re.sub('[-_.]+', '-', name).lower()}@{version}"
        assert f'"{purl}"' in listed or name == "Python", "what is inside and on no bill of materials"
    assert (bundle / "licences" / "benchcast" / "LICENSE").is_file()
    assert (bundle / "licences" / "NanumGothic" / "OFL.txt").is_file()
    assert (bundle / "licences" / "libfreetype6" / "copyright").is_file()


def dpkg(root: Path, *arguments: str) -> str:
    """Run dpkg on a system of its own below `root`, where nothing else is installed."""
    prefix = [] if os.geteuid() == 0 else ["fakeroot"]
    command = [
        *prefix,
        "dpkg",
        f"--root={root}",
        "--force-depends",
        "--force-not-root",
        "--no-triggers",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def system(tmp_path: Path) -> Path:
    root = tmp_path / "system"
    for folder in ("info", "updates", "triggers"):
        (root / "var" / "lib" / "dpkg" / folder).mkdir(parents=True)
    (root / "var" / "lib" / "dpkg" / "status").touch()
    return root


def left_of(root: Path) -> list[str]:
    inside = (file for file in root.rglob("*") if not file.is_dir())
    return sorted(str(file.relative_to(root)) for file in inside if "var/lib/dpkg" not in str(file))


async def test_the_installed_package_is_paired_and_shows_an_order(made: Path, system: Path, tmp_path: Path):
    (package,) = made.glob("benchcast_*.deb")
    dpkg(system, "--install", str(package))
    program = system / "usr" / "bin" / "benchcast"
    async with running_relay(tmp_path / "relay", url_hosts=("127.0.0.1",)) as office:
        await office.add_order("WO-RED", colour_pdf("red"), revision="C")
        await office.add_screen()
        link = (await office.offer())["link"]
        with two_monitors(window_manager=True) as x:
            # A machine without our Python: neither the checkout nor the environment is to be found.
            x.env |= {"PATH": "/usr/bin:/bin", "PYTHONPATH": "/nowhere", "PYTHONHOME": "/nowhere"}
            async with real_desk(
                office, x, tmp_path / "desk", link=link, program=[str(program)], cwd=tmp_path
            ) as process:
                report = await office.trigger(office.body(displayIndex=1, orderId="WO-RED"), wait_ms=20_000)
                assert (report.body["state"], report.body["revision"]) == ("shown", "C"), report.body
                wait_for(lambda: is_colour(x.pixel(*CENTRE), "red"), what="the order on the second monitor")
                loaded = Path(f"/proc/{process.pid}/maps").read_text()
                assert ".venv" not in loaded
                page = office.body(displayIndex=1, url="http://127.0.0.1:9/")
                refused = await office.trigger(page, wait_ms=20_000)
                assert (refused.body["state"], refused.body["code"]) == ("failed", "UNSUPPORTED")


def test_the_package_goes_without_a_trace_and_keeps_what_the_admin_wrote_until_it_is_purged(
    made: Path, system: Path
):
    (package,) = made.glob("benchcast_*.deb")
    told = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Depends: libc6 \(>= 2\.\d+\), .*libxcb-cursor0", told, re.MULTILINE)
    dpkg(system, "--install", str(package))
    link = (system / "usr/share/applications/benchcast-link.desktop").read_text()
    assert "x-scheme-handler/benchcast" in link
    assert (system / "usr/share/icons/hicolor/256x256/apps/benchcast.png").is_file()
    assert (system / "usr/share/doc/benchcast/copyright").is_file()
    settings = system / "etc/benchcast/desk.toml"
    settings.write_text('language = "en"\n')
    dpkg(system, "--install", str(package))  # an update leaves it as it is
    assert settings.read_text() == 'language = "en"\n'
    dpkg(system, "--remove", "benchcast")
    assert left_of(system) == ["etc/benchcast/desk.toml"]
    dpkg(system, "--purge", "benchcast")
    assert left_of(system) == []
