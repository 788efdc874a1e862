"""Every kind of alert reaches a receiver of Slack's and of PagerDuty's form: once, well-formed, with its all-clear."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import jsonschema_rs
import msgspec
import pytest
from aiohttp import web
from helpers.desk import Desk
from helpers.relay_running import Office, running_relay

from relay.admin import alerts as watching
from relay.admin import operations
from relay.ops import notifier as posting

DAY_MS = 86_400_000
PATIENCE = 60
KINDS = {"disk", "certificate", "dead_letters", "error_rate", "offline", "attack"}
# What PagerDuty has published of its Events API v2 (POST /v2/enqueue): fields, enumerations and lengths.
PAGERDUTY = {
    "type": "object",
    "required": ["routing_key", "event_action", "dedup_key"],
    "additionalProperties": False,
    "properties": {
        "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "maxLength": 255},
        "client": {"type": "string"},
        "client_url": {"type": "string", "format": "uri"},
        "links": {"type": "array"},
        "images": {"type": "array"},
        "payload": {
            "type": "object",
            "required": ["summary", "severity", "source"],
            "additionalProperties": False,
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "timestamp": {"type": "string", "format": "date-time"},
                "severity": {"enum": ["critical", "warning", "error", "info"]},
                "source": {"type": "string", "minLength": 1},
                "component": {"type": "string"},
                "group": {"type": "string"},
                "class": {"type": "string"},
                "custom_details": {"type": "object"},
            },
        },
    },
    "if": {"properties": {"event_action": {"const": "trigger"}}},
    "then": {"required": ["payload"]},
}
# What Slack's incoming webhooks take of a plain message: `text`, in which &, < and > are written as entities.
SLACK = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {
        "text": {
            "type": "string",
            "minLength": 1,
            "maxLength": 40_000,
            "pattern": r"^([^&<>]|&(amp|lt|gt);)*$",
        }
    },
}
KEY = "0123456789abcdef0123456789abcdef"


class Slack:
    checked = jsonschema_rs.Draft202012Validator(SLACK)
    status, settings = 200, {"alert_format": "slack"}

    @staticmethod
    def told(body: dict) -> tuple[str, bool]:
        """Tell the sentence without its mark, and whether it is an all-clear."""
        mark, sentence = re.fullmatch(r":(\w+): \*Plant &amp; 1\* (.*)", body["text"]).groups()
        return sentence, mark == "white_check_mark"


class PagerDuty:
    checked = jsonschema_rs.Draft202012Validator(PAGERDUTY, validate_formats=True)
    status, settings = 202, {"alert_format": "pagerduty", "alert_key": KEY}

    @staticmethod
    def told(body: dict) -> tuple[str, bool]:
        return body["dedup_key"].removeprefix("benchcast/Plant & 1/"), body["event_action"] == "resolve"


@asynccontextmanager
async def receiver(
    form: type[Slack | PagerDuty],
) -> AsyncIterator[tuple[str, list[tuple[str, bool]], asyncio.Condition]]:
    heard: list[tuple[str, bool]] = []
    wrong: list[str] = []
    changed = asyncio.Condition()

    async def take(request: web.Request) -> web.Response:
        assert request.content_type == "application/json"
        body = await request.json()
        wrong.extend(map(str, form.checked.iter_errors(body)))
        async with changed:
            heard.append(form.told(body))
            changed.notify_all()
        return web.Response(status=form.status, text="ok")

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", heard, changed
        assert wrong == []
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("form", [Slack, PagerDuty])
async def test_each_kind_is_told_once_and_called_off_once(tmp_path, monkeypatch, form) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(posting, "BACK_OFF_SECONDS", (0.05,))
    machine = SimpleNamespace(free=5, ends_in_days=3)
    usage = lambda _path: SimpleNamespace(total=100, free=machine.free)  # noqa: E731 - a stand-in of one line
    monkeypatch.setattr(watching, "shutil", SimpleNamespace(disk_usage=usage))
    settings = form.settings | {
        "name": "Plant & 1",
        "alert_language": "en",
        "alert_offline_minutes": 0.005,
        "alert_dead_letters": 1,
        "alert_error_percent": 50.0,
        "alert_disk_free_percent": 10.0,
        "alert_certificate_days": 21,
        "alert_refused_sign_ins": 3,
    }
    async with receiver(form) as (url, heard, changed):

        async def until(count: int) -> list[tuple[str, bool]]:
            async with asyncio.timeout(PATIENCE), changed:
                await changed.wait_for(lambda: len(heard) >= count)
            return heard

        async with running_relay(tmp_path / "relay", alert_webhook=url, **settings) as office:
            ends = lambda _settings: office.clock.now_ms() + machine.ends_in_days * DAY_MS  # noqa: E731 - as above
            monkeypatch.setattr(operations, "expiry_of", ends)
            choose = lambda name, value: msgspec.structs.force_setattr(office.relay.settings, name, value)  # noqa: E731 - as above
            await everything_wrong(office)
            begun = [*await until(6)]
            assert [is_over for _, is_over in begun] == [False] * 6
            assert len({what for what, _ in begun}) == 6
            if form is PagerDuty:
                assert {what.partition(":")[0] for what, _ in begun} == KINDS

            machine.free, machine.ends_in_days = 50, 300
            choose("alert_attack_minutes", 0.0001)
            await everything_right(office)
            over = (await until(12))[6:]
            assert [is_over for _, is_over in over] == [True] * 6
            named = {what.removeprefix("Resolved: ") for what, _ in over}
            assert named == {what for what, _ in begun}, "each all-clear names its alert"
            await asyncio.sleep(0.5)  # some ten looks, at which nothing is new
            assert len(heard) == 12
            await office.desk.leave()


async def everything_wrong(office: Office) -> None:
    for name in ("kim", "lee", "park"):
        wrong = {"username": name, "password": "a guess of somebody's"}
        assert (await office.as_(None).call("POST", "/api/auth/login", json=wrong)).status == 401
    grant = await office.pair()
    office.grant = grant
    async with Desk(office.url, grant["token"]) as desk:
        desk.show = lambda command: {"id": command["id"], "state": "failed", "code": "DOCUMENT_UNREADABLE"}
        for _ in range(12):
            assert (await office.trigger(command="identify", wait_ms=10_000)).body["state"] == "failed"


async def everything_right(office: Office) -> None:
    for dead in (await office.call("GET", "/api/dead-letters")).body["deliveries"]:
        await office.call("DELETE", f"/api/dead-letters/{dead['id']}")
    office.desk = Desk(office.url, office.grant["token"])
    await office.desk.connect()
    for _ in range(20):
        assert (await office.trigger(command="identify", wait_ms=10_000)).body["state"] == "shown"
