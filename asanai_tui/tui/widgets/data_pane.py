"""The data pane: what was read, what each column means, pictures of each class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from asanai_tui.data.column import USELESS
from asanai_tui.data.preview import ArraysPreview, SegmentationPreview, classes_of
from asanai_tui.data.spec import Column, Images, Segmentation, Source, Split, Table
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.project import Project
from asanai_tui.training.trials import of_fold
from asanai_tui.tui.actions import bindings, first_key
from asanai_tui.tui.widgets.class_rows import ClassRows
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.rows import Part, Row, Rows
from asanai_tui.tui.widgets.sample_grid import SampleGrid

if TYPE_CHECKING:
    from asanai_tui.data.preview import ColumnNote, ImagesPreview, Preview
    from asanai_tui.tui.app import AsanaiApp

GAPS, TREATMENT, REASON = 46, 68, 106  # columns of the terminal from which on each of them is shown
SET_ASIDE = 3  # pictures named
SHORT_TYPES = {"integer_category": "int. cat.", "date_time": "date-time", "picture_path": "picture"}
LOOKS = {"target": "accent", "ignore": "muted"}


class ColumnRows(Rows):
    """One column of the table a line: name, role, type, gaps, scaling and the reason, as many as fit."""

    BINDINGS = bindings("data")

    class Asked(Message):
        """A key asks for another role, type, treatment of gaps or scaling, for all options or for the first rows."""

        def __init__(self, wish: str, index: int) -> None:
            super().__init__()
            self.wish, self.index = wish, index

    def __init__(self) -> None:
        super().__init__()
        self._columns: Sequence[Column] = ()
        self._notes: Sequence[ColumnNote] = ()

    def show_columns(self, columns: Sequence[Column], notes: Sequence[ColumnNote]) -> None:
        """Draw the columns; notes are those of the preview, or none while it is being read."""
        self._columns, self._notes = columns, notes
        by_name = {note.name: note for note in notes}
        width = min(24, max((len(clean(column.name)) for column in columns), default=8))
        rows = [self._row(place, each, by_name.get(each.name), width) for place, each in enumerate(columns)]
        self.show([self._header(width), *rows])

    def on_resize(self) -> None:
        self.show_columns(self._columns, self._notes)

    @property
    def selected(self) -> int | None:
        """The place of the selected column."""
        return int(self.cursor) if self.cursor else None

    @property
    def reason(self) -> str:
        """Why the selected column is what it is; empty where its line says so."""
        place = self.selected
        if place is None or self.size.width > REASON or place >= len(self._columns):
            return ""
        column = self._columns[place]
        note = next((each for each in self._notes if each.name == column.name), None)
        return f"{clean(column.name, 24)}: {clean(note.reason)}" if note else ""

    def action_role(self) -> None:
        self._ask("role")

    def action_target(self) -> None:
        self._ask("target")

    def action_type(self) -> None:
        self._ask("type")

    def action_missing(self) -> None:
        self._ask("missing")

    def action_scaling(self) -> None:
        self._ask("scaling")

    def action_open(self) -> None:
        self._ask("open")

    def on_rows_chosen(self) -> None:
        self.action_open()

    def action_split(self) -> None:
        self._ask("split")

    def action_preview(self) -> None:
        self._ask("preview")

    def _ask(self, wish: str) -> None:
        if self.selected is not None:
            self.post_message(self.Asked(wish, self.selected))

    def _header(self, width: int) -> Row:
        text = f"{'column':<{width}} {'role':<7}{'type':<11}"
        text += f"{'missing':>7} " if self.size.width > GAPS else ""
        text += f" {'treatment':<26}" if self.size.width > TREATMENT else ""
        text += " why" if self.size.width > REASON else ""
        return Row((Part(text, "muted"),))

    def _row(self, place: int, column: Column, note: ColumnNote | None, width: int) -> Row:
        role = "TARGET" if column.role == "target" else column.role
        look = LOOKS.get(column.role, "")
        name = clean(column.name, width)
        left = [
            Part(f"{name:<{width}} ", look),
            Part(f"{role:<7}", look),
            Part(f"{SHORT_TYPES.get(column.type, column.type):<11}", look),
        ]
        if self.size.width > GAPS:
            gaps = f"{note.missing:,}" if note and note.missing else "–"
            left.append(Part(f"{gaps:>7} ", "" if gaps != "–" else "muted"))
        if self.size.width > TREATMENT:
            left.append(Part(f" {treatment(column, note):<26}"))
        if self.size.width > REASON:
            left.append(Part(f" {clean(note.reason) if note else ''}", "muted"))
        return Row(tuple(left), (), str(place))


def treatment(column: Column, note: ColumnNote | None) -> str:
    """What becomes of the cells: `median, standardise`, `one-hot 3`."""
    if column.role == "ignore" or column.type in USELESS:
        return "–"
    parts = [_gaps(column)] if note and note.missing else []
    if column.type == "date_time":
        parts.append(f"{len(column.slots)} numbers")
    if column.type == "text":
        parts.append(f"{column.length} words of {column.words:,}")
    elif column.type == "boolean":
        parts.append("2 classes" if column.role == "target" and column.names_classes else "0 and 1")
    elif column.is_category:
        parts.append(f"{len(column.categories)} classes" if column.role == "target" else f"one-hot {column.width}")
    elif column.scaling == "divide_by":
        parts.append(f"÷ {column.divisor:g}")
    elif column.scaling != "none":
        parts.append(column.scaling.replace("_", "-"))
    return ", ".join(parts) or "as it is"


def _gaps(column: Column) -> str:
    if column.missing == "constant":
        return f"fill {column.constant:g}"
    if column.missing == "indicator":
        return f"fill {column.constant:g} + mark"
    return column.missing.replace("_", " ")


class DataPane(Hinted, Vertical):
    """A few lines about the source, then columns or pictures."""

    def __init__(self, classes: bool = False) -> None:
        """`classes`: those of pictures are listed, too."""
        super().__init__(classes="pane")
        self._lists_classes = classes

    def compose(self) -> ComposeResult:
        self.border_title = "Data"
        yield Static(id="about", markup=False)
        yield ColumnRows()
        yield Static(id="why", markup=False)
        yield ClassRows()
        yield SampleGrid()

    @on(Rows.Selected, "ColumnRows")
    def _why(self) -> None:
        """The reason for the selected column, below the list where lines are too short for it."""
        why, reason = self.query_one("#why", Static), self.query_one(ColumnRows).reason
        if why.content != reason:
            why.update(reason)

    @on(Rows.Selected, "ClassRows")
    def _class_selected(self, event: Rows.Selected) -> None:
        self.query_one(SampleGrid).lead(event.key)

    def focus(self, scroll_visible: bool = True) -> DataPane:
        lists = [each for each in (self.query_one(ColumnRows), self.query_one(ClassRows)) if each.display]
        if lists:
            lists[0].focus(scroll_visible)
        else:
            self.can_focus = True
            super().focus(scroll_visible)
        return self

    def show(self, project: Project, preview: Preview | None, problem: str, found: Sequence[str] = ()) -> None:
        """Draw the data of `project` as far as it was read; `found` are notes of the training that read all of it."""
        table = isinstance(project.data, Table)
        columns, grid = self.query_one(ColumnRows), self.query_one(SampleGrid)
        columns.display, grid.display = table, not table
        self._show_classes(project.data, preview)
        self.query_one("#why", Static).display = table
        text = Text()
        key = first_key("pictures.aside", cast("AsanaiApp", self.app).own_keys) if self._lists_classes else ""
        for part in about(project, preview, problem, found, key):
            look = columns.get_component_rich_style(f"rows--{part.look}", partial=True) if part.look else ""
            text.append(f"{part.text}\n", look)
        text.rstrip()
        about_lines = self.query_one("#about", Static)
        if about_lines.content != text:
            about_lines.update(text)
        if isinstance(project.data, Table):
            columns.show_columns(project.data.columns, getattr(preview, "columns", ()))
            self._why()
        else:
            grid.show_sample(project.data, getattr(preview, "sample", ()))

    def _show_classes(self, source: Source, preview: Preview | None) -> None:
        rows = self.query_one(ClassRows)
        rows.display = self._lists_classes and isinstance(source, Images) and source.targets.kind == "classes"
        if rows.display and isinstance(source, Images):
            rows.show_classes(source, cast("ImagesPreview | None", preview))


def about(
    project: Project, preview: Preview | None, problem: str, found: Sequence[str] = (), key: str = ""
) -> Iterator[Part]:
    """The lines about the source: file, amounts, classes, split, notes, files set aside, all of which `key` shows."""
    source = project.data
    yield Part(f"source  {clean('/'.join(Path(source.path).parts[-2:]), 60)}")
    if isinstance(source, Images | Segmentation):
        channels = "colour" if source.colour == "rgb" else "grey"
        yield Part(f"size    {source.height} × {source.width}  {channels}, ÷ 255")
    for name, text in getattr(preview, "stored", ()):
        yield Part(f"{name:<8}{clean(text)}")
    if preview is None:
        yield Part(f"✕ {problem}", "problem") if problem else Part("        reading …", "muted")
        return
    counts = classes_of(source, preview)
    total = (sum(count for _, count in counts) if counts else preview_rows(preview)) - _without_value(source, preview)
    folds = project.training.folds
    yield parts_line(of_fold(source, 1, folds) if folds > 1 else source, preview, total)
    if counts:
        yield Part(f"classes {class_line(counts)}")
    aside = getattr(preview, "set_aside", ())
    if len(aside) > 1:
        yield Part(
            f"✕ {len(aside):,} set aside{f' ({key} lists them)' if key and len(aside) > SET_ASIDE else ''}, the first:",
            "problem",
        )
    for file, why in aside[:SET_ASIDE]:
        yield Part(f"✕ {clean(file)}: {clean(why)}", "problem")
    for note in dict.fromkeys((*preview.notes, *found)):
        yield Part(f"note    {clean(note)}", "muted")


def class_line(counts: Sequence[tuple[str, int]]) -> str:
    """`Adelie 152 · Gentoo 124`, or `10, of 174 to 183 each`; a warning where they differ much."""
    numbers = [count for _, count in counts]
    uneven = f"  ⚠ differ {max(numbers) / min(numbers):.1f} to 1" if max(numbers) >= 2 * min(numbers) > 0 else ""
    if len(counts) <= 4:
        return " · ".join(f"{clean(name, 20)} {count:,}" for name, count in counts) + uneven
    low, high = min(numbers), max(numbers)
    each = f"{low:,} each" if low == high else f"of {low:,} to {high:,} each"
    return f"{len(counts):,}, {each}{uneven}"


def _without_value(source: Source, preview: Preview) -> int:
    """Rows that will be left out, as the number to learn is not in them; of other columns only reading all can tell."""
    if not isinstance(source, Table) or classes_of(source, preview):
        return 0
    gaps = {note.name: note.missing for note in getattr(preview, "columns", ())}
    return max((gaps.get(column.name, 0) for column in source.with_role("target")), default=0)


def preview_rows(preview: Preview) -> int:
    """How many examples there are."""
    return int(getattr(preview, "rows", 0)) or sum(count for _, count in preview.class_counts)


def parts_line(source: Source, preview: Preview, total: int) -> Part:
    """The parts as they will fall; where whole groups are divided, their real sizes."""
    split = source.split
    if split.method == "folders":
        return _folders_line(source, preview)
    of = f" of {clean(split.by, 24)}" if split.by else ""
    if split.method != "group" or source.problem:
        return Part(f"split   {split_line(split.counts(total))}{of and f' in the order{of}'}{_folds(split)}")
    if (
        isinstance(preview, ArraysPreview | SegmentationPreview)
        or preview.group_sizes is None
        or preview.spec.split.by != split.by
    ):
        return Part("split   counting the groups …", "muted")
    from asanai_tui.data.split import group_counts  # numpy, after the first paint

    try:
        counts = split_line(group_counts(preview.group_sizes, split))
    except InputError as error:
        return Part(f"✕ {error}", "problem")
    return Part(f"split   {counts} by {counted(len(preview.group_sizes), 'group')}{of}{_folds(split)}")


def _folds(split: Split) -> str:
    return f", the first of {split.fold[1]} folds" if split.fold[0] == 1 else ""


def _folders_line(source: Source, preview: Preview) -> Part:
    from asanai_tui.data.split import folder_counts  # numpy, after the first paint

    sizes = getattr(preview, "part_sizes", None)
    if sizes is None:
        return Part("split   looking into the folders …", "muted")
    return Part(f"split   {split_line(folder_counts(sizes, source.split))}, by folders")


def split_line(counts: Sequence[int]) -> str:
    """`1,438 train (80%) · 359 validation (20%)`: the parts of train, validation and test that are not empty."""
    total = max(1, sum(counts))
    parts = [pair for pair in zip(("train", "validation", "test"), counts, strict=True) if pair[1]]
    return " · ".join(f"{count:,} {name} ({count / total:.0%})" for name, count in parts)


def data_line(project: Project, preview: Preview | None) -> str:
    """One line for the title: `digits · 1,797 pictures · 10 classes`."""
    source = project.data
    parts = [clean(Path(source.path).name, 30)]
    if preview is not None:
        parts.append(counted(preview_rows(preview), source.example))
    if source.targets.kind == "classes":
        parts.append(counted(source.targets.count, "class", "classes"))
    return " · ".join(parts)
