"""`python -m bench [PART…]` (or `recado bench`, `make bench`): figures of one run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from bench import bare
from bench.parts import PARTS, Run
from bench.report import Report


async def main(parts: Sequence[str]) -> None:
    report = Report()
    with bare.scratch() as name:
        run = Run(Path(name), report)
        for part in PARTS:  # in this order: later ones compare with earlier ones
            if part in parts:
                await PARTS[part](run)
    report.show()


def run() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"which ones: {', '.join(PARTS)} (default: all; about 15 minutes)",
    )
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    uvloop.run(main(chosen))
    return 0


if __name__ == "__main__":
    sys.exit(run())
