"""The commands. `asanai-tui PATH` opens the screen; a path that is called like a command is reached as ./train."""

import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asanai_tui import __version__, logs
from asanai_tui.cli.arguments import PATH, DevicesType, DeviceType, TrainingType
from asanai_tui.cli.output import drop, use_utf8, write_json, write_line
from asanai_tui.data.capturing import COUNT, EVERY, Series
from asanai_tui.data.formula_line import END, START, STEP
from asanai_tui.errors import InputError
from asanai_tui.files import existing
from asanai_tui.tui.theme_names import THEME_NAMES

if TYPE_CHECKING:
    from asanai_tui.project import Project

NAME = "asanai-tui"
INTERRUPTED = 128 + signal.SIGINT  # as shells say it
NOBODY_READS = 128 + signal.SIGPIPE


class Program(click.Group):
    """Commands, and a path where no command is named."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        import difflib  # 10 ms, for a mistake only

        near = difflib.get_close_matches(args[0], self.commands, n=1)
        if near and not Path(args[0]).exists():
            ctx.fail(f"There is neither a command nor a file {args[0]!r}. Did you mean {near[0]!r}?")
        return workbench.name, workbench, args


def screen_options(function: Any) -> Any:
    """Options of the screen, before or after the path."""
    function = click.option("--theme", type=click.Choice(THEME_NAMES), help="Colours of the screen.")(function)
    return click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")(function)


@click.group(
    cls=Program,
    invoke_without_command=True,
    subcommand_metavar="[PATH | COMMAND]",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@screen_options
@click.version_option(__version__, prog_name=NAME)
@click.pass_context
def program(ctx: click.Context, no_mouse: bool, theme: str | None) -> int:
    """Build, train and understand neural networks in the terminal.

    PATH is a project.toml, a CSV file, arrays (.npz, .npy), a folder with one folder of pictures for each class, a
    model.safetensors or the directory of a run. Without a PATH the start screen lists recent projects and samples.
    """
    ctx.obj = {"no_mouse": no_mouse, "theme": theme}
    return 0 if ctx.invoked_subcommand else _screen(None, no_mouse, theme)


@click.command(name="open")
@click.argument("path", type=PATH)
@screen_options
@click.pass_context
def workbench(ctx: click.Context, path: Path, no_mouse: bool, theme: str | None) -> int:
    """Open PATH on the screen."""
    return _screen(existing(path), no_mouse or ctx.obj["no_mouse"], theme or ctx.obj["theme"])


@program.command()
@click.argument("path", type=PATH)
@click.option("-o", "--output", type=PATH, default=Path("project.toml"), show_default=True, help="The file to write.")
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
def new(path: Path, output: Path, force: bool) -> int:
    """Write the project that opening PATH would suggest.

    A project that cannot be trained yet is written too. What keeps it from that, and what was left out of the data, is
    said on standard error; the exit status is 0.
    """
    from asanai_tui import project as projects
    from asanai_tui.cli.remarks import remarks
    from asanai_tui.opening import open_path

    if output.exists() and not force:
        raise InputError(f"{output} is already there; --force replaces it.")
    opened = open_path(path, look=False)
    projects.save(opened.project, output)
    write_line(f"{output} written.")
    for remark in remarks(opened):
        print(remark, file=sys.stderr)
    return 0


@program.command()
@click.argument("path", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def summary(path: Path, as_json: bool) -> int:
    """Layers, output shapes, parameters, multiply-adds, memory and problems.

    Multiply-adds are those of one example's forward pass; memory is that of training at the batch size, estimated.
    The exit status is 0 also where there are problems; they stand under the table, or as `problems` in the object.
    """
    from asanai_tui.cli.summary import as_lines, as_plain

    project = _project(path)[0]
    if as_json:
        write_json(as_plain(project))
    else:
        write_line("\n".join(as_lines(project)))
    return 0


@program.command()
@click.argument("path", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def health(path: Path, as_json: bool) -> int:
    """How every layer does on real examples: mean, deviation, zeros, largest output, gradient, and what is unhealthy.

    Of a project with the weights that its training would begin with, of a run or a model with those of its best epoch.
    Nothing is changed. The exit status is 0 also where there are findings; they stand under the table with advice.
    """
    with logs.diverted_stderr():
        from asanai_tui.cli.health import as_lines, as_plain
        from asanai_tui.inspection.health import health_of

        project, _, model = _opened(path)
        found = health_of(project, model)
        if as_json:
            write_json(as_plain(found))
        else:
            write_line("\n".join(as_lines(found, shutil.get_terminal_size().columns)))
        return 0


@program.command()
@click.argument("path", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def data(path: Path, as_json: bool) -> int:
    """What was read from PATH, what was decided and why.

    Columns with role, type, gaps, scaling and the reason, or classes and the files set aside; shapes, the parts as they
    fall, and warnings: uneven classes, columns that tell nothing, examples that stand in several parts.
    """
    with logs.diverted_stderr():
        from asanai_tui.cli.data import as_lines, as_plain, found
        from asanai_tui.opening import open_path

        finding = found(open_path(path))
        if as_json:
            write_json(as_plain(finding))
        else:
            write_line("\n".join(as_lines(finding)))
        return 0


@program.command()
@click.argument("expression")
@click.option("--start", type=float, default=START, show_default=True, help="The first value of x, and of y.")
@click.option("--end", type=float, default=END, show_default=True, help="The last one.")
@click.option("--step", type=float, default=STEP, show_default=True, help="How far apart they are.")
@click.option("-o", "--output", type=PATH, default=Path("formula.csv"), show_default=True, help="The file to write.")
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
def formula(expression: str, start: float, end: float, step: float, output: Path, force: bool) -> int:
    """Write the values of EXPRESSION, such as "2*(x + 1)", as a CSV file to learn from.

    Columns are x and the result, y; where EXPRESSION has y too they are x, y and z, over the grid of both. There are
    + - * / ^, parentheses, pi, e, sin cos tan exp log sqrt abs tanh min max. An EXPRESSION that begins with - comes
    after --.
    """
    from asanai_tui.data.formula import points, write

    if output.exists() and not force:
        raise InputError(f"{output} is already there; --force replaces it.")
    table = points(expression, start, end, step)
    write(output, table)
    write_line(f"{output} written, {table.about}. Next: {NAME} {shlex.quote(str(output))}")
    return 0


@program.command()
@click.argument("device")
@click.argument("folder", type=PATH)
@click.option("--count", type=int, default=COUNT, show_default=True, help="How many pictures.")
@click.option("--every", type=float, default=EVERY, show_default=True, help="Seconds between them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a picture, a line each.")
def capture(device: str, folder: Path, count: int, every: float, as_json: bool) -> int:
    """Take pictures from DEVICE into FOLDER, the folder of a class.

    DEVICE is the number of a camera (0 is the first), a video file, or the address of a stream. A video file is read by
    its time stamps, without waiting. Pictures are PNG files with new names; nothing is replaced. What was written
    before an end or ^C stays.
    """
    with logs.diverted_stderr() as messages:
        from asanai_tui.checking import checked
        from asanai_tui.cli.capture import capture as run

        return run(device, checked(Series(), count=count, every=every), folder, as_json, messages)


@program.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a layer, a line each.")
def layers(name: str | None, as_json: bool) -> int:
    """Every kind of layer, with its options; of NAME also its page of the handbook, the examples computed."""
    if name is not None:
        return _layer(name, as_json)
    from asanai_tui.cli.layers import as_lines, as_plain

    if as_json:
        for layer in as_plain():
            write_json(layer)
    else:
        write_line("\n".join(as_lines()))
    return 0


@program.command()
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
            _project(path)  # what is wrong with it is said once
            return start(count, sys.argv[1:], messages)
        with ranks_here() as ranks:
            other = bool(ranks and ranks.rank)
            project, file = _project(path)
            project = _adjusted(project, **wishes)
            start_weights = None
            if origin and not project.problems():
                start_weights = started_from(origin, project, as_json, messages, silent=other)
            folder = Path() if other else made(runs) if runs else runs_folder(project, file)
            session = TrainingSession(project, folder, start_weights, ranks=ranks)
            return told(session, as_json, messages, silent=other)


@program.command(name="find-rate")
@click.argument("path", type=PATH)
@click.option("--start", type=float, help="The first learning rate; default: 1e-7.")
@click.option("--end", type=float, help="The last one, unless the loss diverges before; default: 10.")
@click.option("--steps", type=int, help="Batches, each with a larger rate; default: 100.")
@click.option("--save", is_flag=True, help="Write what is suggested into the project file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def find_rate(path: Path, save: bool, as_json: bool, **wishes: float | None) -> int:
    """Look which learning rate fits: train some batches with a rate that grows, and see where the loss falls.

    What is suggested is a tenth of the rate at which the smoothed loss was lowest. Nothing that was learned is kept.
    """
    with logs.diverted_stderr():
        from asanai_tui.checking import checked
        from asanai_tui.cli import rates
        from asanai_tui.inspection import learning_rate
        from asanai_tui.training.rate_finder import Sweep

        project, file = _project(path)
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


@program.command()
@click.argument("run", type=PATH)
@click.option("--epochs", type=TrainingType("epochs", "n"), help="Another number of epochs, those before included.")
@click.option("--learning-rate", type=TrainingType("learning_rate", "x"), help="Another size of the steps.")
@click.option(
    "--devices", type=DevicesType(), help="So many processes together, each on a GPU or a share of the cores."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
def resume(run: Path, as_json: bool, devices: int | None, **wishes: float | None) -> int:
    """Go on with a RUN that was stopped or killed, from its last checkpoint.

    On the processor the end is the same to the bit as that of a run that was never interrupted, with as many devices.
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


@program.command()
@click.argument("run", type=PATH, required=False)
@click.option("--learning-rate", type=TrainingType("learning_rate", "x"), help="Size of the steps, before a schedule.")
@click.option("--epochs", type=TrainingType("epochs", "n"), help="Another number of epochs, those before included.")
@click.option("--patience", type=TrainingType("patience", "n"), help="Epochs without a better value; 0: no early stop.")
@click.option("--min-delta", type=TrainingType("min_delta", "x"), help="A change smaller than this is not better.")
@click.option("--pause", "do", flag_value="pause", help="Hold at the next batch.")
@click.option("--go-on", "do", flag_value="go_on", help="End the pause.")
@click.option("--stop", "do", flag_value="stop", help="End at the next batch and keep the model.")
def change(run: Path | None, do: str | None, **wishes: float | None) -> int:
    """Change a RUN that is being trained, in this or another terminal or in the background.

    It counts from the next batch on and stands in the history. Without a RUN it is the newest that is being trained.
    """
    from asanai_tui.cli.changing import change as changed
    from asanai_tui.runs.known import newest, run_at

    wished = {name: value for name, value in wishes.items() if value is not None}
    if not wished and do is None:
        raise click.UsageError("Say what to change: --epochs, --learning-rate, --patience, --min-delta, --pause …")
    for sentence in changed(run_at(run) if run else newest(), wished, do):
        write_line(sentence)
    return 0


@program.command()
@click.argument("run", type=PATH, required=False)
@screen_options
@click.pass_context
def attach(ctx: click.Context, run: Path | None, no_mouse: bool, theme: str | None) -> int:
    """Show a RUN that is being trained, here or in the background, or that has ended; with full control.

    Without a RUN it is the newest that is being trained on this machine, else the newest.
    """
    from asanai_tui.runs.known import newest, run_at

    folder = run_at(run) if run else newest()
    return _screen(folder, no_mouse or ctx.obj["no_mouse"], theme or ctx.obj["theme"], attach=True)


@program.command()
@click.argument("model", type=PATH)
@click.argument("inputs", type=PATH, nargs=-1, required=True, metavar="INPUT...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of CSV.")
def predict(model: Path, inputs: tuple[Path, ...], as_json: bool) -> int:
    """What MODEL says about each INPUT.

    MODEL is a model.safetensors or the directory of a run, whose best model is taken. An INPUT is a CSV file, a
    picture, a folder of pictures or an .npy array whose first dimension is the batch.
    """
    with logs.diverted_stderr() as messages:
        from asanai_tui.cli.prediction import predict as run
        from asanai_tui.opening import model_at

        return run(model_at(model), inputs, as_json, messages)


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit status: 0, 1 for a failure with one sentence on standard error, 2 for wrong usage."""
    use_utf8()
    try:
        return int(program.main(arguments, prog_name=NAME, standalone_mode=False) or 0)
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except InputError as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:
        drop()
        return NOBODY_READS
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        print(logs.record(error), file=sys.stderr)
    return 1


def _screen(path: Path | None, no_mouse: bool, theme: str | None, attach: bool = False) -> int:
    if not all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stderr__)):
        raise InputError("The screen needs a terminal; the commands train, predict, summary and new do without one.")
    from asanai_tui.tui.launch import launch

    return launch(path, theme or "", not no_mouse, attach)


def _layer(name: str, as_json: bool) -> int:
    with logs.diverted_stderr():
        from asanai_tui.cli.handbook import as_lines, as_plain

        if as_json:
            write_json(as_plain(name))
        else:
            write_line("\n".join(as_lines(name, shutil.get_terminal_size().columns)))
        return 0


def _project(path: Path) -> "tuple[Project, Path | None]":
    return _opened(path)[:2]


def _opened(path: Path) -> "tuple[Project, Path | None, Path | None]":
    """What is at `path`: the project, its file, and the model that came with it."""
    from asanai_tui.opening import open_path

    opened = open_path(path, look=False)
    return opened.project, opened.path, opened.model_path


def _adjusted(project: "Project", learning_rate: float | None, **wishes: Any) -> "Project":
    import msgspec

    from asanai_tui.checking import checked

    changes = {name: value for name, value in wishes.items() if value is not None}
    if learning_rate is not None:
        changes["optimizer"] = checked(project.training.optimizer, learning_rate=learning_rate)
    return msgspec.structs.replace(project, training=checked(project.training, **changes))
