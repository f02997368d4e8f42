"""The network as a whole: what every layer costs, and a picture from the input to the output."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from asanai_tui.network.nesting import exists, layer_at, place_of
from asanai_tui.tui.actions import bindings, hint
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.network_panes import CostPane, NetworkPicture
from asanai_tui.tui.widgets.rows import Rows


class NetworkScreen(WorkScreen):
    """A view from the workbench: it begins at the layer that is selected there, and enter goes back to another."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("network")
    TITLE_KEY = "1"

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield CostPane()
            yield NetworkPicture()

    def on_mount(self) -> None:
        hints = hint(("view.next", "network.open", "network.back"), self.asanai.own_keys)
        self._costs.border_subtitle = self._picture.border_subtitle = hints
        self.call_after_refresh(self._costs.rows.focus)

    def panes(self) -> list[Widget]:
        return [self._costs.rows, self._picture]

    def home_pane(self) -> Widget:
        return self._picture if self.has_class("beside-picture") else self._costs.rows

    def show_pane(self, pane: Widget) -> None:
        self.set_class(pane is self._picture, "beside-picture")
        self.call_after_refresh(pane.focus)

    @property
    def topic(self) -> str:
        network, place = self.asanai.project.network, place_of(self._costs.rows.cursor)
        return layer_at(network, place).name if exists(network, place) else ""

    def resumed(self) -> None:
        self._show(self._layers.cursor)
        super().resumed()

    def project_changed(self) -> None:
        super().project_changed()
        self._show()

    def _show(self, selected: str | None = None) -> None:
        for pane in (self._costs, self._picture):
            pane.show_project(self.asanai.project, selected)

    @on(Rows.Selected, "CostRows, NetworkPicture")
    def _selected(self, event: Rows.Selected) -> None:
        """Both show the same layer; what is no longer selected where it was is not heeded."""
        if event.rows.cursor == event.key:
            for rows in (self._costs.rows, self._picture):
                rows.select(event.key)

    @on(Rows.Chosen, "CostRows, NetworkPicture")
    def _chosen(self) -> None:
        self.action_open_layer()

    def action_open_layer(self) -> None:
        selected = self._costs.rows.cursor
        self.asanai.show("workbench")
        self._layers.select(selected)

    def action_back(self) -> None:
        self.asanai.show("workbench")

    @property
    def _layers(self) -> LayerList:
        """The list of the workbench, from which this screen is opened."""
        return self.app.get_screen("workbench").query_one(LayerList)

    @property
    def _costs(self) -> CostPane:
        return self.query_one(CostPane)

    @property
    def _picture(self) -> NetworkPicture:
        return self.query_one(NetworkPicture)
