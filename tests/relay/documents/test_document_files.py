"""Files are kept once, whole, over restarts, and given out only as they came and only to those who may see them."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from helpers.relay_running import Office, running_relay
from helpers.sample_files import pdf, picture, svg

KIB = 1024


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path) as office:
        yield office


def form(content: bytes, filename: str = "work.pdf", **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    data.add_field("file", content, filename=filename, content_type="text/html")
    for name, value in fields.items():
        data.add_field(name, value)
    return data


def files_in(folder: Path) -> list[Path]:
    return [path for path in (folder / "documents").rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_was_sent(office: Office) -> None:
    content = pdf(pages=2)
    document = await office.add_order("WO-1", content)
    assert document["sha256"] == hashlib.sha256(content).hexdigest()
    answer = await office.call("GET", document["url"])
    assert (answer.status, answer.body["bytes"]) == (200, content)


async def test_a_file_is_served_so_that_it_can_do_no_harm(office: Office) -> None:
    document = await office.add_order("WO-1", svg(), filename="plan.html", title="Sample")
    headers = (await office.call("GET", document["url"])).headers
    assert headers["Content-Type"] == "image/svg+xml"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"


async def test_a_file_has_its_title_when_it_is_saved(office: Office) -> None:
    await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
    answer = await office.call(
        "POST", "/api/orders/WO-1/documents", data=form(pdf(), title='도면 "1/2"\r\nX: y')
    )
    assert answer.status == 201
    disposition = (await office.call("GET", answer.body["url"])).headers["Content-Disposition"]
    encoded = "%EB%8F%84%EB%A9%B4%20-1-2-%20X-%20y.pdf"
    assert disposition == f"inline; filename=\"__ -1-2- X- y.pdf\"; filename*=UTF-8''{encoded}"


async def test_a_file_that_is_known_is_not_sent_again(office: Office) -> None:
    document = await office.add_order("WO-1")
    answer = await office.call("GET", document["url"])
    assert answer.headers["Etag"] == f'"{document["sha256"]}"'
    again = await office.call("GET", document["url"], headers={"If-None-Match": answer.headers["Etag"]})
    assert (again.status, again.body["bytes"]) == (304, b"")
    assert again.headers["Etag"] == answer.headers["Etag"]


async def test_parts_of_a_file_can_be_asked_for(office: Office) -> None:
    content = pdf("Range")
    document = await office.add_order("WO-1", content)
    part = await office.call("GET", document["url"], headers={"Range": "bytes=100-199"})
    assert (part.status, part.body["bytes"]) == (206, content[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(content)}"
    tail = await office.call("GET", document["url"], headers={"Range": "bytes=-50"})
    assert tail.body["bytes"] == content[-50:]
    beyond = await office.call("GET", document["url"], headers={"Range": "bytes=9999999-"})
    assert beyond.status == 416


async def test_screens_and_people_may_open_files_and_nobody_else(office: Office) -> None:
    document = await office.add_order("WO-1")
    screen = office.as_((await office.pair())["token"])
    viewer = await office.add_user("mina", "viewer")
    scanner = await office.call("POST", "/api/tokens", json={"scopes": ["trigger:*"], "name": "scanner"})
    assert (await screen.call("GET", document["url"])).status == 200
    assert (await viewer.call("GET", document["url"])).status == 200
    assert (await office.as_(None).call("GET", document["url"])).status == 401
    assert (await office.as_(scanner.body["token"]).call("GET", document["url"])).status == 403


@pytest.mark.parametrize("name", ["0" * 64, "0" * 63, "A" * 64, "..%2f..%2frelay.db", "%00" * 64, "ab/cd"])
async def test_an_unknown_file_is_not_found(office: Office, name: str) -> None:
    answer = await office.call("GET", f"/api/documents/{name}")
    assert answer.status == 404
    assert answer.body["code"] in {"DOCUMENT_NOT_FOUND", "NOT_FOUND"}


async def test_the_same_content_is_kept_once(office: Office, tmp_path: Path) -> None:
    first = await office.add_order("WO-1", pdf())
    second = await office.add_order("WO-2", pdf(), filename="other.pdf")
    assert first["sha256"] == second["sha256"]
    assert first["documentId"] != second["documentId"]
    assert len(files_in(tmp_path)) == 1


async def test_many_who_send_the_same_file_at_once_all_succeed(office: Office, tmp_path: Path) -> None:
    for number in range(8):
        await office.call("PUT", f"/api/orders/WO-{number}", json={"title": "Sample"})
    content = pdf("At once")
    answers = await asyncio.gather(
        *(
            office.call("POST", f"/api/orders/WO-{number % 4}/documents", data=form(content))
            for number in range(16)
        )
    )
    assert sorted(answer.status for answer in answers) == [200] * 12 + [201] * 4
    assert len(files_in(tmp_path)) == 1
    assert (await office.call("GET", answers[0].body["url"])).body["bytes"] == content


async def test_a_restart_keeps_every_file(tmp_path: Path) -> None:
    content = picture("JPEG")
    async with running_relay(tmp_path) as office:
        document = await office.add_order("WO-1", content, filename="photo.jpg")
    async with running_relay(tmp_path) as office:
        order = (await office.call("GET", "/api/orders/WO-1")).body
        assert order["documents"] == [document]
        assert (await office.call("GET", document["url"])).body["bytes"] == content


async def test_what_a_power_cut_left_behind_is_removed_at_the_start(tmp_path: Path) -> None:
    async with running_relay(tmp_path) as office:
        kept = await office.add_order("WO-1")
    documents = tmp_path / "documents"
    orphan = documents / "ab" / ("c" * 62)
    orphan.parent.mkdir(exist_ok=True)
    old, fresh, foreign = (
        documents / "incoming" / "old.part",
        documents / "incoming" / "new.part",
        documents / "README",
    )
    for path in (orphan, old, fresh, foreign):
        path.write_bytes(b"half of it")
    os.utime(old, (old.stat().st_mtime - 90_000,) * 2)
    async with running_relay(tmp_path) as office:
        assert not orphan.exists()
        assert not old.exists()
        assert fresh.exists()
        assert foreign.exists()
        assert (await office.call("GET", kept["url"])).status == 200


async def test_a_file_that_is_gone_from_the_disk_is_said_to_be_missing_and_can_be_sent_again(
    office: Office, tmp_path: Path
) -> None:
    document = await office.add_order("WO-1", pdf())
    [path] = files_in(tmp_path)
    path.unlink()
    answer = await office.call("GET", document["url"])
    assert (answer.status, answer.body["code"]) == (404, "DOCUMENT_NOT_FOUND")
    assert "missing from the relay's disk" in answer.body["detail"]
    await office.add_order("WO-1", pdf())
    assert (await office.call("GET", document["url"])).status == 200


async def test_a_file_that_was_damaged_on_the_disk_is_never_given_out(office: Office, tmp_path: Path) -> None:
    content = pdf()
    document = await office.add_order("WO-1", content)
    assert (await office.call("GET", document["url"])).status == 200
    [path] = files_in(tmp_path)
    path.write_bytes(content.replace(b"reportlab", b"REPORTLAB", 1).replace(b"%PDF-1.3", b"%PDF-1.4"))
    answer = await office.call("GET", document["url"], language="ko")
    assert (answer.status, answer.body["code"]) == (422, "DOCUMENT_UNREADABLE")
    assert re.search("[가-힣]", answer.body["detail"])


async def test_a_file_over_the_limit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    async with running_relay(tmp_path, max_upload_bytes=100 * KIB) as office:
        await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
        answer = await office.call("POST", "/api/orders/WO-1/documents", data=form(pdf() + bytes(100 * KIB)))
        assert (answer.status, answer.body["code"]) == (413, "DOCUMENT_TOO_LARGE")
        assert "100 KB" in answer.body["detail"]
        assert answer.headers["Connection"] == "close"
        assert files_in(tmp_path) == []
        assert "documents" not in (await office.call("GET", "/api/orders/WO-1")).body


async def test_an_endless_upload_is_answered_as_soon_as_the_limit_is_passed(tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'
        while sent < 512 * KIB * KIB:
            sent += 64 * KIB
            yield bytes(64 * KIB)

    async with running_relay(tmp_path, max_upload_bytes=1024 * KIB) as office:
        await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await office.call("POST", "/api/orders/WO-1/documents", data=endless(), headers=headers)
        assert (answer.status, answer.body["code"]) == (413, "DOCUMENT_TOO_LARGE")
        assert sent < 32 * KIB * KIB
        assert files_in(tmp_path) == []


async def test_an_upload_that_says_it_is_too_large_is_not_read_at_all(tmp_path: Path) -> None:
    async with running_relay(tmp_path, max_upload_bytes=100 * KIB) as office:
        await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
        reader, writer = await asyncio.open_connection("127.0.0.1", office.relay.port)
        writer.write(
            b"POST /api/orders/WO-1/documents HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer "
            + (office.token or "").encode()
            + b"\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 99999999999\r\n\r\n"
        )
        async with asyncio.timeout(5):
            assert b" 413 " in await reader.readline()
        writer.close()


async def test_a_sender_who_vanishes_leaves_nothing(office: Office, tmp_path: Path) -> None:
    await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
    _, writer = await asyncio.open_connection("127.0.0.1", office.relay.port)
    writer.write(
        b"POST /api/orders/WO-1/documents HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer "
        + (office.token or "").encode()
        + b"\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'
    )
    await writer.drain()
    async with asyncio.timeout(5):
        while not files_in(tmp_path):
            await asyncio.sleep(0.01)
        writer.close()
        while files_in(tmp_path):
            await asyncio.sleep(0.01)
    assert "documents" not in (await office.call("GET", "/api/orders/WO-1")).body
