"""Where on the monitor a page lies, for every fit, zoom and rotation."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize, QSizeF

from app.stage.surface import ViewWish
from app.windows.fit import Look, lay_out

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
