"""Pictures that are made here go into a class: which one is asked, and the project follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from asanai_tui.data.spec import Images, Segmentation
from asanai_tui.errors import clean, counted
from asanai_tui.resources import resource
from asanai_tui.tui.actions import first_key
from asanai_tui.tui.screens.dialogs import LineScreen
from asanai_tui.tui.screens.pick import Choice, PickScreen

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

ANOTHER = "another class …"


class ClassFolders:
    """The folders of the classes of the open project."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app

    @property
    def first(self) -> str:
        """The class that comes to mind while none is chosen."""
        return next(iter(self._app.project.data.targets.names), "")

    def folder(self, name: str) -> Path:
        """Where new pictures of a class belong."""
        from asanai_tui.data.folders import class_folder

        data = self._app.project.data
        renamed = {each.label: each.folder for each in getattr(data, "relabelled", ())}
        return class_folder(Path(data.path), renamed.get(name, name), data.split.method == "folders")

    def refused(self) -> bool:
        """Whether nothing may be written here, which is said."""
        data = self._app.project.data
        path = Path(data.path)
        if not isinstance(data, Images):
            ask = first_key("draw.ask", self._app.own_keys)
            kind = "Pictures with masks" if isinstance(data, Segmentation) else "Arrays"
            why = f"{kind} have no folders of classes to save into; {ask} asks the trained network about the drawing."
        elif path.is_relative_to(resource("samples")):
            why = f"The samples stay as they are; copy the folder {path.name} and open the copy to add pictures."
        elif data.table.path:
            why = f"{clean(data.table.path)} says what the pictures are; add pictures beside it, with a line for each."
        else:
            return False
        self._app.notify(why, severity="warning", timeout=10)
        return True

    def ask(self, title: str, start: str, then: Callable[[str], None]) -> None:
        """Let a class be chosen, or a new one be named."""
        counts = dict(getattr(self._app.preview, "class_counts", ()))
        empty = getattr(self._app.preview, "empty", ())
        names = dict.fromkeys((*self._app.project.data.targets.names, *counts, *filter(None, [start]), *empty))
        choices = [Choice(name, counted(counts.get(name, 0), "picture")) for name in names]

        def chosen(name: str | None) -> None:
            if name == ANOTHER:
                self._name(then, picker.typed)
            elif name is not None:
                then(name)

        picker = PickScreen(title, [*choices, Choice(ANOTHER, always=True)], start)
        self._app.push_screen(picker, chosen)

    def added(self, name: str) -> None:
        """Pictures were written into a class, which may be a new one: the data is read again."""
        data = self._app.project.data
        if isinstance(data, Images) and name not in data.classes:
            classes = tuple(sorted((*data.classes, name)))
            self._app.editor.data(msgspec.structs.replace(data, classes=classes), f"class {name}")
        else:
            self._app.inspect_data()

    def _name(self, then: Callable[[str], None], start: str) -> None:
        from asanai_tui.data.new_pictures import check_class

        def named(name: str | None) -> None:
            if name is not None:
                then(name)

        self._app.push_screen(LineScreen("New class", start, placeholder="its name", check=check_class), named)
