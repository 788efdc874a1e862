"""What kind of news something is. A file of its own, for the first paint needs it and nothing else of the stage."""

from enum import StrEnum


class Tone(StrEnum):
    """How an outcome looks and sounds; the value names its colour and its sound."""

    GOOD = "good"  # the document is visible
    WAITING = "waiting"  # nothing is wrong, but the document is not (or no longer going to be) visible
    BAD = "bad"  # refused or failed: somebody has to do something
