"""Computes metrics over uneven batches with the real Keras, for tests/unit. Run by hand:

python3 -m venv keras && keras/bin/pip install torch==2.13.0 keras numpy
KERAS_BACKEND=torch keras/bin/python tests/golden/make_keras_metrics.py
"""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Metric = Callable[[], keras.Metric]
BATCH = 5
k = keras.metrics

ERRORS: dict[str, Metric] = {
    "mean_absolute_error": k.MeanAbsoluteError,
    "mean_squared_error": k.MeanSquaredError,
    "root_mean_squared_error": k.RootMeanSquaredError,
    "mean_absolute_percentage_error": k.MeanAbsolutePercentageError,
    "mean_squared_logarithmic_error": k.MeanSquaredLogarithmicError,
    "log_cosh": k.LogCoshError,
    "cosine_similarity": k.CosineSimilarity,
    "r2": k.R2Score,
}
OF_CLASSES: dict[str, Metric] = {
    "accuracy": k.CategoricalAccuracy,
    "binary_accuracy": k.BinaryAccuracy,
    "categorical_accuracy": k.CategoricalAccuracy,
    "top_3_accuracy": lambda: k.TopKCategoricalAccuracy(3),
    "top_5_accuracy": lambda: k.TopKCategoricalAccuracy(5),
    "precision": k.Precision,
    "recall": k.Recall,
    "f1": lambda: k.F1Score("macro"),
    "f1_micro": lambda: k.F1Score("micro"),
    "f1_weighted": lambda: k.F1Score("weighted"),
    "auc": k.AUC,
    "auc_pr": lambda: k.AUC(curve="PR"),
}
OF_ONE: dict[str, Metric] = {  # output, which tells two classes apart
    "accuracy": k.BinaryAccuracy,
    "binary_accuracy": k.BinaryAccuracy,
    "precision": k.Precision,
    "recall": k.Recall,
    "f1": lambda: k.F1Score("macro", 0.5),
    "auc": k.AUC,
    "auc_pr": lambda: k.AUC(curve="PR"),
}
OF_TWO: dict[str, Metric] = {  # outputs, one for each class
    "accuracy": k.CategoricalAccuracy,
    "binary_accuracy": k.BinaryAccuracy,
    "precision": lambda: k.Precision(class_id=1),
    "recall": lambda: k.Recall(class_id=1),
    "f1_micro": lambda: k.F1Score("micro"),
    "f1_weighted": lambda: k.F1Score("weighted"),
}
OF_SEVERAL: dict[str, Metric] = {  # outputs, each a yes or a no
    "accuracy": k.BinaryAccuracy,
    "precision": k.Precision,
    "recall": k.Recall,
    "f1": lambda: k.F1Score("macro", 0.5),
    "f1_micro": lambda: k.F1Score("micro", 0.5),
    "f1_weighted": lambda: k.F1Score("weighted", 0.5),
    "auc": k.AUC,
    "auc_pr": lambda: k.AUC(curve="PR"),
}


def main() -> None:
    path = Path(__file__).with_name("keras_metrics.json")
    path.write_text(json.dumps([*classes(), *one(), *two(), *several(), *numbers()], separators=(",", ":")) + "\n")


def classes() -> list[dict[str, Any]]:
    random = np.random.default_rng(1)
    wanted = random.integers(0, 6, 23)
    given = random.dirichlet(np.full(6, 0.7), 23).astype(np.float32)
    given[np.arange(0, 23, 2), wanted[::2]] += 1
    given /= given.sum(1, keepdims=True)
    equal = np.full((23, 6), 1 / 6, np.float32)
    equal[::3] = np.eye(6, dtype=np.float32)[wanted[::3]]
    absent = np.where(wanted == 2, 3, wanted)
    return [
        case("classes", given, wanted, OF_CLASSES),
        case("classes, one absent", given, absent, OF_CLASSES),
        case("classes, one example", given[:1], wanted[:1], OF_CLASSES),
        case("classes, equal outputs", equal, wanted, OF_CLASSES),
        case("classes, wide", *wide(), OF_CLASSES),
    ]


def wide() -> tuple[Array, NDArray[np.int64]]:
    """More classes than examples of most of them."""
    random = np.random.default_rng(2)
    return random.dirichlet(np.full(30, 0.1), 60).astype(np.float32), random.integers(0, 30, 60)


def one() -> list[dict[str, Any]]:
    random = np.random.default_rng(3)
    wanted = random.integers(0, 2, (31, 1)).astype(np.float32)
    given = np.clip(random.normal(0.3 + 0.4 * wanted, 0.3), 0, 1).astype(np.float32)
    on_thresholds = (random.integers(0, 200, (31, 1)) / 199).astype(np.float32)
    on_thresholds[:4] = ((0.5,), (0,), (1,), (0.5,))
    return [
        case("one", given, wanted, OF_ONE),
        case("one, at thresholds", on_thresholds, wanted, OF_ONE),
        case("one, none of them", given, np.zeros_like(wanted), OF_ONE),
        case("one, all of them", given, np.ones_like(wanted), OF_ONE),
        case("one, never said", np.full_like(given, 0.25), wanted, OF_ONE),
        case("one, one example", given[:1], wanted[:1], OF_ONE),
    ]


def two() -> list[dict[str, Any]]:
    random = np.random.default_rng(4)
    wanted = random.integers(0, 2, 17)
    second = np.clip(random.normal(0.3 + 0.4 * wanted, 0.3), 0, 1).astype(np.float32)
    return [case("two", np.stack((1 - second, second), 1), wanted, OF_TWO)]


def several() -> list[dict[str, Any]]:
    random = np.random.default_rng(5)
    wanted = random.integers(0, 2, (19, 4)).astype(np.float32)
    given = np.clip(random.normal(0.3 + 0.4 * wanted, 0.3), 0, 1).astype(np.float32)
    never = wanted * np.array([1, 1, 0, 1], np.float32)
    return [case("several", given, wanted, OF_SEVERAL), case("several, one never", given, never, OF_SEVERAL)]


def numbers() -> list[dict[str, Any]]:
    """Outputs and targets of the network, and metrics of them times `scale` plus `center`."""
    random = np.random.default_rng(6)
    wanted = random.normal(size=(23, 3)).astype(np.float32)
    given = (wanted + 0.4 * random.normal(size=(23, 3))).astype(np.float32)
    constant = wanted * np.array([1, 0, 1], np.float32)
    units = {"scale": [10.0, 0.5, 3.0], "center": [50.0, 1.0, -2.0]}
    return [
        case("numbers", given, wanted, ERRORS),
        case("numbers, in units", given, wanted, ERRORS, units),
        case("numbers, one constant", given, constant, ERRORS),
        case("numbers, one constant and met", given * np.array([1, 0, 1], np.float32), constant, ERRORS),
        case("numbers, one example", given[:1], wanted[:1], ERRORS),
    ]


def case(
    name: str, given: Array, wanted: NDArray[Any], metrics: Mapping[str, Metric], units: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    full = np.eye(given.shape[1], dtype=np.float32)[wanted] if wanted.dtype == np.int64 else wanted
    said = given
    if units:
        scale, center = (np.array(units[each], np.float32) for each in ("scale", "center"))
        said, full = given * scale + center, full * scale + center
    found = {}
    for metric, make in metrics.items():
        counter = make()
        for start in range(0, len(said), BATCH):
            counter.update_state(full[start : start + BATCH], said[start : start + BATCH])
        value = float(keras.ops.convert_to_numpy(counter.result()))
        found[metric] = value if math.isfinite(value) else None
    shown = {"name": name, "outputs": given.tolist(), "targets": wanted.tolist(), "values": found}
    return {**shown, **(units or {})}


if __name__ == "__main__":
    main()
