"""Lightning without logger, checkpoints and progress bar.

It gets the slices of the hand-written loop, which are faster than the `DataLoader` of its guides.
"""

import logging
import time
import warnings
from collections.abc import Iterator

import pytorch_lightning
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from tests.benchmarks.tasks import Task, fresh
from tests.benchmarks.training import EPOCHS, Trained, sliced, trained


class Module(pytorch_lightning.LightningModule):  # type: ignore[misc]
    """The network, its loss, its optimizer, and how many seconds each epoch took."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.seconds: list[float] = []

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], number: int) -> torch.Tensor:
        inputs, classes = batch
        return cross_entropy(self.model(inputs), classes)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters())

    def on_train_epoch_start(self) -> None:
        self._began = time.perf_counter()

    def on_train_epoch_end(self) -> None:
        self.seconds.append(time.perf_counter() - self._began)


def train(task: Task) -> Trained:
    """Adam with torch's defaults, as in the plain loops."""
    module = Module(fresh(task))
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice on loggers and on the number of workers
        trainer = pytorch_lightning.Trainer(
            max_epochs=EPOCHS, accelerator="cpu", devices=1, logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        trainer.fit(module, Slices(task))
    return trained(module.seconds, module.model, task)


class Slices:
    """The batches of the hand-written loop as something that can be gone through again and again."""

    def __init__(self, task: Task) -> None:
        self._batches = sliced(task)
        self._count = -(-len(task.inputs) // task.batch_size)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return iter(self._batches())

    def __len__(self) -> int:
        return self._count
