"""Measures how long a phone's camera page takes to read real barcodes: sharp, small, blurred, turned and dark ones.

PYTHONPATH=tests:. .venv/bin/python tests/bench/phone_camera.py      about a minute; prints the table of phone.md

Chromium plays the codes as its camera (1280×720, 30 pictures a second), one scene after the other. From the first
picture of a scene that reaches the page to the moment at which the code was read is what somebody waits with it.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers.browser import PHONE, chromium, visitor  # noqa: E402 - the path comes first
from helpers.camera_video import barcode, camera_arguments, empty, seen, write_video  # noqa: E402
from helpers.relay_running import running_relay  # noqa: E402
from PIL import Image  # noqa: E402

SECONDS_A_SCENE = 1.6
SECONDS_BETWEEN = 0.3
ROUNDS = 2
MARK = 48  # pixels of the square by which the page tells scenes apart
LEVELS = 7

# How zxing calls it, and the pixels of its narrowest bar or square, as usual and where it is small.
KINDS: dict[str, tuple[str, int, int]] = {
    "Code 128": ("Code128", 3, 2),
    "Code 39": ("Code39", 3, 2),
    "EAN-13": ("EAN13", 4, 2),
    "EAN-8": ("EAN8", 4, 2),
    "ITF": ("ITF", 4, 2),
    "Data Matrix": ("DataMatrix", 10, 4),
    "QR": ("QRCode", 8, 3),
    "PDF417": ("PDF417", 3, 2),
    "GS1-128": ("Code128", 2, 1),
    "GS1 Data Matrix": ("DataMatrix", 10, 4),
}
LOOKS: dict[str, dict[str, Any]] = {
    "sharp": {},
    "small": {"small": True},
    "blurred": {"blurred": 2.2},
    "turned 30°": {"turned": 30},
    "turned 90°": {"turned": 90},
    "dark": {"brightness": 0.18, "noisy": 8},
}

# Run in the page: the app's own camera, reader and looking, with a stop-watch on the marks.
STOP_WATCH = """async ([marks, size, roundMs, wanted]) => {
    const [{ Camera }, { Looking }, reading] = await Promise.all(
        ["camera", "looking", "reading"].map((name) => import(`/web/phone/scan/${name}.js`)));
    const video = document.createElement("video");
    Object.assign(video, { muted: true, playsInline: true });
    Object.assign(video.style, { position: "fixed", inset: 0, width: "360px", height: "266px", objectFit: "cover" });
    document.body.append(video);
    const canvas = new OffscreenCanvas(3, 1).getContext("2d", { willReadFrequently: true });
    const scenes = [], readings = [];
    let looks = 0;
    const watch = () => {
        for (const place of [0, 1, 2]) canvas.drawImage(video, place * size + size / 2, size / 2, 1, 1, place, 0, 1, 1);
        const { data } = canvas.getImageData(0, 0, 3, 1);
        const mark = [0, 4, 8].map((at) => Math.round(data[at] / 255 * (marks - 1))).join("");
        if (mark !== scenes.at(-1)?.mark) scenes.push({ mark, at: performance.now(), looks });
        video.requestVideoFrameCallback(watch);
    };
    reading.startReader();
    const ready = (done) => (reading.readerState.value === "ready" ? done() : reading.readerState.listen(done));
    await new Promise(ready);
    const camera = new Camera();
    camera.begin(video);
    video.requestVideoFrameCallback(watch);
    const frame = { x: 0.09, y: 0.22, width: 0.82, height: 0.56 };
    const read = ({ text }, at) => readings.push({ text, at, looks });
    const looking = new Looking(video, () => frame, read, () => { looks += 1; });
    looking.start();
    // A busy machine plays slowly; it gets twice the time.
    const end = performance.now() + 2 * roundMs;
    while (scenes.length < wanted && performance.now() < end) await new Promise((done) => setTimeout(done, 500));
    looking.stop();
    camera.end();
    return { scenes, readings };
}"""


@dataclass(frozen=True)
class Scene:
    """One look at one kind of code; `mark` is what the page knows it by."""

    kind: str
    look: str
    text: str
    mark: str
    picture: Image.Image


def text_of(kind: str, number: int) -> str:
    """Write a text that this kind can hold, and no other scene has."""
    if kind.startswith("GS1"):
        return f"(400)WO-2025-{number:04d}(10)L7"
    if kind == "EAN-13":
        return with_check_digit(f"88012345{number:04d}")
    if kind == "EAN-8":
        return with_check_digit(f"963{number:04d}")
    return f"2025{number:06d}" if kind == "ITF" else f"WO-2025-{number:04d}"


def with_check_digit(digits: str) -> str:
    """Add the check digit (GS1 General Specifications, 7.9.1)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def scenes() -> list[Scene]:
    """Draw every kind in every look."""
    drawn: list[Scene] = []
    for kind, (symbology, usual, small) in KINDS.items():
        for look, how in LOOKS.items():
            number = len(drawn) + 1
            text = text_of(kind, number)
            scale = small if "small" in how else usual
            label = barcode(text, symbology, scale=scale, gs1=kind.startswith("GS1"))
            picture = seen(label, **{name: value for name, value in how.items() if name != "small"})
            mark = "".join(str(number // LEVELS**place % LEVELS) for place in (0, 1, 2))
            for place, level in enumerate(mark):
                light = int(level) * 255 // (LEVELS - 1)
                picture.paste((light, light, light), (place * MARK, 0, (place + 1) * MARK, MARK))
            drawn.append(Scene(kind, look, text, mark, picture))
    return drawn


async def measure(all_scenes: list[Scene], folder: Path) -> dict[str, list[tuple[float, int]]]:
    """Play the scenes for some rounds; returns of each mark how many ms and looks it took until it was read."""
    parts = [
        part
        for scene in all_scenes
        for part in ((scene.picture, SECONDS_A_SCENE), (empty(), SECONDS_BETWEEN))
    ]
    video = write_video(folder / "codes.mjpeg", parts)
    wanted = 2 * len(all_scenes) * ROUNDS + 4  # each has its own picture and the empty bench behind it
    round_ms = len(all_scenes) * (SECONDS_A_SCENE + SECONDS_BETWEEN) * 1000
    async with (
        running_relay(folder / "relay") as office,
        chromium(*camera_arguments(video)) as browser,
        visitor(browser, size=PHONE) as worker,
    ):
        await worker.page.goto(f"{office.url}/scan/")
        seen_there = await worker.page.evaluate(STOP_WATCH, [LEVELS, MARK, round_ms * ROUNDS, wanted])
    marks = {plain(scene.text): scene.mark for scene in all_scenes}
    wrong = [each["text"] for each in seen_there["readings"] if plain(each["text"]) not in marks]
    assert not wrong, f"misread: {wrong}"
    times: dict[str, list[tuple[float, int]]] = {scene.mark: [] for scene in all_scenes}
    for begun in seen_there["scenes"]:
        end = begun["at"] + SECONDS_A_SCENE * 1000 + 1000  # the answer to the last look comes later
        for each in seen_there["readings"]:
            if begun["at"] <= each["at"] <= end and marks[plain(each["text"])] == begun["mark"]:
                times[begun["mark"]].append((each["at"] - begun["at"], each["looks"] - begun["looks"]))
                break
    return times


def table(all_scenes: list[Scene], times: dict[str, list[tuple[float, int]]]) -> str:
    """Write of each the slowest round in milliseconds and, in brackets, in how many looks it was read."""
    lines = ["| | " + " | ".join(LOOKS) + " |", "|---" * (len(LOOKS) + 1) + "|"]
    for kind in KINDS:
        cells: list[str] = []
        for scene in (each for each in all_scenes if each.kind == kind):
            found = times[scene.mark]
            cell = f"{max(found)[0]:.0f} ({max(looks for _ms, looks in found)})" if found else "–"
            cells.append(cell if len(found) >= ROUNDS or not found else f"{cell}, {len(found)} of {ROUNDS}")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plain(text: str) -> str:
    """Leave out the symbology identifier and how GS1 is written."""
    return "".join(sign for sign in (text[3:] if text.startswith("]") else text) if sign not in "()\x1d")


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        all_scenes = scenes()
        print(table(all_scenes, asyncio.run(measure(all_scenes, Path(folder)))))


if __name__ == "__main__":
    main()
