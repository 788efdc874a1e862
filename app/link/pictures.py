"""Pictures of this screen on their way to the relay that asked for them."""

from collections.abc import Callable
from datetime import timedelta

from app.errors import RelayRefused
from app.link.credentials import Credentials, Revoked
from app.link.relay_http import RawBody
from app.link.triggers import TOKEN_REFUSED
from app.stage.camera import Snapshot
from relay.contract.names import TriggerId
from relay.contract.problems import Code, write_problem
from relay.contract.reports import ScreenPicture
from relay.contract.wording import Language

# Four megabytes over a slow wireless line.
PATIENCE = timedelta(seconds=30)


async def send_picture(
    credentials: Credentials, id_: TriggerId, snapshot: Snapshot, language: Callable[[], Language]
) -> ScreenPicture:
    """Bring the picture that a delivery asked for to the relay. Raises RelayRefused or RelayUnreachable.

    A refusal because of an old token is answered by sending it again with a new one.
    """
    try:
        return await _send(credentials, id_, snapshot, language)
    except RelayRefused as refusal:
        if refusal.problem.code not in TOKEN_REFUSED:
            raise
    return await _send(credentials, id_, snapshot, language)


async def _send(
    credentials: Credentials, id_: TriggerId, snapshot: Snapshot, language: Callable[[], Language]
) -> ScreenPicture:
    try:
        token = await credentials.token()
    except Revoked as error:
        raise RelayRefused(write_problem(Code.TOKEN_INVALID, language(), trace_id="")) from error
    try:
        return await credentials.http.call(
            "PUT",
            f"/api/trigger/{id_}/screenshot",
            ScreenPicture,
            body=RawBody(snapshot.data, snapshot.media_type),
            token=token,
            patience=PATIENCE,
        )
    except RelayRefused as refusal:
        if refusal.problem.code in TOKEN_REFUSED:
            credentials.expired(token)
        raise
