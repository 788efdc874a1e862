"""The parts of a monitor: they tile it exactly, and it is known which of them meet."""

import pytest

from app.stage.places import Area, overlap
from relay.contract.names import Place


@pytest.mark.parametrize(("one", "other"), [("left", "right"), ("top", "bottom")])
def test_two_halves_tile_a_monitor_also_an_odd_one(one: Place, other: Place):
    whole = Area(-1367, 11, 1367, 767)
    pixels = [
        (x, y)
        for part in (whole.part(one), whole.part(other))
        for x in (part.x, part.x + part.width - 1)
        for y in (part.y, part.y + part.height - 1)
    ]
    assert sum(whole.part(p).width * whole.part(p).height for p in (one, other)) == 1367 * 767
    assert len(set(pixels)) == len(pixels)
    assert {min(pixels), max(pixels)} == {(-1367, 11), (-1, 777)}


def test_only_opposite_halves_do_not_meet():
    places: tuple[Place, ...] = ("full", "left", "right", "top", "bottom")
    apart = {(a, b) for a in places for b in places if not overlap(a, b)}
    assert apart == {("left", "right"), ("right", "left"), ("top", "bottom"), ("bottom", "top")}
