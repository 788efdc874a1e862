"""The soak's short form: a hundred navigations leave a browser screen as it was after forty."""

from bench.browser_soak import soak


async def test_a_hundred_navigations_leave_nothing_behind():
    taken = await soak(100, readings=5)
    before, after = taken[1], taken[-1]
    assert after.navigations == 100
    # A canvas, a frame, a caption that is not let go would be some sixty more by then.
    assert after.nodes <= before.nodes + 40
    assert after.heap <= before.heap + 3
