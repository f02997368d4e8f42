"""Reads data once in a process of its own and prints, as JSON, how long that took and how much memory it needed.

python -m tests.benchmarks.reader program|pandas|pillow PATH

PATH is the source as JSON for `program`, a CSV file for `pandas`, a folder of pictures for `pillow`.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.benchmarks.row import SIDE


class Reading(NamedTuple):
    """One reading. Bytes are what was added to the process' memory at most."""

    seconds: float
    peak_bytes: int  # all resident memory
    own_bytes: int  # without mapped files, which the system may take back at any time
    decoded: int = 0  # pictures


def by_program(path: Path) -> Callable[[], object]:
    """The program's own way from a source to a dataset, counting what OpenCV decodes."""
    import cv2
    import pandas  # noqa: F401  the time of imports is not measured

    from asanai_tui.data.dataset import load
    from asanai_tui.data.spec import Source

    decode = cv2.imdecode

    def counting(*arguments: Any, **named: Any) -> Any:
        COUNTER.append(None)
        return decode(*arguments, **named)

    cv2.imdecode = counting
    source = msgspec.json.decode(path.read_bytes(), type=Source)
    return lambda: load(source)


def by_pandas(path: Path) -> Callable[[], object]:
    """`pandas.read_csv` alone."""
    import pandas

    return lambda: pandas.read_csv(path)


def by_pillow(folder: Path) -> Callable[[], object]:
    """What torchvision's ImageFolder with Resize does: PIL, bilinear. Threads spare it the copies between workers."""
    import numpy as np
    from PIL import Image

    def one(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))

    def everything() -> object:
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            return np.stack(list(threads.map(one, sorted(folder.rglob("*.jpg")))))

    return everything


def memory(field: str) -> int:
    """A line of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field + ":"))


@contextmanager
def watched() -> Iterator[list[int]]:
    """Samples the memory that belongs to the process alone, each 10 ms."""
    samples, done = [memory("RssAnon")], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            samples.append(memory("RssAnon"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


def measured(read: Callable[[], object]) -> Reading:
    """One call of `read`."""
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins again from what is resident now
    before = memory("VmRSS")
    with watched() as own:
        started = time.perf_counter()
        result = read()
        seconds = time.perf_counter() - started
    del result
    return Reading(seconds, memory("VmHWM") - before, max(own) - own[0], len(COUNTER))


COUNTER: list[None] = []
WAYS = {"program": by_program, "pandas": by_pandas, "pillow": by_pillow}

if __name__ == "__main__":
    print(json.dumps(measured(WAYS[sys.argv[1]](Path(sys.argv[2])))))
