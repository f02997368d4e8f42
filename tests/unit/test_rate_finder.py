"""The learning-rate finder: what it suggests, that it leaves no trace, and what it has to bear."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
import torch
from msgspec.structs import replace as replaced

from asanai_tui import project as projects
from asanai_tui.checking import checked
from asanai_tui.cli.program import main
from asanai_tui.data import large
from asanai_tui.errors import InputError
from asanai_tui.inspection.learning_rate import RateSearch
from asanai_tui.training.augmentation import Augmenter
from asanai_tui.training.optimizer_settings import SGD, Adam, AnyOptimizer
from asanai_tui.training.rate_finder import Found, Point, Sweep, swept
from asanai_tui.tui.drawing.rate_curve import curve
from tests.unit.test_resuming import CHANGES, EVERYTHING, differences, finished, made
from tests.unit.trainings import CLASSES, NUMBERS, classifier, dataset, dense, network, table, trainer

SHORT = Sweep(steps=30)


def points(run, sweep=SHORT):
    """A sweep with the task of a training that has not begun."""
    return list(swept(run._task, run._augmenter, sweep))


def test_the_rate_grows_by_the_same_factor_from_the_first_to_the_last():
    run = trainer(classifier(), dataset(*table()), replaced(CLASSES, optimizer=SGD()))
    found = [point for point, _ in points(run, Sweep(start=1e-6, end=1e-2, steps=9 + 4))]
    rates = [point.rate for point in found]
    assert (rates[0], rates[-1]) == (1e-6, pytest.approx(1e-2))
    assert [b / a for a, b in pairwise(rates)] == pytest.approx([10 ** (1 / 3)] * 12)


def test_losses_are_smoothed_as_the_corrected_running_average():
    """Rates too small to change anything give the loss of each batch as it is."""
    run = trainer(classifier(), dataset(*table(16)), replaced(CLASSES, batch_size=16, optimizer=SGD()))
    found = [point.loss for point, _ in points(run, Sweep(start=1e-9, end=2e-9, steps=10))]
    assert found == pytest.approx([found[0]] * 10, rel=1e-4)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_training_after_a_sweep_is_the_same_to_the_bit(precision):
    """With augmentation, dropout, noise, batch normalization, EMA, class weights, micro-batches."""
    settings = replaced(EVERYTHING, precision=precision)
    plain, run = made(settings), made(settings)
    before, drawn = run.standing(), torch.get_rng_state()
    assert len(points(run)) > 5
    after = run.standing()
    assert replaced(after.numbers, seconds=before.numbers.seconds) == before.numbers
    assert [name for name in before.tensors if not torch.equal(before.tensors[name], after.tensors[name])] == []
    assert torch.equal(drawn, torch.get_rng_state())
    plain.run()
    run.run()
    assert differences(finished(run), finished(plain)) == []


@pytest.mark.parametrize("optimizer", [each() for each in AnyOptimizer.__args__], ids=lambda each: type(each).__name__)
def test_every_optimizer(optimizer):
    run = trainer(classifier(), dataset(*table()), replaced(CLASSES, optimizer=optimizer))
    before = {name: value.clone() for name, value in run.standing().tensors.items()}
    found = Found(points=tuple(point for point, _ in points(run)))
    assert found.suggestion
    assert all(torch.equal(before[name], value) for name, value in run.standing().tensors.items())


def test_it_ends_where_the_loss_diverges():
    run = trainer(network(dense(8), dense(1)), dataset(*numbers()), replaced(NUMBERS, optimizer=SGD()))
    found = points(run, Sweep(end=100.0))
    assert found[-1][1]
    assert len(found) < 100
    assert np.isfinite([point.loss for point, _ in found]).all()


def test_a_loss_below_zero_is_followed_too(samples):
    """That of iris by its cosine falls from -0.65 to nearly -1."""
    project = projects.load(samples / "iris" / "project.toml")
    training = replaced(project.training, loss="cosine_similarity")
    found = RateSearch(replaced(project, training=training), Sweep()).look()
    lowest = min(point.loss for point in found.points)
    assert len(found.points) == 100
    assert lowest < -0.8
    assert 1e-4 < found.suggestion < 1
    drawn = "".join(curve(found, 60, 12).lines())
    assert sum("\u2800" < each <= "\u28ff" for each in drawn) > 20


def test_a_left_sweep_leaves_no_trace_either():
    run = made()
    before = run.standing().tensors["weights"].clone()
    sweep = swept(run._task, Augmenter(CHANGES, 1), SHORT)
    next(sweep)
    next(sweep)
    sweep.close()
    assert torch.equal(before, run.standing().tensors["weights"])


def test_fewer_batches_than_steps_go_round():
    run = trainer(classifier(), dataset(*table(6)), replaced(CLASSES, batch_size=4))
    assert len(points(run, Sweep(end=1e-3))) == 100


def test_data_in_a_file_gives_the_same(monkeypatch, tmp_path, samples):
    project = projects.load(samples / "iris" / "project.toml")
    here = RateSearch(project, SHORT).look()
    monkeypatch.setattr(large, "LIMIT", 64)
    assert RateSearch(project, SHORT).look() == here


def test_the_suggested_rate_is_one_that_learns():
    """For a line with plain gradient descent: at the rate it converges, a hundred times above it does not."""
    settings = replaced(NUMBERS, optimizer=SGD(), epochs=30)
    run = trainer(network(dense(1)), dataset(*numbers()), settings)
    rate = Found(points=tuple(point for point, _ in points(run, Sweep()))).suggestion
    assert rate
    good = trainer(network(dense(1)), dataset(*numbers()), replaced(settings, optimizer=SGD(learning_rate=rate)))
    bad = trainer(network(dense(1)), dataset(*numbers()), replaced(settings, optimizer=SGD(learning_rate=100 * rate)))
    assert good.run().state == "finished"
    assert good.recorder.snapshot().last.loss < 0.01
    assert bad.run().state == "failed"


def numbers():
    inputs = np.random.default_rng(1).normal(size=(200, 4)).astype(np.float32)
    return inputs, inputs @ np.array([[1.0], [2.0], [-1.0], [0.5]], np.float32)


def test_what_is_told_of_points():
    curve = [(10.0**power, loss) for power, loss in zip(range(-6, 1), [2.0, 2.0, 1.9, 1.0, 0.5, 0.9, 5.0], strict=True)]
    found = Found(points=tuple(Point(*pair) for pair in curve))
    assert (found.minimum, found.suggestion, found.steepest) == (0.01, 0.001, 0.001)
    assert found.fallen == 0.01
    assert Found(points=found.points[:4]).suggestion is None


def test_a_loss_that_creeps_on_down_does_not_raise_the_rate():
    losses = [1.0, 1.0, 0.6, 0.1, 0.09, 0.08, 0.07, 0.5]
    found = Found(points=tuple(Point(10.0 ** (power - 5), loss) for power, loss in enumerate(losses)))
    assert (found.minimum, found.fallen, found.suggestion) == (10.0, 0.01, 0.001)
    rising = Found(points=tuple(Point(10.0 ** (power - 5), 1.0 + power) for power in range(6)))
    assert (rising.minimum, rising.fallen, rising.suggestion) == (1e-5, 1e-5, 1e-6)


@pytest.mark.parametrize(("wish", "says"), [({"steps": 3}, "steps"), ({"start": 0.0}, "start"), ({"end": 1e9}, "end")])
def test_options_have_ranges(wish, says):
    with pytest.raises(InputError, match=says):
        checked(Sweep(), **wish)


def test_the_command_tells_the_curve_and_saves(samples, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = projects.load(samples / "iris" / "project.toml")
    projects.save(project, tmp_path / "project.toml")
    assert main(["find-rate", "project.toml", "--steps", "60", "--save"]) == 0
    told = capsys.readouterr().out
    assert "▲" in told
    assert "Suggested learning rate: " in told
    saved = projects.load(tmp_path / "project.toml")
    rate = saved.training.optimizer.learning_rate
    assert f"Suggested learning rate: {rate:g}," in told
    assert saved == replaced(project, training=replaced(project.training, optimizer=Adam(learning_rate=rate)))
    assert main(["find-rate", "project.toml", "--steps", "60", "--json"]) == 0
    content = msgspec.json.decode(capsys.readouterr().out)
    assert content["suggestion"] == rate
    assert content["minimum"] >= content["fallen"] == pytest.approx(10 * rate, rel=0.05)
    assert len(content["points"]) <= 60
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{samples}/iris", "--start", "1", "--end", "0.1"], "end: expected a learning rate above start, 1, not 0.1."),
        (["{samples}/iris", "--save"], "belongs to the samples"),
        (["{samples}/iris/iris.csv", "--save"], "is no project file"),
        (["gone.toml"], "gone.toml"),
    ],
)
def test_mistakes_are_sentences(samples, tmp_path, capsys, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    assert main(["find-rate", *(each.format(samples=samples) for each in arguments)]) == 1
    told = capsys.readouterr().err
    assert says in told
    assert len(told.splitlines()) == 1
