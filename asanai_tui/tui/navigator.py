"""Which screen is shown, and what the shown one is told. Imported with the first of them, after the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from asanai_tui.tui import memory, palette
from asanai_tui.tui.screens.augmentation import AugmentationScreen
from asanai_tui.tui.screens.camera import CameraScreen
from asanai_tui.tui.screens.data import DataScreen
from asanai_tui.tui.screens.drawing import DrawingScreen
from asanai_tui.tui.screens.handbook import HandbookScreen
from asanai_tui.tui.screens.health import HealthScreen
from asanai_tui.tui.screens.help import HelpScreen
from asanai_tui.tui.screens.network import NetworkScreen
from asanai_tui.tui.screens.pick import Choice, PickScreen
from asanai_tui.tui.screens.predict import PredictScreen
from asanai_tui.tui.screens.rate import RateScreen
from asanai_tui.tui.screens.training import TrainingScreen
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.screens.workbench import WorkbenchScreen
from asanai_tui.tui.themes import THEMES

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

SCREENS: dict[str, type[WorkScreen]] = {
    "workbench": WorkbenchScreen, "data": DataScreen, "training": TrainingScreen, "predict": PredictScreen,
    "network": NetworkScreen, "camera": CameraScreen, "drawing": DrawingScreen,
    "augmentation": AugmentationScreen, "health": HealthScreen,
    "rate": RateScreen,
}  # fmt: skip


class Navigator:
    """Screens are made once and stay as they were left."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app

    @property
    def working(self) -> bool:
        """Whether nothing lies over the screen of the project."""
        return isinstance(self._app.screen, WorkScreen)

    def show(self, name: str) -> None:
        """Switch to one of the screens of a project."""
        app = self._app
        if not app.is_screen_installed(name):
            app.install_screen(SCREENS[name](), name)
        while len(app.screen_stack) > 1 and not self.working:
            app.pop_screen()
        if app.screen is app.get_screen(name):
            self.tell("resumed")
        elif self.working:
            app.switch_screen(name)
        else:
            app.push_screen(name)

    def tell(self, what: str, *arguments: object) -> None:
        """Call a method of the topmost screen of the project."""
        for screen in reversed(self._app.screen_stack):
            if isinstance(screen, WorkScreen):
                if screen.is_mounted:  # one that is being pushed looks for itself when it is there
                    getattr(screen, what)(*arguments)
                return

    def handbook(self) -> None:
        """The handbook, at what the screen below is about."""
        app = self._app
        if not app.is_screen_installed("handbook"):
            app.install_screen(HandbookScreen(), "handbook")
        handbook = cast(HandbookScreen, app.get_screen("handbook"))
        handbook.open_at(app.screen.topic if isinstance(app.screen, WorkScreen) else "")
        if handbook not in app.screen_stack:
            app.push_screen("handbook")
        while app.screen is not handbook and handbook in app.screen_stack:
            app.pop_screen()

    def help(self) -> None:
        """Every key, those of where one is first."""
        active = {found.binding.id for found in self._app.screen.active_bindings.values()}
        self._app.push_screen(HelpScreen(frozenset(each for each in active if each)))

    def theme(self) -> None:
        """Choose a theme, for this and the next start."""

        def chosen(name: str | None) -> None:
            if name:
                self._app.theme = name
                memory.keep(theme=name)

        self._app.push_screen(PickScreen("Theme", [Choice(name) for name in THEMES], self._app.theme), chosen)

    def palette(self) -> None:
        """Choose an action by its name."""
        app = self._app
        offered = {command.choice.key: command for command in palette.commands(app.screen, app.own_keys)}

        async def run(name: str | None) -> None:
            if name is not None:
                await app.run_action(offered[name].action.method, offered[name].target)

        choices = [command.choice for command in offered.values()]
        app.push_screen(PickScreen("Commands", choices, done="does it"), run)
