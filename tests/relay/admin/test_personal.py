"""What the relay knows of one person, as a file; and what it tells people about what it keeps."""

import json

from helpers.relay_running import running_relay

LOGIN = {"username": "kim", "password": "correct horse"}


async def test_a_person_takes_along_what_is_kept_of_them_and_nobody_elses(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        await office.pair()
        kim, lee = await office.add_user("kim", "operator"), await office.add_user("lee", "operator")
        triggered = (await kim.trigger(command="identify")).body["id"]
        await lee.trigger(command="identify")
        await kim.as_(None).call("POST", "/api/auth/login", json=LOGIN | {"password": "a wrong guess"})
        await office.call("PATCH", "/api/users/kim", json={"permissions": ["screen:SCREEN-001:trigger"]})
        refreshed = await office.as_(None).call("POST", "/api/auth/login", json=LOGIN)
        kim.token = refreshed.body["accessToken"]

        answer = await kim.call("GET", "/api/users/Kim/data")
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        data = answer.body
        assert (data["name"], data["role"], data["permissions"]) == (
            "kim",
            "operator",
            ["screen:SCREEN-001:trigger"],
        )
        assert [(each["id"], each["command"]) for each in data["deliveries"]] == [(triggered, "identify")]
        assert data["deliveriesInAll"] == 1
        deeds = {(each["actor"], each["action"], each["outcome"]) for each in data["deeds"]}
        assert ("user:kim", "auth.sign_in", "done") in deeds
        assert ("api:command-line", "user.change", "done") in deeds, "what others did to the account"
        assert not any("lee" in json.dumps(each) for each in data["deeds"])
        assert data["deedsInAll"] == len(data["deeds"])
        assert data["lastSignIn"]["address"] == "127.0.0.1"
        assert len(data["sessions"]) == 2
        said = json.dumps(data)
        for secret in (LOGIN["password"], "argon2", kim.token, refreshed.body["refreshToken"]):
            assert secret not in said

        assert (await lee.call("GET", "/api/users/kim/data")).body["code"] == "FORBIDDEN"
        assert (await office.call("GET", "/api/users/lee/data")).body["name"] == "lee", "an admin may"
        assert (await office.call("GET", "/api/users/nobody/data")).body["code"] == "USER_NOT_FOUND"
        taken = (await office.call("GET", "/api/audit?action=user.data&outcome=done")).body["entries"]
        assert [(each["actor"], each["target"]) for each in taken] == [
            ("api:command-line", "lee"),
            ("user:kim", "kim"),
        ]


async def test_of_somebody_who_was_deleted_only_what_they_did_is_left(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        await office.pair()
        kim = await office.add_user("kim", "operator")
        await kim.trigger(command="identify")
        assert (await office.call("DELETE", "/api/users/kim")).status == 204
        assert (await office.call("GET", "/api/users/kim/data")).body["code"] == "USER_NOT_FOUND"
        await office.add_user("kim", "viewer")
        again = (await office.call("GET", "/api/users/kim/data")).body
        assert (again["role"], again["notices"], len(again["sessions"])) == ("viewer", [], 1)
        assert "signInBefore" not in again
        assert again["deliveriesInAll"] == 1, "the record of what was shown stays with the name"


async def test_anybody_reads_what_is_kept_in_their_language_and_with_the_periods_that_are_set(tmp_path):
    async with running_relay(tmp_path / "data", audit_days=77, keep_deliveries_days=33) as office:
        stranger = office.as_(None)
        english = (await stranger.call("GET", "/api/privacy")).body
        assert english["title"] == "What is kept about you"
        assert "33 days" in (told := " ".join(english["paragraphs"]))
        assert "77 days" in told
        korean = (await stranger.call("GET", "/api/privacy", language="ko")).body
        assert "77일" in " ".join(korean["paragraphs"])


async def test_an_admin_puts_own_words_in_their_place_at_once(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        words = "We keep names.\n\nAsk Ms Park."
        changed = await office.call("PATCH", "/api/settings", json={"values": {"privacy_notice": words}})
        assert changed.status == 200, changed.body
        told = (await office.as_(None).call("GET", "/api/privacy")).body
        assert told["paragraphs"] == ["We keep names.", "Ask Ms Park."]
