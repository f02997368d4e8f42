"""The data screen: every column with its reason, the first rows or pictures, and the split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from asanai_tui.data.preview import ArraysPreview
from asanai_tui.data.spec import Column, Images, Source, Table
from asanai_tui.errors import clean, counted
from asanai_tui.network.layers.base import show
from asanai_tui.training.recorder import Snapshot
from asanai_tui.tui.actions import bindings, hint
from asanai_tui.tui.column_form import column_facts, column_subject
from asanai_tui.tui.picture_views import are_pictures, unfit
from asanai_tui.tui.screens.pick import Choice, PickScreen
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.widgets.class_rows import ClassRows
from asanai_tui.tui.widgets.data_pane import ColumnRows, DataPane
from asanai_tui.tui.widgets.options_pane import OptionsPane, Subject
from asanai_tui.tui.widgets.rows import Part, Row, Rows
from asanai_tui.tui.widgets.sample_grid import SampleGrid

CELL, LINE = 16, 100  # characters of a cell in the preview; more where a line has room
OF_PICTURES = ("pictures.camera", "pictures.draw", "pictures.augmentation", "pictures.larger")
VALUES = 40  # of an example of an array that are shown
TABLE_KEYS = (
    "data.column", "data.role", "data.target", "data.type", "data.missing", "data.scaling", "data.split",
)  # fmt: skip
CLASS_KEYS = ("class.add", "class.rename", "class.remove", "class.fill")


class DataScreen(WorkScreen):
    """Reads from the program; its edits change the document."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("pictures")
    TITLE_KEY = "2"

    def __init__(self) -> None:
        super().__init__()
        self._notes: tuple[str, ...] = ()  # of the training, as they were drawn
        self._form = False  # the options are those of the selected column

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="main"):
                yield DataPane(classes=True)
                rows = Rows(wide=True, id="rows", classes="pane")
                rows.border_title = "First rows"
                yield rows
            yield OptionsPane()

    def on_mount(self) -> None:
        own = self.asanai.own_keys
        self.query_one(OptionsPane).border_subtitle = hint(("option.edit", "option.expert"), own)
        self.call_after_refresh(self.query_one(DataPane).focus)

    def _keys(self) -> tuple[str, ...]:
        """The actions that the data pane names: those of its kind of data."""
        data = self.asanai.project.data
        if isinstance(data, Table):
            return TABLE_KEYS
        if not isinstance(data, Images):
            views = {"pictures.draw": "drawing", "pictures.augmentation": "augmentation"} if are_pictures(data) else {}
            return (
                *(key for key, screen in views.items() if not unfit(screen, data)),
                *(("pictures.larger",) if views else ()),
                "data.other",
            )
        return (*CLASS_KEYS, *OF_PICTURES) if data.targets.kind == "classes" else OF_PICTURES

    def panes(self) -> list[Widget]:
        rows = [self.query_one("#rows", Rows)] if self.query_one("#rows", Rows).display else []
        return [self.query_one(DataPane), *rows, self.query_one(OptionsPane)]

    def show_pane(self, pane: Widget) -> None:
        self.set_class(isinstance(pane, OptionsPane), "beside-options")
        self.call_after_refresh(pane.focus)

    def project_changed(self) -> None:
        super().project_changed()
        self.query_one(DataPane).border_subtitle = hint(self._keys(), self.asanai.own_keys)
        project = self.asanai.project
        self.query_one(DataPane).show(project, self.asanai.preview, self.asanai.preview_problem, self.asanai.desk.notes)
        self._show_options()

    def preview_changed(self) -> None:
        super().preview_changed()
        project, preview = self.asanai.project, self.asanai.preview
        self.query_one(DataPane).show(project, preview, self.asanai.preview_problem, self.asanai.desk.notes)
        self._show_options()
        rows = self.query_one("#rows", Rows)
        stored = preview if isinstance(preview, ArraysPreview) and not any(_pictures(preview)) else None
        rows.display = isinstance(project.data, Table) or stored is not None
        if stored is not None:
            names, cells = stored_rows(stored)
            rows.show(list(sample_rows(names, cells)))
        if isinstance(project.data, Table) and preview is not None:
            names = [clean(column.name) for column in project.data.columns]
            rows.show(list(sample_rows(names, preview.sample)))  # type: ignore[arg-type]

    def training_changed(self, snapshot: Snapshot) -> None:
        super().training_changed(snapshot)
        if self._notes != self.asanai.desk.notes:
            self._notes = self.asanai.desk.notes
            self.project_changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is done with pictures is not there for tables, nor for rows and sequences of an array."""
        if action == "aside":
            return bool(getattr(self.asanai.preview, "set_aside", ()))
        if action == "larger":
            return bool(self.query_one(SampleGrid).pictures)
        return action != "pictures" or are_pictures(self.asanai.project.data)

    def action_aside(self) -> None:
        aside = [Choice(clean(file), clean(why), why) for file, why in getattr(self.asanai.preview, "set_aside", ())]
        self.app.push_screen(PickScreen(f"{len(aside):,} set aside", aside, done="closes"))

    def action_larger(self) -> None:
        self.query_one(SampleGrid).larger()

    def action_pictures(self, screen: str) -> None:
        if why := unfit(screen, self.asanai.project.data):
            self.app.notify(why, severity="warning", timeout=10)
        else:
            self.asanai.show(screen)

    @on(OptionsPane.Changed)
    def _option_changed(self, event: OptionsPane.Changed) -> None:
        place = self.query_one(ColumnRows).selected
        if event.key == "column" and place is not None:
            self.asanai.editor.column_options(place, cast(Column, event.struct), event.label, event.merge)
        else:
            self.asanai.editor.data(cast(Source, event.struct), event.label, event.merge)

    @on(OptionsPane.Left)
    def _options_left(self) -> None:
        self._form = False
        self._show_options()
        self.show_pane(self.query_one(DataPane))

    @on(ColumnRows.Asked)
    def _column_asked(self, event: ColumnRows.Asked) -> None:
        if event.wish == "preview":
            self.show_pane(self.query_one("#rows", Rows))
        elif event.wish == "open":
            self._form = True
            self._show_options()
            self.show_pane(self.query_one(OptionsPane))
        else:
            self.asanai.editor.column(event.wish, event.index)

    @on(Rows.Selected, "ColumnRows")
    def _column_selected(self) -> None:
        self._show_options()

    @on(ClassRows.Asked)
    def _class_asked(self, event: ClassRows.Asked) -> None:
        from asanai_tui.tui.class_desk import ClassDesk

        ClassDesk(self.asanai, self.query_one(ClassRows).follow).do(event.wish, event.name, event.out)

    def _show_options(self) -> None:
        data, pane = self.asanai.project.data, self.query_one(OptionsPane)
        place = self.query_one(ColumnRows).selected
        if self._form and place is not None and isinstance(data, Table) and place < len(data.columns):
            pane.show(column_subject(data, place, self.asanai.preview))
        else:
            pane.show(Subject("data", "data", data, tuple(self._facts())))

    def _facts(self) -> Iterator[Part]:
        data = self.asanai.project.data
        shape = " × ".join(str(extent) for extent in data.input_shape)
        yield Part(f"x  {shape}", "good")
        targets = data.targets
        what = f"one of {targets.count} classes" if targets.kind == "classes" else counted(targets.count, "number")
        yield Part(f"y  {what}{f' at each of {show(targets.shape)} places' if targets.shape else ''}", "good")
        if data.problem:
            yield Part(f"✕ {data.problem}", "problem")
        if isinstance(data, Table):
            place = self.query_one(ColumnRows).selected
            if place is not None and place < len(data.columns):
                yield Part("")
                yield Part(clean(data.columns[place].name, 60), "accent")
                yield from column_facts(data.columns[place], self.asanai.preview)
        if isinstance(data, Images):
            yield Part("pictures are scaled to this size once, and kept", "muted")


def _pictures(preview: ArraysPreview) -> Iterator[bool]:
    return (each.pixels is not None for each in preview.sample)


def stored_rows(preview: ArraysPreview) -> tuple[list[str], tuple[tuple[str, ...], ...]]:
    """The targets and the first values of some examples as text, with their names."""
    flat = [each.values.ravel()[:VALUES].tolist() for each in preview.sample]
    width = max(map(len, flat), default=0)
    names = ["y", *(f"x_{place}" for place in range(width))]
    return names, tuple(
        (each.label or "–", *(f"{value:.6g}" for value in values))
        for each, values in zip(preview.sample, flat, strict=True)
    )


def sample_rows(names: list[str], sample: tuple[tuple[str, ...], ...]) -> Iterator[Row]:
    """A header and the first rows, in columns as wide as their longest cells, as far as there is room."""
    longest = [
        max([len(name), *(len(row[place]) for row in sample if place < len(row))]) for place, name in enumerate(names)
    ]
    left = LINE - sum(min(CELL, width) + 2 for width in longest)
    most = CELL + max(0, left) // max(1, sum(width > CELL for width in longest))
    widths = [min(most, width) for width in longest]
    yield Row(
        (Part("     "), *(Part(f"{clean(name, w):<{w}}  ", "muted") for name, w in zip(names, widths, strict=True)))
    )
    for number, cells in enumerate(sample, 1):
        parts = [Part(f"{number:>4} ", "muted")]
        for cell, width in zip(cells, widths, strict=False):
            parts.append(Part(f"{clean(cell, width):<{width}}  ") if cell else Part(f"{'·':<{width}}  ", "problem"))
        yield Row(tuple(parts), (), str(number))
