"""Which web pages a screen may show, in every spelling that a browser understands."""

import pytest

from relay.flows.display.allowed import is_allowed

LISTED = ("mes.plant", "wiki.plant:8443", "*.docs.plant", "10.1.2.3", "[fd00::7]", "밴드.공장")


@pytest.mark.parametrize(
    "url",
    [
        "https://mes.plant/",
        "http://MES.plant:8080/x?y#z",
        "https://mes.plant./",
        "https://wiki.plant:8443/",
        "https://a.docs.plant/",
        "http://10.1.2.3/",
        "http://0xa010203/",
        "http://10.66051/",
        "http://012.1.2.3/",
        "http://[::ffff:10.1.2.3]/",
        "http://[FD00:0::7]/",
        "https://밴드.공장/",
        "http://127.0.0.1:8440/order",
        "http://2130706433:8440/order",
    ],
)
def test_what_is_listed_may_be_shown_however_it_is_spelt(url):
    assert is_allowed(url, LISTED, ["http://127.0.0.1:8440"])


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE://mes.plant/etc/passwd",
        "ftp://mes.plant/",
        "javascript:alert(1)//mes.plant",
        "data:text/html,mes.plant",
        "view-source:https://mes.plant/",
        "chrome://settings",
        "about:blank",
        "blob:https://mes.plant/1",
        "//mes.plant/",
        "mes.plant",
        "",
        "https:mes.plant",
        "https:///mes.plant/",
        "https:/mes.plant/",
        "https://mes.plant@evil.example/",
        "https://evil.example@mes.plant/",
        "https://evil.example:secret@mes.plant/",
        "https://@mes.plant/",
        "https://evil.example\\@mes.plant/",
        "https://evil.example\\.mes.plant/",
        "https://mes.plant\\.evil.example/",
        "https://mes.plant%2eevil.example/",
        "https://mes%2Eplant/",
        "https://mes.plant%00.evil.example/",
        "https://mes.plant\t.evil.example/",
        " https://mes.plant/",
        "https://mes.plant\n/",
        "https://mes.plant.evil.example/",
        "https://evilmes.plant/",
        "https://docs.plant/",
        "https://evil-docs.plant/",
        "https://wiki.plant/",
        "https://wiki.plant:443/",
        "https://mes.plant:99999/",
        "https://mes.plant:x/",
        "https://[mes.plant]/",
        "https://[fd00::7/",
        "https://[fd00::7%25eth0]/",
        "https://밴드\u200d.공장/",
        "https://xn--/",
    ],
)
def test_what_only_looks_listed_may_not(url):
    assert not is_allowed(url, LISTED, ["http://127.0.0.1:8440"])


PRIVATE = [
    "http://localhost/",
    "http://LOCALHOST./",
    "http://a.localhost/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://127\u30020\u30020\u30021/",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[ff02::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_star_never_means_what_is_not_the_internets(url):
    assert not is_allowed(url, ("*",), [])
    assert is_allowed(url, ("*",), [], private=True)


@pytest.mark.parametrize(
    "url",
    ["http://1.2.3.4.5/", "http://256.1.1.1/", "http://1.2.3.09/", "http://0x100000000/", "http://a.1/"],
)
def test_what_a_browser_takes_for_a_broken_address_is_nowhere(url):
    assert not is_allowed(url, ("*",), [], private=True)


@pytest.mark.parametrize(
    "url", ["https://example.com/", "http://93.184.215.14/", "http://[2606:2800:21f::1]/"]
)
def test_a_star_means_the_internet(url):
    assert is_allowed(url, ("*",), [])
