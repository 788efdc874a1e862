"""Settings in the console: told with their origin, changed at once where that is possible, and else refused."""

import stat
import tomllib

import pytest
from helpers.alert_receiver import receiver
from helpers.desk import Desk
from helpers.relay_running import running_relay

from relay.admin.setting_routes import GROUPS, toml_line
from relay.chosen_settings import DEFAULTS
from relay.contract.wording import LANGUAGES, Wording
from relay.main import open_relay
from relay.settings import Settings, SettingsError, load_settings, read_settings


async def one(office, name: str) -> dict:
    listed = (await office.call("GET", "/api/settings")).body["settings"]
    return next(each for each in listed if each["name"] == name)


async def change(office, **values: object):
    return await office.call("PATCH", "/api/settings", json={"values": values})


def test_every_setting_has_its_place_and_its_words():
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(Settings.__struct_fields__)
    for language in LANGUAGES:
        wording = Wording(language)
        keys = [f"console.settings.of.{name}" for name in grouped]
        keys += [f"console.settings.group.{group}" for group in GROUPS]
        assert [key for key in keys if not wording.knows(key)] == []


def test_the_line_for_the_file_means_the_same_when_it_is_read(tmp_path):
    """As an admin does: write what the console says into the file, and start with it."""
    said = Settings(
        data=tmp_path / 'a "quoted" \\ folder',
        url_hosts=("erp.plant", "*.drawings.example"),
        name="공장 \x7f 1",
    )
    lines = [toml_line(name, getattr(said, name)) for name in Settings.__struct_fields__]
    config = tmp_path / "relay.toml"
    config.write_text("\n".join(lines), "utf-8")
    assert tomllib.loads(config.read_text("utf-8"))["retry_seconds"] == [1.0, 2.0, 4.0, 8.0]
    assert load_settings({}, environ={}, config=config) == said


def test_flag_variable_file_choice_and_default_in_this_order(tmp_path):
    config = tmp_path / "relay.toml"
    config.write_text('port = 1000\nname = "file"\nbackup_keep = 3\n', "utf-8")
    (tmp_path / "settings.json").write_text('{"backup_keep": 9, "backup_hours": 6, "of_another_version": 1}')
    environ = {"BENCHCAST_PORT": "2000", "BENCHCAST_NAME": "variable"}
    given = read_settings({"port": 3000, "data": tmp_path}, environ=environ, config=config)
    settings = given.settings
    assert (settings.port, settings.name, settings.backup_keep, settings.backup_hours) == (
        3000,
        "variable",
        3,
        6,
    )
    assert [given.origins.get(name) for name in ("port", "name", "backup_keep", "backup_hours", "host")] == [
        "flag",
        "variable",
        "file",
        "chosen",
        None,
    ]
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(SettingsError, match=r"settings\.json"):
        load_settings({"data": tmp_path}, environ={})


async def test_what_is_chosen_holds_at_once_and_after_a_restart(tmp_path):
    async with running_relay(tmp_path / "data", backup_keep=3) as office:
        kim = await office.add_user("kim", "admin")
        assert (await change(kim, url_hosts=["drawings.example"], app_version="3.1")).status == 200
        assert (await office.as_(None).call("GET", "/api/app/version")).body["version"] == "3.1"
        await kim.add_order("WO-1")
        page = {"url": "https://drawings.example/1", "title": "Page"}
        assert (await kim.call("POST", "/api/orders/WO-1/documents", json=page)).status == 201
        chosen = await one(kim, "url_hosts")
        assert (chosen["origin"], chosen["value"]) == ("chosen", ["drawings.example"])
        assert chosen["toml"] == 'url_hosts = ["drawings.example"]'
        firm = await one(kim, "backup_keep")
        assert (firm["origin"], firm.get("isChosenHere", False)) == ("flag", False)
        log = (await office.call("GET", "/api/audit?action=settings")).body["entries"]
        assert [(each["actor"], each["target"]) for each in log] == [("user:kim", "app_version url_hosts")]
    assert stat.S_IMODE((tmp_path / "data" / "settings.json").stat().st_mode) == 0o600
    given = read_settings({"data": tmp_path / "data", "port": 0}, environ={})
    async with open_relay(given.settings, given=given) as relay:
        assert relay.settings.url_hosts == ("drawings.example",)
    async with running_relay(tmp_path / "data") as office:
        assert (await change(office, url_hosts=None)).status == 200
        assert "origin" in (back := await one(office, "url_hosts"))
        assert (back["origin"], office.relay.settings.url_hosts) == ("default", ())


async def test_what_does_not_fit_is_refused_and_changes_nothing(tmp_path):
    async with running_relay(tmp_path / "data", alert_webhook="https://chat.plant/secret") as office:
        lee = await office.add_user("lee", "lead")
        assert (await lee.call("GET", "/api/settings")).status == 403
        assert (await change(lee, backup_keep=9)).status == 403
        for values, field in (
            ({"port": 1}, "port"),
            ({"no_such": 1}, "no_such"),
            ({"alert_webhook": "https://elsewhere"}, "alert_webhook"),
            ({"backup_keep": 0, "backup_hours": 1}, "backup_keep"),
            ({"backup_keep": "many"}, "backup_keep"),
            ({"alert_format": "pagerduty"}, "$"),
        ):
            answer = await change(office, **values)
            assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR"), values
            assert field in str(answer.body), values
        assert office.relay.settings.backup_hours == DEFAULTS.backup_hours
        assert not (tmp_path / "data" / "settings.json").exists()
        assert "secret" not in str((await office.call("GET", "/api/settings")).body)
        assert (await one(office, "alert_webhook"))["isSet"] is True
        assert (await office.call("GET", "/api/audit?action=settings.change&outcome=done")).body[
            "entries"
        ] == []


async def test_a_receiver_of_alerts_is_chosen_tried_and_told_without_a_restart(tmp_path, monkeypatch):
    monkeypatch.setattr("relay.admin.alerts.LOOK_SECONDS", 0.1)
    async with running_relay(tmp_path / "data") as office, receiver() as there:
        assert (await office.call("POST", "/api/settings/alert-trial")).body["code"] == "VALIDATION_ERROR"
        await change(office, alert_webhook=there.url, alert_language="en", alert_dead_letters=1)
        told = await office.call("POST", "/api/settings/alert-trial")
        assert told.body == {"isTaken": True, "heard": "HTTP 200"}
        assert "trial" in (await there.until(1))[0]["summary"]
        there.statuses[:] = [500]
        assert (await office.call("POST", "/api/settings/alert-trial")).body["heard"] == "HTTP 500"
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            desk.show = lambda command: {
                "id": command["id"],
                "state": "failed",
                "code": "DOCUMENT_UNREADABLE",
            }
            await office.trigger(command="identify", wait_ms=8000)
        assert (await there.until(2))[1]["key"] == "dead_letters"
