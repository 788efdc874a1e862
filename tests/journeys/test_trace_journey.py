"""One trace from the scanner to the paint: the real app, a real relay, and a collector that hears of it."""

import os
import tty
import uuid
from pathlib import Path

import pytest
from helpers.collector import collecting
from helpers.real_desk import colour_pdf, real_desk
from helpers.relay_running import running_relay
from helpers.x11 import two_monitors

from relay.contract.tracing import span_id_of
from relay.web import handler

pytestmark = pytest.mark.x11


async def test_a_scan_its_request_its_delivery_and_its_paint_have_one_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "desk"
    data.mkdir()
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    (data / "benchcast.toml").write_text(f'[[scanner.serial]]\nport = "{os.ttyname(theirs)}"\n')
    stories: list[str] = []
    begin = handler.traces.begin
    monkeypatch.setattr(
        handler.traces, "begin", lambda headers: stories.append(name := begin(headers)) or name
    )
    async with (
        collecting() as collector,
        running_relay(tmp_path / "relay", otlp_endpoint=collector.url) as office,
    ):
        await office.add_order("WO-1", colour_pdf("red"))
        await office.add_screen()
        link = (await office.offer())["link"]
        with two_monitors(window_manager=False) as x:
            async with real_desk(office, x, data, link=link):
                os.write(ours, b"WO-1\r\n")
                await collector.until(lambda: "paint" in collector.named("benchcast-desk"), 60)
        (delivery,) = (await office.call("GET", "/api/deliveries")).body["deliveries"]
    os.close(ours)
    os.close(theirs)
    trace = uuid.UUID(delivery["id"])
    assert trace.hex in stories, "the request of the scan is called by the trace in the relay's log"
    assert {span.trace_id for _, span in collector.spans} == {trace.bytes}
    relay, desk = collector.named("benchcast-relay"), collector.named("benchcast-desk")
    assert relay["navigate shown"].parent_span_id.hex() == span_id_of(delivery["id"])
    assert desk["navigate at the desk"].parent_span_id == relay["show"].span_id
    assert desk["load"].end_time_unix_nano == desk["paint"].start_time_unix_nano
    assert desk["paint"].end_time_unix_nano == relay["navigate shown"].end_time_unix_nano
