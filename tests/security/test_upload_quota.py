"""How much one person or program may upload in a day."""

import io
from collections.abc import AsyncIterator

from helpers.relay_running import Answer, Office, running_relay
from helpers.running_clock import RunningClock

from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin

DAY_SECONDS = 24 * 3600
MIB = 1024 * 1024
# It was read, and is no document.
TAKEN = "DOCUMENT_UNREADABLE"


async def send(office: Office, size: int, *, says_its_length: bool = True) -> Answer:
    """Upload something that is no document; its bytes are counted all the same."""
    head = 'Content-Disposition: form-data; name="file"; filename="a.pdf"'
    content = f"--cut\r\n{head}\r\n\r\n".encode() + bytes(size) + b"\r\n--cut--\r\n"

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    body = io.BytesIO(content) if says_its_length else pieces()
    return await office.call("POST", "/api/orders/WO-1/documents", data=body, headers=headers)


async def upload(office: Office, size: int, *, says_its_length: bool = True) -> str:
    return (await send(office, size, says_its_length=says_its_length)).body["code"]


async def test_a_days_quota_is_of_each_by_themselves_and_comes_back(tmp_path):
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock, upload_quota_mib=1) as office:
        kim, lee = await office.add_user("kim", "lead"), await office.add_user("lee", "lead")
        await kim.add_order("WO-1")
        assert await upload(kim, MIB // 2) == TAKEN
        answer = await send(kim, MIB // 2)
        assert (answer.status, answer.body["code"]) == (429, "UPLOAD_QUOTA_REACHED")
        assert "1 MiB" in answer.body["detail"]
        assert "24 h" in answer.body["action"]
        assert 0 < int(answer.headers["Retry-After"]) <= DAY_SECONDS
        assert await upload(kim, 1000) == TAKEN, "what still fits is taken"
        assert await upload(lee, MIB // 2) == TAKEN
        # The command line at the machine is not bound by it.
        for _ in range(3):
            assert await upload(office, MIB // 2) == TAKEN
        clock.skip(DAY_SECONDS + 1)
        office.token = mint_local_admin(Keys.open(tmp_path / "data"), clock)
        kim.token = await signed_in(office, "kim")
        assert await upload(kim, MIB // 2) == TAKEN


async def test_what_announces_no_length_is_counted_by_what_came(tmp_path):
    async with running_relay(tmp_path / "data", upload_quota_mib=1) as office:
        kim = await office.add_user("kim", "lead")
        await kim.add_order("WO-1")
        assert await upload(kim, MIB + 1000, says_its_length=False) == TAKEN
        assert await upload(kim, 10, says_its_length=False) == "UPLOAD_QUOTA_REACHED"
        assert await upload(kim, 10) == "UPLOAD_QUOTA_REACHED"


async def test_many_small_files_fill_it_too_and_an_admin_makes_it_wider_at_once(tmp_path):
    async with running_relay(tmp_path / "data", upload_quota_mib=0) as office:
        kim = await office.add_user("kim", "lead")
        await kim.add_order("WO-1")
        more = {"values": {"upload_quota_files": 2}}
        assert (await office.call("PATCH", "/api/settings", json=more)).status == 200
        assert await upload(kim, 10) == TAKEN
        assert await upload(kim, 10) == "UPLOAD_QUOTA_REACHED"
        more = {"values": {"upload_quota_files": 0}}
        assert (await office.call("PATCH", "/api/settings", json=more)).status == 200
        assert await upload(kim, 10) == TAKEN


async def signed_in(office: Office, name: str) -> str:
    login = {"username": name, "password": "correct horse"}
    return (await office.as_(None).call("POST", "/api/auth/login", json=login)).body["accessToken"]
