"""Turns a window to a thousand documents, good and bad ones mixed, and tells what that did to the memory.

    .venv/bin/python tests/bench/navigations.py --count 1000

The memory is that of the app's process on a virtual display; the presses, which come and go, have a limit instead. It
rises while caches fill; what must not be is that it goes on rising, so the slope of the second half is judged, in bytes
for each navigation.
"""

import argparse
import random
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers import hostile_papers as hostile  # noqa: E402 - the path comes first
from helpers.paper_samples import BLUE, GREEN, RED, YELLOW, drawing, heavy_pdf, pdf, picture  # noqa: E402
from helpers.stage_desk import StageDesk, stage_desk  # noqa: E402
from helpers.x11 import two_monitors  # noqa: E402

MEASURED_EVERY = 10


@dataclass(frozen=True)
class Report:
    """What a run was like. `memory` holds (navigations so far, bytes of the app, bytes of app and presses)."""

    count: int
    refused: int
    memory: tuple[tuple[int, int, int], ...]
    first_ms: tuple[float, ...]
    next_ms: tuple[float, ...]

    @property
    def slope(self) -> float:
        """Bytes of the app for each navigation, over the second half."""
        half = self.memory[len(self.memory) // 2 :]
        return statistics.linear_regression([at for at, _, _ in half], [own for _, own, _ in half]).slope

    @property
    def most(self) -> int:
        """The most bytes that were held at once."""
        return max(held for _, _, held in self.memory)


def documents(folder: Path) -> list[tuple[str, Path, bool]]:
    """Make the documents: kind, file, and whether it can be shown."""
    return [
        ("pdf", pdf(folder / "pages.pdf", [RED, GREEN, BLUE, YELLOW] * 5), True),
        ("pdf", pdf(folder / "a0.pdf", [RED, BLUE], size=hostile.A0), True),
        ("pdf", heavy_pdf(folder / "heavy.pdf", lines=4_000), True),
        ("pdf", hostile.hangul_without_a_font(folder / "hangul.pdf"), True),
        ("pdf", hostile.bytes_of(b"<html>404</html>")(folder / "page.pdf"), False),
        ("pdf", pdf(folder / "locked.pdf", password="secret"), False),
        ("image", picture(folder / "photo.jpg", GREEN, size=(3000, 2000)), True),
        ("image", picture(folder / "plain.png", BLUE), True),
        ("image", hostile.faxes(folder / "faxes.tiff"), True),
        ("image", drawing(folder / "drawing.svg"), True),
        ("image", hostile.beginning_of(lambda path: picture(path, RED), 0.5)(folder / "half.png"), False),
    ]


def navigate(stage: StageDesk, folder: Path, count: int, *, seed: int = 1) -> Report:
    """Turn to documents, pages and looks, `count` times."""
    dice, files = random.Random(seed), documents(folder)
    memory: list[tuple[int, int, int]] = []
    first: list[float] = []
    following: list[float] = []
    refused = 0
    for at in range(1, count + 1):
        kind, path, is_good = dice.choice(files)
        said = stage.show(kind, path, content={"revision": dice.choice("ABC"), "document_id": path.name})
        assert ("code" not in said) == is_good, (path.name, said)
        refused += not is_good
        if is_good:
            first.append(said["shown_ms"])
        for wish in dice.sample(
            [
                {"step": "next"},
                {"zoom_step": "in"},
                {"scroll": {"dy": 0.5}},
                {"rotate_by": 90},
                {"fit": "page"},
            ],
            k=dice.choice([0, 1, 2]),
        ):
            begun = perf_counter()
            stage.ask("view", view=wish)
            following.append((perf_counter() - begun) * 1000)
        if at % MEASURED_EVERY == 0:
            held = stage.ask("memory")
            memory.append((at, held["own"], held["bytes"]))
    return Report(count, refused, tuple(memory), tuple(first), tuple(following))


def main() -> int:
    """Run it and print what came of it."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--count", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        two_monitors(window_manager=True) as desk,
        stage_desk(desk.env) as stage,
    ):
        report = navigate(stage, Path(folder), asked.count, seed=asked.seed)
    own = [own / 1e6 for _, own, _ in report.memory]
    beginning, middle, end = own[0], own[len(own) // 2], own[-1]
    first, following = statistics.median(report.first_ms), statistics.median(report.next_ms)
    print(f"{report.count} navigations, {report.refused} refused, {len(report.next_ms)} views")
    print(f"the app: {beginning:.0f} MB, half way {middle:.0f} MB, at the end {end:.0f} MB")
    print(f"its second half: {report.slope / 1e3:+.1f} kB for each navigation")
    print(f"with its one or two presses: {report.most / 1e6:.0f} MB at most")
    print(f"to shown, median: {first:.0f} ms; another view: {following:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
