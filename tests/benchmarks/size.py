"""Data of uncommon size: a table and pictures larger than what may lie in memory, many columns and classes.

`CSV_MB=2000` in the environment, or `make bench CSV_MB=2000`, makes the table that large; it is made anew each time.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np

from asanai_tui import opening
from asanai_tui import project as projects
from asanai_tui.data import large
from asanai_tui.network.network import Network
from tests.benchmarks.row import Row
from tests.benchmarks.screen import PRESSES, PROGRAM, QUIET, percentile
from tests.terminal.driver import Area, Terminal

CSV_BYTES = int(os.environ.get("CSV_MB", "500")) * 10**6
ADDED = 1536  # MiB that training may need beyond the empty program
SIDE = 128  # of pictures that together are larger than what may lie in memory
MEBIBYTE = 2**20


def rows() -> list[Row]:
    """Memory while training, and keys."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            large_table(folder),
            large_pictures(folder),
            *keys(folder, "1,000 columns", wide_table(folder)),
            *keys(folder, "10,000 classes", table_of_classes(folder)),
        ]


def large_table(folder: Path) -> Row:
    """One epoch on a table whose numbers are too many for memory from about 1 GB on."""
    path = folder / "large.csv"
    write_table(path, CSV_BYTES)
    _, seconds, added = trained(folder, path, None)
    path.unlink()
    return memory_row(f"one epoch of a CSV of {CSV_BYTES / 1e6:,.0f} MB, 34 columns ({seconds:.0f} s)", added)


def large_pictures(folder: Path) -> Row:
    """One epoch on pictures whose bytes are more than what may lie in memory."""
    count = large.LIMIT * 5 // 4 // (3 * SIDE**2)
    path = folder / "large pictures"
    write_pictures(path, count, SIDE)
    layers = [{"layer": "average_pooling2d", "pool_size": (8, 8), "strides": (8, 8)}, {"layer": "flatten"},
              {"layer": "dense", "units": 1, "activation": "sigmoid"}]  # fmt: skip
    pixels, seconds, added = trained(folder, path, Network.decoded(layers))
    what = f"one epoch of {count:,} pictures of {SIDE}×{SIDE} in colour, {pixels / MEBIBYTE:,.0f} MiB ({seconds:.0f} s)"
    return memory_row(what, added)


def memory_row(what: str, added: int) -> Row:
    """What the process needed at most beyond the program that does nothing."""
    return Row(
        f"{what}: peak resident memory above the empty program",
        f"{added / MEBIBYTE:,.0f} MiB",
        f"≤ {ADDED:,} MiB",
        added <= ADDED * MEBIBYTE,
    )


def trained(folder: Path, data: Path, network: Network | None) -> tuple[int, float, int]:
    """Bytes of the inputs, and seconds and added memory of one epoch, with all that is read and decoded before."""
    project = opening.open_path(data).project
    if network:
        source = msgspec.structs.replace(project.data, height=SIDE, width=SIDE)
        project = msgspec.structs.replace(project, data=source, network=network)
    file = folder / "project.toml"
    projects.save(project, file)
    empty, _ = peak((*PROGRAM, "--version"), folder)
    most, seconds = peak((*PROGRAM, "train", str(file), "--epochs", "1", "--json"), folder)
    examples = sum(1 for _ in data.rglob("*.jpg")) if data.is_dir() else 0
    return examples * int(np.prod(project.input_shape)), seconds, most - empty


def peak(command: Sequence[str], home: Path) -> tuple[int, float]:
    """The largest resident memory of a process in bytes, mapped files included, and how long it took."""
    started, most = time.perf_counter(), 0
    env = {**os.environ, "ASANAI_TUI_HOME": str(home)}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
            most = max([most, *(1024 * int(line.split()[1]) for line in lines)])
            time.sleep(0.005)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return most, time.perf_counter() - started


def keys(folder: Path, what: str, path: Path) -> list[Row]:
    """Moving through the data screen."""
    whole, times = Area(0, 0, 140, 40), []
    with Terminal(*PROGRAM, path, columns=140, rows=40, env={"ASANAI_TUI_HOME": str(folder)}) as terminal:
        terminal.wait_for("dense", timeout=120)
        opened = time.perf_counter() - terminal.started
        terminal.press("2")
        terminal.settle(QUIET, timeout=120)
        for number in range(PRESSES):
            times.append(1000 * terminal.latency("up" if number % 2 else "down", whole))
            terminal.settle(0.15, timeout=10)
    slowest = percentile(times, 95)
    return [
        Row(
            f"key to screen on the data screen of a table with {what}, 95th percentile",
            f"{slowest:.1f} ms (median {statistics.median(times):.1f} ms; opened in {opened:.1f} s)",
            "≤ 50 ms",
            slowest <= 50,
        )
    ]


def write_table(path: Path, size: int) -> None:
    """32 numbers with six places, a group of 50 and a class that follows from three of the numbers."""
    random = np.random.default_rng(1)
    names = [*(f"x{number}" for number in range(32)), "group", "class"]
    values = random.standard_normal((20_000, 32))
    classes = np.where(values[:, 0] + values[:, 1] > values[:, 2], "above", "below").tolist()
    groups = random.integers(0, 50, len(values)).tolist()
    block = "".join(
        f"{','.join(f'{x:.6f}' for x in row)},g{group},{label}\n"
        for row, group, label in zip(values.tolist(), groups, classes, strict=True)
    )
    with path.open("w", encoding="ascii") as file:
        file.write(",".join(names) + "\n")
        for _ in range(-(-size // len(block))):
            file.write(block)


def wide_table(folder: Path) -> Path:
    """1,000 columns of numbers and a class."""
    path, random = folder / "wide.csv", np.random.default_rng(1)
    values = random.standard_normal((2000, 999))
    with path.open("w", encoding="ascii") as file:
        file.write(",".join((*(f"x{number}" for number in range(999)), "class")) + "\n")
        for row in values.tolist():
            file.write(",".join(f"{x:.4f}" for x in row) + (",yes\n" if row[0] > 0 else ",no\n"))
    return path


def table_of_classes(folder: Path) -> Path:
    """10,000 classes of five rows each."""
    path, random = folder / "classes.csv", np.random.default_rng(1)
    lines = [f"{x:.4f},{y:.4f},c{number % 10_000}\n" for number, (x, y) in enumerate(random.random((50_000, 2)))]
    path.write_text("x,y,class\n" + "".join(lines), encoding="ascii")
    return path


def write_pictures(folder: Path, count: int, side: int) -> None:
    """JPEG files in two classes; few are different, but each is a file of its own."""
    random = np.random.default_rng(1)
    noise = [random.integers(0, 255, (side // 8, side // 8, 3), np.uint8) for _ in range(24)]
    soft = [cv2.resize(each, (side, side), interpolation=cv2.INTER_CUBIC) for each in noise]
    files = [cv2.imencode(".jpg", each)[1].tobytes() for each in soft]
    for label in ("left", "right"):
        (folder / label).mkdir(parents=True)
    for number in range(count):
        (folder / ("left", "right")[number % 2] / f"{number:06}.jpg").write_bytes(files[number % len(files)])
