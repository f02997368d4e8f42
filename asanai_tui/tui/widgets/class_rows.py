"""The classes of a folder of pictures, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from textual.message import Message

from asanai_tui.data.spec import Images
from asanai_tui.errors import clean
from asanai_tui.tui.actions import bindings, first_key
from asanai_tui.tui.widgets.rows import Part, Row, Rows

if TYPE_CHECKING:
    from asanai_tui.data.preview import ImagesPreview
    from asanai_tui.tui.app import AsanaiApp

OUT = "/"  # before the key of a folder that is left out; no class is called so
WIDEST = 28  # characters of a name


class ClassRows(Rows):
    """Name, number of pictures, and the folders where they are called otherwise; those left out at the end."""

    BINDINGS = bindings("classes")

    _wanted = ""

    class Asked(Message):
        """A key asks for something to be done with classes."""

        def __init__(self, wish: str, name: str, out: bool) -> None:
            super().__init__()
            self.wish, self.name, self.out = wish, name, out

    def show_classes(self, images: Images, preview: ImagesPreview | None) -> None:
        """Draw the classes, as far as they were read."""
        rows = list(class_rows(images, preview, first_key("class.remove", self._own_keys))) if preview else []
        wanted = next((row.key for row in rows if row.key and row.key == self._wanted), None)
        self._wanted = "" if wanted else self._wanted
        self.show(rows, wanted)

    def follow(self, name: str) -> None:
        """The cursor goes to a class as soon as it is listed: one that is made now, or called otherwise."""
        self._wanted = name

    @property
    def _own_keys(self) -> Mapping[str, str]:
        return cast("AsanaiApp", self.app).own_keys

    def action_class(self, wish: str) -> None:
        self.post_message(self.Asked(wish, self.cursor.removeprefix(OUT), self.cursor.startswith(OUT)))


def class_rows(images: Images, preview: ImagesPreview, key: str = "d") -> Iterator[Row]:
    """The lines, of which each class is one; `key` takes one in that has come into the folder since."""
    out = tuple(each.folder for each in images.relabelled if not each.label)
    counts, empty = preview.class_counts, preview.empty
    names = [*(name for name, _ in counts), *(name for name in empty if name not in out), *out]
    width = min(WIDEST, max((len(clean(name)) for name in names), default=0))
    digits = max((len(f"{count:,}") for _, count in counts), default=1)
    for name, count in counts:
        folders = preview.folders_of(name)
        others = clean(", ".join(folder for folder in folders if folder != name), 60)
        of = f"  {'also' if name in folders else 'folder'} {others}" if others else ""
        if images.classes and name not in images.classes:
            of = f"  new, not learned yet; {key} takes it in"
        yield _row(name, f"{count:>{digits},}", of, width)
    for name in empty:
        if name not in out:
            yield _row(name, f"{0:>{digits}}", "  no pictures yet", width)
    for name in out:
        text = f"{clean(name, width):<{width}}  {'–':>{digits}}  left out"
        yield Row((Part(text, "muted"),), (), f"{OUT}{name}")


def _row(name: str, count: str, of: str, width: int) -> Row:
    return Row((Part(f"{clean(name, width):<{width}}  "), Part(count), Part(of, "muted")), (), name)
