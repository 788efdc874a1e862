"""Measures how long a phone's camera page takes to read real barcodes: sharp, blurred, turned, dark, damaged.

PYTHONPATH=tests:. .venv/bin/python tests/bench/phone_camera.py      about 10 minutes; prints the tables of phone.md

Chromium plays the codes as its camera (1280×720, 30 pictures a second), one scene after the other. From the first
picture of a scene that reaches the page to the moment at which the code was read is what somebody waits with it.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers.browser import PHONE, chromium, visitor  # noqa: E402 - the path comes first
from helpers.camera_scenes import DAMAGE, KINDS, LEVELS, LOOKS, MARK, Scene, plain, scenes  # noqa: E402
from helpers.camera_video import camera_arguments, empty, write_video  # noqa: E402
from helpers.relay_running import running_relay  # noqa: E402

SECONDS_A_SCENE = 1.6
SECONDS_BETWEEN = 0.3
ROUNDS = 2

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
        if (mark !== scenes.at(-1)?.mark) {
            scenes.push({ mark, at: performance.now(), looks });
            if (scenes.length % 20 === 0) tellProgress(scenes.length, wanted);
        }
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
        await worker.page.expose_function("tellProgress", tell_progress)
        await worker.page.goto(f"{office.url}/scan/")
        seen_there = await worker.page.evaluate(STOP_WATCH, [LEVELS, MARK, round_ms * ROUNDS, wanted])
    marks = {plain(scene.text): scene.mark for scene in all_scenes}
    for each in seen_there["readings"]:
        if plain(each["text"]) not in marks:
            tell_misread(each, seen_there["scenes"], all_scenes)
    times: dict[str, list[tuple[float, int]]] = {scene.mark: [] for scene in all_scenes}
    for begun in seen_there["scenes"]:
        end = begun["at"] + SECONDS_A_SCENE * 1000 + 1000  # the answer to the last look comes later
        for each in seen_there["readings"]:
            if begun["at"] <= each["at"] <= end and marks.get(plain(each["text"])) == begun["mark"]:
                times[begun["mark"]].append((each["at"] - begun["at"], each["looks"] - begun["looks"]))
                break
    return times


def tell_misread(reading: dict[str, Any], begun: list[dict[str, Any]], all_scenes: list[Scene]) -> None:
    """Say what was read that stands nowhere, and what was to be seen then."""
    mark = next((each["mark"] for each in reversed(begun) if each["at"] <= reading["at"]), None)
    scene = next((each for each in all_scenes if each.mark == mark), None)
    seen_then = f"{scene.kind}, {scene.look}, {scene.text}" if scene else "nothing, or the scene before it"
    print(f"MISREAD {reading['text']!r} while there was: {seen_then}", flush=True)


def tell_progress(done: int, wanted: int) -> None:
    """Say how far the video is."""
    print(f"  {done} of {wanted} pictures seen", file=sys.stderr, flush=True)


def cell(found: list[tuple[float, int]]) -> str:
    """Write the slowest round in milliseconds and, in brackets, in how many looks it was read."""
    if not found:
        return "–"
    slowest = f"{max(found)[0]:.0f} ({max(looks for _ms, looks in found)})"
    return slowest if len(found) >= ROUNDS else f"{slowest}, {len(found)} of {ROUNDS}"


def table(cells: dict[tuple[str, str], str], rows: list[str], columns: list[str]) -> str:
    """Write a table of cells, each known by its row and its column."""
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {row} | " + " | ".join(cells[row, column] for column in columns) + " |" for row in rows]
    return "\n".join(lines)


def measured(all_scenes: list[Scene]) -> dict[tuple[str, str], str]:
    """Measure these scenes; returns the cell of each kind and look."""
    with tempfile.TemporaryDirectory() as folder:
        times = asyncio.run(measure(all_scenes, Path(folder)))
    return {(scene.kind, scene.look): cell(times[scene.mark]) for scene in all_scenes}


def main() -> None:
    """Measure, and print both tables, each as soon as it is known."""
    print(table(measured(scenes(LOOKS)), list(KINDS), list(LOOKS)), flush=True)
    damaged = measured(scenes(DAMAGE))
    by_damage = {(look, kind): text for (kind, look), text in damaged.items()}
    print(f"\n{table(by_damage, list(DAMAGE), list(KINDS))}", flush=True)


if __name__ == "__main__":
    main()
