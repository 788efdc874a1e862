"""WO-2025-0006: packing of servo amplifiers, one page that says everything in Korean and English."""

from pathlib import Path

from generator.drafting import balloon, called_out, dimension
from generator.palette import ACCENT, INK, MUTED, WHITE
from generator.pen import Pen, Point
from generator.shapes import box
from generator.sheet import BOTH, LEFT, RIGHT, Head, caution, heading, sign_off, write_pdf
from generator.table import Column, table

ORDER = "WO-2025-0006"
HEAD = Head(
    ORDER,
    "포장 지시서 · Packing",
    "서보 앰프 수출 포장 · Servo amplifier, export",
    "A",
    "2025-11-19",
    (
        ("품번 · Part no.", "SA-750-EU", 42),
        ("수량 · Quantity", "48 EA / 8 box", 50),
        ("고객 · Customer", "Harbour Drives, Rotterdam", 78),
        ("포장 라인 · Line", "P-2", 30),
        ("출하 · Ship to", "부산 · Busan CY", 44),
        ("납기 · Due", "2025-12-16", 37),
    ),
    BOTH,
)
STEPS = (
    ("본체에 정전기 방지 봉투를 씌우고 밀봉", "Slip the unit into the antistatic bag and seal it"),
    ("실리카겔 50 g 1개를 봉투 안에 동봉", "Add one 50 g silica gel inside the bag"),
    ("하부 완충재 위에 6대를 2열로 배치", "Place 6 units in two rows on the lower foam"),
    ("설명서 · 커넥터 키트 6조를 상부에 적재", "Put 6 manuals and connector kits on top"),
    ("상부 완충재를 덮고 H형으로 테이핑", "Cover with the upper foam, tape in H shape"),
    ("라벨 2매 부착, 충격 표시기 확인", "Apply 2 labels, check the shock indicator"),
)


def write(folder: Path) -> None:
    """Write the one page."""
    write_pdf(folder / f"{ORDER}.pdf", HEAD, [_page])


def _page(pen: Pen) -> None:
    heading(pen, LEFT, 61.5, "작업 순서 · Steps")
    for index, (korean, english) in enumerate(STEPS):
        y = 63 + index * 14.6
        pen.polygon(box(LEFT, y, 136, 13.2), fill=WHITE, stroke="#AEB9C4", width=0.3)
        balloon(pen, LEFT + 7.4, y + 6.6, str(index + 1), radius=4.6)
        pen.text(LEFT + 15.5, y + 5.6, korean, size=4.5, bold=True)
        pen.text(LEFT + 15.5, y + 11, english, size=3.9, colour=MUTED)
        pen.polygon(box(LEFT + 127, y + 3.8, 5.6, 5.6), stroke=INK, width=0.4)
    caution(pen, LEFT, 152, 136, "적재 3단 초과 금지 · Never stack more than 3 boxes", size=4.4)
    heading(pen, 150, 61.5, "포장 상태 · Box")
    pen.polygon(box(150, 63, RIGHT - 150, 99), stroke=INK)
    _exploded(pen)
    heading(pen, LEFT, 170.5, "포장 사양 · Packing data")
    columns = [
        Column("외경 · Outer", 42),
        Column("총중량 · Gross", 34),
        Column("박스 · Carton", 32),
        Column("팔레트 · Pallet", 28),
    ]
    rows = [["620 × 420 × 310 mm", "18.4 ±0.3 kg", "5겹 · 5-ply BC", "1100 × 1100"]]
    table(pen, LEFT, 172, columns, rows, size=3.7, row_height=9)
    pen.text(
        LEFT,
        194,
        "중량이 규격을 벗어나면 개봉하여 수량을 다시 확인 · If the weight is off, open and recount.",
        size=3.2,
    )
    heading(pen, 150, 170.5, "확인 · Sign-off")
    sign_off(
        pen,
        150,
        172,
        RIGHT - 150,
        23,
        roles=["포장 · Packed", "중량 · Weighed", "라벨 · Labelled", "출하 · Released"],
    )


def _iso(x: float, y: float, z: float) -> Point:
    """The picture's projection: 0.068 mm of the sheet to a millimetre of the box."""
    return 196 + (x - y) * 0.866 * 0.068, 98 + ((x + y) * 0.5 - z) * 0.068


def _block(
    pen: Pen, place: tuple[float, float, float], size: tuple[float, float, float], shades: str
) -> None:
    """A cuboid from three shades: top, left and right."""
    (x, y, z), (w, d, h) = place, size
    top, left, right = (f"#{shade}" for shade in shades.split())
    far = [_iso(x, y + d, z), _iso(x + w, y + d, z), _iso(x + w, y + d, z + h), _iso(x, y + d, z + h)]
    near = [_iso(x + w, y, z), _iso(x + w, y + d, z), _iso(x + w, y + d, z + h), _iso(x + w, y, z + h)]
    lid = [_iso(x, y, z + h), _iso(x + w, y, z + h), _iso(x + w, y + d, z + h), _iso(x, y + d, z + h)]
    for face, shade in ((far, left), (near, right), (lid, top)):
        pen.polygon(face, fill=shade, width=0.35)


def _exploded(pen: Pen) -> None:
    carton, foam, unit, kit = (
        "D9B382 B98E58 C9A06B",
        "E8EDF1 BFC9D1 D3DBE1",
        "5E6C78 39454F 4A5761",
        "FFFFFF D9DFE4 E9EDF0",
    )
    _block(pen, (0, 0, -260), (620, 420, 150), carton)
    _block(pen, (20, 20, -80), (580, 380, 50), foam)
    for row in (0, 1):
        for column in range(3):
            _block(pen, (50 + column * 180, 40 + row * 185, 20), (140, 150, 130), unit)
    _block(pen, (80, 90, 250), (460, 240, 36), kit)
    _block(pen, (20, 20, 390), (580, 380, 50), foam)
    dimension(pen, _iso(0, 420, -260), _iso(620, 420, -260), -7, "620", size=3.6, bold=True)
    dimension(pen, _iso(620, 420, -260), _iso(620, 0, -260), -7, "420", size=3.6, bold=True)
    callouts = (
        ((620, 100, 415), 86, "상부 완충재", "Upper foam"),
        ((540, 150, 268), 100, "설명서 · 키트", "Manuals, kits"),
        ((550, 130, 100), 114, "서보 앰프 6대", "6 amplifiers"),
        ((600, 100, -55), 128, "하부 완충재", "Lower foam"),
        ((620, 160, -150), 142, "외부 상자", "Outer carton"),
    )
    for number, (tip, y, korean, english) in enumerate(reversed(callouts), start=1):
        called_out(pen, _iso(*tip), (258, y), "ABCDE"[number - 1], radius=3.2)
        pen.text(263, y - 0.4, korean, size=3.9, bold=True, colour=ACCENT)
        pen.text(263, y + 4.2, english, size=3.2, colour=MUTED)
