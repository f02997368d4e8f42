"""The health of the network: what every layer gives on real examples, and what is unhealthy, with advice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from asanai_tui.errors import counted
from asanai_tui.network.nesting import dotted, exists, layer_at, place_of
from asanai_tui.training.findings import Health
from asanai_tui.training.recorder import Snapshot
from asanai_tui.tui.actions import bindings, hint
from asanai_tui.tui.drawing import health_table
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.network_panes import StillRows
from asanai_tui.tui.widgets.rows import Part, Row, Rows

if TYPE_CHECKING:
    from asanai_tui.project import Project

WAITING = "Before the first step the layers are looked at …"
SOUND = "Nothing unhealthy was found."


class HealthPane(Hinted, Vertical):
    """The table: its heading stays while the layers scroll."""

    def compose(self) -> ComposeResult:
        yield StillRows(id="heading")
        yield Rows(id="layers")


class HealthScreen(WorkScreen):
    """While a training runs it shows that one as it was looked at last; else the network of the document."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("health")
    TITLE_KEY = "3"

    def __init__(self) -> None:
        super().__init__()
        self._health = Health()
        self._of: Project | None = None  # what was looked at apart from any training
        self._looking: Project | None = None
        self._told = ""  # why there is nothing to show

    def content(self) -> ComposeResult:
        with Vertical(id="panes"):
            yield HealthPane(classes="pane")
            findings = Rows(id="findings", classes="pane")
            findings.border_title = "Findings"
            yield findings

    def on_mount(self) -> None:
        keys = ("health.open", "health.again", "view.next", "health.back")
        self.query_one(HealthPane).border_subtitle = hint(keys, self.asanai.own_keys)
        self.call_after_refresh(self._layers.focus)

    def panes(self) -> list[Widget]:
        return [self._layers, self._findings]

    @property
    def topic(self) -> str:
        place = self._place()
        network = self.asanai.project.network
        return layer_at(network, place).name if exists(network, place) else ""

    def project_changed(self) -> None:
        super().project_changed()
        self._look()

    def training_changed(self, snapshot: Snapshot) -> None:
        super().training_changed(snapshot)
        self._look()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def action_again(self) -> None:
        if not self.asanai.desk.alive:
            self._read(newest=True)

    def action_open_layer(self) -> None:
        place = self._place()
        self.asanai.show("workbench")
        self.app.get_screen("workbench").query_one(LayerList).select(dotted(place))

    def action_back(self) -> None:
        self.asanai.show("training")

    @on(Rows.Chosen, "#layers")
    def _chosen(self) -> None:
        self.action_open_layer()

    @on(Rows.Selected, "#layers")
    def _selected(self, event: Rows.Selected) -> None:
        """The findings go to the first one of the layer."""
        first = next((each for each in self._health.findings if health_table.key_of(each.place) == event.key), None)
        if first is not None:
            self._findings.select(f"{event.key} {first.kind}")

    def _look(self) -> None:
        """Show what is known; look where nothing is."""
        session, project = self.asanai.session, self.asanai.project
        if session is not None and session.health.layers and self._concerns(session.project):
            self._of = None
            self._show(session.health)
        elif self.asanai.desk.alive:
            self._show(Health(), WAITING)
        elif self._of != project and self._looking != project:
            self._read()

    def _concerns(self, trained: Project) -> bool:
        """Whether a training is about the document, or is going on."""
        project = self.asanai.project
        return self.asanai.desk.alive or (trained.network == project.network and trained.data == project.data)

    def _read(self, newest: bool = False) -> None:
        project, model = self.asanai.project, self.asanai.desk.best_so_far if newest else None
        self._looking = project
        self._show(Health(), "Looking at the layers …")

        def examined() -> Health:
            from asanai_tui.inspection.health import health_of

            return health_of(project, model)

        self.asanai.reader.aside(examined, partial(self._read_is, project), partial(self._failed, project))

    def _read_is(self, project: Project, health: Health) -> None:
        if self._looking == project:
            self._of, self._looking = project, None
            self._show(health)

    def _failed(self, project: Project, sentence: str) -> None:
        if self._looking == project:
            self._of, self._looking = project, None
            self._show(Health(), f"✕ {sentence}")

    def _show(self, health: Health, told: str = "") -> None:
        if (health, told) != (self._health, self._told):
            self._health, self._told = health, told
            self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        health, width = self._health, max(1, self._layers.scrollable_content_region.width)
        pane = self.query_one(HealthPane)
        pane.border_title = Content(f"Health{_moment(health)}")
        self.query_one("#heading", StillRows).show([health_table.heading(width)] if health.layers else [])
        told = [Row((Part(self._told, "problem" if self._told[:1] == "✕" else "muted"),))] if self._told else []
        self._layers.show([*told, *health_table.layer_rows(health, width)])
        columns = max(1, self._findings.scrollable_content_region.width)
        found = health_table.finding_rows(health, columns)
        wrong = health_table.wrong_rows(self._diverged, columns)
        self._findings.show([*wrong, *found] or ([Row((Part(SOUND, "good"),))] if health.layers else []))

    @property
    def _diverged(self) -> str:
        """Why the training that is looked at ended, where it diverged: no look found that."""
        session, shot = self.asanai.session, self.asanai.snapshot
        shown = session is not None and self._health is session.health
        return shot.message if shown and shot.retry is not None else ""

    def _place(self) -> tuple[int, ...]:
        """Where the selected layer stands; () for the input."""
        key = self._layers.cursor
        return tuple(index - 1 for index in place_of(key)) if key not in ("", health_table.INPUT) else ()

    @property
    def _layers(self) -> Rows:
        return self.query_one("#layers", Rows)

    @property
    def _findings(self) -> Rows:
        return self.query_one("#findings", Rows)


def _moment(health: Health) -> str:
    if not health.layers:
        return ""
    when = f"epoch {health.epoch:,}" if health.epoch else "before the first step"
    return f" · {when}, {counted(health.examples, 'example')}"
