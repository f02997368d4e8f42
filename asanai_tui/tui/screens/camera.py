"""The camera: what it sees, and series of pictures into a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from asanai_tui.data.capturing import Series
from asanai_tui.data.spec import Images
from asanai_tui.errors import clean, counted
from asanai_tui.tui import memory
from asanai_tui.tui.actions import bindings, first_key, hint
from asanai_tui.tui.camera_desk import DEVICE, CameraDesk, Look, shortened
from asanai_tui.tui.class_folders import ClassFolders
from asanai_tui.tui.screens.dialogs import PathScreen
from asanai_tui.tui.screens.pictures import PicturesScreen
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.live_picture import UPDATES, LivePicture
from asanai_tui.tui.widgets.options_pane import OptionsPane, Subject
from asanai_tui.tui.widgets.rows import Part

if TYPE_CHECKING:
    from asanai_tui.editing import Document


class View(Hinted, Vertical, can_focus=True):
    """What the camera sees, and a line on what it does."""


class CameraScreen(PicturesScreen[Images]):
    """Holds the open device while it is on the screen, or a dialog over it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("camera")

    def __init__(self) -> None:
        super().__init__()
        self._desk: CameraDesk | None = None
        self._series = Series()
        self._into = ""  # the class
        self._told = 0  # series whose end was told
        self._document: Document | None = None  # for which the device was opened

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with View(id="view", classes="pane"):
                yield LivePicture()
                yield Static(id="doing", markup=False)
            yield OptionsPane()

    def on_mount(self) -> None:
        own = self.asanai.own_keys
        self._view.border_subtitle = hint(("camera.take", "camera.class", "camera.device", "camera.back"), own)
        self.query_one(OptionsPane).border_subtitle = hint(("option.edit",), own)
        self.set_interval(1 / UPDATES, self._pull)
        self.call_after_refresh(self._view.focus)

    def on_unmount(self) -> None:
        self._close()

    def on_screen_suspend(self) -> None:
        self.call_later(self._close_if_gone)

    def panes(self) -> list[Widget]:
        return [self._view, self.query_one(OptionsPane)]

    def show_pane(self, pane: Widget) -> None:
        self.set_class(isinstance(pane, OptionsPane), "beside-options")
        self.call_after_refresh(pane.focus)

    def entered(self, data: Images) -> None:
        if self.asanai.document is not self._document:
            self._into = self._folders.first
        if self._desk is None or self._desk.look.state == "ended":
            self._open(data)

    def pictures_changed(self, data: Images) -> None:
        if self._desk is not None and self._desk.form != data.form:
            self._open(data)
        self._show_options()

    def action_take(self) -> None:
        look = self._desk.look if self._desk is not None else Look("ended")
        if look.state == "taking" and self._desk is not None:
            self._desk.stop()
        elif look.state == "looking" and self._desk is not None and not self._folders.refused():
            self._desk.begin(self._folders.folder(self._into), self._series)
        elif look.state == "ended" and self._pictures is not None:
            self._open(self._pictures)
        self._pull()

    def action_into(self) -> None:
        self._folders.ask("Into which class", self._into, self._chosen)

    def action_device(self) -> None:
        def named(device: str | None) -> None:
            if device is not None:
                memory.keep(camera=device)
                if self._pictures is not None:
                    self._open(self._pictures)

        self.app.push_screen(PathScreen("Camera", memory.settings().camera, DEVICE), named)

    @on(OptionsPane.Changed)
    def _option_changed(self, event: OptionsPane.Changed) -> None:
        event.stop()
        self._series = cast(Series, event.struct)
        self._show_options()

    @on(OptionsPane.Left)
    def _options_left(self) -> None:
        self.show_pane(self._view)

    def _chosen(self, name: str) -> None:
        if self._desk is None or self._desk.look.state != "taking":
            self._into = name
            self._show_options()

    def _open(self, images: Images) -> None:
        self._close()
        self._desk, self._told = CameraDesk(memory.settings().camera, images.form), 0
        self._document = self.asanai.document
        self.query_one(LivePicture).show(None)
        self._view.border_title = Content(f"Camera · {shortened(memory.settings().camera, 40)}")
        self._pull()

    def _close(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._tell(self._desk.look)
            self._desk = None

    def _close_if_gone(self) -> None:
        """Another screen took its place; a dialog over it is not that."""
        if self not in self.app.screen_stack:
            self._close()

    def _pull(self) -> None:
        """Look at what the camera does; its thread never calls the screen."""
        if self._desk is None or not self.is_current:  # behind a dialog it would cost the whole screen
            return
        look = self._desk.look
        self.query_one(LivePicture).show(look.pixels)
        doing, sentence = self.query_one("#doing", Static), self._sentence(look)
        if doing.content != sentence:
            doing.set_class(bool(look.problem), "wrong")
            doing.update(sentence)
        if look.state != "taking":
            self._tell(look)

    def _tell(self, look: Look) -> None:
        """The pictures of a series belong to the data now."""
        if look.number > self._told:
            self._told = look.number
            if look.taken and self.asanai.document is self._document:
                self._folders.added(self._into)

    def _sentence(self, look: Look) -> str:
        own = self.asanai.own_keys
        taken = f"{look.taken:,} of {counted(self._series.count, 'picture')}"
        if look.state == "taking":
            return f"{taken} taken into {clean(self._into)}; {first_key('camera.take', own)} stops."
        if look.problem:
            after = f" {counted(look.taken, 'picture')} written into {clean(self._into)}." if look.taken else ""
            return f"✕ {look.problem}{after}"
        if look.state == "looking":
            if look.number:
                return f"{counted(look.taken, 'picture')} written into {clean(self._into)}."
            begins = f"{first_key('camera.take', own)} takes {counted(self._series.count, 'picture')}"
            return f"{begins} into {clean(self._into)}, {self._series.every:g} s apart."
        return "opening …"

    def _show_options(self) -> None:
        facts = (
            Part(""),
            Part(f"into  {clean(self._into, 30)}", "good"),
            Part("Pictures are kept as they are taken; what is shown is what the network sees.", "muted"),
        )
        self.query_one(OptionsPane).show(Subject("camera", "series", self._series, facts))

    @property
    def _view(self) -> View:
        return self.query_one(View)

    @property
    def _folders(self) -> ClassFolders:
        return ClassFolders(self.asanai)
