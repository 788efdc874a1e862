"""Windows stay on their monitors, on a real X server whose cables are pulled and swapped: by pixels and geometry."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.edids import make_edid
from helpers.paper_samples import RED, Colour, near, picture
from helpers.stage_desk import StageDesk, stage_desk
from helpers.x11 import wait_for, workers_program
from helpers.x_outputs import Cable, Outputs, Panel, x_outputs

pytestmark = pytest.mark.x11

BENCH = Panel(make_edid("DEL", 0x40F1, 0, name="DELL U2419H", serial="SN1"))
WALL = Panel(make_edid("GSM", 0x5BD3, 0x5A5A77, name="LG 27UL850"))
TWIN = Panel(make_edid("AOC", 0x2402, 0x01010101, name="24B2"))
MUTE = Panel(b"\0" * 128, mode="1024x768")


@pytest.fixture
def desk() -> Iterator[Outputs]:
    with x_outputs([Cable(BENCH, "DUMMY0", primary=True), Cable(WALL, "DUMMY1", x=1280)]) as outputs:
        yield outputs


@pytest.fixture
def stage(desk: Outputs, tmp_path: Path) -> Iterator[StageDesk]:
    with stage_desk(desk.env) as process:
        process.show("image", picture(tmp_path / "a.png", RED), display=1)
        yield process


def covers(desk: Outputs, box: tuple[int, int, int, int]) -> bool:
    """The one document window lies exactly there, and its picture is seen in the middle."""
    windows = desk.windows("Benchcast main")
    if len(windows) != 1 or desk.geometry(windows[0]) != box:
        return False
    return shows(desk, box, RED)


def shows(desk: Outputs, box: tuple[int, int, int, int], colour: Colour) -> bool:
    return near(desk.pixel(box[0] + box[2] // 2, box[1] + box[3] // 2), colour)


def back_on(desk: Outputs, panel: Panel) -> None:
    wait_for(lambda: covers(desk, desk.where(panel)), seconds=8, what="the window to be back on its monitor")


def hidden(desk: Outputs) -> None:
    wait_for(lambda: desk.windows("Benchcast main") == [], seconds=8, what="the window to hide")


def test_swapped_cables_leave_the_document_on_its_monitor(desk: Outputs, stage: StageDesk):
    back_on(desk, WALL)
    wall, bench = desk.cables["DUMMY1"], desk.cables["DUMMY0"]
    desk.pull("DUMMY0", "DUMMY1")
    # The desktop stays as it was by connector, so what hung on the right is on the left now, and the primary one.
    desk.plug_in(replace(bench, panel=WALL), replace(wall, panel=BENCH))
    back_on(desk, WALL)
    assert desk.where(WALL) == (0, 0, 1280, 1024)
    seat = stage.ask("seat")
    assert (seat["wished"], seat["actual"]) == ("LG 27UL850/005A5A77", "LG 27UL850/005A5A77")


def test_a_monitor_is_found_on_another_connector_at_another_place(desk: Outputs, stage: StageDesk):
    desk.pull("DUMMY1")
    hidden(desk)
    desk.change("DUMMY0", x=1280)
    desk.plug_in(Cable(WALL, "DUMMY3", x=0))
    back_on(desk, WALL)
    # And a wish by its id finds it there.
    assert "shown_ms" in stage.ask("move", display_id="LG 27UL850/005A5A77")


def test_resolution_and_primary_changes_leave_the_document_on_its_monitor(desk: Outputs, stage: StageDesk):
    desk.change("DUMMY1", mode="1280x720")
    back_on(desk, WALL)
    desk.change("DUMMY1", primary=True)
    wait_for(lambda: stage.ask("displays")["displays"][0][0] == "LG 27UL850/005A5A77", what="the new primary")
    back_on(desk, WALL)
    desk.change("DUMMY0", primary=True, mode="1024x768")
    desk.change("DUMMY1", x=1024, primary=False)
    back_on(desk, WALL)


def test_the_main_screen_is_untouched_while_the_monitor_is_away_and_the_focus_stays(
    desk: Outputs, stage: StageDesk
):
    with workers_program(desk) as worker:
        for turn in range(2):
            desk.pull("DUMMY1")
            hidden(desk)
            assert stage.ask("seat")["actual"] is None
            assert not shows(desk, (0, 0, 1280, 1024), RED)
            desk.plug_in(Cable(WALL, "DUMMY1", x=1280))
            back_on(desk, WALL)
            assert desk.focus() == worker.window
            assert worker.type(f"WO-{turn}") == f"WO-{turn}"


def test_a_stranger_on_the_same_cable_does_not_get_the_document(desk: Outputs, stage: StageDesk):
    desk.pull("DUMMY1")
    hidden(desk)
    desk.plug_in(Cable(TWIN, "DUMMY1", x=1280))
    wait_for(lambda: stage.ask("doubts")["doubts"], what="the question whether it is the successor")
    assert desk.windows("Benchcast main") == []
    ((asked, (candidate,), present),) = stage.ask("doubts")["doubts"]
    assert (asked, present) == ("LG 27UL850/005A5A77", False)
    stage.ask("answer", display=asked, chosen=candidate)
    back_on(desk, TWIN)


def test_twins_keep_their_documents_and_new_connectors_are_asked_about(tmp_path: Path):
    left, right = Cable(TWIN, "DUMMY0", primary=True), Cable(TWIN, "DUMMY1", x=1280)
    with x_outputs([left, right]) as desk, stage_desk(desk.env) as stage:
        stage.show("image", picture(tmp_path / "a.png", RED), display=1)
        wait_for(lambda: covers(desk, (1280, 0, 1280, 1024)), what="the document")
        mine = stage.ask("seat")["actual"]
        # The twin that stays is the worker's own screen, though it says the same of itself.
        desk.pull("DUMMY1")
        hidden(desk)
        desk.plug_in(right)
        wait_for(lambda: covers(desk, (1280, 0, 1280, 1024)), what="the document on the same twin")
        assert stage.ask("doubts")["doubts"] == []
        # A dock that names its connectors anew: the place decides until somebody says otherwise.
        desk.pull("DUMMY1")
        hidden(desk)
        desk.plug_in(replace(left, output="DUMMY2", primary=True), replace(right, output="DUMMY3"))
        desk.pull("DUMMY0")
        wait_for(lambda: covers(desk, (1280, 0, 1280, 1024)), what="the document at its place")
        doubts = {asked: candidates for asked, candidates, _ in stage.ask("doubts")["doubts"]}
        other = next(each for each in doubts[mine] if each != mine)
        stage.ask("answer", display=mine, chosen=other)
        wait_for(lambda: covers(desk, (0, 0, 1280, 1024)), what="the document where it was said to belong")
        assert stage.ask("doubts")["doubts"] == []


def test_a_fallback_of_the_admin_is_used_while_the_monitor_is_away_and_left_when_it_returns(tmp_path: Path):
    cables = [
        Cable(BENCH, "DUMMY0", primary=True),
        Cable(WALL, "DUMMY1", x=1280),
        Cable(MUTE, "DUMMY2", x=2560),
    ]
    with x_outputs(cables) as desk, stage_desk(desk.env) as stage:
        stage.ask("rule", missing="DUMMY2")
        stage.show("image", picture(tmp_path / "a.png", RED), display=1)
        back_on(desk, WALL)
        desk.pull("DUMMY1")
        wait_for(lambda: covers(desk, (2560, 0, 1024, 768)), what="the document on the substitute")
        assert stage.ask("seat")["wished"] == "LG 27UL850/005A5A77"
        assert stage.ask("seat")["actual"] == "DUMMY2"
        desk.plug_in(cables[1])
        back_on(desk, WALL)


def test_a_document_has_no_entry_in_the_taskbar_also_when_it_has_come_back(desk: Outputs, stage: StageDesk):
    def states() -> str:
        (window,) = desk.windows("Benchcast main")
        return desk.run("xprop", "-id", window, "_NET_WM_STATE")

    for _ in range(2):
        back_on(desk, WALL)
        wait_for(lambda: "_NET_WM_STATE_FULLSCREEN" in states(), what="full screen")
        assert "_NET_WM_STATE_SKIP_TASKBAR" in states()
        assert "_NET_WM_STATE_SKIP_PAGER" in states()
        desk.pull("DUMMY1")
        hidden(desk)
        desk.plug_in(Cable(WALL, "DUMMY1", x=1280))


def test_a_window_that_somebody_made_small_or_moved_away_is_put_back(desk: Outputs, stage: StageDesk):
    (window,) = desk.windows("Benchcast main")
    desk.run("xdotool", "windowminimize", window)
    back_on(desk, WALL)
    desk.run("xdotool", "windowmove", window, "0", "0")
    desk.run("xdotool", "windowsize", window, "600", "400")
    back_on(desk, WALL)


def test_a_scaled_monitor_that_returns_is_covered_to_the_last_pixel(desk: Outputs, tmp_path: Path):
    desk.env["QT_SCREEN_SCALE_FACTORS"] = "DUMMY0=1;DUMMY1=1.5;DUMMY2=1.5"
    with stage_desk(desk.env) as stage:
        stage.show("image", picture(tmp_path / "a.png", RED), display=1)
        back_on(desk, WALL)
        desk.pull("DUMMY1")
        hidden(desk)
        desk.plug_in(Cable(WALL, "DUMMY2", x=1280))
        back_on(desk, WALL)


def test_pressing_long_enough_asks_to_close_and_nothing_shorter_does(desk: Outputs, stage: StageDesk):
    def events() -> list[str]:
        stage.ask("displays")
        return [event for event in stage.events if event.startswith("held")]

    with workers_program(desk) as worker:
        desk.run("xdotool", "mousemove", "1900", "500", "click", "1", "mousedown", "1")
        desk.run("xdotool", "sleep", "1", "mousemove", "2100", "500", "sleep", "1.5", "mouseup", "1")
        assert events() == [], "neither a tap nor a swipe"
        desk.run("xdotool", "mousemove", "1900", "500", "mousedown", "1", "mousemove", "1905", "503")
        wait_for(
            lambda: near(desk.pixel(1730, 560), (20, 23, 27), 40), what="the ring's ground around the finger"
        )
        stage.wait_for_event("held main")
        desk.run("xdotool", "mouseup", "1")
        assert desk.focus() == worker.window
