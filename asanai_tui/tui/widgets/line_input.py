"""A line to type into whose cursor stands still: blinking costs bytes and calm."""

from textual.reactive import Reactive
from textual.widgets import Input


class LineInput(Input):
    """Textual's input without the blinking."""

    cursor_blink: Reactive[bool] = Reactive(False, init=False)
