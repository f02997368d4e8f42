"""Keras on torch, as its guides show it: `compile`, then `fit` with arrays."""

import os
import tempfile
import time
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"
os.environ.setdefault("KERAS_HOME", tempfile.mkdtemp())  # where it writes its settings; the user's are left alone

import keras
import torch
from torch.nn.functional import nll_loss

from tests.benchmarks.tasks import Task, start
from tests.benchmarks.training import EPOCHS, Trained

KINDS = {
    "dense": keras.layers.Dense,
    "conv2d": keras.layers.Conv2D,
    "max_pooling2d": keras.layers.MaxPooling2D,
    "flatten": keras.layers.Flatten,
}


class EpochTimes(keras.callbacks.Callback):  # type: ignore[misc]
    """How many seconds each epoch took."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds.append(time.perf_counter() - self._began)


def train(task: Task) -> Trained:
    """Adam and its options are Keras' own defaults, which are also ours."""
    inputs = task.inputs if task.inputs.ndim == 2 else task.inputs.astype("float32") / 255
    model = keras.Sequential([keras.Input(inputs.shape[1:]), *(built(layer) for layer in task.layers)])
    for variable, value in zip(model.trainable_variables, start(task).values(), strict=True):
        variable.assign(value)
    model.compile("adam", "sparse_categorical_crossentropy")
    times = EpochTimes()
    model.fit(inputs, task.classes, batch_size=task.batch_size, epochs=EPOCHS, verbose=0, callbacks=[times])
    probabilities = torch.from_numpy(model.predict(inputs, verbose=0))
    return Trained(min(times.seconds[1:]), float(nll_loss(probabilities.log(), torch.from_numpy(task.classes))))


def built(layer: dict[str, Any]) -> keras.layers.Layer:
    """The layer of that name; the options have Keras' names already."""
    options = {name: value for name, value in layer.items() if name != "layer"}
    return KINDS[layer["layer"]](**({"kernel_size": 3} if layer["layer"] == "conv2d" else {}), **options)
