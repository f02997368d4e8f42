"""The log pane: what the debug layers of a training say."""

from __future__ import annotations

from asanai_tui.errors import clean
from asanai_tui.runs.log import KEPT, Line, RunLog
from asanai_tui.tui.widgets.rows import Part, Row, Rows


class LogPane(Rows):
    """The newest lines at the end; whoever has gone up to an older one stays there."""

    def __init__(self) -> None:
        super().__init__(wide=True, id="log", classes="pane")
        self.border_title = "Log"
        self._log: RunLog | None = None
        self._heard = 0
        self._lines: list[Row] = []

    def show_log(self, log: RunLog | None) -> None:
        """Add what is new in `log`; without lines the pane is not there."""
        if log is not self._log:
            self._log, self._heard, self._lines = log, 0, []
        if log is None or log.total == self._heard:
            self.display = bool(self._lines)
            return
        at_end = not self._lines or self.cursor == self._lines[-1].key
        self._heard, fresh = log.lines(self._heard)
        first = self._heard - len(fresh)
        self._lines = [*self._lines, *(_row(first + place, line) for place, line in enumerate(fresh))][-KEPT:]
        self.display = True
        self.show(self._lines, self._lines[-1].key if at_end else None)


def _row(number: int, line: Line) -> Row:
    return Row((Part(f"{line.time}  ", "muted"), Part(clean(line.text, 2000))), (), str(number))
