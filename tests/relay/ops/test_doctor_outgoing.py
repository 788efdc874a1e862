"""The doctor names the machines with which the relay speaks so that the network could read along, and no secret."""

import asyncio

import pytest
from helpers.relay_running import running_relay

from relay.clock import SystemClock
from relay.contract.wording import LANGUAGES
from relay.ops.clear_text import examine_outgoing, host_in_clear_text
from relay.ops.doctor import Doctor
from relay.settings import Settings
from relay.storage.backup import DATABASE

ERP = {"urlTemplate": "http://erp.plant/key/hidden/{orderId}", "documentPath": "url"}
TABLE = {"url": "postgresql://relay@db.plant/mes", "query": "SELECT url FROM orders WHERE id = :orderId"}


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://hooks.plant/services/hidden", "hooks.plant"),
        ("HTTP://[2001:db8::1]:4318", "2001:db8::1"),
        ("postgresql://relay@db.plant/mes", "db.plant"),
        ("https://hooks.plant/", ""),
        ("http://127.0.0.1:4318", ""),
        ("http://localhost:4318", ""),
        ("http://[::1]:4318", ""),
        ("sqlite:////srv/erp.db", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_what_leaves_the_machine_in_clear_text_is_known_by_its_address(address, host):
    assert host_in_clear_text(address) == host


async def test_the_doctor_names_each_of_them_and_nothing_of_their_addresses(tmp_path):
    data = tmp_path / "data"
    async with running_relay(data) as office:
        assert examine_outgoing(Settings(data=data), data / DATABASE).key == "nobody"
        for name, fields in (
            ("ERP", {"http": ERP}),
            ("MES", {"sql": TABLE}),
            ("Off", {"http": ERP, "isEnabled": False}),
        ):
            answer = await office.call(
                "POST", "/api/sources", json={"name": name, "secret": "hidden", **fields}
            )
            assert answer.status == 201, answer.body
        settings = Settings(
            data=data, alert_webhook="http://hooks.plant/hidden", otlp_endpoint="https://collector.plant:4318"
        )
        found = await asyncio.to_thread(lambda: list(Doctor(settings, SystemClock()).examine()))
    (outgoing,) = [each for each in found if each.check == "outgoing"]
    assert (outgoing.verdict, outgoing.key) == ("warn", "clear")
    assert outgoing.values == {"hosts": "db.plant erp.plant hooks.plant"}
    for language in LANGUAGES:
        words = outgoing.worded(language)
        assert "hidden" not in words.detail + words.action
        assert "https://" in words.action


async def test_nothing_is_said_of_what_is_encrypted_or_stays_here(tmp_path):
    settings = Settings(
        data=tmp_path, alert_webhook="https://hooks.plant/", otlp_endpoint="http://127.0.0.1:4318"
    )
    found = examine_outgoing(settings, tmp_path / DATABASE)
    assert (found.verdict, found.key) == ("good", "good")
