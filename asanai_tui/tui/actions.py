"""Every action of the program in one table; bindings, key bar, help, palette and the user's key file derive from it."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from textual.binding import Binding, BindingType

Scope = Literal[
    "program",
    "work",
    "live",
    "layers",
    "workbench",
    "options",
    "data",
    "classes",
    "training",
    "pictures",
    "camera",
    "drawing",
    "augmentation",
    "predict",
    "network",
    "health",
    "rate",
    "handbook",
    "start",
    "list",
]
KEY_NAMES = {
    "question_mark": "?", "shift+up": "⇧↑", "shift+down": "⇧↓", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "plus": "+", "minus": "-", "escape": "esc", "slash": "/", "colon": ":", "comma": ",", "full_stop": ".",
    "pagedown": "pgdn", "pageup": "pgup", "shift+tab": "⇧tab", "delete": "del",
}  # fmt: skip


class Action(NamedTuple):
    """One thing a key does. `method` is the `action_…` that does it, with its arguments."""

    id: str
    keys: str  # the first is shown
    label: str
    help: str
    method: str
    shown: bool = False  # in the key bar
    palette: bool = True


GROUPS: Mapping[Scope, tuple[str, tuple[Action, ...]]] = {
    "layers": (
        "Layers",
        (
            Action("layer.add", "a", "add", "Add a layer below the selected one.", "wish('add')", True),
            Action("layer.insert", "i", "insert", "Add a layer above the selected one.", "wish('insert')"),
            Action("layer.options", "enter", "options", "Go to the options of the layer.", "wish('options')",
                   palette=False),
            Action("layer.delete", "d,delete", "delete", "Remove the layer.", "wish('delete')", True),
            Action("layer.duplicate", "D", "duplicate", "Put a copy of the layer below it.", "wish('duplicate')"),
            Action("layer.down", "J,shift+down", "move down", "Move the layer down.", "wish('down')"),
            Action("layer.up", "K,shift+up", "move up", "Move the layer up.", "wish('up')"),
            Action("layer.freeze", "z", "freeze", "Keep the weights as they are while training, or train them again.",
                   "wish('freeze')"),
            Action("layer.mark", "space", "mark", "Mark the layer for copying or cutting; again: not.", "mark"),
            Action("layer.copy", "y", "copy", "Copy the marked layers, or this one, also for other projects.",
                   "wish('copy')"),
            Action("layer.cut", "x", "cut", "Cut the marked layers, or this one.", "wish('cut')"),
            Action("layer.paste", "v", "paste", "Put the copied layers below this one.", "wish('paste')"),
        ),
    ),
    "workbench": (
        "Network",
        (
            Action("layer.repair", "R", "repair", "Mend the first problem of the network.", "wish('repair')"),
            Action("layer.suggest", "f", "fitting network", "Replace all layers by a network that fits the data.",
                   "wish('suggest')"),
            Action("layer.all", "A", "all layers", "Set an option of all layers that have it.", "wish('set_all')"),
            Action("layer.network", "N", "network", "What every layer costs, and a picture of the network.",
                   "wish('network')"),
        ),
    ),
    "options": (
        "Options",
        (
            Action("option.edit", "enter", "edit", "Type a value, or choose one from a list.", "edit", True, False),
            Action("option.less", "left", "less", "The next smaller value, or the choice before.", "step(-1)",
                   palette=False),
            Action("option.more", "right", "more", "The next larger value, or the next choice.", "step(1)",
                   palette=False),
            Action("option.switch", "space", "switch", "Switch on or off.", "switch", palette=False),
            Action("option.default", "r", "default", "Back to the default value.", "default"),
            Action("option.expert", "x", "all options", "Show all options, or the ones to begin with.", "expert"),
            Action("option.back", "escape", "back", "Back to the pane it belongs to.", "back", palette=False),
        ),
    ),
    "data": (
        "Data",
        (
            Action("data.role", "r", "use", "Use the column as an input, or leave it out.", "role", True),
            Action("data.target", "a", "target", "Make the column what is learned, or an input again.", "target", True),
            Action("data.type", "y", "type", "The next type that fits: number, category, date, text.", "type"),
            Action("data.missing", "m", "missing", "What an empty cell becomes.", "missing"),
            Action("data.scaling", "c", "scaling", "How numbers are scaled.", "scaling"),
            Action("data.split", "b", "divide by", "Keep equal values in one part; divide in its order; at random.",
                   "split"),
            Action("data.column", "enter", "options", "All options of the column.", "open", palette=False),
            Action("data.preview", "v", "rows", "Show the first rows.", "preview", palette=False),
        ),
    ),
    "pictures": (
        "Pictures",
        (
            Action("pictures.camera", "c", "camera", "Take pictures of a class with a camera, or from a video.",
                   "pictures('camera')", True),
            Action("pictures.draw", "D", "draw", "Draw pictures of a class.", "pictures('drawing')", True),
            Action("pictures.augmentation", "v", "augmentation", "See what augmentation makes of the pictures.",
                   "pictures('augmentation')", True),
            Action("pictures.aside", "m", "set aside", "All files that were set aside, with the reasons.", "aside",
                   palette=False),
            Action("pictures.larger", "z", "larger", "Fewer and larger pictures, up to all pixels; then many again.",
                   "larger", True, False),
        ),
    ),
    "augmentation": (
        "Augmentation",
        (
            Action("augmentation.next", "n", "next seed", "Draw again, from the next seed.", "redraw(1)", True, False),
            Action("augmentation.previous", "b", "seed before", "Draw from the seed before.", "redraw(-1)",
                   palette=False),
            Action("augmentation.back", "escape", "back", "Back to the data.", "back", True, False),
        ),
    ),
    "drawing": (
        "Drawing",
        (
            Action("draw.keep", "enter", "into class", "Save the picture into a class, and begin another.",
                   "screen.keep", True, False),
            Action("draw.ask", "a", "ask", "Ask the trained network what this is.", "screen.ask", True, False),
            Action("draw.pen", "space", "pen", "Put the pen down, or lift it; arrows draw while it is down.", "pen",
                   True, False),
            Action("draw.fill", "f", "fill", "Fill the area of one colour that the cursor stands on.", "fill", True,
                   False),
            Action("draw.colour", "c", "colour", "The next colour.", "colour(1)", True, False),
            Action("draw.colour_before", "C", "colour before", "The colour before.", "colour(-1)", palette=False),
            Action("draw.wider", "b", "wider", "A wider brush.", "brush(1)", True, False),
            Action("draw.narrower", "B", "narrower", "A narrower brush.", "brush(-1)", palette=False),
            Action("draw.undo", "u", "undo", "Take the last stroke back.", "undo_stroke", True, False),
            Action("draw.clear", "n", "clear", "An empty picture; u brings the drawing back.", "clear", True, False),
            Action("draw.up", "up", "up", "The cursor up.", "go(-1, 0)", palette=False),
            Action("draw.down", "down", "down", "The cursor down.", "go(1, 0)", palette=False),
            Action("draw.left", "left", "left", "The cursor to the left.", "go(0, -1)", palette=False),
            Action("draw.right", "right", "right", "The cursor to the right.", "go(0, 1)", palette=False),
            Action("draw.back", "escape", "back", "Back to the data.", "screen.back", palette=False),
        ),
    ),
    "camera": (
        "Camera",
        (
            Action("camera.take", "c", "take", "Take the pictures; again: stop, and keep those that were taken.",
                   "take", True, False),
            Action("camera.class", "i", "into class", "Choose the class of the pictures, or make one.", "into", True,
                   False),
            Action("camera.device", "d", "device", "The number of a camera, a video file or the address of a stream.",
                   "device", True, False),
            Action("camera.back", "escape", "back", "Back to the data.", "back", True, False),
        ),
    ),
    "classes": (
        "Classes",
        (
            Action("class.add", "a", "add class", "Make the folder of a new class.", "class('add')", True),
            Action("class.rename", "r", "rename", "Give the class another name, in the project; or join it to another.",
                   "class('rename')", True),
            Action("class.remove", "d,delete", "leave out", "Leave the class out, or take it back; its files stay.",
                   "class('remove')", True),
            Action("class.fill", "i", "add pictures", "Copy pictures into the class.", "class('fill')", True),
        ),
    ),
    "list": (
        "Lists",
        (
            Action("list.up", "up,k", "up", "Up.", "cursor_up", palette=False),
            Action("list.down", "down,j", "down", "Down.", "cursor_down", palette=False),
            Action("list.first", "home,g", "first", "To the first line.", "first", palette=False),
            Action("list.last", "end,G", "last", "To the last line.", "last", palette=False),
            Action("list.page_up", "pageup", "page up", "A page up.", "page_up", palette=False),
            Action("list.left", "left", "left", "Scroll left.", "scroll_left", palette=False),
            Action("list.right", "right", "right", "Scroll right.", "scroll_right", palette=False),
            Action("list.page_down", "pagedown", "page down", "A page down.", "page_down", palette=False),
        ),
    ),
    "training": (
        "Training",
        (
            Action("training.toggle", "t", "train", "Start training; stop it and keep the model.",
                   "app.toggle_training", True),
            Action("training.continue", "w", "continue", "Train on with the trained weights of what still fits.",
                   "app.continue_training", True),
            Action("training.pause", "p", "pause", "Hold the training; go on.", "app.pause_training"),
            Action("training.enough", "E", "enough", "Train on the pictures that have arrived, without the others.",
                   "app.train_on_arrived"),
            Action("training.change", "M", "change", "Change learning rate, epochs and early stopping while it trains.",
                   "app.change_training", True),
            Action("training.log", "l", "log", "Logarithmic or linear loss axis.", "screen.log_scale"),
            Action("training.metric", "Y", "metric", "The next metric in the chart.", "screen.next_metric"),
            Action("training.classes", "P", "classes", "How well each class is told by the best weights.",
                   "screen.classes"),
            Action("training.batches", "L", "batches", "The loss by batch, or by epoch.", "screen.batches"),
            Action("training.faster", "plus", "faster", "Learning rate times 2, also while training.",
                   "app.learning_rate(2.0)"),
            Action("training.slower", "minus", "slower", "Half the learning rate, also while training.",
                   "app.learning_rate(0.5)"),
            Action("training.health", "h", "health", "How every layer does, and what is unhealthy.",
                   "app.view('health')"),
            Action("training.find_rate", "V", "find rate", "Measure which learning rate fits, and take it.",
                   "app.view('rate')"),
            Action("training.settings", "e", "settings", "Epochs, batch size, optimizer, loss.",
                   "screen.training_settings"),
        ),
    ),
    "live": (
        "Change the training",
        (
            Action("live.pause", "p", "pause", "Hold the training; go on.", "app.pause_training", palette=False),
            Action("live.back", "escape", "back", "Back; the training goes on.", "back", palette=False),
        ),
    ),
    "work": (
        "Project",
        (
            Action("edit.undo", "u", "undo", "Take back the last edit.", "app.undo", True),
            Action("edit.redo", "U,ctrl+r", "redo", "Bring back what was undone.", "app.redo"),
            Action("file.save", "s", "save", "Save the project.", "app.save", True),
            Action("file.save_as", "S", "save as", "Save the project under another name.", "app.save_as"),
            Action("file.open", "o", "open", "Open a file, a folder, a recent project or a sample.", "app.open", True),
            Action("data.other", "O", "other data", "Other data under this network, adapted if wanted.",
                   "app.other_data"),
            Action("view.next", "tab", "next pane", "To the next pane.", "screen.next_pane(1)", True, False),
            Action("view.previous", "shift+tab", "previous pane", "To the pane before.", "screen.next_pane(-1)",
                   palette=False),
            Action("view.workbench", "1", "Workbench", "Layers, options, data and training at once.",
                   "app.view('workbench')"),
            Action("view.data", "2", "Data", "What was read, and what each column means.", "app.view('data')"),
            Action("view.training", "3", "Training", "Curves and settings.", "app.view('training')"),
            Action("view.predict", "4", "Predict", "Ask the trained network.", "app.view('predict')"),
        ),
    ),
    "predict": (
        "Predict",
        (
            Action("predict.file", "enter", "input", "Type a value or a path.", "input", True, False),
            Action("predict.next", "n", "next example", "The next example of the data.", "example(1)", True),
            Action("predict.previous", "b", "example before", "The example before.", "example(-1)"),
            Action("predict.camera", "c", "camera", "Ask about what a camera sees now, or about the next second of a "
                   "video.", "camera", True),
            Action("predict.device", "d", "device", "Choose the camera, a video file or the address of a stream.",
                   "device"),
            Action("predict.draw", "D", "draw", "Draw a picture to ask about.", "draw"),
            Action("predict.back", "escape", "back", "Back to the answer.", "back", palette=False),
        ),
    ),
    "handbook": (
        "Handbook",
        (
            Action("handbook.search", "slash", "search", "Find a page by its name, or by a word on it.", "search", True,
                   False),
            Action("handbook.pane", "enter", "other pane", "From the list to the page, and back.", "pane", True,
                   False),
            Action("handbook.back", "escape", "back", "Back to where you came from.", "back", True, False),
        ),
    ),
    "network": (
        "Costs and picture",
        (
            Action("network.open", "enter", "layer", "Back to the workbench, to the selected layer.", "open_layer",
                   True),
            Action("network.back", "escape", "back", "Back to the workbench.", "back", True, False),
        ),
    ),
    "rate": (
        "Learning rate",
        (
            Action("rate.less", "left", "less", "A smaller learning rate.", "move(-1)", True, False),
            Action("rate.more", "right", "more", "A larger learning rate.", "move(1)", True, False),
            Action("rate.take", "enter", "take", "Set this learning rate; u takes it back.", "take", True, False),
            Action("rate.again", "r", "look again", "Look for it again.", "again", True, False),
            Action("rate.back", "escape", "back", "Stop looking; back to the training.", "back", True, False),
        ),
    ),
    "health": (
        "Health",
        (
            Action("health.again", "r", "look again", "Look at the layers again, with the weights as they are now.",
                   "again", True, False),
            Action("health.open", "enter", "layer", "To the workbench, to the selected layer.", "open_layer", True,
                   False),
            Action("health.back", "escape", "back", "Back to the training.", "back", True, False),
        ),
    ),
    "start": (
        "Start",
        (
            Action("start.open", "enter", "open", "Open what is selected.", "open_selected", True, False),
            Action("start.train", "t", "open and train", "Open what is selected and train it.", "open_and_train",
                   palette=False),
            Action("start.discard", "d", "discard", "Throw the selected unsaved work away.", "discard", palette=False),
            Action("start.path", "slash", "path", "Type a path.", "path", True, False),
            Action("start.formula", "F", "formula", "Make a table from a formula, and open it.", "formula", True,
                   False),
            Action("start.back", "escape", "back", "Back to the workbench.", "back", palette=False),
        ),
    ),
    "program": (
        "Program",
        (
            Action("program.help", "question_mark,f1", "help", "What this is and every key.", "app.help", True),
            Action("program.palette", "colon,ctrl+p", "commands", "Find any action by its name.", "app.command_palette",
                   palette=False),
            Action("view.handbook", "8", "Handbook", "What each layer computes, with examples that are computed here.",
                   "app.handbook"),
            Action("program.theme", "T", "theme", "Dark, light, the terminal's own colours, high contrast.",
                   "app.theme"),
            Action("program.redraw", "f5,ctrl+l", "redraw", "Paint the screen again where something else wrote on it.",
                   "app.redraw"),
            Action("program.quit", "q,ctrl+q", "quit", "Leave; asks while training or with unsaved work.", "app.leave",
                   True),
        ),
    ),
}  # fmt: skip

BY_ID: Mapping[str, Action] = {action.id: action for _, group in GROUPS.values() for action in group}
ORDER: Mapping[str, int] = {action_id: place for place, action_id in enumerate(BY_ID)}


def bindings(*scopes: Scope) -> list[BindingType]:
    """Textual's bindings for the actions of some scopes."""
    return [
        Binding(action.keys, action.method, action.label, show=action.shown, id=action.id)
        for scope in scopes
        for action in GROUPS[scope][1]
    ]


def key_name(key: str) -> str:
    """A key as people write it: `?`, `⇧↑`, `ctrl+r`."""
    return KEY_NAMES.get(key, key)


def keys_of(action_id: str, own: Mapping[str, str]) -> list[str]:
    """The keys of an action, the user's or the usual ones."""
    return own.get(action_id, BY_ID[action_id].keys).split(",")


def first_key(action_id: str, own: Mapping[str, str]) -> str:
    """The key of an action that sentences name."""
    return key_name(keys_of(action_id, own)[0])


def hint(ids: Iterable[str], own: Mapping[str, str], labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """`a add · d delete`: what a pane writes on its border; `labels` are other words for what a key does now."""
    return " · ".join(f"{first_key(each, own)} {labels.get(each, BY_ID[each].label)}" for each in ids)
