"""Edits of the open document: each hands a new project to it, and tells whom the change concerns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from asanai_tui import suggestion
from asanai_tui.data.spec import Arrays, Column, Images, PictureTable, Segmentation, Source, Table
from asanai_tui.editing import Document
from asanai_tui.errors import clean
from asanai_tui.network import advice
from asanai_tui.training import settings
from asanai_tui.training.control import Wishes
from asanai_tui.training.live import changes, live, told, with_wishes
from asanai_tui.tui import column_edits
from asanai_tui.tui.actions import first_key

if TYPE_CHECKING:
    from asanai_tui.data.preview import Preview
    from asanai_tui.project import Project
    from asanai_tui.training.settings import Training
    from asanai_tui.tui.app import AsanaiApp

Kind = TypeVar("Kind", Table, Images, Arrays, Segmentation)
READ_ANEW = ("x", "y", "axes", "answers")  # options of arrays whose result only the file tells


class Editor:
    """What the screens ask for becomes an edit that undo takes back."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app
        self._before_typing: Training | None = None  # the settings that a training that runs knows of

    def project(self, project: Project, label: str, merge: str = "") -> None:
        """Make `project` the current one; `label` names the edit for undo."""
        document = self._app.document
        if document is not None and document.apply(project, label, merge):
            self._app.project_changed()

    def training(self, training: Training, label: str, merge: str = "", typing: bool = False) -> None:
        """Change the settings of the training; some of them also reach a training that runs.

        Args:
            typing: the value may be the beginning of another one, so only `typed` makes it known.
        """
        before = self._before_typing or self._current.training
        self.project(msgspec.structs.replace(self._current, training=training), label, merge)
        self._before_typing = before if typing else None
        if not typing:
            self._reach(before, training)

    def typed(self) -> None:
        """What was typed is whole."""
        before, self._before_typing = self._before_typing, None
        if before is not None and self._app.document is not None:
            self._reach(before, self._current.training)

    def _reach(self, before: Training, training: Training) -> None:
        """What of a change counts for a training that runs; what does not, is told."""
        desk, wishes = self._app.desk, changes(live(before), live(training))
        if not desk.alive or self._app.snapshot.ended:
            return
        if wishes:
            self._tell_live(wishes, desk.wish(wishes))
        elif other := [name for name in training.__struct_fields__ if getattr(before, name) != getattr(training, name)]:
            form = first_key("training.change", self._app.own_keys)
            self._app.notify(
                f"{other[0]} counts from the next training on; {form} shows what can be changed now.", timeout=4
            )

    def live(self, wishes: Wishes) -> None:
        """Change the training that runs; where it is this program's own, the document with it."""
        desk = self._app.desk
        problem = desk.wish(wishes)
        if not problem and not desk.attached:
            training = with_wishes(self._current.training, wishes)
            label = ", ".join(f"{name} {value:g}" for name, value in wishes.items())
            self.project(
                msgspec.structs.replace(self._current, training=training), label, " ".join(wishes).replace("_", " ")
            )
        self._tell_live(wishes, problem)

    def _tell_live(self, wishes: Wishes, problem: str) -> None:
        if problem:
            self._app.notify(problem, severity="error", timeout=8)
        else:
            self._app.notify(f"From the next batch on: {told(wishes, self._app.snapshot.epoch)}", timeout=4)

    def learning_rate(self, factor: float) -> None:
        """A learning rate larger or smaller by `factor`; of a run in another process that of the run alone."""
        now = self._app.desk.live
        training = self._current.training
        rate = settings.scaled_rate(now.learning_rate if now else training.optimizer.learning_rate, factor)
        if now:
            self.live({"learning_rate": rate})
            return
        label = f"learning rate {rate:g}"
        self.training(settings.with_rate(training, rate), label, "learning rate")
        self._app.notify(label.capitalize(), timeout=2)

    def data(self, source: Source, label: str, merge: str = "") -> None:
        """Change what the data means; the network's end, loss and metric follow where they must."""
        before = self._current.data
        if isinstance(source, Table) and isinstance(before, Table) and written(source) != written(before):
            way = written(source)
            self._read_anew(Table, lambda table: msgspec.structs.replace(table, **way), label, decide=True)
            return
        if isinstance(source, Images) and isinstance(before, Images) and laid_out(source) != laid_out(before):
            split, table = source.split, _unguessed(source.table, before.table)
            self._read_anew(
                Images, lambda images: msgspec.structs.replace(images, classes=(), split=split, table=table), label
            )
            return
        if isinstance(source, Arrays) and isinstance(before, Arrays) and _read_otherwise(source, before):
            named = {name: getattr(source, name) for name in READ_ANEW}
            self._read_anew(Arrays, lambda arrays: msgspec.structs.replace(arrays, **named), label)
            return
        if isinstance(source, Segmentation) and isinstance(before, Segmentation) and source.masks != before.masks:
            masks = source.masks
            self._read_anew(Segmentation, lambda pictures: msgspec.structs.replace(pictures, masks=masks), label)
            return
        if isinstance(source, Table) and isinstance(before, Table):
            source = column_edits.without_divider(source, before)
            if source.with_role("target") != before.with_role("target"):
                source = column_edits.with_ranges(source, getattr(self._app.preview, "columns", ()))
        self.project(suggestion.with_data(self._current, source), label, merge)
        limits = [getattr(each, "most_per_class", 0) for each in (before, source)]
        ways = [(each.split.method, each.split.by) for each in (before, source)]
        if source.targets != before.targets or limits[0] != limits[1] or ways[0] != ways[1]:  # what differs is counted
            self._app.inspect_data()

    def pictures(self, change: Callable[[Images], Images], label: str) -> None:
        """Change which classes there are, which only the folder can tell the result of."""
        self._read_anew(Images, change, label)

    def column(self, wish: str, index: int) -> None:
        """The next role, type, treatment of gaps or scaling of a column."""
        table = self._current.data
        if not isinstance(table, Table) or wish not in column_edits.WISHES:
            return
        label = f"{wish} of {clean(table.columns[index].name)}"
        notes = {note.name: note.fits for note in getattr(self._app.preview, "columns", ())}
        fits = notes.get(table.columns[index].name, ())
        self._column(index, lambda table: column_edits.edited(table, index, wish, fits), label)

    def column_options(self, index: int, column: Column, label: str, merge: str = "") -> None:
        """Other options of a column."""
        label = f"{label} of {clean(column.name)}"
        self._column(index, lambda table: column_edits.placed(table, index, column), label, merge)

    def _column(self, index: int, change: Callable[[Table], Table], label: str, merge: str = "") -> None:
        table = self._current.data
        if not isinstance(table, Table):
            return
        changed = change(table)
        if changed.columns[index].type != table.columns[index].type or column_edits.unread(changed):
            self._read_anew(Table, change, label)
        else:
            self.data(changed, label, merge)
            if changed.columns[index].format != table.columns[index].format:  # other cells are dates now
                self._app.inspect_data()

    def _read_anew(self, kind: type[Kind], change: Callable[[Kind], Kind], label: str, decide: bool = False) -> None:
        """An edit of the data that only its files can tell the result of: names, categories or classes.

        Args:
            decide: the columns may become others, which are decided as those of a new file are.
        """
        app, document, before = self._app, self._app.document, self._current.data
        if not isinstance(before, kind):
            return

        def read(preview: Preview) -> None:
            if app.document is not document:
                return
            if self._current.data == before:
                app.reader.forget()  # what was asked before this
                app.data_read(preview)
                self.project(suggestion.with_data(self._current, preview.spec), label)
            else:  # edited meanwhile; that is not lost
                self._read_anew(kind, change, label, decide)

        app.reader.read(change(before), read, partial(app.notify, severity="error", timeout=15), decide)

    def suggest_network(self) -> None:
        """Replace the layers by a network that fits the data; one edit, to be undone like any other."""
        app, data = self._app, self._current.data
        if app.preview is None or data.problem:
            app.notify(data.problem or "The data has not been read yet.", severity="warning")
            return
        network, why = advice.suggest_network(
            data.input_shape, data.targets, suggestion.examples(app.preview), suggestion.tokens_of(data)
        )
        fitted = msgspec.structs.replace(self._current, network=network)
        self.project(suggestion.with_data(fitted, data), "fitting network")
        app.notify(why, title="Fitting network", timeout=8)

    def undo(self) -> None:
        """Take the last edit back, and say which."""
        self._step("Undone", Document.undo, "There is nothing to undo.")

    def redo(self) -> None:
        """Do again what was taken back, and say what."""
        self._step("Again", Document.redo, "There is nothing to redo.")

    def _step(self, done: str, step: Callable[[Document], str | None], nothing: str) -> None:
        app = self._app
        if app.document is None:
            return
        before, training, label = self._current.data, self._current.training, step(app.document)
        app.notify(f"{done}: {label}." if label else nothing, timeout=2)
        if not label:
            return
        if app.desk.alive and (wishes := changes(live(training), live(self._current.training))):
            app.desk.wish(wishes)
        if self._current.data != before:
            app.inspect_data()
        app.project_changed()

    @property
    def _current(self) -> Project:
        return self._app.project


def written(table: Table) -> dict[str, Any]:
    """How the file is written, as far as it can be changed here."""
    names = ("header", "quote", "separator", "encoding", "decimal", "thousands", "gaps")
    return {name: getattr(table, name) for name in names}


def laid_out(images: Images) -> tuple[object, ...]:
    """What decides which classes there are."""
    return images.split.method == "folders", images.table, images.relabelled


def _unguessed(table: PictureTable, before: PictureTable) -> PictureTable:
    """Without what depends on what was changed: another file has other columns, another column another kind."""
    if table.path != before.path:
        return PictureTable(path=table.path)
    return msgspec.structs.replace(table, file="") if table.label != before.label else table


def _read_otherwise(source: Arrays, before: Arrays) -> bool:
    return any(getattr(source, name) != getattr(before, name) for name in READ_ANEW)
