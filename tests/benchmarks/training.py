"""Training: the loop against those its user would have written, from the same weights, on the same data."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from asanai_tui.data.dataset import Dataset
from asanai_tui.data.preprocessing import ImagesPreprocessing, TablePreprocessing
from asanai_tui.data.spec import Table, Targets
from asanai_tui.network.modules import build
from asanai_tui.network.network import Network
from asanai_tui.training.batches import prepared
from asanai_tui.training.control import Control
from asanai_tui.training.loop import Trainer
from asanai_tui.training.recorder import Recorder
from asanai_tui.training.settings import Training
from tests.benchmarks.row import Row

EPOCHS = 4  # of one training; the first does not count
REPEATS = 5
SAME_LOSS = 0.1  # how far final losses may lie apart, as a share; speed that does not learn does not count
Batches = Callable[[], Iterable[tuple[torch.Tensor, torch.Tensor]]]


class Trained(NamedTuple):
    """What one training took and reached."""

    seconds: float  # of its fastest epoch
    loss: float  # over all examples, at the end


class Task(NamedTuple):
    """Examples, a network, and the same network in plain torch."""

    what: str
    inputs: NDArray[Any]
    classes: NDArray[np.int64]
    preprocessing: TablePreprocessing | ImagesPreprocessing
    layers: list[dict[str, Any]]
    batch_size: int
    plain: Callable[[], nn.Sequential]


def rows() -> list[Row]:
    """Table and pictures."""
    small, pictures = table_task(), picture_task()
    return [
        compared(small, "the loop with `DataLoader(TensorDataset)`", loaded, 3.0),
        compared(small, "a hand-written loop over slices with default Adam", sliced, 1.3),
        compared(pictures, "that loop in NCHW", sliced, 1.5),
    ]


def compared(task: Task, peer: str, batches: Callable[[Task], Batches], budget: float) -> Row:
    """Ours and theirs in turn; the ratio is the median of those of the pairs, so that slow moments meet both."""
    pairs = [(ours(task), theirs(task, batches(task))) for _ in range(REPEATS)]
    ratio = statistics.median(other.seconds / mine.seconds for mine, other in pairs)
    speeds = [
        len(task.inputs) / statistics.median(each.seconds for each in side) / 1000 for side in zip(*pairs, strict=True)
    ]
    losses = [statistics.median(each.loss for each in side) for side in zip(*pairs, strict=True)]
    learned = abs(losses[0] - losses[1]) <= SAME_LOSS * max(losses)
    return Row(
        f"{task.what}, against {peer}",
        f"{ratio:.2f} × as fast ({speeds[0]:.0f}k and {speeds[1]:.0f}k examples a second, "
        f"final loss {losses[0]:.3f} and {losses[1]:.3f})",
        f"≥ {budget:g} ×",
        ratio >= budget and learned,
    )


def ours(task: Task) -> Trained:
    """The program's own loop, with all it does besides: metric, recorder, wishes, check for NaN."""
    targets = Targets("classes", tuple(str(label) for label in range(int(task.classes.max()) + 1)))
    everything = np.arange(len(task.inputs))
    data = Dataset(task.inputs, task.classes, everything, everything[:0], everything[:0], task.preprocessing, ())
    settings = Training(
        epochs=EPOCHS, batch_size=task.batch_size, loss="categorical_crossentropy", metrics=("accuracy",), device="cpu"
    )
    recorder = Recorder()
    shape = tuple(task.inputs.shape[1:])
    trainer = Trainer(Network.decoded(task.layers), shape, settings, targets, data, Control(), recorder)
    trainer.model.load_keras_weights(start(task))
    outcome = trainer.run()
    assert outcome.state == "finished", outcome.message
    ends = [epoch.seconds for epoch in recorder.history()]
    probabilities = all_outputs(trainer.model, task)
    loss = -probabilities[torch.arange(len(probabilities)), torch.from_numpy(task.classes)].log().mean()
    return Trained(min(after - before for before, after in itertools.pairwise(ends)), float(loss))


def theirs(task: Task, batches: Batches) -> Trained:
    """The loop everybody writes; it keeps no account of anything."""
    model = task.plain()
    load(model, start(task), task)
    optimizer = torch.optim.Adam(model.parameters())
    seconds = []
    for _ in range(EPOCHS):
        began = time.perf_counter()
        for inputs, classes in batches():
            optimizer.zero_grad()
            cross_entropy(model(inputs), classes).backward()
            optimizer.step()
        seconds.append(time.perf_counter() - began)
    loss = cross_entropy(all_outputs(model, task), torch.from_numpy(task.classes))
    return Trained(min(seconds[1:]), float(loss))


def loaded(task: Task) -> Batches:
    """One example at a time, put together by a DataLoader."""
    examples = TensorDataset(plain_inputs(task), torch.from_numpy(task.classes))
    loader: Batches = DataLoader(examples, batch_size=task.batch_size, shuffle=True).__iter__
    return loader


def sliced(task: Task) -> Batches:
    """Slices of a new order each epoch."""
    inputs, classes = plain_inputs(task), torch.from_numpy(task.classes)

    def batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        order = torch.randperm(len(inputs))
        for begin in range(0, len(inputs), task.batch_size):
            rows = order[begin : begin + task.batch_size]
            yield inputs[rows], classes[rows]

    return batches


def plain_inputs(task: Task) -> torch.Tensor:
    """Float32, pictures as NCHW."""
    inputs = prepared(torch.from_numpy(task.inputs))
    return torch.empty(inputs.shape).copy_(inputs)


@torch.no_grad()
def all_outputs(model: nn.Module, task: Task) -> torch.Tensor:
    return torch.cat([model(part) for part in plain_inputs(task).split(1000)])


def start(task: Task) -> dict[str, torch.Tensor]:
    """The same first weights for everyone, in Keras' layout."""
    torch.manual_seed(1)
    return build(Network.decoded(task.layers), tuple(task.inputs.shape[1:])).keras_weights()


@torch.no_grad()
def load(model: nn.Sequential, weights: dict[str, torch.Tensor], task: Task) -> None:
    """First weights into plain torch; a dense layer after pictures sees them channels first there, last in Keras."""
    kernels = [value for name, value in weights.items() if name.endswith("kernel")]
    layers = [layer for layer in model if isinstance(layer, nn.Linear | nn.Conv2d)]
    for layer, kernel in zip(layers, kernels, strict=True):
        if isinstance(layer, nn.Conv2d):
            channels, kernel = layer.out_channels, kernel.permute(3, 2, 0, 1)
        elif task.inputs.ndim == 4:
            side = round((len(kernel) / channels) ** 0.5)
            kernel = kernel.reshape(side, side, channels, -1).permute(2, 0, 1, 3).flatten(0, 2).T
        else:
            kernel = kernel.T
        layer.weight.copy_(kernel)
        layer.bias.zero_()


def table_task() -> Task:
    """100,000 rows of 32 numbers and 3 classes, one in ten wrong."""
    random = np.random.default_rng(1)
    inputs = random.normal(size=(100_000, 32)).astype(np.float32)
    classes = np.tanh(inputs @ random.normal(size=(32, 3))).argmax(1)
    wrong = random.random(len(classes)) < 0.1
    classes[wrong] = random.integers(0, 3, int(wrong.sum()))
    dense = {"layer": "dense", "units": 64, "activation": "relu"}
    return Task(
        "table training (100k × 32, 64-64-3, batch 256, Adam)",
        inputs,
        classes,
        TablePreprocessing(Table(path="table.csv"), ()),
        [dense, dense, {"layer": "dense", "units": 3, "activation": "softmax"}],
        256,
        lambda: nn.Sequential(
            nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3)
        ),
    )  # fmt: skip


def picture_task() -> Task:
    """6,400 pictures of 28×28: ten patterns under noise, one in ten with a wrong label."""
    random = np.random.default_rng(1)
    classes = random.integers(0, 10, 6400)
    patterns = random.integers(0, 128, (10, 28, 28, 1))
    pictures = (patterns[classes] + random.integers(0, 128, (6400, 28, 28, 1))).astype(np.uint8)
    wrong = random.random(len(classes)) < 0.1
    classes[wrong] = random.integers(0, 10, int(wrong.sum()))
    convolution = {"layer": "conv2d", "padding": "same", "activation": "relu"}
    pooling = {"layer": "max_pooling2d"}
    return Task(
        "small images (28 × 28, conv 8-16, batch 64, Adam)",
        pictures,
        classes,
        ImagesPreprocessing(28, 28, "grey", tuple("0123456789")),
        [
            {**convolution, "filters": 8},
            pooling,
            {**convolution, "filters": 16},
            pooling,
            {"layer": "flatten"},
            {"layer": "dense", "units": 10, "activation": "softmax"},
        ],
        64,
        lambda: nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(784, 10),
        ),
    )  # fmt: skip
