"""The soak's short form: thirty navigations leave a browser screen as it was after ten."""

from bench.browser_soak import soak


async def test_thirty_navigations_leave_nothing_behind():
    taken = await soak(30, readings=3)
    before, after = taken[0], taken[-1]
    assert after.navigations == 30
    # A canvas, a frame, a caption that is not let go would be some twenty more by then.
    assert after.nodes <= before.nodes + 10
    assert after.heap <= before.heap + 3
