"""Builds what is installed at a bench: the bundle, and on Debian and Ubuntu a package of it.

make package            the bundle and the .deb, without web pages
make package WEB=1      the same with Qt WebEngine, about three times as large
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bundle import ROOT, BuildFailed, build_bundle, size_of, version
from debian import build_package

MEGA = 1_000_000


def main() -> int:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(prog="packaging/app", description=__doc__)
    parser.add_argument("--web", action="store_true", help="with Qt WebEngine")
    parser.add_argument("--no-deb", action="store_true", help="the bundle alone")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to (dist)")
    parser.add_argument("--compression", default="xz", help="of the .deb: xz, zstd, gzip, none")
    wish = parser.parse_args()
    wish.out.mkdir(parents=True, exist_ok=True)
    try:
        bundle = _told("Building the bundle", lambda: build_bundle(wish.out, web=wish.web))
        print(f"    {bundle}: {size_of(bundle) / MEGA:.0f} MB, version {version()}")
        if sys.platform == "linux" and not wish.no_deb:
            package = _told(
                "Building the package",
                lambda: build_package(bundle, wish.out, web=wish.web, compression=wish.compression),
            )
            print(f"    {package}: {package.stat().st_size / MEGA:.0f} MB")
    except BuildFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


def _told(title: str, work: Callable[[], Path]) -> Path:
    print(f"  {title} ...", flush=True)
    began = time.monotonic()
    made = work()
    print(f"  {title}: {time.monotonic() - began:.0f} s", flush=True)
    return made


if __name__ == "__main__":
    sys.exit(main())
