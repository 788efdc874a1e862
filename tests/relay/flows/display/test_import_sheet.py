"""A table is read as offices export it, and a line that is wrong spoils no other."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.contract.wording import LANGUAGES, Wording
from relay.errors import Refusal
from relay.flows.display.sheet import SheetLine, read_sheet

TABLE = "orderId,title,고객\r\nWO-1,가공,다온\r\n"


def cells(data: str | bytes) -> list[dict[str, str]]:
    return [line.cells for line in read_sheet(data if isinstance(data, bytes) else data.encode())]


def reasons(lines: list[SheetLine]) -> list[tuple[int, str | None]]:
    return [(line.line, str(line.refusal.values["reason"]) if line.refusal else None) for line in lines]


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.encode("utf-16-le"),
        b"\xfe\xff" + TABLE.encode("utf-16-be"),
        TABLE.encode("cp949"),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode(),
        TABLE.replace("\r\n", "\n").encode(),
        TABLE.replace("\r\n", "\r").encode(),
        b"\r\n" + TABLE.encode(),
        b"sep=;\r\n" + TABLE.replace(",", ";").encode(),
        b"sep=|\r\n" + TABLE.replace(",", "|").encode(),
        TABLE.rstrip().encode(),
    ],
)
def test_a_table_is_read_in_every_usual_form(data: bytes) -> None:
    assert cells(data) == [{"orderId": "WO-1", "title": "가공", "customer": "다온"}]


@pytest.mark.parametrize(
    "heading",
    [
        "orderId,title,customer,dueDate,file,url,documentTitle,revision",
        "ORDER ID,Title,CUSTOMER,due_date,File,URL,document-title,Revision",
        "작업지시번호,제목,고객,납기,파일,주소,문서명,개정",
        " 지시번호 ,품명,고객사,납기일,파일명,웹 주소,문서 제목,개정번호",
        "\ufeffｏｒｄｅｒＩｄ,title,customer,due date,file,url,document title,rev",
    ],
)
def test_headings_are_known_in_both_languages(heading: str) -> None:
    [line] = cells(f"{heading}\n1,2,3,4,5,6,7,8\n")
    names = ("orderId", "title", "customer", "dueDate", "file", "url", "documentTitle", "revision")
    assert line == {name: str(number) for number, name in enumerate(names, start=1)}


def test_other_columns_become_fields_under_their_own_heading() -> None:
    [line] = read_sheet("품명,orderId,제목,수량,,수량\nPump,WO-1,Assembly,12,lost,13\n".encode())
    assert line.cells == {"title": "Pump", "orderId": "WO-1"}
    assert line.fields == {"제목": "Assembly", "수량": "12", "수량 (2)": "13"}


def test_a_cell_may_hold_separators_quotes_and_lines() -> None:
    lines = read_sheet(b'orderId,title\n\nWO-1,"a, ""b""\nc"\n\nWO-2,d\n')
    assert [(line.line, line.cells.get("title")) for line in lines] == [(3, 'a, "b"\nc'), (6, "d")]


def test_empty_lines_and_cells_say_nothing() -> None:
    lines = read_sheet(b"orderId,title\n,,\n  \nWO-1,\n")
    assert [(line.line, line.cells) for line in lines] == [(4, {"orderId": "WO-1"})]


def test_a_line_with_too_many_cells_is_reported_and_the_others_are_read() -> None:
    lines = read_sheet(b"orderId,title\nWO-1,a,b\nWO-2,c,,\nWO-3\n")
    assert reasons(lines) == [(2, "reason.columns"), (3, None), (4, None)]


@pytest.mark.parametrize("bad", ['WO-1,"never closed', 'WO-1,"12" pipe"'])
def test_a_torn_quote_spoils_its_own_line_only(bad: str) -> None:
    lines = read_sheet(f"orderId,title\nWO-0,a\n{bad}\nWO-2,c\nWO-3,d\n".encode())
    assert reasons(lines) == [(2, None), (3, "reason.quotes"), (4, None), (5, None)]
    assert [line.cells.get("orderId") for line in lines] == ["WO-0", None, "WO-2", "WO-3"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "reason.csv"),
        (b" \r\n \r\n", "reason.csv"),
        (b"PK\x03\x04\x00\x00", "reason.csv"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "reason.csv"),
        (b"\xff\xfeo", "reason.csv"),
        (b"title,customer\na,b\n", "reason.no_order_column"),
        (b"WO-1,a\n", "reason.no_order_column"),
        (b",,,\n,,\n", "reason.no_order_column"),
        (b'"orderId\n', "reason.no_order_column"),
        (b"orderId\n" + b"\n" * 100_001, "reason.too_many_lines"),
    ],
)
def test_what_is_no_table_of_orders_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_sheet(data)
    assert refused.value.values["reason"] == reason
    for language in LANGUAGES:
        assert Wording(language).say(reason)


def test_a_table_of_torn_quotes_keeps_nobody_busy() -> None:
    began = time.monotonic()
    with pytest.raises(Refusal):
        read_sheet(b"orderId,title\n" + b'x,"a\n' * 50_001)
    assert time.monotonic() - began < 5


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_are_refused(data: bytes) -> None:
    try:
        lines = read_sheet(b"orderId,title\n" + data)
    except Refusal:
        return
    assert [line.line for line in lines] == sorted({line.line for line in lines})
