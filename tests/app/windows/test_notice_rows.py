"""How messages look: readable, told apart without colour, and never more than a part of the monitor."""

from itertools import combinations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QImage, QPainter

from app.stage.notices import LEVELS, Notice, Posted
from app.windows.notice_rows import COLOURS, Row, lay_out, paint
from app.windows.theme import contrast
from relay.contract.names import NoticeLevel
from relay.contract.wording import Language

FULL_HD, PORTRAIT, SMALL = QSize(1920, 1080), QSize(1080, 1920), QSize(1024, 768)
LONGEST = "치수 공차가 변경되었습니다. " * 33


def posted(message: str = "멈추세요", level: NoticeLevel = "info") -> Posted:
    return Posted(Notice(message=message[:500], level=level), 0, 10)


def drawn(row: Row) -> QImage:
    image = QImage(row.room.size(), QImage.Format.Format_RGB888)
    painter = QPainter(image)
    painter.translate(-row.room.topLeft())
    paint(painter, row)
    painter.end()
    return image


@pytest.mark.parametrize("level", LEVELS)
def test_the_letters_stand_out_from_their_ground(level: NoticeLevel):
    assert contrast(*COLOURS[level]) >= 4.5


@pytest.mark.parametrize("language", ["ko", "en"])
def test_levels_are_told_apart_by_word_and_shape_without_any_colour(qapp, language: Language):
    rows = [lay_out([posted(level=level)], FULL_HD, language)[0] for level in LEVELS]
    assert len({row.word for row in rows}) == len(LEVELS)

    def shape(row: Row) -> bytes:
        mark = drawn(row).copy(row.mark.translated(-row.room.topLeft()))
        ink = QImage(mark.size(), QImage.Format.Format_Mono)
        ground = (
            mark.pixel(0, mark.height() // 8) if row.posted.notice.level != "good" else drawn(row).pixel(2, 2)
        )
        ink.fill(0)
        for x in range(mark.width()):
            for y in range(mark.height()):
                ink.setPixel(x, y, int(mark.pixel(x, y) != ground))
        return bytes(ink.constBits())

    shapes = [shape(row) for row in rows]
    for one, other in combinations(shapes, 2):
        assert sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True)) > 300


@pytest.mark.parametrize("monitor", [FULL_HD, PORTRAIT, SMALL])
def test_a_short_message_is_readable_from_two_metres(qapp, monitor: QSize):
    (row,) = lay_out([posted()], monitor, "ko")
    # DIN 1450: letters of 1/200 of the distance; a capital is about 0.7 of the letter's height, a 24-inch monitor's
    # line 0.277 mm.
    millimetres = QFontMetrics(row.font).height() * 0.7 * 0.277
    assert millimetres >= (10 if monitor is not SMALL else 7)


@pytest.mark.parametrize("monitor", [FULL_HD, PORTRAIT, SMALL])
def test_three_of_the_longest_messages_leave_the_document_its_part(qapp, monitor: QSize):
    rows = lay_out([posted(LONGEST, level) for level in ("alarm", "warning", "info")], monitor, "ko")
    assert sum(row.room.height() for row in rows) <= monitor.height() * 0.62
    assert [row.room.top() for row in rows] == [
        sum(each.room.height() for each in rows[:place]) for place in range(3)
    ]
    for row in rows:
        assert row.message.endswith("…")
        assert row.room.contains(row.text)
        assert row.room.contains(row.mark)
        assert not row.text.intersects(row.cross)


def test_one_long_message_alone_is_seen_to_its_end(qapp):
    (row,) = lay_out([posted(LONGEST)], FULL_HD, "ko")
    assert not row.message.endswith("…")
    assert row.room.contains(row.text)
