"""The predict screen: ask the trained network with values, pictures, files, or examples of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from asanai_tui.data import examples
from asanai_tui.data.capturing import device_name
from asanai_tui.data.preview import ArraySample, PictureSample
from asanai_tui.data.spec import Arrays, Table
from asanai_tui.errors import clean
from asanai_tui.files import existing
from asanai_tui.training.recorder import Snapshot
from asanai_tui.tui import memory
from asanai_tui.tui.actions import bindings, first_key, hint
from asanai_tui.tui.camera_desk import DEVICE, SingleShots
from asanai_tui.tui.input_form import form_of, row_of
from asanai_tui.tui.picture_views import are_pictures, unfit
from asanai_tui.tui.screens.dialogs import PathScreen
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.widgets.answer_pane import Answer, AnswerPane
from asanai_tui.tui.widgets.answers import answer_picture, numbers_of
from asanai_tui.tui.widgets.options_pane import OptionsPane, Subject
from asanai_tui.tui.widgets.path_input import PathInput
from asanai_tui.tui.widgets.picture import Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from asanai_tui.inspection.predictions import Prediction, Predictor

ROWS_WANTED, PICTURES_WANTED = "a CSV file or an .npy array", "a picture, a folder or an .npy array"
ARRAYS_WANTED = "an .npy or .npz file"
LONGEST = 256  # pixels of a picture that is shown
MOST = 1000  # predictions of a file that are listed; the command line gives all


class PredictScreen(WorkScreen):
    """Holds the loaded model; asks it in a thread, the newest question wins."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("predict")
    TITLE_KEY = "4"

    def __init__(self) -> None:
        super().__init__()
        self._predictor: Predictor | None = None
        self._loaded: tuple[Path, float] | None = None
        self._example = 0
        self._exemplified = False  # an example was shown to this model
        self._examples: tuple[Any, ...] = ()  # rows by column name, or pictures
        self._asked = 0
        self._given: tuple[NDArray[np.uint8], str] | None = None  # a picture in no file, and what it is
        self._shots: SingleShots | None = None  # the camera, while it is open

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="ask"):
                with Vertical(id="file", classes="pane") as file:
                    file.border_title = "Input"
                    yield PathInput(placeholder=ROWS_WANTED)
                    yield Picture()
                    yield Static("what the network says", id="below")
                    yield Picture(id="said")
                yield OptionsPane()
            yield AnswerPane()

    def on_unmount(self) -> None:
        self._release_camera()

    def on_screen_suspend(self) -> None:
        self.call_later(self._release_if_gone)

    def on_mount(self) -> None:
        self._pane.border_subtitle = hint(("predict.next", "predict.previous", "predict.file"), self.asanai.own_keys)
        self.call_after_refresh(self._pane.focus)

    def panes(self) -> list[Widget]:
        form = [self.query_one(OptionsPane)] if self.query_one(OptionsPane).display else []
        return [self._pane, *form, self.query_one(PathInput)]

    def resumed(self) -> None:
        super().resumed()
        self._load()

    def preview_changed(self) -> None:
        super().preview_changed()
        if self._predictor is not None and not self._exemplified:
            self._find_examples()

    def training_changed(self, snapshot: Snapshot) -> None:
        super().training_changed(snapshot)
        if snapshot.ended or self._loaded is None:
            self._load()

    def project_changed(self) -> None:
        super().project_changed()
        self._show_wanted()

    def _show_wanted(self) -> None:
        """What may be typed: by the model, or while there is none by the data that it will learn from."""
        data = self.asanai.project.data
        rows = isinstance(data, Table) if self._predictor is None else self._table is not None
        wanted = ROWS_WANTED if rows else ARRAYS_WANTED if isinstance(data, Arrays) else PICTURES_WANTED
        self.query_one(PathInput).placeholder = wanted

    def _forget_path(self) -> None:
        """What is asked now is not the file that was typed."""
        if not self.query_one(PathInput).has_focus:
            self.query_one(PathInput).value = ""

    def action_example(self, by: int) -> None:
        """The next example of the data that was read."""
        if self._predictor is None or not self._examples:
            return
        self._example = (self._example + by) % len(self._examples)
        self._show_example()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There are a camera and a board for networks that take pictures."""
        data = self.asanai.project.data
        pictures = self._predictor is not None and not unfit("drawing", data) and are_pictures(data)
        return action not in ("camera", "device", "draw") or pictures

    def action_camera(self) -> None:
        """Ask about what the camera sees now; it stays open while this screen is shown."""
        device = memory.settings().camera
        if self._shots is None or self._shots.device != device:
            self._release_camera()
            self._shots = SingleShots(device)
        self.asanai.reader.aside(
            self._shots.next, partial(self.ask_about, name=f"camera {device_name(device)}"), self._no_camera
        )

    def action_device(self) -> None:
        def named(device: str | None) -> None:
            if device is not None:
                memory.keep(camera=device)
                self.action_camera()

        self.app.push_screen(PathScreen("Camera", memory.settings().camera, DEVICE), named)

    def action_draw(self) -> None:
        self.asanai.show("drawing")

    def ask_about(self, pixels: NDArray[np.uint8], name: str) -> None:
        """Ask about a picture (height × width × 1 or × 3, RGB) that is in no file."""
        self._given = pixels, name
        if self._predictor is not None:
            self._ask_given()

    def action_input(self) -> None:
        self.query_one(PathInput).focus()

    def action_back(self) -> None:
        self._pane.focus()

    @on(Input.Submitted)
    def _path_entered(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if text:
            self._show_picture(Path(text))
            self._ask(lambda predictor: islice(predictor.predict_paths([existing(Path(text))]), MOST))
            self._pane.focus()

    def _show_picture(self, path: Path) -> None:
        """The picture that is asked about, if it is one."""
        picture = self.query_one(Picture)
        picture.show(None)
        if self._table is None:
            self.asanai.reader.aside(lambda: _pixels(path), picture.show, lambda _: None)  # the answer says why not

    @on(OptionsPane.Changed)
    def _form_changed(self, event: OptionsPane.Changed) -> None:
        event.stop()
        self._show_form(event.struct)

    @on(OptionsPane.Left)
    def _form_left(self) -> None:
        self._pane.focus()

    def _load(self) -> None:
        """Load the model of the newest training, if it is another one than before."""
        path = self.asanai.desk.best_so_far
        stamp = (path, path.stat().st_mtime if path.exists() else 0.0) if path else None
        if path is not None and stamp == self._loaded:
            return
        self._loaded, self._predictor, self._exemplified = stamp, None, False
        self._asked += 1  # answers of the model before no longer count
        self._pane.border_title = "Answer"
        self.query_one(OptionsPane).display = False
        if path is None:
            self._pane.say(self._nobody)
        else:
            self.asanai.reader.aside(lambda: _predictor(path), partial(self._model_loaded, stamp), self._say_problem)

    @property
    def _nobody(self) -> str:
        """Why nobody answers."""
        if self.asanai.desk.alive:
            return "The training has written no model yet; the answers stand here when it has."
        key = first_key("training.toggle", self.asanai.own_keys)
        return f"No trained network yet: {key} trains this one; its answers stand here then."

    def _model_loaded(self, stamp: tuple[Path, float] | None, predictor: Predictor) -> None:
        if stamp != self._loaded:
            return
        self._predictor = predictor
        self._pane.border_title = Content(f"Answer · {clean(predictor.about, 60)}")
        self.query_one(OptionsPane).display = self._table is not None
        self.query_one(Picture).display = self._table is None
        self.query_one("#said", Picture).display = self.query_one("#below").display = False
        self.set_class(self._table is None, "pictures")
        self._show_wanted()
        self._find_examples()

    def _find_examples(self) -> None:
        """Rows from all over the table, or the pictures that were looked at."""
        data = self.asanai.project.data
        if isinstance(data, Table):
            self.asanai.reader.aside(lambda: examples.rows(data), self._examples_found, self._say_problem)
        else:
            self._examples_found(getattr(self.asanai.preview, "sample", ()))

    def _examples_found(self, found: Sequence[Any]) -> None:
        self._examples = tuple(found)
        if self._predictor is not None and self._given is not None:
            self._ask_given()
        elif self._predictor is not None:
            self._show_example()

    def _ask_given(self) -> None:
        if self._given is None or self._table is not None:
            return
        pixels, name = self._given
        self._given, self._exemplified = None, True
        self._forget_path()
        self.query_one(Picture).show(pixels)
        self._ask(partial(_of_pixels, pixels=pixels), name)

    def _no_camera(self, sentence: str) -> None:
        self._release_camera()
        self._asked += 1  # an answer that is still on its way is to a question before this
        key = first_key("predict.device", self.asanai.own_keys)
        self._pane.say(f"{sentence} {key} chooses another.", "problem")

    def _release_camera(self) -> None:
        if self._shots is not None:
            self._shots.close()
            self._shots = None

    def _release_if_gone(self) -> None:
        if self not in self.app.screen_stack:
            self._release_camera()

    def _show_example(self) -> None:
        sample = self._examples
        if not sample:
            self._pane.say("Type a path, or a value, to ask the network.")
            return
        self._exemplified = True
        self._forget_path()
        self._example %= len(sample)
        example = sample[self._example]
        number = f"example {self._example + 1} of {len(sample)}"
        if (table := self._table) is not None:
            truth = ", ".join(example.get(column.name, "") for column in table.with_role("target"))
            form = form_of(table.columns, example, table.numbers)
            self._show_form(form, f"{number}; the data says {clean(truth)}", truth)
        else:
            self.query_one(Picture).show(example.pixels)
            says = f"{number}; the data says {clean(example.label)}" if example.label else number
            says += numbers_of(example) if isinstance(example, ArraySample) and example.pixels is None else ""
            self._ask(partial(_asked, example=example), says, example.label)

    def _show_form(self, form: msgspec.Struct, note: str = "", truth: str = "") -> None:
        if (table := self._table) is None:
            return
        row = row_of(form, table.columns, table.numbers)
        self.query_one(OptionsPane).show(Subject("inputs", "inputs", form))
        self.query_one(OptionsPane).border_title = "Inputs"
        self._ask(lambda predictor: predictor.predict_rows([row]), note, truth)

    def _ask(self, question: Callable[[Predictor], Iterable[Prediction]], note: str = "", truth: str = "") -> None:
        """Ask aside; the newest question wins. `truth` is the label that the data has."""
        predictor = self._predictor
        if predictor is None:
            self._pane.say(self._nobody)
            return
        self._asked += 1
        number = self._asked
        self.asanai.reader.aside(
            lambda: list(question(predictor)),
            lambda found: self._answered(number, found, note, truth),
            lambda sentence: self._answered(number, [], sentence),
        )

    def _answered(self, number: int, found: list[Prediction], note: str, truth: str = "") -> None:
        if number == self._asked and self._predictor is not None:
            self._show_answer(Answer(found, note, truth, self._predictor.take_problems(), self._predictor))

    def _show_answer(self, answer: Answer) -> None:
        self._pane.answer(answer)
        found = answer.found
        pixels = answer_picture(found[0], answer.predictor) if len(found) == 1 else None
        for name in ("#said", "#below"):
            self.query_one(name).display = pixels is not None
        self.query_one("#said", Picture).show(pixels)

    def _say_problem(self, sentence: str) -> None:
        self._pane.say(sentence, "problem")

    @property
    def _pane(self) -> AnswerPane:
        return self.query_one(AnswerPane)

    @property
    def _table(self) -> Table | None:
        spec = getattr(self._predictor and self._predictor.preprocessing, "spec", None)
        return spec if isinstance(spec, Table) else None


def _asked(predictor: Predictor, example: PictureSample | ArraySample) -> Iterable[Prediction]:
    if isinstance(example, ArraySample):
        return predictor.predict_array(example.values[None], "example")
    return predictor.predict_pictures([Path(example.path)])


def _of_pixels(predictor: Predictor, pixels: NDArray[np.uint8]) -> Iterable[Prediction]:
    return predictor.predict_pixels(pixels)


def _pixels(path: Path) -> NDArray[np.uint8]:
    from asanai_tui.data.decoding import read_preview  # OpenCV

    return read_preview(existing(path), LONGEST)[0]


def _predictor(path: Path) -> Predictor:
    from asanai_tui.inspection.predictions import Predictor  # torch

    return Predictor(path)
