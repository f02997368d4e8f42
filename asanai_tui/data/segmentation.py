"""Pictures with masks as a source: which mask belongs to which picture, the classes in them, and both as arrays."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import cache, decoding, masks
from asanai_tui.data.array_names import X_WORDS
from asanai_tui.data.folders import File, everything
from asanai_tui.data.images import Sampled, broken_note, colour_of, reasons, size_of
from asanai_tui.data.large import Chosen, Large, Rows
from asanai_tui.data.layout import spread
from asanai_tui.data.preview import PictureSample, SegmentationPreview
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import PictureForm, Segmentation
from asanai_tui.errors import InputError, clean, counted

MASK_WORDS = ("masks", "mask", "segmentation", "segmentations", "segmentationclass", "annotations", "labels", "gt")
PICTURE_WORDS = (*X_WORDS, "imgs", "img", "jpegimages", "photos")
SAMPLE = 24  # pictures that are shown
LOOKED_AT = 500  # masks whose classes are looked for
NAMED = 3
EVEN = 4  # sides are multiples of it, so that networks can halve them twice and double them again
LONGEST = 256  # pixels of a picture that is shown


class Masked(NamedTuple):
    """All pictures that have a mask."""

    inputs: Rows  # uint8 N×H×W×C
    codes: NDArray[np.uint8]  # N×H×W
    notes: tuple[str, ...]


class _Found(NamedTuple):
    pictures: Path
    masks: Path
    files: list[tuple[File, File]]  # a picture and its mask
    set_aside: tuple[tuple[str, str], ...]


def folders(path: Path) -> tuple[Path, Path] | None:
    """The folder of the pictures and that of their masks, where `path` holds both or is one of them."""
    if not path.is_dir():
        return None
    for parent in (path, path.parent):
        names = {each.name.lower(): each for each in parent.iterdir() if each.is_dir()}
        pictures = next((names[word] for word in PICTURE_WORDS if word in names), None)
        found = next((names[word] for word in MASK_WORDS if word in names), None)
        if pictures and found and (parent == path or path in (pictures, found)) and _partners(pictures, found):
            return pictures, found
    return None


def inspect(path: Path, spec: Segmentation | None = None, progress: Progress | None = None) -> SegmentationPreview:
    """Look at pictures and masks; with `spec`, its folders, size, colour and split are kept.

    Raises:
        InputError: a folder cannot be read, or no picture has a mask.
    """
    pair = (path, mask_folder(spec)) if spec else folders(path)
    if pair is None:
        raise InputError(f"{clean(path)}: no folder of pictures beside a folder of masks.")
    found = _found(*pair, progress)
    looked_at = spread(found.files, LOOKED_AT)
    classes = _classes(found, looked_at)
    sampled, broken = _sampled(found, spread(looked_at, SAMPLE), classes)
    if not sampled:
        raise InputError(f"{clean(path)}: no picture can be read with its mask ({broken[0][0]}: {broken[0][1]}).")
    pictures = counted(len(found.files), "picture")
    notes = [f"{pictures} with a mask in {clean(pair[1].name)}; {_places(found, sampled, classes)}."]
    source = spec or Segmentation(path=str(pair[0]), masks=os.path.relpath(pair[1], pair[0]))
    if spec is None:
        height, width = (max(EVEN, side // EVEN * EVEN) for side in size_of(sampled))
        source = msgspec.structs.replace(source, height=height, width=width, colour=colour_of(sampled))
        notes += reasons(sampled, source)
    return SegmentationPreview(
        spec=msgspec.structs.replace(source, classes=classes),
        rows=len(found.files),
        class_counts=(),
        sample=tuple(_beside(found, each, classes) for each in sampled),
        notes=tuple(notes),
        set_aside=(*found.set_aside, *broken),
    )


def read(source: Segmentation, progress: Progress) -> Masked:
    """All pictures that have a mask, and the masks, at the size of `source`; both mapped from the cache ever after.

    Raises:
        InputError: no picture can be used, or there is room for them nowhere.
        Stopped: the user ended it.
    """
    found = _found(Path(source.path), mask_folder(source), progress, stamps=True)
    pictures = _kept(found, [file for file, _ in found.files], source.form, progress)
    codes = _kept_masks(source, found, progress)
    broken = {**dict(pictures.set_aside), **dict(codes.set_aside)}
    good = [place for place in range(len(found.files)) if place not in broken]
    if not good:
        raise InputError(f"{clean(source.path)}: no picture can be read with its mask ({next(iter(broken.values()))}).")
    set_aside = [*found.set_aside, *((found.files[place][0].name, why) for place, why in sorted(broken.items()))]
    return Masked(
        _rows(pictures, len(found.files), good),
        _rows(codes, len(found.files), good)[:][..., 0],
        tuple([*broken_note(set_aside), *(each.note for each in (pictures, codes) if each.note)]),
    )


def masks_of(source: Segmentation, paths: Sequence[Path]) -> NDArray[np.uint8]:
    """The masks of some of its pictures as class numbers, N×H×W in the size of `source`.

    Raises:
        InputError: a picture has none, or it cannot be read.
    """
    found = _found(Path(source.path), mask_folder(source))
    names = {found.pictures / file.name: found.masks / mask.name for file, mask in found.files}
    if gone := [path for path in paths if path not in names]:
        raise InputError(f"{clean(gone[0])}: no mask of this name in {clean(found.masks)}.")
    codes = []
    for path, mask in zip(paths, masks.read([names[path] for path in paths], source.classes, source.form), strict=True):
        if mask.codes is None:
            raise InputError(f"{clean(path)}: {mask.problem}.")
        codes.append(mask.codes)
    return np.stack(codes)


def mask_folder(source: Segmentation) -> Path:
    """Where the masks lie."""
    return Path(os.path.normpath(Path(source.path) / Path(source.masks).expanduser()))


def _found(pictures: Path, folder: Path, progress: Progress | None = None, *, stamps: bool = False) -> _Found:
    """Pictures with their masks, in order.

    Raises:
        InputError: a folder cannot be read, or no picture has a mask.
    """
    listed = everything(pictures, progress, stamps=stamps)
    all_masks = {file.name: file for file in everything(folder, progress, stamps=stamps).classes[""]}
    files = {file.name: file for file in listed.classes[""]}
    pairs = masks.partners(list(files), list(all_masks))
    if not pairs:
        raise InputError(
            f"{clean(folder)}: no mask is called like one of the {counted(len(files), 'picture')} in {clean(pictures)}."
        )
    alone = tuple((clean(name), f"no mask of this name in {clean(folder.name)}") for name in files if name not in pairs)
    paired = [(file, all_masks[pairs[name]]) for name, file in files.items() if name in pairs]
    return _Found(pictures, folder, paired, (*listed.set_aside, *alone))


def _classes(found: _Found, some: Sequence[tuple[File, File]]) -> tuple[str, ...]:
    try:
        return masks.classes_in([found.masks / mask.name for _, mask in some])
    except InputError as error:
        raise InputError(f"{clean(found.masks)}: {error}") from error


def _sampled(
    found: _Found, some: Sequence[tuple[File, File]], classes: Sequence[str]
) -> tuple[list[Sampled], tuple[tuple[str, str], ...]]:
    good, broken = [], []
    for file, mask in some:
        try:
            pixels, header = decoding.read_preview(found.pictures / file.name, LONGEST)
            told = _as_large(found.masks / mask.name, pixels, classes)
        except InputError as error:
            told = masks.Mask(None, str(error))
        if told.codes is None:
            broken.append((clean(file.name), told.problem))
        else:
            good.append(Sampled(mask.name, str(found.pictures / file.name), pixels, header))
    return good, tuple(broken)


def _beside(found: _Found, sampled: Sampled, classes: Sequence[str]) -> PictureSample:
    """The picture with its mask on the right."""
    codes = _as_large(found.masks / sampled.label, sampled.pixels, classes).codes
    both = sampled.pixels if codes is None else np.concatenate([sampled.pixels, masks.coloured(codes, len(classes))], 1)
    return PictureSample("", both, sampled.path)


def _as_large(path: Path, pixels: NDArray[np.uint8], classes: Sequence[str]) -> masks.Mask:
    """A mask in the size of its picture."""
    form = PictureForm(pixels.shape[0], pixels.shape[1], "rgb")
    return next(iter(masks.read([path], classes, form)))


def _places(found: _Found, sampled: Sequence[Sampled], classes: Sequence[str]) -> str:
    """`0 81% · 255 19% of the places`."""
    form = PictureForm(32, 32, "grey")
    total = np.zeros(len(classes))
    for mask in masks.read([found.masks / each.label for each in sampled], classes, form):
        if mask.codes is not None:
            total += np.bincount(mask.codes.ravel(), minlength=len(classes))
    shares = " · ".join(
        f"{name} {share:.0%}" for name, share in zip(classes[:NAMED], total / total.sum(), strict=False)
    )
    more = f" and {len(classes) - NAMED} more classes" if len(classes) > NAMED else ""
    return f"{shares}{more} of the places of {counted(len(sampled), 'mask')} looked at"


def _kept(found: _Found, files: Sequence[File], form: PictureForm, progress: Progress) -> cache.Cached:
    name = cache.key(str(found.pictures.resolve()), files, form, decoding.version())
    if kept := cache.find(name):
        return kept
    writer = cache.Writer(name, form.shape, len(files))
    try:
        for block in decoding.blocks([found.pictures / file.name for file in files], form):
            writer.add(block.pictures, block.set_aside)
            progress.step(f"decoding {block.done:,} of {counted(len(files), 'picture')}")
        return writer.finish()
    finally:
        writer.discard()


def _kept_masks(source: Segmentation, found: _Found, progress: Progress) -> cache.Cached:
    files = [mask for _, mask in found.files]
    form = source.form._replace(colour="grey")
    name = cache.key("masks", str(found.masks.resolve()), files, form, source.classes, decoding.version())
    if kept := cache.find(name):
        return kept
    writer = cache.Writer(name, form.shape, len(files))
    try:
        paths = [found.masks / file.name for file in files]
        for place, mask in enumerate(masks.read(paths, source.classes, form)):
            none = np.empty((0, *form.shape), np.uint8)
            if mask.codes is None:
                writer.add(none, ((place, mask.problem),))
            else:
                writer.add(mask.codes[np.newaxis, :, :, np.newaxis], ())
            progress.step(f"decoding {place + 1:,} of {counted(len(files), 'mask')}")
        return writer.finish()
    finally:
        writer.discard()


def _rows(kept: cache.Cached, count: int, good: Sequence[int]) -> Rows:
    """What belongs to the files at `good`; the same map where that is all."""
    if len(good) == len(kept.pixels):
        return kept.pixels
    there = np.setdiff1d(np.arange(count), [place for place, _ in kept.set_aside])
    places = np.searchsorted(there, good)
    return Chosen(kept.pixels, places) if isinstance(kept.pixels, Large) else kept.pixels[places]


def _partners(pictures: Path, folder: Path) -> bool:
    """Whether a picture has a mask."""
    listed = [[file.name for file in everything(each).classes[""]] for each in (pictures, folder)]
    return bool(masks.partners(*listed))
