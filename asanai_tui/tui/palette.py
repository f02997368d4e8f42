"""The command palette: every action that can be named and done here, from the one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from textual.dom import DOMNode
from textual.screen import Screen

from asanai_tui.tui.actions import GROUPS, Action, Scope, key_name, keys_of
from asanai_tui.tui.screens.pick import Choice
from asanai_tui.tui.screens.work import WorkScreen

WIDGETS = {"layers": "LayerList", "options": "OptionRows", "data": "ColumnRows"}  # what does the actions of a scope


class Command(NamedTuple):
    """An action, and what does it on the screen that is shown."""

    choice: Choice
    action: Action
    target: DOMNode


def commands(screen: Screen[object], own: Mapping[str, str]) -> Iterator[Command]:
    """What the palette offers over `screen`; `own` are the user's keys."""
    for scope, (group, actions) in GROUPS.items():
        target = _target(scope, screen)
        for action in actions:
            if action.palette and target is not None:
                keys = " ".join(key_name(key) for key in keys_of(action.id, own))
                yield Command(Choice(f"{group}: {action.label}", keys, action.help), action, target)


def _target(scope: Scope, screen: Screen[object]) -> DOMNode | None:
    if scope in WIDGETS:
        return next(iter(screen.query(WIDGETS[scope])), None)
    if scope in ("work", "training"):
        return screen if isinstance(screen, WorkScreen) else None
    return screen if scope == "program" or type(screen).__name__.lower().startswith(scope) else None
