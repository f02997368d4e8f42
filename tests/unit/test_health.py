"""What is found unhealthy, that looking leaves no trace, and what it costs."""

import msgspec
import numpy as np
import pytest
import torch
from msgspec.structs import replace as replaced

from asanai_tui import project as projects
from asanai_tui.cli.program import main
from asanai_tui.errors import InputError
from asanai_tui.network.network import Network
from asanai_tui.runs.attached import AttachedSession
from asanai_tui.runs.frames import Request, plain, snapshot_of
from asanai_tui.runs.health_log import HealthLog
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training import checkup
from asanai_tui.training.findings import Health
from asanai_tui.training.health import examined, sample
from asanai_tui.training.optimizer_settings import SGD
from asanai_tui.training.recorder import Retry, Snapshot
from asanai_tui.training.settings import Training
from asanai_tui.training.task import Task
from tests.unit.test_resuming import EVERYTHING, differences, finished, made
from tests.unit.trainings import CLASSES, NUMBERS, classifier, dataset, dense, network, table, trainer
from tests.waiting import until


def task(layers: Network, data, settings: Training = NUMBERS) -> Task:
    examples, targets = data
    return Task(layers, examples.inputs.shape[1:], settings, targets, examples, {}, lambda text: None)


def health(layers: Network, data, settings: Training = NUMBERS, epoch: int = 0, **weights: torch.Tensor) -> Health:
    """Of a network some of whose weights are given."""
    each = task(layers, data, settings)
    known = each.model.keras_weights()
    given = {name.replace("_", ".", 1): value for name, value in weights.items()}
    each.model.load_keras_weights({**known, **{f"{name}": value for name, value in given.items()}})
    return examined(each, sample(each), epoch)


def kinds(found: Health) -> list[tuple[str, str]]:
    return [(each.place, each.kind) for each in found.findings]


def rows(scale: float = 1.0):
    inputs = np.random.default_rng(1).normal(size=(64, 4)).astype(np.float32)
    return dataset(inputs * np.float32(scale), inputs[:, :1].copy())


def test_a_healthy_network_has_no_findings():
    found = health(classifier(), dataset(*table()), CLASSES)
    assert kinds(found) == []
    assert [(each.place, each.name) for each in found.layers] == [("", "input"), ("1", "dense"), ("2", "dense")]
    assert found.examples == 32
    assert found.layers[0].gradient is None


def test_what_is_measured_is_what_torch_gives():
    each = task(network(dense(5, "tanh"), dense(1)), rows())
    found = examined(each, sample(each))
    inputs, targets = sample(each)
    outputs = each.model[0](inputs)
    loss = (each.model(inputs[:8]) - targets[:8]).square().mean()
    gradient = torch.autograd.grad(loss, list(each.model[0].parameters()))
    layer = found.layers[1]
    assert layer.mean == pytest.approx(float(outputs.mean().detach()), rel=1e-5)
    assert layer.sd == pytest.approx(float(outputs.std(correction=0).detach()), rel=1e-5)
    assert (layer.low, layer.high) == (float(outputs.detach().min()), float(outputs.detach().max()))
    assert layer.gradient == pytest.approx(float(torch.cat([part.flatten() for part in gradient]).norm()), rel=1e-5)


DEAD = {"0_bias": torch.full((8,), -100.0)}


@pytest.mark.parametrize(
    ("layers", "weights", "wanted"),
    [
        (network(dense(8, "relu"), dense(1)), DEAD, ("1", "dead")),
        (network(dense(8, "relu"), dense(1)), DEAD, ("1", "no gradient")),
        (network(dense(8, "relu"), dense(1)), {"0_bias": torch.full((8,), -0.6)}, ("1", "dying")),
        (network(dense(8, "tanh"), dense(1)), {"0_kernel": torch.full((4, 8), 50.0)}, ("1", "saturated")),
        (network(dense(8, "sigmoid"), dense(1)), {"0_kernel": torch.full((4, 8), 90.0)}, ("1", "saturated")),
        (network(dense(8), dense(1)), {"0_kernel": torch.full((4, 8), 2e6)}, ("1", "exploding")),
        (network(dense(8), dense(1)), {"0_kernel": torch.full((4, 8), 2e3)}, ("1", "large")),
        (network(dense(8), dense(1)), {"0_kernel": torch.full((4, 8), 2e3)}, ("1", "changed spread")),
        (network(dense(8), dense(1)), {"0_kernel": torch.full((4, 8), 1e-9)}, ("1", "constant")),
        (network(dense(8), dense(1)), {"0_kernel": torch.full((4, 8), 1e-6)}, ("1", "vanishing")),
        (network(dense(1)), {"0_kernel": torch.full((4, 1), 1e25)}, ("1", "not finite")),
        (network(*[dense(4, "sigmoid") for _ in range(12)], dense(1)), {}, ("1", "vanishing gradient")),
    ],
)
def test_each_finding(layers, weights, wanted):
    found = health(layers, rows(1e20 if wanted[1] == "not finite" else 1.0), **weights)
    assert wanted in kinds(found)
    finding = next(each for each in found.findings if (each.place, each.kind) == wanted)
    assert finding.sentence.startswith(f"Layer 1 ({layers[0].name}) ")
    assert finding.advice.endswith(".")


def test_targets_that_are_far_away_give_an_exploding_gradient():
    inputs = np.random.default_rng(1).normal(size=(64, 4)).astype(np.float32)
    assert ("1", "exploding gradient") in kinds(health(network(dense(1)), dataset(inputs, inputs[:, :1] * 1e5)))


def test_unscaled_inputs_are_noted():
    assert ("", "unscaled input") in kinds(health(network(dense(1)), rows(1000.0)))


def test_a_softmax_is_judged_by_its_answers():
    """Sure and right is good, sure and wrong is not; alike is good before the first step only."""
    data, layers = dataset(*table()), network(dense(3, "softmax"))
    sure, equal = torch.randn(4, 3, generator=torch.Generator().manual_seed(1)) * 1000, torch.zeros(4, 3)
    assert ("1", "over-confident") in kinds(health(layers, data, CLASSES, **{"0_kernel": sure}))
    assert ("1", "undecided") in kinds(health(layers, data, CLASSES, 5, **{"0_kernel": equal}))
    assert ("1", "undecided") not in kinds(health(layers, data, CLASSES, 0, **{"0_kernel": equal}))
    run = trainer(layers, data, replaced(CLASSES, epochs=300, optimizer=SGD(learning_rate=30.0)))
    run.run()
    assert "over-confident" not in [kind for _, kind in kinds(run.checkup.look(300))]


def test_layers_inside_a_residual_are_looked_at():
    inner = [dense(4, "relu", bias_initializer={"name": "constant", "value": -100.0})]
    found = health(network({"layer": "residual", "layers": inner}, dense(1)), rows())
    assert ("1.1", "dead") in kinds(found)
    assert [each.place for each in found.layers] == ["", "1", "1.1", "2"]


def test_dropout_and_flatten_are_not_dead():
    data = dataset(np.random.default_rng(1).integers(0, 256, (40, 6, 6, 3)).astype(np.uint8), np.arange(40) % 3)
    layers = network({"layer": "flatten"}, {"layer": "dropout", "rate": 0.95}, dense(3, "softmax"))
    assert kinds(health(layers, data, CLASSES)) == []


@pytest.mark.parametrize("wrong", [0, 1])
def test_inputs_and_targets_that_are_not_finite_end_it(wrong):
    values = np.random.default_rng(1).normal(size=(16, 4)).astype(np.float32)
    targets = values[:, :1].copy()
    (values, targets)[wrong][0, 0] = np.nan
    with pytest.raises(InputError, match=("inputs", "targets")[wrong]):
        health(network(dense(1)), dataset(values, targets))


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_looking_leaves_no_trace(monkeypatch, precision):
    """With noise, dropout, batch normalization, schedule, EMA, augmentation: the same bits with looks and without."""
    settings = replaced(EVERYTHING, precision=precision)
    monkeypatch.setattr(checkup, "INTERVAL", 0.0)
    monkeypatch.setattr(checkup, "SHARE", 1e9)
    monkeypatch.setattr(checkup, "FIRST_REST", 0.0)
    looks: list[Health] = []
    looked = made(settings, on_health=looks.append)
    assert looked.run().state == "finished"
    assert len(looks) >= 6  # before the first step, in each of four epochs, at the end
    monkeypatch.setattr(checkup.Checkup, "look", lambda self, epoch: Health())
    plain = made(settings)
    assert plain.run().state == "finished"
    assert differences(finished(looked), finished(plain)) == []


def test_looking_costs_less_than_a_hundredth(monkeypatch):
    """Its own share bounds it: the next look waits until this one is less than half a hundredth of the time."""
    monkeypatch.setattr(checkup, "INTERVAL", 0.0)
    looks: list[Health] = []
    run = trainer(classifier(), dataset(*table(2000)), replaced(CLASSES, threads=1), on_health=looks.append)
    monkeypatch.setattr(checkup, "FIRST_REST", 0.0)
    assert run.run().state == "finished"
    before = run.checkup.seconds
    run.checkup.look(9)
    took = run.checkup.seconds - before
    assert took > 0
    assert run.checkup._next - run.checkup._looked == pytest.approx(took / checkup.SHARE)
    assert checkup.SHARE < 0.01


def test_what_comes_and_goes_is_said_once():
    log, dead = HealthLog(), health(network(dense(8, "relu"), dense(1)), rows(), **DEAD)
    said = list(log.news(dead))
    assert said[0].startswith("Layer 1 (dense) gives only zeros")
    assert list(log.news(dead)) == []
    assert "Layer 1 (dense) is no longer dead." in list(log.news(Health()))
    assert list(log.news(Health())) == []


def test_the_command_tells_a_table_and_json(samples, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["health", str(samples / "iris")]) == 0
    told = capsys.readouterr().out
    assert "gradient" in told.splitlines()[0]
    assert "Nothing unhealthy was found on 64 examples." in told
    assert main(["train", str(samples / "iris"), "--epochs", "2"]) == 0
    capsys.readouterr()
    (run,) = (tmp_path / "runs").iterdir()
    assert main(["health", str(run), "--json"]) == 0
    content = msgspec.json.decode(capsys.readouterr().out)
    assert content["epoch"] == 2
    assert [layer["name"] for layer in content["layers"]] == ["input", "dense", "dense", "dense"]
    assert msgspec.convert(content, Health).examples == 64


def test_the_targets_of_a_project_that_cannot_be_trained_are_a_sentence(samples, tmp_path, capsys):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    assert main(["health", str(tmp_path / "t.csv")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_whoever_is_attached_sees_the_health_once_for_each_look(samples, tmp_path):
    """Through the socket: as long as the look is known it is not sent again."""
    project = projects.load(samples / "iris" / "project.toml")
    endless = replaced(project, training=replaced(project.training, epochs=1_000_000))
    session = TrainingSession(endless, tmp_path)
    session.start()
    until(lambda: session.recorder.snapshot().recorded > 0)
    other = AttachedSession(session.directory)
    other.start()
    until(lambda: len(other.health.layers) == 4)
    server = session._server
    assert server._answer(Request(health=session.recorder.snapshot().health)).health is None
    assert server._answer(Request()).health == session.health
    session.stop()
    assert session.join(60)
    assert other.join(60)


def test_a_snapshot_with_an_offer_goes_over_the_socket():
    shot = Snapshot(state="failed", retry=Retry(epoch=3, learning_rate=0.1), findings=2)
    assert snapshot_of(msgspec.json.decode(msgspec.json.encode(plain(shot)))) == shot
