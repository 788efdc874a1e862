"""Traces of deliveries for a collector (OpenTelemetry, OTLP over HTTP): one trace from the scan to the paint.

The trace's id is the trigger's (relay.contract.tracing): scanner, relay and workstation all know it, and whoever has
the id of a trigger has its trace. The spans are made when a delivery has ended, from the times that are on record;
until then they cost nothing, and a collector that is away delays nobody. What the workstation measured (received,
loaded, shown) becomes spans of a service of its own, `benchcast-desk`: their lengths are the workstation's, their end
is the moment at which the relay heard of the paint, so they stand late by the way of one message.

The libraries come with `benchcast[otel]` and are imported here alone, once `otlp_endpoint` is set.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from relay.contract.tracing import span_id_of, trace_id_of
from relay.delivery.journal import Journal
from relay.delivery.records import Delivery, Ending
from relay.errors import StorageUnavailableError
from relay.ops.health import app_version
from relay.tasks import Tasks

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

log = structlog.get_logger()

# More than these at once are not traced, so that a collector costs the relay no more than that.
UNDER_WAY = 200


class NoTracingError(Exception):
    """`otlp_endpoint` is set and `benchcast[otel]` is not installed."""


class Tracing:
    """Makes the spans of deliveries that have ended."""

    def __init__(
        self,
        journal: Journal,
        tasks: Tasks,
        endpoint: str,
        name: str,
        *,
        exporter: "SpanExporter | None" = None,
    ) -> None:
        """Send to `endpoint`; `name` is the relay's. Raises NoTracingError."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise NoTracingError(str(error)) from error
        self._journal = journal
        self._tasks = tasks
        self._under_way: set[asyncio.Task[object]] = set()
        url = endpoint.rstrip("/")
        exporter = exporter or OTLPSpanExporter(
            endpoint=url if url.endswith("/v1/traces") else f"{url}/v1/traces"
        )
        self._sender = BatchSpanProcessor(exporter)

        def tracer_of(service: str) -> "Tracer":
            resource = Resource.create(
                {"service.name": service, "service.version": app_version(), "service.instance.id": name}
            )
            provider = TracerProvider(resource=resource, shutdown_on_exit=False)
            provider.add_span_processor(self._sender)
            return provider.get_tracer("benchcast.relay", app_version())

        self._tracer = tracer_of("benchcast-relay")
        self._desk = tracer_of("benchcast-desk")

    def beside(self, listener: Callable[[str, str, Ending], None]) -> Callable[[str, str, Ending], None]:
        """Return a listener for the courier that calls `listener` first."""

        def ended(recipient: str, verb: str, ending: Ending) -> None:
            listener(recipient, verb, ending)
            if len(self._under_way) < UNDER_WAY:
                task = self._tasks.spawn(self._trace(ending.id), "trace")
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

        return ended

    async def close(self) -> None:
        """Make the spans of what has just ended, send what is left, and end; may take as long as the collector does."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        await asyncio.to_thread(self._sender.shutdown)

    async def _trace(self, id_: str) -> None:
        try:
            delivery = await self._journal.find(id_)
        except StorageUnavailableError:
            return
        if delivery is not None and delivery.ended_at is not None:
            self._write(delivery)

    def _write(self, delivery: Delivery) -> None:
        from opentelemetry import trace

        # The scan's own span, which a scanner that traces sends itself.
        origin = trace.SpanContext(
            int(trace_id_of(delivery.id), 16),
            int(span_id_of(delivery.id), 16),
            is_remote=True,
            trace_flags=trace.TraceFlags(1),
        )
        above = trace.set_span_in_context(trace.NonRecordingSpan(origin))
        is_good = delivery.state in {"shown", "received"}
        root = self._tracer.start_span(
            f"{delivery.verb} {delivery.state}",
            context=above,
            kind=trace.SpanKind.SERVER,
            start_time=_ns(delivery.created_at),
            attributes=_attributes(delivery),
        )
        root.set_status(
            trace.StatusCode.OK if is_good else trace.StatusCode.ERROR, None if is_good else delivery.code
        )
        ended_at = delivery.ended_at or delivery.created_at
        moments = (delivery.created_at, delivery.sent_at, delivery.received_at, ended_at)
        below = trace.set_span_in_context(root)
        for name, start, end in zip(("wait", "travel", "show"), moments, moments[1:], strict=False):
            if start is not None and end is not None:
                span = self._tracer.start_span(name, context=below, start_time=_ns(start))
                if name == "show":
                    told = _timings(delivery)
                    span.set_attributes({f"benchcast.desk.{word}_ms": ms for word, ms in told.items()})
                    self._write_desk(delivery, told, _ns(end), trace.set_span_in_context(span))
                span.end(_ns(max(start, end)))
        root.end(_ns(max(delivery.created_at, ended_at)))

    def _write_desk(self, delivery: Delivery, told: dict[str, float], end: int, context: "Context") -> None:
        """Write what the workstation did: from the command's arrival to its loading, and on to the paint."""
        from opentelemetry import trace

        if (shown := told.get("shown")) is None:
            return
        arrived = end - round(shown * 1e6)
        whole = self._desk.start_span(
            f"{delivery.verb} at the desk",
            context=context,
            kind=trace.SpanKind.CONSUMER,
            start_time=arrived,
            attributes={"benchcast.screen": delivery.screen_id},
        )
        loaded = arrived + round(min(told.get("loaded", 0.0), shown) * 1e6)
        for name, start, stop in (("load", arrived, loaded), ("paint", loaded, end)):
            if stop > start:
                below = trace.set_span_in_context(whole)
                self._desk.start_span(name, context=below, start_time=start).end(stop)
        whole.end(end)


def _ns(ms: int) -> int:
    return ms * 1_000_000


def _attributes(delivery: Delivery) -> dict[str, str | int]:
    values: dict[str, str | int | None] = {
        "benchcast.screen": delivery.screen_id,
        "benchcast.order": delivery.order_id,
        "benchcast.state": delivery.state,
        "benchcast.code": delivery.code,
        "benchcast.attempts": delivery.attempts,
    }
    return {name: value for name, value in values.items() if value is not None}


def _timings(delivery: Delivery) -> dict[str, float]:
    timings: Any = delivery.outcome.timings if delivery.outcome else None
    if timings is None:
        return {}
    names = {"received_ms": "received", "loaded_ms": "loaded", "shown_ms": "shown"}
    told = {word: getattr(timings, name, None) for name, word in names.items()}
    return {word: float(value) for word, value in told.items() if value is not None}
