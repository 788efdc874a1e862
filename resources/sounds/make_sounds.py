"""Makes the three sounds of the bench, the same bytes each time: `python make_sounds.py [folder]`."""

import sys
import wave
from array import array
from collections.abc import Callable
from math import exp, pi, sin, tau
from pathlib import Path

RATE = 44_100
# Half of full scale is -6 dBFS: loud enough for a shop floor, with room before a cheap speaker distorts.
PEAK = 0.5
Wave = Callable[[float], float]


def tone(hertz: float, start: float, length: float, *, attack: float = 0.012, fall: float = 0.0) -> Wave:
    """A soft tone between two fades; `fall` lowers its pitch by that share until its end."""

    def at(seconds: float) -> float:
        t = seconds - start
        if not 0 <= t < length:
            return 0.0
        turns = hertz * (t - fall * t * t / (2 * length))
        body = sin(tau * turns) + 0.22 * sin(2 * tau * turns) + 0.06 * sin(3 * tau * turns)
        return body * fade(t, length, attack)

    return at


def buzz(hertz: float, start: float, length: float) -> Wave:
    """A rough, falling tone: the odd harmonics that say no without a word."""

    def at(seconds: float) -> float:
        t = seconds - start
        if not 0 <= t < length:
            return 0.0
        turns = hertz * (t - 0.22 * t * t / (2 * length))
        body = sum(sin(tau * turns * n) / n for n in (1, 3, 5, 7)) * (0.8 + 0.2 * sin(tau * 28 * t))
        return body * fade(t, length, 0.015)

    return at


def tick(hertz: float, length: float) -> Wave:
    """One short knock that dies away by itself."""

    def at(seconds: float) -> float:
        return sin(tau * hertz * seconds) * exp(-seconds * 55) * fade(seconds, length, 0.004)

    return at


def fade(t: float, length: float, attack: float) -> float:
    """Raise and lower the loudness along a sine, so that nothing clicks; both fades last `attack` seconds."""
    edge = min(t, length - t, attack) / attack
    return sin(max(edge, 0.0) * pi / 2) ** 2


def write(path: Path, seconds: float, parts: list[Wave]) -> None:
    """Mix the parts, bring the loudest sample to the peak and write 16-bit mono PCM."""
    mixed = [sum(part(n / RATE) for part in parts) for n in range(round(seconds * RATE))]
    loudest = max(abs(value) for value in mixed)
    samples = array("h", (round(value / loudest * PEAK * 32_767) for value in mixed))
    samples[-1] = 0
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def main(folder: Path) -> None:
    """Write shown.wav, failed.wav and pending.wav into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "shown.wav", 0.25, [tone(659.26, 0, 0.125), tone(987.77, 0.105, 0.145)])
    write(folder / "failed.wav", 0.5, [buzz(196, 0, 0.22), buzz(147, 0.27, 0.23)])
    write(folder / "pending.wav", 0.08, [tick(1046.5, 0.08)])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
