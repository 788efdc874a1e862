"""Alerts reach a real receiver once, in its own form, with an all-clear, however often it has to be tried."""

from contextlib import asynccontextmanager

import pytest
from helpers.alert_receiver import receiver
from helpers.desk import Desk
from helpers.relay_running import running_relay
from structlog.testing import capture_logs

from relay.admin import alerts as watching
from relay.admin.alerts import Book
from relay.ops import notifier as posting
from relay.ops.notifier import Alert, Message, Notifier, write
from relay.settings import SettingsError, load_settings
from relay.tasks import Tasks

DISK = Alert("disk", "error", "The disk is almost full.")
OTHER = Alert("offline:SCREEN-001", "warning", "Screen <1> & co went offline.")


@asynccontextmanager
async def posting_to(url: str, form="json", **more):
    notifier = Notifier(url, form, relay="Plant 1", back_off=(0.01,), **more)
    async with Tasks() as tasks:
        tasks.spawn(notifier.post_for_ever(), "post")
        yield notifier


async def test_a_receiver_that_fails_is_tried_until_it_takes_the_alert_and_the_secret_is_not_logged():
    async with receiver() as there:
        there.statuses = [500, 429, 503]
        with capture_logs() as logs:
            async with posting_to(there.url) as notifier:
                notifier.tell(Message(DISK, 1_764_000_000_000))
                notifier.tell(Message(OTHER, 1_764_000_000_001))
                got = await there.until(2)
    assert [each["key"] for each in got] == ["disk", "offline:SCREEN-001"]
    assert got[0] == {
        "event": "alert", "key": "disk", "severity": "error", "summary": DISK.summary, "relay": "Plant 1",
        "at": 1_764_000_000_000,
    }  # fmt: skip
    assert [each["status"] for each in logs] == [500, 429, 503]
    assert "SECRET" not in str(logs)


async def test_what_the_receiver_will_never_take_does_not_hold_the_others_up():
    async with receiver() as there:
        there.statuses = [400]
        async with posting_to(there.url) as notifier:
            notifier.tell(Message(DISK, 1))
            notifier.tell(Message(OTHER, 2))
            assert [each["key"] for each in await there.until(1)] == [OTHER.key]


async def test_an_all_clear_takes_back_an_alert_that_nobody_has_heard_of():
    async with posting_to("http://127.0.0.1:9/nobody") as notifier:
        notifier.tell(Message(OTHER, 1))
        notifier.tell(Message(DISK, 1))
        notifier.tell(Message(DISK, 2, is_over=True))
        waiting = [(each.alert.key, each.is_over) for each in notifier._waiting]
    assert waiting == [(OTHER.key, False)]


def test_each_receiver_is_told_in_its_own_form():
    begun, over = Message(OTHER, 1_764_000_000_000), Message(OTHER, 1_764_000_060_000, is_over=True)
    assert write(begun, "slack", relay="Plant 1") == {
        "text": ":rotating_light: *Plant 1* Screen &lt;1&gt; &amp; co went offline."
    }
    assert write(begun, "pagerduty", relay="Plant 1", key="R0") == {
        "routing_key": "R0",
        "event_action": "trigger",
        "dedup_key": "benchcast/Plant 1/offline:SCREEN-001",
        "payload": {
            "summary": "Plant 1: Screen <1> & co went offline.",
            "source": "Plant 1",
            "severity": "warning",
            "timestamp": "2025-11-24T16:00:00.000+00:00",
            "component": "benchcast-relay",
            "class": "offline",
        },
    }
    assert write(over, "pagerduty", relay="Plant 1", key="R0") == {
        "routing_key": "R0",
        "event_action": "resolve",
        "dedup_key": "benchcast/Plant 1/offline:SCREEN-001",
    }


def test_an_alert_is_said_once_and_called_off_after_two_calm_looks_also_over_a_restart(tmp_path):
    path = tmp_path / "alerts.json"
    book = Book(path)
    wrong = {DISK.key: DISK}
    assert [each.alert for each in book.compare(wrong, 1)] == [DISK]
    assert book.compare(wrong, 2) == []
    assert book.compare({}, 3) == []
    assert book.compare(wrong, 4) == []
    again = Book(path)
    assert again.compare(wrong, 5) == []
    assert again.compare({}, 6) == []
    (over,) = again.compare({}, 7)
    assert (over.alert, over.is_over) == (DISK, True)
    assert again.compare({}, 8) == []
    assert Book(path).compare({}, 9) == []


async def test_a_relay_tells_of_an_absent_screen_of_dead_letters_and_of_their_end(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(posting, "BACK_OFF_SECONDS", (0.05,))
    settings = {
        "alert_offline_minutes": 0.01, "alert_dead_letters": 1, "alert_disk_free_percent": 0.0,
        "alert_language": "en", "name": "Plant 1",
    }  # fmt: skip
    async with (
        receiver() as there,
        running_relay(tmp_path / "relay", alert_webhook=there.url, **settings) as office,
    ):
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            desk.show = lambda command: {
                "id": command["id"],
                "state": "failed",
                "code": "DOCUMENT_UNREADABLE",
            }
            dead = (await office.trigger(command="identify", wait_ms=10_000)).body["id"]
            (begun,) = [each for each in await there.until(1) if each["key"] == "dead_letters"]
            assert begun["summary"] == "1 dead letters wait to be dealt with."
            assert (await office.call("DELETE", f"/api/dead-letters/{dead}")).status == 204
            over = (await there.until(2))[1]
            assert (over["event"], over["key"]) == ("all-clear", "dead_letters")
            assert over["summary"].startswith("Resolved: ")
        gone = (await there.until(3))[2]
        assert (gone["event"], gone["key"]) == ("alert", "offline:SCREEN-001")
        async with Desk(office.url, grant["token"]):
            back = (await there.until(4))[3]
            assert (back["event"], back["key"]) == ("all-clear", "offline:SCREEN-001")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"alert_format": "pagerduty"}, "alert_key"),
        ({"alert_key": "R0"}, "pagerduty"),
        ({"alert_webhook": "ftp://somewhere"}, "alert_webhook"),
        ({"alert_error_percent": "101"}, "alert_error_percent"),
        ({"backup_keep": "0"}, "backup_keep"),
        ({"log_format": "xml"}, "log_format"),
        ({"otlp_endpoint": "collector:4318"}, "otlp_endpoint"),
    ],
)
def test_settings_that_cannot_work_are_refused(values, word):
    with pytest.raises(SettingsError, match=word):
        load_settings({}, environ={f"BENCHCAST_{name.upper()}": value for name, value in values.items()})
    load_settings({}, environ={"BENCHCAST_ALERT_FORMAT": "pagerduty", "BENCHCAST_ALERT_KEY": "R0"})
