"""The history of a training: what recording costs, and what a million of epochs and batches take."""

import asyncio
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from textual.app import App, ComposeResult

from asanai_tui.data.dataset import Dataset
from asanai_tui.data.spec import Targets
from asanai_tui.network.network import Network
from asanai_tui.runs import history
from asanai_tui.runs.history import HistoryWriter
from asanai_tui.training.control import Control
from asanai_tui.training.epochs import Epochs
from asanai_tui.training.loop import Trainer
from asanai_tui.training.recorder import Epoch, Recorder
from asanai_tui.training.settings import Training
from asanai_tui.tui.themes import THEMES
from asanai_tui.tui.widgets.curves import Curves
from asanai_tui.tui.widgets.loss_chart import LossChart
from tests.benchmarks.row import Row
from tests.benchmarks.tasks import Task, table_task

PAIRS = 40  # of epochs, one recorded and one not
MILLION, MANY, FEW = 1_000_000, 10_000, 100  # epochs, with one batch each
SIZE = (100, 30)
REPEATS = 15


def rows() -> list[Row]:
    """Recording, memory, curves, and a long history read from its file."""
    few, many, million = (recorded(count) for count in (FEW, MANY, MILLION))
    return [recording(table_task()), memory(many, million), *painting(few[0], million[0]), reading()]


class Switched(Recorder):
    """Records nothing while it is switched off."""

    on = True

    def update(self, **changes: object) -> None:
        if self.on:
            super().update(**changes)

    def add(self, epoch: Epoch, best: Epoch) -> None:
        if self.on:
            super().add(epoch, best)

    def add_batches(self, losses: list[float]) -> None:  # type: ignore[override]
        if self.on:
            super().add_batches(losses)


def recording(task: Task) -> Row:
    """One training whose epochs are recorded, with their lines in the file, and not, in turn; processor time."""
    targets = Targets("classes", tuple(str(label) for label in range(int(task.classes.max()) + 1)))
    rows = np.arange(len(task.inputs) // 4)
    data = Dataset(task.inputs, task.classes, rows, rows[:0], rows[:0], task.preprocessing, ())
    settings = Training(
        epochs=2 * PAIRS + 2, batch_size=task.batch_size, loss="categorical_crossentropy", metrics=("accuracy",),
        device="cpu",
    )  # fmt: skip
    recorder, seconds = Switched(), []
    with tempfile.TemporaryDirectory() as folder:
        writer = HistoryWriter(Path(folder))

        def ended(trainer: Trainer, epoch: Epoch) -> None:
            if recorder.on:
                writer.add(epoch)
            seconds.append(time.process_time())
            recorder.on = not recorder.on

        shape = tuple(task.inputs.shape[1:])
        network = Network.decoded(task.layers)
        trainer = Trainer(network, shape, settings, targets, data, Control(), recorder, on_epoch=ended)
        outcome = trainer.run()
        assert outcome.state == "finished", outcome.message
        writer.close()
    taken = np.diff(seconds)[1:]  # the second epoch, which was not recorded, comes first: the first does not count
    pairs = taken[: 2 * PAIRS].reshape(-1, 2)
    ratio = statistics.median(float(each) for each in pairs[:, 0] / pairs[:, 1])
    return Row(
        f"recording every epoch and batch, against the same loop with recording off ({PAIRS} epochs of each in turn)",
        f"{ratio:.3f} ×",
        "≤ 1.01 ×",
        ratio <= 1.01,
    )


def epochs(count: int) -> Iterator[Epoch]:
    """A noisy loss that falls, and what belongs to it."""
    random = np.random.default_rng(1)
    for number in range(1, count + 1):
        loss = 2.0 / number**0.2 + 0.1 * float(random.random())
        yield Epoch(
            epoch=number, loss=loss, val_loss=1.1 * loss,
            metrics={"accuracy": 1 - loss / 3, "val_accuracy": 1 - loss / 2.9},
            learning_rate=0.001, seconds=0.01 * number,
        )  # fmt: skip


def recorded(count: int) -> tuple[Recorder, int]:
    """A recorder of so many epochs with one batch each, and the bytes that it takes."""
    tracemalloc.start()
    recorder = Recorder()
    for epoch in epochs(count):
        recorder.add_batches([epoch.loss])
        recorder.add(epoch, epoch)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    recorder.update(epochs=count, batches=1)
    return recorder, held


def memory(many: tuple[Recorder, int], million: tuple[Recorder, int]) -> Row:
    """Of the whole history that a screen, or another process, can ask for."""
    ratio = million[1] / many[1]
    return Row(
        "memory for the history of 1,000,000 epochs and batches, against that of 10,000",
        f"{ratio:.2f} × ({million[1] / 2**20:.1f} MiB and {many[1] / 2**20:.1f} MiB)",
        "≤ 1.5 ×",
        ratio <= 1.5,
    )


class Charts(App[None]):
    """Nothing but a chart."""

    CSS = "LossChart { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"

    def compose(self) -> ComposeResult:
        yield LossChart()


def painting(few: Recorder, million: Recorder) -> list[Row]:
    """Curves drawn anew, and with what has come since."""
    return asyncio.run(_painting(few, million))


async def _painting(few: Recorder, million: Recorder) -> list[Row]:
    app = Charts()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        chart = app.query_one(LossChart)
        anew = compared(few, million, lambda recorder: drawn_anew(chart, recorder))
        more = compared(few, million, lambda recorder: drawn_on(chart, recorder))
    what = f"the curves of 1,000,000 epochs, {SIZE[0]}×{SIZE[1]},"
    return [
        painted(f"{what} drawn anew", anew, 4.0),
        painted(f"{what} with one more", more, 2.0),
    ]


def painted(what: str, seconds: tuple[float, float], budget: float) -> Row:
    """A million against few."""
    ratio = seconds[0] / seconds[1]
    return Row(
        f"{what}, against those of 100",
        f"{ratio:.2f} × ({seconds[0] * 1000:.1f} ms)",
        f"≤ {budget:g} ×",
        ratio <= budget,
    )


def compared(few: Recorder, million: Recorder, seconds: Callable[[Recorder], float]) -> tuple[float, float]:
    """The medians for a million and for few, measured in turn."""
    pairs = [(seconds(million), seconds(few)) for _ in range(REPEATS)]
    return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)


def drawn_anew(chart: LossChart, recorder: Recorder) -> float:
    """Seconds of the processor to draw curves that are known but not on the screen, as after a key that shows them."""
    curves = Curves(["accuracy"])
    curves.pull(recorder, 1)
    chart.clear()
    began = time.process_time()
    chart.show(curves.of_epochs("loss", "loss"), recorder.snapshot().epochs)
    return time.process_time() - began


def drawn_on(chart: LossChart, recorder: Recorder) -> float:
    """Seconds of the processor to take up and draw one epoch more."""
    curves = Curves(["accuracy"])
    curves.pull(recorder, 1)
    chart.show(curves.of_epochs("loss", "loss"), 2 * recorder.snapshot().epochs)
    last = recorder.history(recorder.snapshot().recorded - 1)[0]
    recorder.add(Epoch(epoch=last.epoch + 1, loss=last.loss, val_loss=last.val_loss), last)
    began = time.process_time()
    curves.pull(recorder, 1)
    chart.show(curves.of_epochs("loss", "loss"), 2 * recorder.snapshot().epochs)
    return time.process_time() - began


def reading() -> Row:
    """A history of a million lines, as `resume` and `attach` read it."""
    with tempfile.TemporaryDirectory() as name:
        writer = HistoryWriter(Path(name))
        for epoch in epochs(MILLION):
            writer.add(epoch)
        writer.flush()
        writer.close()
        began = time.process_time()
        found: Epochs = history.recorded(Path(name)).epochs
        seconds = time.process_time() - began
    assert len(found) == MILLION
    return Row(
        "reading a history of 1,000,000 epochs, to resume or to show it",
        f"{seconds:.1f} s of one core",
        "≤ 10 s",
        seconds <= 10,
    )
