"""The relay's own secrets."""

import stat

import pytest

from relay.identity.keys import FILE_NAME, Keys, KeysUnreadableError


def test_keys_are_made_once_and_found_again(tmp_path):
    first = Keys.open(tmp_path / "data")
    again = Keys.open(tmp_path / "data")
    assert again == first
    assert Keys.open(tmp_path / "other").secret != first.secret


def test_nobody_else_on_the_machine_can_read_the_keys(tmp_path):
    Keys.open(tmp_path / "data")
    path = tmp_path / "data" / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    Keys.open(tmp_path / "data")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_making_keys_leaves_nothing_else_behind(tmp_path):
    Keys.open(tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"not json",
        b'{"current":"a","signing":{"b":"%s"},"secret":"%s"}' % (b"A" * 44, b"A" * 44),
        b'{"current":"a","signing":{"a":""},"secret":"%s"}' % (b"A" * 44),
    ],
)
def test_a_damaged_key_file_is_an_error_and_is_not_replaced(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(KeysUnreadableError):
        Keys.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_derived_secrets_differ_by_purpose_and_by_where_their_parts_end(tmp_path):
    keys = Keys.open(tmp_path)
    derived = {keys.derive("a", b"xy", b"z"), keys.derive("a", b"x", b"yz"), keys.derive("b", b"xy", b"z")}
    assert len(derived) == 3


def test_keys_do_not_show_themselves(tmp_path):
    keys = Keys.open(tmp_path)
    assert keys.secret.hex() not in repr(keys)
    assert "secret" not in repr(keys)
