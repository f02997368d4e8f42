"""Training on a GPU against the plain loop, whose data lies there, too; and how busy the GPU is meanwhile."""

import statistics
import threading

import torch

from tests.benchmarks.peers import BUDGET, REPEATS
from tests.benchmarks.row import Row
from tests.benchmarks.tasks import Task, photograph_task, picture_task, table_task
from tests.benchmarks.training import ours, row, sliced, theirs

INTERVAL = 0.1  # seconds between two looks at the GPU


class Utilisation(threading.Thread):
    """Looks at the GPU until it is told to stop: in how much of the time something was computed, in percent."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._stop_wish = threading.Event()
        self._seen: list[int] = []

    def run(self) -> None:
        while not self._stop_wish.wait(INTERVAL):
            self._seen.append(torch.cuda.utilization())

    def mean(self) -> float:
        """Stop, and tell the mean."""
        self._stop_wish.set()
        self.join()
        return statistics.mean(self._seen or [0])


def rows() -> list[Row]:
    """The table, the small pictures and the photographs, where there is a CUDA GPU."""
    if not torch.cuda.is_available():
        return [Row("training on a GPU, against the plain loop there", "no CUDA GPU here", f"≥ {BUDGET:g} ×", None)]
    return [on_gpu(task) for task in (table_task(), picture_task(), photograph_task())]


def on_gpu(task: Task) -> Row:
    """Ours and theirs in turn."""
    pairs, busy = [], []
    for _ in range(REPEATS):
        watch = Utilisation()
        watch.start()
        mine = ours(task, "cuda")
        busy.append(watch.mean())
        pairs.append((mine, theirs(task, sliced(task, "cuda"), "cuda")))
    found = row(task, f"the hand-written loop, both on {torch.cuda.get_device_name()}", pairs, BUDGET)
    return found._replace(
        measured=f"{found.measured}; the GPU was busy for {statistics.median(busy):.0f} % of the time"
    )
