"""Commands about data, and the project that it suggests."""

import shlex
import sys
from pathlib import Path

import click

from asanai_tui import logs
from asanai_tui.cli.arguments import PATH
from asanai_tui.cli.output import write_json, write_line
from asanai_tui.data.capturing import COUNT, EVERY, Series
from asanai_tui.data.formula_line import END, START, STEP
from asanai_tui.errors import InputError
from asanai_tui.files import APPLICATION


@click.command()
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


@click.command()
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


@click.command()
@click.argument("expression")
@click.option("--start", type=float, default=START, show_default=True, help="The first value of x, and of y.")
@click.option("--end", type=float, default=END, show_default=True, help="The last one.")
@click.option("--step", type=float, default=STEP, show_default=True, help="How far apart they are.")
@click.option("-o", "--output", type=PATH, default=Path("formula.csv"), show_default=True, help="The file to write.")
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
def formula(expression: str, start: float, end: float, step: float, output: Path, force: bool) -> int:
    """Write a table from a formula to learn from.

    EXPRESSION is such as "2*(x + 1)". Columns are x and the result, y; where EXPRESSION has y too they are x, y and z,
    over the grid of both. There are + - * / ^, parentheses, pi, e, sin cos tan exp log sqrt abs tanh min max. An
    EXPRESSION that begins with - comes after --.
    """
    from asanai_tui.data.formula import points, write

    if output.exists() and not force:
        raise InputError(f"{output} is already there; --force replaces it.")
    table = points(expression, start, end, step)
    write(output, table)
    write_line(f"{output} written, {table.about}. Next: {APPLICATION} {shlex.quote(str(output))}")
    return 0


@click.command()
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


COMMANDS = (new, data, formula, capture)
