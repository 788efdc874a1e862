"""The doctor names the admins whom a password alone lets in."""

import asyncio

from helpers.authenticator import App
from helpers.relay_running import running_relay

from relay.contract.wording import LANGUAGES
from relay.ops.factor_check import examine_factors
from relay.ops.findings import Found

PASSWORD = "correct horse"


async def test_admins_without_a_second_factor_are_named(tmp_path):
    database = tmp_path / "data" / "relay.db"
    assert examine_factors(database).key == "nobody"
    async with running_relay(tmp_path / "data") as office:

        async def look() -> Found:
            return await asyncio.to_thread(examine_factors, database)

        assert (await look()).key == "nobody"
        kim = await office.add_user("kim", "admin", PASSWORD)
        await office.add_user("lee", "lead", PASSWORD)
        found = await look()
        assert (found.verdict, found.key, found.values) == ("warn", "none", {"names": "kim"})
        for language in LANGUAGES:
            words = found.worded(language)
            assert "kim" in words.detail
            assert "second_factor" in words.action
        draft = await kim.call("POST", "/api/auth/second-factor", json={"currentPassword": PASSWORD})
        code = {"code": App(draft.body["key"], office.clock).code()}
        assert (await kim.call("POST", "/api/auth/second-factor/confirm", json=code)).status == 200
        assert (await look()).verdict == "good"
        for number in range(7):
            await office.add_user(f"admin {number}", "admin", PASSWORD)
        assert (await look()).values == {"names": "admin 0, admin 1, admin 2, admin 3, admin 4, …"}
        health = (await office.call("GET", "/api/monitoring/health")).body["findings"]
        assert next(each["verdict"] for each in health if each["check"] == "factor") == "warn"
