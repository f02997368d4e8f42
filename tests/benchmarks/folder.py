"""A folder of 100,000 small pictures: how soon the first ones are seen, and how keys answer while all are decoded."""

import statistics
import tempfile
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks.row import Row
from tests.benchmarks.screen import PROGRAM, QUIET, latencies, percentile
from tests.terminal.driver import Terminal

CLASSES, EACH, DIFFERENT = 10, 10_000, 20  # pictures of a class, and those of them that are no links to others
SIDE = 16
STARTS = 5
PRESSES = 30  # while as many pictures are decoded


def rows() -> list[Row]:
    """First preview and keys."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pictures"
        write(folder)
        seen = statistics.median(first_preview(folder, Path(name)) for _ in range(STARTS))
        idle, decoding = keys(folder, Path(name))
    ratio = statistics.median(decoding) / statistics.median(idle)
    return [
        Row(
            f"first pictures of a folder of {CLASSES * EACH:,}, from the start of the program",
            f"{seen:.2f} s",
            "≤ 2 s",
            seen <= 2,
        ),
        Row(
            "key to screen while they are decoded, against idle, median",
            f"{ratio:.2f} × ({statistics.median(decoding):.1f} and {statistics.median(idle):.1f} ms; 95th percentile "
            f"{percentile(decoding, 95):.1f} ms)",
            "≤ 2 ×",
            ratio <= 2,
        ),
    ]


def write(folder: Path) -> None:
    """Most pictures are hard links: the program cannot tell, and they are made in seconds."""
    noise = np.random.default_rng(1)
    for label in range(CLASSES):
        place = folder / f"class{label}"
        place.mkdir(parents=True)
        for number in range(EACH):
            if number < DIFFERENT:
                assert cv2.imwrite(str(place / f"{number}.png"), noise.integers(0, 256, (SIDE, SIDE, 3), np.uint8))
            else:
                (place / f"{number}.png").hardlink_to(place / f"{number % DIFFERENT}.png")


def first_preview(folder: Path, home: Path) -> float:
    """Seconds until the first pictures stand on the screen, with their classes."""
    with Terminal(*PROGRAM, folder, columns=140, rows=40, env={"ASANAI_TUI_HOME": str(home)}) as terminal:
        return terminal.wait_for(" class2 ")


def keys(folder: Path, home: Path) -> tuple[list[float], list[float]]:
    """Milliseconds from a key to the list of layers, idle and while pictures are decoded."""
    with Terminal(*PROGRAM, folder, columns=140, rows=40, env={"ASANAI_TUI_HOME": str(home)}) as terminal:
        terminal.wait_for(" class2 ")
        terminal.settle(QUIET, timeout=60)
        idle = latencies(terminal, PRESSES)
        terminal.press("t")
        terminal.wait_for("decoding")
        return idle, latencies(terminal, PRESSES)
