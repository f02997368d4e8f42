"""A folder of classes: what is in it, a size and colour that suit, and its pictures as one array."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import cache, decoding, picture_table
from asanai_tui.data.decoding import Picture, read_preview
from asanai_tui.data.folders import File, Listing, has_parts, part_of
from asanai_tui.data.large import Rows
from asanai_tui.data.layout import group_sizes, laid_out, limited, marks, part_sizes, spread
from asanai_tui.data.picture_header import Header
from asanai_tui.data.preview import ImagesPreview, PictureSample
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Colour, Images, PictureTable, Segmentation, Split
from asanai_tui.errors import InputError, clean, counted

SMALL = 64  # pixels; pictures up to here keep their size
SAMPLE = 60  # pictures looked at; of more classes than that, one each
CLASSES = 240  # of which pictures are looked at, evenly over all of them
LONGEST_PREVIEW = 256
HEADERS_READ = 2_000  # files that are opened to look for broken ones before training
NAMED = 3


class Pictures(NamedTuple):
    """All pictures of a folder that could be read."""

    inputs: Rows  # uint8 N×H×W×C
    classes: NDArray[np.int64]  # N
    numbers: NDArray[np.float64] | None  # N, what is learned where that is no class
    order: NDArray[np.int64]  # N: where the file of each stands in the list of all files, class by class
    marks: NDArray[np.int64] | None  # N, what they are divided by where not only by class and order
    notes: tuple[str, ...]
    missing: int = 0  # pictures that had not arrived when what had was wanted


class Sampled(NamedTuple):
    """A picture that was looked at."""

    label: str
    path: str
    pixels: Picture
    header: Header


def inspect(
    path: Path, spec: Images | None = None, progress: Progress | None = None, table: PictureTable | None = None
) -> ImagesPreview:
    """Look at a folder of classes and at some pictures of each; with `spec`, its size, colour and split are kept.

    Args:
        table: that names the pictures, where it is known and `spec` is not.

    Raises:
        InputError: the folder cannot be read or has no pictures in folders.
    """
    given = spec
    if table:
        spec = Images(path=str(path), table=table)
    spec = _completed(spec) if spec else _guessed(path)
    found, left_out = limited(laid_out(spec, progress), spec.most_per_class)
    sample, broken = _sampled(found)
    unreadable = _broken(found, broken)
    if not sample:
        raise InputError(f"{clean(path)}: none of the pictures can be read ({broken[0][0]}: {broken[0][1]}).")
    notes = (*_notes(found), *left_out)
    if given is None:
        height, width, colour = *size_of(sample), colour_of(sample)
        spec = msgspec.structs.replace(spec, height=height, width=width, colour=colour)
        notes = (*notes, *reasons(sample, spec))
    elif spec.classes and spec.classes != tuple(found.classes):
        notes = (*notes, _changed(spec.classes, tuple(found.classes)))
    notes = (*notes, *_parts(found, spec))
    return ImagesPreview(
        spec=msgspec.structs.replace(spec, classes=() if found.numbers else tuple(found.classes)),
        class_counts=_counts(found, {name for name, _ in unreadable}),
        sample=tuple(PictureSample(picture.label, picture.pixels, picture.path) for picture in sample),
        notes=notes,
        set_aside=(*found.set_aside, *unreadable),
        group_sizes=group_sizes(found, spec),
        part_sizes=part_sizes(found, spec),
        empty=found.empty,
        folders=found.folders,
    )


def _guessed(path: Path) -> Images:
    """How the folder is laid out: in parts, with a table, or in classes."""
    if not path.is_dir() or has_parts(path):
        return Images(path=str(path), split=Split(method="folders") if path.is_dir() else Split())
    return Images(path=str(path), table=picture_table.guess(path))


def _completed(spec: Images) -> Images:
    if not spec.table.path:
        return spec
    return msgspec.structs.replace(spec, table=picture_table.completed(Path(spec.path), spec.table))


def _counts(found: Listing, unreadable: Collection[str]) -> tuple[tuple[str, int], ...]:
    """How many pictures of each class can be read, as far as they were looked at."""
    if not unreadable:
        return tuple((name, len(files)) for name, files in found.classes.items())
    return tuple(
        (name, sum(clean(file.name) not in unreadable for file in files)) for name, files in found.classes.items()
    )


def read(spec: Images, progress: Progress) -> Pictures:
    """All pictures at the size and colour of `spec`; decoded once, mapped from the cache ever after.

    They come in the order of `mixed`, so that those that have arrived stand for all of them.

    Raises:
        InputError: the classes have changed, no picture can be read, or there is room for them nowhere.
        Stopped: the user ended it.
    """
    found = laid_out(spec, progress, stamps=True)
    classes = tuple(found.classes) if found.numbers else spec.classes
    if missing := [name for name in classes if name not in found.classes]:
        raise InputError(f"{clean(spec.path)}: the class {clean(missing[0])} has no pictures any more.")
    used = {name: found.classes[name] for name in classes}
    kept, left_out = limited(found._replace(classes=used), spec.most_per_class)
    files = [file for name in classes for file in kept.classes[name]]
    sizes = [len(kept.classes[name]) for name in classes]
    name = cache.key(str(found.root.resolve()), files, sizes, spec.form, decoding.version())
    order = mixed(sizes)
    cached = cache.find(name) or _decoded(name, found.root, [files[place] for place in order], spec, progress)
    arrived = order[: len(cached.pixels) + len(cached.set_aside)]
    good = np.ones(len(arrived), bool)
    good[[index for index, _ in cached.set_aside]] = False
    broken = sorted((files[order[index]].name, why) for index, why in cached.set_aside)
    notes = [*_notes(found), *left_out, *broken_note((*found.set_aside, *broken))]
    if cached.note:
        notes.append(cached.note)
    if new := sorted(set(found.classes) - set(classes)):
        notes.append(f"Left out: {clean(', '.join(new), 100)}, not among the classes of the project.")
    rows = arrived[good]
    labels = np.repeat(np.arange(len(sizes)), sizes)[rows]
    numbers = np.array([found.numbers[files[row].name] for row in rows]) if found.numbers else None
    divided_by = marks(spec, files)
    divided_by = divided_by[rows] if divided_by is not None else None
    return Pictures(cached.pixels, labels, numbers, rows, divided_by, tuple(notes), len(files) - len(arrived))


def mixed(sizes: Sequence[int]) -> NDArray[np.int64]:
    """An order of pictures that lie class by class, of which every beginning stands for all: drawn at random within
    each class, each class in proportion, and first one of each."""
    rng = np.random.default_rng(1)
    due = [rng.permutation(size) / max(1, size) for size in sizes]  # of the whole that has come before each
    return np.argsort(np.concatenate(due), kind="stable")


def _decoded(name: str, root: Path, files: Sequence[File], spec: Images, progress: Progress) -> cache.Cached:
    """All pictures, or those that have arrived when they are enough; at least one of each class."""
    writer = cache.Writer(name, spec.input_shape, len(files))
    paths = [root / file.name for file in files]
    try:
        for block in decoding.blocks(paths, spec.form, decoding.threads_for([file.size for file in files])):
            writer.add(block.pictures, block.set_aside)
            progress.step(f"decoding {block.done:,} of {counted(len(files), 'picture')}")
            if len(spec.classes) <= block.done < len(files) and progress.enough():
                return writer.so_far()
        return writer.finish()
    finally:
        writer.discard()


def _sampled(found: Listing) -> tuple[list[Sampled], tuple[tuple[str, str], ...]]:
    """Pictures spread evenly over each class: one of every class, then another of every class, and so on."""
    each = max(1, SAMPLE // len(found.classes))
    chosen = [
        [(label if found.numbers is None else f"{found.numbers[file.name]:g}", file) for file in spread(files, each)]
        for label, files in spread(tuple(found.classes.items()), CLASSES)
    ]
    good, broken = [], []
    for label, file in filter(None, chain.from_iterable(zip_longest(*chosen))):
        path = found.root / file.name
        try:
            good.append(Sampled(label, str(path), *read_preview(path, LONGEST_PREVIEW)))
        except InputError as error:
            broken.append((clean(file.name), str(error)))
    return good, tuple(broken)


def _broken(found: Listing, decoded: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Files that cannot be read: `decoded` were tried; of others the first bytes tell, if there are not too many."""
    known = dict(decoded)
    files = [file for files in found.classes.values() for file in files]
    few = files if len(files) <= HEADERS_READ else []
    for path, why in decoding.refused([found.root / file.name for file in few]):
        known.setdefault(clean(path.relative_to(found.root)), why)
    return tuple(sorted(known.items()))


def size_of(sample: Sequence[Sampled]) -> tuple[int, int]:
    """Height and width that suit: their own, where they are small and alike."""
    sizes = {(picture.header.height, picture.header.width) for picture in sample}
    if len(sizes) == 1 and max(next(iter(sizes))) <= SMALL:
        return next(iter(sizes))
    middle = round(median(side for size in sizes for side in size))
    return min(SMALL, middle), min(SMALL, middle)


def colour_of(sample: Sequence[Sampled]) -> Colour:
    """Grey where all pictures are."""
    grey = all(
        (picture.pixels[:, :, 0] == picture.pixels[:, :, 1]).all()
        and (picture.pixels[:, :, 1] == picture.pixels[:, :, 2]).all()
        for picture in sample
    )
    return "grey" if grey else "rgb"


def reasons(sample: Sequence[Sampled], spec: Images | Segmentation) -> tuple[str, ...]:
    """How size and colour were chosen, in sentences."""
    sizes = Counter((picture.header.height, picture.header.width) for picture in sample)
    (height, width), _ = sizes.most_common(1)[0]
    if (spec.height, spec.width) == (height, width):
        size = f"All pictures looked at are {height} × {width}; they keep their size."
    else:
        of = f"{height} × {width}" if len(sizes) == 1 else "of different sizes"
        size = f"The pictures are {of}; each is scaled to {spec.height} × {spec.width}."
    colour = "All pictures looked at are grey: one channel." if spec.colour == "grey" else "Pictures in colour."
    return size, colour


def _parts(found: Listing, spec: Images) -> tuple[str, ...]:
    """How the folders of the parts were understood, in sentences."""
    if spec.split.method != "folders":
        return ()
    of = {name: {part_of(file.name) for file in files} for name, files in found.classes.items()}
    unlearned = [name for name, parts in of.items() if 0 not in parts]
    notes = ["The folders train, val and test are the parts; the method random takes them for classes."]
    if unlearned:
        notes.append(f"Nothing to train on in {clean(', '.join(unlearned), 100)}: no picture in the folder train.")
    return tuple(notes)


def _changed(before: Sequence[str], now: Sequence[str]) -> str:
    gone, new = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    parts = [f"gone: {', '.join(gone)}"] * bool(gone) + [f"new: {', '.join(new)}"] * bool(new)
    return f"The classes have changed ({clean('; '.join(parts) or 'their order')})."


def _notes(found: Listing) -> tuple[str, ...]:
    notes = list(found.notes)
    if len(found.classes) == 1 and found.numbers is None:
        notes.append("Only one class: there is nothing to tell apart; add a folder for another class.")
    if found.empty:
        notes.append(f"Folders without a picture left out: {clean(', '.join(found.empty), 100)}.")
    if found.other:
        notes.append(f"{counted(found.other, 'file')} left out: no pictures by their names.")
    return tuple(notes)


def broken_note(set_aside: Sequence[tuple[str, str]]) -> list[str]:
    """How many pictures were set aside, and why the first of them."""
    if not set_aside:
        return []
    named = "; ".join(f"{name}: {why}" for name, why in set_aside[:NAMED])
    more = f" and {len(set_aside) - NAMED:,} more" if len(set_aside) > NAMED else ""
    return [clean(f"{counted(len(set_aside), 'picture')} set aside: {named}{more}.", 400)]
