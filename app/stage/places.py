"""The part of a monitor that a window takes, and whether two of them lie over each other. Pure geometry."""

from dataclasses import dataclass

from relay.contract.names import Place


@dataclass(frozen=True)
class Area:
    """A rectangle of the desktop, in whatever pixels it was given in."""

    x: int
    y: int
    width: int
    height: int

    def part(self, place: Place) -> "Area":
        """Cut out the part of this name. Two halves leave no pixel between them and share none."""
        half_width, half_height = self.width // 2, self.height // 2
        match place:
            case "full":
                return self
            case "left":
                return Area(self.x, self.y, half_width, self.height)
            case "right":
                return Area(self.x + half_width, self.y, self.width - half_width, self.height)
            case "top":
                return Area(self.x, self.y, self.width, half_height)
            case "bottom":
                return Area(self.x, self.y + half_height, self.width, self.height - half_height)


OPPOSITE: dict[Place, Place] = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def overlap(one: Place, other: Place) -> bool:
    """Tell whether two windows with these places on the same monitor share a pixel."""
    return OPPOSITE.get(one) != other
