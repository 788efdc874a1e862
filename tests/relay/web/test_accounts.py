"""People and programs as an admin looks after them: what changes holds at once, and an admin is always left."""

import asyncio

import pytest
import socketio
from helpers.front_office import front_office
from helpers.hand_clock import HandClock
from helpers.relay_running import running_relay

from relay.errors import Refusal
from relay.identity.passwords import require_good
from relay.web.guesses import Guesses

NEW = "battery staple"


@pytest.fixture
async def plant(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        yield office


async def row_of(office, name: str) -> dict:
    rows = (await office.call("GET", "/api/users")).body["users"]
    return next(row for row in rows if row["name"] == name)


async def test_people_are_listed_with_role_and_sessions_and_without_secrets(plant):
    await plant.add_user("kim", "admin")
    await plant.add_user("Lee", "lead")
    answer = await plant.call("GET", "/api/users")
    assert [(row["name"], row["role"], row["sessions"]) for row in answer.body["users"]] == [
        ("kim", "admin", 1),
        ("Lee", "lead", 1),
    ]
    assert "argon" not in str(answer.body)
    assert "assword" not in str(answer.body)


async def test_a_role_that_changes_holds_with_the_next_request(plant):
    kim = await plant.add_user("kim", "viewer")
    assert (await kim.call("POST", "/api/screens", json={"screenId": "S1"})).status == 403
    changed = await plant.call("PATCH", "/api/users/KIM", json={"role": "admin"})
    assert (changed.status, changed.body["role"]) == (200, "admin")
    assert (await kim.call("POST", "/api/screens", json={"screenId": "S1"})).status == 201
    await plant.add_user("lee", "admin")
    await plant.call("PATCH", "/api/users/kim", json={"role": "viewer"})
    assert (await kim.call("POST", "/api/screens", json={"screenId": "S2"})).status == 403


async def test_a_new_name_keeps_the_person_s_session_and_permissions(plant):
    await plant.add_screen("S1")
    kim = await plant.add_user("kim", "viewer")
    await plant.call("PATCH", "/api/users/kim", json={"permissions": ["screen:s1:trigger"]})
    changed = await plant.call("PATCH", "/api/users/kim", json={"name": "김철수"})
    assert changed.body["name"] == "김철수"
    assert changed.body["permissions"] == ["screen:S1:trigger"]
    assert (await kim.trigger(kim.body("S1", command="identify"))).status == 202
    body = {"username": "김철수", "password": "correct horse"}
    assert (await plant.as_(None).call("POST", "/api/auth/login", json=body)).status == 200
    assert (await plant.call("PATCH", "/api/users/kim", json={"role": "lead"})).body[
        "code"
    ] == "USER_NOT_FOUND"
    await plant.add_user("lee", "viewer")
    taken = await plant.call("PATCH", "/api/users/lee", json={"name": "김철수"})
    assert taken.body["code"] == "ALREADY_EXISTS"


async def test_a_group_with_another_name_keeps_its_screens_and_what_is_permitted_there(plant):
    await plant.add_screen("S1")
    await plant.call("PUT", "/api/groups/조립", json={"screens": ["S1"]})
    await plant.call("PUT", "/api/groups/포장", json={"screens": []})
    kim = await plant.add_user("kim", "viewer")
    await plant.call("PATCH", "/api/users/kim", json={"permissions": ["group:조립:trigger"]})
    scopes = {"scopes": ["orders", "group:조립:view"]}
    program = plant.as_((await plant.call("POST", "/api/tokens", json=scopes)).body["token"])
    taken = await plant.call("PUT", "/api/groups/조립", json={"screens": [], "name": "포장"})
    assert taken.body["code"] == "ALREADY_EXISTS"
    renamed = await plant.call("PUT", "/api/groups/조립", json={"screens": ["s1"], "name": "조립-2라인"})
    assert renamed.body == {"name": "조립-2라인", "screens": ["S1"]}
    names = [each["name"] for each in (await plant.call("GET", "/api/groups")).body["groups"]]
    assert sorted(names) == ["조립-2라인", "포장"]
    assert (await row_of(plant, "kim"))["permissions"] == ["group:조립-2라인:trigger"]
    assert (await kim.trigger(kim.body("S1", command="identify"))).status == 202
    assert (await program.call("GET", "/api/screens/S1")).status == 200
    listed = (await plant.call("GET", "/api/tokens")).body["tokens"][0]
    assert listed["scopes"] == ["orders", "group:조립-2라인:view"]


@pytest.mark.parametrize("how", ["password", "delete", "sign-out"])
async def test_what_ends_a_person_s_sessions_ends_them_all(plant, how):
    kim = await plant.add_user("kim", "viewer")
    login = {"username": "kim", "password": "correct horse"}
    tokens = (await plant.as_(None).call("POST", "/api/auth/login", json=login)).body
    match how:
        case "password":
            answer = await plant.call("PATCH", "/api/users/kim", json={"password": NEW})
        case "delete":
            answer = await plant.call("DELETE", "/api/users/kim")
        case _:
            answer = await plant.call("POST", "/api/users/kim/sign-out")
    assert answer.status in {200, 204}
    for caller in (kim, plant.as_(tokens["accessToken"])):
        assert (await caller.call("GET", "/api/screens")).body["code"] == "TOKEN_INVALID"
    refreshed = await plant.call("POST", "/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert refreshed.body["code"] == "TOKEN_INVALID"
    again = await plant.as_(None).call("POST", "/api/auth/login", json=login)
    assert (again.status == 200) == (how == "sign-out")


async def test_one_admin_is_always_left(plant):
    kim = await plant.add_user("kim", "admin")
    for method, body in (("DELETE", None), ("PATCH", {"role": "viewer"})):
        answer = await kim.call(method, "/api/users/kim", json=body)
        assert (answer.status, answer.body["code"]) == (409, "LAST_ADMIN")
    assert (await row_of(plant, "kim"))["role"] == "admin"
    await plant.add_user("lee", "admin")
    answers = await asyncio.gather(
        kim.call("DELETE", "/api/users/lee"), kim.call("PATCH", "/api/users/kim", json={"role": "lead"})
    )
    assert sorted(answer.status for answer in answers)[1] in {403, 409}
    rows = (await plant.call("GET", "/api/users")).body["users"]
    assert [row["role"] for row in rows].count("admin") == 1


async def test_one_s_own_password_ends_the_other_sessions_and_not_this_one(plant):
    kim = await plant.add_user("kim", "viewer")
    login = {"username": "kim", "password": "correct horse"}
    other = (await plant.as_(None).call("POST", "/api/auth/login", json=login)).body["accessToken"]
    wrong = {"currentPassword": "wrong horse", "password": NEW}
    answer = await kim.call("POST", "/api/auth/password", json=wrong)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert "currentPassword" in answer.body["detail"]
    right = {"currentPassword": "correct horse", "password": NEW}
    assert (await kim.call("POST", "/api/auth/password", json=right)).status == 204
    assert (await kim.call("GET", "/api/screens")).status == 200
    assert (await plant.as_(other).call("GET", "/api/screens")).status == 401
    assert (await plant.as_(None).call("POST", "/api/auth/login", json=login)).status == 401


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "password_short"),
        ("twelve       ", "password_short"),
        ("qazwsxEDCRFV", "password_common"),
        ("password1234", "password_common"),
        ("iloveyouiloveyou", "password_common"),
        ("abababababab", "password_common"),
        ("kim202612!!!", "password_name"),
        ("Benchcast!2026", "password_name"),
        ("x" * 64 + "yz" * 33, "password_long"),
    ],
)
def test_an_easy_password_is_refused_with_its_reason(password, reason):
    with pytest.raises(Refusal) as refused:
        require_good(password, name="Kim")
    assert refused.value.values["reason"] == f"reason.{reason}"


@pytest.mark.parametrize(
    "password", ["correct horse", "나의 새로운 비밀번호입니다", "   .,; :-) 4711", "x" * 64 + "yz" * 32]
)
def test_no_kind_of_character_is_asked_for(password):
    require_good(password, name="Kim")


def test_an_admin_may_ask_for_longer_ones():
    with pytest.raises(Refusal) as refused:
        require_good("correct horse", name="Kim", least=15)
    assert refused.value.values["least"] == 15


async def test_a_token_is_listed_without_itself_and_revoked_at_once(plant):
    await plant.add_screen("SCREEN-001")
    wish = {"scopes": ["screen:SCREEN-001:trigger"], "name": "ERP", "days": 30}
    made = (await plant.call("POST", "/api/tokens", json=wish)).body
    program = plant.as_(made["token"])
    assert (await program.trigger(command="identify")).status == 202
    await plant.relay.database.write(lambda _connection: None)
    listed = (await plant.call("GET", "/api/tokens")).body["tokens"]
    assert [(row["name"], row["createdBy"], row["expiresAt"]) for row in listed] == [
        ("ERP", "api:command-line", made["expiresAt"])
    ]
    assert listed[0]["lastUsedAt"] >= listed[0]["createdAt"]
    assert made["token"] not in str(listed)
    assert (await plant.call("DELETE", f"/api/tokens/{made['tokenId']}")).status == 204
    assert (await program.trigger(command="identify")).body["code"] == "TOKEN_INVALID"
    assert (await plant.call("DELETE", f"/api/tokens/{made['tokenId']}")).status == 404


@pytest.mark.parametrize(
    ("scope", "code"),
    [("screen:NOWHERE:view", "SCREEN_NOT_FOUND"), ("group:nobody:view", "VALIDATION_ERROR")],
)
async def test_what_a_permission_names_must_be_there(plant, scope, code):
    await plant.add_user("kim", "viewer")
    made = await plant.call("POST", "/api/tokens", json={"scopes": [scope]})
    assert made.body["code"] == code
    changed = await plant.call("PATCH", "/api/users/kim", json={"permissions": [scope]})
    assert changed.body["code"] == code
    assert "restricted" not in await row_of(plant, "kim")


ENDINGS = {
    "a person is signed out everywhere": ("POST", "/api/users/kim/sign-out", None, "session:revoked"),
    "a person is deleted": ("DELETE", "/api/users/kim", None, "session:revoked"),
    "a password is reset": ("PATCH", "/api/users/kim", {"password": NEW}, "session:revoked"),
    "a role changes": ("PATCH", "/api/users/kim", {"role": "viewer"}, None),
    "a permission changes": ("PATCH", "/api/users/kim", {"permissions": ["screen:*:view"]}, None),
    "a token is revoked": ("DELETE", "/api/tokens/{}", None, "session:revoked"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_live_lines_are_cut_within_a_second(plant, ending):
    kim = await plant.add_user("kim", "operator")
    lee = await plant.add_user("lee", "operator")
    made = (await plant.call("POST", "/api/tokens", json={"scopes": ["trigger:*"]})).body
    method, path, body, told = ENDINGS[ending]
    token = made["token"] if "token" in ending else kim.token
    async with running_line(plant.url, token) as line, running_line(plant.url, lee.token) as bystander:
        loop = asyncio.get_running_loop()
        assert (await plant.call(method, path.format(made["tokenId"]), json=body)).status in {200, 204}
        began = loop.time()
        async with asyncio.timeout(8):
            await line.gone.wait()
        assert loop.time() - began < 1.0
        assert (line.heard[-1:] == ["session:revoked"]) == (told is not None)
        assert bystander.client.connected
        with pytest.raises(socketio.exceptions.ConnectionError) if told else no_error():
            async with running_line(plant.url, token):
                pass


class no_error:  # noqa: N801 - reads like pytest.raises beside it
    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return False


class running_line:  # noqa: N801 - reads like the other `running_...` of these tests
    """A program's live line that notes what it hears and when it is cut."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.heard: list[str] = []
        self.gone = asyncio.Event()
        self.client = socketio.AsyncClient(reconnection=False, handle_sigint=False)

    async def __aenter__(self):
        async def on_any(event: str, *_payload: object) -> None:
            self.heard.append(event)

        async def on_disconnect(*_reason: object) -> None:
            self.gone.set()

        self.client.on("*", on_any)
        self.client.on("disconnect", on_disconnect)
        await self.client.connect(self.url, auth={"token": self.token}, transports=["websocket"])
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.client.disconnect()


def waited(guesses: Guesses, name: str, remote: str) -> float:
    """Try once; answer the seconds that one is told to wait."""
    try:
        guesses.begin(name, remote)
    except Refusal as refusal:
        return refusal.values["retryAfterMs"] / 1000
    return 0.0


def test_guessing_waits_longer_and_longer_but_never_more_than_five_minutes():
    clock = HandClock()
    guesses = Guesses(clock)
    waits = []
    for _ in range(30):
        seconds = waited(guesses, "kim", "10.0.0.9")
        if seconds:
            waits.append(seconds)
            clock.turn(seconds)
            assert waited(guesses, "kim", "10.0.0.9") == 0
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 300


def test_an_admin_is_let_in_from_elsewhere_while_somebody_guesses():
    guesses = Guesses(HandClock())
    for _ in range(1000):
        waited(guesses, "Kim", "10.0.0.9")
    assert waited(guesses, "kim", "10.0.0.9") > 0
    assert waited(guesses, "kim", "10.0.0.10") == 0
    assert waited(guesses, "lee", "10.0.0.9") == 0


def test_a_right_password_and_an_hour_forget_what_was_wrong():
    clock = HandClock()
    guesses = Guesses(clock)
    for _ in range(6):
        waited(guesses, "kim", "10.0.0.9")
    guesses.right("KIM", "10.0.0.9")
    assert [waited(guesses, "kim", "10.0.0.9") for _ in range(5)] == [0] * 5
    assert waited(guesses, "kim", "10.0.0.9") > 0
    clock.turn(3601)
    assert [waited(guesses, "kim", "10.0.0.9") for _ in range(5)] == [0] * 5


async def test_many_guesses_at_once_gain_nothing(tmp_path):
    async with front_office(tmp_path / "data") as office:
        await office.add_user("Kim")
        body = {"username": "kim", "password": "wrong"}
        answers = await asyncio.gather(
            *(office.call("POST", "/api/auth/login", json=body) for _ in range(40))
        )
        judged = [answer for answer in answers if answer.code == "SIGN_IN_FAILED"]
        assert len(judged) == 5
        assert all(answer.code in {"SIGN_IN_FAILED", "RATE_LIMITED"} for answer in answers)


async def test_twelve_characters_are_asked_for_and_older_passwords_go_on_working(tmp_path, monkeypatch):
    short, long = "not so long", "y".join("abcdefgh" * 20)
    async with running_relay(tmp_path / "data", password_length=8) as office:
        monkeypatch.setattr("relay.identity.passwords.MOST", 1000)
        await office.add_user("kim", "viewer", short)
        await office.add_user("lee", "viewer", long)
    monkeypatch.undo()
    async with running_relay(tmp_path / "data") as office:
        rules = (await office.as_(None).call("GET", "/api/auth/password")).body
        assert rules == {"least": 12, "most": 128}
        for name, password in (("kim", short), ("lee", long)):
            said = {"username": name, "password": password}
            assert (await office.as_(None).call("POST", "/api/auth/login", json=said)).status == 200
            answer = await office.call("PATCH", f"/api/users/{name}", json={"password": password})
            assert answer.body["code"] == "VALIDATION_ERROR"
            assert ("12" if name == "kim" else "128") in answer.body["detail"]
