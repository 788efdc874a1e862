"""Passwords that are checked in no time: what is not about them need not wait a quarter of a second for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from argon2 import PasswordHasher

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Have every relay that is opened now check passwords so, for as long as it lives."""
    with patch("relay.identity.users.PasswordHasher", lambda: QUICK):
        yield
