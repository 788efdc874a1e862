"""What a hostile or broken client may say on a live line: contract samples, bent; packets and frames that are none."""

import json
import random
import struct
from pathlib import Path

from helpers.raw_line import BINARY, CLOSE, PING, PONG, TEXT, masked_frame

from relay.contract.events import HEARD, SAID

GOLDEN = Path(__file__).resolve().parents[1] / "contract" / "golden"
SAMPLES = [json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*.json"))]
NAMES = (
    *HEARD,
    *SAID,
    "connect",
    "disconnect",
    "message",
    "__proto__",
    "",
    "한글",
    "a" * 5000,
    "trigger\x00",
)
WORDS = (
    "",
    "\x00",
    "\ud800",
    "../../etc/passwd",
    "' OR 1=1 --",
    "<script>",
    "SCREEN-001",
    "🪛" * 200,
    "a" * 40_000,
)
NUMBERS = (0, -1, 1, 2**31, 2**53, 2**64, 10**400, -0.0, 1e308, 0.1)


class Hostile:
    """Makes one message after the other; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def frames(self) -> bytes:
        """Return what is written next: mostly whole packets, now and then what no library would send."""
        kind = self._dice.randrange(20)
        match kind:
            case 0:
                return masked_frame(BINARY, self._dice.randbytes(self._dice.randrange(200)))
            case 1:
                return masked_frame(TEXT, self._dice.randbytes(self._dice.randrange(200)))
            case 2:
                return masked_frame(
                    self._dice.choice((TEXT, BINARY, 0, 3, 7, CLOSE, PING, PONG, 11, 15)),
                    self._dice.randbytes(self._dice.randrange(200)),
                    final=self._dice.random() < 0.5,
                    reserved=self._dice.choice((0, 0x40, 0x20, 0x10)),
                    mask=self._dice.choice((b"\1\2\3\4", None)),
                )
            case 3:
                return struct.pack("!BBQ", 0x81, 0xFF, self._dice.choice((2**63, 2**40, 2**16, 0)))
            case 4:
                return self._dice.randbytes(self._dice.randrange(1, 400))
            case 5:
                return b"".join(
                    masked_frame(TEXT, b'42["ping"]') for _ in range(self._dice.randrange(1, 400))
                )
            case _:
                return masked_frame(TEXT, self.packet().encode("utf-8", "surrogatepass"))

    def packet(self) -> str:
        """Return one Engine.IO and Socket.IO packet, or something like it."""
        body = json.dumps([self._dice.choice(NAMES), *self._values()])
        number = self._dice.choice(("", "0", "7", "9" * 30, "-1", "1e3"))
        match self._dice.randrange(16):
            case 0:
                return f"42/admin,{number}{body}"
            case 1:
                return f"45{self._dice.choice(('1-', '2-', '99999-', '-', ''))}{number}{body}"
            case 2:
                return f"43{number}{json.dumps(list(self._values()))}"
            case 3:
                return self._dice.choice(("40", "41", "40/admin,", "40{", '40{"token":1}', "44", "46", "47"))
            case 4:
                return self._dice.choice(
                    ("", "0", "1", "2", "2probe", "3", "3probe", "4", "5", "6", "9", "b")
                )
            case 5:
                return f"42{number}{body[: self._dice.randrange(len(body))]}"
            case 6:
                return f"42{number}" + "[" * 30_000
            case 7:
                return f"42{number}" + self._dice.choice(
                    ("{}", "[]", "null", "1", '"a"', "[[]]", "[null]", "[1,2]")
                )
            case 8:
                return "".join(chr(self._dice.randrange(1, 0xD000)) for _ in range(self._dice.randrange(60)))
            case _:
                return f"42{number}{body}"

    def _values(self) -> tuple[object, ...]:
        many = self._dice.choice((0, 1, 1, 1, 1, 1, 2, 5))
        return tuple(self.bend(self._dice.choice(SAMPLES), 3) for _ in range(many))

    def bend(self, value: object, times: int) -> object:
        """Change a JSON value in a few places."""
        for _ in range(self._dice.randrange(times + 1)):
            value = self._bent(value)
        return value

    def _bent(self, value: object) -> object:
        if isinstance(value, dict) and value and self._dice.random() < 0.85:
            key = self._dice.choice(list(value))
            changed = dict(value)
            match self._dice.randrange(4):
                case 0:
                    del changed[key]
                case 1:
                    changed[self._dice.choice(WORDS)] = self._any()
                case _:
                    changed[key] = self._bent(value[key])
            return changed
        if isinstance(value, list) and value and self._dice.random() < 0.7:
            at = self._dice.randrange(len(value))
            return [*value[:at], self._bent(value[at]), *value[at:]]
        return self._any()

    def _any(self) -> object:
        deep: object = 1
        if self._dice.random() < 0.05:
            for _ in range(200):
                deep = [deep]
        return self._dice.choice(
            (
                None,
                True,
                False,
                [],
                {},
                deep,
                self._dice.choice(WORDS),
                self._dice.choice(NUMBERS),
                [None] * 100,
            )
        )
