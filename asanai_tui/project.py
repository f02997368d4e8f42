"""Project: the one document. Data, network and training; TOML in and out."""

from pathlib import Path
from typing import Any

import msgspec

from asanai_tui import toml
from asanai_tui.checking import decoded
from asanai_tui.data.spec import Arrays, Images, Segmentation, Source, Table
from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, write_atomically
from asanai_tui.network.costs import Costs, costs
from asanai_tui.network.layers.base import show
from asanai_tui.network.network import Network
from asanai_tui.training import metric_settings
from asanai_tui.training.settings import Training
from asanai_tui.training.stopping import monitor_problem
from asanai_tui.training.trials import of_fold

FORMAT = 1
MAXIMUM_BYTES = 64 * 2**20


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run needs; immutable, every edit makes a new one."""

    data: Source
    network: Network
    training: Training

    @property
    def input_shape(self) -> tuple[int, ...]:
        """What arrives at the first layer, channels last, without the batch."""
        return self.data.input_shape

    def costs(self) -> Costs:
        """What the network costs with the batch size and the optimizer of the training."""
        stages = self.network.stages(self.input_shape)
        return costs(stages, self.input_shape, self.training.batch_size, self.training.optimizer.slots)

    def problems(self) -> list[str]:
        """Why this cannot be trained, one sentence each, from the data to the last layer."""
        folds = self.training.folds
        data = of_fold(self.data, 1, folds) if folds > 1 else self.data
        if data.problem:
            return [data.problem]
        stages = self.network.stages(self.input_shape)
        found = [
            f"Layer {number} ({stage.layer.name}): {stage.problem}"
            for number, stage in enumerate(stages, 1)
            if stage.problem
        ]
        return found or [sentence for sentence in (self._end_problem(), self._metric_problem()) if sentence]

    def _metric_problem(self) -> str:
        training = self.training
        why = metric_settings.problem(training.metrics, self.data.targets, training.loss)
        why = why or monitor_problem(training.monitor, training.metrics)
        return why and f"Training, {why}"

    def _end_problem(self) -> str:
        leaves = self.network.output_shape(self.input_shape)
        wanted = output_widths(self)
        places = self.data.targets.shape
        if leaves is None or (leaves[:-1] == places and leaves[-1:] and leaves[-1] in wanted):
            return ""
        widths = " or ".join(show((*places, width)) for width in wanted)
        say = f"{wanted[-1]} classes" if self.data.targets.kind == "classes" else "the targets"
        return f"The last layer gives {show(leaves)}, but {say} need {widths}."


def output_widths(project: Project) -> tuple[int, ...]:
    """How many numbers the last layer may give (for each place of a picture): one each.

    Two classes may also be told by a single probability.
    """
    targets = project.data.targets
    if targets.kind == "classes" and targets.count == 2 and project.training.loss == "binary_crossentropy":
        return (1, 2)
    return (targets.count,)


def encoded(project: Project) -> dict[str, Any]:
    """Plain data: what a project file and a model file hold."""
    return {
        "format": FORMAT,
        "data": msgspec.to_builtins(project.data),
        "training": msgspec.to_builtins(project.training),
        "network": project.network.encoded(),
    }


def from_plain(content: dict[str, Any]) -> Project:
    """A project from plain data.

    Raises:
        InputError: a part is missing, unknown or wrong; the sentence names it.
    """
    if unknown := sorted(set(content) - {"format", "data", "network", "training"}):
        raise InputError(f"nothing is called {clean(unknown[0])!r}; a project has data, network and training.")
    if content.get("format", FORMAT) != FORMAT:
        raise InputError(f"format {clean(content['format'])} is not known here; this program reads format {FORMAT}.")
    return Project(
        data=_data(content.get("data")),
        network=Network.decoded(content.get("network", [])),
        training=_training(content.get("training", {})),
    )


def to_toml(project: Project) -> bytes:
    """The project file: [data], [[data.columns]], [data.split], [training], [training.optimizer], [[network]].

    Raises:
        InputError: a name from the file system is not UTF-8, which TOML is.
    """
    content = encoded(project)
    if not content["network"]:
        del content["network"]  # an empty list would have to stand above the tables
    text = toml.dumps(content)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line = clean(text[: error.end].splitlines()[-1])
        raise InputError(f"{line!r} is not UTF-8 text; rename that file or folder.") from error


def from_toml(content: bytes) -> Project:
    """The project in a file's bytes.

    Raises:
        InputError: not TOML (with line and column), or not a project.
    """
    try:
        return from_plain(toml.loads(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text: byte {error.start} cannot be read.") from error


def load(path: Path) -> Project:
    """Read a project file; the data's path is taken relative to the file's folder and made absolute.

    Raises:
        InputError: the file cannot be read or is no project; the sentence begins with its name.
    """
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise InputError("larger than any project file.")
        project = from_toml(path.read_bytes())
        return relocated(project, _absolute(project.data.path, path.parent))
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error
    except InputError as error:
        raise InputError(f"{clean(path)}: {error}") from error


def save(project: Project, path: Path) -> None:
    """Write the project file; data in or below its folder is named relative to it, so that both can move.

    Raises:
        InputError: it cannot be written.
    """
    source, folder = Path(project.data.path), path.resolve().parent
    if source.is_absolute() and source.is_relative_to(folder):
        project = relocated(project, source.relative_to(folder))
    write_atomically(path, to_toml(project))


def relocated(project: Project, path: Path) -> Project:
    """The same project with its data at another path."""
    data = msgspec.structs.replace(project.data, path=str(path))
    return msgspec.structs.replace(project, data=data)


def _absolute(path: str, folder: Path) -> Path:
    try:
        return (folder / Path(path).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, an unknown user, a NUL character
        raise InputError(f"data, path: {clean(path)!r} leads nowhere: {clean(error)}.") from error


def _data(content: object) -> Source:
    kinds: dict[str, type[Source]] = {"table": Table, "images": Images, "arrays": Arrays, "segmentation": Segmentation}
    if not isinstance(content, dict):
        raise InputError("data: expected a table [data] with type and path.")
    if "type" not in content:
        raise InputError(f"data: type is missing; it is {_either(kinds)}.")
    kind = content["type"]
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(f"data: type is {_either(kinds)}, not {clean(kind)!r}.")
    return decoded(content, kinds[kind], "data")


def _either(kinds: dict[str, type[Source]]) -> str:
    *others, last = map(repr, kinds)
    return f"{', '.join(others)} or {last}"


def _training(content: object) -> Training:
    if not isinstance(content, dict):
        raise InputError("training: expected a table [training].")
    if "metric" in content and "metrics" not in content:  # before there were several
        content = {"metrics" if name == "metric" else name: value for name, value in content.items()}
        content["metrics"] = [content["metrics"]]
    return decoded(content, Training, "training")
