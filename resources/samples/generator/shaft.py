"""WO-2025-0003: grinding of a spindle shaft, a work order of two pages and a drawing of its own."""

from pathlib import Path

from generator.drafting import balloon
from generator.palette import INK, MUTED
from generator.pen import Pen, Scaled
from generator.shaft_drawing import LENGTH, ORDER, drawing, outline
from generator.shapes import box
from generator.sheet import KOREAN, LEFT, RIGHT, Head, caution, heading, notes, sign_off, write_pdf
from generator.table import Column, table

HEAD = Head(
    ORDER,
    "작업지시서",
    "스핀들 샤프트 연삭",
    "A",
    "2025-11-12",
    (
        ("품번", "SS-3060-07", 44),
        ("수량", "8 EA", 26),
        ("재질", "SCM440, HRC 58–62", 62),
        ("고객", "해솔 자동화", 46),
        ("설비", "CG-02 원통 연삭기", 60),
        ("납기", "2025-12-12", 43),
    ),
    KOREAN,
)


def write(folder: Path) -> None:
    """Write the two pages and the drawing."""
    write_pdf(folder / f"{ORDER}.pdf", HEAD, [_work, _measurements])
    (folder / f"{ORDER}_drawing.svg").write_text(drawing(), encoding="utf-8", newline="\n")


def _work(pen: Pen) -> None:
    heading(pen, LEFT, 61.5, "가공 부위")
    pen.text(
        RIGHT,
        60.7,
        "상세 치수: 두 번째 문서(도면) · 바코드 WO-2025-0003+D2",
        size=3.3,
        colour=MUTED,
        anchor="end",
    )
    pen.polygon(box(LEFT, 63, RIGHT - LEFT, 48), stroke=INK)
    view = Scaled(pen, 52, 90.5, 0.6)
    outline(view)
    marks = ((22, "Ø30 k6"), (80, "Ø40 h6"), (190, "Ø45 ±0.1"), (267, "Ø40 k6"))
    for number, (x, label) in enumerate(marks, start=1):
        left = view.at(x, 0)[0]
        balloon(pen, left - 12, 68.4, str(number))
        pen.text(left - 7, 70, label, size=4.4, bold=True)
    heading(pen, LEFT, 118.5, "공정표")
    columns = [
        Column("공정", 15, "middle", bold=True),
        Column("작업 내용", 62, bold=True),
        Column("숫돌 · 공구", 62),
        Column("조건", 74),
        Column("공차 · 기준", 68),
    ]
    rows = [
        ["10", "양 센터 구멍 래핑", "60° 래핑 공구, #400", "수동, 30초 × 2", "접촉면 80 % 이상"],
        ["20", "① Ø30 k6 저널 연삭", "WA 80 J 7 V", "32 m/s, 이송 0.01 / 패스", "+0.015 / +0.002, Ra 0.4"],
        ["30", "② Ø40 h6 저널 연삭", "WA 80 J 7 V", "32 m/s, 이송 0.01 / 패스", "0 / –0.016, Ra 0.4"],
        ["40", "④ Ø40 k6 베어링부 연삭", "WA 100 J 7 V", "스파크아웃 8초", "+0.018 / +0.002, Ra 0.2"],
        ["50", "흔들림 검사 (양 센터 지지)", "다이얼 게이지 0.001", "②·④ 기준 A–B", "0.005 이하"],
        ["60", "방청 · 보호 망 씌우기", "방청유 R-20", "장갑 착용", "지문 · 흠집 없음"],
    ]
    end = table(pen, LEFT, 120, columns, rows, size=3.8, row_height=8.4)
    caution(pen, LEFT, end + 3, 139, "연삭 번 금지: 절삭유 토출을 확인한 뒤 시작하십시오.", size=4.0)
    caution(pen, 150, end + 3, 139, "맨손 취급 금지: 저널부는 면장갑을 착용하십시오.", size=4.0)


def _measurements(pen: Pen) -> None:
    heading(pen, LEFT, 61.5, "측정 기록 (전수 검사, 단위 mm)")
    wide = 19.5
    columns = [
        Column("항목", 40, bold=True),
        Column("규격", 50),
        Column("측정기", 35),
        *(Column(f"{number}번", wide, "middle") for number in range(1, 9)),
    ]
    rows = [
        ["① Ø30 k6", "30.002 – 30.015", "마이크로미터"],
        ["② Ø40 h6", "39.984 – 40.000", "마이크로미터"],
        ["④ Ø40 k6", "40.002 – 40.018", "마이크로미터"],
        ["흔들림 ①", "0.005 이하", "다이얼 게이지"],
        ["흔들림 ③", "0.010 이하", "다이얼 게이지"],
        ["전장", f"{LENGTH:.0f} ±0.1", "하이트 게이지"],
        ["거칠기 ④", "Ra 0.2 이하", "조도계 SJ-2"],
    ]
    table(pen, LEFT, 63, columns, [[*row, *[""] * 8] for row in rows], size=3.9, row_height=10.4)
    heading(pen, LEFT, 151, "작업 유의 사항")
    items = [
        "측정은 20 ±2 °C 측정실에서 30분 이상 방치한 뒤 실시합니다.",
        "규격을 벗어나면 즉시 작업을 멈추고 반장에게 알리십시오.",
        "숫돌 드레싱은 4개마다, 다이아몬드 드레서 0.02 × 2회.",
        "완료품은 전용 목재 거치대 R-3에 세워 보관합니다.",
    ]
    notes(pen, LEFT + 1, 157.5, 150, items, size=4.0)
    heading(pen, 168, 151, "확인")
    sign_off(pen, 168, 153, RIGHT - 168, 26, roles=["작업자", "측정자", "품질 승인"])
    pen.text(168, 187, "특기 사항:", size=3.8, bold=True)
    for y in (187.5, 195):
        pen.polyline([(188 if y < 190 else 168, y), (RIGHT, y)], width=0.2, colour=MUTED)
