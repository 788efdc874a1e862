"""Writes the bills of materials of the relay and of the desktop app beside this file.

make sbom               after `make lock`, or after something was vendored; tests/house/test_sbom.py tells when
"""

from __future__ import annotations

import sys
from pathlib import Path

from bill import InvalidBillError, bill_of
from licences import UnknownLicenceError
from locked import LOCKS

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Write both."""
    for what in LOCKS:
        file = HERE / f"{what}.cdx.json"
        try:
            file.write_text(bill_of(what), "utf-8")
        except (InvalidBillError, UnknownLicenceError) as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        print(f"  {file.name}: {file.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
