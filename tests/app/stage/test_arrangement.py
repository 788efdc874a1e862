"""What stands where is kept whole: written, read back, and set aside when it is damaged."""

from pathlib import Path

import pytest

from app.stage.acquaintances import Acquaintance
from app.stage.arrangement import FILE, Arrangement, keep, read_arrangement, write_arrangement
from app.stage.surface import Content, ViewWish
from relay.contract.names import DisplayId, OrderId, Sha256, TriggerId, WindowId
from relay.contract.reports import WindowInfo

SHOWN = WindowInfo(
    window_id=WindowId("main"),
    display_id=DisplayId("LEFT"),
    wished_display_id=DisplayId("DELL/1"),
    order_id=OrderId("WO-1"),
    page=3,
    pages=9,
    place="left",
    blank=True,
)
CONTENT = Content(
    trigger_id=TriggerId("01890a5d-ac96-774b-bcce-b302099a8057"),
    kind="pdf",
    path=Path("/library/x"),
    title="펌프 하우징",
    order_id=OrderId("WO-1"),
    sha256=Sha256("a" * 64),
    revision="C",
)
WINDOW = keep(SHOWN, CONTENT, ViewWish(fit="width", rotate=90), 77)


def test_a_window_is_brought_back_where_it_belongs_and_as_it_was_seen(tmp_path: Path):
    assert WINDOW is not None
    write_arrangement(
        tmp_path, Arrangement(windows=(WINDOW,), monitors=(Acquaintance(display_id=DisplayId("DELL/1")),))
    )
    (window,) = read_arrangement(tmp_path, now_ms=1).windows
    assert (window.display_id, window.place, window.blank) == ("DELL/1", "left", True)
    content = window.content(Path("/library/x"))
    assert (content.title, content.revision, content.as_of_ms) == ("펌프 하우징", "C", 77)
    assert window.view() == ViewWish(page=3, fit="width", rotate=90)
    waiting = window.waiting()
    assert (waiting.visible, waiting.display_id, waiting.wished_display_id) == (False, None, "DELL/1")


def test_what_could_not_be_brought_back_is_not_kept():
    assert keep(SHOWN, Content(trigger_id=TriggerId("t"), kind="pdf"), ViewWish(), None) is None


def test_no_memory_is_an_empty_one(tmp_path: Path):
    assert read_arrangement(tmp_path, now_ms=1) == Arrangement()


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 40, b"[]", b'{"windows":[{"window_id":"x"}]}', b'{"version":9}']
)
def test_a_damaged_memory_is_set_aside_and_no_more_than_three_of_them(tmp_path: Path, content: bytes):
    for turn in range(5):
        (tmp_path / FILE).write_bytes(content)
        assert read_arrangement(tmp_path, now_ms=100 + turn) == Arrangement()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        f"arrangement.damaged-{moment}.json" for moment in (102, 103, 104)
    ]


def test_a_draft_that_was_cut_off_changes_nothing(tmp_path: Path):
    assert WINDOW is not None
    write_arrangement(tmp_path, Arrangement(windows=(WINDOW,)))
    (tmp_path / f"{FILE}.draft").write_bytes(b'{"windows":[{')
    assert read_arrangement(tmp_path, now_ms=1).windows == (WINDOW,)
