"""A pairing link survives scanners, Caps Lock and people who read it aloud."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay.contract.pairing import (
    CROCKFORD,
    NotAPairingLink,
    PairingLink,
    RelayAddress,
    read_link,
    tidy_secret,
    write_link,
)

secrets = st.text(CROCKFORD, min_size=4, max_size=40)
screens = st.from_regex(r"[A-Z0-9][A-Z0-9._-]{0,63}", fullmatch=True)
addresses = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https"]),
    st.from_regex(
        r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,6})?|\[fe80::1\]|10\.0\.0\.7", fullmatch=True
    ),
    st.sampled_from(["", ":8440"]),
)
relays = st.builds(
    RelayAddress,
    addresses=st.lists(addresses, min_size=1, max_size=4).map(tuple),
    fingerprint=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)


@given(screen=screens, token=secrets, relay=relays)
def test_a_link_reads_as_what_was_written_into_it(screen: str, token: str, relay: RelayAddress) -> None:
    link = read_link(write_link(screen, token, relay))
    assert link == PairingLink(screen_id=screen, token=token, relay=relay)


@given(screen=screens, token=secrets, relay=relays)
@pytest.mark.parametrize("worn", [str.swapcase, str.upper, str.lower, "  {}\r\n".format])
def test_a_link_survives_caps_lock_and_scanners(worn, screen: str, token: str, relay: RelayAddress) -> None:
    link = read_link(worn(write_link(screen, token, relay)))
    assert link.token == token
    assert link.relay == relay
    assert link.screen_id.upper() == screen


@given(token=secrets)
def test_the_secret_stands_in_the_fragment_where_no_server_and_no_log_sees_it(token: str) -> None:
    link = write_link(
        "SCREEN-001", token, RelayAddress(addresses=("https://relay.example",), fingerprint="a" * 64)
    )
    before, _, fragment = link.partition("#")
    assert f"token={token}" in fragment
    assert "token" not in before
    assert "sha256" not in before


def test_the_scheme_of_the_app_names_the_relay_in_a_field() -> None:
    link = read_link("benchcast://pair?relay=http://10.0.0.7:8440/&screenId=SCREEN-001#token=7zq4-m2x9")
    assert link.relay.addresses == ("http://10.0.0.7:8440",)
    assert link.token == "7ZQ4M2X9"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "address"),
        ("WO-2025-0001", "address"),
        ("/api/pair?screenId=S#token=AAAA", "address"),
        ("ftp://relay.example/api/pair?screenId=S#token=AAAA", "address"),
        ("benchcast://pair?screenId=S#token=AAAA", "address"),
        ("https://relay.example/api/pair#token=AAAA", "screenId"),
        ("https://relay.example/api/pair?screenId=S", "token"),
        ("https://relay.example/api/pair?screenId=S#token=", "token"),
    ],
)
def test_what_is_no_pairing_link_says_what_is_missing(text: str, missing: str) -> None:
    with pytest.raises(NotAPairingLink, match=f"^{missing}$"):
        read_link(text)


@given(st.text(max_size=200) | st.text("htps:/[]?#&=%@!screnIdtok0", max_size=60))
def test_whatever_is_scanned_is_a_link_or_says_that_it_is_none(text: str) -> None:
    try:
        link = read_link(text)
    except NotAPairingLink:
        return
    assert link.token == tidy_secret(link.token)


@pytest.mark.parametrize("broken", ["http://[", "http://[::1", "https://[x]/api/pair?screenId=S#token=AAAA"])
def test_an_address_with_a_torn_bracket_is_no_pairing_link(broken: str) -> None:
    with pytest.raises(NotAPairingLink):
        read_link(broken)


@given(secrets)
def test_a_code_read_aloud_and_written_down_badly_is_repaired(code: str) -> None:
    spoken = "-".join(code[at : at + 4] for at in range(0, len(code), 4)).lower()
    worn = spoken.replace("1", "l").replace("0", "o")
    assert tidy_secret(f"  {worn} ") == code
    assert tidy_secret(code.replace("1", "I")) == code


@example("-\x850")
@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy_secret(tidy_secret(text)) == tidy_secret(text)
