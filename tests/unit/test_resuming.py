"""A training that goes on ends as one that was never interrupted, to the bit."""

import dataclasses
import threading

import msgspec
import numpy as np
import pytest
import torch
from msgspec.structs import replace as replaced
from safetensors.torch import save_file

from asanai_tui.checking import decoded
from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.errors import InputError
from asanai_tui.runs import checkpoint
from asanai_tui.training.control import Control
from asanai_tui.training.epochs import Epochs
from asanai_tui.training.recorder import Epoch
from asanai_tui.training.settings import Training
from tests.unit.trainings import dataset, dense, network, trainer

PICTURES = network(
    {"layer": "gaussian_noise", "stddev": 0.1, "seed": 3},
    {"layer": "conv2d", "filters": 4, "activation": "relu", "kernel_regularizer": "l2"},
    {"layer": "batch_normalization"},
    {"layer": "flatten"},
    {"layer": "dropout", "rate": 0.4},
    dense(3, "softmax", kernel_constraint="max_norm"),
)
EVERYTHING = decoded(
    {
        "epochs": 4,
        "batch_size": 6,
        "loss": "categorical_crossentropy",
        "metrics": ["accuracy", "f1", "auc"],
        "class_weights": True,
        "optimizer": {"name": "adamw", "learning_rate": 0.01, "global_clipnorm": 0.5},
        "schedule": {"name": "cosine", "warmup_epochs": 1.0},
        "early_stopping": {"patience": 3},
        "ema_momentum": 0.8,
        "micro_batches": 2,
        "threads": 1,
    },
    Training,
)
CHANGES = Augmentation(rotate=20.0, flip="across", noise=0.05, cut_out=0.2, mix_up=0.3)


class StopsAt(Control):
    """Wishes the end when the loop looks for the `number`th time."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    @property
    def stopping(self) -> bool:
        self.left -= 1
        return self.left <= 0


def pictures():
    random = np.random.default_rng(4)
    inputs = random.integers(0, 256, (40, 6, 6, 3)).astype(np.uint8)
    return dataset(inputs, random.integers(0, 3, 40), validation=11)


def made(settings=EVERYTHING, control=None, standing=None, **options):
    return trainer(PICTURES, pictures(), settings, control, augmentation=CHANGES, standing=standing, **options)


def finished(run):
    """All that a run leaves: where it stands, and its history without times."""
    standing = run.standing()
    numbers = msgspec.to_builtins(standing.numbers)
    epochs = [replaced(epoch, seconds=0.0) for epoch in run.recorder.history()]
    del numbers["seconds"]
    numbers["best"]["seconds"] = 0
    return numbers, epochs, standing.tensors


def differences(ours, wanted):
    """In which of what `finished` gave two runs differ, by name."""
    numbers = [name for name in wanted[0] if ours[0].get(name) != wanted[0][name]]
    epochs = [] if ours[1] == wanted[1] else ["history"]
    both = [name for name in wanted[2] if name in ours[2] and torch.equal(ours[2][name], wanted[2][name])]
    return [*numbers, *epochs, *sorted((ours[2].keys() | wanted[2].keys()) - set(both))]


def gone_on(run, tmp_path, settings=EVERYTHING, control=None):
    """As after a kill: through the file, with a new trainer and the history so far."""
    checkpoint.save(tmp_path / "state.safetensors", run.standing(), "digest")
    standing, digest = checkpoint.load(tmp_path / "state.safetensors")
    assert digest == "digest"
    later = made(settings, control, standing)
    later.recorder.begin_with(Epochs(run.recorder.history()), later.best)
    return later


@pytest.fixture(scope="module")
def whole():
    run = made()
    assert run.run().state == "finished"
    return finished(run)


@pytest.mark.parametrize("looks", range(2, 25, 3))
def test_stopped_anywhere_and_gone_on(whole, tmp_path, looks):
    """A look is a batch of training or of validation, so stops fall on both, and on the ends of epochs."""
    run = made(control=StopsAt(looks))
    assert run.run().state == "stopped"
    later = gone_on(run, tmp_path)
    assert later.run().state == "finished"
    assert differences(finished(later), whole) == []


def test_stopped_again_and_again(whole, tmp_path):
    run = made(control=StopsAt(3))
    run.run()
    for stop in range(30):
        run = gone_on(run, tmp_path, control=StopsAt(3 + stop % 2))
        if run.run().state == "finished":
            break
    assert differences(finished(run), whole) == []


@pytest.mark.parametrize(
    "optimizer", ["sgd", "rmsprop", "adam", "nadam", "radam", "adamax", "adagrad", "adadelta", "lion", "muon"]
)
def test_every_optimizer_goes_on_where_it_was(tmp_path, optimizer):
    options = {"name": optimizer, **({"momentum": 0.9} if optimizer in ("sgd", "rmsprop") else {})}
    settings = replaced(EVERYTHING, optimizer=decoded({"optimizer": options}, Training).optimizer)
    wanted, run = made(settings), made(settings, StopsAt(12))
    wanted.run()
    run.run()
    later = gone_on(run, tmp_path, settings)
    later.run()
    assert differences(finished(later), finished(wanted)) == []


@pytest.mark.parametrize("schedule", ["constant", "step", "exponential", "one_cycle", "reduce_on_plateau"])
def test_every_schedule_goes_on_where_it_was(tmp_path, schedule):
    options = {"name": schedule, **({"patience": 1} if schedule == "reduce_on_plateau" else {})}
    settings = replaced(EVERYTHING, schedule=decoded({"schedule": options}, Training).schedule, epochs=6)
    wanted, run = made(settings), made(settings, StopsAt(17))
    wanted.run()
    run.run()
    later = gone_on(run, tmp_path, settings)
    later.run()
    assert differences(finished(later), finished(wanted)) == []


def test_half_precision_goes_on_too(tmp_path):
    settings = replaced(EVERYTHING, precision="float16")
    wanted, run = made(settings), made(settings, StopsAt(11))
    wanted.run()
    run.run()
    later = gone_on(run, tmp_path, settings)
    later.run()
    assert differences(finished(later), finished(wanted)) == []


def test_looking_at_it_changes_nothing(whole):
    """Checkpoints are written at moments that depend on the clock."""
    looked = []
    run = made(on_moment=lambda trainer: looked.append(trainer.standing()))
    assert run.run().state == "finished"
    assert looked
    assert differences(finished(run), whole) == []


def test_what_others_draw_meanwhile_changes_nothing(whole):
    """The screen predicts and builds networks while a training runs."""
    run = made(on_moment=lambda trainer: torch.randn(3))
    over = threading.Event()

    def others():
        while not over.is_set():
            torch.manual_seed(1)
            torch.randn(5)

    thread = threading.Thread(target=others)
    thread.start()
    run.run()
    over.set()
    thread.join()
    assert differences(finished(run), whole) == []


def test_more_epochs_than_were_planned(tmp_path):
    settings = replaced(EVERYTHING, schedule=Training().schedule, early_stopping=Training().early_stopping)
    short = made(replaced(settings, epochs=2))
    short.run()
    longer, wanted = gone_on(short, tmp_path, settings), made(settings)
    longer.run()
    wanted.run()
    assert differences(finished(longer), finished(wanted)) == []


def test_no_file_is_no_checkpoint(tmp_path):
    assert checkpoint.load(tmp_path / "state.safetensors") is None


@pytest.mark.parametrize("keep", [0, 7, 8, 100, 0.5, 0.99])
def test_a_torn_file_is_a_sentence(tmp_path, keep):
    run = made(replaced(EVERYTHING, epochs=1))
    run.run()
    path = tmp_path / "state.safetensors"
    checkpoint.save(path, run.standing(), "")
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    with pytest.raises(InputError, match=r"state\.safetensors is damaged, so the run cannot go on"):
        checkpoint.load(path)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("change", ["other bytes", "a bit", "a gap"])
def test_a_file_that_was_torn_within_is_a_sentence(tmp_path, place, change):
    """Of the same length or shorter, in the numbers or in the tensors: never another training without a word."""
    run = made(replaced(EVERYTHING, epochs=1))
    run.run()
    path = tmp_path / "state.safetensors"
    checkpoint.save(path, run.standing(), "")
    content = bytearray(path.read_bytes())
    at = int(place * len(content))
    if change == "a bit":
        content[at] ^= 64
    else:
        content[at : at + 64] = b"" if change == "a gap" else b"7" * min(64, len(content) - at)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"state\.safetensors is damaged, so the run cannot go on"):
        checkpoint.load(path)


@pytest.mark.parametrize("content", ["[]", '{"numbers": []}', '{"numbers": {"format": 2}}', '"numbers"'])
def test_a_file_with_other_json_is_a_sentence(tmp_path, content):
    path = tmp_path / "state.safetensors"
    save_file({"weights": torch.zeros(3)}, path, {checkpoint.KEY: content})
    with pytest.raises(InputError, match=r"state\.safetensors is damaged, so the run cannot go on"):
        checkpoint.load(path)


def test_a_file_of_another_network_is_a_sentence(tmp_path):
    run = made(replaced(EVERYTHING, epochs=1))
    run.run()
    checkpoint.save(tmp_path / "state.safetensors", run.standing(), "")
    standing, _ = checkpoint.load(tmp_path / "state.safetensors")
    with pytest.raises(InputError, match="does not belong to this network"):
        trainer(network({"layer": "flatten"}, dense(3, "softmax")), pictures(), EVERYTHING, standing=standing)


def test_the_data_has_a_digest():
    data, _ = pictures()
    other = dataclasses.replace(data, train=data.train[::-1])
    assert checkpoint.digest_of(data) == checkpoint.digest_of(pictures()[0])
    assert checkpoint.digest_of(data) != checkpoint.digest_of(other)
    inputs = data.inputs.copy()
    inputs[7, 0, 0, 0] ^= 1
    assert checkpoint.digest_of(dataclasses.replace(data, inputs=inputs)) != checkpoint.digest_of(data)


def test_changes_while_it_trains_are_in_the_history_and_hold_after_a_stop(tmp_path):
    control = Control()
    control.wish(learning_rate=0.5, epochs=3, patience=7)
    run = made(replaced(EVERYTHING, schedule=Training().schedule), control)
    run.run()
    history = run.recorder.history()
    assert history[0].changes == {"learning_rate": 0.5, "epochs": 3, "patience": 7}
    assert (history[0].learning_rate, len(history), history[1].changes) == (0.5, 3, {})
    numbers = run.standing().numbers
    assert (numbers.learning_rate, numbers.epochs, numbers.patience) == (0.5, 3, 7)
    assert msgspec.json.decode(msgspec.json.encode(history[0]), type=Epoch) == history[0]
