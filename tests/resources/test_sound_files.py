"""The sounds of the bench have the stated format, end quietly and cannot be mistaken for each other."""

import sys
import wave
from array import array
from itertools import pairwise
from math import log10
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parents[2] / "resources"

MILLISECONDS = {"shown": 250, "failed": 500, "pending": 80}


def samples_of(name: str) -> list[int]:
    """The samples of a sound."""
    with wave.open(str(RESOURCES / "sounds" / f"{name}.wav")) as file:
        samples = array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tolist()


def pitch(samples: list[int]) -> float:
    """Rising zero crossings per second: rough, but enough to tell up from down."""
    crossings = sum(1 for a, b in pairwise(samples) if a < 0 <= b)
    return crossings * 44_100 / len(samples)


@pytest.mark.parametrize("name", MILLISECONDS)
def test_every_sound_is_16_bit_mono_pcm_at_44100_hertz(name: str) -> None:
    with wave.open(str(RESOURCES / "sounds" / f"{name}.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44_100)
        assert file.getcomptype() == "NONE"


@pytest.mark.parametrize(("name", "milliseconds"), MILLISECONDS.items())
def test_every_sound_has_its_length(name: str, milliseconds: int) -> None:
    assert len(samples_of(name)) * 1000 / 44_100 == pytest.approx(milliseconds, abs=1)


@pytest.mark.parametrize("name", MILLISECONDS)
def test_every_sound_peaks_six_decibels_below_full_scale(name: str) -> None:
    loudest = max(abs(sample) for sample in samples_of(name))
    assert 20 * log10(loudest / 32_767) == pytest.approx(-6, abs=0.3)


@pytest.mark.parametrize("name", MILLISECONDS)
def test_no_sound_clicks_at_either_end(name: str) -> None:
    samples = samples_of(name)
    assert samples[0] == 0
    assert samples[-1] == 0
    # In the first and last half millisecond no sample may come near the peak.
    assert max(abs(sample) for sample in (*samples[:22], *samples[-22:])) < 2_000


def test_shown_rises() -> None:
    samples = samples_of("shown")
    middle = len(samples) // 2
    assert pitch(samples[middle:]) > 1.2 * pitch(samples[:middle])


def test_failed_falls_and_is_far_lower_than_shown() -> None:
    samples = samples_of("failed")
    middle = len(samples) // 2
    assert pitch(samples[middle:]) < pitch(samples[:middle])
    assert pitch(samples) < 0.5 * pitch(samples_of("shown"))
