"""A table or a folder on the disk becomes requests of a good size, which speak of the lines that the person has."""

import unicodedata
from pathlib import Path

import pytest
from helpers.sample_files import pdf

from relay.errors import Refusal
from relay.flows.display.import_files import Batch, read_batches
from relay.flows.display.sheet import read_sheet


def folder_of(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pdf())
    return root


def lines_of(batch: Batch) -> list[tuple[int, dict[str, str]]]:
    return [(line.line, line.cells) for line in read_sheet(batch.table)]


def rows_of(folder: Path) -> list[tuple[str | None, ...]]:
    [batch] = read_batches(folder)
    names = ("orderId", "documentTitle", "revision", "file")
    return [tuple(cells.get(name) for name in names) for _, cells in lines_of(batch)]


def test_files_are_read_by_their_names(tmp_path: Path) -> None:
    names = (
        "WO-2_B.pdf",
        "WO-2_A.PDF",
        "WO-2_AA.pdf",
        "WO-1.pdf",
        "WO-1__Drawing_B.svg",
        "WO-1__Side_view.png",
    )
    folder = folder_of(tmp_path, *names, "notes.txt", ".hidden.pdf", "deeper/WO-9.pdf")
    assert rows_of(folder) == [
        ("WO-1", "WO-1", None, "WO-1.pdf"),
        ("WO-1", "Drawing", "B", "WO-1__Drawing_B.svg"),
        ("WO-1", "Side view", None, "WO-1__Side_view.png"),
        ("WO-2", "WO-2", "A", "WO-2_A.PDF"),
        ("WO-2", "WO-2", "B", "WO-2_B.pdf"),
        ("WO-2", "WO-2", "AA", "WO-2_AA.pdf"),
    ]


@pytest.mark.parametrize("name", ["WO_1", "WO-1_rev", "WO-1_b", "_B", "__B", "WO__", "WO-1_ABC"])
def test_a_name_that_follows_no_rule_is_the_orders_id(tmp_path: Path, name: str) -> None:
    assert rows_of(folder_of(tmp_path, f"{name}.pdf")) == [(name, name, None, f"{name}.pdf")]


def test_a_table_in_a_folder_speaks_for_the_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "a.pdf", "b.pdf")
    (folder / "orders.csv").write_text("orderId,file\nWO-1,a.pdf\n")
    [batch] = read_batches(folder)
    assert batch.files == {"a.pdf": folder / "a.pdf"}
    assert batch.file_of_line == {}


def test_a_folder_without_files_gives_nothing(tmp_path: Path) -> None:
    assert list(read_batches(tmp_path)) == []


def test_each_request_keeps_the_line_numbers_of_the_whole(tmp_path: Path) -> None:
    text = (
        'sep=;\n작업지시번호;제목;파일\n\nWO-1;"two\nlines";a.pdf\nWO-2;"torn;a.pdf\nWO-3;c;b.pdf\nWO-4;d;\n'
    )
    folder = folder_of(tmp_path, "a.pdf", "b.pdf")
    table = folder / "list.csv"
    table.write_bytes(text.encode("cp949"))
    whole = read_sheet(table.read_bytes())
    batches = list(read_batches(table, most_lines=1))
    assert [line.line for line in whole] == [4, 6, 7, 8]
    assert [line for batch in batches for line, _ in lines_of(batch)] == [4, 6, 7, 8]
    assert [read_sheet(batch.table)[0].refusal is None for batch in batches] == [True, False, True, True]
    assert [list(batch.files) for batch in batches] == [["a.pdf"], [], ["b.pdf"], []]


def test_requests_are_cut_by_the_size_of_their_files(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *(f"WO-{number}.pdf" for number in range(5)))
    size = (folder / "WO-0.pdf").stat().st_size
    assert [len(batch.files) for batch in read_batches(folder, most_bytes=2 * size)] == [2, 2, 1]
    assert [len(batch.files) for batch in read_batches(folder, most_bytes=1)] == [1] * 5


def test_no_file_outside_the_tables_folder_is_taken(tmp_path: Path) -> None:
    folder_of(tmp_path, "secret.pdf", "inside/a.pdf")
    inside = tmp_path / "inside"
    (inside / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    names = [
        "../secret.pdf",
        str(tmp_path / "secret.pdf"),
        "link.pdf",
        "a.pdf",
        "x/../../secret.pdf",
        "missing.pdf",
    ]
    (inside / "orders.csv").write_text("orderId,file\n" + "".join(f"WO-1,{name}\n" for name in names))
    [batch] = read_batches(inside)
    assert list(batch.files) == ["a.pdf"]
    assert [cells["file"] for _, cells in lines_of(batch)] == names


def test_a_name_is_found_however_its_hangul_is_spelt(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, unicodedata.normalize("NFD", "도면.pdf"))
    (folder / "orders.csv").write_text("orderId,file\nWO-1,도면.pdf\n", "utf-8")
    [batch] = read_batches(folder)
    assert list(batch.files) == ["도면.pdf"]


def test_what_is_no_table_and_what_is_not_there_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_batches(tmp_path / "orders.csv"))
    (tmp_path / "orders.csv").write_bytes(b"\0\0\0")
    with pytest.raises(Refusal):
        list(read_batches(tmp_path / "orders.csv"))
