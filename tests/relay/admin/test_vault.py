"""The relay's keys in the machine's vault. The vault here is a program of a few lines in the place of `systemd-creds`,
which wants root; the real one, with a service that is given the keys, is in tests/deployment/test_service.py.
"""

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from helpers.relay_running import running_relay

from relay.cli import main
from relay.clock import SystemClock
from relay.identity.keys import Keys, KeysUnreadableError
from relay.ops.authority import Authority, CertificateUnreadableError, utc_of
from relay.ops.doctor import Doctor
from relay.settings import Settings
from relay.storage import vault

# Takes the words of `systemd-creds`; a credential is the name that it was sealed by, and its content backwards.
PROGRAM = """#!{python}
import os, sys
words = [word for word in sys.argv[2:] if not word.startswith("--")]
name = [word for word in sys.argv if word.startswith("--name=")][0].encode()
if os.environ.get("VAULT") == "shut":
    sys.exit("the TPM is busy")
content = sys.stdin.buffer.read() if words[0] == "-" else open(words[0], "rb").read()
if sys.argv[1] == "encrypt":
    sys.stdout.buffer.write(name + b"\\n" + content[::-1])
else:
    said, _, sealed = content.partition(b"\\n")
    if said != name:
        sys.exit("embedded credential name does not match")
    sys.stdout.buffer.write(sealed[::-1])
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / vault.PROGRAM).write_text(PROGRAM.format(python=sys.executable))
    (programs / vault.PROGRAM).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "C")
    return tmp_path / "credstore.encrypted"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with keys and an authority."""
    Keys.open(tmp_path / "data")
    authority(tmp_path / "data")
    return tmp_path / "data"


def authority(data: Path) -> Authority:
    return Authority.open(data / "tls", utc_of(SystemClock().now_ms()))


def seal(data: Path, place: Path) -> int:
    return main(["keys", "seal", "--data", str(data), "--place", str(place)])


def test_sealed_keys_are_no_longer_in_the_data_directory_and_sign_as_before(data, place, capsys):
    keys, certificate = Keys.open(data), authority(data).certificate
    assert seal(data, place) == 0
    assert not (data / "keys.json").exists()
    assert not (data / "tls" / "ca.key").exists()
    said = capsys.readouterr().out
    for name in (vault.KEYS, vault.AUTHORITY_KEY):
        assert str(place / name) in said
        assert stat.S_IMODE((place / name).stat().st_mode) == 0o600
    again = Keys.open(data)
    assert (again.secret, again.signing, again.path) == (keys.secret, keys.signing, None)
    assert authority(data).certificate == certificate
    authority(data).sign(data / "tls", ["localhost"], utc_of(SystemClock().now_ms()))
    (verdict,) = [
        found for found in Doctor(Settings(data=data), SystemClock()).examine() if found.check == "secrets"
    ]
    assert (verdict.verdict, verdict.key) == ("good", "sealed")


def test_a_service_takes_what_systemd_has_opened_for_it(data, place, tmp_path, monkeypatch):
    keys = Keys.open(data)
    seal(data, place)
    given = tmp_path / "credentials"
    given.mkdir()
    for name in (vault.KEYS, vault.AUTHORITY_KEY):
        (given / name).write_bytes(vault.open_secret(name, place / name))
    monkeypatch.setenv("VAULT", "shut")  # a service is no root, and asks nobody
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    assert Keys.open(data).secret == keys.secret
    authority(data)


def test_a_vault_that_does_not_open_never_makes_new_keys(data, place, monkeypatch):
    seal(data, place)
    monkeypatch.setenv("VAULT", "shut")
    with pytest.raises(KeysUnreadableError, match="the TPM is busy"):
        Keys.open(data)
    with pytest.raises(CertificateUnreadableError, match="the TPM is busy"):
        authority(data)
    assert not (data / "keys.json").exists()
    assert not (data / "tls" / "ca.key").exists()


def test_keys_that_an_admin_lays_there_are_taken_where_the_vault_is_another_machines(
    data, place, monkeypatch
):
    content = (data / "keys.json").read_bytes()
    seal(data, place)
    monkeypatch.setenv("VAULT", "shut")
    (data / "keys.json").write_bytes(content)
    assert Keys.open(data).path == data / "keys.json"


def test_a_vault_that_takes_nothing_leaves_the_keys_where_they_were(data, place, monkeypatch, capsys):
    before = (data / "keys.json").read_bytes()
    monkeypatch.setenv("VAULT", "shut")
    assert seal(data, place) == 1
    assert "the TPM is busy" in capsys.readouterr().err
    assert (data / "keys.json").read_bytes() == before
    assert not (data / vault.NOTE).exists()


def test_unsealing_puts_everything_back(data, place):
    before = (data / "keys.json").read_bytes()
    seal(data, place)
    assert main(["keys", "unseal", "--data", str(data)]) == 0
    assert (data / "keys.json").read_bytes() == before
    assert stat.S_IMODE((data / "keys.json").stat().st_mode) == 0o600
    assert list(place.iterdir()) == []
    authority(data)
    assert main(["keys", "unseal", "--data", str(data)]) == 1, "nothing is sealed any more"


def test_keys_of_a_relay_that_runs_are_not_sealed_and_sealed_ones_are_not_rotated(data, place, capsys):
    async def try_it() -> None:
        async with running_relay(data):
            assert await asyncio.to_thread(seal, data, place) == 1
            assert (data / "keys.json").exists()

    asyncio.run(try_it())
    assert seal(data, place) == 0
    capsys.readouterr()
    # The command line opens the vault as the relay's service does, and its word is believed.
    assert main(["keys", "rotate", "--data", str(data)]) == 1
    assert "keys unseal" in capsys.readouterr().err


def test_keys_for_a_containers_secret_are_printed_and_nowhere_else(tmp_path, capsys, monkeypatch):
    assert main(["keys", "make", "--data", str(tmp_path / "data")]) == 0
    printed = capsys.readouterr().out
    assert not (tmp_path / "data").exists()
    (tmp_path / "secret").write_text(printed)
    monkeypatch.setenv("BENCHCAST_KEYS_FILE", str(tmp_path / "secret"))
    assert Keys.open(tmp_path / "data").current == json.loads(printed)["current"]
