"""Training that cannot go on: a sentence that names the place, and weights that are still good."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from msgspec.structs import replace as replaced

from asanai_tui.errors import InputError
from asanai_tui.training.optimizer_settings import SGD
from asanai_tui.training.settings import Training
from tests.unit.trainings import CLASSES, NUMBERS, classifier, dataset, dense, network, table, trainer, xor


def test_a_learning_rate_that_is_too_high_ends_with_the_layer_and_finite_best_weights():
    layers = network(dense(8), dense(8), dense(1))
    inputs = np.random.default_rng(1).normal(size=(64, 4)).astype(np.float32)
    settings = replaced(NUMBERS, epochs=200, optimizer=SGD(learning_rate=2.0))
    run = trainer(layers, dataset(inputs, inputs[:, :1].copy(), validation=16), settings)
    outcome = run.run()
    assert outcome.state == "failed"
    assert "layer " in outcome.message
    assert "(dense)" in outcome.message
    assert "lower the learning rate" in outcome.message
    assert all(bool(value.isfinite().all()) for value in run.best_weights.values())


@pytest.mark.parametrize("validation", [0, 16])
def test_the_first_layer_that_went_wrong_is_named(validation):
    """exp(1000 · x) overflows in the second layer; the first is sound, the third only passes it on."""
    layers = network(dense(4), dense(4, "exponential"), dense(1))
    inputs = np.random.default_rng(1).normal(size=(64, 4)).astype(np.float32)
    run = trainer(layers, dataset(inputs, inputs[:, :1].copy(), validation), NUMBERS)
    weights = run.model.keras_weights()
    weights["1.kernel"] = torch.full((4, 4), 1000.0)
    run.model.load_keras_weights(weights)
    outcome = run.run()
    assert outcome.state == "failed"
    assert "layer 2 (dense)" in outcome.message
    assert "output" in outcome.message


def test_a_broken_weight_is_named():
    run = trainer(classifier(), dataset(*table()), CLASSES)
    weights = run.model.keras_weights()
    weights["1.bias"] = torch.tensor([0.0, float("nan"), 0.0])
    run.model.load_keras_weights(weights)
    assert "layer 2 (dense) went wrong, its bias is not finite" in run.run().message


def test_a_last_step_that_breaks_the_weights_is_noticed_without_validation():
    inputs = np.full((8, 1), 1e19, np.float32)
    settings = Training(epochs=1, batch_size=8, optimizer=SGD(learning_rate=100))
    run = trainer(network(dense(1)), dataset(inputs, np.ones((8, 1), np.float32)), settings)
    run.model.load_keras_weights({"0.kernel": torch.full((1, 1), 0.5), "0.bias": torch.zeros(1)})
    outcome = run.run()
    assert outcome.state == "failed"
    assert "layer 1 (dense)" in outcome.message
    assert "scale the inputs" in outcome.message
    assert all(bool(value.isfinite().all()) for value in run.best_weights.values())


def test_targets_that_are_out_of_reach_are_said():
    values, _ = table()
    outcome = trainer(network(dense(1)), dataset(values, np.full((64, 1), 1e30, np.float32)), NUMBERS).run()
    assert outcome[:2] == (
        "failed",
        "The loss is not finite: the targets reach 1e+30; scale them, or lower the learning rate.",
    )


def test_inputs_that_are_not_finite_are_named():
    values, classes = table()
    values[5, 2] = np.inf
    outcome = trainer(classifier(), dataset(values, classes), CLASSES).run()
    assert outcome[:2] == ("failed", "The inputs of a batch hold a value that is not finite; look for it in the data.")


def test_an_unexpected_error_is_a_sentence_and_a_log(tmp_path, monkeypatch):
    monkeypatch.setenv("ASANAI_TUI_HOME", str(tmp_path))

    def broken(run, epoch):
        raise ZeroDivisionError("a fault of the program")

    outcome = trainer(classifier(), dataset(*table()), CLASSES, on_epoch=broken).run()
    assert outcome.state == "failed"
    assert "ZeroDivisionError" in outcome.message
    assert "\n" not in outcome.message
    assert "Traceback" in (tmp_path / "state" / "log.txt").read_text()


FULL_MEMORY = """
import resource
from tests.unit.trainings import NUMBERS, dataset, dense, network, trainer, xor
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**29, -1))
trainer(network(dense(20_000), dense(20_000), dense(1)), dataset(*xor()), NUMBERS)
"""


def test_full_memory_is_a_sentence():
    """In a process of its own that may take half a gibibyte more; the second layer alone needs 1.6 GB."""
    done = subprocess.run([sys.executable, "-c", FULL_MEMORY], capture_output=True, text=True, check=False)
    assert "InputError: The memory of cpu does not suffice for batches of 8; make batch_size or" in done.stderr


SHORT_MEMORY = """
import resource
from tests.unit.test_loop_failures import wide
run = wide()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 110 * 2**20, -1))
outcome = run.run()
print(outcome.state, run.best and run.best.val_loss, outcome.message)
"""


def wide():
    """A step of it needs about 70 MB, and batches four times as large, as they are judged in, twice as much."""
    inputs = np.random.default_rng(1).normal(size=(2048, 4)).astype(np.float32)
    settings = replaced(NUMBERS, batch_size=256, epochs=1, threads=1)
    return trainer(
        network(dense(16_000, "relu"), dense(1)), dataset(inputs, inputs[:, :1].copy(), validation=1024), settings
    )


def test_examples_are_judged_in_as_many_parts_as_the_memory_wants():
    done = subprocess.run([sys.executable, "-c", SHORT_MEMORY], capture_output=True, text=True, check=False)
    state, loss, told = done.stdout.split(maxsplit=2)
    run = wide()
    assert run.run().state == "finished"
    assert (state, told.strip()) == ("finished", "Trained for 1 epoch.")
    assert float(loss) == pytest.approx(run.best.val_loss, rel=1e-5)


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        (network(), "No layer has weights"),
        (network(dense(1, trainable=False)), "No layer has weights that may be trained"),
        (network(dense(2)), "2 numbers, but there are 1 target"),
        (network({"layer": "reshape", "target_shape": [2, 1]}, dense(1)), "add a flatten layer"),
    ],
)
def test_networks_that_cannot_be_trained(layers, says):
    with pytest.raises(InputError) as told:
        trainer(layers, dataset(*xor()), NUMBERS)
    assert re.search(says, str(told.value))
