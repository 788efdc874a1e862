"""How much is measured: the whole, and the little that shows in seconds that the benchmark itself works."""

import resource
from dataclasses import dataclass

# Lines of scanners, files, and what an interpreter keeps open.
SPARE_FILES = 600


@dataclass(frozen=True, slots=True)
class Plan:
    """Counts and durations of one run."""

    screens: int = 10_000
    rounds: int = 2
    # Triggers in each round, at 1,000 and at 10,000 a minute.
    calm_count: int = 500
    busy_count: int = 5_000
    calm_per_minute: int = 1_000
    busy_per_minute: int = 10_000
    under_way: tuple[int, ...] = (1, 8, 32, 128, 256)
    saturation_seconds: float = 4.0
    settle_seconds: float = 2.0
    idle_seconds: float = 8.0
    # What was accepted and has not arrived this long after the load is lost; who is not back by then never comes.
    grace_seconds: float = 20.0
    storm_seconds: float = 90.0
    waiting: int = 1_000
    cached_scans: int = 100
    fresh_scans: int = 20
    starts: int = 10
    app_idle_seconds: float = 60.0
    with_bundle: bool = True


FULL = Plan()
QUICK = Plan(
    screens=50,
    rounds=1,
    calm_count=20,
    busy_count=60,
    calm_per_minute=1_200,
    busy_per_minute=3_600,
    under_way=(4,),
    saturation_seconds=0.4,
    settle_seconds=0.2,
    idle_seconds=0.5,
    grace_seconds=3.0,
    storm_seconds=30.0,
    waiting=10,
    cached_scans=4,
    fresh_scans=1,
    starts=2,
    app_idle_seconds=3.0,
    with_bundle=False,
)


def check_files(screens: int) -> int:
    """Return how many files this process may open, raised as far as it may be. Raises SystemExit if that is too few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most != resource.RLIM_INFINITY and most < screens + SPARE_FILES:
        raise SystemExit(
            f"{screens} screens need {screens + SPARE_FILES} open files; the limit is {most} (ulimit -Hn)."
        )
    return most
