"""How well each class is told by the best weights: a list with search, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asanai_tui.errors import clean
from asanai_tui.training.per_class import told
from asanai_tui.tui.screens.pick import Choice, PickScreen

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

WIDEST = 40  # characters of a name
NONE = "At the end of a training stands here how well each class is told, by precision, recall and F1."


def show_classes(app: AsanaiApp) -> None:
    """Open the list, where there is one."""
    if app.session is None or not app.session.classes.known:
        app.notify(NONE, timeout=5)
        return
    part, scores = app.session.classes.shown
    other = {score.label: told(score) for score in app.session.classes.validation} if part == "test part" else {}
    choices = [
        Choice(clean(score.label, WIDEST), told(score), f"Validation: {other[score.label]}" if other else "")
        for score in scores
    ]
    app.push_screen(PickScreen(f"Classes of the {part}, the worst first", choices, done="closes"))
