"""Changing a training while it runs: what can be changed, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from asanai_tui.training.live import Live, changes
from asanai_tui.training.recorder import Snapshot
from asanai_tui.tui.actions import bindings, hint
from asanai_tui.tui.screens.modal import Modal
from asanai_tui.tui.widgets.options_pane import OptionsPane, Subject
from asanai_tui.tui.widgets.rows import Part

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

LOOK = 0.25  # seconds between looks at the training, which may be changed from elsewhere too


class LiveScreen(Modal[None]):
    """The settings as the training has them now. A value counts when it is whole, not while it is typed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("live")

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self._typed: Live | None = None
        self._last = Live()

    def compose(self) -> ComposeResult:
        pane = OptionsPane()
        pane.set_classes("dialog live")
        yield pane

    def on_mount(self) -> None:
        keys = ("option.edit", "option.more", "live.pause", "option.expert", "live.back")
        self.query_one(OptionsPane).border_subtitle = hint(keys, self._asanai.own_keys)
        self._look()
        self.query_one(OptionsPane).focus()
        self.set_interval(LOOK, self._look)

    def action_back(self) -> None:
        self.dismiss(None)

    @on(OptionsPane.Changed)
    def _changed(self, event: OptionsPane.Changed) -> None:
        event.stop()
        self._typed = cast(Live, event.struct)
        if not event.typing:
            self._apply()

    @on(OptionsPane.Settled)
    def _settled(self, event: OptionsPane.Settled) -> None:
        event.stop()
        self._apply()

    @on(OptionsPane.Left)
    def _left(self, event: OptionsPane.Left) -> None:
        event.stop()
        self.dismiss(None)

    def _apply(self) -> None:
        wished, self._typed = self._typed, None
        if wished is not None and (different := changes(self._last, wished)):
            self._asanai.editor.live(different)
            self._look()

    def _look(self) -> None:
        snapshot, now = self._asanai.snapshot, self._asanai.desk.live
        shown = (now, snapshot.state, snapshot.epoch)
        if shown == self._shown or self._typed is not None:
            return
        self._shown = shown
        self._last = now or self._last
        self.query_one(OptionsPane).show(Subject("live", "the training that runs", self._last, _facts(snapshot)))

    @property
    def _asanai(self) -> AsanaiApp:
        return cast("AsanaiApp", self.app)


def _facts(snapshot: Snapshot) -> Sequence[Part]:
    if snapshot.ended:
        return (Part("The training has ended; nothing changes any more.", "problem"),)
    where = f"{snapshot.state}, epoch {snapshot.epoch} of {snapshot.epochs}"
    return (Part(where), Part("It counts from the next batch on; the history keeps it.", "muted"))
