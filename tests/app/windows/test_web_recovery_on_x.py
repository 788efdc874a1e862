"""Web pages that break, on a real X server: killed, starved, cut off or stuck; never white, and back by themselves."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.engine import kill, renderers
from helpers.pages import Pages, web_server
from helpers.paper_samples import BLUE, GREEN, RED, Colour, near, pdf
from helpers.stage_desk import StageDesk, stage_desk
from helpers.x11 import LEFT, RIGHT, Desk, two_monitors, wait_for
from PIL import Image

pytestmark = pytest.mark.x11

MIDDLE = (RIGHT.x + RIGHT.width // 2, RIGHT.height // 2)
LEFT_MIDDLE = (LEFT.width // 2, LEFT.height // 2)
BAND = (RIGHT.x + RIGHT.width - 20, RIGHT.height - 40)  # just above the strip
AMBER = (255, 179, 0)


@pytest.fixture
def pages() -> Iterator[Pages]:
    with web_server() as server:
        yield server


@pytest.fixture
def desk() -> Iterator[Desk]:
    with two_monitors(window_manager=True) as display:
        yield display


def painted(colour: Colour, inside: str = "") -> str:
    return f"<!doctype html><body style='margin:0;background:rgb{colour}'>{inside}</body>"


def shows(desk: Desk, colour: Colour, at: tuple[int, int] = MIDDLE) -> bool:
    return near(desk.pixel(*at), colour)


def is_banded(desk: Desk) -> bool:
    return shows(desk, AMBER, BAND)


def has_picture(stage: StageDesk, url: str) -> None:
    wait_for(lambda: url in stage.ask("pictures")["pictures"], what="the page's picture to be kept")


@contextmanager
def watched(desk: Desk, tmp_path: Path, allowed: tuple[Colour, ...]) -> Iterator[list[tuple[int, int, int]]]:
    """Look at the page without end, and collect what it never may look like."""
    bad: list[tuple[int, int, int]] = []
    over = threading.Event()
    picture = tmp_path / "watched.png"  # of its own: the test takes screenshots meanwhile
    place = f"1x1+{MIDDLE[0]}+{MIDDLE[1]}"

    def look() -> None:
        while not over.wait(0.05):
            desk.run("import", "-silent", "-window", "root", "-crop", place, "+repage", str(picture))
            with Image.open(picture) as shot:
                pixel = shot.convert("RGB").getpixel((0, 0))
            if not any(near(pixel, colour) for colour in allowed):
                bad.append(pixel)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield bad
    finally:
        over.set()
        watcher.join()


def test_a_page_that_is_killed_three_times_is_never_white_rests_and_takes_nobody_along(
    desk: Desk, pages: Pages, tmp_path: Path
):
    with stage_desk(desk.env, stderr=subprocess.DEVNULL) as stage:
        url = pages.put("/", painted(GREEN))
        assert "shown_ms" in stage.show("web", url)
        has_picture(stage, url)
        neighbour = pages.put("/neighbour", painted(RED))
        drawing = renderers(stage.process.pid)
        assert "shown_ms" in stage.show("web", neighbour, display=0, window="other")
        others = renderers(stage.process.pid) - drawing
        with watched(desk, tmp_path, (GREEN,)) as bad:
            for _ in range(2):
                kill(renderers(stage.process.pid) - others)
                stage.wait_for_event("page DOCUMENT_UNREADABLE")
                stage.wait_for_event("page is there")
                wait_for(lambda: not is_banded(desk), what="the page itself")
            kill(renderers(stage.process.pid) - others)
            stage.wait_for_event("page DOCUMENT_UNREADABLE")
            wait_for(lambda: is_banded(desk), what="the band")
        assert bad == []
        assert shows(desk, GREEN)
        assert others <= renderers(stage.process.pid)
        assert shows(desk, RED, LEFT_MIDDLE)
        # It rests now; somebody who asks for it need not wait.
        pages.put("/", painted(BLUE))
        said = stage.ask("view", view={"reload": True})
        assert "shown_ms" in said
        assert "stale" not in said
        assert shows(desk, BLUE)
        assert not is_banded(desk)
        assert stage.stop() == 0


def test_a_page_that_eats_all_memory_is_loaded_again(desk: Desk, pages: Pages):
    desk.env["QTWEBENGINE_CHROMIUM_FLAGS"] = "--js-flags=--max-old-space-size=32"
    eating = """<script>fetch('/appetite').then(said => said.text()).then(said => {
        if (said !== 'hungry') return;
        const eaten = [];
        for (;;) eaten.push(new Array(100000).fill(eaten.length));
    })</script>"""
    seen = threading.Event()
    # The first answer is `hungry`, every later one is not.
    pages.put("/appetite", "hungry", wait=lambda: (pages.put("/appetite", "full"), seen.wait(20)))
    with stage_desk(desk.env, stderr=subprocess.DEVNULL) as stage:
        assert "shown_ms" in stage.show("web", pages.put("/", painted(GREEN, eating)))
        seen.set()
        stage.wait_for_event("page DOCUMENT_UNREADABLE", seconds=40)
        stage.wait_for_event("page is there", seconds=20)
        wait_for(lambda: shows(desk, GREEN) and not is_banded(desk), what="the page")


def test_without_its_server_a_page_is_its_last_picture_until_the_server_is_back(desk: Desk, tmp_path: Path):
    with stage_desk(desk.env, stderr=subprocess.DEVNULL) as stage:
        with web_server() as pages:
            port, url = pages.port, pages.put("/", painted(GREEN))
            assert "shown_ms" in stage.show("web", url)
            has_picture(stage, url)
        stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
        said = stage.show("web", url)
        assert (said["stale"], said["as_of"] > 1_700_000_000_000) == ("CONNECTION_REFUSED", True)
        assert shows(desk, GREEN)
        assert is_banded(desk)
        # What was never shown here has no picture, and the old document stays.
        assert stage.show("web", url + "never-seen")["code"] == "CONNECTION_REFUSED"
        assert is_banded(desk)
        assert "shown_ms" in stage.ask("view", view={"zoom": 2.0})
        assert stage.ask("view", view={"reload": True})["stale"] == "CONNECTION_REFUSED"
        with web_server(port) as pages:
            pages.put("/", painted(BLUE))
            stage.wait_for_event("page is there", seconds=30)
            wait_for(lambda: shows(desk, BLUE) and not is_banded(desk), what="the page itself")
        assert stage.stop() == 0


def test_a_page_that_goes_nowhere_by_itself_is_its_last_picture_until_it_comes_back(
    desk: Desk, pages: Pages, tmp_path: Path
):
    over = threading.Event()
    pages.put("/never", wait=lambda: over.wait(30))
    url = pages.put("/", painted(GREEN, "<script>setTimeout(() => location = '/never', 1500)</script>"))
    with stage_desk(desk.env, patience=3, stderr=subprocess.DEVNULL) as stage:
        assert "shown_ms" in stage.show("web", url)
        has_picture(stage, url)
        pages.put("/", painted(BLUE))
        with watched(desk, tmp_path, (GREEN, BLUE)) as bad:
            stage.wait_for_event("page CONNECTION_TIMEOUT", seconds=20)
            wait_for(lambda: shows(desk, GREEN) and is_banded(desk), what="the picture")
            stage.wait_for_event("page is there", seconds=20)
            wait_for(lambda: shows(desk, BLUE) and not is_banded(desk), what="the page itself")
        assert bad == []
        over.set()


def test_a_page_that_never_paints_is_given_up_and_does_no_harm(desk: Desk, pages: Pages, tmp_path: Path):
    stuck = pages.put("/stuck", painted(GREEN, "<script>onload = () => { for (;;); }</script>"))
    loop = pages.put("/loop", status=302, headers={"Location": "/loop"})
    with stage_desk(desk.env, patience=3, stderr=subprocess.DEVNULL) as stage:
        stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
        assert stage.show("web", stuck)["code"] == "CONNECTION_TIMEOUT"
        assert stage.show("web", loop)["code"] == "DOCUMENT_UNREADABLE"
        assert shows(desk, RED)
        assert "shown_ms" in stage.show("web", pages.put("/", painted(BLUE)))
        assert shows(desk, BLUE)
        assert stage.stop() == 0
