"""TLS at a real relay: who trusts its authority, and a bench that pinned it before its certificate was renewed."""

import asyncio
import hashlib
import ssl

import aiohttp
import pytest
from helpers.hand_clock import HandClock
from helpers.relay_running import running_relay

import relay.main
from app.link.pinned import Pin
from relay.ops.certificate import Certificate


@pytest.fixture
def shown(monkeypatch) -> list[Certificate]:
    """What the relay under test shows."""
    found: list[Certificate] = []
    opened = relay.main.open_certificate

    def keep(*arguments: object) -> Certificate:
        found.append(opened(*arguments))
        return found[-1]

    monkeypatch.setattr(relay.main, "open_certificate", keep)
    return found


async def test_a_phone_that_took_the_authority_believes_the_relay(tmp_path):
    async with running_relay(tmp_path / "data", host="0.0.0.0", announce=False) as office:
        answer = await office.as_(None).call("GET", "/api/ca.pem")
        assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
        phone = ssl.create_default_context(cadata=answer.body["bytes"].decode())
        url = f"https://127.0.0.1:{office.relay.port}/health"
        async with office.session.get(url, ssl=phone) as health:
            assert health.status == 200
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await office.session.get(url, ssl=ssl.create_default_context())


async def test_a_phone_is_led_to_the_authority_and_gets_it_in_its_own_form(tmp_path):
    async with running_relay(tmp_path / "data", host="0.0.0.0", announce=False) as office:
        stranger = office.as_(None)
        pem, der = [(await stranger.call("GET", f"/api/ca.{form}")) for form in ("pem", "crt")]
        assert der.headers["Content-Type"] == "application/x-x509-ca-cert"
        assert der.headers["Content-Disposition"].startswith("inline")
        assert ssl.PEM_cert_to_DER_cert(pem.body["bytes"].decode()) == der.body["bytes"]
        for language, word in (("ko", "인증서 신뢰 설정"), ("en", "Certificate Trust Settings")):
            page = await stranger.call("GET", "/ca", language=language)
            said = page.body["bytes"].decode()
            assert word in said
            assert 'href="/api/ca.crt"' in said
            assert hashlib.sha256(der.body["bytes"]).hexdigest()[:4].upper() in said
    async with running_relay(tmp_path / "plain") as office:
        assert (await office.as_(None).call("GET", "/ca")).status == 404


WEAK = (
    (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
    (ssl.TLSVersion.TLSv1_2, "AES256-GCM-SHA384:AES128-SHA:@SECLEVEL=0"),  # no forward secrecy
    (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"),  # SHA-1
    (ssl.TLSVersion.TLSv1_2, "eNULL:aNULL:RC4:3DES:@SECLEVEL=0"),
)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_tls_and_weak_ciphers_are_refused(tmp_path):
    async with running_relay(tmp_path / "data", host="127.0.0.2", announce=False) as office:
        where = ("127.0.0.2", office.relay.port)
        _, writer = await asyncio.open_connection(*where, ssl=trusting())
        assert writer.get_extra_info("cipher")[1] == "TLSv1.3"
        writer.transport.abort()
        for newest, ciphers in WEAK:
            weak = trusting()
            weak.set_ciphers(ciphers)
            weak.minimum_version, weak.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                await asyncio.open_connection(*where, ssl=weak)
        # Who speaks in clear text is not answered either.
        reader, writer = await asyncio.open_connection(*where)
        writer.write(b"GET /health HTTP/1.1\r\nHost: relay\r\n\r\n")
        assert b"200" not in await reader.read(100)
        writer.close()


def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def test_a_relay_without_tls_has_no_authority_to_give(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        assert (await office.call("GET", "/api/ca.pem")).status == 404


async def test_a_bench_keeps_its_pin_and_its_line_over_a_renewal_without_a_restart(tmp_path, shown):
    async with running_relay(tmp_path / "data", host="0.0.0.0", announce=False) as office:
        pin = Pin(bytes.fromhex(office.relay.address.fingerprint))
        url = f"https://127.0.0.1:{office.relay.port}"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=pin)) as bench:
            async with bench.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket") as line:
                assert (await line.receive_str()).startswith("0{")
                before = shown[0].path.read_bytes()
                later = HandClock(office.clock.now_ms())
                later.turn(390 * 24 * 3600)
                shown[0]._clock = later
                assert shown[0].renew()
                assert shown[0].path.read_bytes() != before
                await line.send_str('40{"token":"none"}')
                assert (await line.receive_str()).startswith("44")
            async with bench.get(f"{url}/health", headers={"Connection": "close"}) as answer:
                assert answer.status == 200
        met = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", office.relay.port))
        assert shown[0].path.read_text("ascii").startswith(met)
        assert not before.decode("ascii").startswith(met)
        with pytest.raises(aiohttp.ServerFingerprintMismatch):
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=Pin(b"\1" * 32))) as other:
                await other.get(f"{url}/health")
