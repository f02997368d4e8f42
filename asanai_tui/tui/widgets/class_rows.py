"""The classes of a folder of pictures, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.message import Message

from asanai_tui.data.spec import Images
from asanai_tui.errors import clean
from asanai_tui.tui.actions import bindings
from asanai_tui.tui.widgets.rows import Part, Row, Rows

if TYPE_CHECKING:
    from asanai_tui.data.preview import ImagesPreview

OUT = "/"  # before the key of a folder that is left out; no class is called so
WIDEST = 28  # characters of a name


class ClassRows(Rows):
    """Name, number of pictures, and the folders where they are called otherwise; those left out at the end."""

    BINDINGS = bindings("classes")

    class Asked(Message):
        """A key asks for something to be done with classes."""

        def __init__(self, wish: str, name: str, out: bool) -> None:
            super().__init__()
            self.wish, self.name, self.out = wish, name, out

    def show_classes(self, images: Images, preview: ImagesPreview | None) -> None:
        """Draw the classes, as far as they were read."""
        self.show(list(class_rows(images, preview)) if preview else [])

    def action_class(self, wish: str) -> None:
        self.post_message(self.Asked(wish, self.cursor.removeprefix(OUT), self.cursor.startswith(OUT)))


def class_rows(images: Images, preview: ImagesPreview) -> Iterator[Row]:
    """The lines, of which each class is one."""
    out = tuple(each.folder for each in images.relabelled if not each.label)
    counts, empty = preview.class_counts, preview.empty
    names = [*(name for name, _ in counts), *(name for name in empty if name not in out), *out]
    width = min(WIDEST, max((len(clean(name)) for name in names), default=0))
    digits = max((len(f"{count:,}") for _, count in counts), default=1)
    for name, count in counts:
        folders = preview.folders_of(name)
        others = clean(", ".join(folder for folder in folders if folder != name), 60)
        of = f"  {'also' if name in folders else 'folder'} {others}" if others else ""
        yield _row(name, f"{count:>{digits},}", of, width)
    for name in empty:
        if name not in out:
            yield _row(name, f"{0:>{digits}}", "  no pictures yet", width)
    for name in out:
        text = f"{clean(name, width):<{width}}  {'–':>{digits}}  left out"
        yield Row((Part(text, "muted"),), (), f"{OUT}{name}")


def _row(name: str, count: str, of: str, width: int) -> Row:
    return Row((Part(f"{clean(name, width):<{width}}  "), Part(count), Part(of, "muted")), (), name)
