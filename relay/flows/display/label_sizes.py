"""What labels there are, apart from how they are drawn: drawing loads libraries that no relay needs at its start."""

from typing import Literal

LabelSize = Literal["a4", "62mm"]
SIZES: tuple[LabelSize, ...] = ("a4", "62mm")
MOST_LABELS = 500
