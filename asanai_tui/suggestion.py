"""The first project for data never seen before, and what changes in a project when its data does."""

from typing import TYPE_CHECKING

import msgspec

from asanai_tui.data.spec import Images, Segmentation, Source, Table, Targets
from asanai_tui.errors import clean, counted
from asanai_tui.network.advice import fit_end, suggest_network
from asanai_tui.network.layers.base import show
from asanai_tui.network.network import Network
from asanai_tui.network.words import fit_begin
from asanai_tui.project import Project
from asanai_tui.training.loss_settings import LossName
from asanai_tui.training.metric_settings import MetricName
from asanai_tui.training.optimizer_settings import Adam
from asanai_tui.training.settings import Training
from asanai_tui.training.stopping import monitor_problem

if TYPE_CHECKING:
    from asanai_tui.data.preview import Preview

STEPS = 2000  # of the optimizer, enough for a small network to have learned most of what it will
FEWEST_EPOCHS, MOST_EPOCHS = 20, 500
SMALL = 1000  # examples; below, larger steps are safe and save many epochs


def suggest(preview: "Preview") -> Project:
    """The project that opening `preview`'s data gives; without layers when the data cannot be trained on yet."""
    source, number = preview.spec, examples(preview)
    network = Network()
    if not source.problem:
        network, _ = suggest_network(source.input_shape, source.targets, number, tokens_of(source))
    learned = max(1, source.split.counts(number)[0])
    return Project(data=source, network=network, training=suggested_training(source.targets, learned))


def with_data(project: Project, source: Source) -> Project:
    """The project on other data: loss and metric change with the kind of targets, the last layer with their number.

    Each only where the data say so in `adjust`.
    """
    training, adjust = project.training, source.adjust
    other = objective(source.targets) != objective(project.data.targets)
    if adjust.loss and (other or not project.data.adjust.loss):
        loss, metric = objective(source.targets)
        monitor = "auto" if monitor_problem(training.monitor, (metric,)) else training.monitor
        training = msgspec.structs.replace(training, loss=loss, metrics=(metric,), monitor=monitor)
    network = project.network
    if project.data.problem and not len(network) and not source.problem:
        network, _ = suggest_network(source.input_shape, source.targets, SMALL, tokens_of(source))
    elif not source.problem:
        network = fit_end(
            fit_begin(network, tokens_of(source), tokens_of(project.data)),
            source.targets,
            training.loss,
            source.input_shape,
            units=adjust.units,
            activation=adjust.activation,
        )
    return Project(data=source, network=network, training=training)


def tokens_of(source: Source) -> int:
    """How many whole numbers from 0 arrive in place of words; 0 where none do."""
    return source.tokens if isinstance(source, Table) else 0


def in_form_of(source: Source, before: Source) -> Source:
    """Other data as the network knows it: pictures in the size and colour of those before."""
    if isinstance(source, Images | Segmentation) and isinstance(before, Images | Segmentation):
        form = before.form
        return msgspec.structs.replace(source, **form._asdict())
    return source


def differences(project: Project, source: Source) -> list[str]:
    """How other data differ from those of the project for its network, in half sentences: shape, kind, classes."""
    if source.problem:
        return [source.problem.rstrip(".")]
    before, found = project.data, []
    if source.input_shape != before.input_shape:
        found.append(f"{show(source.input_shape)} arrives, the network was made for {show(before.input_shape)}")
    now, then = source.targets, before.targets
    if (now.kind, now.shape) != (then.kind, then.shape):
        found.append(f"{_wanted(now)} is to be said, and no longer {_wanted(then)}")
    elif now.count != then.count:
        found.append(f"there are {_wanted(now)}, and no longer {_wanted(then)}")
    elif now.kind == "classes" and now.names != then.names:
        others = [name for name in now.names if name not in then.names]
        found.append(f"other classes, or another order: {clean(', '.join(others or now.names), 100)}")
    return found


def _wanted(targets: Targets) -> str:
    what = counted(targets.count, "class", "classes") if targets.kind == "classes" else counted(targets.count, "number")
    return f"{what} at each of {show(targets.shape)} places" if targets.shape else what


def examples(preview: "Preview") -> int:
    """How many rows or pictures there are, training and validation together."""
    from asanai_tui.data.preview import ImagesPreview

    if isinstance(preview, ImagesPreview):
        return sum(count for _, count in preview.class_counts)
    return preview.rows


def suggested_training(targets: Targets, learned: int) -> Training:
    """Settings for `learned` training examples."""
    loss, metric = objective(targets)
    batch_size = next((size for size, limit in ((16, 500), (32, 5_000), (64, 50_000)) if learned < limit), 256)
    steps = -(-learned // batch_size)
    return Training(
        epochs=_round(min(max(STEPS / steps, FEWEST_EPOCHS), MOST_EPOCHS)),
        batch_size=batch_size,
        optimizer=Adam(learning_rate=0.005) if learned < SMALL else Adam(),
        loss=loss,
        metrics=(metric,),
    )


def objective(targets: Targets) -> tuple[LossName, MetricName]:
    """The loss and the metric that belong to what is to be learned."""
    if targets.kind == "classes":
        return "binary_crossentropy" if targets.count == 2 else "categorical_crossentropy", "accuracy"
    if targets.binary:
        return "binary_crossentropy", "accuracy"
    return "mean_squared_error", "mean_absolute_error"


def _round(number: float) -> int:
    """To one figure, as a person would choose: 247 becomes 200."""
    size: int = 10 ** (len(str(int(number))) - 1)
    return int(number // size) * size
