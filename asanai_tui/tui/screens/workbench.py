"""The workbench: layers, options, data and training, as many at once as fit."""

from __future__ import annotations

from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from asanai_tui.data.spec import Column, Source, Table
from asanai_tui.network.layers.base import Layer, explanation, show
from asanai_tui.network.nesting import Place, exists, layer_at, number, placed
from asanai_tui.network.network import Stage
from asanai_tui.project import Project
from asanai_tui.quantities import amount
from asanai_tui.training.recorder import Snapshot
from asanai_tui.training.settings import Training
from asanai_tui.tui.actions import bindings, hint
from asanai_tui.tui.column_form import column_subject
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.stack_editor import StackEditor
from asanai_tui.tui.training_form import training_subject
from asanai_tui.tui.widgets.data_pane import ColumnRows, DataPane
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.options_pane import OptionsPane, Subject
from asanai_tui.tui.widgets.rows import Part, Rows
from asanai_tui.tui.widgets.training_pane import TrainingPane

BESIDE = ("layers", "options", "data", "training")


class WorkbenchScreen(WorkScreen):
    """Edits of the stack end here: each makes a new network and hands it to the program."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("workbench")
    TITLE_KEY = "1"

    def __init__(self) -> None:
        super().__init__()
        self._subject = "layer"

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            layers = LayerList(classes="pane")
            layers.border_title = "Layers"
            yield layers
            yield OptionsPane()
            with Vertical(id="side"):
                yield DataPane()
                yield TrainingPane()

    def on_mount(self) -> None:
        own = self.asanai.own_keys
        self._layers.border_subtitle = hint(("layer.add", "layer.delete", "layer.duplicate", "layer.network"), own)
        self._options.border_subtitle = hint(("option.edit", "option.expert"), own)
        self.query_one(DataPane).border_subtitle = hint(("view.data",), own)
        self._layers.focus()

    def panes(self) -> list[Widget]:
        return [self._layers, self._options, self.query_one(DataPane), self.query_one(TrainingPane)]

    @property
    def topic(self) -> str:
        place = self._layers.selected
        return layer_at(self._project.network, place).name if exists(self._project.network, place) else ""

    def show_pane(self, pane: Widget) -> None:
        name = BESIDE[self.panes().index(pane)]
        if name != "layers" or self.has_class("-tiny"):
            self._stand_beside(name)
        if name in ("data", "training"):
            self._show_subject(name)
        self.call_after_refresh(pane.focus)

    def project_changed(self) -> None:
        super().project_changed()
        project = self._project
        self._layers.show_project(project)
        self._show_subject(self._subject)
        self.query_one(DataPane).show(project, self.asanai.preview, self.asanai.preview_problem, self.asanai.desk.notes)
        self.query_one(TrainingPane).show(self.asanai)

    def preview_changed(self) -> None:
        super().preview_changed()
        self.query_one(DataPane).show(
            self._project, self.asanai.preview, self.asanai.preview_problem, self.asanai.desk.notes
        )

    def training_changed(self, snapshot: Snapshot) -> None:
        super().training_changed(snapshot)
        self.query_one(TrainingPane).show(self.asanai)

    def action_log_scale(self) -> None:
        self.query_one(TrainingPane).toggle_log()

    def action_batches(self) -> None:
        self.query_one(TrainingPane).toggle_batches()

    def action_training_settings(self) -> None:
        self._show_subject("training")
        self._focus_options()

    @on(Rows.Selected, "LayerList")
    def _layer_selected(self) -> None:
        self._show_subject("layer")

    @on(LayerList.Asked)
    def _asked(self, event: LayerList.Asked) -> None:
        if event.wish == "options":
            self._show_subject("layer")
            self._focus_options()
        else:
            self._editor.do(event.wish, event.place)

    def action_wish(self, wish: str) -> None:
        """What concerns the network as a whole is done from every pane."""
        if wish == "network":
            self.asanai.show("network")
        else:
            self._editor.do(wish, self._layers.selected)

    @on(LayerList.Pasted)
    def _pasted(self, event: LayerList.Pasted) -> None:
        self._editor.put(event.text, self._layers.selected)

    @on(OptionsPane.Changed)
    def _option_changed(self, event: OptionsPane.Changed) -> None:
        if event.key == "layer":
            self._editor.replace(self._layers.selected, cast(Layer, event.struct), event.label, event.merge)
        elif event.key == "training":
            self.asanai.editor.training(cast(Training, event.struct), event.label, event.merge, event.typing)
        elif event.key == "column" and (place := self.query_one(ColumnRows).selected) is not None:
            self.asanai.editor.column_options(place, cast(Column, event.struct), event.label, event.merge)
        else:
            self.asanai.editor.data(cast(Source, event.struct), event.label, event.merge)

    @on(OptionsPane.Settled)
    def _option_settled(self) -> None:
        self.asanai.editor.typed()

    @on(OptionsPane.Left)
    def _options_left(self) -> None:
        data, training = self.query_one(DataPane), self.query_one(TrainingPane)
        self.show_pane({"layer": self._layers, "data": data, "column": data, "training": training}[self._subject])

    @on(ColumnRows.Asked)
    def _column_asked(self, event: ColumnRows.Asked) -> None:
        if event.wish == "open":
            self._show_subject("column")
            self._focus_options()
        else:
            self.asanai.editor.column(event.wish, event.index)

    @on(Rows.Selected, "ColumnRows")
    def _column_selected(self) -> None:
        if self._subject == "column":
            self._show_subject("column")

    def _show_subject(self, name: str) -> None:
        self._subject = name
        project = self._project
        match name:
            case "layer" if exists(project.network, self._layers.selected):
                self._options.show(layer_subject(project, self._layers.selected))
            case "column" if isinstance(project.data, Table) and (place := self._column(project.data)) is not None:
                self._options.show(column_subject(project.data, place, self.asanai.preview))
            case "data" | "column":
                self._options.show(Subject("data", "data", project.data))
            case _:
                self._options.show(training_subject(project))

    def _column(self, data: Table) -> int | None:
        """The place of the selected column, while the list is that of these data."""
        place = self.query_one(ColumnRows).selected
        return place if place is not None and place < len(data.columns) else None

    def _focus_options(self) -> None:
        self._stand_beside("options")
        self.call_after_refresh(self._options.focus)

    def _stand_beside(self, name: str) -> None:
        for each in BESIDE:
            self.set_class(each == name, f"beside-{each}")

    @property
    def _editor(self) -> StackEditor:
        return StackEditor(self.asanai, self._layers)

    @property
    def _project(self) -> Project:
        return self.asanai.project

    @property
    def _layers(self) -> LayerList:
        return self.query_one(LayerList)

    @property
    def _options(self) -> OptionsPane:
        return self.query_one(OptionsPane)


def layer_subject(project: Project, place: Place) -> Subject:
    """The options of a layer, with what arrives, what leaves and what it costs."""
    stage = next(each.stage for each in placed(project.network, project.input_shape) if each.place == place)
    facts: list[Part] = []
    if stage.problem:
        facts.append(Part(f"✕ {show(stage.arrives or ())} arrives; {stage.problem}", "problem"))
    elif stage.arrives is not None and stage.leaves is not None:
        facts.append(Part(f"{show(stage.arrives)} → {show(stage.leaves)}", "good"))
        facts.append(Part(_counts(stage), "muted"))
        if stage.multiply_adds:
            facts.append(Part(f"{amount(stage.multiply_adds)} multiply-adds for each example", "muted"))
    else:
        facts.append(Part("waits for the layer above that has a problem", "muted"))
    title = f"{number(place)} {stage.layer.name}"
    return Subject("layer", title, stage.layer, tuple(facts), explanation(type(stage.layer)))


def _counts(stage: Stage) -> str:
    if not stage.trained:
        return "no parameters"
    trained = f"{stage.trainable:,}" if stage.trained == "part" else stage.trained
    return f"{stage.parameters:,} parameters, {trained} trainable"
