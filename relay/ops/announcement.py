"""Says on the relay's own networks that it is there (multicast DNS), so that nobody has to type its address.

How it works: python-zeroconf (LGPL-2.1-or-later, used as it comes) answers whoever asks for `_benchcast._tcp`. The
addresses are looked at again every minute; when they have changed, or there was no network before, it begins anew.
When the relay ends it says goodbye, and benches take it off their lists at once.

It is a convenience: whatever goes wrong here is logged, and the relay serves on. Not run on Windows and macOS.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from relay.contract.discovery import SERVICE, instance_name, txt_record
from relay.contract.pairing import RelayAddress
from relay.ops.addresses import EVERYWHERE, lan_addresses
from relay.settings import Settings

log = structlog.get_logger()

LOOK_AGAIN_SECONDS = 60.0
GOODBYE_SECONDS = 1.0


class Announcement:
    """Announces one relay while `run` runs."""

    def __init__(
        self,
        settings: Settings,
        relay: RelayAddress,
        port: int,
        version: str,
        *,
        hosts: Callable[[], Sequence[str]] | None = None,
        look_again_seconds: float = LOOK_AGAIN_SECONDS,
    ) -> None:
        """Announce the relay that serves on `port`; `hosts` tells its addresses, those of this machine by default."""
        self._relay = relay
        self._port = port
        self._version = version
        # A host that is a name stands for addresses that only the system knows.
        self._host = settings.host if _is_literal(settings.host) and settings.host not in EVERYWHERE else None
        self._with_ipv6 = settings.host != "0.0.0.0"  # noqa: S104 - compared with, not listened on
        self._hosts = hosts or self._own_hosts
        self._look_again_seconds = look_again_seconds

    async def run(self) -> None:
        """Announce for ever; cancelling it says goodbye."""
        while True:
            hosts = tuple(self._hosts())
            if hosts:
                try:
                    await self._announce(hosts)
                except OSError as error:
                    log.warning("The relay cannot be announced on its network", reason=str(error))
            await asyncio.sleep(self._look_again_seconds)

    async def _announce(self, hosts: tuple[str, ...]) -> None:
        """Announce these addresses until they are others. Raises OSError where there is no network to speak on."""
        # Late, because only a relay off loopback needs it.
        from zeroconf import Error, IPVersion, ServiceInfo
        from zeroconf.asyncio import AsyncZeroconf

        machine = socket.gethostname().partition(".")[0]
        label = re.sub(r"[^a-z0-9-]+", "-", machine.lower()).strip("-")[:40] or "relay"
        info = ServiceInfo(
            SERVICE,
            f"{instance_name(self._relay.name, machine)}.{SERVICE}",
            addresses=[ipaddress.ip_address(host).packed for host in hosts],
            port=self._port,
            properties=txt_record(
                name=self._relay.name,
                version=self._version,
                port=self._port,
                fingerprint=self._relay.fingerprint,
            ),
            # Of its own, so that it does not dispute the machine's name with the system's own announcer.
            server=f"{label}-benchcast-{self._port}.local.",
        )
        speaker = AsyncZeroconf(
            interfaces=[host for host in hosts if ":" not in host] or list(hosts),
            ip_version=IPVersion.V6Only if all(":" in host for host in hosts) else IPVersion.V4Only,
        )
        try:
            # WORKAROUND: cancelling this wait cancels zeroconf's own future of its start, and its sockets then stay
            # open (zeroconf 0.154, AsyncEngine.running_future).
            await asyncio.shield(speaker.zeroconf.async_wait_for_start())
            await (await speaker.async_register_service(info, allow_name_change=True))
            log.info("The relay is announced on its network", name=info.name, hosts=hosts)
            while tuple(self._hosts()) == hosts:  # noqa: ASYNC110 - the system tells nobody of a new address
                await asyncio.sleep(self._look_again_seconds)
        except Error as error:
            log.warning("The relay cannot be announced on its network", reason=str(error))
        finally:
            with suppress(TimeoutError, OSError, Error):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await speaker.async_unregister_all_services()  # says goodbye
            await speaker.async_close()

    def _own_hosts(self) -> Sequence[str]:
        return lan_addresses(with_ipv6=self._with_ipv6) if self._host is None else (self._host,)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
