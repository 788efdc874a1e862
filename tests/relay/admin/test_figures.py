"""What the relay says of itself agrees with what happened, and only those who may read it do."""

import re

import pytest
from helpers.desk import Desk
from helpers.relay_running import Office, running_relay, small_pdf
from prometheus_client.parser import text_string_to_metric_families

from relay.metrics import DELIVERY_BOUNDS, Histogram, Meter, Recent, percentile


async def _samples(office: Office) -> dict[str, float]:
    answer = await office.as_(None).call("GET", "/metrics")
    assert answer.status == 200
    text = answer.body["bytes"].decode()
    return {
        sample.name + "".join(f"[{value}]" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_each_state_and_stage_of_a_delivery_is_counted(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_order("WO-1", small_pdf("WO-1"))
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            assert (await office.trigger(orderId="WO-1", wait_ms=10_000)).body["state"] == "shown"
            desk.show = lambda command: {
                "id": command["id"], "state": "failed", "code": "DISPLAY_NOT_AVAILABLE", "error": "?",
            }  # fmt: skip
            answer = await office.trigger(orderId="WO-1", wait_ms=10_000)
            assert answer.body["state"] == "failed"
            seen = await _samples(office)
        later = (await office.trigger(orderId="WO-1")).body["id"]
        await office.trigger(orderId="WO-1")
        last = (await office.trigger(command="identify")).body["id"]
        await office.call("DELETE", f"/api/trigger/{last}")
        after = await _samples(office)
    assert seen["benchcast_deliveries_accepted_total"] == 2
    assert seen["benchcast_deliveries_sent_total"] == 2
    assert seen["benchcast_deliveries_received_total"] == 2
    assert seen["benchcast_deliveries_ended_total[][shown]"] == 1
    assert seen["benchcast_deliveries_ended_total[DISPLAY_NOT_AVAILABLE][failed]"] == 1
    assert seen["benchcast_delivery_shown_seconds_count"] == 1
    assert seen["benchcast_delivery_received_seconds_count"] == 2
    assert seen["benchcast_delivery_sent_seconds_bucket[900]"] == 2
    assert 0 < seen["benchcast_delivery_shown_seconds_sum"] < 30
    assert seen["benchcast_dead_letters"] == 1
    assert seen["benchcast_connections[screen]"] == 1
    assert seen["benchcast_connects_total[screen]"] == 1
    assert seen["benchcast_database_batches_total"] > 0
    assert seen["benchcast_database_commit_seconds_count"] == seen["benchcast_database_batches_total"]
    assert seen["benchcast_disk_free_bytes"] > 0
    assert seen["process_resident_memory_bytes"] > 0
    assert later != last
    assert after["benchcast_deliveries_ended_total[SUPERSEDED][superseded]"] == 1
    assert after["benchcast_deliveries_ended_total[][cancelled]"] == 1
    assert after["benchcast_deliveries_open[waiting]"] == 1
    assert after["benchcast_connections[screen]"] == 0


async def test_the_dashboard_says_what_the_contract_says(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_order("WO-1", small_pdf("WO-1"))
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            await office.trigger(orderId="WO-1", wait_ms=10_000)
            desk.show = lambda command: {
                "id": command["id"],
                "state": "failed",
                "code": "DOCUMENT_UNREADABLE",
            }
            await office.trigger(orderId="WO-1", wait_ms=10_000)
            board = (await office.call("GET", "/api/monitoring/dashboard", language="ko")).body
            figures = (await office.call("GET", "/api/metrics")).body
            series = (await office.call("GET", "/api/monitoring/series")).body
    assert set(board) == {
        "totalConnections", "activeScreens", "messagesPerMinute", "averageLatency", "p95Latency", "errorRate",
        "uptime", "recentErrors", "attacks",
    }  # fmt: skip
    assert (board["totalConnections"], board["activeScreens"], board["errorRate"]) == (1, 1, 0.5)
    assert board["attacks"] == 0
    (error,) = board["recentErrors"]
    assert set(error) == {"timestamp", "screenId", "error", "code", "severity"}
    assert (error["screenId"], error["code"], error["severity"]) == (
        "SCREEN-001",
        "DOCUMENT_UNREADABLE",
        "error",
    )
    assert re.search("[가-힣]", error["error"])
    assert set(figures) == {"successRate", "errorRate", "averageLatency", "p95Latency", "messagesPerMinute"}
    assert figures["successRate"] == 0.5
    assert figures["p95Latency"] > 0
    assert figures["messagesPerMinute"] > 0
    assert sum(point["accepted"] for point in series["points"]) == 2
    assert series["deadLetters"] == 1


async def test_figures_are_for_people_for_this_machine_and_for_their_own_scope(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_screen()
        stranger = office.as_(None)
        behind_a_proxy = {"X-Forwarded-For": "203.0.113.9"}
        assert (await stranger.call("GET", "/metrics")).status == 200
        assert (await stranger.call("GET", "/metrics", headers=behind_a_proxy)).status == 401
        assert (await stranger.call("GET", "/api/metrics")).status == 401
        for scopes, status in ((["metrics"], 200), (["trigger:SCREEN-001"], 403)):
            made = await office.call("POST", "/api/tokens", json={"scopes": scopes, "name": "grafana"})
            program = office.as_(made.body["token"])
            assert (await program.call("GET", "/metrics", headers=behind_a_proxy)).status == status
            assert (await program.call("GET", "/api/monitoring/dashboard")).status == status
        assert (await program.call("GET", "/api/monitoring/health")).status == 403
    async with running_relay(tmp_path / "open", metrics_open=True) as office:
        assert (await office.as_(None).call("GET", "/metrics", headers=behind_a_proxy)).status == 200


def test_a_percentile_lies_within_its_bucket():
    histogram = Histogram(DELIVERY_BOUNDS)
    for milliseconds in range(1, 1001):
        histogram.observe_ms(milliseconds)
    assert percentile(histogram.bounds, histogram.counts, 0.5) == _about(0.5)
    assert percentile(histogram.bounds, histogram.counts, 0.95) == _about(0.95)
    assert percentile(histogram.bounds, [0] * len(histogram.counts), 0.95) is None
    histogram.observe_ms(10_000_000)
    histogram.observe_ms(-5)
    assert histogram.buckets()[-1] == (900.0, 1001)
    assert histogram.count == 1002
    assert histogram.total == _about(500.5 + 10_000)
    single = Histogram(DELIVERY_BOUNDS)
    for milliseconds in range(1, 1001):
        single.observe(milliseconds / 1000)
    assert sum(single.counts) == sum(histogram.counts) - 2
    assert single.counts[1:-1] == histogram.counts[1:-1]
    assert dict(histogram.buckets())[0.1] == 101


def test_what_is_older_than_a_quarter_of_an_hour_is_not_told_any_more():
    meter = Meter()
    recent = Recent(meter)
    meter.accepted += 100
    for step in range(91):
        meter.accepted += 1
        recent.look(step * 10_000, 0)
    now = recent.glance(910_000, 3)
    assert recent.whole(now).accepted == 90
    assert len(recent.spans(now)) == 91
    recent.look(910_000, 3)
    assert recent.whole(recent.glance(910_000, 3)).accepted == 89
    assert recent.whole(now).per_minute == _about(6)


def _about(value: float):
    return pytest.approx(value, rel=0.05)
