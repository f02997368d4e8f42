"""Training that begins with trained weights: what is taken over, what is refused, and what the run says of it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from asanai_tui import project as projects
from asanai_tui.data.dataset import load
from asanai_tui.errors import InputError
from asanai_tui.network.layers import layer_from
from asanai_tui.network.network import Network
from asanai_tui.project import Project
from asanai_tui.runs import information
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training import model_file
from asanai_tui.training.control import Control
from asanai_tui.training.loop import Trainer
from asanai_tui.training.recorder import Recorder
from asanai_tui.training.starting import Start, start_from
from tests.unit.trainings import CLASSES, classifier, dataset, dense, network, table, trainer


@pytest.fixture(scope="module")
def iris(samples: Path) -> Project:
    project = projects.load(samples / "iris" / "project.toml")
    return msgspec.structs.replace(project, training=msgspec.structs.replace(project.training, epochs=40))


@pytest.fixture(scope="module")
def trained(iris: Project, tmp_path_factory: pytest.TempPathFactory) -> TrainingSession:
    """A finished training of iris; its weights are good."""
    return ended(TrainingSession(iris, tmp_path_factory.mktemp("first")))


def ended(session: TrainingSession) -> TrainingSession:
    session.start()
    assert session.join(60)
    return session


def model_of(session: TrainingSession) -> Path:
    assert session.model_path is not None, session.recorder.snapshot().message
    return session.model_path


def with_network(project: Project, layers: Network, **training: Any) -> Project:
    settings = msgspec.structs.replace(project.training, **training)
    return msgspec.structs.replace(project, network=layers, training=settings)


def start(session: TrainingSession, project: Project) -> Start:
    return start_from(model_of(session), project.network, project.input_shape)


def validation_losses(session: TrainingSession) -> list[float]:
    return [epoch.val_loss or 0.0 for epoch in session.recorder.history()]


def layer(name: str, **options: Any) -> Any:
    return layer_from({"layer": name, **options}, "test")


def altered(path: Path, to: Path, **changes: torch.Tensor) -> Path:
    content = model_file.load(path)
    model_file.save(to, content._replace(weights={**content.weights, **changes}))
    return to


def test_it_begins_where_the_old_one_ended(iris: Project, trained: TrainingSession, tmp_path: Path) -> None:
    further = ended(TrainingSession(iris, tmp_path, start(trained, iris)))
    first, last = validation_losses(trained)[0], min(validation_losses(trained))
    assert abs(validation_losses(further)[0] - last) < 0.05 * first
    assert min(validation_losses(further)) < last


def test_an_inserted_layer_lets_the_others_keep_most_of_what_they_know(
    iris: Project, trained: TrainingSession, tmp_path: Path
) -> None:
    edited = with_network(iris, iris.network.inserted(1, layer("batch_normalization")), epochs=1)
    further = ended(TrainingSession(edited, tmp_path / "on", start(trained, edited)))
    fresh = ended(TrainingSession(edited, tmp_path / "anew"))
    assert validation_losses(further)[0] < 0.7 * validation_losses(fresh)[0]


def test_before_the_first_step_the_weights_are_those_of_the_file(iris: Project, trained: TrainingSession) -> None:
    edited = with_network(iris, iris.network.replaced(1, layer("dense", units=9)).inserted(0, layer("prelu")))
    begun = start(trained, edited)
    examples = load(edited.data, lambda _: None, lambda: False)
    targets = edited.data.targets
    run = Trainer(
        edited.network, edited.input_shape, edited.training, targets, examples, Control(), Recorder(),
        weights=begun.weights,
    )  # fmt: skip
    old, now = model_file.load(model_of(trained)).weights, run.model.keras_weights()
    assert begun.alignment.kept == (1,)
    assert torch.equal(now["1.kernel"], old["0.kernel"])
    assert torch.equal(now["1.bias"], old["0.bias"])
    fresh = Trainer(
        edited.network, edited.input_shape, edited.training, targets, examples, Control(), Recorder()
    ).model.keras_weights()
    assert all(torch.equal(now[name], fresh[name]) for name in now if not name.startswith("1."))


def test_a_frozen_layer_keeps_its_weights_to_the_bit(iris: Project, trained: TrainingSession, tmp_path: Path) -> None:
    frozen = msgspec.structs.replace(iris.network[0], trainable=False)  # type: ignore[call-arg]
    edited = with_network(iris, iris.network.replaced(0, frozen), epochs=3)
    further = ended(TrainingSession(edited, tmp_path, start(trained, edited)))
    old, now = model_file.load(model_of(trained)).weights, model_file.load(model_of(further)).weights
    assert torch.equal(old["0.kernel"], now["0.kernel"])
    assert torch.equal(old["0.bias"], now["0.bias"])
    assert not torch.equal(old["1.kernel"], now["1.kernel"])


def test_statistics_of_a_normalization_come_along(tmp_path: Path) -> None:
    layers = network(dense(4, "relu"), {"layer": "batch_normalization"}, dense(3, "softmax"))
    data = dataset(*table())
    run = trainer(layers, data, CLASSES)
    run.run()
    path = tmp_path / "model.safetensors"
    weights = run.model.keras_weights()
    model_file.save(
        path,
        model_file.ModelFile(layers, (4,), data[0].preprocessing, data[1], CLASSES.loss, CLASSES.metrics, {}, weights),
    )
    begun = start_from(path, layers, (4,))
    assert begun.epoch is None
    assert begun.origin == "model.safetensors"
    after = trainer(layers, data, CLASSES, weights=begun.weights).model.keras_weights()
    assert torch.equal(after["1.moving_mean"], weights["1.moving_mean"])
    assert float(after["1.moving_mean"].abs().sum()) > 0


def test_without_trained_weights_nothing_differs_from_before() -> None:
    data = dataset(*table())
    assert trainer(classifier(), data, CLASSES).model.keras_weights().keys() == {
        "0.kernel", "0.bias", "1.kernel", "1.bias",
    }  # fmt: skip
    with pytest.raises(InputError, match=r"weight '7.kernel' does not belong"):
        trainer(classifier(), data, CLASSES, weights={"7.kernel": torch.zeros(1)})


def test_the_run_says_what_it_began_with(iris: Project, trained: TrainingSession, tmp_path: Path) -> None:
    edited = with_network(iris, iris.network.replaced(1, layer("dense", units=9)), epochs=1)
    begun = start(trained, edited)
    assert trained.directory is not None
    best = trained.recorder.snapshot().best
    assert best is not None
    assert begun.origin == f"epoch {best.epoch} of {trained.directory.name}"
    further = ended(TrainingSession(edited, tmp_path, begun))
    assert further.origin == begun.origin
    assert further.directory is not None
    told = information.read(further.directory).start
    assert told == information.Origin(model=str(trained.model_path), epoch=best.epoch, kept=(0,), new=(1, 2))
    log = (further.directory / "log.txt").read_text()
    assert f"Begins with {trained.model_path}: 1 of 3 layers keeps its trained weights; dense 2" in log
    assert trained.origin == ""
    assert information.read(trained.directory).start is None


def test_other_data_begins_anew_where_it_must(
    iris: Project, trained: TrainingSession, samples: Path, tmp_path: Path
) -> None:
    xor = projects.load(samples / "xor" / "project.toml")
    xor = with_network(xor, xor.network, epochs=2)
    further = ended(TrainingSession(xor, tmp_path, start(trained, xor)))
    assert further.recorder.snapshot().state == "finished"
    digits = projects.load(samples / "digits" / "project.toml")
    assert start(trained, digits).alignment.kept == ()
    wide = with_network(digits, network({"layer": "flatten"}, *iris.network.encoded()))
    assert start(trained, wide).alignment.kept == (2, 3)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(
    iris: Project, trained: TrainingSession, tmp_path: Path, value: float
) -> None:
    broken = altered(model_of(trained), tmp_path / "broken.safetensors", **{"1.bias": torch.full((16,), value)})
    with pytest.raises(InputError) as told:
        start_from(broken, iris.network, iris.input_shape)
    assert "broken.safetensors cannot be trained further: its weight '1.bias' holds" in str(told.value)


def test_a_torn_file_is_a_sentence(iris: Project, trained: TrainingSession, tmp_path: Path) -> None:
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(model_of(trained).read_bytes()[:-10])
    with pytest.raises(InputError) as told:
        start_from(torn, iris.network, iris.input_shape)
    assert "torn.safetensors is cut off or damaged" in str(told.value)
