"""The real desktop app, paired with a real relay, on a virtual X display: nothing is played by the test."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

from helpers.relay_running import Office
from helpers.x11 import Desk, child
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

ROOT = Path(__file__).resolve().parents[2]
COLOURS = {"red": (220, 30, 30), "green": (20, 160, 60), "blue": (30, 60, 210), "yellow": (230, 200, 20)}


def colour_pdf(*colours: str) -> bytes:
    """A PDF with a page of one colour each, of the shape of a monitor."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=(960, 540), invariant=True)
    for colour in colours:
        canvas.setFillColorRGB(*(channel / 255 for channel in COLOURS[colour]))
        canvas.rect(0, 0, 960, 540, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def colour_png(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (1600, 900), COLOURS[colour]).save(file, "PNG")
    return file.getvalue()


def is_colour(pixel: tuple[int, int, int], colour: str) -> bool:
    return all(abs(a - b) <= 12 for a, b in zip(pixel, COLOURS[colour], strict=True))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@asynccontextmanager
async def real_desk(
    office: Office,
    x: Desk,
    data: Path,
    *,
    link: str | None = None,
    screen_id: str = "SCREEN-001",
    at_start: Callable[[], object] | None = None,
    program: Sequence[str] = (sys.executable, "-m", "app"),
    cwd: Path = ROOT,
    **settings: str,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the app on `data` and wait until the relay sees its monitors.

    Without a link it is paired already, or `at_start` does it.
    """
    arguments = [*program, "--data", str(data), *(["--pair", link] if link else [])]
    wanted = {"KEYRING": "file", "LANGUAGE": "en"} | settings
    env = x.env | {f"BENCHCAST_{key}": value for key, value in wanted.items()}
    log = data.with_suffix(".log")
    with (
        log.open("ab") as output,
        child(arguments, env=env, cwd=cwd, stdout=output, stderr=output) as process,
    ):
        try:
            if at_start is not None:
                await asyncio.to_thread(at_start)
            async with asyncio.timeout(60):
                while not await is_online(office, screen_id):
                    assert process.poll() is None, log.read_text("utf-8", "replace")
                    await asyncio.sleep(0.05)
            yield process
        except BaseException:
            print(log.read_text("utf-8", "replace"))
            raise


async def is_online(office: Office, screen_id: str = "SCREEN-001") -> bool:
    screen = (await office.call("GET", f"/api/screens/{screen_id}")).body
    return bool(screen["online"] and screen.get("displays"))
