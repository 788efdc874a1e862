"""Reads a dashboard with Grafana's own published types, and prints what they do not know of it, a line each."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

# What an exported dashboard says about itself to whoever imports it; it is no part of a dashboard.
OF_THE_EXPORT = {"__inputs", "__requires", "__elements"}


def lost(before: object, after: object, place: str) -> Iterator[str]:
    match before, after:
        case dict(), dict():
            for key in before:
                if key not in after:
                    yield f"{place}/{key}"
                else:
                    yield from lost(before[key], after[key], f"{place}/{key}")
        case list(), list() if len(before) == len(after):
            for number, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from lost(one, other, f"{place}[{number}]")
        case _:
            if before != after:
                yield f"{place}: {before!r} became {after!r}"


def main() -> None:
    plugins.register_default_plugins()
    board = {
        key: value
        for key, value in json.loads(Path(sys.argv[1]).read_text("utf-8")).items()
        if key not in OF_THE_EXPORT
    }
    understood = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
    print("\n".join(lost(board, understood, "")))


if __name__ == "__main__":
    main()
