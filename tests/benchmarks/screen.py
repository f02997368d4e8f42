"""The screen on a real pseudo-terminal: how soon it appears, what it sends, how fast it answers, what it costs."""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from asanai_tui import project as projects
from asanai_tui.network.network import Network
from asanai_tui.resources import resource
from asanai_tui.runs import history
from asanai_tui.training.recorder import Epoch
from tests.benchmarks.row import Row, alternating
from tests.terminal.driver import Area, Terminal

PROGRAM = (sys.executable, "-m", "asanai_tui")
SMALLEST = (sys.executable, "-m", "tests.benchmarks.smallest")
STARTS = 11
PRESSES = 80
ENDLESS = 1_000_000  # epochs
SPEED_EPOCHS = 40
WARM_UP = 5  # epochs that are not counted: first steps are slower, and threads are chosen in them
QUIET = 3.0  # seconds without a byte after which the program is idle


def rows() -> list[Row]:
    """First paint, bytes idle and training, keys, cost of the screen."""
    return [first_paint(), *bytes_sent(), *key_latency(), deep_keys(), cost_of_the_screen()]


@contextmanager
def workbench(folder: Path, columns: int, rows: int, epochs: int = ENDLESS) -> Iterator[Terminal]:
    """The program on the digits, in a folder of its own, idle."""
    file = digits(folder, epochs)
    with Terminal(*PROGRAM, file, columns=columns, rows=rows, env={"ASANAI_TUI_HOME": str(folder)}) as terminal:
        terminal.wait_for("conv2d")
        terminal.settle(QUIET, timeout=60)
        yield terminal


def digits(folder: Path, epochs: int) -> Path:
    """A copy of the sample's project that trains for so many epochs; its runs go into `folder`."""
    project = projects.load(resource("samples") / "digits" / "project.toml")
    training = msgspec.structs.replace(project.training, epochs=epochs)
    file = folder / "project.toml"
    projects.save(msgspec.structs.replace(project, training=training), file)
    return file


def first_paint() -> Row:
    """From the start of the process to the first character, against an application of one line."""
    torch_at_paint: list[bool] = []

    def start(*command: str) -> float:
        with tempfile.TemporaryDirectory() as home, Terminal(*command, env={"ASANAI_TUI_HOME": home}) as terminal:
            while not terminal.text.strip() and time.perf_counter() < terminal.started + 60:
                terminal.pump(0.1)
            took = time.perf_counter() - terminal.started
            if command == PROGRAM:
                torch_at_paint.append("libtorch" in Path(f"/proc/{terminal.process.pid}/maps").read_text())
            return took

    ours, smallest = alternating(STARTS, lambda: start(*PROGRAM), lambda: start(*SMALLEST))
    state = "torch already imported" if any(torch_at_paint) else "torch not yet imported"
    return Row(
        "first paint, against the smallest Textual app",
        f"{ours / smallest:.2f} × ({1000 * ours:.0f} and {1000 * smallest:.0f} ms, {state})",
        "≤ 1.5 ×, torch not yet imported",
        ours <= 1.5 * smallest and not any(torch_at_paint),
    )


def bytes_sent() -> list[Row]:
    """On a terminal of 100×30 with the curves visible."""
    with tempfile.TemporaryDirectory() as folder, workbench(Path(folder), 100, 30) as terminal:
        idle = terminal.run_for(5.0)
        begin_training(terminal, Path(folder))
        seconds = 20.0
        rate = terminal.run_for(seconds) / seconds / 1000
        curves_visible = "loss" in terminal.text
    return [
        Row("bytes sent in 5 s while nothing happens", str(idle), "0", idle == 0),
        Row(
            "bytes sent while training, 100×30, curves visible",
            f"{rate:.2f} kB/s{'' if curves_visible else ' (no curves on the screen)'}",
            "≤ 2 kB/s",
            rate <= 2.0 and curves_visible,
        ),
    ]


def key_latency() -> list[Row]:
    """Down and up in the list of layers, before training and during it."""
    with tempfile.TemporaryDirectory() as folder, workbench(Path(folder), 140, 40) as terminal:
        idle = latencies(terminal)
        begin_training(terminal, Path(folder))
        training = latencies(terminal)
    ratio, slowest = statistics.median(training) / statistics.median(idle), percentile(training, 95)
    return [
        Row(
            "key to screen while training, against idle, median",
            f"{ratio:.2f} × ({statistics.median(training):.1f} and {statistics.median(idle):.1f} ms)",
            "≤ 2 ×",
            ratio <= 2,
        ),
        Row("key to screen while training, 95th percentile", f"{slowest:.1f} ms", "≤ 50 ms", slowest <= 50),
    ]


def deep_keys() -> Row:
    """Every key that edits or moves, in a network of 200 layers."""
    keys = ("down", "J", "K", "D", "d", "z", "u", "U", "up")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = deep(folder, 200)
        with Terminal(*PROGRAM, file, columns=140, rows=40, env={"ASANAI_TUI_HOME": name}) as terminal:
            terminal.wait_for("residual")
            terminal.settle(QUIET, timeout=60)
            times = []
            for key in keys * (PRESSES // len(keys)):
                times.append(1000 * terminal.latency(key, Area(0, 0, 140, 40)))
                terminal.settle(0.15, timeout=10)
    slowest = percentile(times, 95)
    return Row(
        "key to screen in a network of 200 layers, edits too, 95th percentile",
        f"{slowest:.1f} ms (median {statistics.median(times):.1f} ms)",
        "≤ 50 ms",
        slowest <= 50,
    )


def deep(folder: Path, layers: int) -> Path:
    """The irises with a network of so many layers."""
    kinds = ({"layer": "dense", "units": 64, "activation": "relu"}, {"layer": "batch_normalization"},
             {"layer": "residual", "layers": [{"layer": "dense", "units": 64}]})  # fmt: skip
    end = {"layer": "dense", "units": 3, "activation": "softmax"}
    network = Network.decoded([*(kinds[number % 3] for number in range(layers - 1)), end])
    project = projects.load(resource("samples") / "iris" / "project.toml")
    file = folder / "project.toml"
    projects.save(msgspec.structs.replace(project, network=network), file)
    return file


def latencies(terminal: Terminal, presses: int = PRESSES) -> list[float]:
    """Milliseconds from each press to the change of the names in the list of layers, where nothing else changes."""
    area, times = layer_names(terminal), []
    for number in range(presses):
        terminal.run_for(0.08 + 0.007 * (number % 10))  # in step with no timer
        times.append(1000 * terminal.latency("up" if number % 2 else "down", area))
    return times


def layer_names(terminal: Terminal) -> Area:
    """Where the first two layers are named on the screen."""
    found = [re.search(r"^│ +1 (conv2d)", line) for line in terminal.text.splitlines()]
    top, name = next((row, match) for row, match in enumerate(found) if match)
    return Area(name.start(1), top, name.end(1), top + 2)


def cost_of_the_screen() -> Row:
    """Epochs a second with the workbench open, against the same run headless."""
    attached, headless = alternating(5, lambda: train(attach=True), lambda: train(attach=False))
    return Row(
        "training with the screen attached, against headless",
        f"{attached / headless:.3f} × ({attached:.2f} and {headless:.2f} epochs/s)",
        "≥ 0.97 ×",
        attached >= 0.97 * headless,
    )


def train(attach: bool) -> float:
    """Epochs a second of one run on the digits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if attach:
            with workbench(folder, 140, 40, SPEED_EPOCHS) as terminal:
                terminal.press("t")
                while state(folder) != "finished":
                    terminal.run_for(0.2)
        else:
            command = (*PROGRAM, "train", digits(folder, SPEED_EPOCHS), "--json")
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return speed(epochs(folder))


def speed(recorded: list[Epoch]) -> float:
    """Epochs a second after the warm-up."""
    return (len(recorded) - WARM_UP) / (recorded[-1].seconds - recorded[WARM_UP - 1].seconds)


def begin_training(terminal: Terminal, folder: Path) -> None:
    """Press `t` and wait until some epochs are done."""
    terminal.press("t")
    end = time.perf_counter() + 120
    while len(epochs(folder)) < WARM_UP:
        if time.perf_counter() > end:
            raise TimeoutError(f"no training within 120 s; the screen:\n{terminal.text}")
        terminal.run_for(0.2)


def epochs(folder: Path) -> list[Epoch]:
    """What the only run in `folder` has recorded so far."""
    return [epoch for run in (folder / "runs").glob("*") for epoch in history.read(run)]


def state(folder: Path) -> str:
    """`training`, `finished` …: how the only run in `folder` stands."""
    return "".join(json.loads(file.read_text())["state"] for file in (folder / "runs").glob("*/run.json"))


def percentile(values: list[float], share: int) -> float:
    """The value below which `share` percent lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
