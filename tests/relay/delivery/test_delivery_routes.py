"""Whoever looks for a delivery finds it by its screen, order, state and time."""

from helpers.relay_running import running_relay


async def test_deliveries_are_found_by_order_and_time(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_screen()
        await office.add_order("WO-1")
        await office.add_order("WO-2")
        first = (await office.trigger(orderId="WO-1")).body
        second = (await office.trigger(orderId="WO-2")).body
        identify = (await office.trigger(command="identify")).body

        async def found(query: str) -> list[str]:
            answer = await office.call("GET", f"/api/deliveries?{query}")
            return [each["id"] for each in answer.body["deliveries"]]

        assert await found("orderId=wo-1") == [first["id"]]
        assert await found("screenId=screen-001&orderId=WO-2") == [second["id"]]
        assert await found("orderId=WO-3") == []
        first_at = (await office.delivery(first["id"]))["createdAt"]
        assert await found(f"until={first_at}") == []
        assert first["id"] in await found(f"since={first_at}&until={first_at + 60_000}")
        told = await office.delivery(identify["id"])
        assert (told["verb"], told["sender"]) == ("identify", (await office.delivery(first["id"]))["sender"])
