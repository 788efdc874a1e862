"""What verbs need beside windows: the way of a picture to the relay, the privacy switch, and the sound of a message."""

from app.errors import Problemful, RelayUnreachable
from app.link.pictures import send_picture
from app.stage.camera import Camera, Privacy, Snapshot
from app.stage.displays import CannotShow
from app.stage.scan_result import Tone
from app.wiring.workplace import Workplace
from relay.contract.names import NoticeLevel, TriggerId
from relay.contract.problems import Code
from relay.contract.reports import ScreenPicture

TONES: dict[NoticeLevel, Tone] = {
    "info": Tone.WAITING,
    "good": Tone.GOOD,
    "warning": Tone.WAITING,
    "alarm": Tone.BAD,
}


def camera_of(workplace: Workplace) -> Camera:
    """Make the camera of this bench: it obeys the privacy switch as it is at the moment of each picture."""

    def privacy() -> Privacy:
        settings, chosen = workplace.settings, workplace.choices.screenshots
        is_chosen = chosen is not None and not settings.is_locked("screenshots")
        if not (chosen if is_chosen else settings.screenshots):
            return "off"
        return "monitor" if settings.whole_monitor_screenshots else "window"

    async def send(id_: TriggerId, snapshot: Snapshot) -> ScreenPicture:
        credentials = workplace.line.credentials
        if credentials is None:
            raise CannotShow(Code.CONNECTION_REFUSED)
        try:
            return await send_picture(credentials, id_, snapshot, lambda: workplace.language)
        except RelayUnreachable as unreachable:
            raise Problemful(unreachable.problem(workplace.language)) from unreachable

    return Camera(privacy=privacy, send=send)


def ring_with_sound(workplace: Workplace) -> None:
    """Let messages be heard: with the sounds of a scan's outcome, as loud as those, and not while they are muted."""
    workplace.station.ring_with(lambda level: workplace.sound.play(TONES[level]))
