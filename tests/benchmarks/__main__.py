"""`make bench`: measures every budget of the program in one run and prints a Markdown table.

python -m tests.benchmarks [screen] [training] [history] [peers] [gpu] [reading] [folder] [size]
"""

import importlib
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence

from tests.benchmarks.row import Row

# Modules beside this one; each has `rows() -> list[Row]`.
PARTS = ("screen", "training", "history", "peers", "gpu", "reading", "folder", "size")
PACKAGES = ("torch", "textual", "pandas", "opencv-python-headless")


def machine() -> str:
    """What the numbers were measured on."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return f"{len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, {versions}"


def table(rows: Iterable[Row]) -> str:
    """The rows in Markdown."""
    verdicts = {True: "yes", False: "**no**", None: "not measured"}
    lines = [f"| {row.what} | {row.measured} | {row.budget} | {verdicts[row.holds]} |" for row in rows]
    return "\n".join(("| what | measured | budget | holds |", "|---|---|---|---|", *lines))


def measured(part: str) -> list[Row]:
    """The rows of one part; what takes how long is said on standard error, away from the table."""
    print(f"measuring {part} …", file=sys.stderr, flush=True)
    started = time.perf_counter()
    rows: list[Row] = importlib.import_module(f"tests.benchmarks.{part}").rows()
    print(f"{part}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return rows


def main(wanted: Sequence[str]) -> int:
    """Measure the parts named, or all; 2 for a part that does not exist."""
    if unknown := set(wanted) - set(PARTS):
        print(f"There is no part {sorted(unknown)[0]!r}; the parts are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    rows = [row for part in PARTS if part in wanted or not wanted for row in measured(part)]
    print(f"\n{machine()}\n\n{table(rows)}\n\n{sum(row.holds is True for row in rows)} of {len(rows)} hold.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
