"""Training on with trained weights: after an edit, of a frozen layer, of a model that was opened; and why not."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from asanai_tui.runs import information
from asanai_tui.training import model_file
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.training_pane import TrainingPane
from asanai_tui.tui.widgets.training_progress import Progress
from tests.ui.driving import Desk, desk

pytestmark = pytest.mark.usefixtures("here")

FOREVER = 1_000_000


async def train(each: Desk, key: str = "t") -> Path:
    """A whole training; its model."""
    before = each.app.session
    await each.press(key)
    await each.until(lambda: each.app.session is not before)
    await each.until_ended()
    assert each.app.snapshot.state == "finished", each.app.snapshot.message
    assert each.app.desk.model_path is not None
    return each.app.desk.model_path


def bar(each: Desk) -> str:
    return each.text_of(each.one(KeyBar))


def top(each: Desk) -> str:
    """The first line of the training pane."""
    return each.text_of(each.one(TrainingPane)).splitlines()[0]


async def test_w_trains_on_after_an_edit(iris: Callable[[int], Path]) -> None:
    async with desk(iris(40)) as each:
        assert " w continue" not in bar(each)
        first = await train(each)
        assert " w continue" in bar(each)
        assert "4 asks it · w continues" in each.words_of(each.one(Progress))
        began, ended = each.app.session.recorder.history()[0].val_loss, each.app.snapshot.best.val_loss
        await each.press("a")
        await each.write("batch_norm")
        await each.press("enter")
        assert each.layers == ["dense", "batch_normalization", "dense", "dense"]
        await train(each, "w")
        assert each.said[-1] == "3 of 4 layers keep their trained weights; batch_normalization 2 is new."
        assert "from epoch" in top(each)
        assert each.app.session.recorder.history()[0].val_loss < (began + ended) / 2
        told = information.read(each.app.session.directory).start
        assert (told.model, told.kept, told.new) == (str(first), (0, 2, 3), (1,))


async def test_t_trains_anew_all_the_same(iris: Callable[[int], Path]) -> None:
    async with desk(iris(3)) as each:
        await train(each)
        anew = list(each.app.session.recorder.history())
        await train(each, "w")
        assert each.said[-1] == "All layers keep their trained weights."
        assert each.app.session.recorder.history()[0].loss < anew[-1].loss
        await train(each)
        assert [epoch.loss for epoch in each.app.session.recorder.history()] == [epoch.loss for epoch in anew]
        assert "from epoch" not in top(each)


async def test_a_frozen_layer_is_the_same_to_the_bit_after_fine_tuning(iris: Callable[[int], Path]) -> None:
    async with desk(iris(3)) as each:
        old = model_file.load(await train(each)).weights
        await each.press("z")
        now = model_file.load(await train(each, "w")).weights
        assert torch.equal(old["0.kernel"], now["0.kernel"])
        assert torch.equal(old["0.bias"], now["0.bias"])
        assert not torch.equal(old["1.kernel"], now["1.kernel"])


async def test_a_model_that_was_opened_is_trained_on(iris: Callable[[int], Path]) -> None:
    async with desk(iris(3)) as each:
        model = await train(each)
    async with desk(model) as each:
        await each.press("1")
        assert " w continue" in bar(each)
        assert each.words_of(each.one(Progress)) == ("t trains anew · w continues batches of 16, adam 0.002, 3 epochs")
        await train(each, "w")
        assert each.app.session.origin.endswith(f" of {model.parents[2].name}")
        assert each.app.desk.model_path != model


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_pane_says_what_is_possible_at_any_size(iris: Callable[[int], Path], size: tuple[int, int]) -> None:
    async with desk(iris(2)) as each:
        model = await train(each)
    async with desk(model, size=size) as each:
        await each.press("3")
        assert "t trains anew · w continues with the trained weights" in each.words_of(each.one(Progress))
        await train(each, "w")
        assert f"Training · from epoch 2 of {model.parents[2].name}" in top(each)
        assert "✓ Trained for 2 epochs · 4 asks it · w continues" in each.words_of(each.one(Progress))


async def test_without_a_model_and_while_training_w_says_what_to_do(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER)) as each:
        await each.press("w")
        assert each.said[-1] == "There are no trained weights yet; t trains this network."
        assert each.app.session is None
        await each.press("t")
        await each.until(lambda: each.app.snapshot.recorded >= 2)
        session = each.app.session
        await each.press("w")
        assert each.said[-1].startswith("Stop the training first")
        assert each.app.session is session
        assert " w continue" not in bar(each)
        await each.press("t")
        await each.until_ended()
        await each.until(lambda: " w continue" in bar(each))
        await each.press("2")
        assert " w continue" in bar(each)


async def test_a_network_with_a_problem_is_not_trained_on(iris: Callable[[int], Path]) -> None:
    async with desk(iris(2)) as each:
        await train(each)
        session = each.app.session
        await each.press("end", "d", "w")
        assert each.said[-1] == "The last layer gives 16, but 3 classes need 3."
        assert each.app.session is session


async def test_a_model_that_is_broken_by_now_leaves_everything_as_it_was(iris: Callable[[int], Path]) -> None:
    async with desk(iris(2)) as each:
        model = await train(each)
        session = each.app.session
        model.write_bytes(model.read_bytes()[:-8])
        await each.press("w")
        await each.until(lambda: each.said and "is cut off or damaged" in each.said[-1])
        model.unlink()
        await each.press("w")
        await each.until(lambda: "cannot be read" in each.said[-1])
        assert each.app.session is session
        assert "✓ Trained for 2 epochs" in each.words_of(each.one(Progress))
