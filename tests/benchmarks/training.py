"""Training: the loop against those its user would have written, from the same weights, on the same data."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from asanai_tui.data.dataset import Dataset
from asanai_tui.data.spec import Targets
from asanai_tui.network.network import Network
from asanai_tui.training.control import Control
from asanai_tui.training.loop import Trainer
from asanai_tui.training.recorder import Recorder
from asanai_tui.training.settings import Training
from tests.benchmarks.row import Row
from tests.benchmarks.tasks import Task, all_outputs, fresh, picture_task, plain_inputs, start, table_task

EPOCHS = 4  # of one training; the first does not count
REPEATS = 5
SAME_LOSS = 0.1  # how far final losses may lie apart, as a share; speed that does not learn does not count
Batches = Callable[[], Iterable[tuple[torch.Tensor, torch.Tensor]]]


class Trained(NamedTuple):
    """What one training took and reached."""

    seconds: float  # of its fastest epoch
    loss: float  # over all examples, at the end


Pair = tuple[Trained, Trained]  # ours and theirs


def rows() -> list[Row]:
    """Table and pictures."""
    small, pictures = table_task(), picture_task()
    return [
        compared(small, "the loop with `DataLoader(TensorDataset)`", lambda: theirs(small, loaded(small)), 3.0),
        compared(small, "a hand-written loop over slices with default Adam", lambda: theirs(small, sliced(small)), 1.3),
        compared(pictures, "that loop in NCHW", lambda: theirs(pictures, sliced(pictures)), 1.5),
    ]


def compared(task: Task, peer: str, other: Callable[[], Trained], budget: float) -> Row:
    """Ours and theirs in turn."""
    return row(task, peer, [(ours(task), other()) for _ in range(REPEATS)], budget)


def row(task: Task, peer: str, pairs: Sequence[Pair], budget: float) -> Row:
    """The ratio is the median of those of the pairs, so that slow moments meet both."""
    ratio = statistics.median(other.seconds / mine.seconds for mine, other in pairs)
    speeds = [len(task.inputs) / statistics.median(each.seconds for each in side) for side in zip(*pairs, strict=True)]
    losses = [statistics.median(each.loss for each in side) for side in zip(*pairs, strict=True)]
    learned = abs(losses[0] - losses[1]) <= SAME_LOSS * max(losses)
    return Row(
        f"{task.what}, against {peer}",
        f"{ratio:.2f} × as fast ({speeds[0]:,.0f} and {speeds[1]:,.0f} examples a second, "
        f"final loss {losses[0]:.3f} and {losses[1]:.3f}{'' if learned else ': the speed does not count'})",
        f"≥ {budget:g} ×",
        ratio >= budget and learned,
    )


def ours(task: Task, device: str = "cpu") -> Trained:
    """The program's own loop, with all it does besides: metric, recorder, wishes, check for NaN."""
    targets = Targets("classes", tuple(str(label) for label in range(int(task.classes.max()) + 1)))
    everything = np.arange(len(task.inputs))
    data = Dataset(task.inputs, task.classes, everything, everything[:0], everything[:0], task.preprocessing, ())
    settings = Training(
        epochs=EPOCHS, batch_size=task.batch_size, loss="categorical_crossentropy", metrics=("accuracy",), device=device
    )
    recorder = Recorder()
    shape = tuple(task.inputs.shape[1:])
    trainer = Trainer(Network.decoded(task.layers), shape, settings, targets, data, Control(), recorder)
    trainer.model.load_keras_weights(start(task))
    outcome = trainer.run()
    assert outcome.state == "finished", outcome.message
    ends = [epoch.seconds for epoch in recorder.history()]
    probabilities = all_outputs(trainer.model.to("cpu"), task)
    loss = -probabilities[torch.arange(len(probabilities)), torch.from_numpy(task.classes)].log().mean()
    return Trained(min(after - before for before, after in itertools.pairwise(ends)), float(loss))


def theirs(task: Task, batches: Batches, device: str = "cpu") -> Trained:
    """The loop everybody writes; it keeps no account of anything."""
    model = fresh(task).to(device)
    optimizer = torch.optim.Adam(model.parameters())
    seconds = []
    for _ in range(EPOCHS):
        began = time.perf_counter()
        for inputs, classes in batches():
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), classes)
            loss.backward()
            optimizer.step()
        loss.item()  # a GPU has computed all by then
        seconds.append(time.perf_counter() - began)
    return trained(seconds, model.to("cpu"), task)


def trained(seconds: Sequence[float], model: nn.Module, task: Task) -> Trained:
    """
    Args:
        seconds: of each epoch.
        model: in plain torch, giving logits.
    """
    loss = cross_entropy(all_outputs(model, task), torch.from_numpy(task.classes))
    return Trained(min(seconds[1:]), float(loss))


def loaded(task: Task) -> Batches:
    """One example at a time, put together by a DataLoader."""
    examples = TensorDataset(plain_inputs(task), torch.from_numpy(task.classes))
    loader: Batches = DataLoader(examples, batch_size=task.batch_size, shuffle=True).__iter__
    return loader


def sliced(task: Task, device: str = "cpu") -> Batches:
    """Slices of a new order each epoch."""
    inputs, classes = plain_inputs(task).to(device), torch.from_numpy(task.classes).to(device)

    def batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        order = torch.randperm(len(inputs), device=device)
        for begin in range(0, len(inputs), task.batch_size):
            rows = order[begin : begin + task.batch_size]
            yield inputs[rows], classes[rows]

    return batches
