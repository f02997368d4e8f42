"""Arrays in files, read by NumPy and never unpickled: .npy and unpacked .npz as memory maps, numbers as text."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.array_text import read_text
from asanai_tui.data.room import free_memory
from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason

Stored = NDArray[Any]
NUMBERS, TEXTS = "biuf", "US"  # kinds of dtype that can be used
MEMORY_SHARE = 0.5  # of what is free, for an array that has to be unpacked
LOCAL_HEADER = 30  # bytes of a member's header in a zip file, before its name


def names_in(path: Path) -> tuple[str, ...]:
    """The names of the arrays in an .npz.

    Raises:
        InputError: it cannot be read, or holds none.
    """
    with _opened(path) as archive:
        found = tuple(each.removesuffix(".npy") for each in archive.namelist() if each.endswith(".npy"))
    if not found:
        raise InputError(f"{clean(path)}: no array in it; numpy.savez writes such files.")
    return found


def read(path: Path, name: str = "") -> Stored:
    """One array: of an .npz that of this `name`, of .npy and text files the only one.

    Raises:
        InputError: torn, absent, empty, too large to unpack, or no array of numbers or texts.
    """
    kinds: dict[str, Callable[[Path], Stored]] = {".npy": _read_npy, ".npz": lambda path: _read_member(path, name)}
    place = f"{clean(path)}, {clean(name, 60)}" if path.suffix.lower() == ".npz" else clean(path)
    try:
        array = kinds.get(path.suffix.lower(), read_text)(path)
    except OSError as error:
        raise InputError(f"{place}: {reason(error)}.") from error
    except (ValueError, EOFError, zipfile.BadZipFile, SyntaxError) as error:
        raise InputError(f"{place}: {_why_not(error)}.") from error
    except MemoryError as error:
        raise InputError(f"{place}: larger than the memory; save it with numpy.save.") from error
    _check(array, place)
    return array


def _check(array: Stored, place: str) -> None:
    if array.dtype.kind not in NUMBERS + TEXTS:
        raise InputError(f"{place}: holds {clean(array.dtype, 60)}; expected numbers, or texts as classes.")
    if not array.ndim:
        raise InputError(f"{place}: a single value; along the first dimension the examples are expected.")
    if not len(array):
        raise InputError(f"{place}: an empty array; along the first dimension stand the examples.")
    if not array.size:
        raise InputError(f"{place}: its examples are empty ({' × '.join(map(str, array.shape))}).")


def _why_not(error: Exception) -> str:
    if "allow_pickle" in str(error) or "Python objects" in str(error):
        return "not an array of numbers: it holds Python objects, which are never opened; save array.astype(float)"
    if isinstance(error, zipfile.BadZipFile):
        return "no .npz file, or a torn one; take another copy of it"
    if "row" in str(error) or "shape" in str(error):
        return clean(str(error).rstrip("."), 160)
    return "not an array that NumPy saved, or a torn one; take another copy of it"


def _read_npy(path: Path) -> Stored:
    array: Stored = np.lib.format.open_memmap(path, mode="r")
    return array


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error
    except zipfile.BadZipFile as error:
        raise InputError(f"{clean(path)}: {_why_not(error)}.") from error


def _read_member(path: Path, name: str) -> Stored:
    with _opened(path) as archive:
        try:
            member = archive.getinfo(f"{name}.npy")
        except KeyError as error:
            there = ", ".join(each.removesuffix(".npy") for each in archive.namelist())
            raise InputError(
                f"{clean(path)}: no array is called {clean(name, 60)!r}; there are {clean(there, 120)}."
            ) from error
        with archive.open(member) as file:
            shape, columns_first, dtype = _header(file)
            begin = file.tell()
        needed = int(np.prod(shape, dtype=np.float64)) * dtype.itemsize
        if needed != member.file_size - begin:
            raise ValueError("torn")
        if member.compress_type == zipfile.ZIP_STORED:
            order = "F" if columns_first else "C"
            return np.memmap(path, dtype, "r", _start(path, member) + begin, shape, order)  # type: ignore[call-overload, no-any-return]
        if needed > free_memory() * MEMORY_SHARE:
            raise InputError(
                f"{clean(path)}, {clean(name, 60)}: unpacked {needed / 1e6:,.0f} MB, too much for memory; save it with "
                "numpy.savez, which does not pack."
            )
        with archive.open(member) as file:
            array: Stored = np.lib.format.read_array(file, allow_pickle=False)
        return array


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, Fortran order and type of the numbers that follow."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        found = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        found = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError("an unknown version of the format")
    if found[2].hasobject:
        raise ValueError("Python objects")
    return found


def _start(path: Path, member: zipfile.ZipInfo) -> int:
    """Where the bytes of a member begin: behind its own header, whose name and extra field may differ in length."""
    with path.open("rb") as file:
        file.seek(member.header_offset)
        header = file.read(LOCAL_HEADER)
    return member.header_offset + LOCAL_HEADER + int.from_bytes(header[26:28], "little") + header[28] + header[29] * 256
