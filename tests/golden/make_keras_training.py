"""Computes losses, metrics, optimizer steps and whole trainings with the real Keras, for tests/unit. Run by hand:

python3 -m venv keras && keras/bin/pip install torch==2.13.0 keras numpy
KERAS_BACKEND=torch keras/bin/python tests/golden/make_keras_training.py
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

OPTIMIZERS: dict[str, list[dict[str, Any]]] = {
    "sgd": [
        {},
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    ],
    "rmsprop": [
        {},
        {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.9},
        {"learning_rate": 0.01, "centered": True},
        {"learning_rate": 0.01, "momentum": 0.5, "centered": True, "epsilon": 1e-3},
    ],
    "adam": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9}, {"learning_rate": 0.1, "epsilon": 1e-3}],
}
MORE_OPTIMIZERS: dict[str, list[dict[str, Any]]] = {
    "sgd": [
        {"weight_decay": 0.1, "momentum": 0.5},
        {"learning_rate": 0.1, "clipnorm": 0.2},
        {"learning_rate": 0.1, "global_clipnorm": 0.2},
        {"learning_rate": 0.1, "clipvalue": 0.1},
    ],
    "adam": [{"learning_rate": 0.1, "beta_2": 0.5, "amsgrad": True}, {"learning_rate": 0.1, "weight_decay": 0.01}],
    "adamw": [{}, {"learning_rate": 0.1, "weight_decay": 0.1}, {"learning_rate": 0.1, "global_clipnorm": 0.1}],
    "nadam": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9}, {"learning_rate": 0.1, "epsilon": 1e-3}],
    "adamax": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}],
    "adagrad": [{}, {"learning_rate": 0.1, "initial_accumulator_value": 0.001, "epsilon": 1e-3}],
    "adadelta": [{}, {"learning_rate": 1.0, "rho": 0.8, "epsilon": 1e-3}],
    "lion": [{}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "weight_decay": 0.1}],
    "muon": [{}, {"learning_rate": 0.1, "nesterov": False, "ns_steps": 3, "rms_rate": 1.0, "weight_decay": 0.1}],
}
CLASSES = {
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "adamax": keras.optimizers.Adamax,
    "adagrad": keras.optimizers.Adagrad,
    "adadelta": keras.optimizers.Adadelta,
    "lion": keras.optimizers.Lion,
    "muon": keras.optimizers.Muon,
}
SHAPES = [(3, 2), (2,), (2, 4), (4,)]  # of the weights that are stepped together
STEPS = 6


def main() -> None:
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    content = {
        "losses": losses(random),
        "optimizers": [steps(name, options, random) for name, cases in OPTIMIZERS.items() for options in cases],
        "tensors": [tensors(name, options) for name, cases in MORE_OPTIMIZERS.items() for options in cases],
        "more_losses": more_losses(),
        "trainings": [training(kind, random) for kind in ("softmax", "sigmoid", "linear")],
    }
    path = Path(__file__).with_name("keras_training.json")
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def losses(random: np.random.Generator) -> list[dict[str, Any]]:
    """Loss and metric values of 7 examples; probabilities, some of them exactly 0 and 1, and plain numbers."""
    probabilities = random.dirichlet(np.ones(3), 7).astype(np.float32)
    probabilities[0] = (1, 0, 0)
    several = random.uniform(0, 1, (7, 3)).astype(np.float32)
    several[0] = (1, 0, 0.5)
    one_hot = np.eye(3, dtype=np.float32)[random.integers(0, 3, 7)]
    one_hot[0] = (0, 1, 0)
    yes_no = random.integers(0, 2, (7, 3)).astype(np.float32)
    numbers = random.normal(size=(2, 7, 3)).astype(np.float32)
    cases = (
        ("categorical_crossentropy", keras.losses.categorical_crossentropy, one_hot, probabilities),
        ("categorical_crossentropy", keras.losses.categorical_crossentropy, one_hot, several),
        ("binary_crossentropy", keras.losses.binary_crossentropy, yes_no, several),
        ("mean_squared_error", keras.losses.mean_squared_error, *numbers),
        ("mean_squared_error", keras.losses.mean_squared_error, one_hot, probabilities),
    )
    return [
        {
            "loss": name,
            "targets": targets.tolist(),
            "outputs": outputs.tolist(),
            "value": float(np.mean(keras.ops.convert_to_numpy(function(targets, outputs)))),
            "metrics": {
                "categorical_accuracy": measured(keras.metrics.CategoricalAccuracy(), targets, outputs),
                "binary_accuracy": measured(keras.metrics.BinaryAccuracy(), targets, outputs),
                "mean_absolute_error": measured(keras.metrics.MeanAbsoluteError(), targets, outputs),
                "mean_squared_error": measured(keras.metrics.MeanSquaredError(), targets, outputs),
            },
        }
        for name, function, targets, outputs in cases
    ]


def more_losses() -> list[dict[str, Any]]:
    """Values of further losses and options, over 9 examples and 4 outputs."""
    random = np.random.default_rng(11)
    numbers = random.normal(size=(2, 9, 4)).astype(np.float32) * 3
    positive = np.abs(numbers)
    shares = random.dirichlet(np.ones(4), (2, 9)).astype(np.float32)
    one_hot = np.eye(4, dtype=np.float32)[random.integers(0, 4, 9)]
    yes_no = random.integers(0, 2, (9, 4)).astype(np.float32)
    likely = random.uniform(0, 1, (9, 4)).astype(np.float32)
    k = keras.losses
    cases: list[tuple[str, dict[str, Any], Any, Any, Any]] = [
        ("mean_absolute_error", {}, k.mean_absolute_error, *numbers),
        ("mean_absolute_percentage_error", {}, k.mean_absolute_percentage_error, *numbers),
        ("mean_squared_logarithmic_error", {}, k.mean_squared_logarithmic_error, *numbers),
        ("mean_squared_logarithmic_error", {}, k.mean_squared_logarithmic_error, *positive),
        ("log_cosh", {}, k.log_cosh, *numbers),
        ("huber", {}, k.huber, *numbers),
        ("huber", {"delta": 0.3}, k.huber, *numbers),
        ("poisson", {}, k.poisson, *positive),
        ("kl_divergence", {}, k.kl_divergence, *shares),
        ("kl_divergence", {}, k.kl_divergence, one_hot, shares[0]),
        ("cosine_similarity", {}, k.cosine_similarity, *numbers),
        ("hinge", {}, k.hinge, yes_no, numbers[0]),
        ("hinge", {}, k.hinge, 2 * yes_no - 1, numbers[0]),
        ("squared_hinge", {}, k.squared_hinge, yes_no, numbers[0]),
        ("categorical_hinge", {}, k.categorical_hinge, one_hot, numbers[0]),
        ("binary_crossentropy", {"label_smoothing": 0.2}, k.binary_crossentropy, yes_no, likely),
        ("categorical_crossentropy", {"label_smoothing": 0.2}, k.categorical_crossentropy, one_hot, shares[0]),
        ("binary_focal_crossentropy", {}, k.binary_focal_crossentropy, yes_no, likely),
        (
            "binary_focal_crossentropy",
            {"gamma": 3.0, "label_smoothing": 0.1},
            k.binary_focal_crossentropy,
            yes_no,
            likely,
        ),
        ("categorical_focal_crossentropy", {}, k.categorical_focal_crossentropy, one_hot, shares[0]),
        (
            "categorical_focal_crossentropy",
            {"alpha": 0.5, "gamma": 1.0, "label_smoothing": 0.1},
            k.categorical_focal_crossentropy,
            one_hot,
            shares[0],
        ),
    ]
    return [
        {
            "loss": name,
            "options": options,
            "targets": targets.tolist(),
            "outputs": outputs.tolist(),
            "value": float(np.mean(keras.ops.convert_to_numpy(function(targets, outputs, **options)))),
        }
        for name, options, function, targets, outputs in cases
    ]


def measured(metric: keras.Metric, targets: Any, outputs: Any) -> float:
    metric.update_state(targets, outputs)
    return float(metric.result())


def steps(name: str, options: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """Six steps of four weights, one with gradients as small as epsilon; the learning rate halves after the third."""
    start = random.normal(size=4).astype(np.float32)
    gradients = (random.normal(size=(STEPS, 4)) * (1, 1e-2, 1e-5, 1e-7)).astype(np.float32)
    optimizer, weights, trace = CLASSES[name](**options), keras.Variable(start), []
    for number, gradient in enumerate(gradients):
        if number == 3:
            optimizer.learning_rate = float(optimizer.learning_rate) / 2
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weights])
        trace.append(keras.ops.convert_to_numpy(weights.value).tolist())
    return {
        "optimizer": {"name": name, **options},
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "trace": trace,
    }


def tensors(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Six steps of several weight tensors together; the learning rate halves after the third."""
    random = np.random.default_rng(7)
    start = [random.normal(size=shape).astype(np.float32) for shape in SHAPES]
    scales = (1, 1e-2, 1e-4, 1e-6)
    gradients = [
        [(random.normal(size=shape) * scale).astype(np.float32) for shape, scale in zip(SHAPES, scales, strict=True)]
        for _ in range(STEPS)
    ]
    optimizer, weights, trace = CLASSES[name](**options), [keras.Variable(value) for value in start], []
    for number, step_gradients in enumerate(gradients):
        if number == 3:
            optimizer.learning_rate = float(optimizer.learning_rate) / 2
        optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in step_gradients], weights)
        trace.append([keras.ops.convert_to_numpy(value.value).tolist() for value in weights])
    return {
        "optimizer": {"name": name, **options},
        "start": [value.tolist() for value in start],
        "gradients": [[value.tolist() for value in step] for step in gradients],
        "trace": trace,
    }


def training(last: str, random: np.random.Generator) -> dict[str, Any]:
    """Three epochs over 23 examples in batches of 5 with 7 for validation, regularized, in the given order."""
    loss, metric, units = {
        "softmax": ("categorical_crossentropy", "accuracy", 3),
        "sigmoid": ("binary_crossentropy", "accuracy", 1),
        "linear": ("mean_squared_error", "mean_absolute_error", 2),
    }[last]
    inputs = random.normal(size=(30, 4)).astype(np.float32)
    classes = random.integers(0, max(2, units), 30)
    answers = {
        "softmax": np.eye(3, dtype=np.float32)[classes],
        "sigmoid": classes[:, None].astype(np.float32),
        "linear": random.normal(size=(30, 2)).astype(np.float32),
    }[last]
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(6, activation="tanh", kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02)),
            keras.layers.BatchNormalization(momentum=0.8),
            keras.layers.Dense(5, activation="relu", activity_regularizer=keras.regularizers.L2(0.03)),
            keras.layers.Dense(units, activation=last),
        ]
    )
    start = stored(model)
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=[metric])
    history = model.fit(
        inputs[:23], answers[:23], 5, 3, verbose=0, shuffle=False, validation_data=(inputs[23:], answers[23:])
    ).history
    return {
        "loss": loss,
        "metric": metric,
        "last": last,
        "units": units,
        "inputs": inputs.tolist(),
        "targets": (answers if last == "linear" else classes).tolist(),
        "start": start,
        "history": {key.replace(metric, "metric"): values for key, values in history.items()},
        "weights": stored(model),
    }


def stored(model: keras.Sequential) -> dict[str, Any]:
    return {
        f"{position}.{weight.name}": keras.ops.convert_to_numpy(weight.value).tolist()
        for position, layer in enumerate(model.layers)
        for weight in layer.weights
    }


if __name__ == "__main__":
    main()
