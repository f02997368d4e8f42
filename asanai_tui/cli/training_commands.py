"""Commands that train, and that look at what trains."""

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from asanai_tui import logs
from asanai_tui.cli.arguments import PATH, DevicesType, DeviceType, TrainingType
from asanai_tui.cli.output import write_json, write_line
from asanai_tui.cli.projects import adjusted, opened, project_at


@click.command()
@click.argument("path", type=PATH)
@click.option("--epochs", type=TrainingType("epochs", "n"), help="How often all examples are seen.")
@click.option("--batch-size", type=TrainingType("batch_size", "n"), help="Examples for each step.")
@click.option("--learning-rate", type=TrainingType("learning_rate", "x"), help="Size of the steps.")
@click.option("--seed", type=TrainingType("seed", "n"), help="Fixes first weights, order and dropout.")
@click.option("--folds", type=TrainingType("folds", "n"), help="So many runs, each validated on another part.")
@click.option(
    "--seeds", type=TrainingType("seeds", "n"), help="So many runs with other random numbers: seed, seed + 1 …"
)
@click.option("--metrics", type=TrainingType("metrics", "NAME,…"), help="Shown beside the loss; the first is drawn.")
@click.option("--monitor", type=TrainingType("monitor", "NAME"), help="What tells the best epoch, such as val_f1.")
@click.option("--device", type=DeviceType(), help="auto, cpu, cuda, cuda:N or mps.")
@click.option(
    "--devices", type=DevicesType(), help="So many processes together, each on a GPU or a share of the cores."
)
@click.option("--from", "origin", type=PATH, metavar="MODEL", help="Begin with the weights of a model or a run.")
@click.option("--runs", type=PATH, metavar="DIR", help="The folder for the run; default: runs/ beside the project.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
def train(path: Path, origin: Path | None, runs: Path | None, as_json: bool, devices: int | None, **wishes: Any) -> int:
    """Train the network of PATH and keep the best model.

    With --from, layers begin with the weights that a model.safetensors, or the best model of a run, has for them. What
    does not fit begins anew; standard error says what that is.
    """
    with logs.diverted_stderr() as messages:
        from asanai_tui.cli.devices import processes, ranks_here, start
        from asanai_tui.cli.training import started_from, told
        from asanai_tui.runs.directory import made, runs_folder
        from asanai_tui.runs.session import TrainingSession

        if (count := processes(devices)) > 1:
            project_at(path)  # what is wrong with it is said once
            return start(count, sys.argv[1:], messages)
        with ranks_here() as ranks:
            other = bool(ranks and ranks.rank)
            project, file = project_at(path)
            project = adjusted(project, **wishes)
            start_weights = None
            if origin and not project.problems():
                start_weights = started_from(origin, project, as_json, messages, silent=other)
            folder = Path() if other else made(runs) if runs else runs_folder(project, file)
            session = TrainingSession(project, folder, start_weights, ranks=ranks)
            return told(session, as_json, messages, silent=other)


@click.command(name="find-rate")
@click.argument("path", type=PATH)
@click.option("--start", type=float, help="The first learning rate; default: 1e-7.")
@click.option("--end", type=float, help="The last one, unless the loss diverges before; default: 10.")
@click.option("--steps", type=int, help="Batches, each with a larger rate; default: 100.")
@click.option("--save", is_flag=True, help="Write what is suggested into the project file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def find_rate(path: Path, save: bool, as_json: bool, **wishes: float | None) -> int:
    """Look which learning rate fits.

    Trains some batches with a rate that grows, and sees where the loss falls.
    What is suggested is a tenth of the rate at which nine tenths of the fall of the smoothed loss were done. Nothing
    that was learned is kept.
    """
    with logs.diverted_stderr():
        from asanai_tui.checking import checked
        from asanai_tui.cli import rates
        from asanai_tui.inspection import learning_rate
        from asanai_tui.training.rate_finder import Sweep

        project, file = project_at(path)
        target = learning_rate.check_file(path, file) if save else None
        sweep = checked(Sweep(), **{name: value for name, value in wishes.items() if value is not None})
        found, rate = rates.searched(project, sweep)
        if as_json:
            write_json(rates.as_plain(project, found))
        else:
            write_line("\n".join(rates.as_lines(project, found, shutil.get_terminal_size().columns)))
        if target:
            learning_rate.save(project, target, rate)
        return 0


@click.command()
@click.argument("run", type=PATH)
@click.option("--epochs", type=TrainingType("epochs", "n"), help="Another number of epochs, those before included.")
@click.option("--learning-rate", type=TrainingType("learning_rate", "x"), help="Another size of the steps.")
@click.option(
    "--devices", type=DevicesType(), help="So many processes together, each on a GPU or a share of the cores."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
def resume(run: Path, as_json: bool, devices: int | None, **wishes: float | None) -> int:
    """Go on with a RUN that was stopped or killed.

    It goes on from its last checkpoint. On the processor the end is the same to the bit as that of a run that was
    never interrupted, with as many devices.
    """
    with logs.diverted_stderr() as messages:
        from asanai_tui.cli.devices import processes, ranks_here, start
        from asanai_tui.cli.training import told
        from asanai_tui.runs.resuming import resumed
        from asanai_tui.runs.session import TrainingSession

        changes = {name: value for name, value in wishes.items() if value is not None}
        if (count := processes(devices)) > 1:
            resumed(run, changes)  # what is wrong with it is said once
            return start(count, sys.argv[1:], messages)
        with ranks_here() as ranks:
            found = resumed(run, changes)
            session = TrainingSession(found.project, found.folder.parent, resumed=found, ranks=ranks)
            session.control.wish(**changes)
            if not (other := bool(ranks and ranks.rank)):
                print(found.told, file=messages)
            return told(session, as_json, messages, silent=other)


@click.command()
@click.argument("run", type=PATH, required=False)
@click.option("--learning-rate", type=TrainingType("learning_rate", "x"), help="Size of the steps, before a schedule.")
@click.option("--epochs", type=TrainingType("epochs", "n"), help="Another number of epochs, those before included.")
@click.option("--patience", type=TrainingType("patience", "n"), help="Epochs without a better value; 0: no early stop.")
@click.option("--min-delta", type=TrainingType("min_delta", "x"), help="A change smaller than this is not better.")
@click.option("--pause", "do", flag_value="pause", help="Hold at the next batch.")
@click.option("--go-on", "do", flag_value="go_on", help="End the pause.")
@click.option("--stop", "do", flag_value="stop", help="End at the next batch and keep the model.")
def change(run: Path | None, do: str | None, **wishes: float | None) -> int:
    """Change a RUN while it trains.

    It may train in another terminal or in the background. What is changed counts from the next batch on and stands
    in the history. Without a RUN it is the newest that is being trained.
    """
    from asanai_tui.cli.changing import change as changed
    from asanai_tui.runs.known import newest, run_at

    wished = {name: value for name, value in wishes.items() if value is not None}
    if not wished and do is None:
        raise click.UsageError("Say what to change: --epochs, --learning-rate, --patience, --min-delta, --pause …")
    for sentence in changed(run_at(run) if run else newest(), wished, do):
        write_line(sentence)
    return 0


@click.command()
@click.argument("path", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def health(path: Path, as_json: bool) -> int:
    """How every layer does on real examples.

    Mean, deviation, zeros, largest output, gradient, and what is unhealthy: of a project with the weights that its
    training would begin with, of a run or a model with those of its best epoch.
    Nothing is changed. The exit status is 0 also where there are findings; they stand under the table with advice.
    """
    with logs.diverted_stderr():
        from asanai_tui.cli.health import as_lines, as_plain
        from asanai_tui.inspection.health import health_of

        project, _, model = opened(path)
        found = health_of(project, model)
        if as_json:
            write_json(as_plain(found))
        else:
            write_line("\n".join(as_lines(found, shutil.get_terminal_size().columns)))
        return 0


COMMANDS = (train, find_rate, resume, change, health)
