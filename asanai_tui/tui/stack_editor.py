"""What the keys of the layers pane do to the stack: each makes a new network and hands it to the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from asanai_tui.errors import InputError, counted
from asanai_tui.network import nesting, repairs
from asanai_tui.network.layers import catalogue
from asanai_tui.network.nesting import Place, layer_at, stack_at, with_stack
from asanai_tui.network.network import Network
from asanai_tui.options import Option
from asanai_tui.tui import stack_edits
from asanai_tui.tui.actions import first_key
from asanai_tui.tui.screens.add_layer import add_layer_screen
from asanai_tui.tui.screens.dialogs import LineScreen
from asanai_tui.tui.screens.pick import Choice, PickScreen
from asanai_tui.values import parsed, shown

if TYPE_CHECKING:
    from asanai_tui.network.layers.base import Layer
    from asanai_tui.project import Project
    from asanai_tui.tui.app import AsanaiApp
    from asanai_tui.tui.widgets.layer_list import LayerList


WITHOUT_A_LAYER = ("add", "insert", "paste", "suggest")


class StackEditor:
    """Edits the network of the program's project, as the list of layers asks."""

    def __init__(self, app: AsanaiApp, layers: LayerList) -> None:
        self.app, self._layers = app, layers
        self._wishes = {
            "add": self._add, "insert": self._insert, "delete": self._delete, "duplicate": self._duplicate,
            "down": self._down, "up": self._up, "freeze": self._freeze, "copy": self._copy, "cut": self._cut,
            "paste": self._paste, "set_all": self._set_all, "suggest": self._suggest, "repair": self._repair,
        }  # fmt: skip

    def do(self, wish: str, place: Place) -> None:
        """Do what a key asks for at the layer at `place`, or say why not."""
        if place or wish in WITHOUT_A_LAYER:
            self._try(lambda: self._wishes[wish](place))

    def _try(self, edit: Callable[[], None]) -> None:
        try:
            edit()
        except InputError as error:
            self.app.notify(str(error), severity="warning")

    def replace(self, place: Place, layer: Layer, label: str, merge: str = "") -> None:
        """Make `layer` the one at `place`."""
        stack = self._stack(place).replaced(place[-1], layer)
        self._edit(with_stack(self._network, place[:-1], stack), f"{self._name(place)}: {label}", merge)

    def _edit(self, network: Network, label: str, merge: str = "", select: Place | None = None) -> None:
        """Make `network` the project's; `label` names the edit for undo."""
        project = msgspec.structs.replace(self._project, network=nesting.checked(network))
        if select is not None:
            self._layers.show_project(project, select)
        self.app.editor.project(project, label, merge)

    def _edit_stack(self, place: Place, stack: Network, label: str, select: int) -> None:
        """Make `stack` the one that `place` lies in, and select one of its layers."""
        self._edit(with_stack(self._network, place[:-1], stack), label, select=(*place[:-1], select))

    def _add(self, place: Place) -> None:
        self._insert((*place[:-1], place[-1] + 1) if place else place)

    def _insert(self, place: Place) -> None:
        where = place or (0,)  # a network without layers

        def added(name: str | None) -> None:
            if name is not None:
                stack = self._stack(where).inserted(where[-1], catalogue()[name]())
                self._try(lambda: self._edit_stack(where, stack, f"add {name}", where[-1]))

        self.app.push_screen(add_layer_screen(self._project, where), added)

    def _delete(self, place: Place) -> None:
        stack = stack_edits.without(self._stack(place), {place[-1]})
        self._edit_stack(place, stack, f"delete {self._name(place)}", min(place[-1], len(stack) - 1))

    def _duplicate(self, place: Place) -> None:
        stack = self._stack(place).inserted(place[-1] + 1, self._stack(place)[place[-1]])
        self._edit_stack(place, stack, f"duplicate {self._name(place)}", place[-1] + 1)

    def _down(self, place: Place) -> None:
        self._move(place, 1)

    def _up(self, place: Place) -> None:
        self._move(place, -1)

    def _move(self, place: Place, by: int) -> None:
        if 0 <= place[-1] + by < len(self._stack(place)):
            stack = self._stack(place).moved(place[-1], by)
            self._edit_stack(place, stack, f"move {self._name(place)}", place[-1] + by)

    def _suggest(self, place: Place) -> None:
        self.app.editor.suggest_network()

    def _freeze(self, place: Place) -> None:
        stack, label = stack_edits.frozen(self._stack(place), self._chosen)
        self._edit(with_stack(self._network, place[:-1], stack), label)

    def _repair(self, place: Place) -> None:
        project = self._project
        found = repairs.repair(project.network, project.input_shape, project.data.targets, project.training.loss)
        if found is None:
            raise InputError("Nothing to repair.")
        self._edit(found.network, f"repair {found.label}")
        self.app.notify(f"Repaired: {found.label}. {self._key('edit.undo')} takes it back.")

    def _copy(self, place: Place) -> None:
        layers = [self._stack(place)[index] for index in self._chosen]
        text = stack_edits.written(layers)
        stack_edits.keep(text)
        self.app.copy_to_clipboard(text)
        copied, key = counted(len(layers), "layer"), self._key("layer.paste")
        self.app.notify(f"Copied {copied}; {key} puts them in, here or in another project.", timeout=3)

    def _cut(self, place: Place) -> None:
        chosen = self._chosen
        left = stack_edits.without(self._stack(place), chosen)
        self._copy(place)
        self._edit_stack(place, left, f"cut {counted(len(chosen), 'layer')}", max(0, min(chosen[0], len(left) - 1)))

    def put(self, text: str, place: Place) -> None:
        """Put layers below the one at `place`, written as in a project file: what a terminal pastes."""
        self._try(lambda: self._put(stack_edits.read(text), place))

    def _paste(self, place: Place) -> None:
        self._put(stack_edits.kept(), place)

    def _put(self, layers: tuple[Layer, ...], place: Place) -> None:
        where = place or (-1,)
        stack = self._stack(where).inserted(where[-1] + 1, *layers)
        self._edit_stack(where, stack, f"paste {counted(len(layers), 'layer')}", where[-1] + 1)

    def _set_all(self, place: Place) -> None:
        offered = {option.name: option for option in stack_edits.shared_options(self._network)}

        def chosen(name: str | None) -> None:
            if name is not None:
                self._ask_value(offered[name])

        choices = [Choice(name, "", option.help) for name, option in offered.items()]
        self.app.push_screen(PickScreen("Set an option of all layers", choices), chosen)

    def _ask_value(self, option: Option) -> None:
        def everywhere(text: str) -> Network:
            value = parsed(option, text)
            return stack_edits.set_everywhere(self._network, option.name, value, option.name == "activation")

        def entered(text: str | None) -> None:
            if text is None:
                return
            self._edit(everywhere(text), f"{option.name} {shown(parsed(option, text))} everywhere")

        names = {"switch": ("on", "off")}.get(option.kind, option.choices)
        if option.optional:
            names = ("none", *names)
        title = f"{option.label} of all layers{' but the last' if option.name == 'activation' else ''}"
        if names:
            self.app.push_screen(PickScreen(title, [Choice(name) for name in names]), entered)
        else:
            self.app.push_screen(LineScreen(title, placeholder=option.expectation, check=everywhere), entered)

    @property
    def _chosen(self) -> tuple[int, ...]:
        """Where the marked layers, or the selected one, stand in their stack."""
        return tuple(place[-1] for place in self._layers.chosen)

    def _stack(self, place: Place) -> Network:
        """The stack that `place` lies in."""
        return stack_at(self._network, place[:-1])

    def _name(self, place: Place) -> str:
        return layer_at(self._network, place).name

    def _key(self, action_id: str) -> str:
        return first_key(action_id, self.app.own_keys)

    @property
    def _project(self) -> Project:
        return self.app.project

    @property
    def _network(self) -> Network:
        return self._project.network
