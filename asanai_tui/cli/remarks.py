"""What `new` says of the project it wrote: how the data was read, and what keeps it from being trained."""

from collections.abc import Iterator

from asanai_tui.data.preview import TablePreview
from asanai_tui.errors import clean
from asanai_tui.opening import Opened

MOST_COLUMNS = 20  # that are told of


def remarks(opened: Opened) -> list[str]:
    """Sentences: what was noted, then the problems; without a target or an input also why columns are left out."""
    problems = opened.project.problems()
    if opened.preview is None:
        return problems
    lines = [*opened.preview.notes, *problems]
    if isinstance(opened.preview, TablePreview):
        table = opened.preview.spec
        lines += [] if table.with_role("target") and table.with_role("input") else _left_out(opened.preview)
    return lines


def _left_out(preview: TablePreview) -> Iterator[str]:
    ignored = {column.name for column in preview.spec.with_role("ignore")}
    notes = [note for note in preview.columns if note.name in ignored]
    for note in notes[:MOST_COLUMNS]:
        yield f"The column {clean(note.name)} is ignored: {clean(note.reason)}."
    if len(notes) > MOST_COLUMNS:
        yield f"So are {len(notes) - MOST_COLUMNS:,} more."
