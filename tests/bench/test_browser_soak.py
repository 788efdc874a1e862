"""The soak's short form: forty-five navigations leave a browser screen as it was after fifteen."""

from bench.browser_soak import soak


async def test_forty_five_navigations_leave_nothing_behind():
    taken = await soak(45, readings=3)
    before, after = taken[0], taken[-1]
    assert after.navigations == 45
    # A canvas, a frame, a caption that is not let go would be some thirty more by then.
    assert after.nodes <= before.nodes + 15
    assert after.heap <= before.heap + 3
