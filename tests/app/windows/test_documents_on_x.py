"""Document windows on a real X server with two monitors, judged from outside: pixels, geometry, focus."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from helpers.paper_samples import BLUE, GREEN, RED, WHITE, YELLOW, Colour, drawing, near, pdf, picture
from helpers.stage_desk import StageDesk, content, stage_desk
from helpers.x11 import LEFT, RIGHT, Desk, Monitor, two_monitors, wait_for, workers_program, x_display
from PIL import Image

pytestmark = pytest.mark.x11

MIDDLE = (RIGHT.x + RIGHT.width // 2, RIGHT.height // 2)
CAPTION = (20, 23, 27)


@pytest.fixture(params=[True, False], ids=["openbox", "no-window-manager"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with two_monitors(window_manager=request.param) as display:
        yield display


@pytest.fixture
def plain_desk() -> Iterator[Desk]:
    with two_monitors(window_manager=True) as display:
        yield display


@pytest.fixture
def stage(desk: Desk) -> Iterator[StageDesk]:
    with stage_desk(desk.env) as process:
        yield process


def shows(desk: Desk, colour: Colour, at: tuple[int, int] = MIDDLE) -> bool:
    return near(desk.pixel(*at), colour)


def only_window(desk: Desk) -> tuple[int, int, int, int]:
    (window,) = desk.windows("Benchcast")
    return desk.geometry(window)


def is_black(picture_: Image.Image) -> bool:
    return picture_.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_the_second_monitor_is_covered_exactly_and_the_first_is_untouched(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    with workers_program(desk):
        before = wait_for_stillness(desk, LEFT)
        stage.show("pdf", pdf(tmp_path / "a.pdf", [RED], size=(1920, 1048)))
        assert only_window(desk) == (1280, 0, 1920, 1080)
        picture_ = desk.shot_of(RIGHT)
        assert near(picture_.getpixel((960, 540)), RED)
        assert near(picture_.getpixel((0, 0)), WHITE)
        assert near(picture_.getpixel((1919, 0)), RED)
        assert near(picture_.getpixel((0, 1040)), RED)
        assert near(picture_.getpixel((1919, 1079)), CAPTION)
        assert near(picture_.getpixel((0, 1079)), CAPTION)
        assert desk.shot_of(LEFT).tobytes() == before.tobytes()


def wait_for_stillness(desk: Desk, monitor: Monitor) -> Image.Image:
    """A text cursor blinks; take a picture that has no cursor only if it stays equal for two in a row."""
    desk.run("xdotool", "mousemove", "5", "5")
    seen = [desk.shot_of(monitor)]

    def same_again() -> bool:
        seen.append(desk.shot_of(monitor))
        return seen[-1].tobytes() == seen[-2].tobytes() and not is_black(seen[-1])

    wait_for(same_again, what="the picture to stay as it is")
    return seen[-1]


MAKERS = {
    "a.pdf": lambda path: pdf(path, [RED]),
    "a.png": lambda path: picture(path, RED),
    "a.jpg": lambda path: picture(path, RED),
    "a.svg": lambda path: drawing(path, RED),
}


def test_every_kind_of_paper_is_on_the_monitor_when_the_window_says_so(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    for name, make in MAKERS.items():
        path = make(tmp_path / name)
        said = stage.show("pdf" if name == "a.pdf" else "image", path)
        seen = desk.shot_of(RIGHT)
        # 4:3 in the 1920 x 1048 above the caption: 1397 wide, from 261.
        assert near(seen.getpixel((960, 500)), RED), name
        assert near(seen.getpixel((270, 8)), WHITE), name
        assert near(seen.getpixel((1650, 1040)), RED), name
        assert near(seen.getpixel((200, 500)), (35, 39, 46)), name
        assert said["pages"] == (1 if name == "a.pdf" else None)
        stage.show("pdf", pdf(tmp_path / "between.pdf", [GREEN]))


def test_the_answer_is_never_earlier_than_the_picture(desk: Desk, stage: StageDesk, tmp_path: Path):
    colours = [RED, GREEN, BLUE, YELLOW]
    path = pdf(tmp_path / "a.pdf", colours)
    for turn in range(24):
        stage.show("pdf", path, view={"page": turn % 4 + 1})
        assert shows(desk, colours[turn % 4]), turn


def test_the_focus_never_moves_and_every_key_reaches_the_workers_program(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    paths = [pdf(tmp_path / "a.pdf", [RED, BLUE]), picture(tmp_path / "b.png")]
    with workers_program(desk) as worker:
        for turn in range(20):
            if turn % 2:
                stage.show("image", paths[1])
            else:
                stage.show("pdf", paths[0], view={"page": turn % 4 // 2 + 1})
            assert desk.focus() == worker.window, turn
            assert worker.type(f"WO-{turn}") == f"WO-{turn}"
        stage.ask("move", display=0)
        stage.ask("move", display=1)
        stage.ask("close")
        stage.show("image", paths[1])
        assert desk.focus() == worker.window
        assert worker.type("still here") == "still here"


def test_the_window_managers_active_window_stays_the_workers(plain_desk: Desk, tmp_path: Path):
    with stage_desk(plain_desk.env) as stage, workers_program(plain_desk) as worker:
        plain_desk.run("xdotool", "windowactivate", "--sync", worker.window)
        stage.show("pdf", pdf(tmp_path / "a.pdf"))
        stage.show("image", picture(tmp_path / "a.png"))
        assert plain_desk.active_window() == worker.window


def test_a_document_goes_to_the_monitor_that_was_named_and_moves_when_told(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    stage.show("pdf", pdf(tmp_path / "a.pdf"), display=0)
    assert only_window(desk) == (0, 0, 1280, 1024)
    assert is_black(desk.shot_of(RIGHT))
    stage.ask("move", display_id="RIGHT")
    assert only_window(desk) == (1280, 0, 1920, 1080)
    assert shows(desk, RED)
    assert is_black(desk.shot_of(LEFT))
    stage.show("pdf", pdf(tmp_path / "b.pdf", [BLUE]), display=0)
    assert only_window(desk) == (0, 0, 1280, 1024)
    assert shows(desk, BLUE, (640, 500))


def test_fit_width_shows_the_top_of_the_page_and_zoom_and_rotation_are_seen(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    stage.show("pdf", pdf(tmp_path / "tall.pdf", [RED, BLUE], size=(300, 600)), view={"fit": "width"})
    seen = desk.shot_of(RIGHT)
    assert near(seen.getpixel((3, 3)), WHITE)
    assert near(seen.getpixel((1916, 1040)), RED)
    stage.ask("view", view={"page": 2})
    assert shows(desk, BLUE, (RIGHT.x + 1916, 1040))
    stage.ask("view", view={"fit": "page"})
    assert near(desk.pixel(RIGHT.x + 300, 500), (35, 39, 46))
    stage.ask("view", view={"rotate": 90})
    seen = desk.shot_of(RIGHT)
    assert near(seen.getpixel((1910, 100)), WHITE), (
        "a quarter clockwise brings the top left corner to the top right"
    )
    assert near(seen.getpixel((100, 520)), BLUE)


def test_the_old_document_stays_until_the_new_one_is_ready(desk: Desk, stage: StageDesk, tmp_path: Path):
    stage.show("pdf", pdf(tmp_path / "old.pdf", [RED]))
    slow = slow_picture(tmp_path)
    number = stage.begin("turn_to", content=content("image", slow.path), display=1)
    slow.wait_until_opened()
    assert shows(desk, RED)
    assert not stage.has_answered(number)
    slow.arrive(picture(tmp_path / "new.png", GREEN))
    assert "shown_ms" in stage.answer(number)
    assert shows(desk, GREEN)


class SlowFile:
    """A file whose bytes come when the test says so: a named pipe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._opened = threading.Event()
        self._bytes: list[bytes] = []
        self._here = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def wait_until_opened(self) -> None:
        assert self._opened.wait(10), "nobody opened the file"

    def arrive(self, real: Path) -> None:
        self._bytes.append(real.read_bytes())
        self._here.set()

    def _serve(self) -> None:
        # Opening waits for a reader; one that had to wait too long is gone when the bytes come.
        with suppress(BrokenPipeError), self.path.open("wb") as pipe:
            self._opened.set()
            self._here.wait(60)
            pipe.write(self._bytes[0])


def slow_picture(folder: Path) -> SlowFile:
    return SlowFile(folder / "slow.png")


def test_a_newer_document_wins_over_one_that_is_still_loading(desk: Desk, stage: StageDesk, tmp_path: Path):
    stage.show("pdf", pdf(tmp_path / "old.pdf", [RED]))
    slow = slow_picture(tmp_path)
    older = stage.begin("turn_to", content=content("image", slow.path), display=1)
    slow.wait_until_opened()
    newer = stage.begin("turn_to", content=content("pdf", pdf(tmp_path / "new.pdf", [BLUE])), display=1)
    assert stage.answer(older)["code"] == "SUPERSEDED"
    assert "shown_ms" in stage.answer(newer)
    slow.arrive(picture(tmp_path / "late.png", GREEN))
    assert shows(desk, BLUE)


def test_a_document_that_never_loads_is_given_up_and_the_old_one_stays(desk: Desk, tmp_path: Path):
    with stage_desk(desk.env, patience=4) as stage:
        stage.show("pdf", pdf(tmp_path / "old.pdf", [RED]))
        slow = slow_picture(tmp_path)
        said = stage.show("image", slow.path)
        assert (said["code"], said["values"]["what"]) == ("DOCUMENT_UNREADABLE", "stage.what.slow")
        assert shows(desk, RED)
        slow.arrive(picture(tmp_path / "late.png", GREEN))
        assert "shown_ms" in stage.show("pdf", pdf(tmp_path / "next.pdf", [BLUE]))
        assert shows(desk, BLUE)


def test_a_broken_document_and_a_page_too_many_leave_the_old_one_visible(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    stage.show("pdf", pdf(tmp_path / "old.pdf", [RED]))
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nothing more")
    assert stage.show("pdf", tmp_path / "bad.pdf")["code"] == "DOCUMENT_UNREADABLE"
    assert stage.show("image", tmp_path / "none.png")["code"] == "DOCUMENT_UNREADABLE"
    assert stage.show("pdf", tmp_path / "old.pdf", view={"page": 2})["code"] == "VALIDATION_ERROR"
    assert stage.ask("view", view={"page": 9})["code"] == "VALIDATION_ERROR"
    assert shows(desk, RED)
    assert only_window(desk) == (1280, 0, 1920, 1080)


def test_a_broken_first_document_opens_no_window(desk: Desk, stage: StageDesk, tmp_path: Path):
    assert stage.show("pdf", tmp_path / "none.pdf")["code"] == "DOCUMENT_UNREADABLE"
    assert desk.windows("Benchcast") == []
    assert is_black(desk.shot_of(RIGHT))


def test_closing_gives_the_monitor_back(desk: Desk, stage: StageDesk, tmp_path: Path):
    stage.show("pdf", pdf(tmp_path / "a.pdf"))
    stage.ask("close")
    wait_for(lambda: is_black(desk.shot_of(RIGHT)), what="the window to go")
    stage.show("pdf", pdf(tmp_path / "a.pdf"))
    assert shows(desk, RED)


def test_an_unplugged_monitors_window_covers_nothing_and_returns_with_the_monitor(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED, BLUE]), view={"page": 2})
    for _ in range(2):
        desk.unplug("RIGHT")
        stage.wait_for_event("monitors")
        wait_for(lambda: desk.windows("Benchcast") == [], what="the window to hide")
        assert is_black(desk.shot_of(LEFT))
        assert stage.show("pdf", tmp_path / "a.pdf")["code"] == "DISPLAY_NOT_AVAILABLE"
        desk.plug("RIGHT")
        stage.wait_for_event("monitors")
        wait_for(lambda: shows(desk, BLUE), what="the document to return")
        assert only_window(desk) == (1280, 0, 1920, 1080)
    assert "shown_ms" in stage.show("pdf", tmp_path / "a.pdf")
    assert shows(desk, RED)


def test_a_monitor_that_goes_while_the_document_loads_is_not_available(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    slow = slow_picture(tmp_path)
    number = stage.begin("turn_to", content=content("image", slow.path), display=1)
    slow.wait_until_opened()
    desk.unplug("RIGHT")
    stage.wait_for_event("monitors")
    slow.arrive(picture(tmp_path / "new.png", GREEN))
    assert stage.answer(number)["code"] == "DISPLAY_NOT_AVAILABLE"
    assert desk.windows("Benchcast") == []


def test_a_monitor_that_returns_with_another_resolution_is_covered_again_and_the_page_drawn_anew(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED], size=(1280, 698)))
    desk.unplug("RIGHT")
    stage.wait_for_event("monitors")
    desk.monitors["RIGHT"] = Monitor("RIGHT", 1280, 0, 1280, 720)
    desk.plug("RIGHT")
    wait_for(
        lambda: desk.windows("Benchcast") and only_window(desk) == (1280, 0, 1280, 720), what="the new size"
    )
    # The whole page in the smaller room: red to its lower right corner, white square at its upper left.
    wait_for(lambda: shows(desk, RED, (1280 + 1276, 694)), what="the page in its new size")
    assert shows(desk, WHITE, (1283, 3))
    assert near(desk.pixel(1280 + 1279, 719), CAPTION)


def test_two_windows_stay_on_their_own_monitors(desk: Desk, stage: StageDesk, tmp_path: Path):
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]), display=1, window="main")
    stage.show("pdf", pdf(tmp_path / "b.pdf", [BLUE]), display=0, window="other")
    assert shows(desk, RED)
    assert shows(desk, BLUE, (640, 500))


@pytest.mark.parametrize("scale", [1.25, 1.5, 2])
def test_with_large_letters_the_monitor_is_still_covered_and_every_pixel_is_sharp(
    tmp_path: Path, scale: float
):
    stripes = Image.new("RGB", (900, 400))
    for x in range(0, 900, 2):
        stripes.paste(WHITE, (x, 0, x + 1, 400))
    stripes.save(tmp_path / "stripes.png")
    with two_monitors(window_manager=True) as desk:
        desk.env["QT_SCALE_FACTOR"] = str(scale)
        with stage_desk(desk.env) as stage:
            stage.show("image", tmp_path / "stripes.png", view={"zoom": 1 / scale})
            assert only_window(desk) == (1280, 0, 1920, 1080)
            seen = desk.shot_of(RIGHT)
            row = [seen.getpixel((x, 500)) for x in range(700, 1200)]
            assert set(row) == {(0, 0, 0), (255, 255, 255)}, "a blurred stripe is grey"
            assert all(one != other for one, other in pairwise(row)), "every stripe is one pixel wide"
            assert near(seen.getpixel((1919, 1079)), CAPTION)


def test_identify_shows_a_number_on_each_monitor_and_leaves_the_focus_alone(desk: Desk, stage: StageDesk):
    with workers_program(desk) as worker:
        stage.ask("identify")

        def white_inside(monitor: Monitor) -> bool:
            box = desk.shot_of(monitor).crop(
                (monitor.width // 4, monitor.height // 4, monitor.width * 3 // 4, monitor.height * 3 // 4)
            )
            return any(colour == WHITE for _, colour in box.getcolors(100_000) or ())

        wait_for(lambda: white_inside(LEFT) and white_inside(RIGHT), what="the numbers")
        assert desk.focus() == worker.window
        assert worker.type("go on") == "go on"
        wait_for(lambda: is_black(desk.shot_of(RIGHT)), what="the numbers to go")


def test_a_monitor_left_of_the_main_one_is_covered_too(tmp_path: Path):
    main, beside = Monitor("MAIN", 1024, 0, 1280, 1024, "screen"), Monitor("BESIDE", 0, 0, 1024, 768)
    with x_display((main, beside), window_manager=True) as desk, stage_desk(desk.env) as stage:
        displays = stage.ask("displays")["displays"]
        assert [(name, primary) for name, _, _, _, primary in displays] == [
            ("MAIN", True),
            ("BESIDE", False),
        ]
        stage.show("pdf", pdf(tmp_path / "a.pdf"))
        assert only_window(desk) == (0, 0, 1024, 768)


def test_the_program_ends_cleanly(desk: Desk, stage: StageDesk, tmp_path: Path):
    stage.show("pdf", pdf(tmp_path / "a.pdf"))
    assert stage.stop() == 0
