"""The relay's own certificate."""

import hashlib
import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from helpers.hand_clock import HandClock

from relay.ops.certificate import CertificateUnreadableError, open_certificate
from relay.settings import Settings


@pytest.fixture
def wish(tmp_path) -> Settings:
    return Settings(
        data=tmp_path / "data", host="0.0.0.0", addresses=("https://relay.plant:8440", "https://10.1.2.3")
    )


def test_it_is_made_once_and_kept(wish):
    first = open_certificate(wish)
    assert open_certificate(wish) == first
    assert stat.S_IMODE(first.key_path.stat().st_mode) == 0o600


def test_its_fingerprint_is_what_a_client_sees(wish):
    certificate = open_certificate(wish)
    der = ssl.PEM_cert_to_DER_cert(certificate.path.read_text())
    assert certificate.fingerprint == hashlib.sha256(der).hexdigest()


def test_it_names_this_machine_and_the_addresses_that_the_admin_set(wish):
    read = x509.load_pem_x509_certificate(open_certificate(wish).path.read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "relay.plant"} <= set(names.get_values_for_type(x509.DNSName))
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("10.1.2.3")}
    assert addresses <= set(names.get_values_for_type(x509.IPAddress))


def test_it_is_valid_from_a_year_ago_for_ten_years(wish):
    clock = HandClock()
    read = x509.load_pem_x509_certificate(open_certificate(wish, clock).path.read_bytes())
    now = datetime.fromtimestamp(clock.now_ms() // 1000, UTC)
    assert now - read.not_valid_before_utc == timedelta(days=365)
    assert read.not_valid_after_utc - now == timedelta(days=3650)
    key = read.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"


def test_a_host_name_that_no_certificate_can_state_is_left_out(tmp_path):
    strange = Settings(data=tmp_path, host="a" * 80, addresses=("https://릴레이.공장:8440",))
    read = x509.load_pem_x509_certificate(open_certificate(strange).path.read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "릴레이.공장".encode("idna").decode() in names.get_values_for_type(x509.DNSName)


def test_a_damaged_certificate_is_an_error_and_is_not_replaced(wish):
    certificate = open_certificate(wish)
    certificate.path.write_bytes(b"damaged")
    with pytest.raises(CertificateUnreadableError):
        open_certificate(wish)
    assert certificate.path.read_bytes() == b"damaged"


def test_a_key_of_another_certificate_is_an_error(wish, tmp_path):
    certificate = open_certificate(wish)
    other = open_certificate(Settings(data=tmp_path / "other"))
    certificate.key_path.write_bytes(other.key_path.read_bytes())
    with pytest.raises(CertificateUnreadableError):
        certificate.context()


async def test_a_pinned_client_gets_through_and_another_pin_does_not(wish):
    certificate = open_certificate(wish)

    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate.context()).start()
        url = f"https://127.0.0.1:{runner.addresses[0][1]}/"
        pin = aiohttp.Fingerprint(bytes.fromhex(certificate.fingerprint))
        async with aiohttp.ClientSession() as session:
            async with session.get(url, ssl=pin) as response:
                assert await response.text() == "hello"
            with pytest.raises(aiohttp.ServerFingerprintMismatch):
                await session.get(url, ssl=aiohttp.Fingerprint(b"\0" * 32))
    finally:
        await runner.cleanup()
