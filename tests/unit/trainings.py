"""Small trainings for the tests."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.dataset import Dataset
from asanai_tui.data.preprocessing import Fitted, ImagesPreprocessing, TablePreprocessing
from asanai_tui.data.spec import Column, Table, Targets
from asanai_tui.network.network import Network
from asanai_tui.training.control import Control
from asanai_tui.training.loop import Trainer
from asanai_tui.training.recorder import Recorder
from asanai_tui.training.settings import Training

CLASSES = Training(epochs=3, batch_size=8, loss="categorical_crossentropy", metrics=("accuracy",))
NUMBERS = Training(epochs=3, batch_size=8, loss="mean_squared_error", metrics=("mean_absolute_error",))
GOLDEN = Path(__file__).parents[1] / "golden" / "keras_training.json"


def golden() -> dict[str, Any]:
    """What the real Keras computed."""
    content: dict[str, Any] = msgspec.json.decode(GOLDEN.read_bytes())
    return content


def network(*layers: dict[str, Any]) -> Network:
    return Network.decoded(list(layers))


def dense(units: int, activation: str = "linear", **options: Any) -> dict[str, Any]:
    return {"layer": "dense", "units": units, "activation": activation, **options}


def numbers(inputs: int, targets: int, scale: float = 1.0) -> TablePreprocessing:
    """A table of numbers."""
    columns = [Column(name=f"x{index}") for index in range(inputs)]
    columns += [Column(name=f"y{index}", role="target") for index in range(targets)]
    spec = Table(path="table.csv", columns=tuple(columns))
    return TablePreprocessing(spec, (Fitted(),) * inputs, (Fitted(scale=scale),) * targets)


def dataset(
    inputs: NDArray[Any], targets: NDArray[Any], validation: int = 0, scale: float = 1.0
) -> tuple[Dataset, Targets]:
    """The last `validation` examples are the validation part; whole numbers as targets are classes."""
    rows = np.arange(len(inputs))
    train, rest = rows[: len(rows) - validation], rows[len(rows) - validation :]
    if targets.dtype == np.int64:
        kind = Targets("classes", tuple(f"class {label}" for label in range(int(targets.max()) + 1)))
    else:
        kind = Targets("numbers", tuple(f"y{index}" for index in range(targets.shape[1])))
    pictures = inputs.ndim == 4
    preprocessing = (
        ImagesPreprocessing(*inputs.shape[1:3], "grey" if inputs.shape[3] == 1 else "rgb", kind.names)
        if pictures
        else numbers(inputs.shape[1], 0 if kind.kind == "classes" else kind.count, scale)
    )
    return Dataset(inputs, targets, train, rest, rest[:0], preprocessing, ()), kind


def xor() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return inputs, np.array([[0], [1], [1], [0]], np.float32)


def trainer(
    layers: Network, data: tuple[Dataset, Targets], settings: Training, control: Control | None = None, **options: Any
) -> Trainer:
    examples, targets = data
    shape = tuple(int(extent) for extent in examples.inputs.shape[1:])
    return Trainer(layers, shape, settings, targets, examples, control or Control(), Recorder(), **options)


def table(examples: int = 64, inputs: int = 4, classes: int = 3) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Random rows whose class is a linear function of them."""
    random = np.random.default_rng(1)
    values = random.normal(size=(examples, inputs)).astype(np.float32)
    return values, (values @ random.normal(size=(inputs, classes))).argmax(1)


def classifier(hidden: int = 8, classes: int = 3) -> Network:
    return network(dense(hidden, "relu"), dense(classes, "softmax"))


def losses(run: Trainer) -> list[tuple[float, float | None]]:
    """Loss and validation loss of every epoch."""
    return [(epoch.loss, epoch.val_loss) for epoch in run.recorder.history()]
