"""When a web page that broke is loaded again, and what is kept and said of it until then."""

from PySide6.QtGui import QColor, QImage

from app.stage.surface import CannotShow, Stale
from app.windows.web_pictures import Picture, WebPictures, encode
from app.windows.web_recovery import CRASH_WINDOW_SECONDS, LAST_RETRY_SECONDS, REST_SECONDS, Recovery
from app.windows.web_still import word_stale
from app.windows.web_trouble import crashed, is_away
from relay.contract.problems import Code

MINUTE = 60_000


def test_a_page_that_stops_is_back_at_once_twice_and_rests_at_the_third_time_in_a_minute():
    recovery = Recovery()
    assert recovery.crashed(0.0) < 1
    assert recovery.crashed(10.0) < 5
    assert not recovery.is_resting
    assert recovery.crashed(20.0) == REST_SECONDS
    assert recovery.is_resting


def test_a_page_that_stops_now_and_then_never_rests():
    recovery = Recovery()
    for turn in range(20):
        assert recovery.crashed(turn * CRASH_WINDOW_SECONDS / 2) < REST_SECONDS
        recovery.loaded()


def test_after_its_rest_a_page_has_its_tries_again():
    recovery = Recovery()
    for at in (0.0, 1.0, 2.0):
        recovery.crashed(at)
    assert recovery.crashed(3.0) < 1


def test_a_page_that_cannot_be_reached_is_tried_later_and_later_but_always_again():
    recovery = Recovery(spread=lambda: 0.0)
    assert [recovery.failed() for _ in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    assert [recovery.failed() for _ in range(2000)][-1] == LAST_RETRY_SECONDS
    recovery.loaded()
    assert recovery.failed() == 2


def test_the_benches_of_a_hall_do_not_all_return_at_once():
    delays = {Recovery().failed() for _ in range(20)}
    assert len(delays) > 10
    assert all(2.0 <= delay <= 2.5 for delay in delays)


def picture(taken_ms: int = 0, size: int = 100) -> Picture:
    return Picture(b"x" * size, taken_ms)


def test_only_a_few_pictures_are_kept_and_the_least_used_go_first():
    pictures = WebPictures(most=3)
    for url in "abc":
        pictures.keep(url, picture())
    pictures.find("a")
    pictures.keep("d", picture())
    assert [url for url in "abcd" if pictures.find(url)] == ["a", "c", "d"]


def test_pictures_are_kept_up_to_a_number_of_bytes():
    pictures = WebPictures(most_bytes=250)
    for url in "abc":
        pictures.keep(url, picture())
    assert [url for url in "abc" if pictures.find(url)] == ["b", "c"]
    pictures.keep("huge", picture(size=1000))
    assert pictures.find("huge") is None


def test_a_picture_that_was_made_small_looks_the_same():
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(20, 160, 60))
    seen = Picture(encode(image), 0).image()
    assert (seen.width(), seen.height()) == (400, 300)
    colour = seen.pixelColor(200, 150)
    assert max(abs(colour.red() - 20), abs(colour.green() - 160), abs(colour.blue() - 60)) < 6


def test_nothing_is_left_when_all_is_forgotten():
    pictures = WebPictures()
    pictures.keep("a", picture())
    pictures.forget()
    assert pictures.find("a") is None


AWAY = CannotShow(Code.CONNECTION_REFUSED, address="mes.local")


def said(stale: Stale, now_ms: int, later_seconds: float | None = None, language: str = "en") -> str:
    return word_stale(stale, "mes.local", now_ms, language, later_seconds=later_seconds)  # type: ignore[arg-type]


def test_the_band_says_what_is_wrong_and_how_old_the_picture_is():
    stale = Stale(reason=AWAY, as_of_ms=1000 * MINUTE)
    assert said(stale, 1000 * MINUTE) == (
        "mes.local cannot be reached  ·  picture from a moment ago  ·  trying again"
    )
    assert "5 min ago" in said(stale, 1005 * MINUTE)
    assert "3 h ago" in said(stale, 1200 * MINUTE)
    assert "2 days ago" in said(stale, (1000 + 3000) * MINUTE)
    assert said(stale, 1005 * MINUTE, language="ko") == (
        "mes.local 에 연결할 수 없습니다  ·  5분 전 화면  ·  다시 시도하는 중"
    )


def test_a_clock_that_was_set_back_makes_no_picture_come_from_the_future():
    assert "a moment ago" in said(Stale(reason=AWAY, as_of_ms=10 * MINUTE), 0)


def test_the_band_says_when_a_page_rests():
    said_while_resting = said(Stale(reason=crashed(), as_of_ms=None), 0, 600.0)
    assert said_while_resting == (
        "The web page keeps stopping  ·  no picture was kept  ·  trying again in 10 min"
    )


def test_a_picture_stands_in_for_a_page_whose_server_is_away_and_for_no_other():
    assert is_away(AWAY)
    assert is_away(CannotShow(Code.CONNECTION_TIMEOUT, address="x"))
    assert is_away(CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.http", status=503))
    assert not is_away(CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.http", status=404))
    assert not is_away(CannotShow(Code.URL_NOT_ALLOWED, host="x"))
    assert not is_away(CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.certificate", address="x"))
