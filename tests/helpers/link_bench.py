"""A bench without pixels: a real link, inbox and credentials; what is performed is decided by the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from helpers.owned_tasks import owned_tasks, until
from helpers.relay_double import SCREEN, now_ms

from app.link.clock import monotonic
from app.link.credential_store import CredentialStore
from app.link.credentials import AccessToken, Credential, Credentials
from app.link.inbox import Inbox
from app.link.relay_http import RelayHttp
from app.link.relay_link import RelayLink
from app.stage.status import LinkState
from relay.contract.commands import AnyCommand
from relay.contract.pairing import RelayAddress
from relay.contract.reports import DisplayInfo, Outcome, Presence, Timings

DISPLAYS = (
    DisplayInfo(display_id="left", index=0, name="L", width=1920, height=1080, scale=1.0, primary=True),
    DisplayInfo(display_id="right", index=1, name="R", width=1920, height=1080, scale=1.0, primary=False),
)


class LinkBench:
    def __init__(self, link: RelayLink, inbox: Inbox, credentials: Credentials) -> None:
        self.link = link
        self.inbox = inbox
        self.credentials = credentials
        self.performed: list[AnyCommand] = []
        self.states: list[tuple[LinkState, str]] = []
        self.presence = Presence(app_version="test", protocol=1, displays=DISPLAYS)
        self.outcome: Callable[[AnyCommand], Outcome] = lambda command: Outcome(
            id=command.id, state="shown", page=1, timings=Timings(loaded_ms=3, shown_ms=7)
        )
        self.hold: dict[str, asyncio.Event] = {}

    @property
    def state(self) -> LinkState | None:
        return self.states[-1][0] if self.states else None

    async def reaches(self, state: LinkState, seconds: float = 8.0) -> None:
        await until(lambda: self.state is state, seconds)

    async def perform(self, command: AnyCommand) -> Outcome:
        self.performed.append(command)
        if (gate := self.hold.get(command.id)) is not None:
            await gate.wait()
        return self.outcome(command)


@asynccontextmanager
async def link_bench(
    relay: RelayAddress,
    data: Path,
    *,
    token: str | None = "access-1",
    refresh_token: str = "refresh-1",
    clock: Callable[[], int] = now_ms,
    before: Callable[[LinkBench], None] = lambda _bench: None,
    language: str = "en",
) -> AsyncIterator[LinkBench]:
    """Run a bench on `data` until the block ends; a second one on the same data is the same bench, restarted."""
    store = CredentialStore(data, "file")
    credential = await store.load()
    if credential is None:
        credential = Credential(screen_id=SCREEN, refresh_token=refresh_token, secret="s" * 32, relay=relay)
        await store.save(credential)
    http = RelayHttp(relay)
    access = token and AccessToken.issued(token, asked_at=monotonic(), lasts_seconds=900)
    credentials = Credentials(credential, store, http, access=access or None)
    inbox = await Inbox.open(data / "inbox.sqlite", now_ms=clock)
    made: LinkBench
    async with owned_tasks() as tasks:
        link = RelayLink(
            credentials=credentials,
            inbox=inbox,
            perform=lambda command: made.perform(command),  # noqa: PLW0108 - `made` comes after the link
            describe=lambda: made.presence,
            link_changed=lambda state, detail: made.states.append((state, detail)),
            spawn=tasks.spawn,
            now_ms=clock,
            language=language,
        )
        made = LinkBench(link, inbox, credentials)
        before(made)
        running = tasks.spawn(link.run(), "link")
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    await http.close()
    await inbox.close()
