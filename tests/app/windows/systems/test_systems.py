"""What each system is asked: here Linux, with a real X server, a real session bus, and a kernel's folder of paper."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.edids import make_edid
from helpers.x11 import Desk, child, two_monitors, wait_for

from app.windows.systems import on_windows
from app.windows.systems.on_wayland import read_panels as read_kernels
from app.windows.systems.panels import Panel, panel_of, panel_reader

ROOT = Path(__file__).resolve().parents[4]
EDID = make_edid("DEL", 1, 2, name="DELL")
HOLD = """
import sys
sys.path.insert(0, sys.argv[1])
from app.windows.systems.on_x11 import ScreenSaverOff
hold = ScreenSaverOff()
print("held", flush=True)
sys.stdin.readline()
hold.close()
print("let go", flush=True)
sys.stdin.readline()
"""
# MIT-SCREEN-SAVER QueryInfo: is it on?
STATE = """
import struct, sys
sys.path.insert(0, sys.argv[1])
from app.windows.systems.x_line import XLine
line = XLine()
line.ask(0, struct.pack("<BBxx", 1, 1), extension="MIT-SCREEN-SAVER")
print(line.ask(1, struct.pack("<I", line.root), extension="MIT-SCREEN-SAVER")[1])
"""
SAVER = """
import sys
from jeepney import HeaderFields, MessageType, new_error, new_method_return, message_bus
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection(sys.argv[1])
bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.ScreenSaver"))
rule = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
bus.send_and_get_reply(message_bus.AddMatch(rule))
print("ready", flush=True)
holder = None
while True:
    message = bus.receive()
    fields = message.header.fields
    if message.header.message_type is MessageType.method_call:
        holder = fields[HeaderFields.sender]
        print("inhibit", *message.body, flush=True)
        bus.send(new_method_return(message, "u", (7,)))
    elif fields.get(HeaderFields.member) == "NameOwnerChanged" and message.body[0] == holder and not message.body[2]:
        print("gone", flush=True)
"""


@pytest.fixture
def x() -> Iterator[Desk]:
    with two_monitors(window_manager=False) as desk:
        yield desk


@pytest.mark.x11
def test_the_x_servers_screen_saver_stays_off_until_it_is_let_go(x: Desk):
    def is_on() -> bool:
        return x.run(sys.executable, "-c", STATE, str(ROOT)) == "1"

    x.run("xset", "s", "1")
    wait_for(is_on, what="the screen saver")
    x.run("xset", "s", "reset")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with child([sys.executable, "-c", HOLD, str(ROOT)], env=x.env, **pipes) as holder:
        assert holder.stdout.readline() == b"held\n"  # type: ignore[union-attr]
        x.run("xset", "s", "reset")
        x.run("sleep", "1.6")
        assert not is_on()
        holder.stdin.write(b"\n")  # type: ignore[union-attr]
        holder.stdin.flush()  # type: ignore[union-attr]
        assert holder.stdout.readline() == b"let go\n"  # type: ignore[union-attr]
        wait_for(is_on, what="the screen saver to come again")


def test_the_session_is_asked_to_stay_awake_and_forgets_it_with_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from app.windows.systems.on_linux import NotInhibited, SessionInhibition

    address = f"unix:path={tmp_path / 'bus'}"
    with child(
        ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"],
        stdout=subprocess.PIPE,
    ) as bus:
        assert bus.stdout is not None
        bus.stdout.readline()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        with pytest.raises(NotInhibited, match="ScreenSaver"):
            SessionInhibition("Benchcast", "작업지시서")
        with child([sys.executable, "-c", SAVER, address], stdout=subprocess.PIPE) as saver:
            assert saver.stdout is not None
            assert saver.stdout.readline() == b"ready\n"
            hold = SessionInhibition("Benchcast", "작업지시서")
            assert saver.stdout.readline().decode() == "inhibit Benchcast 작업지시서\n"
            hold.close()
            assert saver.stdout.readline() == b"gone\n"


@pytest.mark.parametrize("address", ["disabled:", "unix:path=/nowhere/bus", "nonsense", "tcp:host=x,port=1"])
def test_without_a_session_bus_it_is_said_and_nothing_breaks(address: str, monkeypatch: pytest.MonkeyPatch):
    from app.windows.systems.on_linux import NotInhibited, SessionInhibition

    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    with pytest.raises(NotInhibited):
        SessionInhibition("Benchcast", "x")


def test_the_kernel_tells_the_connected_panels_by_connector(tmp_path: Path):
    for name, status, edid in (
        ("card0-DP-1", "connected", EDID),
        ("card1-HDMI-A-2", "disconnected", b""),
        ("card0", None, b""),
    ):
        folder = tmp_path / name
        folder.mkdir()
        if status is not None:
            (folder / "status").write_text(f"{status}\n")
            (folder / "edid").write_bytes(edid)
    assert read_kernels(tmp_path) == (Panel(connector="DP-1", edid=EDID),)
    assert read_kernels(tmp_path / "nowhere") == ()


def test_a_panel_belongs_to_the_monitor_of_its_name_else_to_the_one_at_its_place():
    twins = [Panel(connector="A", x=0, y=0), Panel(connector="B", x=9, y=0)]
    assert panel_of(twins, "B", 0, 0) == twins[1]
    assert panel_of(twins, "Generic PnP Monitor", 9, 0) == twins[1]
    assert panel_of([twins[0], twins[0]], "?", 0, 0) is None, "mirrored: nobody can tell"


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="this is about running elsewhere")
def test_the_readers_of_other_systems_say_nothing_here_and_no_platform_is_an_error():
    assert [panel_reader(name)() for name in ("offscreen", "minimal", "windows", "cocoa")] == [()] * 4


def test_windows_structures_have_the_sizes_of_wingdi_h_and_the_registry_key_is_found():
    import ctypes

    assert (ctypes.sizeof(on_windows._Path), ctypes.sizeof(on_windows._Mode)) == (72, 64)
    path = r"\\?\DISPLAY#DEL40F1#5&2e3d4a&0&UID4353#{e6f07b5f-ee97-4a90-b076-33f57bf4eaa7}"
    assert on_windows.registry_key(path) == (
        r"SYSTEM\CurrentControlSet\Enum\DISPLAY\DEL40F1\5&2e3d4a&0&UID4353\Device Parameters"
    )
    assert on_windows.registry_key("") == ""


def test_a_line_to_an_x_server_that_is_not_there_is_an_answer_and_no_end(monkeypatch: pytest.MonkeyPatch):
    from app.windows.systems import on_x11

    monkeypatch.setitem(os.environ, "DISPLAY", ":9999")
    monkeypatch.setattr(on_x11, "_line", None)
    assert on_x11.read_panels() == ()
    on_x11.leave_taskbar(1)
