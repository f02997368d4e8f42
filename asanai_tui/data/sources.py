"""What a path is: a table, arrays or a folder of pictures."""

from pathlib import Path

from asanai_tui.data import array_names, array_text, as_csv, compressed
from asanai_tui.data.picture_header import SUFFIXES as PICTURES
from asanai_tui.data.preview import ImagesPreview, Preview, TablePreview
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Arrays, Images, PictureTable, Segmentation, Source, Table
from asanai_tui.errors import InputError, clean, counted

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data", "", *as_csv.SUFFIXES)
ARRAY_SUFFIXES = (".npy", ".npz")
SUFFIXES = (*TABLE_SUFFIXES, *ARRAY_SUFFIXES)
NAMED = 3  # files of a folder


def inspect(source: Source, decide: bool = False) -> Preview:
    """Read a source as the document says and tell what does not fit any more.

    Args:
        decide: the columns of a table, where they are no longer there, are decided as those of a new file.

    Raises:
        InputError: it cannot be read.
    """
    path = Path(source.path)
    match source:
        case Table():
            from asanai_tui.data import table

            return table.inspect(path, source, decide)
        case Images():
            from asanai_tui.data import images

            return images.inspect(path, source)
        case Arrays():
            from asanai_tui.data import arrays

            return arrays.inspect(path, source)
        case Segmentation():
            from asanai_tui.data import segmentation

            return segmentation.inspect(path, source)


def guess(path: Path, progress: Progress | None = None) -> Preview:
    """Read a path and decide everything; `progress` is told how much of a folder has been seen.

    Raises:
        InputError: there is nothing at this path, or nothing that can be read.
    """
    from asanai_tui.data import arrays, images, segmentation, table

    if _holds_arrays(path):
        return arrays.inspect(path)
    if path.is_dir():
        if segmentation.folders(path):
            return segmentation.inspect(path, progress=progress)
        try:
            return images.inspect(path, progress=progress)
        except InputError as error:
            if others := _other_files(path):
                raise InputError(f"{clean(path)} holds no pictures, but {others}; open one of these files.") from error
            raise
    if not path.exists():
        raise InputError(f"{clean(path)}: there is no such file or folder.")
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise InputError(
            f"{clean(path)}: a table (.csv, .tsv, .txt, .jsonl, .parquet; packed: {', '.join(compressed.SUFFIXES)}), "
            f"arrays ({', '.join(ARRAY_SUFFIXES)}) or a folder with one folder of pictures for each class is needed."
        )
    found = table.inspect(path)
    return _pictures_of(path, found, progress) or found


def _other_files(folder: Path) -> str:
    """The files that can be opened in a folder without any picture; empty where there is a picture, or no such file."""
    if any(each.suffix.lower() in PICTURES for each in folder.rglob("*")):
        return ""
    known = {suffix for suffix in SUFFIXES if suffix}
    names = sorted(each.name for each in folder.iterdir() if each.suffix.lower() in known and each.is_file())
    more = f" and {counted(len(names) - NAMED, 'other')}" if len(names) > NAMED else ""
    return f"{clean(', '.join(names[:NAMED]), 200)}{more}" if names else ""


def _pictures_of(path: Path, found: TablePreview, progress: Progress | None) -> ImagesPreview | None:
    """The pictures beside a table that names them and says what they are; None where they are not to be found."""
    columns = [index for index, column in enumerate(found.spec.columns) if column.type == "picture_path"]
    if not columns or not any((path.parent / row[columns[0]].strip()).is_file() for row in found.sample):
        return None
    from asanai_tui.data import images

    try:
        preview = images.inspect(path.parent, progress=progress, table=PictureTable(path=path.name))
    except InputError:  # nothing to learn beside the names, or no picture that can be read: the table says more
        return None
    used = (preview.spec.table.file, preview.spec.table.label)
    rest = ", ".join(clean(column.name) for column in found.spec.columns if column.name not in used)
    told = f"{clean(path.name)} names pictures, so these are the inputs" + (f"; left out: {rest}." if rest else ".")
    return preview._replace(notes=(told, *preview.notes))


def _holds_arrays(path: Path) -> bool:
    """Whether a path means arrays: by its name, by the shape in its first line, or by the pair that it belongs to."""
    if path.is_dir():
        return array_names.in_folder(path) is not None
    if path.suffix.lower() in ARRAY_SUFFIXES:
        return path.exists()
    return path.suffix.lower() == ".txt" and (array_text.is_array(path) or array_names.beside(path)[1] is not None)
