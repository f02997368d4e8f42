"""Several metrics by keyboard: chosen from a list, drawn one after another, and the classes at the end."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.epochs import Epochs
from asanai_tui.training.recorder import Epoch
from asanai_tui.tui.screens.pick import PickScreen
from asanai_tui.tui.screens.pick_several import SeveralScreen
from asanai_tui.tui.widgets.loss_chart import LossChart
from asanai_tui.tui.widgets.options_pane import OptionRows, OptionsPane
from asanai_tui.tui.widgets.training_progress import Progress
from tests.ui.driving import FRAME, Desk, desk

pytestmark = pytest.mark.usefixtures("here")


async def to_metrics(each: Desk) -> None:
    """The list of metrics, opened from the form."""
    await each.press("3", "e")
    each.one(OptionsPane).query_one(OptionRows).select("metrics")
    await each.press("enter")
    assert isinstance(each.app.screen, SeveralScreen)


async def test_metrics_are_marked_by_space_and_taken_by_enter(iris: Callable[[int], Path]) -> None:
    async with desk(iris(30)) as each:
        await to_metrics(each)
        assert "■ 1" in each.text and "Share of right answers." in each.text
        assert "precision" in each.text
        await each.press(*"f1", "space")
        assert "■ 2" in each.text
        await each.press("enter")
        assert each.project.training.metrics == ("accuracy", "f1")
        await to_metrics(each)
        await each.press("space", "enter")
        assert each.project.training.metrics == ("f1",)
        await each.press("u")
        assert each.project.training.metrics == ("accuracy", "f1")
        await to_metrics(each)
        await each.press("space", "escape")
        assert each.project.training.metrics == ("accuracy", "f1")


async def test_nothing_marked_is_the_one_under_the_cursor(iris: Callable[[int], Path]) -> None:
    async with desk(iris(30)) as each:
        await to_metrics(each)
        await each.press("space", *"auc", "enter")
        assert each.project.training.metrics[0].startswith("auc")


async def test_the_monitor_offers_what_is_measured(iris: Callable[[int], Path]) -> None:
    async with desk(iris(30)) as each:
        each.app.editor.training(msgspec.structs.replace(each.project.training, metrics=("f1", "auc")), "", "")
        await each.press("3", "e", "x")
        each.one(OptionsPane).query_one(OptionRows).select("monitor")
        await each.press("enter")
        assert isinstance(each.app.screen, PickScreen)
        assert "val_auc" in each.text and "val_accuracy" not in each.text


@pytest.mark.parametrize("size", [(140, 40), (80, 24)])
async def test_a_key_draws_the_next_metric_and_one_lists_the_classes(
    iris: Callable[[int], Path], size: tuple[int, int]
) -> None:
    path = iris(8)
    project = projects.load(path)
    training = msgspec.structs.replace(project.training, metrics=("accuracy", "f1"))
    projects.save(msgspec.structs.replace(project, training=training), path)
    async with desk(path, size=size) as each:
        await each.press("3", "P")
        assert any("At the end of a training" in said for said in each.said)
        await each.press("t")
        await each.until_ended()
        await each.until_shown("P each class")
        assert "f1 0" in each.words_of(each.one(Progress))
        chart = each.app.screen.query_one("#metric", LossChart)
        assert "accuracy" in each.text_of(chart)
        await each.press("Y")
        assert "── f1" in each.text_of(chart)
        await each.press("Y")
        assert "accuracy" in each.text_of(chart)
        await each.press("P")
        assert "Classes of the validation part, the worst first" in each.text
        assert all(name in each.text for name in ("setosa", "versicolor", "virginica", "precision", "10 examples"))
        await each.press("escape")
        assert each.screen == "TrainingScreen"


async def test_a_training_that_goes_on_tells_its_epochs_before_its_metrics(iris: Callable[[int], Path]) -> None:
    path = iris(8)
    async with desk(path) as each:
        await each.press("3")
        session = TrainingSession(each.project, path.parent / "runs")
        epochs = [Epoch(number, 1 / number, 1.0, {"accuracy": 0.5, "val_accuracy": 0.25}) for number in (1, 2, 3)]
        session.recorder.update(state="training", epochs=8, epoch=4, batches=1)
        session.recorder.begin_with(Epochs(epochs), epochs[0])
        each.app.desk.session = session
        each.app.training_begun()
        await each.settle()
        assert "── loss 0.333" in each.text
        session.recorder.update(metrics=("accuracy",))
        each.app.training_begun()
        await each.settle()
        assert "── acc 0.500" in each.text_of(each.app.screen.query_one("#metric", LossChart))


async def test_long_names_of_classes_leave_room_for_their_numbers(samples: Path, tmp_path: Path) -> None:
    long = "setosa of the very long name that nobody would ever want to type"
    path = tmp_path / "project.toml"
    for file in (path, tmp_path / "iris.csv"):
        text = (samples / "iris" / file.name).read_text()
        file.write_text(text.replace("setosa", long).replace("epochs = 100", "epochs = 2"))
    async with desk(path, size=(80, 24)) as each:
        await each.press("3", "t")
        await each.until_ended()
        await each.press("P", *"setosa")
        row = next(line for line in each.text.splitlines() if "setosa of" in line and "precision" in line)
        assert "F1 " in row and "10 examples" in row
        assert long in " ".join(each.text.translate(FRAME).split())


async def test_a_training_that_was_stopped_has_no_classes_and_says_why(iris: Callable[[int], Path]) -> None:
    async with desk(iris(1_000_000)) as each:
        await each.press("3", "t")
        await each.until(lambda: each.app.snapshot.recorded)
        await each.press("t")
        await each.until_ended()
        await each.press("P")
        assert any("This training was stopped" in said for said in each.said)


async def test_a_training_on_numbers_has_no_classes_and_says_so(samples: Path, tmp_path: Path) -> None:
    for name in ("project.toml", "xor.csv"):
        (tmp_path / name).write_text((samples / "xor" / name).read_text())
    project = projects.load(tmp_path / "project.toml")
    training = msgspec.structs.replace(project.training, epochs=2)
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    async with desk(tmp_path / "project.toml") as each:
        await each.press("3", "t")
        await each.until_ended()
        await each.press("P")
        assert each.said == ["This training tells no classes apart; the error of its numbers stands above the curves."]
