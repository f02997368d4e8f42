"""skorch without a validation part and without printing.

It gets the slices of the hand-written loop, which are faster than the `DataLoader` that it makes by itself.
"""

from collections.abc import Iterator
from typing import Any

import torch
from skorch import NeuralNetClassifier
from torch import nn

from tests.benchmarks.tasks import Task, fresh, plain_inputs
from tests.benchmarks.training import EPOCHS, Trained, sliced, trained


def train(task: Task) -> Trained:
    """Adam as in the plain loops; the learning rate would be ten times larger by default."""
    batches = sliced(task)

    class Slices:
        """What skorch takes in place of a `DataLoader`."""

        def __init__(self, dataset: Any, batch_size: int) -> None:
            """skorch gives both; the batches are made already."""

        def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
            return iter(batches())

    model = fresh(task)
    net = NeuralNetClassifier(
        model, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=0.001, max_epochs=EPOCHS,
        batch_size=task.batch_size, iterator_train=Slices, train_split=None, verbose=0,
    )  # fmt: skip
    net.fit(plain_inputs(task).numpy(), task.classes)
    return trained(net.history[:, "dur"], model, task)
