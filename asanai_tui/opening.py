"""From a path that a person gave to a project: project files, tables, folders of pictures, model files, runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from asanai_tui import project as projects
from asanai_tui.data import picture_header, sources
from asanai_tui.data.progress import Progress
from asanai_tui.errors import InputError, clean
from asanai_tui.files import check_file, existing
from asanai_tui.project import Project
from asanai_tui.suggestion import suggest, with_data

if TYPE_CHECKING:
    from asanai_tui.data.preview import Preview

__all__ = ["Opened", "model_at", "open_path", "suggest", "with_data"]

PROJECT_FILE = "project.toml"
BEST_MODEL = Path("checkpoints", "best", "model.safetensors")  # inside a run directory
LAST_MODEL = Path("checkpoints", "last", "model.safetensors")
KINDS = (
    "a project.toml, a table (.csv, .jsonl, .parquet), arrays (.npz, .npy), a folder of pictures or a model.safetensors"
)
Kind = Literal["project", "model", "run", "data"]


class Opened(NamedTuple):
    """A project and where it came from."""

    project: Project
    path: Path | None = None  # of its project file
    preview: "Preview | None" = None
    model_path: Path | None = None
    problem: str = ""  # why the data of a project cannot be seen; the project itself is fine


def open_path(path: Path, *, look: bool = True, progress: Progress | None = None) -> Opened:
    """The project that `path` means; data becomes a suggested project.

    Args:
        look: also read the data of a project that is already there, for its preview.
        progress: is told how much of a large folder has been seen.

    Raises:
        InputError: no such file, an unknown kind, an empty or broken file; the sentence begins with the path.
    """
    path = existing(path)
    check_file(path)
    match _kind(path):
        case "project":
            opened = _open_project(path / PROJECT_FILE if path.is_dir() else path)
        case "run":
            opened = _open_run(path)
        case "model":
            opened = _open_model(path)
        case "data":
            preview = sources.guess(path, progress)
            return Opened(suggest(preview), preview=preview)
    return _with_preview(opened) if look else opened


def model_at(path: Path) -> Path:
    """The model file that `path` means: itself, or the best checkpoint of a run directory.

    Raises:
        InputError: nothing is there, or a folder without a model.
    """
    path = existing(path)
    if not path.is_dir():
        check_file(path)
        return path
    for name in (BEST_MODEL, LAST_MODEL, Path("model.safetensors")):
        if (path / name).is_file():
            return path / name
    raise InputError(f"{clean(path)}: no model in this folder; give a model.safetensors or the directory of a run.")


def _kind(path: Path) -> Kind:
    if path.is_dir():
        if (path / PROJECT_FILE).is_file():
            return "run" if (path / "run.json").is_file() else "project"
        return "data"
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return "project"
    if suffix == ".safetensors":
        return "model"
    if suffix in sources.SUFFIXES:
        return "data"
    if suffix in picture_header.SUFFIXES:
        raise InputError(f"{clean(path)} is one picture; give a folder that holds one folder of pictures a class.")
    raise InputError(f"{clean(path)}: this kind of file is not known here; give {KINDS}.")


def _open_project(path: Path) -> Opened:
    return Opened(projects.load(path), path=path)


def _open_run(folder: Path) -> Opened:
    project = projects.load(folder / PROJECT_FILE)
    found = [folder / name for name in (BEST_MODEL, LAST_MODEL) if (folder / name).is_file()]
    return Opened(project, model_path=found[0] if found else None)


def _open_model(path: Path) -> Opened:
    from asanai_tui.training import model_file

    content = model_file.header(path)
    plain = {
        "data": content.note.get("data", {"type": "images", "path": str(path.parent)}),
        "training": content.note.get("training", {"loss": content.loss, "metrics": list(content.metrics)}),
        "network": content.network.encoded(),
    }
    try:
        return Opened(projects.from_plain(plain), model_path=path)
    except InputError as error:
        raise InputError(f"{clean(path)}: {error}") from error


def _with_preview(opened: Opened) -> Opened:
    try:
        return opened._replace(preview=sources.inspect(opened.project.data))
    except InputError as error:
        return opened._replace(problem=str(error))
