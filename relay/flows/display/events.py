"""The socket's `trigger`: the same as over HTTP, answered by the acknowledgement and by an event of its own."""

from relay.contract import codec
from relay.contract.commands import Trigger
from relay.contract.names import TriggerId
from relay.contract.reports import TriggerError, TriggerResponse
from relay.errors import Refusal, refusal_of
from relay.flows.display.service import Display
from relay.live.connection import Connection
from relay.live.server import LiveServer


class DisplayEvents:
    """The socket's face of the display flow."""

    def __init__(self, display: Display, live: LiveServer) -> None:
        """Speak for this service on this line."""
        self._display = display
        self._live = live

    async def trigger(self, connection: Connection, payload: object) -> object:
        """Accept a trigger; `trigger:response` or `trigger:error` says the same as the acknowledgement."""
        try:
            self._display.count(connection.caller, connection.line.address)
            trigger = codec.convert(payload, Trigger)
            delivery = await self._display.show(trigger, connection.caller)
        except codec.Malformed as malformed:
            return self._refuse(connection, payload, refusal_of(malformed))
        except Refusal as refusal:
            return self._refuse(connection, payload, refusal)
        report = self._display.word(delivery, connection.language, waited=False)
        answer = codec.to_builtins(TriggerResponse(id=TriggerId(delivery.id), success=True, data=report))
        self._live.send(connection, "trigger:response", answer)
        return answer

    def _refuse(self, connection: Connection, payload: object, refusal: Refusal) -> object:
        problem = self._live.problem_for(connection, refusal)
        given = codec.text_in(payload, "id")
        id_ = given if given is not None and len(given) <= 64 else None
        error = TriggerError(
            id=id_,
            error=problem.detail,
            code=problem.code,
            action=problem.action,
            server_time=problem.server_time,
            retry_after_ms=problem.retry_after_ms,
        )
        answer = codec.to_builtins(error)
        self._live.send(connection, "trigger:error", answer)
        return {"success": False, **answer}
