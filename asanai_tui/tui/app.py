"""The program on the screen: holds the document and the training, and wires the screens to them."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen

from asanai_tui.errors import InputError
from asanai_tui.resources import resource
from asanai_tui.training.recorder import Snapshot
from asanai_tui.tui import lifeline, memory
from asanai_tui.tui.actions import bindings
from asanai_tui.tui.compositor import Framed
from asanai_tui.tui.frame import Frame
from asanai_tui.tui.keeping import Keeper
from asanai_tui.tui.opener import Opener
from asanai_tui.tui.own_keys import user_keys
from asanai_tui.tui.pace import Pace
from asanai_tui.tui.pauses import Collector
from asanai_tui.tui.prompt_keys import PromptDriver
from asanai_tui.tui.reader import Reader
from asanai_tui.tui.retrier import Retrier
from asanai_tui.tui.screens.opening import OpeningScreen
from asanai_tui.tui.screens.start import StartScreen
from asanai_tui.tui.starter import Starter
from asanai_tui.tui.themes import THEMES
from asanai_tui.tui.training_desk import TrainingDesk

if TYPE_CHECKING:
    from asanai_tui.data.preview import Preview
    from asanai_tui.editing import Document
    from asanai_tui.project import Project
    from asanai_tui.tui.editor import Editor
    from asanai_tui.tui.navigator import Navigator
    from asanai_tui.tui.saving import Saver
    from asanai_tui.tui.training_desk import AnySession

TICK = 0.25  # seconds between looks at the training; only what changed is painted


class AsanaiApp(Framed, App[int]):
    """Screens read document, preview and training here; nothing else holds them."""

    TITLE = "asanAI"
    ENABLE_COMMAND_PALETTE = False  # ours is made like every other list
    CSS_PATH = [resource("styles") / name for name in ("base.tcss", "start.tcss")]
    BINDINGS = bindings("program")
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (116, "-wide"), (170, "-vast")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (14, "-low"), (30, "-tall")]

    def __init__(self, path: Path | None = None, theme: str = "", attach: bool = False) -> None:
        """`attach`: the path is that of a run to be shown."""
        self._path, self._attaches = path, attach
        self.frame, self._pace = Frame(), Pace()
        super().__init__()
        self.document: Document | None = None
        self.preview: Preview | None = None
        self.preview_problem = ""
        self.desk = TrainingDesk()
        self.reader = Reader(self)
        self.own_keys: dict[str, str] = {}
        self.hung_up = False  # the terminal is gone, which is no reason for a training to end
        self.last_words: list[str] = []  # printed after the terminal is restored
        self.keeper = Keeper(self)
        self.opener = Opener(self)
        self._collector = Collector()
        self.starter = Starter(self)
        self.retrier = Retrier(self)
        for each in THEMES.values():
            self.register_theme(each)
        chosen = memory.settings()
        self.expert = chosen.expert  # all options are shown, in every pane
        wish = theme or chosen.theme
        self.set_reactive(AsanaiApp.theme, wish if wish in THEMES else "dark")  # before the styles are read
        self.stylesheet.set_variables(self.get_css_variables())

    # Start and end

    def on_mount(self) -> None:
        self._own_keys()
        lifeline.watch(self._ended_from_outside)
        self.set_interval(TICK, self._tick)
        if self._path is not None and self._attaches:
            self.opener.attach(self._path)
        elif self._path is not None:
            self.opener.open(self._path, first=True)

    def get_driver_class(self) -> type[Driver]:
        """How keys are read: promptly, unless the environment names another driver."""
        usual = super().get_driver_class()
        return PromptDriver if usual is LinuxDriver else usual

    def get_default_screen(self) -> Screen[Any]:
        """The start screen, where no path was given: a screen pushed later would be painted later."""
        return StartScreen() if self._path is None else OpeningScreen()

    @property
    def mishap(self) -> Exception | None:
        """The mistake of ours that ended the program, if one did."""
        return self._exception

    def on_resize(self) -> None:
        self.frame.forget()  # what a terminal shows after it is its own affair

    def action_redraw(self) -> None:
        self.frame.forget()
        self.refresh()

    def end_training(self, patience: float) -> None:
        """Stop the training and wait until its model is written; without a terminal it goes on to its own end."""
        if self.hung_up and self.desk.occupied and lifeline.terminal_is_gone():
            lifeline.outlive(self.desk.session)
        self.desk.to_background |= self.hung_up or self.mishap is not None
        self.last_words += self.desk.end(patience)

    def _ended_from_outside(self, status: int) -> None:
        self.hung_up = status == 128 + signal.SIGHUP
        if not self.hung_up and not self.desk.attached:
            self.desk.stop()
        self.keeper.protect_now()
        self.exit(status, return_code=status)

    def _own_keys(self) -> None:
        try:
            self.own_keys = user_keys()
            self.set_keymap(self.own_keys)
        except InputError as error:
            self.notify(str(error), severity="warning", timeout=15)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, for themes that do not have them."""
        return THEMES["dark"].variables

    # Editing

    @property
    def project(self) -> Project:
        """The current project; screens that use it are shown only while there is one."""
        if self.document is None:
            raise LookupError("no project is open")
        return self.document.project

    @cached_property
    def editor(self) -> Editor:
        """Makes edits; imported with the first, since it knows all layers."""
        from asanai_tui.tui.editor import Editor

        return Editor(self)

    def project_changed(self) -> None:
        """After every edit, and every step back."""
        self.keeper.protect()
        self._tell("project_changed")

    def inspect_data(self) -> None:
        """Read the data as the project has it now; the screens are told."""
        self.reader.inspect(self.project.data, self.data_read, self._data_unreadable)

    def data_read(self, preview: Preview) -> None:
        """What the data holds is known."""
        self.preview, self.preview_problem = preview, ""
        self._tell("preview_changed")

    def _data_unreadable(self, sentence: str) -> None:
        self.preview, self.preview_problem = None, sentence
        self._tell("preview_changed")

    def action_undo(self) -> None:
        self.editor.undo()

    def action_redo(self) -> None:
        self.editor.redo()

    def action_save(self) -> None:
        self.saver.save()

    def action_save_as(self) -> None:
        self.saver.save_as()

    def project_saved(self) -> None:
        """The document has a file, perhaps another one than before."""
        self._tell("project_changed")

    # Training

    @property
    def session(self) -> AnySession | None:
        """The training of this document, running or ended."""
        return self.desk.session

    @property
    def snapshot(self) -> Snapshot:
        """The training as it was pulled last."""
        return self.desk.snapshot

    def action_toggle_training(self) -> None:
        if self.desk.alive:
            self.desk.stop()
            self._tick()
        else:
            self.starter.train()

    def action_continue_training(self) -> None:
        self.starter.train_on()

    def action_train_on_arrived(self) -> None:
        self.starter.train_on_arrived()

    def training_begun(self) -> None:
        """Another training is at the desk."""
        self._tick()

    def offers(self, action_id: str) -> bool:
        """Whether the key bar names an action now; its key answers always, if only with why not."""
        may = {"training.continue": self.desk.may_continue, "training.change": self.desk.alive}
        return may.get(action_id, True)

    def action_pause_training(self) -> None:
        self.desk.toggle_pause()

    def action_change_training(self) -> None:
        self.starter.change()

    def action_learning_rate(self, factor: float) -> None:
        if self.document is not None:
            self.editor.learning_rate(factor)

    def _tick(self) -> None:
        """Pull what is new from the training; the training thread never calls the screen."""
        self._collector.look()
        before = self.snapshot.ended
        if not self.screen_stack:  # the program ends: the screens go before the clock
            return
        self.retrier.look()
        if not self._pace.ready(self.frame.sent) and self.desk.steady:
            return
        if not self.desk.pull():
            return
        if self.snapshot.state == "failed" and not before and self.snapshot.retry is None:
            self.notify(self.snapshot.message, title="Training ended", severity="error", timeout=30)
        if self.navigator.working or self.snapshot.ended:
            self._tell("training_changed", self.snapshot)  # behind a dialog it costs the whole screen each time

    # Screens

    @cached_property
    def saver(self) -> Saver:
        """Knows dialogs, so it is imported after the first paint."""
        from asanai_tui.tui.saving import Saver

        return Saver(self)

    @cached_property
    def navigator(self) -> Navigator:
        """Knows all screens, so it is imported after the first paint."""
        from asanai_tui.tui.navigator import Navigator

        return Navigator(self)

    def show(self, name: str) -> None:
        """Switch to one of the screens of the project."""
        if self.document is not None:
            self.navigator.show(name)

    def action_view(self, name: str) -> None:
        self.show(name)

    def action_handbook(self) -> None:
        self.navigator.handbook()

    def action_open(self) -> None:
        if not isinstance(self.screen, StartScreen):
            self.push_screen(StartScreen())

    def action_other_data(self) -> None:
        from asanai_tui.tui.other_data import OtherData  # dialogs, after the first paint

        OtherData(self).ask()

    def action_theme(self) -> None:
        self.navigator.theme()

    def action_help(self) -> None:
        self.navigator.help()

    def action_command_palette(self) -> None:
        self.navigator.palette()

    def action_leave(self) -> None:
        self.saver.ask_before("leave", self._end)

    def _end(self) -> None:
        self.keeper.forget(for_good=True)
        self.exit(0)

    def notify(self, message: str, *, markup: bool = False, **options: Any) -> None:
        """Announce a sentence in place of the one before; names from files may stand in it, so it is no markup."""
        self.clear_notifications()
        super().notify(message, markup=markup, **options)

    def data_line(self) -> str:
        """What the title says of the data."""
        from asanai_tui.tui.widgets.data_pane import data_line

        return data_line(self.project, self.preview)

    def _tell(self, what: str, *arguments: object) -> None:
        if self.document is not None and self.is_running:
            self.navigator.tell(what, *arguments)

    def call_soon(self, method: Callable[..., None], *arguments: object, **named: object) -> None:
        """From another thread: run `method` in the event loop, without waiting for it."""
        if self._loop is not None and self.is_running:
            self._loop.call_soon_threadsafe(partial(self.call_later, method, *arguments, **named))
