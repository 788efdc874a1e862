"""What web pages may not do and do not get, on a real X server: trust, passwords, strangers, dialogs, windows."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.pages import Pages, web_server
from helpers.paper_samples import BLUE, GREEN, RED, Colour, near, pdf
from helpers.self_signed import self_signed
from helpers.stage_desk import StageDesk, stage_desk
from helpers.x11 import RIGHT, Desk, two_monitors, wait_for

pytestmark = pytest.mark.x11

MIDDLE = (RIGHT.x + RIGHT.width // 2, RIGHT.height // 2)


@pytest.fixture
def pages() -> Iterator[Pages]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with two_monitors(window_manager=True) as display:
        yield display


@pytest.fixture(scope="module")
def stage(desk: Desk) -> Iterator[StageDesk]:
    with stage_desk(desk.env, stderr=subprocess.DEVNULL) as process:
        yield process


def painted(colour: Colour, inside: str = "") -> str:
    return f"<!doctype html><body style='margin:0;background:rgb{colour}'>{inside}</body>"


def shows(desk: Desk, colour: Colour, at: tuple[int, int] = MIDDLE) -> bool:
    return near(desk.pixel(*at), colour)


def test_a_certificate_is_excused_for_the_document_that_brought_its_fingerprint_and_for_no_other(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    print_ = self_signed(tmp_path / "one.pem")
    other_print = self_signed(tmp_path / "other.pem")
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
    with (
        web_server(certificate=tmp_path / "one.pem") as pages,
        web_server(certificate=tmp_path / "one.pem") as namesake,
        web_server(certificate=tmp_path / "other.pem") as neighbour,
    ):
        hosts = [f"localhost:{namesake.port}", f"127.0.0.1:{neighbour.port}"]
        parts = "".join(f"<img src=https://{host}/image>" for host in hosts)
        url = pages.put("/", painted(GREEN, parts))
        said = stage.show("web", url)
        assert (said["code"], said["values"]["what"]) == ("DOCUMENT_UNREADABLE", "stage.what.certificate")
        assert stage.show("web", url, content={"certificate_sha256": other_print})["code"] == (
            "DOCUMENT_UNREADABLE"
        )
        assert pages.asked == []
        assert shows(desk, RED)
        excused = {"certificate_sha256": print_, "hosts": hosts}
        assert "shown_ms" in stage.show("web", url, content=excused)
        assert shows(desk, GREEN)
        assert "shown_ms" in stage.ask("view", view={"reload": True})
        # Neither another host with that certificate nor another certificate of its own host is excused.
        assert (namesake.asked, neighbour.asked) == ([], [])
        assert stage.show("web", url)["code"] == "DOCUMENT_UNREADABLE"
        assert stage.show("web", url, content={"certificate_sha256": print_.upper()}).get("code") is None


def test_a_page_that_wants_a_password_is_refused_without_asking(desk: Desk, stage: StageDesk, pages: Pages):
    locked = pages.put("/locked", "who?", status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    before = desk.windows("")
    assert stage.show("web", locked)["code"] == "DOCUMENT_UNREADABLE"
    inside = pages.put("/", painted(GREEN, "<img src=/locked><script>fetch('/locked')</script>"))
    assert "shown_ms" in stage.show("web", inside)
    assert shows(desk, GREEN)
    assert desk.windows("") == before or len(desk.windows("Benchcast")) == 1


def test_no_way_leads_to_a_stranger(stage: StageDesk, pages: Pages):
    with web_server() as stranger:
        away = stranger.address
        pages.put(
            "/worker.js",
            f"""self.addEventListener('install', () => self.skipWaiting());
                self.addEventListener('activate', event => event.waitUntil(clients.claim()));
                fetch('{away}/by-service-worker').catch(() => 0).then(() => fetch('/worker-tried'));""",
            headers={"Content-Type": "text/javascript"},
        )
        script = f"""<form id=form method=post action={away}/form><input name=x></form>
            <a id=ping href=/ ping={away}/ping></a><object data={away}/object></object>
            <video src={away}/video></video><link rel=prefetch href={away}/prefetch>
            <link rel=preconnect href={away}><meta http-equiv=refresh content='1;url={away}/refresh'>
            <script>
            const worker = new Worker(URL.createObjectURL(new Blob([`fetch('{away}/by-worker')`])));
            navigator.sendBeacon('{away}/beacon', 'x');
            new EventSource('{away}/events');
            new WebSocket('{away.replace("http", "ws")}/socket');
            fetch('{away}/post', {{method: 'POST', mode: 'no-cors', body: 'x'}}).catch(() => 0);
            import('{away}/module.js').catch(() => 0);
            open('{away}/popup', '_blank');
            navigator.serviceWorker.register('/worker.js');
            onload = () => setTimeout(() => {{ form.submit(); location = '{away}/location'; }}, 700);
            setTimeout(() => fetch('/all-tried'), 2000);
            </script>"""
        assert "shown_ms" in stage.show("web", pages.put("/", painted(GREEN, script)))
        wait_for(lambda: pages.was_asked_for("/worker-tried"), what="the service worker to run")
        wait_for(lambda: pages.was_asked_for("/all-tried"), what="everything to be tried")
        assert stranger.asked == []


def test_a_page_goes_to_no_file_and_to_nothing_that_it_made_itself(
    desk: Desk, stage: StageDesk, pages: Pages
):
    script = """<iframe src='data:text/html,<script>parent.postMessage(1, "*")</script>'></iframe>
        <iframe src='file:///etc/hostname'></iframe><a id=mail href='mailto:a@b.example'></a>
        <script>
        onmessage = () => fetch('/a-frame-was-made');
        const go = [
            () => location = 'file:///etc/hostname', () => location = 'data:text/html,x', () => mail.click(),
            () => location = URL.createObjectURL(new Blob(['<h1>x'], {type: 'text/html'})),
            () => location = 'javascript:fetch("/javascript-ran-here");1', () => close(),
        ];
        const next = () => { const step = go.shift(); if (!step) return fetch('/done');
            try { step(); } catch {} setTimeout(next, 60); };
        setTimeout(next, 100);
        </script>"""
    assert "shown_ms" in stage.show("web", pages.put("/", painted(GREEN, script)))
    wait_for(lambda: pages.was_asked_for("/done"), what="everything to be tried")
    assert not pages.was_asked_for("/a-frame-was-made")
    assert shows(desk, GREEN)


def test_a_page_cannot_hold_on_to_the_window(desk: Desk, stage: StageDesk, pages: Pages):
    clinging = painted(
        GREEN,
        """<script>addEventListener('beforeunload', event => { event.preventDefault(); event.returnValue = 'x'; });
        addEventListener('unload', () => alert('stay'));</script>""",
    )
    assert "shown_ms" in stage.show("web", pages.put("/clinging", clinging))
    desk.run("xdotool", "mousemove", str(MIDDLE[0]), str(MIDDLE[1]), "click", "1")  # somebody touched it
    before = desk.windows("")
    assert "shown_ms" in stage.show("web", pages.put("/", painted(BLUE)))
    assert shows(desk, BLUE)
    assert desk.windows("") == before


def test_a_page_is_scrolled_and_zoomed_by_steps(desk: Desk, stage: StageDesk, pages: Pages):
    parts = "".join(
        f"<div style='height:100vh;background:rgb{colour}'></div>" for colour in (GREEN, BLUE, RED)
    )
    inside = f"<div style='height:100vh;overflow:auto'>{parts}</div>"  # as many pages do: a part scrolls
    for body in (parts, inside):
        assert "shown_ms" in stage.show("web", pages.put("/", painted(GREEN, body)))
        assert "shown_ms" in stage.ask("view", view={"scroll": {"dy": 1.0}})
        assert shows(desk, BLUE)
        stage.ask("view", view={"scroll": {"dy": 50.0}})
        assert shows(desk, RED)
        stage.ask("view", view={"scroll": {"dy": -50.0}})
        assert shows(desk, GREEN)
    corner = "<div style='width:400px;height:400px;background:rgb(0,40,220)'></div>"
    assert "shown_ms" in stage.show("web", pages.put("/", painted(GREEN, corner)))
    assert shows(desk, GREEN, (RIGHT.x + 440, 100))
    assert "shown_ms" in stage.ask("view", view={"zoom_step": "in"})
    wait_for(lambda: shows(desk, BLUE, (RIGHT.x + 440, 100)), what="the larger page")
    for wish in ({"page": 2}, {"step": "next"}, {"rotate": 90}, {"rotate_by": 90}):
        assert stage.ask("view", view=wish)["code"] == "UNSUPPORTED"


def test_without_the_engine_a_bench_says_so_and_shows_everything_else(
    desk: Desk, pages: Pages, tmp_path: Path
):
    with stage_desk(desk.env, stderr=subprocess.DEVNULL, without="PySide6.QtWebEngineCore") as bare:
        said = bare.show("web", pages.put("/", painted(GREEN)))
        assert (said["code"], said["values"]["what"]) == ("UNSUPPORTED", "stage.what.no_web")
        assert "shown_ms" in bare.show("pdf", pdf(tmp_path / "a.pdf", [RED]))
        assert pages.asked == []
        assert bare.stop() == 0
