"""The commands. `asanai-tui PATH` opens the screen; a path that is called like a command is reached as ./train."""

import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asanai_tui import __version__, logs
from asanai_tui.cli import data_commands, training_commands
from asanai_tui.cli.arguments import PATH
from asanai_tui.cli.output import drop, use_utf8, write_json, write_line
from asanai_tui.cli.projects import project_at
from asanai_tui.errors import InputError
from asanai_tui.files import APPLICATION, existing
from asanai_tui.tui.theme_names import THEME_NAMES

if TYPE_CHECKING:
    pass

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
@click.version_option(__version__, prog_name=APPLICATION)
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def summary(path: Path, as_json: bool) -> int:
    """Layers, shapes, parameters, costs and problems.

    Multiply-adds are those of one example's forward pass; memory is that of training at the batch size, estimated.
    The exit status is 0 also where there are problems; they stand under the table, or as `problems` in the object.
    """
    from asanai_tui.cli.summary import as_lines, as_plain

    project = project_at(path)[0]
    if as_json:
        write_json(as_plain(project))
    else:
        write_line("\n".join(as_lines(project)))
    return 0


@program.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a layer, a line each.")
def layers(name: str | None, as_json: bool) -> int:
    """Every kind of layer, or the page of one.

    With the options; of NAME also its page of the handbook, the examples computed.
    """
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
@click.argument("run", type=PATH, required=False)
@screen_options
@click.pass_context
def attach(ctx: click.Context, run: Path | None, no_mouse: bool, theme: str | None) -> int:
    """Show and control a RUN from another terminal.

    It may be trained in another terminal or in the background, or have ended.
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


for command in (*data_commands.COMMANDS, *training_commands.COMMANDS):
    program.add_command(command)


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit status: 0, 1 for a failure with one sentence on standard error, 2 for wrong usage."""
    use_utf8()
    try:
        return int(program.main(arguments, prog_name=APPLICATION, standalone_mode=False) or 0)
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
