"""A restart with everybody connected: how long until the last screen is back and has what waited for it."""

import asyncio
import signal
import time

from bench.loads import Scans
from bench.programs import HOST
from bench.readings import Storm, percentile
from bench.scenarios import Session
from bench.screens import until
from bench.senders import Ledger, Senders

LINES = 32


async def storm(session: Session, how: signal.Signals) -> Storm:
    """Let deliveries wait, end the server with this signal, start it again at once, and wait for everybody.

    The deliveries wait because their screens are silent until the signal: they were sent and are not acknowledged. A
    server that keeps nothing is not asked for them.
    """
    server, fleet, plan = session.server, session.fleet, session.plan
    waiting = await _let_wait(session) if server.kind.is_relay else []
    fleet.back_at.clear()
    fleet.answered.clear()
    fleet.is_silent = False
    began = time.perf_counter()
    await asyncio.to_thread(server.main.end, how, 30.0)
    ended = time.perf_counter() - began
    await server.start_again()
    listening = time.perf_counter() - began
    await until(
        lambda: fleet.online == plan.screens and all(id_ in fleet.answered for id_ in waiting),
        plan.storm_seconds,
    )
    back = [at - began for at in fleet.back_at.values()]
    drained = [fleet.answered[id_] - began for id_ in waiting if id_ in fleet.answered]
    everybody = fleet.online == plan.screens
    never = float("inf")
    return Storm(
        server.kind,
        how.name,
        plan.screens,
        len(waiting),
        ended=[ended],
        listening=[listening],
        half_back=[percentile(back, 0.5)],
        last_back=[max(back) if everybody else never],
        drained=[max(drained)] if drained else [],
        lost=len(waiting) - len(drained),
    )


async def _let_wait(session: Session) -> list[str]:
    server, fleet, plan = session.server, session.fleet, session.plan
    fleet.is_silent = True
    senders = Senders(Ledger())
    await senders.open_http(HOST, server.port, server.scanner, LINES)
    try:
        scans = Scans(plan.screens, "order", seed=7)
        for _ in range(plan.waiting):
            senders.submit(scans.scan(time.perf_counter()))
        accepted = senders.ledger.accepted
        await until(
            lambda: not senders.under_way and all(id_ in fleet.arrived for id_ in accepted),
            plan.storm_seconds,
        )
        assert len(accepted) == plan.waiting, senders.ledger.refused.most_common(3)
        return list(accepted)
    finally:
        senders.close()
