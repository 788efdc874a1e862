"""The library: a document is fetched once, is what it claims to be, and is there the next time without the relay."""

import asyncio
import hashlib
import os

import pytest
from aiohttp import web
from helpers.owned_tasks import owned_tasks, until
from helpers.relay_double import SCREEN, refuse, relay_double

from app.errors import RelayRefused
from app.link import library as library_module
from app.link.credential_store import CredentialStore
from app.link.credentials import Credential, Credentials
from app.link.library import Library
from app.link.relay_http import RelayHttp
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
        yield Library(tmp_path / "library", credentials, spawn=tasks.spawn)


async def noted(path):
    await until(lambda: path.with_name(f"{path.name}.note").exists())


async def test_a_document_comes_from_the_relay_once(relay, library):
    path = await library.fetch(ref())
    assert path.read_bytes() == PDF
    assert await library.fetch(ref()) == path
    assert requests(relay) == 1


async def test_a_document_is_there_after_a_restart_and_without_the_relay(
    relay, library, credentials, tmp_path
):
    await noted(await library.fetch(ref()))
    async with owned_tasks() as tasks:
        again = Library(tmp_path / "library", credentials, spawn=tasks.spawn)
        assert (await again.fetch(ref())).read_bytes() == PDF
    assert requests(relay) == 1


async def test_a_noted_document_is_given_back_without_reading_all_of_it(relay, library, monkeypatch):
    await noted(await library.fetch(ref()))

    def never(_file):
        raise AssertionError("hashed for nothing")

    monkeypatch.setattr(library_module, "_hash_of", never)
    await library.fetch(ref())


async def test_several_who_want_the_same_share_one_download(relay, library):
    paths = await asyncio.gather(*(library.fetch(ref()) for _ in range(10)))
    assert len(set(paths)) == 1
    assert requests(relay) == 1


async def test_a_damaged_copy_is_noticed_and_fetched_anew(relay, library):
    path = await library.fetch(ref())
    await noted(path)
    path.write_bytes(b"x" * len(PDF))
    os.utime(path, ns=(1, 1))
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
        library = Library(tmp_path / "library", credentials, spawn=tasks.spawn)
        with pytest.raises(CannotShow) as caught:
            await library.fetch(ref())
    assert caught.value.code is Code.DOCUMENT_UNREADABLE


async def test_the_oldest_make_room_but_never_what_is_being_shown(relay, credentials, tmp_path):
    first, second, third = (ref(letter * 1000) for letter in (b"a", b"b", b"c"))
    async with owned_tasks() as tasks:
        shown = {first.sha256}
        library = Library(
            tmp_path / "library", credentials, spawn=tasks.spawn, in_use=lambda: shown, limit_bytes=2500
        )
        for each in (first, second, third):
            path = await library.fetch(each)
            await noted(path)
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


class _Slow(web.StreamResponse):
    """Begins to answer, and goes on when the gate opens."""

    def __init__(self, gate: asyncio.Event) -> None:
        super().__init__()
        self._gate = gate

    async def prepare(self, request):
        writer = await super().prepare(request)
        await self.write(PDF[:1000])
        await self._gate.wait()
        await self.write(PDF[1000:])
        return writer
