"""Arrays in files: what is read, how, and what is said of files that cannot be."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asanai_tui.data import array_files, array_names
from asanai_tui.data.array_text import is_array
from asanai_tui.errors import InputError

VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def as_asanai(path: Path, array: np.ndarray) -> Path:
    """A text file as asanAI's own recipe writes it."""
    with path.open("w") as file:
        file.write(f"# shape: {array.shape}\n")
        for part in array:
            np.savetxt(file, part)
            file.write("# New slice\n")
    return path


def test_npy_is_mapped_and_not_read_whole(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", VALUES)
    found = array_files.read(tmp_path / "x.npy")
    assert isinstance(found, np.memmap) and not found.flags.writeable
    assert (found == VALUES).all()


@pytest.mark.parametrize("order", ["C", "F"])
def test_members_of_an_unpacked_npz_are_mapped(tmp_path: Path, order: str) -> None:
    np.savez(tmp_path / "both.npz", first=np.zeros(7), x=np.array(VALUES, order=order))
    found = array_files.read(tmp_path / "both.npz", "x")
    assert isinstance(found, np.memmap) and (found == VALUES).all()
    assert array_files.names_in(tmp_path / "both.npz") == ("first", "x")


def test_packed_npz_is_unpacked(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "packed.npz", x=VALUES)
    assert (array_files.read(tmp_path / "packed.npz", "x") == VALUES).all()


def test_text_of_asanai_has_the_shape_of_its_first_line(tmp_path: Path) -> None:
    path = as_asanai(tmp_path / "x.txt", VALUES)
    assert is_array(path) and not is_array(tmp_path / "absent.txt")
    found = array_files.read(path)
    assert found.shape == (2, 3, 4) and (found == VALUES).all()


def test_text_without_a_shape_is_rows(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("1,2\n3,4\n")
    (tmp_path / "y.txt").write_text("1\n2\n3\n")
    assert array_files.read(tmp_path / "x.txt").tolist() == [[1, 2], [3, 4]]
    assert array_files.read(tmp_path / "y.txt").tolist() == [1, 2, 3]


def torn_npy(path: Path) -> None:
    np.save(path, VALUES)
    path.write_bytes(path.read_bytes()[:-5])


def torn_npz(path: Path) -> None:
    np.savez(path, x=VALUES)
    path.write_bytes(path.read_bytes()[:-40])


def lying_npz(path: Path) -> None:
    """The header of a member promises more numbers than follow."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": (10**12,), "fortran_order": False, "descr": "<f4"})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", buffer.getvalue() + bytes(16))


@pytest.mark.parametrize(
    ("name", "write", "sentence"),
    [
        ("x.npy", lambda path: np.save(path, np.array([{}], object), allow_pickle=True), "never opened"),
        ("x.npz", lambda path: np.savez(path, x=np.array([{}], object)), "never opened"),
        ("x.npy", torn_npy, "torn"),
        ("x.npz", torn_npz, "torn"),
        ("x.npz", lying_npz, "torn"),
        ("x.npy", lambda path: path.write_bytes(b""), "torn"),
        ("x.npy", lambda path: path.write_bytes(b"no array at all"), "not an array that NumPy saved"),
        ("x.npz", lambda path: path.write_bytes(b"no zip file"), "torn"),
        ("x.npz", lambda path: np.savez(path, z=VALUES), "no array is called 'x'; there are z"),
        ("x.npy", lambda path: np.save(path, np.zeros((0, 3))), "empty array"),
        ("x.npy", lambda path: np.save(path, np.zeros((3, 0))), "its examples are empty"),
        ("x.npy", lambda path: np.save(path, np.float64(3)), "a single value"),
        ("x.npy", lambda path: np.save(path, np.zeros(3, complex)), "complex128"),
        ("x.npy", lambda path: np.save(path, np.zeros(3, "M8[s]")), "datetime64"),
        ("x.txt", lambda path: path.write_text("1 2\n3 four\n"), "row 2: 'four' is no number"),
        ("x.txt", lambda path: path.write_text("1 2\n3\n"), "row 2: 1 numbers, but 2 in the rows before"),
        ("x.txt", lambda path: path.write_text("# shape: (3, 2)\n1 2\n3 4\n"), "says shape (3, 2), but 4 numbers"),
        ("x.txt", lambda path: path.write_text("# shape: (2,)\n"), "but 0 numbers"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(
    tmp_path: Path, name: str, write: Callable[[Path], object], sentence: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(InputError) as caught:
        array_files.read(tmp_path / name, "x")
    said = str(caught.value)
    assert said.startswith(str(tmp_path / name)) and sentence in said and "\n" not in said


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (("x", "y"), ("x", "y")),
        (("y", "x"), ("x", "y")),
        (("x_test", "x_train", "y_train", "y_test"), ("x_train", "y_train")),
        (("X", "labels"), ("X", "labels")),
        (("images", "masks"), ("images", "masks")),
        (("train_inputs", "train_targets"), ("train_inputs", "train_targets")),
        (("arr_0", "arr_1"), ("arr_0", "arr_1")),
        (("x",), ("x", "")),
    ],
)
def test_which_names_are_x_and_y(names: tuple[str, ...], pair: tuple[str, str]) -> None:
    assert array_names.paired(names) == pair


@pytest.mark.parametrize(
    ("one", "other"), [("x.npy", "y.npy"), ("foo_X.npy", "foo_Y.npy"), ("images.npy", "labels.txt")]
)
def test_files_beside_each_other_are_a_pair_whichever_is_opened(tmp_path: Path, one: str, other: str) -> None:
    (tmp_path / one).touch()
    assert array_names.beside(tmp_path / one) == (tmp_path / one, None)
    (tmp_path / other).touch()
    assert array_names.beside(tmp_path / one) == (tmp_path / one, tmp_path / other)
    assert array_names.beside(tmp_path / other) == (tmp_path / one, tmp_path / other)
