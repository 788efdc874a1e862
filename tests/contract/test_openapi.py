"""The OpenAPI document says every call that the relay answers, no more and no less, and who may make it."""

import re

import msgspec
from helpers.relay_running import running_relay

from relay import main
from relay.contract.api import CALLS, openapi


async def test_what_is_described_is_what_is_routed(tmp_path, monkeypatch) -> None:
    apps = []
    make = main.application
    monkeypatch.setattr(
        main, "application", lambda *rooms, **more: apps.append(make(*rooms, **more)) or apps[-1]
    )
    async with running_relay(tmp_path / "data") as office:
        told = (await office.as_(None).call("GET", "/api/openapi.json")).body
    routed = {
        (route.method, route.resource.canonical)
        for route in apps[0].router.routes()
        if route.method != "HEAD" and not route.resource.canonical.startswith("/socket.io")
    }
    assert routed == {(call.method, call.path) for call in CALLS}
    assert routed == {(method.upper(), path) for path, calls in told["paths"].items() for method in calls}


def test_every_reference_leads_somewhere() -> None:
    document = openapi("1")
    text = msgspec.json.encode(document).decode()
    wanted = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert {"Trigger", "Problem", "DeliveryReport"} <= wanted
    assert wanted <= set(document["components"]["schemas"])


async def test_who_may_is_as_described(tmp_path) -> None:
    async with running_relay(tmp_path / "data") as office:
        stranger = office.as_(None)
        for call in CALLS:
            path = re.sub(r"\{\w+\}", "0" * 64, call.path)
            answer = await stranger.call(call.method, path, json={})
            is_open = answer.status != 401
            assert is_open == (call.access == "anybody"), (call.method, call.path, answer.body)
