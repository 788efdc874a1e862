"""A collector hears of a delivery as one trace, whose id is the trigger's own."""

import asyncio
import uuid

from aiohttp import web
from helpers.desk import Desk
from helpers.relay_running import running_relay
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


async def test_one_trace_leads_from_the_scan_to_the_paint(tmp_path):
    spans, heard = [], asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        message = ExportTraceServiceRequest.FromString(await request.read())
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                spans.extend(scope.spans)
        heard.set()
        return web.Response(content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with running_relay(tmp_path / "relay", otlp_endpoint=endpoint) as office:
        grant = await office.pair()
        async with Desk(office.url, grant["token"]):
            shown = (await office.trigger(command="identify", wait_ms=10_000)).body
            assert shown["state"] == "shown"
            answer = await office.call("POST", "/api/trigger", json={}, headers={"X-Request-Id": "scan-4711"})
            assert answer.body["traceId"] == "scan-4711"
            parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            answer = await office.call("POST", "/api/trigger", json={}, headers={"traceparent": parent})
            assert answer.body["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736"
            for nonsense in (
                {"X-Request-Id": "a b\tc"},
                {"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"},
            ):
                answer = await office.call("POST", "/api/trigger", json={}, headers=nonsense)
                assert len(answer.body["traceId"]) == 16
            journal, id_ = office.relay.journal, shown["id"]
            async with asyncio.timeout(10):
                while (await journal.find(id_)).ended_at is None:
                    await asyncio.sleep(0.01)
    async with asyncio.timeout(20):
        await heard.wait()
    await runner.cleanup()
    mine = {span.name: span for span in spans}
    assert {span.trace_id for span in spans} == {uuid.UUID(id_).bytes}
    assert set(mine) == {"identify shown", "wait", "travel", "show"}
    root = mine["identify shown"]
    assert {mine[name].parent_span_id for name in ("wait", "travel", "show")} == {root.span_id}
    assert root.start_time_unix_nano == mine["wait"].start_time_unix_nano
    assert root.end_time_unix_nano == mine["show"].end_time_unix_nano
    desk = {each.key: each.value.double_value for each in mine["show"].attributes}
    assert desk["benchcast.desk.shown_ms"] == 9.0
