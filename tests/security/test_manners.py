"""A request says each thing once, in a type that it may have, by a method that is known; else it is refused."""

import asyncio
import re
from urllib.parse import urlsplit

import aiohttp
import pytest
from helpers.relay_running import Answer, running_relay
from structlog.testing import capture_logs

from relay.contract.api import CALLS
from relay.web.cookies import CSRF_HEADER
from relay.web.manners import SEVERAL
from relay.web.shield import SERVER

PLACES = {"sha256": "0" * 64, "userCode": "BCDF-GHJK", "path": "nothing.js"}
FOREIGN_TYPES = (
    "multipart/form-data; boundary=x", "application/xml", "text/xml", "text/html", "text/plain", "text/csv",
    "image/svg+xml", "application/jsonp", "application/javascript", "nonsense/json; charset=utf-8",
)  # fmt: skip


def address_of(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: PLACES.get(found[1], "nothing"), path)


def refused(answer: Answer, status: int, field: str) -> bool:
    said = answer.body.get("detail", "")
    return (answer.status, answer.body.get("code")) == (status, "VALIDATION_ERROR") and field in said


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        yield office


async def test_what_a_query_says_twice_is_refused_at_every_call(office):
    asked = [(call, name) for call in CALLS for name in call.query if (call.path, name) not in SEVERAL]
    assert len(asked) > 30
    for call, name in asked:
        address = f"{address_of(call.path)}?{name}=1&{name}=2"
        answer = await office.call(call.method, address, json={}, allow_redirects=False)
        assert refused(answer, 400, name), f"{call.method} {address}: {answer.body}"
    encoded = await office.call("GET", "/api/orders?q=a&%71=b")
    assert refused(encoded, 400, "q"), "another spelling of the same word"
    assert (await office.call("GET", "/api/labels.pdf?orderId=A&orderId=B")).body.get(
        "code"
    ) != "VALIDATION_ERROR"
    assert (await office.call("GET", "/api/orders?q=a&limit=5")).status == 200


async def test_what_a_form_says_twice_is_refused(office):
    await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
    form = aiohttp.FormData([("title", "one"), ("title", "two")])
    form.add_field("file", b"%PDF-1.4", filename="work.pdf")
    answer = await office.call("POST", "/api/orders/WO-1/documents", data=form)
    assert refused(answer, 400, "title"), answer.body
    approval = aiohttp.FormData([("step", "look"), ("ticket", "one"), ("ticket", "two")])
    answer = await office.call("POST", "/pair", data=approval)
    assert refused(answer, 400, "ticket"), answer.body


async def test_what_a_body_says_twice_is_judged_as_it_is_done(office):
    for screen in ("SCREEN-001", "SCREEN-002"):
        await office.add_screen(screen)
    token = await office.call("POST", "/api/tokens", json={"name": "ERP", "scopes": ["trigger:SCREEN-001"]})
    erp = office.as_(token.body["token"])
    mine, other = b'"screenId": "SCREEN-001"', b'"screenId": "SCREEN-002"'
    for doubled, status in ((mine + b"," + other, {403, 404}), (other + b"," + mine, {200, 202})):
        rest = f'"id": "{office.body()["id"]}", "timestamp": {office.clock.now_ms()}, "command": "identify"'
        body = b"{" + rest.encode() + b"," + doubled + b"}"
        answer = await erp.call("POST", "/api/trigger", data=body)
        assert answer.status in status, answer.body
        assert answer.body.get("screenId", "SCREEN-001") == "SCREEN-001"
    shown = (await office.call("GET", "/api/deliveries")).body["deliveries"]
    assert [each["screenId"] for each in shown] == ["SCREEN-001"]


async def test_a_query_a_body_and_a_cookie_never_stand_in_for_one_another(office):
    await office.add_user("kim", "admin")
    person = {"username": "kim", "password": "correct horse"}
    ours = {"X-Benchcast": "1"}
    async with office.session.post(f"{office.url}/api/auth/browser", json=person, headers=ours) as signed:
        said = await signed.json()
        assert signed.status == 200, said
        csrf = said["csrfToken"]
        access = signed.cookies["benchcast-plain"].value
    stranger = office.as_(None)
    for name in ("access_token", "token", "benchcast-plain", "Authorization"):
        assert (await stranger.call("GET", f"/api/users?{name}={access}")).status == 401, name
    cookie = {"Cookie": f"benchcast-plain={access}"}
    new = {"screenId": "SCREEN-009", "name": "Bench"}
    # The page's own token counts in its header alone, and of two cookies one is both checked and used.
    for headers, path, body in (
        (cookie, f"/api/screens?{CSRF_HEADER}={csrf}", new),
        (cookie, "/api/screens", new | {CSRF_HEADER: csrf}),
        ({"Cookie": f"benchcast-plain={access}; {CSRF_HEADER}={csrf}"}, "/api/screens", new),
    ):
        answer = await stranger.call("POST", path, json=body, headers=headers)
        assert answer.body["code"] in {"CSRF_FAILED", "VALIDATION_ERROR"}, answer.body
    doubled = {"Cookie": f"benchcast-plain={access}; benchcast-plain=nonsense", CSRF_HEADER: csrf}
    assert (await stranger.call("POST", "/api/screens", json=new, headers=doubled)).status in {201, 401}
    taken = await stranger.call("POST", "/api/screens", json=new, headers=cookie | {CSRF_HEADER: csrf})
    assert taken.status in {201, 409}, taken.body


async def test_a_body_of_another_type_is_refused_at_every_call_that_takes_json(office):
    calls = [call for call in CALLS if call.body is not None and not call.form]
    assert len(calls) > 25
    heard = set()
    for place, call in enumerate(calls):
        # Each call with some of them, each of them at many calls.
        for kind in (
            FOREIGN_TYPES[place % len(FOREIGN_TYPES)],
            FOREIGN_TYPES[(place * 3 + 1) % len(FOREIGN_TYPES)],
        ):
            answer = await office.call(
                call.method, address_of(call.path), data=b"{}", headers={"Content-Type": kind}
            )
            what = f"{call.method} {call.path} {kind}: {answer.body}"
            if answer.status in {403, 404, 409}:
                continue  # who asks, or what about, was judged first
            assert refused(answer, 415, "Content-Type"), what
            heard.add((call.method, call.path))
    assert len(heard) > len(calls) / 2, "most of them are asked by somebody who may, about what is there"


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.erp+json",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        None,
    ],
)
async def test_what_programs_call_json_is_read_as_json(office, kind):
    body = b'{"screenId": "SCREEN-001", "name": "Bench"}'
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await office.call(
        "POST", "/api/screens", data=body, headers=headers, skip_auto_headers=("Content-Type",)
    )
    assert answer.status == 201, answer.body


async def test_a_method_that_is_none_of_ours_is_refused_and_in_the_log_once_a_minute(office):
    with capture_logs() as lines:
        for method in ("DELETE", "PUT", "TRACE", "PROPFIND", "OPTIONS"):
            answer = await office.as_(None).call(method, "/api/orders?secret=1")
            assert (answer.status, answer.headers.get("Allow")) == (405, "GET,HEAD"), f"{method} {answer}"
    (line,) = [line for line in lines if line["event"].startswith("A method")]
    assert (line["method"], line["log_level"], line["address"]) == ("DELETE", "warning", "127.0.0.1")
    assert "secret" not in str(line)


NO_HTTP = {
    "TLS where none is": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 <script>alert(1)</script>\r\n\r\n",
    "nonsense": b"<script>alert(1)</script> nonsense\r\n\r\n",
    "another version": b"GET / HTTP/9.9\r\nHost: relay\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n: <script>alert(1)</script>\r\n\r\n",
    "two lengths": b"POST /api/trigger HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP.keys())
async def test_what_is_no_http_hears_neither_a_library_nor_its_own_words(office, sent):
    parts = urlsplit(office.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(sent)
    async with asyncio.timeout(20):
        answered = await reader.read()
    writer.close()
    head, _, body = answered.partition(b"\r\n\r\n")
    assert b" 400 " in head.partition(b"\r\n")[0], head
    assert f"Server: {SERVER}\r\n".encode() in head
    assert b"X-Content-Type-Options: nosniff" in head
    assert b"application/problem+json" in head
    for word in (b"aiohttp", b"Python", b"script", b"Traceback"):
        assert word not in answered, body
    assert (await office.call("GET", "/health")).status == 200


async def test_what_a_call_answers_is_saved_under_a_harmless_name_whatever_its_address_says(office):
    harmless = {'attachment; filename="api.json"', 'attachment; filename="api.txt"'}
    for call in CALLS:
        for who in (office, office.as_(None)):
            answer = await who.call(call.method, address_of(call.path), allow_redirects=False)
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            what = f"{call.method} {call.path}: {answer.status} {kind}"
            if call.path.startswith(("/web/", "/scan/", "/screen/")) or kind in {
                "",
                "text/html",
                "text/javascript",
            }:
                continue  # pages and their files, and what has no content
            said = answer.headers.get("Content-Disposition", "none")
            if (
                kind in {"application/json", "application/problem+json", "text/event-stream"}
                and "/api/" in call.path
            ):
                assert said in harmless or said.startswith("attachment; filename="), what
            elif call.path.startswith("/api/"):
                assert "; filename=" in said, what
    shouted = await office.call("GET", "/api/orders/setup.bat;/x.html")
    assert shouted.headers["Content-Disposition"] in harmless
