"""Messages on one monitor: how many, which give way, when they end."""

from app.stage.notices import MOST, READ_SECONDS, Notice, NoticeBoard
from relay.contract.names import NoticeLevel


def notice(message: str, level: NoticeLevel = "info", **more: int) -> Notice:
    return Notice(message=message, level=level, **more)


def told(board: NoticeBoard) -> list[str]:
    return [posted.notice.message for posted in board.posted]


def test_the_most_serious_is_on_top_and_then_the_newest():
    board = NoticeBoard()
    assert board.post(notice("a"), 0) is None
    assert board.post(notice("b", "alarm"), 1) is None
    assert board.post(notice("c"), 2) is None
    assert told(board) == ["b", "c", "a"]


def test_each_ends_at_its_own_time():
    board = NoticeBoard()
    board.post(notice("a", seconds=10), 0)
    board.post(notice("b", seconds=4), 0)
    assert board.next_end == 4
    board.tidy(4)
    assert told(board) == ["a"]
    board.tidy(10)
    assert (told(board), board.next_end) == ([], None)


def test_what_is_said_again_begins_its_time_anew_and_takes_no_room():
    board = NoticeBoard()
    board.post(notice("a", seconds=5), 0)
    board.post(notice("a", seconds=5), 4)
    assert told(board) == ["a"]
    board.tidy(5)
    assert told(board) == ["a"]


def test_the_same_words_with_another_level_are_another_message():
    board = NoticeBoard()
    board.post(notice("a"), 0)
    board.post(notice("a", "alarm"), 0)
    assert len(told(board)) == 2


def full(level: NoticeLevel = "info") -> NoticeBoard:
    board = NoticeBoard()
    for number in range(MOST):
        assert board.post(notice(str(number), level, seconds=60), number / 10) is None
    return board


def test_a_more_serious_message_takes_the_place_of_the_oldest_at_once():
    board = full()
    assert board.post(notice("fire", "alarm"), 0.5) is None
    assert told(board) == ["fire", "2", "1"]


def test_an_equal_one_waits_until_the_oldest_has_been_read():
    board = full()
    again = board.post(notice("new"), 0.5)
    assert again == READ_SECONDS
    assert "new" not in told(board)
    assert board.post(notice("new"), again) is None
    assert told(board) == ["new", "2", "1"]


def test_a_less_serious_one_waits_until_another_has_ended():
    board = full("alarm")
    again = board.post(notice("by the way"), 30)
    assert again == 60
    assert board.post(notice("by the way"), again) is None
    assert "by the way" in told(board)


def test_what_was_read_is_taken_away():
    board = full()
    board.dismiss(board.posted[1])
    assert told(board) == ["2", "0"]


def test_warnings_and_alarms_are_heard_unless_somebody_said_otherwise():
    assert [notice("a", level).is_heard for level in ("info", "good", "warning", "alarm")] == [
        False,
        False,
        True,
        True,
    ]
    assert Notice(message="a", sound=True).is_heard
    assert not Notice(message="a", level="alarm", sound=False).is_heard
    assert notice("a", "alarm").lasts_seconds > notice("a").lasts_seconds
