"""The training screen: loss and metric curves, large, and the settings."""

from __future__ import annotations

from typing import cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from asanai_tui.training.recorder import Snapshot
from asanai_tui.training.settings import Training
from asanai_tui.tui.actions import hint
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.training_form import training_subject
from asanai_tui.tui.widgets.log_pane import LogPane
from asanai_tui.tui.widgets.options_pane import OptionsPane
from asanai_tui.tui.widgets.training_pane import TrainingPane


class TrainingScreen(WorkScreen):
    """Reads from the program; its settings change the document."""

    TITLE_KEY = "3"

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="main"):
                yield TrainingPane(metric=True)
                yield LogPane()
            yield OptionsPane()

    def on_mount(self) -> None:
        self.query_one(OptionsPane).border_subtitle = hint(("option.edit", "option.expert"), self.asanai.own_keys)
        self.call_after_refresh(self.query_one(TrainingPane).focus)

    def panes(self) -> list[Widget]:
        log = self.query_one(LogPane)
        return [self.query_one(TrainingPane), *([log] if log.display else []), self.query_one(OptionsPane)]

    def show_pane(self, pane: Widget) -> None:
        self.set_class(isinstance(pane, OptionsPane), "beside-options")
        self.call_after_refresh(pane.focus)

    def project_changed(self) -> None:
        super().project_changed()
        self.query_one(OptionsPane).show(training_subject(self.asanai.project))
        self._show_training()

    def training_changed(self, snapshot: Snapshot) -> None:
        super().training_changed(snapshot)
        self._show_training()

    def _show_training(self) -> None:
        self.query_one(TrainingPane).show(self.asanai)
        self.query_one(LogPane).show_log(self.asanai.session.log if self.asanai.session else None)

    def action_log_scale(self) -> None:
        self.query_one(TrainingPane).toggle_log()

    def action_batches(self) -> None:
        self.query_one(TrainingPane).toggle_batches()

    def action_next_metric(self) -> None:
        self.query_one(TrainingPane).next_metric()

    def action_training_settings(self) -> None:
        self.show_pane(self.query_one(OptionsPane))

    @on(OptionsPane.Changed)
    def _option_changed(self, event: OptionsPane.Changed) -> None:
        self.asanai.editor.training(cast(Training, event.struct), event.label, event.merge, event.typing)

    @on(OptionsPane.Settled)
    def _option_settled(self) -> None:
        self.asanai.editor.typed()

    @on(OptionsPane.Left)
    def _options_left(self) -> None:
        self.show_pane(self.query_one(TrainingPane))
