"""WO-2025-0001: machining of a gearbox housing, in three revisions that differ where it matters."""

from dataclasses import dataclass
from pathlib import Path

from generator.drafting import arrow, centre_lines, dimension, leader
from generator.palette import INK, MUTED, STEEL, WARNING, WHITE
from generator.pen import CHAIN, Pen, Scaled
from generator.shapes import box, hatch, rounded
from generator.sheet import KOREAN, LEFT, RIGHT, Head, caution, heading, notes, sign_off, write_pdf
from generator.table import Column, table

ORDER = "WO-2025-0001"
# The bores sit a little below the middle, because the upper one is larger.
RISE = 7.0


@dataclass(frozen=True)
class Revision:
    """What one revision of the housing changed, and what it says about itself."""

    letter: str
    date: str
    change: str
    large_bore: float
    distance: float
    tolerance: str
    dowels: bool
    caution: str


REVISIONS = (
    Revision(
        "A",
        "2025-10-20",
        "최초 발행",
        62.0,
        75.0,
        "±0.02",
        False,
        "보링 전 기준면 A의 평면도 0.02 이내를 확인하십시오.",
    ),
    Revision(
        "B",
        "2025-11-06",
        "대경 보어 Ø62 H7 → Ø68 H7 (베어링 6008 적용)",
        68.0,
        75.0,
        "±0.02",
        False,
        "개정 B: 대경 보어가 Ø68 H7로 변경되었습니다. Ø62 게이지를 쓰지 마십시오.",
    ),
    Revision(
        "C",
        "2025-11-18",
        "축간 거리 75 ±0.02 → 78 ±0.015, 다웰 핀 2-Ø8 H7 추가",
        68.0,
        78.0,
        "±0.015",
        True,
        "개정 C: 축간 거리 78 ±0.015, 다웰 2개 추가. 프로그램 O4120C 전용.",
    ),
)


def write(folder: Path) -> None:
    """Write one PDF per revision."""
    for index, revision in enumerate(REVISIONS):
        head = Head(
            ORDER,
            "작업지시서",
            "기어박스 하우징 가공",
            revision.letter,
            revision.date,
            (
                ("품번", "GH-4120-01", 50),
                ("수량", "24 EA", 32),
                ("재질", "AC4C-T6 (알루미늄 주물)", 68),
                ("고객", "다온 로보틱스", 46),
                ("설비", "MC-03 · 지그 J-118", 50),
                ("납기", "2025-12-05", 35),
            ),
            KOREAN,
        )
        write_pdf(folder / f"{ORDER}_{revision.letter}.pdf", head, [_Page(index).draw])


class _Page:
    def __init__(self, index: int) -> None:
        self.index = index
        self.revision = REVISIONS[index]

    def draw(self, pen: Pen) -> None:
        """The one page: operations and drawing above, history, notes and signatures below."""
        heading(pen, LEFT, 61.5, "공정표")
        self._operations(pen)
        heading(pen, 152, 61.5, f"가공도 (개정 {self.revision.letter})")
        pen.text(RIGHT, 60.7, "단위 mm · 일반 공차 KS B ISO 2768-m", size=3.1, colour=MUTED, anchor="end")
        pen.polygon(box(152, 63, RIGHT - 152, 92), stroke=INK)
        front_view(Scaled(pen, 205, 111.5, 0.42), self.revision)
        section_view(Scaled(pen, 266, 111.5, 0.42), self.revision)
        self._history(pen)

    def _operations(self, pen: Pen) -> None:
        revision = self.revision
        rows = [
            ["10", "기준면 A 정면 절삭", "페이스밀 Ø80, S3200 F1200", "평면도 0.02"],
            ["20", "외곽·플랜지 가공", "엔드밀 Ø16, S6000 F1800", "±0.1"],
            ["30", f"대경 보어 Ø{revision.large_bore:.0f} H7", "보링바 BT40, S1800 F90", "+0.030 / 0"],
            ["40", "소경 보어 Ø47 H7", "보링바 BT40, S2200 F90", "+0.025 / 0"],
            ["50", "축간 거리 확인", "3차원 측정기 CMM-1", f"{revision.distance:.0f} {revision.tolerance}"],
            ["60", "6-M8 탭, 깊이 18", "스파이럴 탭 M8×1.25", "6H, 토크 25 N·m"],
        ]
        if revision.dowels:
            rows.append(["65", "다웰 구멍 2-Ø8 H7", "리머 Ø8 H7, S800 F120", "+0.015 / 0"])
        rows.append(["70", "세척 · 디버링", "초음파 60 °C, 10분", "잔류물 없음"])
        columns = [
            Column("공정", 13, "middle", bold=True),
            Column("작업 내용", 42, bold=True),
            Column("공구 · 조건", 51),
            Column("공차 · 기준", 34),
        ]
        table(pen, LEFT, 63, columns, rows, size=3.6, row_height=9.2 if revision.dowels else 10.5)

    def _history(self, pen: Pen) -> None:
        revision = self.revision
        caution(pen, LEFT, 147, 140, revision.caution)
        heading(pen, LEFT, 165, "개정 이력")
        rows = [[r.letter, r.date, r.change] for r in REVISIONS[: self.index + 1]]
        columns = [Column("개정", 13, "middle", bold=True), Column("일자", 26), Column("변경 내용", 101)]
        table(pen, LEFT, 166.5, columns, rows, size=3.5, marked=self.index)
        heading(pen, 152, 163, "작업 유의 사항")
        items = [
            "초품 1개는 전 치수를 측정하고 품질팀 승인 후 양산합니다.",
            "보어 표면 거칠기 Ra 0.8 이하, 4개마다 1개를 실린더 게이지로 확인.",
            "클램프 토크 35 N·m를 넘기지 마십시오 (변형 위험).",
        ]
        notes(pen, 152, 168, RIGHT - 152, items, size=3.4)
        sign_off(pen, 152, 184, RIGHT - 152, 15, roles=["작업자", "초품 검사", "공정 검사", "승인"])


def front_view(view: Scaled, revision: Revision) -> None:
    """The housing from the front, its bores on the vertical centre line."""
    half = revision.distance / 2
    view.polygon(rounded(-76, -84, 152, 168, 16), fill="#E9EEF2", width=0.5)
    view.polygon(rounded(-58, -72, 116, 144, 22), fill=STEEL, width=0.3)
    for x in (-67, 67):
        for y in (-73, 0, 73):
            view.circle(x, y, 3.6, fill=WHITE, width=0.35)
            centre_lines(view, x, y, 6.5)
    if revision.dowels:
        for x, y in ((-67, -38), (67, 38)):
            view.circle(x, y, 4.2, fill=INK, width=0.35)
            centre_lines(view, x, y, 8, colour=WARNING)
    for y, radius in ((RISE - half, revision.large_bore / 2), (RISE + half, 23.5)):
        view.circle(0, y, radius + 5, fill="#DDE4EA", width=0.25)
        view.circle(0, y, radius, fill=WHITE, width=0.6)
        centre_lines(view, 0, y, radius + 8)
    _front_dimensions(view, revision, half)


def _front_dimensions(view: Scaled, revision: Revision, half: float) -> None:
    pen = view.pen
    dimension(pen, view.at(-76, -84), view.at(76, -84), 5.5, "152 ±0.1")
    dimension(pen, view.at(-76, 84), view.at(-76, -84), 6, "168 ±0.1")
    text = f"{revision.distance:.0f} {revision.tolerance}"
    dimension(pen, view.at(0, RISE + half), view.at(0, RISE - half), -37.5, text, size=3.8, bold=True)
    for y, label in ((RISE - half, f"Ø{revision.large_bore:.0f} H7"), (RISE + half, "Ø47 H7")):
        x, base = view.at(0, y)
        pen.polygon(box(x - 8, base - 6, 16, 4.8), fill=WHITE, stroke="")
        pen.text(x, base - 2.2, label, size=4.2, bold=True, anchor="middle")
    leader(pen, view.at(-67, 76.6), view.at(-60, 97), "6-M8 깊이 18")
    if revision.dowels:
        leader(pen, view.at(67, 42.2), view.at(46, 97), "2-Ø8 H7", bold=True, colour=WARNING)


def section_view(view: Scaled, revision: Revision) -> None:
    """The cut through both bores, seen from the side."""
    half, large = revision.distance / 2, revision.large_bore / 2
    walls = (
        (-84, RISE - half - large),
        (RISE - half + large, RISE + half - 23.5),
        (RISE + half + 23.5, 84),
    )
    view.polygon(box(-22, -84, 44, 168), fill=WHITE, width=0.3)
    for top, bottom in walls:
        wall = box(-22, top, 44, bottom - top)
        hatch(view, wall, 5, colour="#5B6A78")
        view.polygon(wall, width=0.5)
    for y in (RISE - half, RISE + half):
        view.polyline([(-29, y), (29, y)], width=0.15, dash=CHAIN)
    pen = view.pen
    dimension(pen, view.at(-22, -84), view.at(22, -84), 5.5, "44 ±0.05")
    pen.text(*view.at(0, 97), "단면 A–A", size=3.6, bold=True, anchor="middle")
    surface = view.at(22, (walls[1][0] + walls[1][1]) / 2)
    pen.polyline([surface, (surface[0] + 5, surface[1])], width=0.18)
    arrow(pen, surface, (surface[0] + 5, surface[1]), colour=INK)
    pen.polygon(box(surface[0] + 5, surface[1] - 3, 6, 6), fill=WHITE)
    pen.text(surface[0] + 8, surface[1] + 1.5, "A", size=4, bold=True, anchor="middle")
