"""What a trained network says about rows, pictures and arrays."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import array_files, array_names
from asanai_tui.data.array_preprocessing import ArraysPreprocessing
from asanai_tui.data.picture_header import SUFFIXES
from asanai_tui.data.preprocessing import ImagesPreprocessing, TablePreprocessing
from asanai_tui.data.sources import ARRAY_SUFFIXES, TABLE_SUFFIXES
from asanai_tui.errors import InputError, clean
from asanai_tui.inspection import arrays
from asanai_tui.inspection.rows import broken_rows
from asanai_tui.training import model_file

if TYPE_CHECKING:
    import pandas as pd

    from asanai_tui.network.modules import Model

ROWS = 4096  # predicted together
TEXT_SUFFIXES = (".txt",)  # of numbers, for a model that learned from arrays
PICTURES = 64


class Prediction(NamedTuple):
    """What the network says about one row or picture."""

    input: str  # where it came from
    prediction: str  # the label, or the numbers
    values: tuple[float, ...]  # a probability for each label, or a number for each target in its own units
    picture: NDArray[Any] | None = None  # where each place is told something: H×W of classes (uint8), or H×W×T


class Predictor:
    """A model file, ready to predict. What cannot be predicted is kept in `problems`, a sentence each."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            InputError: the model file cannot be read.
        """
        content = model_file.load(path)
        self.preprocessing = content.preprocessing
        self.targets = content.targets
        self.about = _about(path, content)
        self.problems: list[str] = []
        self._model = _built(content)
        *places, width = content.network.output_shape(content.input_shape) or (0,)
        if tuple(places) != self.targets.shape or not (
            width == self.targets.count or (width == 1 and self.targets.count == 2)
        ):
            raise InputError(f"{clean(path)}: its last layer does not give one number for each of its targets.")

    @property
    def names(self) -> tuple[str, ...]:
        """The labels or the targets: what `Prediction.values` stand for."""
        return self.targets.names

    @property
    def classes(self) -> bool:
        """Whether the values are probabilities of labels; else they are numbers."""
        return self.targets.kind == "classes"

    def take_problems(self) -> list[str]:
        """The problems so far, which are forgotten."""
        problems, self.problems = self.problems, []
        return problems

    def predict_paths(self, paths: Iterable[Path]) -> Iterator[Prediction]:
        """CSV files, pictures, folders of pictures, .npy arrays. Those that cannot be used become problems."""
        for path in paths:
            try:
                yield from self._predict_path(path)
            except InputError as error:
                self.problems.append(str(error))

    def predict_rows(self, rows: Sequence[Mapping[str, str]]) -> list[Prediction]:
        """Rows as a person wrote them, by the names of the columns.

        Raises:
            InputError: a column is missing, or text stands where a number belongs.
        """
        import pandas as pd

        table = self._table("Rows")
        frame = pd.DataFrame(
            [{name: "" if table.spec.is_gap(text) else text for name, text in row.items()} for row in rows]
        )
        for number, why in broken_rows(frame, table).items():
            raise InputError(f"Row {number + 1}, {why}")
        return list(self._predict_frame(frame, [f"row {number}" for number in range(1, len(frame) + 1)], table))

    def predict_pictures(self, paths: Iterable[Path]) -> Iterator[Prediction]:
        """Picture files; broken ones become problems."""
        images = self._images("Pictures")
        waiting: list[Path] = []
        for path in paths:
            waiting.append(path)
            if len(waiting) == PICTURES:
                yield from self._predict_together(waiting, images)
                waiting = []
        if waiting:
            yield from self._predict_together(waiting, images)

    def predict_array(self, array: NDArray[Any], name: str = "array") -> Iterator[Prediction]:
        """Arrays with the batch first: pictures (N × height × width × channels), or rows in the units of the CSV file.

        A model that learned from arrays takes them as they were stored.

        Raises:
            InputError: the shape or the values do not fit.
        """
        names = [f"{name}[{index}]" for index in range(len(array))]
        if isinstance(self.preprocessing, TablePreprocessing):
            yield from self._predict_frame(arrays.as_rows(array, self.preprocessing), names, self.preprocessing)
            return
        for start in range(0, len(array), PICTURES):
            some = array[start : start + PICTURES]
            if isinstance(self.preprocessing, ArraysPreprocessing):
                inputs = self.preprocessing.transform(some)
            else:
                inputs = arrays.as_pictures(some, self.preprocessing)
            yield from self._said(inputs, names[start : start + PICTURES])

    def predict_pixels(self, pixels: NDArray[np.uint8], name: str = "picture") -> Iterator[Prediction]:
        """One picture of any size (uint8, height × width × 1 or × 3, RGB), treated as one from a file.

        Raises:
            InputError: this model takes no pictures.
        """
        from asanai_tui.data.decoding import formed

        yield from self._said(formed(pixels, self._images(name).form)[np.newaxis], [name])

    def _predict_path(self, path: Path) -> Iterator[Prediction]:
        suffix = path.suffix.lower()
        if not path.exists():
            raise InputError(f"{clean(path)}: no such file or folder.")
        if path.is_dir():
            self._images(str(path))
            yield from self.predict_pictures(pictures_in(path))
        elif suffix in ARRAY_SUFFIXES or (self._takes_arrays and suffix in TEXT_SUFFIXES):
            yield from self._predict_stored(path)
        elif suffix in TABLE_SUFFIXES:
            yield from self._predict_csv(path)
        else:
            self._images(str(path))
            yield from self.predict_pictures([path])

    def _predict_csv(self, path: Path) -> Iterator[Prediction]:
        from asanai_tui.data.table import read_rows

        table = self._table(str(path))
        frame, notes = read_rows(path, table.spec)
        self.problems += [f"{clean(path)}: {note}" for note in (*notes, *table.unknown(frame))]
        broken = broken_rows(frame, table)
        self.problems += [f"{clean(path)}:{number + 1}: {why}" for number, why in broken.items()]
        good = [number for number in range(len(frame)) if number not in broken]
        names = [f"{path}:{number + 1}" for number in good]
        yield from self._predict_frame(frame.iloc[good], names, table)

    @property
    def _takes_arrays(self) -> bool:
        return isinstance(self.preprocessing, ArraysPreprocessing)

    def _predict_stored(self, path: Path) -> Iterator[Prediction]:
        array = array_files.read(path, self._array_name(path))
        try:
            yield from self.predict_array(array, str(path))
        except InputError as error:
            raise InputError(f"{clean(path)}: {error}") from error

    def _array_name(self, path: Path) -> str:
        """Which array of an .npz is asked about: the one called as in training, else the one called like inputs."""
        if path.suffix.lower() != ".npz":
            return ""
        names = array_files.names_in(path)
        known = getattr(self.preprocessing, "name", "")
        return known if known in names else array_names.paired(names).x

    def _predict_frame(
        self, frame: "pd.DataFrame", names: Sequence[str], table: TablePreprocessing
    ) -> Iterator[Prediction]:
        for start in range(0, len(frame), ROWS):
            inputs = table.transform(frame.iloc[start : start + ROWS])
            yield from self._said(inputs, names[start : start + ROWS])

    def _predict_together(self, paths: Sequence[Path], images: ImagesPreprocessing) -> Iterator[Prediction]:
        pictures, set_aside = images.transform(paths)
        self.problems += [f"{clean(name)}: {why}" for name, why in set_aside]
        broken = {name for name, _ in set_aside}
        names = [str(path) for path in paths if str(path) not in broken]
        if names:
            yield from self._said(pictures, names)

    def _said(self, inputs: NDArray[Any], names: Sequence[str]) -> Iterator[Prediction]:
        values = self._values(self._outputs(inputs))
        for name, row in zip(names, values, strict=True):
            picture = None
            if row.ndim > 1:  # each place is told something; what is said of the whole are shares, or means
                picture = row.argmax(-1).astype(np.uint8) if self.classes else row
                row = _of_places(row, self.classes)
            yield Prediction(name, self._in_words(row), tuple(float(value) for value in row), picture)

    def _outputs(self, inputs: NDArray[Any]) -> NDArray[Any]:
        import torch

        from asanai_tui.training.batches import prepared

        with torch.inference_mode():
            outputs: NDArray[Any] = self._model(prepared(torch.from_numpy(inputs))).numpy()
        return np.moveaxis(outputs, 1, -1)

    def _values(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """N × … × width of the network to N × … × names: two probabilities from one, numbers in their own units."""
        if self.targets.kind == "classes":
            single = outputs.shape[-1] == 1 and self.targets.count == 2
            return np.concatenate([1 - outputs, outputs], -1) if single else outputs
        return self.preprocessing.targets_back(outputs)

    def _in_words(self, row: NDArray[Any]) -> str:
        if self.targets.kind == "classes":
            return self.targets.names[int(row.argmax())]
        return " ".join(f"{int(value > 0.5)}" if self.targets.binary else f"{value:.6g}" for value in row)

    def _table(self, what: str) -> TablePreprocessing:
        if isinstance(self.preprocessing, TablePreprocessing):
            return self.preprocessing
        takes = "arrays" if self._takes_arrays else "pictures"
        raise InputError(f"{clean(what)}: this model takes {takes}, not rows of a table.")

    def _images(self, what: str) -> ImagesPreprocessing:
        if isinstance(self.preprocessing, ImagesPreprocessing):
            return self.preprocessing
        if isinstance(self.preprocessing, ArraysPreprocessing):
            if form := self.preprocessing.picture_form:
                return ImagesPreprocessing(form.height, form.width, form.colour, self.names)
            raise InputError(f"{clean(what)}: this model takes arrays, not pictures; give an .npy file.")
        raise InputError(f"{clean(what)}: this model takes rows of a table, not pictures; give a CSV file.")


def _of_places(values: NDArray[Any], classes: bool) -> NDArray[Any]:
    """… × names to names: the share of the places where each class is the likeliest; of numbers the mean."""
    if not classes:
        return np.asarray(values.reshape(-1, values.shape[-1]).mean(0))
    return np.bincount(values.argmax(-1).ravel(), minlength=values.shape[-1]) / values[..., 0].size


def pictures_in(folder: Path) -> Iterator[Path]:
    """The picture files in a folder and its folders, in order.

    Raises:
        InputError: there is none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise InputError(f"{clean(folder)}: no pictures in this folder.")
    yield from found


def _about(path: Path, content: model_file.ModelFile) -> str:
    """`model.safetensors · epoch 28 · val_loss 0.0582`."""
    best, val_loss = content.note.get("best_epoch"), content.note.get("val_loss")
    parts = [path.name]
    if isinstance(best, int):
        parts.append(f"epoch {best}")
    if isinstance(val_loss, float):
        parts.append(f"val_loss {val_loss:.3g}")
    return " · ".join(parts)


def _built(content: model_file.ModelFile) -> "Model":
    import torch

    from asanai_tui.network.modules import build

    with torch.device("meta"):  # no memory and no random numbers are spent on weights that are replaced at once
        model = build(content.network, content.input_shape)
    model.to_empty(device="cpu")
    model.load_keras_weights(content.weights)
    return model.eval()
