"""A request that cannot be granted is a `Refusal`: one problem code, and the values that fill its sentence."""

from pathlib import Path

from relay.contract.codec import Malformed
from relay.contract.problems import Code


class Refusal(Exception):
    """Raised anywhere below a handler, translated into a problem in one place (web.handler, live.handler)."""

    def __init__(self, code: Code, **values: str | int) -> None:
        """Name the problem. `reason`, if given, is a key of the catalogue; the other values fill the sentence."""
        super().__init__(code.value)
        self.code = code
        self.values = values


def invalid(field: str, reason: str) -> Refusal:
    """Refuse one field; `reason` is the last part of a `reason.*` key of the catalogue."""
    return Refusal(Code.VALIDATION_ERROR, field=field, reason=f"reason.{reason}")


def refusal_of(malformed: Malformed) -> Refusal:
    """Turn what the codec found into the refusal that the sender hears."""
    return Refusal(Code.VALIDATION_ERROR, field=malformed.field, reason=malformed.reason)


class StorageUnavailableError(Exception):
    """The database cannot be written (disk full, file system read-only, I/O error); nothing of the batch was kept."""


class DatabaseDamagedError(StorageUnavailableError):
    """The database file contradicts itself; it is left as it is, and nothing is served from it."""

    def __init__(self, path: Path, finding: str) -> None:
        """Name the file, and the first thing in it that cannot be right."""
        super().__init__(f"{path}: {finding}")
        self.path = path
        self.finding = finding
