"""Asks a source as a scan would, tells every step in words, and keeps nothing."""

import asyncio

from relay.clock import Clock
from relay.contract.names import OrderId
from relay.contract.sources import SourceTrial, TrialStep
from relay.contract.wording import Language, Wording
from relay.documents.documents import Documents, spell_size
from relay.errors import Refusal
from relay.flows.display.sources.answers import Known, SourceError, Steps
from relay.flows.display.sources.book import Source
from relay.flows.display.sources.lookup import DOCUMENT_SECONDS


async def try_source(
    source: Source, order_id: OrderId, files: Documents, clock: Clock, language: Language
) -> SourceTrial:
    """Ask for an order, fetch its document, inspect it, and let it go."""
    say = Wording(language).say
    began = clock.monotonic()
    told: list[TrialStep] = []

    def tell(key: str, ok: bool, values: dict[str, str | int]) -> None:
        ms = round((clock.monotonic() - began) * 1000)
        told.append(TrialStep(title=say(key), ok=ok, ms=ms, detail=say(f"{key}.detail", **values)))

    steps = Steps(tell)
    try:
        async with asyncio.timeout(source.draft.timeout_ms / 1000 + DOCUMENT_SECONDS):
            answer = await source.connector.ask(order_id, Known(), steps)
            if answer is None:
                tell("source.step.unknown", ok=False, values={"order": order_id})
                return SourceTrial(found=False, steps=tuple(told))
            async with answer.open() as body:
                assert body.chunks is not None
                async with files.receive(body.chunks) as incoming:
                    inspected = await files.inspect(incoming)
                    steps.good(
                        "source.step.document",
                        type=inspected.media_type,
                        pages=inspected.pages,
                        size=spell_size(incoming.size),
                    )
    except TimeoutError:
        tell("source.step.failed", ok=False, values={"reason": say("what.source_slow", seconds="30")})
    except SourceError as error:
        tell("source.step.failed", ok=False, values={"reason": say(error.what, **error.values)})
    except Refusal as refusal:
        what = str(refusal.values.get("what", "what.source_too_large"))
        tell("source.step.failed", ok=False, values={"reason": say(what)})
    return SourceTrial(found=all(step.ok for step in told), steps=tuple(told))
