"""A collector hears of a delivery as one trace, whose id is the trigger's own."""

import asyncio
import uuid

from helpers.collector import collecting
from helpers.desk import Desk
from helpers.relay_running import new_id, running_relay

from relay.admin import operations
from relay.contract.tracing import span_id_of, trace_id_of, traceparent_of


async def test_one_trace_leads_from_the_scan_to_the_paint(tmp_path, monkeypatch):
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    async with collecting() as collector:
        async with running_relay(tmp_path / "relay", otlp_endpoint=collector.url) as office:
            grant = await office.pair()
            async with Desk(office.url, grant["token"]):
                shown = (await office.trigger(command="identify", wait_ms=10_000)).body
                assert shown["state"] == "shown"
                # The whole of the desk is ended last, and the spans come in the order of their ends.
                await collector.until(lambda: "identify at the desk" in collector.named("benchcast-desk"))
        id_ = shown["id"]
    assert {span.trace_id for _, span in collector.spans} == {uuid.UUID(id_).bytes}
    relay, desk = collector.named("benchcast-relay"), collector.named("benchcast-desk")
    assert set(relay) == {"identify shown", "wait", "travel", "show"}
    root = relay["identify shown"]
    assert root.parent_span_id.hex() == span_id_of(id_)
    assert {relay[name].parent_span_id for name in ("wait", "travel", "show")} == {root.span_id}
    assert root.start_time_unix_nano == relay["wait"].start_time_unix_nano
    assert root.end_time_unix_nano == relay["show"].end_time_unix_nano
    said = {each.key: each.value.double_value for each in relay["show"].attributes}
    assert said["benchcast.desk.shown_ms"] == 9.0
    assert set(desk) == {"identify at the desk", "load", "paint"}
    at_desk = desk["identify at the desk"]
    assert at_desk.parent_span_id == relay["show"].span_id
    assert {desk[name].parent_span_id for name in ("load", "paint")} == {at_desk.span_id}
    lengths = {
        name: (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6 for name, span in desk.items()
    }
    assert lengths == {"identify at the desk": 9.0, "load": 5.0, "paint": 4.0}
    assert at_desk.end_time_unix_nano == root.end_time_unix_nano


async def test_what_ends_just_before_the_relay_stops_is_traced(tmp_path, monkeypatch):
    monkeypatch.setattr(operations, "FAREWELL_SECONDS", 30.0)
    is_stopping = asyncio.Event()
    async with collecting() as collector:
        async with running_relay(tmp_path / "relay", otlp_endpoint=collector.url) as office:
            grant = await office.pair()
            journal = office.relay.journal
            find = journal.find

            async def find_late(id_: str) -> object:
                await is_stopping.wait()
                return await find(id_)

            async with Desk(office.url, grant["token"]):
                shown = (await office.trigger(command="identify", wait_ms=10_000)).body
                assert shown["state"] == "shown"
                monkeypatch.setattr(journal, "find", find_late)
                second = (await office.trigger(command="identify")).body
                while (await find(second["id"])).ended_at is None:
                    await asyncio.sleep(0.01)
            asyncio.get_running_loop().call_later(0.2, is_stopping.set)
        traced = {span.trace_id for _, span in collector.spans}
    assert traced == {uuid.UUID(shown["id"]).bytes, uuid.UUID(second["id"]).bytes}


async def test_a_request_is_named_by_who_sends_it(tmp_path):
    async with running_relay(tmp_path / "relay") as office:

        async def named(**headers: str) -> str:
            return (await office.call("POST", "/api/trigger", json={}, headers=headers)).body["traceId"]

        assert await named(**{"X-Request-Id": "scan-4711"}) == "scan-4711"
        id_ = new_id()
        assert await named(traceparent=traceparent_of(id_)) == trace_id_of(id_) == uuid.UUID(id_).hex
        for nonsense in (
            {"X-Request-Id": "a b\tc"},
            {"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"},
        ):
            assert len(await named(**nonsense)) == 16
