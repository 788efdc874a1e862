"""Screens over HTTP."""

import pytest


async def test_an_admin_adds_renames_and_deletes_a_screen(office):
    added = await office.call(
        "POST", "/api/screens", json={"screenId": "S-1", "name": "Bench 1"}, token=office.admin
    )
    assert added.status == 201
    assert added.body == {
        "screenId": "S-1",
        "name": "Bench 1",
        "paired": False,
        "online": False,
        "device": None,
        "lastSeenAt": None,
        "appVersion": None,
        "displays": [],
        "windows": [],
        "version": 0,
        "lastOutcome": None,
        "pairedAt": None,
    }
    again = await office.call("POST", "/api/screens", json={"screenId": "s-1"}, token=office.admin)
    assert (again.status, again.code) == (409, "ALREADY_EXISTS")
    assert "S-1" in again.body["detail"]

    renamed = await office.call("PATCH", "/api/screens/s-1", json={"name": "Bench one"}, token=office.admin)
    assert (renamed.status, renamed.body["name"]) == (200, "Bench one")
    listed = await office.call("GET", "/api/screens", token=office.admin)
    assert [screen["name"] for screen in listed.body["screens"]] == ["Bench one"]

    assert (await office.call("DELETE", "/api/screens/S-1", token=office.admin)).status == 204
    gone = await office.call("GET", "/api/screens/S-1", token=office.admin)
    assert (gone.status, gone.code) == (404, "SCREEN_NOT_FOUND")


async def test_everybody_who_signed_in_may_look_but_not_touch(office):
    await office.add_screen("S-1")
    viewer = await office.signed_in_as("viewer")
    assert (await office.call("GET", "/api/screens", token=viewer)).status == 200
    assert (await office.call("GET", "/api/screens/s-1", token=viewer)).status == 200
    lead = await office.signed_in_as("lead")
    assert (
        await office.call("POST", "/api/screens", json={"screenId": "S-2"}, token=lead)
    ).code == "FORBIDDEN"
    assert (
        await office.call("PATCH", "/api/screens/S-1", json={"name": "x"}, token=lead)
    ).code == "FORBIDDEN"
    assert (await office.call("DELETE", "/api/screens/S-1", token=lead)).code == "FORBIDDEN"


async def test_a_screen_may_not_look_at_the_others(office):
    await office.add_screen("S-1")
    offer = (await office.call("POST", "/api/screens/S-1/pairing", token=office.admin)).body
    grant = (await office.call("POST", "/api/pair", json={"token": offer["token"]})).body
    for method, path in (
        ("GET", "/api/screens"),
        ("DELETE", "/api/screens/S-1"),
        ("POST", "/api/screens/S-1/pairing"),
    ):
        assert (await office.call(method, path, token=grant["token"])).code == "FORBIDDEN"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"screenId": ""},
        {"screenId": "a b"},
        {"screenId": "-a"},
        {"screenId": "S", "x": 1},
        {"screenId": 7},
    ],
)
async def test_a_screen_that_does_not_fit_is_refused(office, body):
    answer = await office.call("POST", "/api/screens", json=body, token=office.admin)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("screen_id", ["%00", "%FF", "%2e%2e", "김", "x" * 3000, "%ed%a0%80"])
async def test_a_strange_id_in_the_address_is_just_unknown(office, screen_id):
    answer = await office.call("GET", f"/api/screens/{screen_id}", token=office.admin)
    assert answer.code in {"SCREEN_NOT_FOUND", "NOT_FOUND"}
