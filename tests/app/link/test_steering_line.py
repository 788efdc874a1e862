"""What is seen at a bench is told newest only, and once more on every new line; wishes come through as they are."""

import asyncio

import pytest
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.relay_double import relay_double

from app.stage.status import LinkState
from relay.contract.names import WindowId
from relay.contract.steering import Viewport, ViewportState


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


def state(zoom: float = 1.0, **more) -> ViewportState:
    return ViewportState(kind="pdf", sheet="s", viewport=Viewport(x=0.5, y=0.5, zoom=zoom), **more)


async def test_what_changes_fast_is_told_at_a_pace_and_all_of_it_on_a_new_line(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        line = bench.link.steering
        line.changed(state(window_id=WindowId("plan")))
        await relay.hears("viewport")
        first = [name for name, _ in relay.heard if name in {"presence", "viewport"}]
        assert first[:2] == ["presence", "viewport"]
        for zoom in range(1, 200):
            line.changed(state(float(zoom)))
            await asyncio.sleep(0)
        await relay.until(lambda: relay.said("viewport")[-1].get("viewport", {}).get("zoom") == 199)
        assert len(relay.said("viewport")) <= 4
        line.changed(ViewportState(window_id=WindowId("plan")))
        await relay.until(lambda: relay.said("viewport")[-1] == {"windowId": "plan"})
        told = len(relay.said("viewport"))
        await relay.cut()
        await relay.until_lines(2)
        await relay.hears("viewport", told + 1)
        await bench.reaches(LinkState.CONNECTED)
        assert relay.said("viewport")[told]["viewport"]["zoom"] == 199
        assert len(relay.said("viewport")) == told + 1, "a window that holds nothing is not told of again"


async def test_a_wish_is_passed_on_as_it_came(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        wishes: list[object] = []
        bench.link.steering.heard = wishes.append
        await relay.hears("presence")
        await relay.tell("steer", {"screenId": "SCREEN-001", "pointer": None})
        await until(lambda: wishes == [{"screenId": "SCREEN-001", "pointer": None}])
