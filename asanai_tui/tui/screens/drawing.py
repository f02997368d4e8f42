"""The drawing board: pictures drawn by hand, saved into a class or asked about."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from asanai_tui.data.spec import Arrays, Images, Segmentation, Source
from asanai_tui.errors import clean
from asanai_tui.tui.actions import hint
from asanai_tui.tui.class_folders import ClassFolders
from asanai_tui.tui.picture_views import form_of
from asanai_tui.tui.screens.pictures import PicturesScreen
from asanai_tui.tui.screens.predict import PredictScreen
from asanai_tui.tui.widgets.board import Board
from asanai_tui.tui.widgets.fitting import Hinted

KIND = "drawing"  # what the names of its pictures begin with
SWATCH = "██"


class Drawing(Hinted, Vertical):
    """The pane around the board."""


class DrawingScreen(PicturesScreen[Images | Segmentation | Arrays]):
    """Holds the drawing; it stays until it is saved, or the pictures have another size."""

    def __init__(self) -> None:
        super().__init__()
        self._shape: tuple[int, ...] = ()  # of the pictures that the board was made for
        self._into = ""  # the class of the newest one

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Drawing(id="drawing", classes="pane"):
                yield Board()
            with Vertical(id="tools", classes="pane") as tools:
                tools.border_title = "Tools"
                yield Static(id="inks", markup=False)

    def on_mount(self) -> None:
        keys = ("draw.keep", "draw.ask", "draw.pen", "draw.undo", "draw.clear", "draw.back")
        self.query_one(Drawing).border_subtitle = hint(keys, self.asanai.own_keys)
        self.call_after_refresh(self._board.focus)

    def panes(self) -> list[Widget]:
        return [self._board]

    @classmethod
    def takes(cls, data: Source) -> bool:
        """Whether what is drawn can be shown to a network for such data."""
        return form_of(data) is not None

    def pictures_changed(self, data: Images | Segmentation | Arrays) -> None:
        form = form_of(data)
        if form is not None and form.shape != self._shape:
            self._shape = form.shape
            self._begin()

    def action_keep(self) -> None:
        """Save the picture into the class that is chosen."""
        self._board.lift()
        if self._painting.empty:
            self.app.notify("Nothing is drawn yet.", severity="warning", timeout=3)
        elif not self._folders.refused():
            self._folders.ask("Save into which class", self._into or self._folders.first, self._keep)

    def action_ask(self) -> None:
        """Show the picture to the trained network."""
        self._board.lift()
        pixels = self._painting.pixels.copy()
        self.asanai.show("predict")
        cast(PredictScreen, self.app.get_screen("predict")).ask_about(pixels, "the drawing")

    @on(Board.Changed)
    def _changed(self) -> None:
        inks = self.query_one("#inks", Static)
        text = self._tools(wide=not self.has_class("-tiny"))
        if inks.content != text:
            inks.update(text)

    def on_resize(self) -> None:
        self.call_after_refresh(self._changed)

    def _begin(self) -> None:
        """An empty board on the ground that the pictures have."""
        from asanai_tui.data.painting import Painting, ground_of

        height, width, channels = self._shape
        ground = ground_of([each.pixels for each in getattr(self.asanai.preview, "sample", ())])
        self._painting = Painting(height, width, (ground,) * channels)
        self._board.show(self._painting)
        colour = "colour" if channels == 3 else "grey"
        self.query_one(Drawing).border_title = f"Drawing · {height} × {width} {colour}"

    def _keep(self, name: str) -> None:
        folder, pixels = self._folders.folder(name), self._painting.pixels.copy()

        def write() -> Path:
            from asanai_tui.data.new_pictures import NewPictures

            return NewPictures(folder, KIND).add(pixels)

        def kept(path: Path) -> None:
            self._into = name
            if (self._painting.pixels == pixels).all():  # not drawn on meanwhile
                self._board.action_clear()
            self.app.notify(f"Saved as {clean(path.name)} in {clean(name)}.", timeout=3)
            self._folders.added(name)

        self.asanai.reader.aside(write, kept, self._unsaved)

    def _unsaved(self, sentence: str) -> None:
        self.app.notify(sentence, severity="error", timeout=15)

    def _tools(self, wide: bool) -> Text:
        """Brush, pen and colours: below each other, or on one line."""
        board = self._board
        ink = board.inks[board.ink]
        used = [f"brush   {board.brush} of {board.widest}", f"pen     {'down' if board.pen_down else 'up'}"]
        if not wide:
            return Text("  ".join(" ".join(each.split()) for each in (*used, f"colour {ink.name}")))
        text = Text("\n".join((*used, f"colour  {ink.name}", "", "")))
        for each in board.inks:
            text.append("▸ " if each is ink else "  ")
            text.append("▐", "dim")  # edges: one colour is like the ground of the terminal
            text.append(SWATCH, "rgb({},{},{})".format(*each.rgb))
            text.append("▌", "dim")
            text.append(f" {each.name}\n")
        text.append("\nMouse: left draws, right rubs out.", "dim")
        return text

    @property
    def _board(self) -> Board:
        return self.query_one(Board)

    @property
    def _folders(self) -> ClassFolders:
        return ClassFolders(self.asanai)
