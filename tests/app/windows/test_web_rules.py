"""Which addresses a web page may load, and which it may not."""

import pytest

from app.windows.web_rules import WebRules

RULES = WebRules("http://mes.local:8080/wo/1", ("cdn.local", "img.local:9000", "[bad"))


@pytest.mark.parametrize(
    "url",
    [
        "http://mes.local:8080/wo/2",
        "HTTP://MES.LOCAL:8080/x",
        "https://cdn.local/lib.js",
        "http://cdn.local/lib.js",
        "ws://mes.local:8080/live",
        "http://img.local:9000/a.png",
        "data:image/png;base64,AAAA",
        "blob:http://mes.local:8080/1",
    ],
)
def test_a_page_loads_parts_from_its_own_host_and_the_named_ones(url: str):
    assert RULES.allows(url, page=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://mes.local/other-port",
        "http://evil.local/",
        "http://cdn.local:8443/",
        "http://cdn.local.evil.example/",
        "http://mes.local:8080@evil.local/",
        "file:///etc/passwd",
        "ftp://mes.local:8080/",
        "chrome://version",
        "javascript:alert(1)",
        "http://mes.local:notaport/",
        "http:///",
        "",
    ],
)
def test_everything_else_is_refused(url: str):
    assert not RULES.allows(url, page=False)
    assert not RULES.allows(url, page=True)


@pytest.mark.parametrize(
    "url", ["data:text/html,hello", "blob:http://mes.local:8080/1", "ws://mes.local:8080/"]
)
def test_what_may_be_a_part_may_not_be_the_page_itself(url: str):
    assert not RULES.allows(url, page=True)


def test_a_host_without_a_port_may_go_from_http_to_https():
    rules = WebRules("http://mes.local/", ())
    assert rules.allows("https://mes.local/", page=True)
    assert not rules.allows("https://mes.local:8443/", page=True)


def test_a_name_and_password_in_the_address_are_no_host():
    assert WebRules("http://user:secret@mes.local/", ()).allows("http://mes.local/", page=True)


def test_patterns_of_the_relay_mean_here_what_they_mean_there():
    rules = WebRules("http://mes.local/", ("*.factory.example", "*.cdn.example:8443"))
    assert rules.allows("https://img.factory.example/a.png", page=False)
    assert rules.allows("https://a.b.factory.example/", page=True)
    assert rules.allows("https://x.cdn.example:8443/lib.js", page=False)
    for refused in (
        "https://factory.example/",
        "https://evilfactory.example/",
        "https://img.factory.example:9000/",
        "https://x.cdn.example/",
        "file://x.factory.example/etc/passwd",
    ):
        assert not rules.allows(refused, page=False), refused
    anywhere = WebRules("http://mes.local/", ("*",))
    assert anywhere.allows("https://anything.example/", page=True)
    assert not anywhere.allows("https://anything.example:8443/", page=True)
    assert not anywhere.allows("file:///etc/passwd", page=True)


def test_only_the_documents_own_host_is_its_own():
    rules = WebRules("https://mes.local:8443/", ("cdn.local",))
    assert rules.is_own("https://MES.local:8443/x")
    assert rules.is_own("https://mes.local/")
    assert not rules.is_own("https://cdn.local:8443/")
    assert not rules.is_own("file://mes.local/")
