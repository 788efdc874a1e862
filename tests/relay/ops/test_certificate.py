"""The relay's own certificate."""

import hashlib
import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta

import aiohttp
import msgspec
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from helpers.hand_clock import HandClock

from app.link.pinned import Pin
from relay.contract import vouching
from relay.contract.vouching import keeps_pin, pin_of, vouchers_extension
from relay.ops.certificate import Certificate, CertificateUnreadableError, open_certificate
from relay.settings import Settings


def leaf_of(certificate: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.path.read_bytes())


def unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> bytes:
    """Do a whole handshake in memory; answers what the server has shown."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    left = [ours, theirs]
    while left:
        for each in tuple(left):
            try:
                each.do_handshake()
                left.remove(each)
            except ssl.SSLWantReadError:
                pass
    return ours.getpeercert(binary_form=True)


def old_relay(wish: Settings) -> str:
    """Leave what a relay of before authorities has left; answers what its benches pin."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Benchcast relay")])
    now = datetime.fromtimestamp(HandClock().now_ms() // 1000, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    wish.data.mkdir()
    (wish.data / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (wish.data / "certificate.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate.fingerprint(hashes.SHA256()).hex()


@pytest.fixture
def wish(tmp_path) -> Settings:
    return Settings(
        data=tmp_path / "data", host="0.0.0.0", addresses=("https://relay.plant:8440", "https://10.1.2.3")
    )


def test_it_is_made_once_and_kept(wish):
    first = open_certificate(wish)
    assert open_certificate(wish) == first
    assert stat.S_IMODE(first.key_path.stat().st_mode) == 0o600


def test_its_fingerprint_is_what_a_newcomer_pins(wish):
    certificate = open_certificate(wish)
    shown = shake_hands(certificate.context(), unverified(), "relay.plant")
    assert certificate.fingerprint == pin_of(shown)


def test_it_names_this_machine_and_the_addresses_that_the_admin_set(wish):
    read = x509.load_pem_x509_certificate(open_certificate(wish).path.read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "relay.plant"} <= set(names.get_values_for_type(x509.DNSName))
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("10.1.2.3")}
    assert addresses <= set(names.get_values_for_type(x509.IPAddress))


def test_it_is_valid_from_a_year_ago_and_no_longer_than_phones_accept(wish):
    clock = HandClock()
    read = leaf_of(open_certificate(wish, clock))
    now = datetime.fromtimestamp(clock.now_ms() // 1000, UTC)
    assert now - read.not_valid_before_utc == timedelta(days=365)
    assert read.not_valid_after_utc - now == timedelta(days=398)
    assert read.not_valid_after_utc - read.not_valid_before_utc <= timedelta(days=825)
    key = read.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"


def test_its_authority_signs_nothing_but_what_the_relay_shows(wish):
    certificate = open_certificate(wish)
    authority = x509.load_pem_x509_certificate(certificate.authority_path.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (limits.ca, limits.path_length) == (True, 0)
    leaf_of(certificate).verify_directly_issued_by(authority)
    assert stat.S_IMODE(certificate.authority_path.with_suffix(".key").stat().st_mode) == 0o600


def test_programs_of_every_language_can_read_it(wish):
    for each in leaf_of(open_certificate(wish)).extensions:
        # Go and others read the numbers of an identifier into 31 bits, and refuse the certificate beyond.
        assert max(map(int, each.oid.dotted_string.split("."))) < 2**31, each.oid


def test_what_was_signed_in_the_form_of_before_is_believed_and_signed_anew(wish, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(vouching, "VOUCHERS", vouching._OLD_VOUCHERS)
        certificate = open_certificate(wish)
        old = certificate.path.read_bytes()
    der = leaf_of(certificate).public_bytes(serialization.Encoding.DER)
    assert keeps_pin(der, certificate.fingerprint)
    again = open_certificate(wish)
    assert again.path.read_bytes() != old
    assert again.fingerprint == certificate.fingerprint
    assert keeps_pin(leaf_of(again).public_bytes(serialization.Encoding.DER), certificate.fingerprint)


def test_a_whole_system_that_trusts_the_authority_believes_the_relay_without_a_pin(wish):
    certificate = open_certificate(wish)
    client = ssl.create_default_context(cafile=certificate.authority_path)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert shake_hands(certificate.context(), client, "relay.plant")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(certificate.context(), client, "another.plant")


def test_a_month_before_its_end_the_next_handshake_shows_another_that_keeps_the_pin(wish):
    clock = HandClock()
    certificate = open_certificate(wish, clock)
    served, pin = certificate.context(), certificate.fingerprint
    first = shake_hands(served, unverified(), "relay.plant")
    clock.turn(timedelta(days=367).total_seconds())
    assert not certificate.renew()
    clock.turn(timedelta(days=2).total_seconds())
    assert certificate.renew()
    second = shake_hands(served, unverified(), "relay.plant")
    assert first != second
    assert keeps_pin(first, pin)
    assert keeps_pin(second, pin)
    assert open_certificate(wish, clock).fingerprint == pin


def test_an_address_that_is_new_brings_a_certificate_that_names_it(wish, monkeypatch):
    certificate = open_certificate(wish)
    served = certificate.context()
    assert not certificate.renew()
    monkeypatch.setattr("relay.ops.certificate.lan_addresses", lambda **_: ["10.77.0.5"])
    assert certificate.renew()
    shown = x509.load_der_x509_certificate(shake_hands(served, unverified(), "relay.plant"))
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ipaddress.ip_address("10.77.0.5") in names.get_values_for_type(x509.IPAddress)


def test_a_relay_of_before_goes_on_with_what_its_benches_pin(wish):
    old = old_relay(wish)
    certificate = open_certificate(wish)
    assert (certificate.fingerprint, certificate.authority_path) == (old, None)
    shown = shake_hands(certificate.context(), unverified(), "relay.plant")
    assert hashlib.sha256(shown).hexdigest() == old


def test_benches_of_before_keep_their_pin_when_the_admin_renews_the_old_certificate(wish):
    old = old_relay(wish)
    certificate = open_certificate(msgspec.structs.replace(wish, renew_old_certificate=True))
    assert certificate.fingerprint != old
    shown = shake_hands(certificate.context(), unverified(), "relay.plant")
    assert hashlib.sha256(shown).hexdigest() != old
    assert keeps_pin(shown, old)
    assert keeps_pin(shown, certificate.fingerprint)


def test_who_only_carries_the_pinned_certificate_along_is_not_believed(wish, tmp_path):
    """The authority's certificate is public: a stranger can put it into one of his own, but not sign with its key."""
    certificate = open_certificate(wish)
    real = x509.load_pem_x509_certificate(certificate.authority_path.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    forged = (
        x509.CertificateBuilder()
        .subject_name(real.subject)
        .issuer_name(real.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(real.not_valid_before_utc)
        .not_valid_after(real.not_valid_after_utc)
        .add_extension(vouchers_extension([real]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    assert not keeps_pin(forged, certificate.fingerprint)
    assert pin_of(forged) == hashlib.sha256(forged).hexdigest()


@pytest.mark.parametrize("shown", [b"", b"nonsense", b"\x30\x82\xff\xff"])
def test_what_is_no_certificate_keeps_no_pin(shown):
    assert not keeps_pin(shown, "00" * 32)


def test_ones_own_certificate_is_read_again_when_its_files_change(wish, tmp_path):
    first, second = (open_certificate(Settings(data=tmp_path / name)) for name in ("first", "second"))
    own, own_key = tmp_path / "own.pem", tmp_path / "own.key"
    own.write_bytes(first.path.read_bytes())
    own_key.write_bytes(first.key_path.read_bytes())
    certificate = open_certificate(msgspec.structs.replace(wish, tls_certificate=own, tls_key=own_key))
    assert certificate.fingerprint is None, "an authority vouches for it, so it can be renewed"
    served = certificate.context()
    before = shake_hands(served, unverified(), "relay.plant")
    own.write_bytes(second.path.read_bytes())
    assert not certificate.reload(), "half of a change is none"
    assert shake_hands(served, unverified(), "relay.plant") == before
    own_key.write_bytes(second.key_path.read_bytes())
    assert certificate.reload()
    assert shake_hands(served, unverified(), "relay.plant") != before


def test_a_host_name_that_no_certificate_can_state_is_left_out(tmp_path):
    strange = Settings(data=tmp_path, host="a" * 80, addresses=("https://릴레이.공장:8440",))
    read = x509.load_pem_x509_certificate(open_certificate(strange).path.read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "릴레이.공장".encode("idna").decode() in names.get_values_for_type(x509.DNSName)


def test_a_damaged_authority_is_an_error_and_is_not_replaced(wish):
    authority = open_certificate(wish).authority_path
    authority.write_bytes(b"damaged")
    with pytest.raises(CertificateUnreadableError):
        open_certificate(wish)
    assert authority.read_bytes() == b"damaged"


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
        pin = Pin(bytes.fromhex(certificate.fingerprint))
        async with aiohttp.ClientSession() as session:
            async with session.get(url, ssl=pin) as response:
                assert await response.text() == "hello"
            with pytest.raises(aiohttp.ServerFingerprintMismatch):
                await session.get(url, ssl=Pin(b"\0" * 32))
    finally:
        await runner.cleanup()
