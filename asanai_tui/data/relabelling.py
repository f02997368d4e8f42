"""Classes called otherwise than their folders, joined or left out: in the project alone, no file is touched."""

from collections.abc import Sequence

import msgspec

from asanai_tui.data.folders import File, Listing
from asanai_tui.data.picture_table import label_order
from asanai_tui.data.spec import Images, Relabelled
from asanai_tui.errors import InputError, clean, counted


def called(images: Images, folder: str) -> str:
    """What the class of a folder is called; empty where it is left out."""
    return next((each.label for each in images.relabelled if each.folder == folder), folder)


def relabelled(images: Images, folders: Sequence[str], label: str) -> Images:
    """The same project with the pictures of `folders` in the class `label`; empty: left out. Its classes are unknown
    until the folder is read again."""
    names = {each.folder: each.label for each in images.relabelled} | dict.fromkeys(folders, label)
    changed = tuple(Relabelled(folder=folder, label=name) for folder, name in names.items() if folder != name)
    return msgspec.structs.replace(images, relabelled=changed, classes=())


def applied(images: Images, found: Listing) -> Listing:
    """What was found, by the labels of the project.

    Raises:
        InputError: every class is left out.
    """
    if not images.relabelled or found.numbers is not None:
        return found
    classes: dict[str, list[File]] = {}
    folders: dict[str, tuple[str, ...]] = {}
    for folder, files in found.classes.items():
        if label := called(images, folder):
            classes.setdefault(label, []).extend(files)
            folders[label] = (*folders.get(label, ()), folder)
    if not classes:
        raise InputError(f"{clean(images.path)}: every class is left out; take one back.")
    gone = [folder for folder in found.classes if not called(images, folder)]
    rest = sum(len(found.classes[folder]) for folder in gone)
    note = f"{clean(', '.join(gone), 100)} left out by you: {counted(rest, 'picture')}."
    in_order = {label: classes[label] for label in (label_order if images.table.path else sorted)(classes)}
    return found._replace(classes=in_order, folders=folders, notes=(*found.notes, *(note,) * bool(gone)))
