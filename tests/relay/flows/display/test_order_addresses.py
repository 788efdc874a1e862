"""Which web pages may be shown: what the list says, and nothing that only looks like it."""

import pytest

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.flows.display.allowed import is_allowed, require_allowed

OWN = ("http://127.0.0.1:8440", "https://relay.local:8440")


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://127.0.0.1:8440/andon", ()),
        ("https://RELAY.local:8440/", ()),
        ("https://erp.local/x", ("erp.local",)),
        ("https://erp.local:9000/x", ("erp.local",)),
        ("https://erp.local:9000/x", ("erp.local:9000",)),
        ("https://erp.local/x", ("erp.local:443",)),
        ("http://erp.local./x", ("ERP.local:80",)),
        ("https://a.b.erp.local/x", ("*.erp.local",)),
        ("https://a.erp.local:81/", ("*.erp.local:81",)),
        ("https://도면.한국/x", ("도면.한국",)),
        ("https://xn--o39a10av0k.xn--3e0b707e/", ("*",)),
        ("http://[::1]:8080/", ("[::1]:8080",)),
        ("http://[::1]/", ("[::1]",)),
        ("https://anything.example/", ("*",)),
    ],
)
def test_an_address_on_the_list_may_be_shown(url: str, hosts: tuple[str, ...]) -> None:
    assert is_allowed(url, hosts, OWN)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://erp.local/", ()),
        ("http://127.0.0.1:8441/", ()),
        ("http://127.0.0.1/", ()),
        ("https://erp.local/", ("*.erp.local",)),
        ("https://eviltwin-erp.local/", ("erp.local", "*.erp.local")),
        ("https://erp.local.evil.example/", ("erp.local",)),
        ("https://erp.local:444/", ("erp.local:443",)),
        ("http://erp.local/", ("erp.local:443",)),
        ("https://erp.local@evil.example/", ("erp.local",)),
        ("https://worker:secret@erp.local/", ("erp.local", "*")),
        ("https://evil.example\\@erp.local/", ("erp.local", "*")),
        ("https://evil.example\\.erp.local/", ("*.erp.local",)),
        ("https://evil.example／.erp.local/", ("*.erp.local",)),
        ("https://evil.example%2f.erp.local/", ("*.erp.local", "*")),
        ("https://er\tp.local/", ("erp.local", "*")),
        ("https:///erp.local/", ("erp.local", "*")),
        ("https://", ("*",)),
        ("ftp://erp.local/", ("erp.local", "*")),
        ("javascript:alert(1)//erp.local", ("*",)),
        ("file:///etc/passwd", ("*",)),
        ("https://erp.local:99999/", ("erp.local", "*")),
        ("https://erp.local:x/", ("erp.local", "*")),
        ("https://[::1/", ("*",)),
        ("https://erp.local/", ("", "*.", ":443", "erp.local:")),
    ],
)
def test_an_address_that_is_not_on_the_list_may_not_be_shown(url: str, hosts: tuple[str, ...]) -> None:
    assert not is_allowed(url, hosts, OWN)


def test_a_refusal_names_the_host_without_anybodys_password() -> None:
    with pytest.raises(Refusal) as refused:
        require_allowed("https://worker:secret@evil.example:81/x", (), OWN)
    assert (refused.value.code, refused.value.values) == (Code.URL_NOT_ALLOWED, {"host": "evil.example:81"})
