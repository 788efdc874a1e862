"""A browser's live line: from pages of this relay, with TLS and without, and from no other page."""

import ssl

import aiohttp
import pytest
from helpers.relay_running import running_relay

LINE = "/socket.io/?EIO=4&transport=websocket"


@pytest.mark.parametrize("engine", ["fast", "stock"])
@pytest.mark.parametrize("has_tls", [True, False])
async def test_only_pages_of_this_relay_open_a_line(tmp_path, has_tls: bool, engine: str):
    host = {"host": "0.0.0.0", "announce": False} if has_tls else {}
    async with (
        running_relay(tmp_path / "relay", engine=engine, **host) as office,
        aiohttp.ClientSession() as http,
    ):
        own = f"{'https' if has_tls else 'http'}://127.0.0.1:{office.relay.port}"
        anything = ssl.create_default_context()
        anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
        for origin in (own, None):
            headers = {} if origin is None else {"Origin": origin}
            async with http.ws_connect(own + LINE, headers=headers, ssl=anything) as line:
                assert (await line.receive_str()).startswith("0{")
        for origin in ("https://elsewhere.example", f"http://127.0.0.1:{office.relay.port + 1}", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(own + LINE, headers={"Origin": origin}, ssl=anything)
