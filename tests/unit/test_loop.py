"""The loop: it learns what Keras learns, obeys at once, and says what went wrong."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch

from asanai_tui.errors import InputError
from asanai_tui.training import device
from asanai_tui.training.control import Control
from asanai_tui.training.settings import SGD, Adam, Training
from tests.unit.trainings import dataset, dense, golden, network, trainer, xor

SECONDS = 20.0  # after which a test gives up waiting


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Nothing to measure, and sums in the same order each time."""
    before = torch.get_num_threads()
    monkeypatch.setattr(device, "all_threads", lambda: 1)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def table(examples=64, inputs=4, classes=3, seed=1):
    random = np.random.default_rng(seed)
    values = random.normal(size=(examples, inputs)).astype(np.float32)
    return values, (values @ random.normal(size=(inputs, classes))).argmax(1)


def classifier(hidden=8, classes=3):
    return network(dense(hidden, "relu"), dense(classes, "softmax"))


CLASSES = Training(epochs=3, batch_size=8, loss="categorical_crossentropy", metric="accuracy")
NUMBERS = Training(epochs=3, batch_size=8, loss="mean_squared_error", metric="mean_absolute_error")


def losses(run):
    return [(epoch.loss, epoch.val_loss) for epoch in run.recorder.history()]


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
        metric=case["metric"],
        shuffle=False,
    )
    run = trainer(layers, dataset(inputs, targets, validation=7), settings)
    run.model.load_keras_weights({name: torch.tensor(value) for name, value in case["start"].items()})
    assert run.run().state == "finished"
    for key, values in case["history"].items():
        assert [getattr(epoch, key) for epoch in run.recorder.history()] == pytest.approx(values, rel=2e-4), key
    for name, value in run.model.keras_weights().items():
        assert value.flatten().tolist() == pytest.approx(np.ravel(case["weights"][name]).tolist(), abs=2e-4), name


def test_xor_is_learned():
    settings = Training(
        epochs=300, batch_size=4, optimizer=Adam(learning_rate=0.05), loss="binary_crossentropy", metric="accuracy"
    )
    run = trainer(network(dense(8, "tanh"), dense(1, "sigmoid")), dataset(*xor()), settings)
    outcome = run.run()
    assert (outcome.state, run.recorder.snapshot().recorded) == ("finished", 300)
    assert run.best is not None
    assert run.best.metric == 1.0
    with torch.no_grad():
        assert run.model(torch.from_numpy(xor()[0])).round().flatten().tolist() == [0, 1, 1, 0]


def test_two_classes_with_one_output_learn():
    values, _ = table(inputs=2)
    run = trainer(
        network(dense(1, "sigmoid")),
        dataset(values, (values[:, 0] > 0).astype(np.int64), validation=16),
        Training(
            epochs=40, batch_size=8, optimizer=Adam(learning_rate=0.1), loss="binary_crossentropy", metric="accuracy"
        ),
    )
    assert run.run().state == "finished"
    assert run.best is not None
    assert run.best.val_metric is not None
    assert run.best.val_metric > 0.9


def test_saturated_weights_still_learn():
    """Logits of ±50 against the right answer: with clipped probabilities the gradient would be 0 for ever."""
    inputs, classes = np.eye(2, dtype=np.float32), np.array([1, 0])
    settings = Training(
        epochs=60, batch_size=2, optimizer=SGD(learning_rate=2.0), loss="categorical_crossentropy", metric="accuracy"
    )
    run = trainer(network(dense(2, "softmax")), dataset(inputs, classes), settings)
    run.model.load_keras_weights({"0.kernel": torch.eye(2) * 100 - 50, "0.bias": torch.zeros(2)})
    run.run()
    first, last = run.recorder.history()[0], run.recorder.history()[-1]
    assert first.loss == pytest.approx(100)
    assert last.metric == 1.0


def test_same_seed_same_losses_and_another_seed_others():
    layers = network(dense(16, "relu"), {"layer": "dropout", "rate": 0.3}, dense(3, "softmax"))
    data = dataset(*table(), validation=16)
    runs = [trainer(layers, data, Training(**{**vars_of(CLASSES), "seed": seed})) for seed in (1, 1, 2)]
    for run in runs:
        assert run.run().state == "finished"
    first, again, other = (losses(run) for run in runs)
    assert first == again
    assert first != other
    weights, same = (run.best_weights for run in runs[:2])
    assert all(torch.equal(weights[name], same[name]) for name in weights)


def vars_of(settings):
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


def test_shuffled_runs_differ_from_unshuffled():
    data = dataset(*table())
    runs = [trainer(classifier(), data, Training(**{**vars_of(CLASSES), "shuffle": on})) for on in (True, False)]
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
    assert epoch.metric == pytest.approx(10 * np.abs(difference).mean(), rel=1e-5)
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


def test_the_best_epoch_has_the_lowest_validation_loss_and_its_weights():
    data = dataset(*table(), validation=16)
    settings = Training(**{**vars_of(CLASSES), "epochs": 30, "optimizer": Adam(learning_rate=0.3)})
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


class Running:
    """A training in a thread of its own, as in the program."""

    def __init__(self, **options):
        self.control = Control()
        data = dataset(*table(20_000, 8), validation=4000)
        self.trainer = trainer(
            classifier(32), data, Training(**{**vars_of(CLASSES), "epochs": 100_000}), self.control, **options
        )
        self.outcome = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        self.wait(lambda shot: shot.batch > 0)

    def _run(self):
        self.outcome = self.trainer.run()

    @property
    def shot(self):
        return self.trainer.recorder.snapshot()

    def wait(self, condition):
        ends = time.monotonic() + SECONDS
        while not condition(self.shot):
            assert time.monotonic() < ends, self.shot
            time.sleep(0.005)

    def end(self):
        self.control.stop()
        began = time.monotonic()
        self.thread.join(SECONDS)
        return time.monotonic() - began


@pytest.fixture
def running():
    run = Running()
    yield run
    run.end()


def test_stop_at_once(running):
    assert running.end() < 1
    assert running.outcome.state == "stopped"
    assert all(bool(value.isfinite().all()) for value in running.trainer.best_weights.values())


def test_stop_while_validating_leaves_at_the_batch():
    """One epoch of training, then the wish arrives with the first batch of validation."""
    control = Control()
    run = trainer(classifier(), dataset(*table(), validation=16), CLASSES, control)
    validate = run._objective.model.eval
    run._objective.model.eval = lambda: (control.stop(), validate())[1]
    assert run.run().state == "stopped"
    assert run.recorder.snapshot().recorded == 0


def test_pause_and_go_on_and_stop_out_of_a_pause(running):
    running.control.pause()
    running.wait(lambda shot: shot.state == "paused")
    held = running.shot
    time.sleep(0.15)
    assert running.shot == held
    running.control.go_on()
    running.wait(lambda shot: shot.state == "training" and shot.revision > held.revision + 2)
    running.control.pause()
    running.wait(lambda shot: shot.state == "paused")
    assert running.end() < 1
    assert running.outcome.state == "stopped"


def test_a_pause_does_not_count_as_time(running):
    running.wait(lambda shot: shot.recorded >= 1)
    running.control.pause()
    running.wait(lambda shot: shot.state == "paused")
    before, recorded = time.monotonic(), running.shot.recorded
    last = running.shot.last.seconds
    time.sleep(0.5)
    running.control.go_on()
    running.wait(lambda shot: shot.recorded > recorded)
    passed = time.monotonic() - before
    following = running.trainer.recorder.history(recorded)[0]
    assert following.seconds - last < passed - 0.4


def test_a_new_learning_rate_acts_at_once(running):
    running.control.set_learning_rate(1e-30)
    running.wait(lambda shot: shot.learning_rate == 1e-30)
    recorded = running.shot.recorded
    running.wait(lambda shot: shot.recorded >= recorded + 3)
    still = running.trainer.recorder.history(recorded + 1)[:2]
    assert still[0].learning_rate == 1e-30
    assert still[0].val_loss == pytest.approx(still[1].val_loss, rel=1e-6)


def test_progress_is_told_a_few_times_a_second(running):
    running.wait(lambda shot: shot.recorded >= 1)
    first, began = running.shot, time.monotonic()
    time.sleep(0.6)
    last, passed = running.shot, time.monotonic() - began
    reports = last.revision - first.revision - (last.recorded - first.recorded)
    assert 2 <= reports <= 11 * passed + 1
    assert last.samples_per_second > 0
    assert last.seconds_left is not None
    assert (last.batches, last.epochs, last.metric_name) == (2000, 100_000, "accuracy")


def test_a_learning_rate_that_is_too_high_ends_with_the_layer_and_finite_best_weights():
    layers = network(dense(8), dense(8), dense(1))
    inputs = np.random.default_rng(1).normal(size=(64, 4)).astype(np.float32)
    settings = Training(**{**vars_of(NUMBERS), "epochs": 200, "optimizer": SGD(learning_rate=2.0)})
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
    assert outcome == (
        "failed",
        "The loss is not finite: the targets reach 1e+30; scale them, or lower the learning rate.",
    )


def test_inputs_that_are_not_finite_are_named():
    values, classes = table()
    values[5, 2] = np.inf
    outcome = trainer(classifier(), dataset(values, classes), CLASSES).run()
    assert outcome == ("failed", "The inputs of a batch hold a value that is not finite; look for it in the data.")


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
import resource, torch
from tests.unit.test_loop import NUMBERS
from tests.unit.trainings import dataset, dense, network, trainer, xor
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**29, -1))
trainer(network(dense(20_000), dense(20_000), dense(1)), dataset(*xor()), NUMBERS)
"""


def test_full_memory_is_a_sentence():
    """In a process of its own that may take half a gibibyte more; the second layer alone needs 1.6 GB."""
    done = subprocess.run([sys.executable, "-c", FULL_MEMORY], capture_output=True, text=True, check=False)
    assert "InputError: The memory of cpu does not suffice for batches of 8; make batch_size or" in done.stderr


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
    with pytest.raises(InputError, match=says):
        trainer(layers, dataset(*xor()), NUMBERS)


@pytest.mark.parametrize("name", ["cuda:99", "cuda", "gpu", "cuda:", "cuda:x"])
def test_an_absent_or_unknown_device_is_a_sentence(name):
    if name == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(InputError, match=f"device '?{name}'?"):
        device.chosen(name)


def test_the_processor_in_words():
    torch.set_num_threads(1)
    assert device.describe(device.chosen("cpu")) == "cpu · 1 thread"
    torch.set_num_threads(2)
    assert device.describe(device.chosen("cpu")) == "cpu · 2 threads"


def test_the_faster_number_of_threads_is_taken(monkeypatch):
    monkeypatch.setattr(device, "all_threads", lambda: 2)
    for slow, fast in ((1, 2), (2, 1)):
        device.set_fastest_threads(lambda slow=slow: time.sleep(0.004 if torch.get_num_threads() == slow else 0.001))
        assert torch.get_num_threads() == fast


def test_measuring_threads_leaves_no_trace(monkeypatch):
    layers = network(dense(8), {"layer": "batch_normalization"}, {"layer": "dropout"}, dense(3, "softmax"))
    plain = trainer(layers, dataset(*table()), CLASSES)
    plain.run()
    monkeypatch.setattr(device, "set_fastest_threads", lambda step: [step() for _ in range(5)])
    measured = trainer(layers, dataset(*table()), CLASSES)
    measured.run()
    assert losses(plain) == losses(measured)
