"""What every part of the wiring shares: the windows, the facts, the language, and the line of the moment."""

from dataclasses import dataclass, field

import msgspec
import structlog
from PySide6.QtWidgets import QApplication

from app.errors import RelayRefused, RelayUnreachable
from app.link.credentials import Credentials
from app.link.library import Library
from app.link.relay_http import RelayHttp
from app.link.relay_link import RelayLink
from app.link.upcoming import UpcomingKeeper
from app.settings import Choices, Settings, keep_choices, with_choices
from app.stage.director import Director
from app.stage.status import Facts, LinkState, Status
from app.windows.bench_window import BenchWindow
from app.windows.sound import Sound
from app.windows.workstation import Workstation
from relay.contract.problems import Problem
from relay.contract.wording import Language

log = structlog.get_logger()


@dataclass
class Line:
    """The line to the relay as it is now; every field is None while the bench is not paired."""

    http: RelayHttp | None = None
    credentials: Credentials | None = None
    library: Library | None = None
    link: RelayLink | None = None
    upcoming: UpcomingKeeper | None = None

    def clear(self) -> None:
        """Forget the line: the bench is not paired any more, or about to be paired anew."""
        self.http = self.credentials = self.library = self.link = self.upcoming = None


@dataclass(kw_only=True)
class Workplace:
    """The parts of this workstation that more than one topic needs. Made by main, before anything is shown."""

    app: QApplication
    settings: Settings
    station: Workstation
    sound: Sound
    choices: Choices
    language: Language
    line: Line = field(default_factory=Line)
    # As the window has it at first: what follows is a change, and is told.
    status: Status = field(default_factory=lambda: Status(Facts(link=LinkState.CONNECTING)))
    _window: BenchWindow | None = None
    _director: Director | None = None

    @property
    def version(self) -> str:
        """The version of this app."""
        return self.app.applicationVersion()

    @property
    def window(self) -> BenchWindow:
        """The operator's window."""
        assert self._window is not None, "main furnishes the workplace before anybody works at it"
        return self._window

    @property
    def director(self) -> Director:
        """What performs commands on the document windows."""
        assert self._director is not None, "main furnishes the workplace before anybody works at it"
        return self._director

    def furnish(self, window: BenchWindow, director: Director) -> None:
        """Take what could only be made with the parts that work here."""
        self._window, self._director = window, director

    def speak(self, language: Language) -> None:
        """Use this language from now on, everywhere, and after the next start."""
        self.language = self.director.language = language
        self.station.speak(language)
        if self.line.link is not None:
            self.line.link.language = language
        self.choose(msgspec.structs.replace(self.choices, language=language))

    def current_settings(self) -> Settings:
        """Return the settings with everything that was chosen since the start."""
        return with_choices(self.settings, self.choices)

    def choose(self, choices: Choices) -> None:
        """Keep what the operator chose, over restarts; a disk that does not take it is logged."""
        self.choices = choices
        try:
            keep_choices(self.settings.data, choices)
        except OSError as error:
            log.warning("The operator's choice could not be kept", reason=str(error))

    def problem(self, failure: RelayRefused | RelayUnreachable) -> Problem:
        """Word why the relay refused, or that it was not reached."""
        return failure.problem if isinstance(failure, RelayRefused) else failure.problem(self.language)
