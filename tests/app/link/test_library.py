"""The library: a document is fetched once, is what it claims to be, and is there the next time without the relay."""

import asyncio
import hashlib
import os
from datetime import timedelta

import pytest
from aiohttp import web
from helpers.hand_clock import HandClock
from helpers.owned_tasks import owned_tasks, until
from helpers.relay_double import SCREEN, now_ms, refuse, relay_double

from app.errors import RelayRefused
from app.link import library as library_module
from app.link.credential_store import CredentialStore
from app.link.credentials import Credential, Credentials
from app.link.library import Library
from app.link.relay_http import RelayHttp
from app.link.shelf import Shelf
from app.stage.displays import CannotShow
from relay.contract.commands import DocumentRef
from relay.contract.problems import Code

PDF = b"%PDF-1.7 " + os.urandom(300_000)


def ref(content: bytes = PDF) -> DocumentRef:
    sha256 = hashlib.sha256(content).hexdigest()
    return DocumentRef(id="D1", kind="pdf", url=f"/api/documents/{sha256}", sha256=sha256)


def requests(relay) -> int:
    return len([path for path, _ in relay.requests if path.startswith("/api/documents/")])


@pytest.fixture
async def relay():
    async with relay_double() as double:
        for content in (PDF, b"a" * 1000, b"b" * 1000, b"c" * 1000):
            double.files[hashlib.sha256(content).hexdigest()] = content
        yield double


@pytest.fixture
async def credentials(relay, tmp_path):
    store = CredentialStore(tmp_path / "data", "file")
    credential = Credential(screen_id=SCREEN, refresh_token="refresh-1", secret="s", relay=relay.address)
    http = RelayHttp(relay.address)
    yield Credentials(credential, store, http)
    await http.close()


@pytest.fixture
async def library(credentials, tmp_path):
    async with owned_tasks() as tasks:
        yield Library(Shelf(tmp_path / "library", now_ms), credentials, spawn=tasks.spawn)


async def test_a_document_comes_from_the_relay_once(relay, library):
    path = await library.fetch(ref())
    assert path.read_bytes() == PDF
    assert await library.fetch(ref()) == path
    assert requests(relay) == 1


async def test_a_document_is_there_after_a_restart_and_without_the_relay(
    relay, library, credentials, tmp_path
):
    await library.fetch(ref())
    async with owned_tasks() as tasks:
        again = Library(Shelf(tmp_path / "library", now_ms), credentials, spawn=tasks.spawn)
        assert (await again.fetch(ref())).read_bytes() == PDF
    assert requests(relay) == 1


async def test_several_who_want_the_same_share_one_download(relay, library):
    paths = await asyncio.gather(*(library.fetch(ref()) for _ in range(10)))
    assert len(set(paths)) == 1
    assert requests(relay) == 1


async def test_a_damaged_copy_is_noticed_and_fetched_anew_whatever_its_date_says(relay, library):
    path = await library.fetch(ref())
    date = path.stat().st_mtime_ns
    path.write_bytes(PDF[:-1] + b"!")
    os.utime(path, ns=(date, date))
    assert (await library.fetch(ref())).read_bytes() == PDF
    assert requests(relay) == 2


async def test_another_document_than_announced_is_never_shown(relay, library, tmp_path):
    relay.files[ref().sha256] = PDF[:-1] + b"!"
    with pytest.raises(CannotShow) as caught:
        await library.fetch(ref())
    assert caught.value.code is Code.DOCUMENT_UNREADABLE
    assert caught.value.explain("ko") != caught.value.explain("en")
    assert list((tmp_path / "library").iterdir()) == []


async def test_a_document_that_is_gone_is_told_as_such(relay, library):
    relay.files.clear()
    with pytest.raises(CannotShow) as caught:
        await library.fetch(ref())
    assert caught.value.code is Code.DOCUMENT_NOT_FOUND


@pytest.mark.parametrize("url", ["@evil.test/x", "http://evil.test/x", "evil"])
async def test_a_document_lies_on_the_relay_and_nowhere_else(relay, library, url):
    with pytest.raises(CannotShow) as caught:
        await library.fetch(DocumentRef(id="D1", kind="pdf", url=url, sha256=ref().sha256))
    assert caught.value.code is Code.DOCUMENT_NOT_FOUND
    assert relay.requests == []


async def test_a_relay_that_is_away_is_told_as_such(relay, library, credentials, tmp_path):
    await credentials.token()
    credentials.http.relay = type(relay.address)(addresses=("http://127.0.0.1:9",))
    credentials.http._good = None
    with pytest.raises(CannotShow) as caught:
        await library.fetch(ref())
    assert caught.value.code is Code.CONNECTION_REFUSED
    assert "127.0.0.1:9" in caught.value.explain("en")


async def test_a_download_that_breaks_off_leaves_nothing_and_may_be_tried_again(relay, library, tmp_path):
    def break_off(request, _body):
        request.transport.abort()
        return web.Response()

    path = f"/api/documents/{ref().sha256}"
    relay.instead[path] = break_off
    with pytest.raises(CannotShow) as caught:
        await library.fetch(ref())
    assert caught.value.code is Code.CONNECTION_REFUSED
    assert list((tmp_path / "library").iterdir()) == []
    del relay.instead[path]
    assert (await library.fetch(ref())).read_bytes() == PDF


async def test_an_expired_token_is_refreshed_on_the_way(relay, library, credentials):
    await credentials.token()
    relay.accepted = "access-of-another-time"
    assert (await library.fetch(ref())).read_bytes() == PDF


async def test_a_document_beyond_all_measure_is_not_taken(relay, library, monkeypatch, tmp_path):
    monkeypatch.setattr(library_module, "LARGEST_DOCUMENT_BYTES", 1000)
    with pytest.raises(CannotShow) as caught:
        await library.fetch(ref())
    assert caught.value.code is Code.DOCUMENT_TOO_LARGE
    assert list((tmp_path / "library").iterdir()) == []


async def test_a_place_that_cannot_be_written_is_told(relay, credentials, tmp_path):
    (tmp_path / "library").write_text("not a folder")
    async with owned_tasks() as tasks:
        library = Library(Shelf(tmp_path / "library", now_ms), credentials, spawn=tasks.spawn)
        with pytest.raises(CannotShow) as caught:
            await library.fetch(ref())
    assert caught.value.code is Code.DOCUMENT_UNREADABLE


async def test_the_oldest_make_room_but_never_what_is_being_shown(relay, credentials, tmp_path):
    first, second, third = (ref(letter * 1000) for letter in (b"a", b"b", b"c"))
    async with owned_tasks() as tasks:
        shown = {first.sha256}
        clock = HandClock()
        library = Library(
            Shelf(tmp_path / "library", clock.now_ms),
            credentials,
            spawn=tasks.spawn,
            in_use=lambda: shown,
            limit_bytes=2500,
        )
        for each in (first, second, third):
            await library.fetch(each)
            clock.turn(1)
    kept = {file.name for file in (tmp_path / "library").iterdir() if len(file.name) == 64}
    assert kept == {first.sha256, third.sha256}


async def test_who_gives_up_does_not_take_the_document_from_the_others(relay, library):
    gate = asyncio.Event()
    relay.instead[f"/api/documents/{ref().sha256}"] = lambda request, _body: _Slow(gate)
    async with owned_tasks() as tasks:
        impatient, patient = tasks.spawn(library.fetch(ref()), "1"), tasks.spawn(library.fetch(ref()), "2")
        await until(lambda: requests(relay) == 1)
        impatient.cancel()
        await asyncio.wait({impatient})
        assert impatient.cancelled()
        gate.set()
        assert (await patient).read_bytes() == PDF


async def test_a_download_that_nobody_waits_for_ends(relay, library, tmp_path):
    gate = asyncio.Event()
    relay.instead[f"/api/documents/{ref().sha256}"] = lambda request, _body: _Slow(gate)
    async with owned_tasks() as tasks:
        only = tasks.spawn(library.fetch(ref()), "1")
        await until(lambda: requests(relay) == 1)
        (fetching,) = library._fetching.values()
        only.cancel()
        await asyncio.wait({only, fetching})
        assert fetching.cancelled()
        assert library._fetching == {}
    gate.set()
    relay.instead.clear()
    assert (await library.fetch(ref())).read_bytes() == PDF


async def test_a_document_that_this_bench_may_not_have_is_refused_in_the_relays_words(relay, library):
    relay.instead[f"/api/documents/{ref().sha256}"] = lambda _request, _body: refuse(Code.FORBIDDEN)
    with pytest.raises(RelayRefused, match="FORBIDDEN"):
        await library.fetch(ref())


async def test_what_came_before_a_drop_is_not_fetched_again(relay, library, tmp_path):
    asked: list[str | None] = []

    def part(request, _body):
        asked.append(request.headers.get("Range"))
        return _Part(PDF, request.headers.get("Range"), breaks_after=100_000 if len(asked) == 1 else None)

    relay.instead[f"/api/documents/{ref().sha256}"] = part
    with pytest.raises(CannotShow) as caught:
        await library.fetch(ref())
    assert caught.value.code is Code.CONNECTION_REFUSED
    (left,) = (tmp_path / "library").iterdir()
    size = left.stat().st_size
    assert 0 < size < len(PDF)
    assert (await library.fetch(ref())).read_bytes() == PDF
    assert asked == [None, f"bytes={size}-"]
    assert [file.name for file in (tmp_path / "library").iterdir()] == [ref().sha256]


async def test_a_spoiled_beginning_of_an_earlier_attempt_costs_one_more_download_and_no_more(
    relay, library, tmp_path
):
    relay.instead[f"/api/documents/{ref().sha256}"] = lambda request, _body: _Part(
        PDF, request.headers.get("Range")
    )
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / f"{ref().sha256}.part").write_bytes(b"spoiled")
    assert (await library.fetch(ref())).read_bytes() == PDF
    assert requests(relay) == 2


async def test_a_part_longer_than_the_document_is_thrown_away(relay, library, tmp_path):
    relay.instead[f"/api/documents/{ref().sha256}"] = lambda request, _body: _Part(
        PDF, request.headers.get("Range")
    )
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / f"{ref().sha256}.part").write_bytes(PDF + b"more")
    assert (await library.fetch(ref())).read_bytes() == PDF


async def test_a_whole_part_needs_no_relay_any_more(relay, library, tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / f"{ref().sha256}.part").write_bytes(PDF)
    assert (await library.fetch(ref())).read_bytes() == PDF
    assert requests(relay) == 0


async def test_a_prefetch_stops_while_somebody_waits_for_another_document(relay, library):
    later, now = ref(), ref(b"a" * 1000)
    prefetch_gate, gate = asyncio.Event(), asyncio.Event()
    relay.instead[f"/api/documents/{later.sha256}"] = lambda request, _body: _Slow(prefetch_gate)
    relay.instead[f"/api/documents/{now.sha256}"] = lambda request, _body: _Slow(gate, b"a" * 1000)
    async with owned_tasks() as tasks:
        prefetch = tasks.spawn(library.prefetch(later), "prefetch")
        await until(lambda: requests(relay) == 1)
        urgent = tasks.spawn(library.fetch(now), "urgent")
        await until(lambda: requests(relay) == 2)
        prefetch_gate.set()
        done, _ = await asyncio.wait({prefetch}, timeout=0.3)
        assert not done
        gate.set()
        await urgent
        assert (await prefetch).read_bytes() == PDF


async def test_a_prefetch_that_somebody_comes_to_wait_for_hurries(relay, library, monkeypatch):
    monkeypatch.setattr(library_module, "PREFETCH_BYTES_PER_SECOND", 1000)  # five minutes for this one
    async with owned_tasks() as tasks:
        prefetch = tasks.spawn(library.prefetch(ref()), "prefetch")
        await until(lambda: requests(relay) == 1)
        assert (await library.fetch(ref())).read_bytes() == PDF
        assert (await prefetch).read_bytes() == PDF
    assert requests(relay) == 1


async def test_a_damaged_copy_is_not_given_back_without_the_relay_and_is_removed(relay, library):
    assert await library.here(ref().sha256) is None
    path = await library.fetch(ref())
    assert await library.here(ref().sha256) == path
    path.write_bytes(PDF[:-1] + b"!")
    assert await library.here(ref().sha256) is None
    assert not path.exists()
    assert requests(relay) == 1


async def test_what_was_not_used_for_long_goes_but_never_what_is_shown_or_due(relay, credentials, tmp_path):
    shown, due, old = (ref(letter * 1000) for letter in (b"a", b"b", b"c"))
    clock = HandClock()
    shelf = Shelf(tmp_path / "library", clock.now_ms)
    async with owned_tasks() as tasks:
        library = Library(
            shelf,
            credentials,
            spawn=tasks.spawn,
            in_use=lambda: {shown.sha256},
            due=lambda: {due.sha256},
        )
        for each in (shown, due, old):
            await library.fetch(each)
        clock.turn(29 * 86_400)
        fresh = await library.fetch(ref())
        (tmp_path / "library" / f"{shown.sha256}.note").write_text("of an earlier version")
        await library.clear_out(timedelta(days=30))
        assert shelf.has(old.sha256)
        clock.turn(2 * 86_400)
        await library.clear_out(timedelta(days=30))
    kept = {file.name for file in (tmp_path / "library").iterdir()}
    assert kept == {shown.sha256, due.sha256, fresh.name}


class _Part(web.StreamResponse):
    """Answers a Range as the relay does; breaks off after some bytes if told to."""

    def __init__(self, content: bytes, wish: str | None, *, breaks_after: int | None = None) -> None:
        start = int(wish.removeprefix("bytes=").removesuffix("-")) if wish else 0
        if start >= len(content) and wish:
            super().__init__(status=416)
            self._rest = b""
        elif wish:
            headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
            super().__init__(status=206, headers=headers)
            self._rest = content[start:]
        else:
            super().__init__()
            self._rest = content
        self._breaks_after = breaks_after

    async def prepare(self, request):
        self.content_length = len(self._rest)
        writer = await super().prepare(request)
        await self.write(self._rest[: self._breaks_after])
        if self._breaks_after is not None:
            request.transport.close()
        return writer


class _Slow(web.StreamResponse):
    """Begins to answer, and goes on when the gate opens."""

    def __init__(self, gate: asyncio.Event, content: bytes = PDF) -> None:
        super().__init__()
        self._gate = gate
        self._content = content

    async def prepare(self, request):
        writer = await super().prepare(request)
        await self.write(self._content[:500])
        await self._gate.wait()
        await self.write(self._content[500:])
        return writer
