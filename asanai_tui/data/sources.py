"""What a path is: a table or a folder of pictures."""

from pathlib import Path

from asanai_tui.data import as_csv, compressed
from asanai_tui.data.preview import Preview
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Source, Table
from asanai_tui.errors import InputError, clean

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data", "", *as_csv.SUFFIXES)


def inspect(source: Source) -> Preview:
    """Read a source as the document says and tell what does not fit any more.

    Raises:
        InputError: it cannot be read.
    """
    from asanai_tui.data import images, table

    path = Path(source.path)
    return table.inspect(path, source) if isinstance(source, Table) else images.inspect(path, source)


def guess(path: Path, progress: Progress | None = None) -> Preview:
    """Read a path and decide everything; `progress` is told how much of a folder has been seen.

    Raises:
        InputError: there is nothing at this path, or nothing that can be read.
    """
    from asanai_tui.data import images, table

    if path.is_dir():
        return images.inspect(path, progress=progress)
    if not path.exists():
        raise InputError(f"{clean(path)}: there is no such file or folder.")
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise InputError(
            f"{clean(path)}: a table (.csv, .tsv, .txt, .jsonl, .parquet; packed: {', '.join(compressed.SUFFIXES)}) or "
            "a folder with one folder of pictures for each class is needed."
        )
    return table.inspect(path)
