"""What the keys of the layers pane do to the stack: each makes a new network and hands it to the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from asanai_tui.errors import InputError, counted
from asanai_tui.network import repairs
from asanai_tui.network.layers import catalogue
from asanai_tui.network.network import Network
from asanai_tui.options import Option
from asanai_tui.tui import stack_edits
from asanai_tui.tui.screens.add_layer import add_layer_screen
from asanai_tui.tui.screens.dialogs import LineScreen
from asanai_tui.tui.screens.pick import Choice, PickScreen
from asanai_tui.values import parsed, shown

if TYPE_CHECKING:
    from asanai_tui.project import Project
    from asanai_tui.tui.app import AsanaiApp
    from asanai_tui.tui.widgets.layer_list import LayerList


class StackEditor:
    """Edits the network of the program's project, as the list of layers asks."""

    def __init__(self, app: AsanaiApp, layers: LayerList) -> None:
        self.app, self._layers = app, layers
        self._wishes = {
            "add": self._add, "delete": self._delete, "duplicate": self._duplicate, "down": self._down,
            "up": self._up, "suggest": self._suggest, "freeze": self._freeze, "repair": self._repair,
            "copy": self._copy, "cut": self._cut, "paste": self._paste, "set_all": self._set_all,
        }  # fmt: skip

    def do(self, wish: str, index: int) -> None:
        """Do what a key asks for at the layer `index`, or say why not."""
        try:
            self._wishes[wish](index)
        except InputError as error:
            self.app.notify(str(error), severity="warning", markup=False)

    def edit(self, network: Network, label: str, merge: str = "", select: int | None = None) -> None:
        """Make `network` the project's; `label` names the edit for undo."""
        project = self._with(network)
        if select is not None:
            self._layers.show_project(project, select)
        self.app.editor.project(project, label, merge)

    def _add(self, index: int) -> None:
        def added(name: str | None) -> None:
            if name is not None:
                self.edit(self._network.inserted(index, catalogue()[name]()), f"add {name}", select=index)

        self.app.push_screen(add_layer_screen(self._project, index), added)

    def _delete(self, index: int) -> None:
        if len(self._network) == 1:
            self.app.notify("The only layer stays: a network needs one. Change it, or add another first.")
        elif index >= 0:
            name = self._network[index].name
            self.edit(self._network.removed(index), f"delete {name}", select=min(index, len(self._network) - 2))

    def _duplicate(self, index: int) -> None:
        if index >= 0:
            layer = self._network[index]
            self.edit(self._network.inserted(index + 1, layer), f"duplicate {layer.name}", select=index + 1)

    def _down(self, index: int) -> None:
        self._move(index, 1)

    def _up(self, index: int) -> None:
        self._move(index, -1)

    def _move(self, index: int, by: int) -> None:
        if 0 <= index + by < len(self._network) and index >= 0:
            self.edit(self._network.moved(index, by), f"move {self._network[index].name}", select=index + by)

    def _suggest(self, index: int) -> None:
        self.app.editor.suggest_network()

    def _freeze(self, index: int) -> None:
        self.edit(*stack_edits.frozen(self._network, self._layers.chosen))

    def _repair(self, index: int) -> None:
        project = self._project
        found = repairs.repair(project.network, project.input_shape, project.data.targets, project.training.loss)
        if found is None:
            raise InputError("Nothing to repair.")
        self.edit(found.network, f"repair {found.label}")
        self.app.notify(f"Repaired: {found.label}. u takes it back.", markup=False)

    def _copy(self, index: int) -> None:
        layers = [self._network[place] for place in self._layers.chosen]
        text = stack_edits.written(layers)
        stack_edits.keep(text)
        self.app.copy_to_clipboard(text)
        self.app.notify(
            f"Copied {counted(len(layers), 'layer')}; v puts them in, here or in another project.", timeout=3
        )

    def _cut(self, index: int) -> None:
        chosen = self._layers.chosen
        left = stack_edits.without(self._network, chosen)
        self._copy(index)
        self.edit(left, f"cut {counted(len(chosen), 'layer')}", select=max(0, min(chosen[0], len(left) - 1)))

    def _paste(self, index: int) -> None:
        layers = stack_edits.kept()
        network = stack_edits.pasted(self._network, index + 1, layers)
        self.edit(network, f"paste {counted(len(layers), 'layer')}", select=index + 1)

    def _set_all(self, index: int) -> None:
        offered = {option.name: option for option in stack_edits.shared_options(self._network)}

        def chosen(name: str | None) -> None:
            if name is not None:
                self._ask_value(offered[name])

        choices = [Choice(name, "", option.help) for name, option in offered.items()]
        self.app.push_screen(PickScreen("Set an option of all layers", choices), chosen)

    def _ask_value(self, option: Option) -> None:
        def entered(text: str | None) -> None:
            if text is None:
                return
            try:
                value = parsed(option, text)
            except InputError as error:
                self.app.notify(str(error), severity="error", markup=False)
                return
            network = stack_edits.set_everywhere(self._network, option.name, value, option.name == "activation")
            self.edit(network, f"{option.name} {shown(value)} everywhere")

        names = {"switch": ("on", "off")}.get(option.kind, option.choices)
        if option.optional:
            names = ("none", *names)
        title = f"{option.label} of all layers{' but the last' if option.name == 'activation' else ''}"
        if names:
            self.app.push_screen(PickScreen(title, [Choice(name) for name in names]), entered)
        else:
            self.app.push_screen(LineScreen(title, placeholder=option.expectation), entered)

    def _with(self, network: Network) -> Project:
        return msgspec.structs.replace(self._project, network=network)

    @property
    def _project(self) -> Project:
        return self.app.project

    @property
    def _network(self) -> Network:
        return self._project.network
