"""Who asks, when a proxy passes it on: the admin's own proxies are believed, and nobody else."""

import pytest
from helpers.relay_running import running_relay
from multidict import CIMultiDict, CIMultiDictProxy

from relay.settings import Settings
from relay.web.proxies import Origin, Proxies

PROXY = "10.0.0.5"


def origin(remote: str, kind: str = "x-forwarded", **headers: str) -> Origin | None:
    named = CIMultiDictProxy(CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()}))
    settings = Settings(trusted_proxies=("10.0.0.0/24", "fd00::/64"), proxy_headers=kind)
    return Proxies(settings).origin(remote, named)


def test_a_stranger_is_not_believed():
    assert origin("192.0.2.7", X_Forwarded_For="127.0.0.1", X_Forwarded_Proto="https") is None


def test_a_proxy_says_who_asks_and_how():
    said = origin(
        PROXY, X_Forwarded_For="192.0.2.7", X_Forwarded_Proto="https", X_Forwarded_Host="relay.plant"
    )
    assert said == Origin("192.0.2.7", "https", "relay.plant")


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, 10.0.0.9", "192.0.2.7"),
        ("1.1.1.1, 192.0.2.7, 10.0.0.9, 10.0.0.8", "192.0.2.7"),
        ("10.0.0.9, 10.0.0.8", "10.0.0.9"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1, fd00::7", "2001:db8::1"),
        ("192.0.2.7, <script>", "unknown"),
        (", ,192.0.2.7,", "192.0.2.7"),
    ],
)
def test_the_rightmost_address_that_is_no_proxy_is_who_asks(chain, address):
    assert origin(PROXY, X_Forwarded_For=chain).address == address


def test_scheme_and_host_are_those_that_the_outermost_trusted_proxy_saw():
    said = origin(
        PROXY,
        X_Forwarded_For="6.6.6.6, 192.0.2.7, 10.0.0.9",
        X_Forwarded_Proto="gopher, https, http",
        X_Forwarded_Host="evil.example, relay.plant, inner",
    )
    assert said == Origin("192.0.2.7", "https", "relay.plant")


@pytest.mark.parametrize("host", ["a b", "evil/..", "x@y", "relay.plant:port", "[::1", "a" * 300])
def test_a_host_that_is_none_is_dropped(host):
    assert origin(PROXY, X_Forwarded_For="192.0.2.7", X_Forwarded_Host=host).host is None


def test_the_kind_of_header_that_the_proxy_does_not_write_is_anybodys():
    assert origin(PROXY, Forwarded="for=127.0.0.1;proto=https") is None
    assert origin(PROXY, kind="forwarded", X_Forwarded_For="127.0.0.1") is None


def test_the_standard_header_is_read_with_its_quotes():
    said = origin(
        PROXY,
        kind="forwarded",
        Forwarded='for=1.1.1.1, for="[2001:db8::1]:4711";proto=https;host="relay.plant:8443", for=10.0.0.9',
    )
    assert said == Origin("2001:db8::1", "https", "relay.plant:8443")


async def test_cookies_follow_the_scheme_that_the_proxy_says_and_the_audit_the_address(tmp_path):
    async with running_relay(tmp_path / "data", trusted_proxies=("127.0.0.1/32",)) as office:
        await office.add_user("anna", "admin")
        said = {"X-Benchcast": "1", "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
        sign_in = {"username": "anna", "password": "correct horse"}
        url = f"{office.url}/api/auth/browser"
        async with office.session.post(url, json=sign_in, headers=said) as answer:
            assert answer.status == 200
            cookies = answer.headers.getall("Set-Cookie")
        assert any(each.startswith("__Host-") for each in cookies)
        assert all("Secure" in each for each in cookies)
        entries = (await office.call("GET", "/api/audit")).body["entries"]
        assert any(each.get("address") == "192.0.2.7" for each in entries)
        async with office.session.post(url, json=sign_in, headers={"X-Benchcast": "1"}) as answer:
            assert not any("Secure" in each for each in answer.headers.getall("Set-Cookie"))


async def test_a_live_line_comes_through_a_proxy(tmp_path):
    async with running_relay(tmp_path / "data", trusted_proxies=("127.0.0.1/32",)) as office:
        headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
        url = f"{office.url}/socket.io/?EIO=4&transport=websocket"
        async with office.session.ws_connect(url, headers=headers) as line:
            assert (await line.receive_str()).startswith("0{")
            lines = office.relay.live.admission.all_strangers()
            assert [each.address for each in lines] == ["192.0.2.7"]


def test_networks_that_are_none_are_refused_at_the_start():
    with pytest.raises(ValueError, match="does not appear to be"):
        Settings(trusted_proxies=("proxy.plant",))
