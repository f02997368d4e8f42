"""The loop learns what Keras learns."""

import numpy as np
import pytest
import torch
from msgspec.structs import replace as replaced

from asanai_tui.training.optimizer_settings import SGD, Adam
from asanai_tui.training.settings import Training
from tests.unit.trainings import (
    CLASSES,
    NUMBERS,
    classifier,
    dataset,
    dense,
    golden,
    losses,
    network,
    table,
    trainer,
    xor,
)


@pytest.mark.parametrize("case", golden()["trainings"], ids=lambda case: case["last"])
def test_three_epochs_are_those_of_keras(case):
    """Regularizers, batch normalization, an uneven last batch, validation: history and weights."""
    inputs = np.array(case["inputs"], np.float32)
    targets = np.array(case["targets"], np.float32 if case["last"] == "linear" else np.int64)
    layers = network(
        dense(6, "tanh", kernel_regularizer={"name": "l1_l2", "l1": 0.01, "l2": 0.02}),
        {"layer": "batch_normalization", "momentum": 0.8},
        dense(5, "relu", activity_regularizer={"name": "l2", "l2": 0.03}),
        dense(case["units"], case["last"]),
    )
    settings = Training(
        epochs=3,
        batch_size=5,
        optimizer=Adam(learning_rate=0.05),
        loss=case["loss"],
        metrics=(case["metric"],),
        shuffle=False,
    )
    run = trainer(layers, dataset(inputs, targets, validation=7), settings)
    run.model.load_keras_weights({name: torch.tensor(value) for name, value in case["start"].items()})
    assert run.run().state == "finished"
    for key, values in case["history"].items():
        name = key.replace("metric", case["metric"])
        assert [epoch.value(name) for epoch in run.recorder.history()] == pytest.approx(values, rel=2e-4), key
    for name, value in run.model.keras_weights().items():
        assert value.flatten().tolist() == pytest.approx(np.ravel(case["weights"][name]).tolist(), abs=2e-4), name


def test_xor_is_learned():
    settings = Training(
        epochs=300, batch_size=4, optimizer=Adam(learning_rate=0.05), loss="binary_crossentropy", metrics=("accuracy",)
    )
    run = trainer(network(dense(8, "tanh"), dense(1, "sigmoid")), dataset(*xor()), settings)
    outcome = run.run()
    assert (outcome.state, run.recorder.snapshot().recorded) == ("finished", 300)
    assert run.best is not None
    assert run.best.metrics["accuracy"] == 1.0
    with torch.no_grad():
        assert run.model(torch.from_numpy(xor()[0])).round().flatten().tolist() == [0, 1, 1, 0]


def test_two_classes_with_one_output_learn():
    values, _ = table(inputs=2)
    run = trainer(
        network(dense(1, "sigmoid")),
        dataset(values, (values[:, 0] > 0).astype(np.int64), validation=16),
        Training(
            epochs=40,
            batch_size=8,
            optimizer=Adam(learning_rate=0.1),
            loss="binary_crossentropy",
            metrics=("accuracy",),
        ),
    )
    assert run.run().state == "finished"
    assert run.best is not None
    assert run.best.metrics["val_accuracy"] is not None
    assert run.best.metrics["val_accuracy"] > 0.9


def test_saturated_weights_still_learn():
    """Logits of ±50 against the right answer: with clipped probabilities the gradient would be 0 for ever."""
    inputs, classes = np.eye(2, dtype=np.float32), np.array([1, 0])
    settings = Training(
        epochs=60,
        batch_size=2,
        optimizer=SGD(learning_rate=2.0),
        loss="categorical_crossentropy",
        metrics=("accuracy",),
    )
    run = trainer(network(dense(2, "softmax")), dataset(inputs, classes), settings)
    run.model.load_keras_weights({"0.kernel": torch.eye(2) * 100 - 50, "0.bias": torch.zeros(2)})
    run.run()
    first, last = run.recorder.history()[0], run.recorder.history()[-1]
    assert first.loss == pytest.approx(100)
    assert last.metrics["accuracy"] == 1.0


def test_same_seed_same_losses_and_another_seed_others():
    layers = network(dense(16, "relu"), {"layer": "dropout", "rate": 0.3}, dense(3, "softmax"))
    data = dataset(*table(), validation=16)
    runs = [trainer(layers, data, replaced(CLASSES, seed=seed)) for seed in (1, 1, 2)]
    for run in runs:
        assert run.run().state == "finished"
    first, again, other = (losses(run) for run in runs)
    assert first == again
    assert first != other
    weights, same = (run.best_weights for run in runs[:2])
    assert all(torch.equal(weights[name], same[name]) for name in weights)


def test_shuffled_runs_differ_from_unshuffled():
    data = dataset(*table())
    runs = [trainer(classifier(), data, replaced(CLASSES, shuffle=on)) for on in (True, False)]
    for run in runs:
        run.run()
    assert losses(runs[0]) != losses(runs[1])


@pytest.mark.parametrize("examples", [1, 2, 9, 17])
def test_batches_larger_than_the_data_and_batches_of_one(examples):
    layers = network(dense(4), {"layer": "batch_normalization"}, {"layer": "relu"}, dense(1))
    inputs = np.random.default_rng(1).normal(size=(examples + 1, 3)).astype(np.float32)
    run = trainer(layers, dataset(inputs, inputs[:, :1].copy(), validation=1), NUMBERS)
    assert run.run().state == "finished"
    assert all(np.isfinite(loss) and np.isfinite(val_loss) for loss, val_loss in losses(run))


def test_the_loss_of_an_epoch_is_the_mean_over_examples():
    """Learning rate 0 in effect: the loss of 17 examples in batches of 8 is that of all of them."""
    inputs = np.random.default_rng(1).normal(size=(17, 3)).astype(np.float32)
    targets = np.random.default_rng(2).normal(size=(17, 1)).astype(np.float32)
    settings = Training(epochs=1, batch_size=8, optimizer=SGD(learning_rate=1e-30))
    run = trainer(network(dense(1)), dataset(inputs, targets, scale=10.0), settings)
    run.run()
    with torch.no_grad():
        difference = run.model(torch.from_numpy(inputs)).numpy() - targets
    epoch = run.recorder.history()[0]
    assert epoch.loss == pytest.approx(np.square(difference).mean(), rel=1e-5)
    assert epoch.metrics["mean_absolute_error"] == pytest.approx(10 * np.abs(difference).mean(), rel=1e-5)
    assert epoch.val_loss is None


def test_pictures_are_bytes_from_0_to_1_in_a_memory_map(tmp_path):
    random = np.random.default_rng(1)
    classes = np.arange(40) % 2
    pictures = (random.integers(0, 100, (40, 6, 5, 3)) + 100 * classes[:, None, None, None]).astype(np.uint8)
    np.save(tmp_path / "pictures.npy", pictures)
    layers = network(
        {"layer": "conv2d", "filters": 4, "activation": "relu"},
        {"layer": "max_pooling2d"},
        {"layer": "flatten"},
        dense(2, "softmax"),
    )
    runs = [
        trainer(layers, dataset(inputs, classes, validation=8), CLASSES)
        for inputs in (pictures, np.load(tmp_path / "pictures.npy", mmap_mode="r"))
    ]
    for run in runs:
        assert run.run().state == "finished"
    assert losses(runs[0]) == losses(runs[1])
    scaled = torch.from_numpy(pictures[32:]).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        chance = runs[0].model(scaled)[torch.arange(8), torch.from_numpy(classes[32:])]
    assert losses(runs[0])[-1][1] == pytest.approx(-chance.log().mean().item(), rel=1e-4)


def test_late_relus_give_the_same_training():
    """A relu before max pooling is moved behind it; a sigmoid is not. Gradients must not notice."""
    pictures = np.random.default_rng(1).integers(0, 256, (24, 9, 8, 2), dtype=np.uint8)
    ends = ({"layer": "max_pooling2d", "padding": "same", "strides": [1, 2]}, {"layer": "flatten"}, dense(2, "softmax"))
    together = network({"layer": "conv2d", "filters": 4, "activation": "relu"}, *ends)
    apart = network({"layer": "conv2d", "filters": 4}, {"layer": "relu"}, *ends)
    data = dataset(pictures, np.arange(24) % 2)
    runs = [trainer(layers, data, CLASSES) for layers in (together, apart)]
    for run in runs:
        run.run()
    assert losses(runs[0]) == pytest.approx(losses(runs[1]), rel=1e-6)


def test_constraints_hold_after_every_step():
    layers = network(dense(4, kernel_constraint={"name": "max_norm", "max_value": 0.5}), dense(3, "softmax"))
    run = trainer(layers, dataset(*table()), replaced(CLASSES, optimizer=SGD(learning_rate=1.0)))
    run.run()
    assert run.best_weights["0.kernel"].norm(dim=0).max() == pytest.approx(0.5, rel=1e-4)
    assert run.best_weights["1.kernel"].norm(dim=0).max() > 0.5


def test_the_best_epoch_has_the_lowest_validation_loss_and_its_weights():
    data = dataset(*table(), validation=16)
    settings = replaced(CLASSES, epochs=30, optimizer=Adam(learning_rate=0.3))
    kept = {}
    run = trainer(
        classifier(16),
        data,
        settings,
        on_epoch=lambda run, epoch: kept.update(
            {epoch.epoch: {k: v.clone() for k, v in run.model.keras_weights().items()}}
        ),
    )
    run.run()
    best = min(run.recorder.history(), key=lambda epoch: epoch.val_loss)
    assert run.best == best
    assert best.epoch < 30
    assert all(torch.equal(kept[best.epoch][name], value) for name, value in run.best_weights.items())
