"""Where the bench's credential is kept, and what happens when that place fails."""

import stat
import threading

import keyring
import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import msgspec
import pytest
from keyring.backend import KeyringBackend

from app.link import credential_store
from app.link.credential_store import CannotKeep, Credential, CredentialStore, KeyringUnavailable
from relay.contract.pairing import RelayAddress

CREDENTIAL = Credential(
    screen_id="SCREEN-001",
    refresh_token="refresh-1",
    secret="s" * 32,
    relay=RelayAddress(addresses=("https://relay.test:8440",), fingerprint="ab" * 32),
)


class Memory(KeyringBackend):
    """A keyring that keeps things for as long as the test lives."""

    priority = 1
    name = "test keyring"

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False
        self.waits_for: threading.Event | None = None

    def _open(self) -> None:
        if self.waits_for is not None:
            self.waits_for.wait(10)
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")

    def get_password(self, service, username):
        self._open()
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self._open()
        self.entries[(service, username)] = password

    def delete_password(self, service, username):
        self._open()
        del self.entries[(service, username)]


@pytest.fixture
def use_keyring():
    before = keyring.get_keyring()

    def use(backend):
        keyring.set_keyring(backend)
        return backend

    yield use
    keyring.set_keyring(before)


async def test_a_bench_that_was_never_paired_has_no_credential(tmp_path):
    store = CredentialStore(tmp_path)
    assert await store.load() is None
    assert store.where is None


async def test_the_system_keyring_keeps_the_credential_and_the_disk_does_not(tmp_path, use_keyring):
    backend = use_keyring(Memory())
    store = CredentialStore(tmp_path)
    await store.save(CREDENTIAL)
    again = CredentialStore(tmp_path)
    assert await again.load() == CREDENTIAL
    assert (again.where.where, again.where.place) == ("keyring", "test keyring")
    assert len(backend.entries) == 1
    assert b"refresh-1" not in (tmp_path / "credential.json").read_bytes()


async def test_two_benches_on_one_machine_do_not_share_a_credential(tmp_path, use_keyring):
    use_keyring(Memory())
    other = msgspec.structs.replace(CREDENTIAL, screen_id="SCREEN-002")
    await CredentialStore(tmp_path / "a").save(CREDENTIAL)
    await CredentialStore(tmp_path / "b").save(other)
    assert await CredentialStore(tmp_path / "a").load() == CREDENTIAL
    assert await CredentialStore(tmp_path / "b").load() == other


@pytest.mark.parametrize("backend", [keyring.backends.fail.Keyring(), keyring.backends.null.Keyring()])
async def test_a_keyring_that_is_none_leaves_a_file_for_this_user_alone(tmp_path, use_keyring, backend):
    use_keyring(backend)
    store = CredentialStore(tmp_path / "data")
    await store.save(CREDENTIAL)
    file = tmp_path / "data" / "credential.json"
    assert store.where.where == "file"
    assert store.where.place == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in file.parent.iterdir()] == ["credential.json"]
    assert await CredentialStore(tmp_path / "data").load() == CREDENTIAL


async def test_a_keyring_that_forgets_is_found_out_before_it_matters(tmp_path, use_keyring):
    class Forgets(Memory):
        def set_password(self, service, username, password):
            pass

    use_keyring(Forgets())
    store = CredentialStore(tmp_path)
    await store.save(CREDENTIAL)
    assert store.where.where == "file"


async def test_the_setting_file_leaves_the_keyring_alone(tmp_path, use_keyring):
    backend = use_keyring(Memory())
    await CredentialStore(tmp_path, "file").save(CREDENTIAL)
    assert backend.entries == {}


async def test_a_file_that_others_can_read_is_closed_again(tmp_path):
    await CredentialStore(tmp_path, "file").save(CREDENTIAL)
    file = tmp_path / "credential.json"
    file.chmod(0o644)
    assert await CredentialStore(tmp_path, "file").load() == CREDENTIAL
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_locked_keyring_is_not_taken_for_unpaired(tmp_path, use_keyring):
    backend = use_keyring(Memory())
    await CredentialStore(tmp_path).save(CREDENTIAL)
    backend.locked = True
    with pytest.raises(KeyringUnavailable):
        await CredentialStore(tmp_path).load()
    backend.locked = False
    assert await CredentialStore(tmp_path).load() == CREDENTIAL


async def test_the_bench_waits_for_its_keyring_to_be_unlocked(tmp_path, use_keyring, monkeypatch):
    monkeypatch.setattr(credential_store, "RETRY_SECONDS", 0.01)
    backend = use_keyring(Memory())
    await CredentialStore(tmp_path).save(CREDENTIAL)
    backend.locked = True
    told = []

    def on_locked():
        told.append(True)
        backend.locked = len(told) < 3

    assert await CredentialStore(tmp_path).load_patiently(on_locked) == CREDENTIAL
    assert len(told) == 3


async def test_a_keyring_that_waits_for_its_user_does_not_hold_up_the_bench(
    tmp_path, use_keyring, monkeypatch
):
    monkeypatch.setattr(credential_store, "KEYRING_SECONDS", 0.1)
    backend = use_keyring(Memory())
    await CredentialStore(tmp_path).save(CREDENTIAL)
    prompt = backend.waits_for = threading.Event()
    store = CredentialStore(tmp_path)
    with pytest.raises(KeyringUnavailable):
        await store.load()
    with pytest.raises(KeyringUnavailable, match="earlier question"):
        await store.load()
    prompt.set()
    store._stuck.join()
    assert await store.load() == CREDENTIAL


async def test_when_the_keyring_locks_itself_the_next_token_goes_to_the_file_and_counts(
    tmp_path, use_keyring
):
    backend = use_keyring(Memory())
    store = CredentialStore(tmp_path)
    await store.save(CREDENTIAL)
    backend.locked = True
    newer = msgspec.structs.replace(CREDENTIAL, refresh_token="refresh-2")
    await store.save(newer)
    backend.locked = False
    assert await CredentialStore(tmp_path).load() == newer
    newest = msgspec.structs.replace(CREDENTIAL, refresh_token="refresh-3")
    await store.save(newest)
    again = CredentialStore(tmp_path)
    assert await again.load() == newest
    assert again.where.where == "keyring"
    assert b"refresh" not in (tmp_path / "credential.json").read_bytes()


async def test_a_backend_with_a_bug_counts_as_none(tmp_path, use_keyring, monkeypatch):
    heard = []
    monkeypatch.setattr(threading, "excepthook", heard.append)

    class Buggy(Memory):
        def set_password(self, service, username, password):
            raise ZeroDivisionError

    use_keyring(Buggy())
    store = CredentialStore(tmp_path)
    await store.save(CREDENTIAL)
    assert store.where.where == "file"
    assert [each.exc_type for each in heard] == [ZeroDivisionError]


async def test_many_addresses_are_cut_to_what_windows_takes(tmp_path, use_keyring):
    backend = use_keyring(Memory())
    addresses = tuple(f"https://relay-{number}.plant-with-a-long-name.example:8440" for number in range(60))
    long = msgspec.structs.replace(CREDENTIAL, relay=RelayAddress(addresses=addresses, fingerprint="ab" * 32))
    await CredentialStore(tmp_path).save(long)
    (text,) = backend.entries.values()
    assert len(text.encode("utf-16")) <= 2560
    loaded = await CredentialStore(tmp_path).load()
    assert loaded.refresh_token == long.refresh_token
    assert 1 < len(loaded.relay.addresses) < 60
    assert loaded.relay.addresses == addresses[: len(loaded.relay.addresses)]


async def test_forgetting_leaves_nothing_behind(tmp_path, use_keyring):
    backend = use_keyring(Memory())
    store = CredentialStore(tmp_path)
    await store.save(CREDENTIAL)
    await store.delete()
    assert backend.entries == {}
    assert list(tmp_path.iterdir()) == []
    assert await CredentialStore(tmp_path).load() is None


async def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(CannotKeep) as caught:
        await CredentialStore(tmp_path / "data", "file").save(CREDENTIAL)
    assert caught.value.where == tmp_path / "data" / "credential.json"


async def test_a_damaged_file_means_pairing_again_and_not_a_crash(tmp_path):
    (tmp_path / "credential.json").write_bytes(b"\x00\x01")
    assert await CredentialStore(tmp_path).load() is None
