"""Reading data: a CSV against `pandas.read_csv`, a folder of photographs against what ImageFolder does with PIL."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import msgspec
import numpy as np

from asanai_tui.data import images, table
from asanai_tui.data.spec import Images, Source
from tests.benchmarks.reader import Reading
from tests.benchmarks.row import SIDE, Row

TABLE_ROWS, TABLE_COLUMNS = 250_000, 32
PHOTOGRAPHS, DIFFERENT = 240, 24  # files, and pictures among them
PHOTOGRAPH = (960, 1280)  # height and width
REPEATS = 5
MEBIBYTE = 2**20


def rows() -> list[Row]:
    """CSV and pictures."""
    with tempfile.TemporaryDirectory() as folder:
        return [*csv_rows(Path(folder)), *picture_rows(Path(folder))]


def csv_rows(folder: Path) -> list[Row]:
    """Time against pandas, peak memory against the tensor. To inspect the file has put it into the system's cache."""
    path, source = folder / "table.csv", folder / "table.json"
    write_table(path)
    store(source, table.inspect(path).spec)
    ours, theirs = in_turn(lambda: read("program", source, folder), lambda: read("pandas", path, folder))
    ratio = seconds(ours) / seconds(theirs)
    tensor = TABLE_ROWS * TABLE_COLUMNS * np.dtype(np.float32).itemsize
    peak = max(reading.peak_bytes for reading in ours)
    what = f"reading a CSV into tensors ({TABLE_ROWS // 1000}k × {TABLE_COLUMNS})"
    return [
        Row(
            f"{what}, against `pandas.read_csv` alone, which since 3.1 reads files of this size on all cores",
            f"{ratio:.2f} × ({seconds(ours):.2f} and {seconds(theirs):.2f} s)",
            "≤ 1.5 ×",
            ratio <= 1.5,
        ),
        Row(
            f"{what}, peak memory against the float32 tensor",
            f"{peak / tensor:.2f} × ({peak / MEBIBYTE:.0f} and {tensor / MEBIBYTE:.0f} MiB)",
            "≤ 3 ×",
            peak <= 3 * tensor,
        ),
    ]


def picture_rows(folder: Path) -> list[Row]:
    """First reading against PIL, the next reading, and the memory of a folder four times as large."""
    small, large = folder / "photographs", folder / "four times"
    write_photographs(small, PHOTOGRAPHS)
    write_photographs(large, 4 * PHOTOGRAPHS)
    for pictures in (small, large):
        store(pictures.with_suffix(".json"), picture_source(pictures))
    source = small.with_suffix(".json")
    ours, theirs = in_turn(lambda: first_reading(source, folder), lambda: read("pillow", small, folder))
    again = read("program", source, folder)
    most = first_reading(large.with_suffix(".json"), folder)
    growth = (most.own_bytes - max(reading.own_bytes for reading in ours)) / MEBIBYTE
    pixels = 3 * PHOTOGRAPHS * SIDE**2 * 3 / MEBIBYTE
    height, width = PHOTOGRAPH
    factor = seconds(theirs) / seconds(ours)
    return [
        Row(
            f"reading {PHOTOGRAPHS} photographs of {width}×{height} to {SIDE}×{SIDE} the first time, against PIL doing "
            "what `ImageFolder` with `Resize` does, as many threads as cores",
            f"{factor:.2f} × as fast ({seconds(ours):.2f} and {seconds(theirs):.2f} s)",
            "≥ 2 ×",
            factor >= 2,
        ),
        Row(
            "reading them again",
            f"{again.decoded} pictures decoded (first time {ours[-1].decoded}), {again.seconds:.2f} s",
            "0 decoded",
            again.decoded == 0 and ours[-1].decoded >= PHOTOGRAPHS,
        ),
        Row(
            "memory for four times as many photographs",
            f"{growth:+.1f} MiB ({pixels:.1f} MiB more pixels)",
            "does not grow: < ½ of the pixels",
            growth < pixels / 2,
        ),
    ]


def in_turn(ours: Callable[[], Reading], theirs: Callable[[], Reading]) -> tuple[list[Reading], list[Reading]]:
    """Both, alternating, so that whatever else the machine does meets them alike."""
    pairs = [(ours(), theirs()) for _ in range(REPEATS)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def seconds(readings: list[Reading]) -> float:
    """The median."""
    return statistics.median(reading.seconds for reading in readings)


def first_reading(source: Path, folder: Path) -> Reading:
    """With nothing decoded before."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    return read("program", source, folder)


def read(way: str, path: Path, folder: Path) -> Reading:
    """One reading in a process of its own; decoded pictures are kept below `folder`."""
    command = (sys.executable, "-m", "tests.benchmarks.reader", way, path)
    env = {**os.environ, "ASANAI_TUI_HOME": str(folder / "home")}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    return Reading(*json.loads(done.stdout))


def store(path: Path, source: Source) -> None:
    """Keep a source for the process that reads it."""
    path.write_bytes(msgspec.json.encode(source))


def picture_source(folder: Path) -> Images:
    """The folder at the size that is measured, nothing decoded yet."""
    return msgspec.structs.replace(images.inspect(folder).spec, height=SIDE, width=SIDE, colour="rgb")


def write_table(path: Path) -> None:
    """Numbers with six places and a class in words."""
    random = np.random.default_rng(1)
    names = [f"x{number}" for number in range(TABLE_COLUMNS)]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join((*names, "class")) + "\n")
        for _ in range(TABLE_ROWS // 1000):
            values = random.standard_normal((1000, TABLE_COLUMNS)).tolist()
            labels = random.choice(["red", "green", "blue"], 1000)
            file.writelines(
                ",".join(f"{x:.6f}" for x in row) + f",{label}\n" for row, label in zip(values, labels, strict=True)
            )


def write_photographs(folder: Path, count: int) -> None:
    """JPEG files in two classes, as heavy as photographs: soft shapes with grain, quality 90."""
    random = np.random.default_rng(2)
    height, width = PHOTOGRAPH
    files = []
    for _ in range(DIFFERENT):
        soft = cv2.resize(random.uniform(0, 255, (12, 16, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
        grainy = np.clip(soft + random.normal(0, 6, soft.shape), 0, 255).astype(np.uint8)
        files.append(cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    for number in range(count):
        path = folder / ("left", "right")[number % 2] / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[number % DIFFERENT])
