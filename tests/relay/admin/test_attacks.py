"""Signs of an attack: what counts as one, by whom, for how long, and where an admin sees it."""

from helpers.relay_running import Office, running_relay
from helpers.running_clock import RunningClock

from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin

LOGIN = "/api/auth/login"


async def attack_of(office: Office) -> dict:
    condition = (await office.call("GET", "/api/monitoring/health", headers={"Accept-Language": "en"})).body
    (finding,) = [each for each in condition["findings"] if each["check"] == "attack"]
    board = (await office.call("GET", "/api/monitoring/dashboard")).body
    assert (board["attacks"] > 0) == (finding["verdict"] == "bad"), "both tell the same"
    return finding


async def test_refused_sign_ins_are_a_sign_for_as_long_as_they_are_of_late(tmp_path):
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock, alert_refused_sign_ins=4) as office:
        await office.add_user("kim", "viewer")
        for name in ("kim", "lee", "park"):
            await office.as_(None).call("POST", LOGIN, json={"username": name, "password": "a wrong guess"})
        # A right one, and a mistake in a form, are none.
        await office.as_(None).call("POST", LOGIN, json={"username": "kim", "password": "correct horse"})
        await office.as_(None).call("POST", LOGIN, json={"username": "kim"})
        assert (await attack_of(office))["verdict"] == "good"
        await office.as_(None).call("POST", LOGIN, json={"username": "choi", "password": "a wrong guess"})
        found = await attack_of(office)
        assert found["verdict"] == "bad"
        assert found["detail"].startswith("4 sign-ins were refused in the last 10 minutes")
        assert "127.0.0.1" in found["detail"]
        clock.skip(601)
        office.token = mint_local_admin(Keys.open(tmp_path / "data"), clock)
        assert (await attack_of(office))["verdict"] == "good"


async def test_a_refresh_token_that_comes_twice_is_a_sign_at_once(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        grant = await office.pair()
        again = {"refreshToken": grant["refreshToken"]}
        assert (await office.as_(None).call("POST", "/api/auth/refresh", json=again)).status == 200
        assert (await attack_of(office))["verdict"] == "good"
        assert (await office.as_(None).call("POST", "/api/auth/refresh", json=again)).status == 401
        assert "screen:SCREEN-001" in (await attack_of(office))["detail"]


async def test_limits_on_guessing_that_are_hit_are_a_sign(tmp_path):
    async with running_relay(tmp_path / "data", alert_limits_hit=2, attempts_per_minute=5) as office:
        codes = [
            (
                await office.as_(None).call(
                    "POST",
                    "/api/pair",
                    json={"token": f"guess-{number}", "device": {"name": "a", "platform": "b"}},
                )
            ).body["code"]
            for number in range(8)
        ]
        assert codes.count("RATE_LIMITED") >= 2, codes
        assert "Limits on guessing" in (await attack_of(office))["detail"]


async def test_many_refused_calls_are_a_sign_of_the_caller_that_makes_them_alone(tmp_path):
    async with running_relay(tmp_path / "data", alert_refused_calls=5) as office:
        kim, lee = await office.add_user("kim", "viewer"), await office.add_user("lee", "viewer")
        for _ in range(4):
            assert (await kim.call("GET", "/api/users")).status == 403
            assert (await lee.call("GET", "/api/users")).status == 403
        assert (await attack_of(office))["verdict"] == "good"
        await kim.call("GET", "/api/users")
        found = await attack_of(office)
        assert found["detail"].startswith("5 calls of user:kim (127.0.0.1)"), (
            "all are counted, though the audit log holds but one of them"
        )


async def test_each_kind_can_be_turned_off(tmp_path):
    async with running_relay(tmp_path / "data", alert_refused_calls=0) as office:
        kim = await office.add_user("kim", "viewer")
        for _ in range(210):
            await kim.call("GET", "/api/users")
        assert (await attack_of(office))["verdict"] == "good"
