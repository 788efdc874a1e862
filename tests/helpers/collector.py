"""An OpenTelemetry collector on loopback (OTLP over HTTP, protobuf) that keeps every span it is sent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    def __init__(self) -> None:
        self.url = ""
        self.spans: list[tuple[str, Span]] = []  # each with the name of its service
        self._changed = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        message = ExportTraceServiceRequest.FromString(await request.read())
        async with self._changed:
            for resource in message.resource_spans:
                said = {each.key: each.value.string_value for each in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self.spans += [(said["service.name"], span) for span in scope.spans]
            self._changed.notify_all()
        return web.Response(content_type="application/x-protobuf")

    async def until(self, is_true: Callable[[], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(is_true)

    def named(self, service: str) -> dict[str, Span]:
        return {span.name: span for its, span in self.spans if its == service}


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()
