"""The line to the relay: pairing, credentials, commands in, outcomes out, documents. asyncio, no Qt.

WORKAROUND: aiohttp loads every authority of the system when it is imported, and takes a quarter of the app's start for
that. It is imported here first, with an empty list: a relay that is vouched for by an authority gets the system's list
when it is spoken to (`relay_http.open_session`), and with the empty one nobody would ever be trusted.
"""

import ssl


def _trusting_nobody(*_given: object, **_named: object) -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _import_aiohttp() -> None:
    system = ssl.create_default_context
    ssl.create_default_context = _trusting_nobody
    try:
        import aiohttp  # noqa: F401 # pyright: ignore[reportUnusedImport] - imported for what it does
    finally:
        ssl.create_default_context = system


_import_aiohttp()
