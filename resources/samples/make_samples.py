"""Rebuilds every sample order, the same bytes each time: `python make_samples.py [folder]`."""

import sys
from pathlib import Path

from generator import catalogue, harness, housing, inspection, packing, pump, shaft, typefaces


def main(folder: Path) -> None:
    """Write the documents, the barcodes and orders.csv into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    typefaces.register()
    for order in (housing, pump, shaft, harness, inspection, packing):
        order.write(folder)
    catalogue.write(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
