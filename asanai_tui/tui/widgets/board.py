"""A board to draw on: two pixels a cell, with the mouse or with a cursor and a pen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.events import MouseDown, MouseEvent, MouseMove, MouseUp
from textual.message import Message
from textual.strip import Strip

from asanai_tui.tui.actions import bindings
from asanai_tui.tui.inks import COLOURS, GREYS, Ink, contrast
from asanai_tui.tui.widgets.lines import Lines
from asanai_tui.tui.widgets.picture import centred, fit, half_blocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from asanai_tui.data.painting import Colour, Painting, Point

ERASER = 3  # the right button of the mouse
PEN_UP, PEN_DOWN = 0.5, 1.0  # how much of the cursor's colour is mixed in
CURSOR = (240, 110, 20)


class Board(Lines, can_focus=True):
    """Shows a painting as large as fits and changes it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("drawing")
    DEFAULT_CSS = "Board { height: 1fr; }"

    class Changed(Message):
        """The picture, the brush, the pen or the colour is another."""

    def __init__(self) -> None:
        super().__init__()
        self._painting: Painting | None = None
        self._shown = (1, 1)  # rows and columns of pixels on the screen
        self._origin = (0, 0)  # the first line and column of the picture on the screen
        self._dragged: Point | None = None  # where the mouse was last, while a button is pressed
        self._mouse_colour: Colour = ()
        self._y = self._x = 0  # the cursor
        self.pen_down = False
        self.brush = 1
        self.inks: Sequence[Ink] = GREYS
        self.ink = 0

    def show(self, painting: Painting) -> None:
        """Draw on this one from now on; the brush and the colour are such that something can be seen."""
        grey = painting.pixels.shape[2] == 1
        self._painting = painting
        self.inks = GREYS if grey else COLOURS
        self.ink = next(place for place, ink in enumerate(self.inks) if ink.name == contrast(painting.ground))
        height, width = painting.pixels.shape[:2]
        self._y, self._x, self.pen_down = height // 2, width // 2, False
        self.brush = max(1, round(min(height, width) / 14))
        self._tell()

    @property
    def colour(self) -> Colour:
        """What the pen draws with, in the channels of the picture."""
        rgb = self.inks[self.ink].rgb
        return rgb if self._painting is None or len(self._painting.ground) == 3 else rgb[:1]

    @property
    def widest(self) -> int:
        """Of the brush, in pixels: half of the shorter side."""
        return 1 if self._painting is None else max(1, min(self._painting.pixels.shape[:2]) // 2)

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """The picture, with the cursor on it."""
        import numpy as np

        if self._painting is None or not width or not height:
            return []
        view = fit(self._painting.pixels, width, height)
        view = np.array(np.broadcast_to(view, (*view.shape[:2], 3)))
        self._shown = view.shape[0], view.shape[1]
        if self.has_focus:
            self._mark(view)
        lines = half_blocks(view)
        self._origin = (height - len(lines)) // 2, (width - view.shape[1]) // 2
        return centred(lines, width, height)

    def action_go(self, down: int, right: int) -> None:
        """Move the cursor by one pixel of the screen; the pen draws where it is down."""
        if (painting := self._painting) is None:
            return
        from asanai_tui.data.painting import Point

        height, width = painting.pixels.shape[:2]
        step_y, step_x = -(-height // self._shown[0]), -(-width // self._shown[1])
        start = Point(self._y, self._x)
        self._y = min(max(0, self._y + down * step_y), height - 1)
        self._x = min(max(0, self._x + right * step_x), width - 1)
        if self.pen_down:
            painting.line(start, Point(self._y, self._x), self._brush, self.colour)
        self._tell()

    def action_pen(self) -> None:
        """Put the pen down, which makes a dot, or lift it."""
        if (painting := self._painting) is None:
            return
        from asanai_tui.data.painting import Point

        self.pen_down = not self.pen_down
        if self.pen_down:
            painting.begin()
            painting.line(Point(self._y, self._x), Point(self._y, self._x), self._brush, self.colour)
        else:
            painting.end()
        self._tell()

    def action_brush(self, by: int) -> None:
        self.brush = min(max(1, self.brush + by), self.widest)
        self._tell()

    def action_colour(self, by: int) -> None:
        self.ink = (self.ink + by) % len(self.inks)
        self._tell()

    def action_fill(self) -> None:
        if (painting := self._painting) is None:
            return
        from asanai_tui.data.painting import Point

        self.lift()
        painting.begin()
        painting.fill(Point(self._y, self._x), self.colour)
        painting.end()
        self._tell()

    def action_clear(self) -> None:
        if self._painting is not None:
            self.lift()
            self._painting.clear()
            self._tell()

    def action_undo_stroke(self) -> None:
        if self._painting is not None:
            self.lift()
            if not self._painting.undo():
                self.app.notify("There is nothing more.", timeout=2)
            self._tell()

    def lift(self) -> None:
        """Lift the pen: a stroke is complete."""
        self.pen_down = False
        if self._painting is not None:
            self._painting.end()

    def on_mouse_down(self, event: MouseDown) -> None:
        if (painting := self._painting) is None:
            return
        self.focus()
        self.lift()
        self.capture_mouse()
        self._mouse_colour = painting.ground if event.button == ERASER else self.colour
        painting.begin()
        self._dragged = self._point(event)
        self._drag(event)

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._dragged is not None:
            self._drag(event)

    def on_mouse_up(self, event: MouseUp) -> None:
        if self._dragged is not None:
            self._dragged = None
            self.release_mouse()
            self.lift()
            self._tell()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def _drag(self, event: MouseEvent) -> None:
        if self._painting is None or self._dragged is None:
            return
        point = self._point(event)
        self._painting.line(self._dragged, point, self._brush, self._mouse_colour)
        self._dragged = point
        height, width = self._painting.pixels.shape[:2]
        self._y, self._x = min(max(0, point.y), height - 1), min(max(0, point.x), width - 1)
        self._tell()

    @property
    def _brush(self) -> int:
        """At least what the screen shows as one pixel."""
        height = self._painting.pixels.shape[0] if self._painting is not None else 1
        return max(self.brush, -(-height // self._shown[0]))

    def _point(self, event: MouseEvent) -> Point:
        """The pixel under the mouse: the upper one of the two in a cell, where the terminal says no more."""
        from asanai_tui.data.painting import Point

        height, width = self._painting.pixels.shape[:2] if self._painting is not None else (1, 1)
        row, column = 2 * (event.pointer_y - self._origin[0]), event.pointer_x - self._origin[1]
        return Point(int(row // 1 * height // self._shown[0]), int(column // 1 * width // self._shown[1]))

    def _mark(self, view: NDArray[np.uint8]) -> None:
        """Mix the colour of the cursor into its place: more of it while the pen is down."""
        import numpy as np

        if self._painting is None:
            return
        height, width = self._painting.pixels.shape[:2]
        rows, columns = self._shown
        top, left = self._y * rows // height, self._x * columns // width
        bottom, right = max(top + 1, (self._y + 1) * rows // height), max(left + 1, (self._x + 1) * columns // width)
        share = PEN_DOWN if self.pen_down else PEN_UP
        place = view[top:bottom, left:right]
        place[:] = np.rint((1 - share) * place + share * np.array(CURSOR)).astype(np.uint8)

    def _tell(self) -> None:
        self.redraw()
        self.post_message(self.Changed())
