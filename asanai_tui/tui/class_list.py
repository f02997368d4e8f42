"""How well each class is told by the best weights: a list with search, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asanai_tui.errors import clean
from asanai_tui.training.per_class import told
from asanai_tui.tui.screens.pick import Choice, PickScreen

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

WIDEST = 40  # characters of a name
NARROWEST = 12
DIALOG = 84  # columns of the dialog at most
AROUND = 8  # of them that are neither name nor numbers
NONE = "At the end of a training stands here how well each class is told, by precision, recall and F1."
NUMBERS = "This training tells no classes apart; the error of its numbers stands above the curves."
STOPPED = "This training was stopped; how well each class is told is known after one that came to its end."


def show_classes(app: AsanaiApp) -> None:
    """Open the list, where there is one."""
    if app.session is None or not app.session.classes.known:
        why = {"stopped": STOPPED, "finished": NUMBERS} if app.session is not None else {}
        app.notify(why.get(app.snapshot.state, NONE), timeout=5)
        return
    part, scores = app.session.classes.shown
    other = {score.label: told(score) for score in app.session.classes.validation} if part == "test part" else {}
    room = min(app.size.width, DIALOG) - AROUND - max(len(told(score)) for score in scores)
    widest = max(NARROWEST, min(WIDEST, room))
    choices = [
        Choice(clean(score.label, widest), told(score), _help(score.label, widest, other.get(score.label, "")))
        for score in scores
    ]
    app.push_screen(PickScreen(f"Classes of the {part}, the worst first", choices, done="closes"))


def _help(label: str, widest: int, validation: str) -> str:
    """The whole name, where the list has not room for it, and what the validation part says beside the test part."""
    name = clean(label) if len(label) > widest else ""
    return "\n".join(filter(None, (name, f"Validation: {validation}" if validation else "")))
