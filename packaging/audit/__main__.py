"""Looks everything that is locked or vendored up among the known vulnerabilities.

make audit              asks OSV (by pip-audit) for Python's packages, and npm's registry for what the pages vendor

Ends with 0 when all was looked up and nothing is known, with 1 when something is known, and with 2 when somebody could
not be asked: then nothing is known about those parts, which is not the same as that nothing is wrong with them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from asking import Finding, NotLookedUpError, ask_npm, ask_osv


def main() -> int:
    """Ask both and tell what they say."""
    parser = argparse.ArgumentParser(prog="packaging/audit", description=__doc__)
    parser.add_argument("--osv-url", help="another service with OSV's interface, such as a mirror")
    parser.add_argument("--npm-registry", help="another registry than npm is set up with")
    wish = parser.parse_args()
    asked = [
        _told("Python's packages", lambda: ask_osv(wish.osv_url)),
        _told("what the pages vendor", lambda: ask_npm(wish.npm_registry)),
    ]
    if any(answer is None for answer in asked):
        print(
            "\nNot everything was looked up: this run says nothing about what is named above.",
            file=sys.stderr,
        )
        return 2
    return 1 if any(asked) else 0


def _told(what: str, ask: Callable[[], tuple[int, list[Finding]]]) -> list[Finding] | None:
    try:
        count, findings = ask()
    except NotLookedUpError as error:
        print(f"  {what}: NOT LOOKED UP. {error}", file=sys.stderr)
        return None
    print(f"  {what}: {count} looked up, {len(findings)} with known vulnerabilities")
    for finding in findings:
        print(f"    {finding.name} {finding.version}: {', '.join(finding.known)}")
    return findings


if __name__ == "__main__":
    sys.exit(main())
