"""What is done with classes of pictures: made, named, left out, and filled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asanai_tui.data import adding, relabelling
from asanai_tui.data.new_pictures import check_class
from asanai_tui.data.preview import ImagesPreview
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Images
from asanai_tui.errors import clean, counted
from asanai_tui.tui.actions import first_key
from asanai_tui.tui.class_folders import ClassFolders
from asanai_tui.tui.screens.dialogs import LineScreen, PathScreen

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp


class ClassDesk:
    """Asks what has to be asked. Names are the project's own affair; files are only ever added."""

    def __init__(self, app: AsanaiApp, follow: Callable[[str], None]) -> None:
        """`follow`: told the class that was made, or how one is called now."""
        self._app, self._follow = app, follow

    def do(self, wish: str, name: str, out: bool) -> None:
        """`wish` for the class `name`, or for the folder of that name that is left out."""
        images = self._app.project.data
        if not isinstance(images, Images):
            return
        if wish in ("add", "fill") and images.table.path:
            self._app.notify(f"{clean(images.table.path)} says what classes there are; edit it.", severity="warning")
        elif wish == "add":
            self._add(images)
        elif out:
            self._follow(name)
            self._relabel((name,), name, f"{clean(name)} taken back")
        elif name and wish == "rename":
            self._rename(images, name)
        elif name and wish == "remove" and images.classes and name in self._new(images):
            self._relabel((), "", f"class {clean(name)}")
        elif name and wish == "remove":
            self._remove(name)
        elif name and wish == "fill":
            self._fill(images, name)

    def _relabel(self, folders: tuple[str, ...], label: str, edit: str) -> None:
        self._app.editor.pictures(lambda images: relabelling.relabelled(images, folders, label), edit)

    def _folders(self, name: str) -> tuple[str, ...]:
        """Of a class that is listed, so that its folders were read."""
        preview = self._app.preview
        return preview.folders_of(name) if isinstance(preview, ImagesPreview) else (name,)

    def _new(self, images: Images) -> set[str]:
        """Classes that have come into the folder since the project was made, or that undo took back."""
        return {name for name, _ in getattr(self._app.preview, "class_counts", ())} - set(images.classes)

    def _rename(self, images: Images, name: str) -> None:
        folders = self._folders(name)

        def named(label: str | None) -> None:
            if label and label != name:
                joins = label in images.classes
                edit = f"{clean(name)} joins {clean(label)}" if joins else f"class {clean(name)} is {clean(label)}"
                self._follow(label)
                self._relabel(folders, label, edit)

        self._app.push_screen(LineScreen(f"Class {clean(name, 40)}, to be called", name, check=check_class), named)

    def _remove(self, name: str) -> None:
        self._relabel(self._folders(name), "", f"{clean(name)} left out")
        back = first_key("edit.undo", self._app.own_keys)
        self._app.notify(f"{clean(name)} is left out; its files stay where they are. {back} takes it back.", timeout=4)

    def _add(self, images: Images) -> None:
        def named(name: str | None) -> None:
            if name and not ClassFolders(self._app).refused():
                made = partial(adding.new_class, images, name)
                self._app.reader.aside(made, self._made, partial(self._app.notify, severity="error", timeout=15))

        self._app.push_screen(LineScreen("New class", placeholder="its name", check=check_class), named)

    def _made(self, folder: Path) -> None:
        key = first_key("class.fill", self._app.own_keys)
        self._app.notify(f"{clean(folder)} is there; {key} copies pictures into it.", timeout=6)
        self._follow(folder.name)
        self._app.inspect_data()

    def _fill(self, images: Images, name: str) -> None:
        def given(path: str | None) -> None:
            if not path or ClassFolders(self._app).refused():
                return
            say = Progress(lambda text: self._app.call_soon(self._app.notify, text, timeout=2))
            copy = partial(adding.copy_into, images, name, Path(path).expanduser(), say)
            failed = partial(self._app.notify, severity="error", timeout=15)
            self._app.reader.aside(copy, partial(self._filled, name), failed)

        self._app.push_screen(PathScreen(f"Copy pictures into {clean(name, 40)}: a picture, or a folder"), given)

    def _filled(self, name: str, added: adding.Added) -> None:
        other = f"; {counted(added.other, 'other file')} left out" if added.other else ""
        self._app.notify(f"{counted(added.copied, 'picture')} copied into {clean(name)}{other}.", timeout=6)
        images = self._app.project.data
        if isinstance(images, Images) and name not in images.classes:
            self._relabel((), "", f"class {clean(name)}")
        else:
            self._app.inspect_data()
