"""The exported history: what a spreadsheet reads, and nothing that it would run."""

import csv
from pathlib import Path

import pytest

from app.machine.history_file import COLUMNS, write_history
from app.stage.shown_before import ShownRecord
from relay.contract.wording import LANGUAGES, Language, Wording

NOW = 1_800_000_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spreadsheet_reads_hangul_and_runs_no_formula(tmp_path: Path, language: Language) -> None:
    file = tmp_path / "history.csv"
    records = (
        ShownRecord(at_ms=NOW, order_id='=HYPERLINK("http://evil")', title="기어박스, 조립", display="LG"),
        ShownRecord(at_ms=NOW, url="@SUM(1)", code="ORDER_NOT_FOUND", source="island"),
    )
    write_history(file, records, Wording(language))
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "or a spreadsheet would guess the encoding"
    with file.open(encoding="utf-8-sig", newline="") as table:
        head, *rows = list(csv.reader(table))
    assert len(head) == len(COLUMNS)
    assert rows[0][1:5] == ['\'=HYPERLINK("http://evil")', "기어박스, 조립", "", "LG"]
    assert (rows[1][1], rows[1][6]) == ("'@SUM(1)", "ORDER_NOT_FOUND")
    assert not list(tmp_path.glob("*.part"))
