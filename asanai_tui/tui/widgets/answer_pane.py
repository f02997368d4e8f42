"""What the network says, laid out for the width there is, or a sentence in its place."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from asanai_tui.errors import clean
from asanai_tui.tui.widgets.answers import answer_rows, line_row, mask_colours
from asanai_tui.tui.widgets.rows import Part, Row, Rows

if TYPE_CHECKING:
    from asanai_tui.inspection.predictions import Prediction, Predictor

MARGIN = 20  # the narrowest lines that sentences are broken into


class Answer(NamedTuple):
    """What the network said, and what is said beside it."""

    found: list[Prediction]
    note: str
    truth: str  # what the data says
    problems: list[str]
    predictor: Predictor  # who said it


class AnswerPane(Rows):
    """Keeps what it shows, so that it can be laid out again."""

    def __init__(self) -> None:
        super().__init__(id="answer", classes="pane")
        self.border_title = "Answer"
        self._answer: Answer | None = None
        self._told = "", "muted"  # the sentence in its place, and its look

    def on_resize(self) -> None:
        self.call_after_refresh(self._lay_out)

    def answer(self, answer: Answer) -> None:
        """Show what the network said."""
        self._answer = answer
        self._lay_out()

    def say(self, sentence: str, look: str = "muted") -> None:
        """Show a sentence; the answer before is forgotten."""
        self._answer, self._told = None, (sentence, look)
        self._lay_out()

    def _lay_out(self) -> None:
        self.show(self._sentence(*self._told) if self._answer is None else self._rows_of(self._answer))

    def _rows_of(self, answer: Answer) -> list[Row]:
        found, note, truth, problems, predictor = answer
        rows = [*self._sentence(note, "muted" if found else "problem"), Row(())] if note else []
        if len(found) == 1:
            rows += answer_rows(found[0], predictor.targets, truth, self.size.width, mask_colours(predictor))
        else:
            rows += [line_row(place, each, self.size.width) for place, each in enumerate(found)]
        for problem in problems:
            rows += self._sentence(problem, "problem")
        return rows

    def _sentence(self, text: str, look: str) -> list[Row]:
        """As many lines as it needs."""
        width = max(MARGIN, self.size.width)
        return [Row((Part(line, look),)) for line in textwrap.wrap(clean(text, 1000), width)]
