"""The six steps in which the coolant pump is put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One step of the assembly: what is there, what is added, and how."""

    title: str
    tools: str
    present: Sequence[str]
    added: Mapping[str, float]
    items: Sequence[str]
    warning: str = ""
    marks: Mapping[str, tuple[float, float]] = field(default_factory=dict)


STEPS = (
    Step(
        "Press bearings onto shaft",
        "Arbor press 20 kN · sleeve S-25",
        ("2",),
        {"3": -22, "4": 26},
        (
            "Oil both seats (Ø25 k6) thinly with ISO VG 32.",
            "Press on the inner ring only, up to the shoulder, 8 kN at most.",
            "Turn each bearing by hand: no rough spot, no play you can feel.",
        ),
        marks={"3": (23, -46), "4": (125, -46)},
    ),
    Step(
        "Insert shaft into bracket",
        "Hot plate 80 °C · circlip pliers C4",
        ("1",),
        {"2": -52, "3": -52, "4": -52, "5": -60},
        (
            "Warm bracket to 80 °C (max. 90 °C), push shaft in to the stop.",
            "Fit circlip 52 × 2, opening downwards; it must snap in all round.",
            "Axial play at the shaft end: 0.05 to 0.15 mm.",
        ),
        "Hot part: wear heat-resistant gloves.",
        {"2": (-44, -30), "5": (-22, -50)},
    ),
    Step(
        "Fit mechanical seal",
        "Seal mandrel M-18 · lint-free cloth",
        ("1", "2", "3", "4", "5"),
        {"6": 40},
        (
            "Clean both faces with isopropanol; do not touch them afterwards.",
            "Push the stationary seat in with the mandrel, square to the shaft.",
            "Slide the rotating part on with soap water; height 17.6 ±0.3 mm.",
        ),
        "No grease or oil on the seal faces.",
        {"6": (172, -48)},
    ),
    Step(
        "Mount impeller and nut",
        "Torque wrench 10–60 N·m · socket 19",
        ("1", "2", "3", "4", "5", "6"),
        {"7": 30, "8": 40},
        (
            "Insert the key 5 × 5 × 16, then slide the impeller on to the shoulder.",
            "Nut M12 with medium thread locker; torque 32 N·m.",
            "Runout at the impeller rim: 0.10 mm at most.",
        ),
        marks={"7": (180, -60), "8": (198, -34)},
    ),
    Step(
        "Place O-ring, close volute",
        "Assembly grease G-7 · guide pins M8",
        ("1", "2", "3", "4", "5", "6", "7", "8"),
        {"9": 16, "10": 36},
        (
            "Grease the O-ring 104 × 3 lightly; lay it into its groove untwisted.",
            "Set two guide pins, outlet of the volute upwards.",
            "Slide the casing on evenly until it touches all round.",
        ),
        marks={"9": (108, -92), "10": (216, -84)},
    ),
    Step(
        "Bolt volute to bracket",
        "Torque wrench 5–50 N·m · socket 13",
        ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
        {"11": -26},
        (
            "Start all eight M8 × 30 bolts by hand.",
            "Tighten in the sequence of page 5: first 12 N·m, then 24 N·m.",
            "Shaft must turn freely after each pass. Mark heads with yellow paint.",
        ),
        marks={"11": (50, -84)},
    ),
)
