"""The sample orders are what orders.csv says: they open, differ, and can be scanned."""

import csv
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
ORDER_PDFS = sorted(SAMPLES.glob("WO-*.pdf"))
BARCODES = sorted((SAMPLES / "barcodes").glob("*.png"))
SECOND_DOCUMENT = "WO-2025-0003+D2"
COLUMNS = [
    "orderId", "title", "customer", "dueDate", "file", "documentTitle", "revision", "quantity", "partNumber",
]  # fmt: skip
MEGABYTE = 1_000_000


def rows() -> list[dict[str, str]]:
    """Every line of orders.csv."""
    with (SAMPLES / "orders.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page_count(pdf: Path) -> int:
    """How many pages a PDF has."""
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def rendered(pdf: Path, page: int = 0, dpi: int = 150) -> Image.Image:
    """One page as it would be seen."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[page].render(scale=dpi / 72).to_pil().convert("RGB")


def code128_in(image: Image.Image) -> list[str]:
    """Every Code 128 in a picture."""
    found = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.Code128)
    return [code.text for code in found]


def value_of(path: Path) -> str:
    """What the barcode in a file should say; a plus does not belong into a file name."""
    return path.stem.replace("_", "+")


def files_of(order: str) -> list[str]:
    """The documents of one order, in the order of the list."""
    return [row["file"] for row in rows() if row["orderId"] == order]


def test_the_list_has_the_columns_the_import_reads() -> None:
    assert list(rows()[0]) == COLUMNS


def test_six_orders_are_listed_and_every_cell_is_filled() -> None:
    assert sorted({row["orderId"] for row in rows()}) == [f"WO-2025-{n:04}" for n in range(1, 7)]
    assert all(value for row in rows() for value in row.values())
    assert all(date.fromisoformat(row["dueDate"]).year == 2025 for row in rows())
    assert all(int(row["quantity"]) > 0 for row in rows())


@pytest.mark.parametrize("name", [row["file"] for row in rows()])
def test_every_listed_document_opens(name: str) -> None:
    path = SAMPLES / name
    match path.suffix:
        case ".pdf":
            assert page_count(path) >= 1
        case ".svg":
            assert ET.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
        case _:
            with Image.open(path) as image:
                image.load()
                assert image.width >= 1920


def test_no_document_lies_around_unlisted() -> None:
    documents = {path.name for path in SAMPLES.iterdir() if path.name.startswith("WO-")}
    assert documents == {row["file"] for row in rows()}


def test_the_assembly_instruction_has_six_pages() -> None:
    assert page_count(SAMPLES / "WO-2025-0002.pdf") == 6


def test_the_shaft_order_has_a_work_order_of_two_pages_and_a_drawing() -> None:
    assert files_of("WO-2025-0003") == ["WO-2025-0003.pdf", "WO-2025-0003_drawing.svg"]
    assert page_count(SAMPLES / "WO-2025-0003.pdf") == 2


def test_the_inspection_order_has_a_picture_and_a_report() -> None:
    assert files_of("WO-2025-0005") == ["WO-2025-0005_points.png", "WO-2025-0005.pdf"]


def test_the_housing_has_three_revisions_of_one_document_the_newest_last() -> None:
    housing = [row for row in rows() if row["orderId"] == "WO-2025-0001"]
    assert [row["revision"] for row in housing] == ["A", "B", "C"]
    assert len({row["documentTitle"] for row in housing}) == 1


def test_each_revision_of_the_housing_looks_different() -> None:
    older, middle, newer = (rendered(SAMPLES / name, dpi=72) for name in files_of("WO-2025-0001"))
    for one, other in ((older, middle), (middle, newer), (older, newer)):
        changed = ImageChops.difference(one, other).convert("L").point(lambda value: 255 * (value > 64))
        assert sum(changed.histogram()[1:]) > 2_000


@pytest.mark.parametrize("pdf", ORDER_PDFS, ids=lambda pdf: pdf.stem)
def test_the_first_page_of_every_order_reads_back_as_its_order(pdf: Path) -> None:
    assert code128_in(rendered(pdf)) == [pdf.stem[:12]]


@pytest.mark.parametrize("name", ["WO-2025-0004.jpg", "WO-2025-0005_points.png"])
def test_every_picture_reads_back_as_its_order(name: str) -> None:
    with Image.open(SAMPLES / name) as image:
        assert code128_in(image) == [name[:12]]


@pytest.mark.parametrize("pdf", [*ORDER_PDFS, SAMPLES / "barcodes.pdf"], ids=lambda pdf: pdf.stem)
def test_every_document_brings_its_own_letters(pdf: Path) -> None:
    raw = pypdfium2.raw
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            for text in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                assert raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(text.raw)) == 1
    # A standard font that is only named is one that another machine may draw differently.
    assert b"/Helvetica" not in pdf.read_bytes()


def test_the_korean_text_of_a_document_can_be_searched() -> None:
    with pypdfium2.PdfDocument(SAMPLES / "WO-2025-0001_C.pdf") as document:
        text = document[0].get_textpage().get_text_range()
    assert "기어박스 하우징 가공" in text
    assert "WO-2025-0001" in text


def test_the_drawing_needs_no_font() -> None:
    content = (SAMPLES / "WO-2025-0003_drawing.svg").read_text(encoding="utf-8")
    assert "<text" not in content
    assert 'aria-label="스핀들 샤프트 SS-3060-07"' in content


def test_the_samples_stay_small() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 3 * MEGABYTE
    assert (SAMPLES / "WO-2025-0004.jpg").stat().st_size < 0.8 * MEGABYTE


def test_every_order_and_one_second_document_has_a_barcode() -> None:
    expected = {row["orderId"] for row in rows()} | {SECOND_DOCUMENT}
    assert {value_of(path) for path in BARCODES} == expected
    assert {value_of(path) for path in (SAMPLES / "barcodes").glob("*.svg")} == expected


@pytest.mark.parametrize("path", BARCODES, ids=lambda path: path.stem)
def test_every_sample_barcode_reads_back_as_its_order(path: Path) -> None:
    with Image.open(path) as image:
        assert code128_in(image) == [value_of(path)]


@pytest.mark.parametrize("path", BARCODES, ids=lambda path: path.stem)
def test_every_barcode_keeps_ten_modules_of_white_on_both_sides(path: Path) -> None:
    with Image.open(path) as image:
        line = [image.convert("L").getpixel((x, image.height // 3)) for x in range(image.width)]
    black = [x for x, value in enumerate(line) if value == 0]
    module = next(x for x in range(black[0], len(line)) if line[x] != 0) - black[0]
    # The start character of Code 128 begins with a bar of two modules.
    assert min(black[0], len(line) - 1 - black[-1]) >= 10 * module / 2


@pytest.mark.parametrize("path", BARCODES, ids=lambda path: path.stem)
def test_the_svg_of_a_barcode_has_the_bars_of_its_picture(path: Path) -> None:
    svg = ET.parse(path.with_suffix(".svg")).getroot()
    shapes = [s for s in svg.iter("{http://www.w3.org/2000/svg}polygon") if s.get("fill") == "#000000"]
    with Image.open(path) as image:
        line = [image.convert("L").getpixel((x, image.height // 3)) for x in range(image.width)]
    edges = [x for x in range(1, len(line)) if line[x - 1] != line[x]]
    drawn = [sorted({float(corner.split(",")[0]) for corner in s.attrib["points"].split()}) for s in shapes]
    # Half a millimetre in the drawing is one module, which is four pixels in the picture.
    assert [round(side / 0.5 * 4) for pair in drawn for side in pair] == edges


def test_the_printed_sheet_carries_every_barcode() -> None:
    found = code128_in(rendered(SAMPLES / "barcodes.pdf", dpi=200))
    assert sorted(found) == sorted(value_of(path) for path in BARCODES)
