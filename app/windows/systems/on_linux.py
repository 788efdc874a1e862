"""Linux desktops: the session is told over D-Bus that the screen must stay on, as video players tell it.

`org.freedesktop.ScreenSaver` where the desktop has it (KDE, GNOME, Xfce, Cinnamon), else the portal that every sandbox
has. Both forget the wish when its connection closes, so a killed app leaves nothing behind. jeepney and not QtDBus:
from Python, QtDBus can send no unsigned number, and the portal asks for one.
"""

import os

from jeepney import DBusAddress, Message, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

_SAVER = DBusAddress(
    "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", "org.freedesktop.ScreenSaver"
)
_PORTAL = DBusAddress(
    "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Inhibit"
)
_IDLE = 8  # the portal's flag
_PATIENCE_SECONDS = 5.0


class NotInhibited(Exception):
    """No desktop session heard the wish; the reason is for the log."""


class SessionInhibition:
    """The session's screen stays on until this is closed. Blocks: for a thread."""

    def __init__(self, application: str, reason: str) -> None:
        """Ask for it. Raises NotInhibited."""
        address = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
        if not address and (runtime := os.environ.get("XDG_RUNTIME_DIR")):
            address = f"unix:path={runtime}/bus"
        try:
            self._bus: DBusConnection = open_dbus_connection(address)
        except (OSError, ValueError, RuntimeError, StopIteration) as error:
            raise NotInhibited(f"no session bus: {error}") from error
        wishes = (
            new_method_call(_SAVER, "Inhibit", "ss", (application, reason)),
            new_method_call(_PORTAL, "Inhibit", "sua{sv}", ("", _IDLE, {"reason": ("s", reason)})),
        )
        refusals: list[str] = []
        for wish in wishes:
            refusal = self._ask(wish)
            if refusal is None:
                return
            refusals.append(refusal)
        self._bus.close()
        raise NotInhibited("; ".join(refusals))

    def close(self) -> None:
        """Let the screen do as it is set."""
        self._bus.close()

    def _ask(self, wish: Message) -> str | None:
        try:
            answer = self._bus.send_and_get_reply(wish, timeout=_PATIENCE_SECONDS)
        except OSError as error:  # a time-out is one
            return str(error) or type(error).__name__
        if answer.header.message_type is MessageType.error:
            return str(answer.body[0]) if answer.body else "refused"
        return None
