"""Which fields of a trigger go with which command, and with each other; what is left over becomes the command's own."""

from relay.contract.commands import Trigger, subject_count

# Beside the window, which every command has.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "close": (),
    "undo": (),
    "view": ("page", "fit", "zoom", "rotate", "reload", "step", "zoom_step", "rotate_by", "scroll"),
    "move": ("display_index", "display_id", "place"),
    "identify": (),
    "blank": ("on",),
    "notify": ("message", "level", "sound", "seconds", "display_index", "display_id"),
    "screenshot": ("whole_monitor",),
}
NAVIGATE_ARGUMENTS = ("page", "fit", "zoom", "display_index", "display_id", "place")
ALL_ARGUMENTS = frozenset(
    {
        "document_number",
        "certificate_sha256",
        *NAVIGATE_ARGUMENTS,
        *(name for names in ARGUMENTS.values() for name in names),
    }
)
# What an absent field stands for, where that is not None.
DEFAULTS: dict[str, object] = {"reload": False, "whole_monitor": False}
# Two ways to say where to go: only one of them can be meant.
RIVALS = (("step", "page"), ("zoom_step", "zoom"), ("zoom_step", "fit"), ("rotate_by", "rotate"))


class Misfit(ValueError):
    """A trigger whose fields do not go together: `field` by its wire name, `reason` without its `reason.`."""

    def __init__(self, field: str, reason: str) -> None:
        """Say which field has to be mended, and why."""
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def check(trigger: Trigger) -> None:
    """Check what the types cannot: one subject, no argument of another command, no two that contradict each other.

    Raises Misfit.
    """
    if subject_count(trigger) != 1:
        raise Misfit("orderId", "one_subject")
    given = {name for name in ALL_ARGUMENTS if getattr(trigger, name) != DEFAULTS.get(name)}
    allowed = set(ARGUMENTS[trigger.command] if trigger.command is not None else NAVIGATE_ARGUMENTS)
    if trigger.order_id is not None:
        allowed.add("document_number")
    if trigger.url is not None:
        allowed.add("certificate_sha256")
    if misplaced := sorted(given - allowed):
        raise Misfit(wire_name(misplaced[0]), "not_with_command")
    for name, rival in RIVALS:
        if {name, rival} <= given:
            raise Misfit(wire_name(name), "not_together")
    if trigger.command == "notify" and trigger.message is None:
        raise Misfit("message", "needs_message")
    if trigger.command == "view" and not given:
        raise Misfit("command", "needs_view")
    if trigger.scroll is not None and not (trigger.scroll.dx or trigger.scroll.dy):
        raise Misfit("scroll", "needs_view")


def arguments_of(trigger: Trigger) -> dict[str, object]:
    """Return the given arguments of a trigger that fits, under their wire names, as its command carries them."""
    names = ARGUMENTS[trigger.command] if trigger.command is not None else NAVIGATE_ARGUMENTS
    given = {name: getattr(trigger, name) for name in names}
    return {wire_name(name): value for name, value in given.items() if value != DEFAULTS.get(name)}


def wire_name(name: str) -> str:
    """Spell a field as it travels."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
