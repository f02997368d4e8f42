"""Training by keyboard: start, hold, go on, stop; the curves and figures follow, and the model is kept."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.network.layers.debug import Debug
from asanai_tui.opening import open_path
from asanai_tui.training import model_file
from asanai_tui.training.optimizer_settings import SGD
from asanai_tui.training.recorder import Epoch, Snapshot
from asanai_tui.training.trials import Result, Trial, sentence
from asanai_tui.tui.widgets.log_pane import LogPane
from asanai_tui.tui.widgets.loss_chart import LossChart
from asanai_tui.tui.widgets.training_pane import TrainingPane
from asanai_tui.tui.widgets.training_progress import Progress
from tests.ui.driving import Desk, desk

pytestmark = pytest.mark.usefixtures("here")

FOREVER = 1_000_000


async def train(each: Desk, epochs: int = 2) -> None:
    """Start, and wait until some epochs have gone by."""
    await each.press("t")
    await each.until(lambda: each.app.snapshot.recorded >= epochs or each.app.snapshot.ended)
    assert not each.app.snapshot.ended, each.app.snapshot.message


def progress(each: Desk) -> str:
    return each.words_of(each.one(Progress))


async def test_a_whole_training_draws_curves_and_leaves_a_model(iris: Callable[[int], Path], tmp_path: Path) -> None:
    async with desk(iris(30)) as each:
        assert "t trains 30 epochs batches of 16, adam 0.002" in progress(each)
        await each.press("t")
        await each.until_ended()
        assert each.app.snapshot.state == "finished"
        await each.until_shown("✓ Trained for 30 epochs · 4 asks it")
        assert "✓ finished" in each.text.splitlines()[0]
        assert "acc" in progress(each)
        assert "best" in progress(each)
        chart = each.text_of(each.one(LossChart))
        assert "── loss" in chart
        assert "┄┄ val" in chart
        assert "30 epochs" in chart
        assert any("\u2800" < character <= "\u28ff" for character in chart)
        model = each.app.desk.model_path
        assert model is not None
        assert model.is_relative_to(tmp_path / "runs")
        assert model_file.load(model).weights


async def test_t_stops_and_the_model_is_complete(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER)) as each:
        await train(each)
        assert "▶ training" in each.text.splitlines()[0]
        assert f"/{FOREVER}" in progress(each)
        await each.press("t")
        await each.until_ended()
        assert each.app.snapshot.state == "stopped"
        assert "Stopped after" in progress(each)
        assert model_file.load(each.app.desk.model_path or Path()).weights


async def test_p_holds_and_goes_on(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER)) as each:
        await each.press("p")  # nothing runs yet
        await train(each)
        await each.press("p")
        await each.until_shown("= paused")
        recorded = each.app.snapshot.recorded
        await each.pilot.pause(0.4)
        assert each.app.snapshot.recorded == recorded
        await each.press("p")
        await each.until(lambda: each.app.snapshot.recorded > recorded)
        await each.press("p")
        await each.until_shown("= paused")
        await each.press("t")  # out of the pause
        await each.until_ended()
        assert each.app.snapshot.state == "stopped"


async def test_learning_rate_reaches_the_training_and_the_document(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER)) as each:
        await each.press("plus")
        assert each.project.training.optimizer.learning_rate == 0.004
        assert "adam 0.004" in progress(each)
        await each.press("minus", "minus")
        assert each.said[-1] == "Learning rate 0.001"
        await train(each)
        await each.press("plus", "plus", "plus")
        await each.until(lambda: each.app.snapshot.last and each.app.snapshot.last.learning_rate == 0.008)
        await each.press("u")  # one step for all of them
        assert each.project.training.optimizer.learning_rate == 0.002
        await each.until(lambda: each.app.snapshot.last and each.app.snapshot.last.learning_rate == 0.002)


async def test_edits_while_training_do_not_disturb_it(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER)) as each:
        await train(each)
        recorded = each.app.snapshot.recorded
        await each.press("d", "D", "enter", "right", "2", "c", "3", "e", "1")
        await each.until(lambda: each.app.snapshot.recorded > recorded)
        assert each.app.session is not None
        assert len(each.app.session.project.network) == 3
        await each.press("o", "enter")
        assert each.said[-1].startswith("Stop the training first")
        assert each.screen == "StartScreen"


async def test_log_scale_on_a_key(iris: Callable[[int], Path]) -> None:
    async with desk(iris(3)) as each:
        await each.press("t")
        await each.until_ended()
        for key in ("1", "3"):
            await each.press(key, "l")
            assert "loss · log" in each.text_of(each.app.screen.query(LossChart).first())
            await each.press("l")
            assert "loss · log" not in each.text
        await each.press("2", "l")  # where there is no curve, to where there is one
        assert each.screen == "TrainingScreen"


@pytest.mark.parametrize("size", [(140, 40), (80, 24)])
async def test_the_loss_is_seen_within_the_first_epoch(tmp_path: Path, size: tuple[int, int]) -> None:
    rows = "".join(f"{number % 7},{number % 2}\n" for number in range(40_000))
    (tmp_path / "long.csv").write_text("x,kind\n" + rows)
    project = open_path(tmp_path / "long.csv").project
    training = msgspec.structs.replace(project.training, batch_size=1)
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    async with desk(tmp_path / "project.toml", size=size) as each:
        await each.press("3", "t")
        await each.until_shown("loss by batch")
        await each.until(lambda: len(each.app.session.recorder.means().means) > 50)
        chart = each.app.screen.query(LossChart).first()
        await each.until(lambda: any("\u2800" < character <= "\u28ff" for character in each.text_of(chart)))
        await each.press("L")
        assert each.said[-1].startswith("No epoch has ended yet")
        assert each.app.snapshot.recorded == 0
        await each.press("t")
        await each.until_ended()
        assert "loss by batch" in each.text


async def test_the_loss_by_batch_or_by_epoch_on_a_key(iris: Callable[[int], Path]) -> None:
    async with desk(iris(3)) as each:
        await each.press("t")
        await each.until_ended()
        for key in ("1", "3"):
            await each.press(key)
            await each.until_shown("3 epochs" if key == "1" else "── acc")
            assert "loss by batch" not in each.text
            await each.press("L")
            chart = each.text_of(each.app.screen.query(LossChart).first())
            assert "loss by batch" in chart
            assert chart.split()[-2 if "batches" in chart else -1] == "24"
            assert "┄┄ val" in chart
            await each.press("L")
            assert "loss by batch" not in each.text
        await each.press("2", "L")
        assert each.screen == "TrainingScreen"


async def test_training_screen_shows_loss_and_metric_and_its_settings(iris: Callable[[int], Path]) -> None:
    async with desk(iris(5)) as each:
        await each.press("3", "t")
        await each.until_ended()
        await each.until_shown("── acc")
        assert "accuracy" in each.text_of(each.app.screen.query_one("#metric"))
        await each.press("e")
        assert each.focus == "OptionRows"
        await each.press("enter", "7", "enter", "escape")
        assert each.project.training.epochs == 7
        assert each.focus == "TrainingPane"


async def test_leaving_while_training_asks_and_the_model_is_written(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER)) as each:
        await train(each)
        await each.press("q")
        assert "Training is at epoch" in each.text
        assert "stop and leave" in each.text
        await each.press("escape")
        assert each.app.desk.alive
        await each.press("D", "q")
        assert "the project is not saved" in each.text
        assert "stop, save and leave" in each.text
        await each.press("s")
        assert each.app.return_code == 0
    assert not each.app.desk.alive
    assert each.app.last_words == [f"Model: {each.app.desk.session.model_path}"]
    assert model_file.load(each.app.desk.session.model_path).weights
    assert len(projects.load(each.app.document.path).network) == 4


async def test_a_second_training_begins_afresh(iris: Callable[[int], Path]) -> None:
    async with desk(iris(4)) as each:
        await each.press("t")
        await each.until_ended()
        first = each.app.desk.model_path
        await each.press("t")
        await each.until_ended()
        assert each.app.snapshot.recorded == 4
        assert each.app.desk.model_path != first


async def test_a_training_that_diverges_says_where(tmp_path: Path) -> None:
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{number},{number * 3}\n" for number in range(60)))
    project = open_path(tmp_path / "line.csv").project
    training = msgspec.structs.replace(project.training, optimizer=SGD(learning_rate=100.0))
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    async with desk(tmp_path) as each:
        await each.press("t")
        await each.until_ended()
        await each.until_shown("✕ failed")
        await each.until_shown("The training has ended")
        await each.press("escape")
        assert "layer" in each.app.snapshot.message
        assert each.app.snapshot.message[:20] in progress(each)


async def test_a_failed_training_says_why_in_full_and_the_next_document_is_clean(samples: Path, tmp_path: Path) -> None:
    text = (samples / "iris" / "project.toml").read_text().replace("iris.csv", "gone.csv")
    (tmp_path / "project.toml").write_text(text)
    async with desk(tmp_path) as each:
        await each.press("t")
        await each.until_ended()
        await each.until_shown("✕ failed")
        assert "no such file" in progress(each)
        assert "gone.csv" in each.said[-1]
        await each.press("o")
        each.app.opener.open(samples / "xor")
        await each.until(lambda: each.project.data.path.endswith("xor.csv"))
        assert not each.one(TrainingPane).has_class("failed")
        assert "t trains 500 epochs" in progress(each)


async def test_curves_behind_a_dialog_stand_still_and_catch_up(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER)) as each:
        await train(each)
        await each.press("question_mark")
        await each.pilot.pause(0.3)
        before, recorded = each.text_of(each.app.screen_stack[-2].query_one(Progress)), each.app.snapshot.recorded
        await each.until(lambda: each.app.snapshot.recorded > recorded + 2)
        assert each.text_of(each.app.screen_stack[-2].query_one(Progress)) == before
        await each.press("escape")
        await each.until(lambda: f"/{FOREVER}" in progress(each) and progress(each) != " ".join(before.split()))


async def test_debug_layers_speak_in_a_pane_of_their_own(iris: Callable[[int], Path], tmp_path: Path) -> None:
    path = iris(FOREVER)
    project = projects.load(path)
    network = project.network.inserted(1, Debug(label="hidden"))
    projects.save(msgspec.structs.replace(project, network=network), path)
    async with desk(path, size=(80, 24)) as each:
        await each.press("3")
        assert not each.one(LogPane).display
        await train(each)
        await each.until_shown("hidden, debug 2: 16 × 16, minimum 0")
        await each.until(lambda: each.app.session is not None and each.app.session.log.total >= 3)
        await each.press("t", "tab")
        await each.until_ended()
        newest = each.one(LogPane).cursor
        assert each.focus == "LogPane#log"
        await each.press("k")
        assert int(each.one(LogPane).cursor) == int(newest) - 1


async def test_folds_one_after_another_and_what_they_give(samples: Path) -> None:
    async with desk(samples / "iris", size=(140, 40)) as each:
        training = msgspec.structs.replace(each.project.training, folds=2, epochs=5)
        each.app.editor.training(training, "folds 2")
        await each.press("3")
        assert "2 folds of 5 epochs" in each.text
        await each.press("t")
        await each.until_ended()
        await each.until_shown("2 folds · val acc")
        assert "Fold 1 of 2: val_accuracy" in each.text
        assert "best fold" in each.text
        await each.press("2")
        await each.until_shown("75 train (50%) · 75 validation (50%), the first of 2 folds")
        assert each.app.desk.may_continue


async def test_seeds_one_after_another_and_the_curves_of_those_before(samples: Path) -> None:
    async with desk(samples / "iris", size=(140, 40)) as each:
        training = msgspec.structs.replace(each.project.training, seeds=3, epochs=5)
        each.app.editor.training(training, "seeds 3")
        await each.press("3")
        assert "3 runs of 5 epochs" in each.text
        await each.press("t")
        await each.until_ended()
        await each.until_shown("✓ 3 runs · val acc 0.")
        assert "4 asks it · w continues · P each class" in each.text
        assert "best run" in each.text and "noise" in each.text
        chart = each.one(TrainingPane).query(LossChart).first()
        assert [line.kind for line in chart._lines] == ["past", "past", "train", "validation"]


async def test_the_spread_while_the_runs_go_on(samples: Path) -> None:
    best = Epoch(epoch=3, loss=0.5, val_loss=0.25, metrics={"accuracy": 0.9, "val_accuracy": 0.875}, trial=1)
    results = tuple(Result(n, 0, n, best=best, epochs=5) for n in (1, 2))
    shot = Snapshot(
        state="training", epoch=2, epochs=5, batches=1, last=best, best=best, metrics=("accuracy",),
        trial=Trial(3, 0, 3), trials=4, results=results,
    )  # fmt: skip
    async with desk(samples / "iris", size=(140, 40)) as each:
        await each.press("3")
        each.one(TrainingPane).add_class("series")
        each.one(Progress).show(shot, ())
        await each.until_shown("2 done · val acc 0.875 ± 0 (low noise) · val loss 0.25 ± 0 (low noise)")
        assert "run 3/4 epoch 2/5" in each.text


async def test_what_can_be_changed_while_it_trains(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER), size=(80, 24)) as each:
        await each.press("M")
        await each.until(lambda: any("e leads to the settings" in said for said in each.said))
        await train(each)
        await each.press("M")
        assert each.screen == "LiveScreen"
        await each.until_shown("learning_rate   0.002")
        await each.press("down", "enter", "7", "0")
        assert each.app.snapshot.epochs == FOREVER  # 7 is the beginning of something
        await each.press("0", "0", "0", "0", "enter")
        await each.until(lambda: each.app.session.recorder.snapshot().epochs == 700_000)
        await each.until(lambda: "From the next batch on: epochs 700000." in each.said)
        await each.press("up", "enter", "4", "escape")
        await each.press("p")
        await each.until_shown("paused, epoch")
        await each.press("p", "escape")
        assert each.screen == "WorkbenchScreen"
        assert each.project.training.epochs == 700_000
        assert each.app.session.recorder.snapshot().live.learning_rate == 0.002
        lines = [line.text for line in each.app.session.log.lines()[1]]
        assert len(lines) == 1 and lines[0].endswith("epochs 700000.")


async def test_options_count_when_they_are_whole_and_those_that_cannot_count_say_so(
    iris: Callable[[int], Path],
) -> None:
    async with desk(iris(FOREVER), size=(80, 24)) as each:
        await train(each)
        await each.press("3", "tab")
        await each.press("enter", "5")
        await each.pilot.pause(0.3)
        assert not each.app.snapshot.ended
        await each.press("0", "0", "0", "0", "0", "enter")
        await each.until(lambda: each.app.session.recorder.snapshot().epochs == 500_000)
        await each.press("down", "right")
        await each.until(lambda: any("batch_size counts from the next training" in said for said in each.said))
        await each.press("u", "u")
        await each.until(lambda: each.app.session.recorder.snapshot().epochs == FOREVER)


async def test_the_key_that_trains_says_that_it_stops(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER), size=(80, 24)) as each:
        await each.press("3")
        assert " t train " in each.text and "t train · h health · V find rate" in each.text
        await each.press("t")
        await each.until(lambda: each.app.snapshot.recorded)
        assert " t stop " in each.text and "t stop · p pause" in each.text
        await each.press("p")
        await each.until_shown("t stop · p go on")
        await each.press("p")
        await each.until_shown("t stop · p pause")
        await each.press("t")
        await each.until_ended()
        await each.until_shown("t train · l log")
        assert " t train " in each.text and "p pause" not in each.text


async def test_no_value_stands_without_its_metric(iris: Callable[[int], Path]) -> None:
    names = ("categorical_accuracy", "root_mean_squared_error", "mean_squared_logarithmic_error")
    values = {f"{part}{name}": 0.125 for name in names for part in ("", "val_")}
    last = Epoch(epoch=3, loss=0.5, val_loss=0.25, metrics=values)
    shot = Snapshot(state="training", epoch=4, epochs=5, batches=1, last=last, best=last, metrics=names)
    for columns in range(40, 90, 3):
        async with desk(iris(8), size=(columns, 24)) as each:
            await each.press("3")
            each.one(Progress).show(shot, ())
            await each.settle()
            words = each.words_of(each.one(Progress))
            assert words.count("val 0.125") <= words.count(" 0.125") - words.count("val 0.125"), words


async def test_a_series_that_was_stopped_says_so_before_what_it_gave(samples: Path) -> None:
    best = Epoch(epoch=3, loss=0.5, val_loss=0.25, metrics={"accuracy": 0.9, "val_accuracy": 0.875}, trial=1)
    results = tuple(Result(n, 0, n, best=best, epochs=5) for n in (1, 2))
    told = f"Run 3 of 4, seed 3: Stopped. {sentence(results, ('accuracy',))}"
    shot = Snapshot(
        state="stopped", message=told, epoch=2, epochs=5, last=best, best=best, metrics=("accuracy",),
        trial=Trial(3, 0, 3), trials=4, results=results,
    )  # fmt: skip
    async with desk(samples / "iris", size=(60, 20)) as each:
        await each.press("3")
        each.one(TrainingPane).add_class("series")
        each.one(Progress).show(shot, ("4 asks it", "w continues"))
        await each.until_shown("✓ Run 3 of 4, seed 3: Stopped ")
        assert "2 runs · val acc 0.875 ± 0 (low noise)" in each.text
        assert "4 asks it acc 0.900 val 0.875 best run 1, epoch 3" in " ".join(each.text.split())
