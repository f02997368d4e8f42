"""The command palette: every action that can be named and done here, from the one table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.dom import DOMNode
from textual.screen import Screen

from asanai_tui.tui.actions import GROUPS, Scope
from asanai_tui.tui.screens.work import WorkScreen

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

WIDGETS = {"layers": "LayerList", "options": "OptionRows", "data": "ColumnRows"}  # what does the actions of a scope


def commands(app: AsanaiApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """What the palette offers over `screen`."""
    for scope, (group, actions) in GROUPS.items():
        target = _target(scope, screen)
        for action in actions:
            if action.palette and target is not None:
                run = partial(app.run_action, action.method, default_namespace=target)
                yield SystemCommand(f"{group}: {action.label}", action.help, run)


def _target(scope: Scope, screen: Screen[object]) -> DOMNode | None:
    if scope in WIDGETS:
        return next(iter(screen.query(WIDGETS[scope])), None)
    if scope in ("work", "training", "program"):
        return screen if scope == "program" or isinstance(screen, WorkScreen) else None
    return screen if type(screen).__name__.lower().startswith(scope) else None
