"""Starting at login and opening links: the files that each desktop reads, and that they start what they should."""

import os
import plistlib
import re
import stat
import sys
from pathlib import Path

import pytest

from app.machine.autostart import AutostartFile, LaunchAgent, open_autostart
from app.machine.desktop_entry import exec_line, read_entry
from app.machine.link_scheme import register_scheme
from app.machine.program import own_command, without_pairing

STRANGE = ("/opt/Bench cast/ben$ch", 'say "hi"', "100 %", "back\\slash")


def unquoted(value: str) -> list[str]:
    """Read an Exec value as a desktop does: the file's escapes first, then the quotes, then the field codes."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', value.replace("\\\\", "\\"))
    return [(re.sub(r"\\(.)", r"\1", quoted) or plain).replace("%%", "%") for quoted, plain in words]


def test_the_app_starts_at_login_only_while_it_is_switched_on(tmp_path: Path) -> None:
    autostart = AutostartFile(("/usr/bin/benchcast",), tmp_path / "autostart")
    assert not autostart.is_on()
    autostart.switch(on=True)
    assert autostart.is_on()
    assert read_entry(autostart.file.read_text("utf-8"))["Exec"] == "/usr/bin/benchcast"
    autostart.file.write_text(autostart.file.read_text("utf-8") + "Hidden=true\n", "utf-8")
    assert not autostart.is_on(), "a desktop's own settings switch it off with Hidden"
    autostart.switch(on=True)
    autostart.switch(on=False)
    autostart.switch(on=False)
    assert not autostart.is_on()
    assert list((tmp_path / "autostart").iterdir()) == []


def test_a_command_with_strange_signs_is_started_as_it_is() -> None:
    assert unquoted(exec_line(STRANGE)) == list(STRANGE)


def test_a_mac_reads_the_command_from_a_property_list(tmp_path: Path) -> None:
    autostart = LaunchAgent(
        ("/Applications/Benchcast.app/Contents/MacOS/benchcast",), tmp_path / "LaunchAgents"
    )
    assert not autostart.is_on()
    autostart.switch(on=True)
    assert autostart.is_on()
    content = plistlib.loads(autostart.file.read_bytes())
    assert content["ProgramArguments"] == ["/Applications/Benchcast.app/Contents/MacOS/benchcast"]
    autostart.file.write_bytes(b"no list")
    assert not autostart.is_on()
    autostart.switch(on=False)
    assert not autostart.file.exists()


def test_linux_keeps_it_where_the_desktop_looks(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    open_autostart(("benchcast",), platform="linux").switch(on=True)
    assert (tmp_path / "autostart" / "benchcast.desktop").is_file()


@pytest.fixture
def xdg_mime(tmp_path: Path, monkeypatch) -> Path:
    """A desktop's own program, which writes down what it was asked."""
    asked = tmp_path / "asked"
    program = tmp_path / "bin" / "xdg-mime"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return asked


def test_links_of_ours_open_the_app_and_are_registered_once(tmp_path: Path, xdg_mime: Path) -> None:
    assert register_scheme(("/opt/benchcast",), platform="linux")
    values = read_entry((tmp_path / "share" / "applications" / "benchcast-link.desktop").read_text("utf-8"))
    assert values["Exec"] == "/opt/benchcast --pair %u"
    assert values["MimeType"] == "x-scheme-handler/benchcast;"
    assert xdg_mime.read_text() == "default benchcast-link.desktop x-scheme-handler/benchcast\n"
    assert not register_scheme(("/opt/benchcast",), platform="linux")
    assert register_scheme(("/opt/newer/benchcast",), platform="linux"), "the app has moved"


def test_a_mac_bundle_has_said_it_in_its_own_list() -> None:
    assert not register_scheme(("/opt/benchcast",), platform="darwin")


def test_the_command_is_the_bundle_or_the_installed_one_or_the_module(tmp_path: Path) -> None:
    python = tmp_path / "python"
    assert own_command(str(python), frozen=False) == (str(python), "-m", "app")
    assert own_command(str(python), frozen=True) == (str(python),)
    (tmp_path / "benchcast").touch()
    assert own_command(str(python), frozen=False) == (str(tmp_path / "benchcast"),)
    assert own_command(sys.executable)


def test_a_used_pairing_link_is_not_given_on() -> None:
    arguments = ["--data", "/d", "--pair", "https://x/api/pair#token=S", "--pair=y", "--language", "ko"]
    assert without_pairing(arguments) == ["--data", "/d", "--language", "ko"]
