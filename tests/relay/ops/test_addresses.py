"""Where other machines reach this relay."""

import ipaddress

import ifaddr
import pytest

from relay.ops.addresses import lan_addresses, served_addresses
from relay.settings import Settings


@pytest.mark.parametrize(
    ("host", "plain", "url"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:8440"),
        ("localhost", False, "http://localhost:8440"),
        ("::1", False, "http://[::1]:8440"),
        ("192.168.7.9", False, "https://192.168.7.9:8440"),
        ("192.168.7.9", True, "http://192.168.7.9:8440"),
        ("relay.plant", False, "https://relay.plant:8440"),
    ],
)
def test_a_relay_that_listens_on_one_address_is_there(host, plain, url):
    assert served_addresses(Settings(host=host, plain_http=plain), 8440) == (url,)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_relay_that_listens_everywhere_is_at_addresses_that_others_can_reach(host):
    urls = served_addresses(Settings(host=host), 9000)
    assert urls
    assert len(set(urls)) == len(urls)
    for url in urls:
        assert url.startswith("https://")
        assert url.endswith(":9000")
        assert "0.0.0.0" not in url
        assert "[::]" not in url


def test_no_address_of_this_machine_alone_is_told():
    for text in lan_addresses(with_ipv6=True):
        address = ipaddress.ip_address(text)
        assert not address.is_loopback
        assert not address.is_link_local
    assert all(ipaddress.ip_address(text).version == 4 for text in lan_addresses())


def test_a_machine_without_a_network_still_has_an_address(monkeypatch):
    monkeypatch.setattr("relay.ops.addresses.lan_addresses", lambda **_: ())
    assert served_addresses(Settings(host="0.0.0.0"), 8440) == ("https://127.0.0.1:8440",)


def test_a_plant_s_network_that_leads_nowhere_is_a_network(monkeypatch):
    """No gateway, hence no route to anywhere, and a host name that leads to the machine itself, as in Debian."""
    addresses = {"lo": "127.0.0.1", "docker0": "172.17.0.1", "br-12": "172.18.0.1", "enp3s0": "192.168.0.10"}
    cards = [
        ifaddr.Adapter(name, name, [ifaddr.IP(("fe80::1", 0, 2), 64, name), ifaddr.IP(ip, 24, name)])
        for name, ip in addresses.items()
    ]
    cards[-1].ips.insert(0, ifaddr.IP(("fd00::10", 0, 0), 64, "enp3s0"))
    monkeypatch.setattr("relay.ops.addresses.TARGETS", ())
    monkeypatch.setattr("relay.ops.addresses.socket.gethostname", lambda: "127.0.1.1")
    monkeypatch.setattr("relay.ops.addresses.ifaddr.get_adapters", lambda: cards)
    assert lan_addresses() == ("192.168.0.10",)
    assert lan_addresses(with_ipv6=True) == ("192.168.0.10", "fd00::10")
    assert served_addresses(Settings(host="0.0.0.0"), 8440) == ("https://192.168.0.10:8440",)
