"""Web pages in document windows on a real X server: what is seen, what is loaded, and what they may not do."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.engine import kill, renderers
from helpers.pages import Pages, web_server
from helpers.paper_samples import BLUE, GREEN, RED, YELLOW, Colour, near, pdf
from helpers.stage_desk import StageDesk, content, stage_desk
from helpers.x11 import LEFT, RIGHT, Desk, two_monitors, wait_for, workers_program

pytestmark = pytest.mark.x11

MIDDLE = (RIGHT.x + RIGHT.width // 2, RIGHT.height // 2)


@pytest.fixture
def pages() -> Iterator[Pages]:
    with web_server() as server:
        yield server


@pytest.fixture
def desk() -> Iterator[Desk]:
    with two_monitors(window_manager=True) as display:
        yield display


@pytest.fixture
def stage(desk: Desk) -> Iterator[StageDesk]:
    with stage_desk(desk.env, stderr=subprocess.DEVNULL) as process:
        yield process


def painted(colour: Colour, inside: str = "") -> str:
    return (
        f"<!doctype html><body style='margin:0;background:rgb{colour};font:60px sans-serif'>{inside}</body>"
    )


def shows(desk: Desk, colour: Colour, at: tuple[int, int] = MIDDLE) -> bool:
    return near(desk.pixel(*at), colour)


@pytest.mark.parametrize("window_manager", [True, False], ids=["openbox", "no-window-manager"])
@pytest.mark.parametrize("backend", ["opengl", "software"])
def test_a_page_covers_the_second_monitor_and_nothing_else(
    pages: Pages, tmp_path: Path, window_manager: bool, backend: str
):
    url = pages.put("/", painted(GREEN))
    with two_monitors(window_manager=window_manager) as desk, workers_program(desk) as worker:
        if backend == "software":
            desk.env["QT_QUICK_BACKEND"] = "software"
        with stage_desk(desk.env, stderr=subprocess.DEVNULL) as stage:
            stage.show("pdf", pdf(tmp_path / "a.pdf"))
            left = desk.shot_of(LEFT).tobytes()
            assert "shown_ms" in stage.show("web", url)
            seen = desk.shot_of(RIGHT)
            assert all(near(seen.getpixel(at), GREEN) for at in ((0, 0), (1919, 0), (0, 1040), (1919, 1040)))
            assert near(seen.getpixel((1919, 1079)), (20, 23, 27))
            (window,) = desk.windows("Benchcast")
            assert desk.geometry(window) == (1280, 0, 1920, 1080)
            assert desk.shot_of(LEFT).tobytes() == left
            assert desk.focus() == worker.window
            assert worker.type("WO-1") == "WO-1"
            assert stage.stop() == 0


def test_a_page_may_be_the_first_thing_that_is_shown(desk: Desk, stage: StageDesk, pages: Pages):
    assert "shown_ms" in stage.show("web", pages.put("/", painted(BLUE)))
    assert shows(desk, BLUE)


def test_the_answer_is_never_earlier_than_the_picture(
    desk: Desk, stage: StageDesk, pages: Pages, tmp_path: Path
):
    text = "<p>작업지시</p>" * 400  # a page that has something to lay out
    for turn in range(12):
        colour = [RED, GREEN, BLUE, YELLOW][turn % 4]
        assert "shown_ms" in stage.show("web", pages.put(f"/{turn}", painted(colour, text)))
        assert shows(desk, colour, (RIGHT.x + 1900, 500)), turn
        if turn % 3 == 0:
            stage.show("pdf", pdf(tmp_path / "a.pdf", [YELLOW]))
            assert shows(desk, YELLOW)


def test_the_focus_stays_although_a_page_asks_for_it(desk: Desk, stage: StageDesk, pages: Pages):
    greedy = painted(
        GREEN, "<input autofocus id=i><script>window.focus();i.focus();setInterval(()=>i.focus(),20)</script>"
    )
    with workers_program(desk) as worker:
        for turn in range(4):
            stage.show("web", pages.put("/", greedy))
            assert desk.focus() == worker.window
            assert worker.type(f"line {turn}") == f"line {turn}"


def test_the_old_document_stays_until_the_page_is_ready(
    desk: Desk, stage: StageDesk, pages: Pages, tmp_path: Path
):
    asked, go = threading.Event(), threading.Event()
    url = pages.put("/slow", painted(GREEN), wait=lambda: (asked.set(), go.wait(20)))
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
    number = stage.begin("turn_to", content=content("web", url), display=1)
    assert asked.wait(10)
    assert shows(desk, RED)
    assert not stage.has_answered(number)
    go.set()
    assert "shown_ms" in stage.answer(number)
    assert shows(desk, GREEN)


def test_a_page_that_never_comes_is_given_up_and_the_old_document_stays(
    desk: Desk, pages: Pages, tmp_path: Path
):
    over = threading.Event()
    url = pages.put("/never", wait=lambda: over.wait(30))
    with stage_desk(desk.env, patience=2, stderr=subprocess.DEVNULL) as stage:
        stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
        said = stage.show("web", url)
        over.set()
        assert (said["code"], said["values"]["address"]) == ("CONNECTION_TIMEOUT", f"127.0.0.1:{pages.port}")
        assert shows(desk, RED)


def test_a_newer_document_wins_over_a_page_that_is_still_loading(
    desk: Desk, stage: StageDesk, pages: Pages, tmp_path: Path
):
    asked, go = threading.Event(), threading.Event()
    url = pages.put("/slow", painted(GREEN), wait=lambda: (asked.set(), go.wait(20)))
    number = stage.begin("turn_to", content=content("web", url), display=1)
    assert asked.wait(10)
    assert "shown_ms" in stage.show("pdf", pdf(tmp_path / "a.pdf", [BLUE]))
    assert stage.answer(number)["code"] == "SUPERSEDED"
    go.set()
    assert shows(desk, BLUE)


def test_a_page_that_cannot_be_had_says_why_and_the_old_document_stays(
    desk: Desk, stage: StageDesk, pages: Pages, tmp_path: Path
):
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
    pages.put("/away", status=302, headers={"Location": f"http://localhost:{pages.port}/"})
    pages.put("/broken", painted(GREEN), status=500)
    pages.put("/file", status=302, headers={"Location": "file:///etc/passwd"})
    pages.put("/pdf", (tmp_path / "a.pdf").read_bytes(), headers={"Content-Type": "application/pdf"})
    for path, code in (
        ("/none", "DOCUMENT_UNREADABLE"),
        ("/broken", "DOCUMENT_UNREADABLE"),
        ("/away", "URL_NOT_ALLOWED"),
        ("/pdf", "DOCUMENT_UNREADABLE"),
    ):
        assert stage.show("web", pages.address + path)["code"] == code, path
    assert "code" in stage.show("web", pages.address + "/file")
    assert stage.show("web", "file:///etc/passwd")["code"] == "URL_NOT_ALLOWED"
    assert stage.show("web", f"http://127.0.0.1:{unused_port()}/")["code"] == "CONNECTION_REFUSED"
    assert shows(desk, RED)


def unused_port() -> int:
    with web_server() as server:
        return server.port


def test_a_page_loads_from_its_own_host_and_the_named_ones_and_from_nowhere_else(
    desk: Desk, stage: StageDesk, pages: Pages
):
    with web_server() as friend, web_server() as stranger:
        for server in (pages, friend, stranger):
            server.put("/c.css", "p{}", headers={"Content-Type": "text/css"})
            server.put("/frame", painted(RED))
        parts = "".join(
            f"<link rel=stylesheet href={server.address}/c.css><iframe src={server.address}/frame></iframe>"
            f"<script>fetch('{server.address}/fetch');new Image().src='{server.address}/image'</script>"
            f"<script src={server.address}/script></script>"
            for server in (pages, friend, stranger)
        )
        url = pages.put("/", painted(GREEN, parts))
        assert "shown_ms" in stage.show("web", url, content={"hosts": [f"127.0.0.1:{friend.port}"]})
        wanted = ("/c.css", "/frame", "/fetch", "/image", "/script")
        wait_for(lambda: all(friend.was_asked_for(path) for path in wanted), what="the friend to be asked")
        wait_for(lambda: all(pages.was_asked_for(path) for path in wanted), what="the own host to be asked")
        assert stranger.asked == []


def test_a_redirect_to_a_named_host_is_followed(desk: Desk, stage: StageDesk, pages: Pages):
    pages.put("/", painted(BLUE))
    url = pages.put("/away", status=302, headers={"Location": f"http://localhost:{pages.port}/"})
    assert "shown_ms" in stage.show("web", url, content={"hosts": [f"localhost:{pages.port}"]})
    assert shows(desk, BLUE)


def test_a_page_opens_no_window_asks_nothing_and_saves_nothing(desk: Desk, stage: StageDesk, pages: Pages):
    pages.put("/save", b"x" * 100, headers={"Content-Disposition": "attachment; filename=save.bin"})
    script = """<a id=a href=/save download>x</a><script>
        open('/popup'); alert('hello'); confirm('sure?'); prompt('name?'); a.click(); print();
        const granted = () => document.body.style.background = 'red';
        Notification.requestPermission(); navigator.geolocation.getCurrentPosition(granted);
        navigator.mediaDevices?.getUserMedia({audio: true, video: true}).then(granted);
        document.documentElement.requestFullscreen?.();
        </script>"""
    cookie = {"Set-Cookie": "who=me; Max-Age=9999"}
    assert "shown_ms" in stage.show("web", pages.put("/calm", painted(RED)))
    before = desk.windows("")
    assert "shown_ms" in stage.show("web", pages.put("/", painted(GREEN, script), headers=cookie))
    assert "shown_ms" in stage.show("web", pages.put("/again", painted(GREEN, script)))
    assert shows(desk, GREEN)
    assert desk.windows("") == before
    assert not pages.was_asked_for("/popup")
    assert ["Cookie" in headers for path, headers in pages.asked if path == "/again"] == [False]
    left_on_disk = [path.name for path in Path(desk.env["HOME"]).rglob("*") if path.is_file()]
    assert not [
        name for name in left_on_disk if name.startswith(("Cookies", "save", "History", "Local Storage"))
    ]


def test_a_page_whose_program_dies_while_it_loads_is_reported(
    desk: Desk, stage: StageDesk, pages: Pages, tmp_path: Path
):
    asked, go = threading.Event(), threading.Event()
    pages.put("/late", "", wait=lambda: (asked.set(), go.wait(20)))
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
    number = stage.begin(
        "turn_to",
        content=content("web", pages.put("/", painted(GREEN, "<script src=/late></script>"))),
        display=1,
    )
    assert asked.wait(10)
    kill(renderers(stage.process.pid))
    said = stage.answer(number)
    go.set()
    assert (said["code"], said["values"]["what"]) == ("DOCUMENT_UNREADABLE", "stage.what.crashed")
    assert shows(desk, RED)


def test_a_page_whose_program_dies_later_comes_back_by_itself(desk: Desk, stage: StageDesk, pages: Pages):
    stage.show("web", pages.put("/", painted(GREEN)))
    pages.put("/", painted(BLUE))
    kill(renderers(stage.process.pid))
    wait_for(lambda: shows(desk, BLUE), what="the page to be loaded again")


def test_a_page_is_zoomed_and_loaded_again_but_not_turned(desk: Desk, stage: StageDesk, pages: Pages):
    half = (
        "<div style='position:absolute;left:0;top:0;width:400px;height:400px;background:rgb(0,40,220)'></div>"
    )
    stage.show("web", pages.put("/", painted(GREEN, half)))
    assert shows(desk, GREEN, (RIGHT.x + 500, 300))
    assert "shown_ms" in stage.ask("view", view={"zoom": 2.0})
    wait_for(lambda: shows(desk, BLUE, (RIGHT.x + 500, 300)), what="the zoomed page")
    pages.put("/", painted(RED))
    assert "shown_ms" in stage.ask("view", view={"reload": True})
    assert shows(desk, RED)
    assert stage.ask("view", view={"rotate": 90})["code"] == "UNSUPPORTED"


def test_a_page_returns_with_its_monitor(desk: Desk, stage: StageDesk, pages: Pages):
    stage.show("web", pages.put("/", painted(GREEN)))
    desk.unplug("RIGHT")
    stage.wait_for_event("monitors")
    wait_for(lambda: desk.windows("Benchcast") == [], what="the window to hide")
    assert desk.shot_of(LEFT).getextrema() == ((0, 0), (0, 0), (0, 0))
    desk.plug("RIGHT")
    wait_for(lambda: shows(desk, GREEN), what="the page to return")


def test_a_page_that_turns_out_to_be_a_download_does_no_harm_afterwards(
    desk: Desk, stage: StageDesk, pages: Pages, tmp_path: Path
):
    """The engine tells of the download after the load has failed; a page that is deleted by then takes all with it."""
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
    pages.put("/zip", b"PK\x03\x04" * 100, headers={"Content-Type": "application/zip"})
    pages.put("/file", status=302, headers={"Location": "file:///etc/passwd"})
    for _ in range(6):
        assert stage.show("web", pages.address + "/zip")["code"] == "DOCUMENT_UNREADABLE"
        assert "code" in stage.show("web", pages.address + "/file")
    assert shows(desk, RED)
    assert stage.stop() == 0
