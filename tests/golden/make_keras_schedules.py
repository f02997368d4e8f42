"""Asks the real Keras for its learning rates and for when it stops, for tests/unit/test_schedules.py. Run by hand:

KERAS_BACKEND=torch keras/bin/python tests/golden/make_keras_schedules.py
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.optimizers import schedules

EPOCHS, BATCHES = 6, 8
STEPS = EPOCHS * BATCHES


def main() -> None:
    values = [1.0, 0.8, 0.79, 0.81, 0.8, 0.6, 0.6, 0.59999, 0.61, 0.6, 0.6, 0.7, 0.6, 0.6, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
    content = {
        "schedules": [
            case({"name": "cosine"}, schedules.CosineDecay(1.0, STEPS)),
            case({"name": "cosine", "alpha": 0.2}, schedules.CosineDecay(1.0, STEPS, 0.2)),
            case(
                {"name": "cosine", "warmup_epochs": 2.0},
                schedules.CosineDecay(0.0, STEPS - 2 * BATCHES, warmup_target=1.0, warmup_steps=2 * BATCHES),
            ),
            case(
                {"name": "exponential", "decay_epochs": 2.0, "decay_rate": 0.5},
                schedules.ExponentialDecay(1.0, 2 * BATCHES, 0.5),
            ),
        ],
        "plateaus": [
            plateau({"decay_rate": 0.5, "patience": 2}, values),
            plateau({"decay_rate": 0.1, "patience": 1, "cooldown": 3, "min_lr": 0.005}, values),
            plateau({"decay_rate": 0.5, "patience": 3, "min_delta": 0.05, "cooldown": 1}, values),
        ],
        "stops": [
            stop({"patience": 1}, values),
            stop({"patience": 4, "min_delta": 0.0}, values),
            stop({"patience": 3, "min_delta": 0.001}, values),
            stop({"patience": 2, "start_from_epoch": 5}, values),
        ],
    }
    path = Path(__file__).with_name("keras_schedules.json")
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def case(options: dict[str, Any], schedule: schedules.LearningRateSchedule) -> dict[str, Any]:
    rates = [float(keras.ops.convert_to_numpy(schedule(step))) for step in range(STEPS)]
    return {**options, "epochs": EPOCHS, "rates": rates}


def plateau(options: dict[str, Any], values: list[float]) -> dict[str, Any]:
    names = {"decay_rate": "factor"}
    callback = keras.callbacks.ReduceLROnPlateau("loss", **{names.get(key, key): options[key] for key in options})
    model = compiled()
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"loss": value})
        rates.append(float(np.asarray(model.optimizer.learning_rate)))
    return {"options": options, "values": values, "rates": rates}


def stop(options: dict[str, Any], values: list[float]) -> dict[str, Any]:
    callback, model = keras.callbacks.EarlyStopping("loss", **options), compiled()
    model.stop_training = False
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"loss": value})
        if model.stop_training:
            return {"options": options, "values": values, "stopped_after": epoch + 1}
    raise SystemExit(f"Keras never stops with {options}.")


def compiled() -> keras.Model:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    return model


if __name__ == "__main__":
    main()
