"""What all dialogs are: a box over the screen below, which stays as it is."""

from __future__ import annotations

from typing import TypeVar

from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip

from asanai_tui.resources import resource

Result = TypeVar("Result")


class Modal(ModalScreen[Result]):
    """Shows the screen below undimmed, for dimming would send all of it twice."""

    CSS_PATH = resource("styles") / "dialogs.tcss"

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the screen below as they are: Textual would tint every segment of them, in 30 ms."""
        stack = self.app.screen_stack
        below = stack[stack.index(self) - 1]
        lines = below._compositor.render_strips()[crop.y : crop.bottom]
        lines += [Strip([])] * (crop.height - len(lines))  # after a resize it is laid out, and painted, behind this one
        return [line.crop(crop.x, crop.right).adjust_cell_length(crop.width, self.rich_style) for line in lines]
