"""Rebuilds the sheet of control barcodes and the keyboard test, the same bytes each time.

    python make_control_sheet.py [folder]

Relay and desktop serve the PDF files that this makes; the codes are those of relay/contract/controls.py. To be printed
at 100 %: the narrowest bar is 0.42 mm, in the keyboard test 0.38 mm.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT), str(ROOT / "resources" / "samples")]

import segno  # noqa: E402 - found after the folders are named
from generator import code128, typefaces  # noqa: E402
from generator.palette import ACCENT, INK, MUTED, RULE, WHITE  # noqa: E402
from generator.pen import Pen  # noqa: E402
from generator.pen_pdf import PdfPen  # noqa: E402
from generator.shapes import box, rounded  # noqa: E402
from generator.typefaces import REGULAR, fitted, wrapped  # noqa: E402
from icons import draw_icon  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402
from reportlab.lib.units import mm  # noqa: E402
from reportlab.pdfgen.canvas import Canvas  # noqa: E402

from relay.contract.controls import CALIBRATION, DISPLAYS, Control, write_control  # noqa: E402
from relay.contract.wording import LANGUAGES, Language, Wording  # noqa: E402

WIDTH, HEIGHT = 210.0, 297.0
MARGIN, TOP, GAP = 10.0, 34.0, 4.0
COLUMNS, ROWS = 2, 6
MODULE, TEST_MODULE = 0.42, 0.38
BARS = 17.0

FIRST = tuple(
    Control(verb)
    for verb in ("previous", "next", "zoom_out", "zoom_in", "fit", "rotate", "undo", "again", "close")
) + tuple(Control("display", number) for number in (1, 2, 3))
SECOND = tuple(Control("display", number) for number in range(4, DISPLAYS + 1))

WORDS: dict[Language, dict[str, str]] = {
    "ko": {
        "title": "벤치캐스트 제어 바코드",
        "hint": "작업대의 스캐너로 스캔하세요. 100 % 크기로 인쇄하고, 바코드를 접거나 코팅지로 흐리게 하지 마세요.",
        "page": "{number} / 2쪽",
        "test": "자판 시험",
        "test_hint": "스캔한 글자가 다르게 나오면 스캐너 시험 화면에서 ‘자판 배우기’를 누르고 둘 중 하나를 스캔하세요.",
        "display_hint": "표시 중인 문서가 그 모니터로 옮겨지고, 다음 작업지시도 그 모니터에 표시됩니다.",
    },
    "en": {
        "title": "Benchcast control barcodes",
        "hint": "Scan with the bench's scanner. Print at 100 %, and do not fold or laminate a barcode dull.",
        "page": "Page {number} of 2",
        "test": "Keyboard test",
        "test_hint": "Wrong characters? Press “Learn the keyboard” in the scanner test, and scan one of these.",
        "display_hint": "The document that is shown moves to that monitor, and the next orders are shown there, too.",
    },
}


def main(folder: Path) -> None:
    """Write the sheets and the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    typefaces.register()
    for language in LANGUAGES:
        _write_sheet(folder / f"control-sheet-{language}.pdf", language)
    code128.write_png(CALIBRATION, folder / "keyboard-test.png", module=2, height=60, size=0)
    _write_qr(folder / "keyboard-test-qr.png")


def _write_sheet(path: Path, language: Language) -> None:
    words = WORDS[language]
    canvas = Canvas(
        str(path), pagesize=(WIDTH * mm, HEIGHT * mm), invariant=1, pageCompression=1, initialFontName=REGULAR
    )
    canvas.setTitle(words["title"])
    canvas.setAuthor("Benchcast")
    # Viewers fit the page to the paper otherwise, and the bars would not be as wide as they are meant.
    canvas.setViewerPreference("PrintScaling", "None")
    for number, controls in enumerate((FIRST, SECOND), start=1):
        pen = PdfPen(canvas, HEIGHT)
        _head(pen, words, number)
        for place, control in enumerate(controls):
            _cell(pen, place, control, language)
        if controls is SECOND:
            _second(pen, words)
        canvas.showPage()
    canvas.save()


def _head(pen: Pen, words: dict[str, str], number: int) -> None:
    pen.polygon(box(0, 0, WIDTH, 3.2), fill=ACCENT, stroke="")
    pen.text(MARGIN, 17, words["title"], size=9.5, bold=True)
    hint = words["hint"]
    pen.text(MARGIN, 26, hint, size=fitted(hint, WIDTH - 2 * MARGIN, 4.0), colour=MUTED)
    pen.text(WIDTH - MARGIN, 17, words["page"].format(number=number), size=4.0, colour=MUTED, anchor="end")


def _cell_size() -> tuple[float, float]:
    wide = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
    return wide, (HEIGHT - TOP - MARGIN - (ROWS - 1) * GAP) / ROWS


def _cell(pen: Pen, place: int, control: Control, language: Language) -> None:
    wide, high = _cell_size()
    x, y = MARGIN + place % COLUMNS * (wide + GAP), TOP + place // COLUMNS * (high + GAP)
    name = Wording(language).say(f"scanner.control.{control.verb}", number=control.number or 1)
    pen.polygon(rounded(x, y, wide, high, 3), fill=WHITE, stroke=RULE, width=0.4)
    draw_icon(pen, control, x + 4, y + 3, 12)
    pen.text(x + 20, y + 12.2, name, size=fitted(name, wide - 24, 8.5, True), bold=True, colour=INK)
    text = write_control(control)
    bars = code128.width_of(text, MODULE)
    code128.draw(pen, text, x + (wide - bars) / 2, y + 17.5, module=MODULE, height=BARS, size=2.4)


def _second(pen: Pen, words: dict[str, str]) -> None:
    wide, high = _cell_size()
    used = -(-len(SECOND) // COLUMNS)
    # Beside the last odd monitor, what monitors are about.
    x, y = MARGIN + wide + GAP + 4, TOP + (used - 1) * (high + GAP) + 10
    for line in wrapped(words["display_hint"], wide - 8, 4.4):
        pen.text(x, y, line, size=4.4, colour=MUTED)
        y += 6.4
    top = TOP + used * (high + GAP) + 4
    pen.polygon(
        rounded(MARGIN - 5, top, WIDTH - 2 * MARGIN + 10, HEIGHT - top - MARGIN, 3), fill=WHITE, stroke=RULE
    )
    pen.text(MARGIN, top + 12, words["test"], size=8.5, bold=True)
    hint = words["test_hint"]
    pen.text(MARGIN, top + 20, hint, size=fitted(hint, WIDTH - 2 * MARGIN, 3.8), colour=MUTED)
    bars = code128.width_of(CALIBRATION, TEST_MODULE)
    code128.draw(pen, CALIBRATION, (WIDTH - bars) / 2, top + 26, module=TEST_MODULE, height=24, size=0)
    _draw_qr(pen, WIDTH / 2 - 20, top + 56, 40)


def _draw_qr(pen: Pen, x: float, y: float, size: float) -> None:
    matrix = _qr()
    module = size / len(matrix)
    for row, line in enumerate(matrix):
        # A run at a time: single modules show hairlines between them when they are rendered.
        start = None
        for column, dark in enumerate([*line, False]):
            if dark and start is None:
                start = column
            if not dark and start is not None:
                run = box(x + start * module, y + row * module, (column - start) * module, module)
                pen.polygon(run, fill="#000000", stroke="")
                start = None


def _write_qr(path: Path) -> None:
    matrix, module, quiet = _qr(), 5, 4
    side = (len(matrix) + 2 * quiet) * module
    image = Image.new("L", (side, side), 255)
    brush = ImageDraw.Draw(image)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                left, top = (column + quiet) * module, (row + quiet) * module
                brush.rectangle((left, top, left + module - 1, top + module - 1), fill=0)
    image.save(path, optimize=True)


def _qr() -> list[list[bool]]:
    return [[bool(dark) for dark in line] for line in segno.make(CALIBRATION, error="m", micro=False).matrix]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
