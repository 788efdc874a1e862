"""Whom the system trusts is loaded for a relay that needs it, and for nobody else: it takes a quarter of a start."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import asyncio, json, ssl
from app.link.relay_http import open_session
from relay.contract.pairing import RelayAddress
import aiohttp.connector

def tell(context):
    return [context.verify_mode == ssl.CERT_REQUIRED, context.check_hostname, len(context.get_ca_certs())]

async def trusted(address):
    async with open_session(RelayAddress(addresses=(address,))) as session:
        return session.connector._ssl

async def main():
    clear = await trusted("http://relay.example")
    encrypted = await trusted("https://relay.example")
    print(json.dumps([tell(aiohttp.connector._SSL_CONTEXT_VERIFIED), clear, tell(encrypted)]))

asyncio.run(main())
"""


def test_an_encrypted_relay_is_checked_by_the_systems_authorities_and_an_import_loads_none(tmp_path) -> None:
    certificate = tmp_path / "authority.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(
        [*make, "-keyout", tmp_path / "key.pem", "-out", certificate, "-subj", "/CN=Plant", "-days", "2"],
        check=True,
        capture_output=True,
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"SSL_CERT_FILE": str(certificate), "SSL_CERT_DIR": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    of_the_import, clear, encrypted = json.loads(done.stdout)
    assert of_the_import == [True, True, 0], "strict, and trusting nobody"
    assert clear is True
    assert encrypted == [True, True, 1], "strict, and trusting whom the system trusts"
