"""What is trained in comparisons: examples, a network, and the same network in plain torch."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from asanai_tui.data.preprocessing import ImagesPreprocessing, TablePreprocessing
from asanai_tui.data.spec import Table
from asanai_tui.network.modules import build
from asanai_tui.network.network import Network
from asanai_tui.training.batches import prepared


class Task(NamedTuple):
    """Examples, a network, and the same network in plain torch."""

    what: str
    inputs: NDArray[Any]
    classes: NDArray[np.int64]
    preprocessing: TablePreprocessing | ImagesPreprocessing
    layers: list[dict[str, Any]]
    batch_size: int
    plain: Callable[[], nn.Sequential]


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


def fresh(task: Task) -> nn.Sequential:
    """The network in plain torch, giving logits, with the first weights."""
    model = task.plain()
    load(model, start(task), task)
    return model


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
    """6,400 pictures of 28×28 in grey."""
    pictures, classes = patterns_under_noise(6400, 28, 28, 1)
    return Task(
        "small images (28 × 28, conv 8-16, batch 64, Adam)",
        pictures,
        classes,
        ImagesPreprocessing(28, 28, "grey", tuple("0123456789")),
        [*convolutions(8, 16), {"layer": "flatten"}, {"layer": "dense", "units": 10, "activation": "softmax"}],
        64,
        lambda: nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(784, 10),
        ),
    )  # fmt: skip


def photograph_task() -> Task:
    """1,280 pictures of 64×64 in colour, a network a little deeper, the batch size that is the default."""
    pictures, classes = patterns_under_noise(1280, 64, 64, 3)
    return Task(
        "photographs (64 × 64 × 3, conv 16-32-32, batch 32, Adam)",
        pictures,
        classes,
        ImagesPreprocessing(64, 64, "rgb", tuple("0123456789")),
        [*convolutions(16, 32, 32), {"layer": "flatten"}, {"layer": "dense", "units": 10, "activation": "softmax"}],
        32,
        lambda: nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(2048, 10),
        ),
    )  # fmt: skip


def patterns_under_noise(*shape: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures of ten patterns and their classes, one in ten wrong.

    Args:
        shape: how many, height, width and channels.
    """
    random = np.random.default_rng(1)
    classes = random.integers(0, 10, shape[0])
    patterns = random.integers(0, 128, (10, *shape[1:]))
    pictures = (patterns[classes] + random.integers(0, 128, shape)).astype(np.uint8)
    wrong = random.random(len(classes)) < 0.1
    classes[wrong] = random.integers(0, 10, int(wrong.sum()))
    return pictures, classes


def convolutions(*filters: int) -> list[dict[str, Any]]:
    """A 3×3 convolution for each number of filters, a pooling after each."""
    convolution = {"layer": "conv2d", "padding": "same", "activation": "relu"}
    pooling = {"layer": "max_pooling2d"}
    return [layer for each in filters for layer in ({**convolution, "filters": each}, pooling)]
