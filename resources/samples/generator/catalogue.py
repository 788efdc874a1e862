"""The list of sample orders: orders.csv for the import, the barcodes, and the sheet to print."""

import csv
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from generator import code128
from generator.palette import ACCENT, MUTED, RULE
from generator.pen_pdf import PdfPen
from generator.shapes import box
from generator.typefaces import REGULAR

COLUMNS = (
    "orderId", "title", "customer", "dueDate", "file", "documentTitle", "revision", "quantity", "partNumber",
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """One order with its documents as (file, title, revision), oldest revision first."""

    order_id: str
    title: str
    english: str
    customer: str
    due: str
    quantity: int
    part: str
    documents: tuple[tuple[str, str, str], ...]


ORDERS = (
    Order(
        "WO-2025-0001",
        "기어박스 하우징 가공",
        "Gearbox housing, machining",
        "다온 로보틱스",
        "2025-12-05",
        24,
        "GH-4120-01",
        tuple((f"WO-2025-0001_{letter}.pdf", "작업지시서", letter) for letter in "ABC"),
    ),
    Order(
        "WO-2025-0002",
        "Coolant pump CP-210, assembly",
        "냉각 펌프 조립",
        "Fairwater Machine Tools",
        "2025-12-09",
        12,
        "CP-210-B",
        (("WO-2025-0002.pdf", "Assembly instruction", "B"),),
    ),
    Order(
        "WO-2025-0003",
        "스핀들 샤프트 연삭",
        "Spindle shaft, grinding",
        "해솔 자동화",
        "2025-12-12",
        8,
        "SS-3060-07",
        (("WO-2025-0003.pdf", "작업지시서", "A"), ("WO-2025-0003_drawing.svg", "도면", "B")),
    ),
    Order(
        "WO-2025-0004",
        "Control cabinet harness CH-88",
        "제어반 하네스 배선",
        "Lumen Rail Systems",
        "2025-12-11",
        20,
        "CH-88-D",
        (("WO-2025-0004.jpg", "Harness board", "D"),),
    ),
    Order(
        "WO-2025-0005",
        "센서 브래킷 출하 검사",
        "Sensor bracket, inspection",
        "미르 광학",
        "2025-12-03",
        120,
        "SB-0715-02",
        (("WO-2025-0005_points.png", "검사 포인트", "A"), ("WO-2025-0005.pdf", "검사 성적서", "A")),
    ),
    Order(
        "WO-2025-0006",
        "서보 앰프 수출 포장 · Servo amplifier packing",
        "",
        "Harbour Drives",
        "2025-12-16",
        48,
        "SA-750-EU",
        (("WO-2025-0006.pdf", "포장 지시서 · Packing instruction", "A"),),
    ),
)
SECOND_DOCUMENT = "WO-2025-0003+D2"


def write(folder: Path) -> None:
    """Write the list, every barcode as SVG and PNG, and the printable sheet."""
    _write_csv(folder / "orders.csv")
    barcodes = folder / "barcodes"
    barcodes.mkdir(exist_ok=True)
    for value in (*(order.order_id for order in ORDERS), SECOND_DOCUMENT):
        name = value.replace("+", "_")
        code128.write_svg(value, barcodes / f"{name}.svg", value)
        code128.write_png(value, barcodes / f"{name}.png")
    _write_sheet(folder / "barcodes.pdf")


def _write_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for order in ORDERS:
            for name, title, revision in order.documents:
                writer.writerow([
                    order.order_id, order.title, order.customer, order.due, name, title, revision,
                    order.quantity, order.part,
                ])  # fmt: skip


def _write_sheet(path: Path) -> None:
    # Without a first font of ours, reportlab lists its own Helvetica, which no file brings along.
    canvas = Canvas(
        str(path), pagesize=(210 * mm, 297 * mm), invariant=1, pageCompression=1, initialFontName=REGULAR
    )
    canvas.setTitle("Benchcast sample barcodes")
    canvas.setAuthor("Benchcast")
    pen = PdfPen(canvas, 297)
    pen.polygon(box(0, 0, 210, 3), fill=ACCENT, stroke="")
    pen.text(15, 18, "견본 작업지시 바코드 · Sample order barcodes", size=7, bold=True)
    pen.text(15, 25, "벤치에서 스캔하면 해당 문서가 표시됩니다.", size=3.8, colour=MUTED)
    pen.text(15, 30.5, "Scan one at the bench and its document appears.", size=3.8, colour=MUTED)
    rows = [(order.order_id, order.title, order.english) for order in ORDERS]
    rows.insert(
        3,
        (
            SECOND_DOCUMENT,
            "스핀들 샤프트 연삭, 두 번째 문서 (도면)",
            "Spindle shaft, second document (drawing)",
        ),
    )
    for index, (value, first, second) in enumerate(rows):
        y = 36 + index * 36.4
        pen.polyline([(15, y), (195, y)], width=0.25, colour=RULE)
        code128.draw(pen, value, 10, y + 5, module=0.42, height=20, size=4.4)
        title, _, rest = first.partition(" · ")
        pen.text(110, y + 14, title, size=4.8, bold=True)
        pen.text(110, y + 21, second or rest, size=4.2, colour=MUTED)
    pen.text(
        105,
        291,
        "Benchcast · 100 % 크기로 인쇄하십시오 · print at 100 %",
        size=3.2,
        colour=MUTED,
        anchor="middle",
    )
    canvas.showPage()
    canvas.save()
