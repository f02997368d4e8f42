"""The program on the screen: holds the document and the training, and wires the screens to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import App, SystemCommand
from textual.dom import DOMNode
from textual.screen import Screen

from asanai_tui import recovery
from asanai_tui.data.spec import Source
from asanai_tui.editing import Document
from asanai_tui.errors import InputError, clean
from asanai_tui.project import Project
from asanai_tui.resources import resource
from asanai_tui.training.recorder import Snapshot
from asanai_tui.training.settings import Training
from asanai_tui.tui import lifeline, memory
from asanai_tui.tui.actions import GROUPS, Scope, bindings, user_keys
from asanai_tui.tui.screens.dialogs import LeaveScreen, PathScreen
from asanai_tui.tui.screens.pick import Choice, PickScreen
from asanai_tui.tui.screens.start import StartScreen
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.themes import THEMES
from asanai_tui.tui.widgets.data_pane import data_line

if TYPE_CHECKING:
    from asanai_tui.data.preview import Preview
    from asanai_tui.opening import Opened
    from asanai_tui.runs.session import TrainingSession

TICK = 0.25  # seconds between looks at the training; only what changed is painted
WIDGETS = {"layers": "LayerList", "options": "OptionRows", "data": "ColumnRows"}  # what does the actions of a scope
STYLES = ("base.tcss", "panes.tcss", "dialogs.tcss")


class AsanaiApp(App[int]):
    """Screens read document, preview and training here; nothing else holds them."""

    TITLE = "asanAI"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    CSS_PATH: ClassVar = [resource("styles") / name for name in STYLES]
    BINDINGS = bindings("program")
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-tiny"), (60, "-narrow"), (116, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-flat"), (14, "-low"), (30, "-tall")]

    def __init__(self, path: Path | None = None, theme: str = "") -> None:
        super().__init__()
        self.document: Document | None = None
        self.preview: Preview | None = None
        self.preview_problem = ""
        self.session: TrainingSession | None = None
        self.snapshot = Snapshot()
        self.model_path: Path | None = None
        self.own_keys: dict[str, str] = {}
        self.last_words: list[str] = []  # printed after the terminal is restored
        self._path = path
        self._theme_wish = theme
        self._recovery = recovery.Recovery()
        self._reading = 0  # the number of the newest reading of data; older ones are dropped
        for each in THEMES.values():
            self.register_theme(each)

    # Start and end

    def on_mount(self) -> None:
        wish = self._theme_wish or memory.settings().theme
        self.theme = wish if wish in THEMES else "dark"
        self._own_keys()
        lifeline.watch(self._ended_from_outside)
        self.set_interval(TICK, self._tick)
        if self._path is None:
            self.push_screen(StartScreen())
        else:
            self.open_path(self._path)

    def end_training(self, patience: float) -> None:
        """Stop the training and wait until its model is written."""
        if self.session is not None and self.session.alive:
            self.session.stop()
            if not self.session.join(patience):
                self.last_words.append("The training did not end in time; its last checkpoint is in its run.")
        if self.session is not None and self.session.model_path:
            self.last_words.append(f"Model: {self.session.model_path}")

    def _ended_from_outside(self, status: int) -> None:
        if self.session is not None:
            self.session.stop()
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

    # Opening

    @property
    def project(self) -> Project:
        """The current project; screens that use it are shown only while there is one."""
        if self.document is None:
            raise LookupError("no project is open")
        return self.document.project

    def open_path(self, path: Path, train: bool = False) -> None:
        """Open whatever `path` is, and train it if wanted; the screen stays usable meanwhile."""
        if self.session is not None and self.session.alive:
            self.notify("Stop the training first (t); its model is kept.", severity="warning")
            return
        screen = self.screen
        if isinstance(screen, StartScreen):
            screen.say(f"opening {clean(path)} …")
        self.run_aside(lambda: self._open(path, train))

    def adopt(self, opened: Opened, train: bool = False) -> None:
        """Make what was opened the current document."""
        self.document = Document(opened.project, opened.path)
        self.preview, self.preview_problem = opened.preview, opened.problem
        self.model_path = opened.model_path
        self.session, self.snapshot = None, Snapshot()
        self.show("predict" if opened.model_path else "workbench")
        if opened.preview is None and not opened.problem:
            self.read_data()
        if train:
            self._train()

    def restore(self, work: recovery.Recovered) -> None:
        """Take over work that a process left unsaved."""
        from asanai_tui.opening import Opened

        self.adopt(Opened(work.project, work.path))
        if self.document is not None:
            self.document = Document(work.project, work.path, saved=False)
            self._keep()
        recovery.forget(work)
        self._tell("project_changed")

    def _open(self, path: Path, train: bool) -> None:
        from asanai_tui import opening

        try:
            opened = opening.open_path(path, look=False)
        except InputError as error:
            self.call_soon(self._open_failed, str(error))
            return
        memory.remember(path.expanduser().absolute())
        self.call_soon(self.adopt, opened, train)

    def _open_failed(self, sentence: str) -> None:
        if self.document is None and not isinstance(self.screen, StartScreen):
            self.push_screen(StartScreen(sentence))
        elif isinstance(self.screen, StartScreen):
            self.screen.say(sentence, wrong=True)
        else:
            self.notify(sentence, severity="error", timeout=15)

    # Reading data

    def read_data(self) -> None:
        """Read the data of the project again, for the preview."""
        self._reading += 1
        source, number = self.project.data, self._reading
        self.run_aside(lambda: self._inspect(source, number))

    def _inspect(self, source: Source, number: int) -> None:
        from asanai_tui import data

        try:
            self.call_soon(self._data_read, number, data.inspect(source), "")
        except InputError as error:
            self.call_soon(self._data_read, number, None, str(error))

    def _data_read(self, number: int, preview: Preview | None, problem: str) -> None:
        if number == self._reading:
            self.preview, self.preview_problem = preview, problem
            self._tell("preview_changed")

    # Editing

    def edit(self, project: Project, label: str, merge: str = "") -> None:
        """Make `project` the current one; `label` names the edit for undo."""
        if self.document is not None and self.document.apply(project, label, merge):
            self._keep()
            self._tell("project_changed")

    def edit_training(self, training: Training, label: str, merge: str = "") -> None:
        """Change the settings of the training; a new learning rate also reaches a training that runs."""
        before = self.project.training.optimizer.learning_rate
        rate = training.optimizer.learning_rate
        self.edit(msgspec.structs.replace(self.project, training=training), label, merge)
        if self.session is not None and self.session.alive and rate != before:
            self.session.control.set_learning_rate(rate)

    def edit_data(self, source: Source, label: str, merge: str = "") -> None:
        """Change what the data means; the network's end, loss and metric follow where they must."""
        from asanai_tui.opening import with_data

        self.edit(with_data(self.project, source), label, merge)

    def action_undo(self) -> None:
        self._step_back("Undone", self.document.undo() if self.document else None)

    def action_redo(self) -> None:
        self._step_back("Again", self.document.redo() if self.document else None)

    def _step_back(self, done: str, label: str | None) -> None:
        self.notify(f"{done}: {label}." if label else "There is nothing more.", timeout=2)
        if label:
            self._keep()
            self._tell("project_changed")

    def _keep(self) -> None:
        """Write the recovery file in the background; only the newest state counts."""
        document = self.document
        if document is None:
            return
        try:
            self._recovery.write(document.project, document.path)
        except InputError as error:
            self.notify(f"Unsaved work is not protected against a crash: {error}", severity="warning", timeout=15)

    # Saving

    def action_save(self) -> None:
        if self.document is not None and self.document.path is None:
            self.action_save_as()
        elif self.document is not None:
            self._save(None)

    def action_save_as(self) -> None:
        if self.document is None:
            return
        start = str(self.document.path or self._new_path())
        self.push_screen(PathScreen("Save the project as", start), self._save_as)

    def _save_as(self, text: str | None) -> None:
        if text:
            self._save(Path(text).expanduser())

    def _save(self, path: Path | None) -> bool:
        if self.document is None:
            return False
        try:
            saved = self.document.save(path)
        except InputError as error:
            self.notify(str(error), severity="error", timeout=15)
            return False
        self._recovery.discard()
        memory.remember(saved)
        self.notify(f"Saved {clean(saved)}.", timeout=3)
        self._tell("project_changed")
        return True

    # Training

    def action_toggle_training(self) -> None:
        if self.session is not None and self.session.alive:
            self.session.stop()
            self._tick()
        elif self.document is not None:
            self._train()

    def _train(self) -> None:
        if problems := self.project.problems():
            self.notify(problems[0], title="Not ready to train", severity="error", timeout=10)
            return
        from asanai_tui.runs.directory import runs_folder
        from asanai_tui.runs.session import TrainingSession

        path = self.document.path if self.document else None
        self.session = TrainingSession(self.project, runs_folder(self.project, path))
        self.session.start()
        self._tick()

    def action_pause_training(self) -> None:
        if self.session is None or not self.session.alive:
            return
        if self.session.control.paused:
            self.session.go_on()
        else:
            self.session.pause()

    def action_learning_rate(self, factor: float) -> None:
        if self.document is None:
            return
        optimizer = self.project.training.optimizer
        rate = float(f"{min(100.0, max(1e-9, optimizer.learning_rate * factor)):.6g}")
        changed = msgspec.structs.replace(optimizer, learning_rate=rate)
        training = msgspec.structs.replace(self.project.training, optimizer=changed)
        self.edit_training(training, f"learning rate {rate:g}", "learning rate")
        self.notify(f"Learning rate {rate:g}", timeout=2)

    def _tick(self) -> None:
        """Pull what is new from the training; the training thread never calls the screen."""
        if self.session is None:
            return
        snapshot = self.session.recorder.snapshot()
        if snapshot.revision == self.snapshot.revision:
            return
        ended = snapshot.ended and not self.snapshot.ended
        self.snapshot = snapshot
        if ended:
            self._training_ended(snapshot)
        self._tell("training_changed", snapshot)

    def _training_ended(self, snapshot: Snapshot) -> None:
        if self.session is not None and self.session.model_path:
            self.model_path = self.session.model_path
        if snapshot.state == "failed":
            self.notify(snapshot.message, title="Training ended", severity="error", timeout=30)

    # Screens

    def show(self, name: str) -> None:
        """Switch to one of the numbered screens; they stay as they were left."""
        if self.document is None:
            return
        if not self.is_screen_installed(name):
            self.install_screen(_work_screen(name), name)
        while len(self.screen_stack) > 2 or isinstance(self.screen, StartScreen):
            self.pop_screen()
        if self.screen is self.get_screen(name):
            self._tell("on_screen_resume")
        elif isinstance(self.screen, WorkScreen):
            self.switch_screen(name)
        else:
            self.push_screen(name)

    def action_view(self, name: str) -> None:
        self.show(name)

    def action_open(self) -> None:
        if not isinstance(self.screen, StartScreen):
            self.push_screen(StartScreen())

    def action_theme(self) -> None:
        def chosen(name: str | None) -> None:
            if name:
                self.theme = name
                memory.keep_theme(name)

        self.push_screen(PickScreen("Theme", [Choice(name) for name in THEMES], self.theme), chosen)

    def action_help(self) -> None:
        from asanai_tui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_leave(self) -> None:
        training = self.session is not None and self.session.alive
        unsaved = self.document is not None and self.document.dirty
        if training or unsaved:
            self.push_screen(LeaveScreen(self.snapshot if training else None, unsaved), self._left)
        else:
            self._end()

    def _left(self, answer: str | None) -> None:
        if answer == "leave":
            self._end()
        elif answer == "save" and self.document is not None:
            if self.document.path is None:
                self.push_screen(PathScreen("Save the project as", self._new_path()), self._save_and_end)
            elif self._save(None):
                self._end()

    def _save_and_end(self, text: str | None) -> None:
        if text and self._save(Path(text).expanduser()):
            self._end()

    def _end(self) -> None:
        self._recovery.discard()
        self.exit(0)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: every action that can be named and done here, from the one table."""
        for scope, (group, actions) in GROUPS.items():
            target = self._target(scope, screen)
            for action in actions:
                if action.palette and target is not None:
                    run = partial(self.run_action, action.method, default_namespace=target)
                    yield SystemCommand(f"{group}: {action.label}", action.help, run)

    def _target(self, scope: Scope, screen: Screen[object]) -> DOMNode | None:
        """What does the actions of a scope on `screen`."""
        if scope in WIDGETS:
            return next(iter(screen.query(WIDGETS[scope])), None)
        return screen if scope == "program" or isinstance(screen, WorkScreen) else None

    def data_line(self) -> str:
        """What the title says of the data."""
        return data_line(self.project, self.preview)

    def _tell(self, what: str, *arguments: object) -> None:
        for screen in reversed(self.screen_stack):
            if isinstance(screen, WorkScreen):
                getattr(screen, what)(*arguments)
                return

    def _new_path(self) -> str:
        return str(Path.cwd() / f"{Path(self.project.data.path).stem}.toml")

    def run_aside(self, task: Callable[[], None]) -> None:
        threading.Thread(target=task, daemon=True).start()

    def call_soon(self, method: Callable[..., None], *arguments: object) -> None:
        """From another thread: run `method` in the event loop, without waiting for it."""
        if self._loop is not None and self.is_running:
            self._loop.call_soon_threadsafe(partial(self.call_later, method, *arguments))


def _work_screen(name: str) -> WorkScreen:
    from asanai_tui.tui.screens.data import DataScreen
    from asanai_tui.tui.screens.predict import PredictScreen
    from asanai_tui.tui.screens.training import TrainingScreen
    from asanai_tui.tui.screens.workbench import WorkbenchScreen

    screens = {
        "workbench": WorkbenchScreen, "data": DataScreen, "training": TrainingScreen, "predict": PredictScreen,
    }  # fmt: skip
    return screens[name]()
