"""Who may call what: every call of the contract by every kind of caller, and the socket's events that name a screen."""

import re

import pytest
import socketio
from helpers.relay_running import running_relay
from sqlalchemy import text

from relay.contract.api import CALLS
from relay.contract.call import Call

ONE, OTHER = "SCREEN-001", "SCREEN-002"
ROLES = ("viewer", "operator", "lead", "admin")
# People whose permissions decide about screens; their role is viewer.
PERMITTED = {
    "views one": ["screen:screen-001:view"],
    "triggers one": ["screen:SCREEN-001:trigger"],
    "administers one": ["screen:SCREEN-001:admin"],
    "triggers a group": ["group:line-1:trigger"],
    "views all": ["screen:*:view"],
    "views the other": ["screen:SCREEN-002:admin"],
}
PROGRAMS = {
    "api trigger one": ["trigger:SCREEN-001"],
    "api trigger all": ["trigger:*"],
    "api orders": ["orders"],
    "api view one": ["screen:SCREEN-001:view"],
    "api other": ["screen:SCREEN-002:admin"],
}
PEOPLE = {*ROLES, *PERMITTED}
# Phones that joined one of the screens.
GUESTS = {"its guest": ONE, "another's guest": OTHER}
CALLERS = ("stranger", *ROLES, *PERMITTED, *PROGRAMS, "its device", "another device", *GUESTS)

ADMIN_OF_ONE = {"admin", "administers one"}
TRIGGERS_ONE = {
    *("operator", "lead", "its device", "triggers one", "triggers a group"),
    *("api trigger one", "api trigger all"),
    *ADMIN_OF_ONE,
}
VIEWS_ONE = {*TRIGGERS_ONE, "viewer", "views one", "views all", "api view one"}
# What it shows, and nothing of what was or is to come.
SEES_ONE = {*VIEWS_ONE, "its guest"}
LISTS = PEOPLE | (set(PROGRAMS) - {"api orders"})
BY_ACCESS = {
    "anybody": set(CALLERS),
    "signed in": PEOPLE,
    "viewer": PEOPLE,
    "lead": {"lead", "admin"},
    "admin": {"admin"},
}
# What names a screen, or is open to programs; all else follows from what the call declares.
TABLE = {
    "GET /api/auth/browser": PEOPLE | set(GUESTS),
    "POST /api/auth/browser/socket": PEOPLE | set(GUESTS),
    "GET /api/users/{name}/data": {"admin"},  # it is tried with another's name
    "GET /api/screens": LISTS | set(GUESTS),
    "GET /api/screens/{screenId}": SEES_ONE,
    "POST /api/screens/{screenId}/join": TRIGGERS_ONE,
    "GET /api/screens/{screenId}/guests": ADMIN_OF_ONE,
    "DELETE /api/screens/{screenId}/guests": {"admin"},  # it is tried at a screen that is not there
    "DELETE /api/screens/{screenId}/guests/{guestId}": ADMIN_OF_ONE,
    "PATCH /api/screens/{screenId}": ADMIN_OF_ONE,
    "POST /api/screens/{screenId}/pairing": ADMIN_OF_ONE,
    "GET /api/screens/{screenId}/upcoming": VIEWS_ONE,
    "PUT /api/screens/{screenId}/upcoming": ADMIN_OF_ONE,
    "GET /api/screens/{screenId}/island": VIEWS_ONE,
    "POST /api/screens/{screenId}/island": {"its device"},
    "GET /api/groups": PEOPLE | set(PROGRAMS),
    "GET /api/documents/{sha256}/preview": PEOPLE | {"api orders", "its device", "another device"},
    "GET /api/documents/{sha256}": PEOPLE | {"api orders", "its device", "another device"},
    "GET /api/framing": PEOPLE | {"its device", "another device"},
    "POST /api/trigger": {*TRIGGERS_ONE, "its guest"},
    "GET /api/trigger/{id}": VIEWS_ONE,
    "DELETE /api/trigger/{id}": TRIGGERS_ONE,
    "PUT /api/trigger/{id}/screenshot": {
        "its device",
        "another device",
    },  # the other one finds no such delivery
    "GET /api/trigger/{id}/screenshot": VIEWS_ONE,
    "GET /api/deliveries": LISTS | {"its device", "another device"},  # of what each may see
    "GET /api/dead-letters": LISTS | {"its device", "another device"},
    "GET /api/events/subscribe": set(CALLERS) - {"stranger"},
    "GET /api/events/poll": set(CALLERS) - {"stranger"},
    "POST /api/events/say": set(CALLERS) - {"stranger"},
    "POST /api/outcome": {"its device", "another device"},
    "POST /api/presence": {"its device", "another device"},
    "POST /api/steering": {"its device", "another device"},
    "POST /api/dead-letters/{id}/retry": TRIGGERS_ONE,
    "DELETE /api/dead-letters/{id}": TRIGGERS_ONE,
}
# An admin's own word would change what the rest of the table stands on.
HARMLESS_NAME = {
    "DELETE /api/screens/{screenId}": "NO-SUCH-SCREEN",
    "DELETE /api/screens/{screenId}/guests": "NO-SUCH-SCREEN",
}
REFUSED = {"FORBIDDEN", "TOKEN_INVALID"}


@pytest.fixture
async def callers(tmp_path):
    """Every kind of caller at a relay with two paired screens, one of them in a group."""
    async with running_relay(tmp_path / "data", attempts_per_minute=100_000) as office:
        found = {"stranger": office.as_(None)}
        for name, screen_id in (("its device", ONE), ("another device", OTHER)):
            found[name] = office.as_((await office.pair(screen_id))["token"])
        answer = await office.call("PUT", "/api/groups/line-1", json={"screens": [ONE.lower()]})
        assert answer.body == {"name": "line-1", "screens": [ONE]}
        for role in ROLES:
            found[role] = await office.add_user(role, role)
        for name, permissions in PERMITTED.items():
            found[name] = await office.add_user(name, "viewer")
            changed = await office.call("PATCH", f"/api/users/{name}", json={"permissions": permissions})
            assert changed.body["restricted"], changed.body
        for name, scopes in PROGRAMS.items():
            made = await office.call("POST", "/api/tokens", json={"scopes": scopes, "name": name})
            found[name] = office.as_(made.body["token"])
        for name, screen_id in GUESTS.items():
            found[name] = await joined(office, screen_id)
        yield found


async def joined(office, screen_id: str):
    """Return a phone that joined a screen, speaking by what its cookie holds."""
    ticket = (await office.call("POST", f"/api/screens/{screen_id}/join")).body["ticket"]
    answer = await office.as_(None).call(
        "POST", "/api/join", json={"ticket": ticket}, headers={"X-Benchcast": "1"}
    )
    return office.as_(re.search(r"benchcast-plain=([^;]+)", answer.headers["Set-Cookie"])[1])


async def dead_letter(office) -> str:
    """Return the id of a delivery to the first screen that has failed."""
    id_ = (await office.trigger(command="identify")).body["id"]
    await office.call("DELETE", f"/api/trigger/{id_}")
    failed = text("UPDATE delivery SET state = 'failed', sender = 'user:somebody' WHERE id = :id")
    await office.relay.database.write(lambda c: c.execute(failed, {"id": id_}).rowcount)
    return id_


def who_may(call: Call) -> set[str] | None:
    """Say who may call; programs with `orders` have the whole order book."""
    found = BY_ACCESS.get(call.access)
    if (
        found is not None
        and call.path.startswith(("/api/order", "/api/labels"))
        and call.access in {"viewer", "lead"}
    ):
        found = found | {"api orders"}
    return TABLE.get(f"{call.method} {call.path}", found)


async def test_every_call_is_open_to_those_who_may_and_to_nobody_else(callers):
    office = callers["admin"]
    letters = {"retry": await dead_letter(office), "": await dead_letter(office)}
    wrong = []
    for call in CALLS:
        key = f"{call.method} {call.path}"
        may = who_may(call)
        assert may is not None, f"{key}: say in TABLE who may"
        names = {
            "screenId": HARMLESS_NAME.get(key, ONE),
            "id": letters["retry"] if key.endswith("/retry") else letters[""],
            "sha256": "0" * 64,
        }
        path = re.sub(r"\{\w+\}", lambda part, names=names: names.get(part[0][1:-1], "none"), call.path)
        for name, caller in callers.items():
            is_tried = key in TABLE or call.method == "GET" or key in HARMLESS_NAME
            if name in may and not is_tried:
                continue  # what it would do is not this table's business
            if call.access == "anybody":
                continue  # answered by whom one is not
            body = caller.body(ONE, command="identify") if key == "POST /api/trigger" else {}
            answer = await caller.call(call.method, path, json=body, allow_redirects=False)
            code = answer.body.get("code")
            is_hidden = code == "DELIVERY_NOT_FOUND" and not key.startswith("PUT")
            is_open = code not in REFUSED and not is_hidden
            if is_open != (name in may):
                wrong.append((key, name, answer.status, code))
    assert wrong == [], "\n".join(map(str, wrong))


async def test_lists_hold_what_the_caller_may_see_and_nothing_else(callers):
    office = callers["admin"]
    for screen_id in (ONE, OTHER):
        await office.trigger(office.body(screen_id, command="identify"))
    for name, caller in callers.items():
        seen = {ONE} if name in VIEWS_ONE else set()
        if name in {*ROLES, "views all", "views the other", "api trigger all", "api other"}:
            seen.add(OTHER)
        if name in LISTS:
            screens = (await caller.call("GET", "/api/screens")).body["screens"]
            assert {each["screenId"] for each in screens} == seen, name
            deliveries = (await caller.call("GET", "/api/deliveries")).body["deliveries"]
            assert {each["screenId"] for each in deliveries} == seen, name
            groups = (await caller.call("GET", "/api/groups")).body["groups"]
            assert [each["screens"] for each in groups] == ([[ONE]] if ONE in seen else []), name


async def test_the_socket_decides_as_http_does(callers):
    office = callers["admin"]
    for name, caller in callers.items():
        if name == "stranger":
            continue
        async with socketio.AsyncSimpleClient() as client:
            await client.connect(office.url, auth={"token": caller.token}, transports=["websocket"])
            told = await client.call("trigger", caller.body(ONE, command="identify"), timeout=20)
            assert (told.get("code") != "FORBIDDEN") == (name in {*TRIGGERS_ONE, "its guest"}), (name, told)
            assert told["success"] == (name in {*TRIGGERS_ONE, "its guest"}), (name, told)
            told = await client.call("watch", {"screenId": ONE}, timeout=20)
            may_watch = name in SEES_ONE
            assert ((told or {}).get("code") != "FORBIDDEN") == may_watch, (name, told)


async def test_losing_the_last_permission_gives_nothing_back(callers):
    office = callers["admin"]
    assert (await office.call("DELETE", "/api/groups/line-1")).status == 204
    member = callers["triggers a group"]
    assert (await member.call("GET", "/api/screens")).body["screens"] == []
    assert (await member.trigger(command="identify")).body["code"] == "FORBIDDEN"
    people = (await office.call("GET", "/api/users")).body["users"]
    row = next(each for each in people if each["name"] == "triggers a group")
    assert row["restricted"]
    assert "permissions" not in row
    freed = await office.call("PATCH", "/api/users/triggers a group", json={"permissions": []})
    assert "restricted" not in freed.body
    assert len((await member.call("GET", "/api/screens")).body["screens"]) == 2


async def test_a_group_that_changes_changes_what_its_people_may_at_once(callers):
    office, member = callers["admin"], callers["triggers a group"]
    assert (await member.trigger(command="identify")).status == 202
    await office.call("PUT", "/api/groups/line-1", json={"screens": [OTHER]})
    assert (await member.trigger(command="identify")).body["code"] == "FORBIDDEN"
    assert (await member.trigger(member.body(OTHER, command="identify"))).status == 202


async def test_a_new_screen_of_an_old_name_is_not_what_was_permitted(callers):
    office, lee = callers["admin"], callers["triggers one"]
    assert (await office.call("DELETE", f"/api/screens/{ONE}")).status == 204
    await office.add_screen(ONE)
    assert (await lee.call("GET", f"/api/screens/{ONE}")).status == 403
