"""WO-2025-0005: inspection of a sensor bracket, a picture of the points and a report to fill in."""

from pathlib import Path

from generator import code128
from generator.bracket import bracket
from generator.drafting import balloon
from generator.palette import ACCENT, ACCENT_PALE, INK, MUTED, WHITE
from generator.pen import Pen
from generator.pen_image import ImagePen
from generator.shapes import box
from generator.sheet import COMPANY, KOREAN, LEFT, RIGHT, Head, caution, heading, notes, sign_off, write_pdf
from generator.table import Column, table

ORDER = "WO-2025-0005"
HEAD = Head(
    ORDER,
    "검사 성적서",
    "센서 브래킷 출하 검사",
    "A",
    "2025-11-17",
    (
        ("품번", "SB-0715-02", 46),
        ("수량", "120 EA (샘플 8)", 54),
        ("재질", "SUS304 t3.0", 46),
        ("고객", "미르 광학", 42),
        ("검사 기준", "AQL 0.65, 수준 II", 56),
        ("납기", "2025-12-03", 37),
    ),
    KOREAN,
)
# Number, name, limit, instrument; the places in the picture are the bracket's own business.
POINTS = (
    ("1", "센서 구멍 지름", "Ø12.0 +0.05 / 0", "핀 게이지"),
    ("2", "센서 구멍 높이", "38.0 ±0.1", "하이트 게이지"),
    ("3", "장공 폭 (2개소)", "6.5 +0.2 / 0", "핀 게이지"),
    ("4", "굽힘 각도", "90° ±0.5°", "각도기"),
    ("5", "굽힘부 균열", "없을 것", "육안 ×10"),
    ("6", "모서리 버", "0.1 이하", "촉감 · 육안"),
    ("7", "레이저 각인", "판독 가능", "육안"),
)


def write(folder: Path) -> None:
    """Write the picture and the report."""
    _picture(folder / f"{ORDER}_points.png")
    write_pdf(folder / f"{ORDER}.pdf", HEAD, [_report])


def _picture(path: Path) -> None:
    pen = ImagePen(320, 180, 6, oversampling=3, ground="#E6EBEF")
    for y in range(28, 180):
        # A plain studio background: lighter at the horizon, darker towards the viewer.
        shade = 238 - abs(y - 70) // 4
        pen.polygon(box(0, y, 216, 1.1), fill=f"#{shade:02X}{shade + 3:02X}{shade + 5:02X}", stroke="")
    for (x, y), (left, top), number in bracket(pen, 104, 118):
        pen.polyline([(left, top), (x, y)], width=0.9, colour=WHITE)
        pen.polyline([(left, top), (x, y)], width=0.5, colour=ACCENT)
        pen.circle(x, y, 1.2, fill=ACCENT, stroke=WHITE, width=0.3)
        pen.circle(left, top, 6.2, fill=WHITE, stroke="")
        balloon(pen, left, top, number, radius=5.6)
    _picture_head(pen)
    pen.polygon(box(216, 28, 104, 152), fill=WHITE, stroke="")
    pen.polyline([(216, 28), (216, 180)], width=0.4, colour=ACCENT)
    for index, (number, name, limit, instrument) in enumerate(POINTS):
        y = 36 + index * 18.6
        pen.polygon(box(219, y - 5, 98, 16.6), fill=ACCENT_PALE if index % 2 == 0 else WHITE, stroke="")
        balloon(pen, 227, y + 3.3, number, radius=5.4)
        pen.text(236, y + 1.8, name, size=5.4, bold=True)
        pen.text(236, y + 9, limit, size=5, bold=True, colour=ACCENT)
        pen.text(314, y + 9, instrument, size=4.2, colour=MUTED, anchor="end")
    pen.text(220, 174, "불량 발견 시 즉시 작업 중지 · 반장 호출", size=4.8, bold=True, colour="#B23B0E")
    pen.text(6, 175, f"{COMPANY} · 벤치캐스트 견본 문서", size=3.8, colour=MUTED)
    pen.finished().save(path, optimize=True)


def _picture_head(pen: Pen) -> None:
    pen.polygon(box(0, 0, 320, 28), fill=WHITE, stroke="")
    pen.polygon(box(0, 0, 320, 2.6), fill=ACCENT, stroke="")
    pen.text(6, 14, "검사 포인트", size=9.4, bold=True)
    pen.text(6, 23.4, "센서 브래킷 SB-0715-02 · 납기 2025-12-03", size=4.8)
    pen.text(108, 8.8, "작업지시 번호", size=3.6, colour=MUTED)
    pen.text(108, 22.8, ORDER, size=13.6, bold=True, colour=ACCENT)
    code128.draw(pen, ORDER, 212, 5, module=0.4, height=16, size=4)
    pen.polygon(box(289, 5, 26, 20), fill=ACCENT, stroke="")
    pen.text(291, 9.6, "개정", size=3.4, colour=WHITE)
    pen.text(303.5, 23, "A", size=17, bold=True, colour=WHITE, anchor="middle")
    pen.polyline([(0, 28), (320, 28)], width=0.5, colour=ACCENT)


def _report(pen: Pen) -> None:
    heading(pen, LEFT, 61.5, "측정 결과 (단위 mm)")
    columns = [
        Column("번호", 12, "middle", bold=True),
        Column("검사 항목", 44, bold=True),
        Column("규격", 40),
        Column("측정기", 30),
        *(Column(f"#{sample}", 13.5, "middle") for sample in range(1, 9)),
        Column("판정", 47, "middle"),
    ]
    rows = [[*point, *[""] * 8, "□ 합격   □ 불합격"] for point in POINTS]
    end = table(pen, LEFT, 63, columns, rows, size=3.7, row_height=8.7)
    caution(
        pen,
        LEFT,
        end + 4,
        RIGHT - LEFT,
        "1개라도 불합격이면 로트 전체를 보류 구역(적색 선)으로 옮기십시오.",
        size=4.2,
    )
    heading(pen, LEFT, end + 22, "검사 방법")
    items = [
        "로트에서 무작위로 8개를 뽑아 세척 후 측정합니다.",
        "번호는 검사 포인트 그림(첫 번째 문서)과 같습니다.",
        "핀 게이지는 힘을 주지 말고 자중으로 넣습니다.",
    ]
    notes(pen, LEFT + 1, end + 29, 138, items, size=4.1)
    heading(pen, 160, end + 22, "확인")
    sign_off(pen, 160, end + 24, RIGHT - 160, 24, roles=["검사자", "품질 책임자", "출하 승인"])
    pen.polygon(box(160, end + 51, RIGHT - 160, 9), stroke=INK)
    pen.text(163, end + 57, "종합 판정:   □ 합격     □ 조건부 합격     □ 불합격", size=4.0, bold=True)
