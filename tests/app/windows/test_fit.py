"""Where on the monitor a page lies, for every fit, zoom and rotation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize, QSizeF

from app.stage.surface import ViewWish
from app.windows.fit import LEAST_ZOOM, MOST_ZOOM, Look, follow, follow_freely, lay_out
from relay.contract.commands import Scroll

A4 = QSizeF(794, 1123)
WIDE = QSize(1920, 1050)


def test_fit_page_shows_the_whole_page_in_the_middle():
    placed = lay_out(A4, WIDE, Look(), 1.0)
    assert placed.scaled == placed.clip.size() == QSize(742, 1050)
    assert placed.at == QPoint(589, 0)


def test_fit_width_fills_the_width_and_begins_at_the_top_of_the_page():
    placed = lay_out(A4, WIDE, Look(fit="width"), 1.0)
    assert placed.scaled == QSize(1920, 2716)
    assert placed.clip == QRect(0, 0, 1920, 1050)
    assert placed.at == QPoint(0, 0)


def test_zoom_1_is_the_pages_own_size_at_96_dpi_times_the_monitors_scale():
    assert lay_out(QSizeF(400, 300), WIDE, Look(zoom=1.0), 1.0).scaled == QSize(400, 300)
    assert lay_out(QSizeF(400, 300), WIDE, Look(zoom=1.0), 2.0).scaled == QSize(800, 600)


def test_a_large_zoom_draws_only_what_is_visible_from_the_middle_of_the_top():
    placed = lay_out(QSizeF(1000, 1000), QSize(800, 600), Look(zoom=8.0), 1.0)
    assert placed.scaled == QSize(8000, 8000)
    assert placed.clip == QRect(3600, 0, 800, 600)


def test_a_page_turned_on_its_side_fits_as_it_lies_then():
    placed = lay_out(QSizeF(400, 300), QSize(300, 400), Look(rotate=90), 1.0)
    assert placed.scaled == QSize(400, 300)
    assert placed.at == QPoint(0, 0)


def test_the_top_of_a_turned_page_is_the_side_that_lies_on_top_then():
    tall = QSizeF(1000, 1000)
    clips = {
        turn: lay_out(tall, QSize(100, 100), Look(zoom=1.0, rotate=turn), 1.0).clip
        for turn in (0, 90, 180, 270)
    }
    assert clips[0].center().y() < 100  # the page's own top
    assert clips[90].center().x() < 100  # its left side
    assert clips[180].center().y() > 900  # its bottom
    assert clips[270].center().x() > 900  # its right side


@given(
    st.builds(QSizeF, st.floats(1, 3000), st.floats(1, 3000)),
    st.builds(QSize, st.integers(1, 4000), st.integers(1, 4000)),
    st.sampled_from([0, 90, 180, 270]),
    st.one_of(st.none(), st.floats(0.1, 8)),
    st.sampled_from(["page", "width"]),
)
def test_what_is_drawn_lies_on_the_page_and_on_the_viewport(page, viewport, rotate, zoom, fit):
    placed = lay_out(page, viewport, Look(rotate=rotate, zoom=zoom, fit=fit), 1.0)
    assert QRect(QPoint(0, 0), placed.scaled).contains(placed.clip)
    turned = placed.clip.size().transposed() if rotate in {90, 270} else placed.clip.size()
    assert QRect(QPoint(0, 0), viewport).contains(QRect(placed.at, turned))


def test_a_wish_changes_what_it_names_and_leaves_the_rest():
    look = Look(page=3, zoom=2.0, rotate=90)
    assert look.after(ViewWish(page=4)) == Look(page=4, zoom=2.0, rotate=90)
    assert look.after(ViewWish(fit="width")) == Look(page=3, fit="width", rotate=90)
    assert look.after(ViewWish(rotate=0)) == Look(page=3, zoom=2.0)
    assert look.after(ViewWish(zoom=1.5, fit="page")).zoom == 1.5


@pytest.mark.parametrize(
    ("page", "step", "pages", "arrives"),
    [
        (1, "next", 3, 2),
        (3, "next", 3, 3),
        (3, "previous", 3, 2),
        (1, "previous", 3, 1),
        (2, "first", 3, 1),
        (1, "last", 3, 3),
        (1, "next", None, 1),
        (1, "last", None, 1),
    ],
)
def test_a_step_goes_one_page_and_stays_at_the_ends(page: int, step, pages: int | None, arrives: int):
    assert Look(page=page).after(ViewWish(step=step), pages).page == arrives


@pytest.mark.parametrize(("now", "by", "then"), [(0, 90, 90), (270, 90, 0), (90, 270, 0), (180, 180, 0)])
def test_turning_goes_on_from_where_it_is(now, by, then):
    assert Look(rotate=now).after(ViewWish(rotate_by=by)).rotate == then


def followed(look: Look, *, page: QSizeF = A4, **wish: object) -> Look:
    return follow(look, ViewWish(**wish), page, WIDE, 1.0)  # type: ignore[arg-type]


def seen(look: Look, page: QSizeF = A4) -> QRect:
    return lay_out(page, WIDE, look, 1.0).seen


def test_zooming_in_keeps_the_middle_in_the_middle_and_out_comes_back_to_the_whole_page():
    look = followed(Look(), zoom_step="in")
    assert look.zoom == pytest.approx(1050 / 1123 * 2**0.5)
    whole = lay_out(A4, WIDE, look, 1.0).scaled
    assert abs(seen(look).center().y() - whole.height() / 2) <= 1
    assert followed(look, zoom_step="out") == Look()
    assert followed(Look(), zoom_step="out") == Look(), "further away than the whole page is no use"


def test_zooming_ends_at_its_limits():
    look = Look()
    for _ in range(30):
        look = followed(look, zoom_step="in")
    assert look.zoom == MOST_ZOOM
    tiny = QSizeF(16, 16)  # fills the monitor at 65 times its size already
    assert followed(Look(), page=tiny, zoom_step="in").zoom == pytest.approx(1050 / 16)
    web = Look()
    for _ in range(30):
        web = follow_freely(web, ViewWish(zoom_step="out"))
    assert web.zoom == LEAST_ZOOM


def test_scrolling_moves_by_the_visible_room_and_stops_at_the_edges():
    look = Look(zoom=4.0)
    assert seen(look).topLeft() == QPoint((3176 - 1920) // 2, 0)
    down = followed(look, scroll=Scroll(dy=0.5))
    assert seen(down).topLeft() == QPoint((3176 - 1920) // 2, 525)
    assert seen(followed(down, scroll=Scroll(dx=-9))).left() == 0
    assert seen(followed(down, scroll=Scroll(dy=-9))).top() == 0
    bottom = followed(down, scroll=Scroll(dx=9, dy=9))
    assert seen(bottom).bottomRight() == QPoint(3176 - 1, 4492 - 1)
    assert seen(followed(bottom, scroll=Scroll(dx=1, dy=1))) == seen(bottom)


def test_a_page_that_is_seen_as_a_whole_does_not_move():
    assert seen(followed(Look(), scroll=Scroll(dx=1, dy=1))) == seen(Look())


def test_another_page_begins_at_its_top_in_the_same_column_and_a_turned_one_at_its_own():
    look = followed(Look(zoom=4.0), scroll=Scroll(dx=9, dy=0.5))
    following = look.after(ViewWish(step="next"), 2)
    assert (seen(following).top(), seen(following).left()) == (0, seen(look).left())
    assert look.after(ViewWish(step="next"), 1) == look, "the last page does not jump to its top"
    assert look.after(ViewWish(rotate_by=90)).centre is None
    assert look.after(ViewWish(fit="page")).centre is None


@given(
    st.builds(QSizeF, st.floats(1, 5000), st.floats(1, 5000)),
    st.sampled_from([0, 90, 180, 270]),
    st.floats(0.1, 8),
    st.lists(
        st.one_of(
            st.builds(lambda dx, dy: {"scroll": Scroll(dx=dx, dy=dy)}, st.floats(-3, 3), st.floats(-3, 3)),
            st.sampled_from([{"zoom_step": "in"}, {"zoom_step": "out"}]),
        ),
        max_size=6,
    ),
)
def test_wherever_somebody_goes_the_page_is_on_the_viewport_and_no_more_is_drawn(page, rotate, zoom, wishes):
    look = Look(rotate=rotate, zoom=zoom)
    for wish in wishes:
        look = followed(look, page=page, **wish)
        placed = lay_out(page, WIDE, look, 1.0)
        assert QRect(QPoint(0, 0), placed.scaled).contains(placed.clip)
        assert placed.clip.width() * placed.clip.height() <= WIDE.width() * WIDE.height()
