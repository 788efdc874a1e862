"""A person's authenticator app, whose clock the test holds."""

from pyotp.totp import TOTP

from relay.clock import Clock


class App:
    """An app that was given a key, as by the QR code or typed."""

    def __init__(self, key: str, clock: Clock) -> None:
        self._codes = TOTP(key)
        self._clock = clock

    def code(self, *, steps: int = 0) -> str:
        """Return the code that it shows now, or that it shows so many steps of 30 s later."""
        return self._codes.at(self._clock.now_ms() // 1000, counter_offset=steps)

    def wrong(self) -> str:
        """Return six digits that are no code of now, before or after."""
        near = {self.code(steps=step) for step in (-1, 0, 1)}
        return next(code for number in range(10) if (code := f"{number}" * 6) not in near)
