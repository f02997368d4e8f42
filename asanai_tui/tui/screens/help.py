"""Help: what this is, and every key, from the one table of actions."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from asanai_tui.files import settings_folder
from asanai_tui.tui.actions import GROUPS, Action, Scope, first_key, key_name, keys_of
from asanai_tui.tui.screens.modal import Modal
from asanai_tui.tui.widgets.fitting import Dialog
from asanai_tui.tui.widgets.rows import Part, Row, Rows

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

KEYS = 12  # cells of the keys of an action
NARROWEST = 24  # of the texts
EVERYWHERE: tuple[Scope, ...] = ("list", "work", "training", "program")


class HelpScreen(Modal[None]):
    """A list to read; escape or ? leads back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,f1", "dismiss", "Back", show=False)]

    def __init__(self, active: frozenset[str] = frozenset()) -> None:
        """`active`: the actions that keys do where the help was asked for."""
        super().__init__()
        self._active = active

    def compose(self) -> ComposeResult:
        with Dialog(classes="dialog help") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = "↑ ↓ scroll · esc back"
            yield Rows()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        rows = self.query_one(Rows)
        own, columns = cast("AsanaiApp", self.app).own_keys, rows.scrollable_content_region.width
        rows.show(list(help_rows(own, columns, self._active)))


def first_steps(own: Mapping[str, str]) -> Iterator[str]:
    """What to try first, with the keys that do it."""

    def key(action_id: str) -> str:
        return first_key(action_id, own)

    train = key("training.toggle")
    yield f"{train} starts training and the curves run; {train} again stops it."
    yield f"The model is kept, and {key('view.predict')} asks it."
    yield f"{key('training.continue')} trains on with its weights, also after an edit: what still fits is kept."
    yield (
        f"{key('view.next')} goes from pane to pane. In the layers {key('layer.add')} adds one, {key('layer.delete')} "
        f"deletes one, and {key('layer.options')} leads to its options. {key('edit.undo')} takes back any edit."
    )
    yield "Red marks say what does not fit, and why."


def help_rows(own: Mapping[str, str], columns: int, active: frozenset[str] = frozenset()) -> Iterator[Row]:
    """First steps, then every action with its keys, in groups, in lines of at most `columns` cells.

    Groups with `active` actions come first, those that count everywhere behind the others of them.
    """
    for sentence in first_steps(own):
        yield from (Row((Part(line),)) for line in textwrap.wrap(sentence, max(NARROWEST, columns)))
    here = {scope for scope, (_, actions) in GROUPS.items() if any(action.id in active for action in actions)}
    order = sorted(GROUPS, key=lambda scope: (scope not in here, scope in here and scope in EVERYWHERE))
    for title, actions in (GROUPS[scope] for scope in order):
        yield Row(())
        yield Row((Part(title, "accent"),))
        for action in actions:
            yield from _action_rows(action, own, columns)
    yield Row(())
    yield Row((Part("Keys of your own: one line for each action, by the name on the right, such as", "muted"),))
    yield Row((Part('"layer.add" = "n", below [keys] in', "muted"),))
    yield Row((Part(str(settings_folder() / "keys.toml"), "muted"),))


def _action_rows(action: Action, own: Mapping[str, str], columns: int) -> Iterator[Row]:
    """The keys, what they do in as many lines as that needs, and the name of the action."""
    keys = " ".join(key_name(key) for key in keys_of(action.id, own))
    width = max(NARROWEST, columns - KEYS - len(action.id) - 1)
    first, *others = textwrap.wrap(action.help, width)
    yield Row((Part(f"  {keys:<{KEYS - 2}}", "strong"), Part(first)), (Part(action.id, "muted"),), action.id)
    yield from (Row((Part(" " * KEYS + line),)) for line in others)
