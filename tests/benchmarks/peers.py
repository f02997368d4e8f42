"""Training against other programs and loops, on three tasks, with the number of threads that each likes best.

All begin with the same weights (scikit-learn's with its own, from the same distribution) and see the same examples as
often, in batches of the same size, with Adam and a learning rate of 0.001. Pictures are float32 for the others before
the clock runs, and none of them measures accuracy, watches for NaN or tells how far it is.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch

from tests.benchmarks.row import Row
from tests.benchmarks.tasks import Task, photograph_task, picture_task, table_task
from tests.benchmarks.training import Trained, loaded, ours, row, sliced, theirs

REPEATS = 3
BUDGET = 1.0  # ahead of every one


class Peer(NamedTuple):
    """Somebody else who trains."""

    what: str
    package: str  # that has to be there
    train: Callable[[Task], Trained]
    only_dense: bool = False


def rows() -> list[Row]:
    """Every peer on every task that it knows."""
    tasks = (table_task(), picture_task(), photograph_task())
    return [against(peer, task) for task in tasks for peer in PEERS if task.inputs.ndim == 2 or not peer.only_dense]


def against(peer: Peer, task: Task) -> Row:
    """Ours and theirs in turn."""
    if importlib.util.find_spec(peer.package) is None:
        missing = "not installed (pip install '.[bench]')"
        return Row(f"{task.what}, against {peer.what}", missing, f"≥ {BUDGET:g} ×", None)
    threads = fastest(peer, task)
    pairs = [(ours(task), with_threads(threads, peer, task)) for _ in range(REPEATS)]
    return row(task, f"{peer.what}, {threads} thread{'s' * (threads > 1)}", pairs, BUDGET)


def fastest(peer: Peer, task: Task) -> int:
    """One thread or all, whichever makes theirs faster on a fifth of the examples."""
    few = len(task.inputs) // 5
    part = task._replace(inputs=task.inputs[:few], classes=task.classes[:few])
    return min((1, torch.get_num_threads()), key=lambda number: with_threads(number, peer, part).seconds)


def with_threads(number: int, peer: Peer, task: Task) -> Trained:
    """One training of theirs with so many threads."""
    with limited(number):
        return peer.train(task)


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Within, torch computes with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def module(name: str) -> Callable[[Task], Trained]:
    """`train` of a module beside this one, imported when it is needed."""

    def train(task: Task) -> Trained:
        result: Trained = importlib.import_module(f"tests.benchmarks.{name}").train(task)
        return result

    return train


PEERS = (
    Peer("a loop with `DataLoader(TensorDataset)`", "torch", lambda task: theirs(task, loaded(task))),
    Peer("a hand-written loop over slices", "torch", lambda task: theirs(task, sliced(task))),
    Peer("Keras on torch", "keras", module("with_keras")),
    Peer("Lightning", "pytorch_lightning", module("with_lightning")),
    Peer("skorch", "skorch", module("with_skorch")),
    Peer("scikit-learn's MLP", "sklearn", module("with_sklearn"), only_dense=True),
)
