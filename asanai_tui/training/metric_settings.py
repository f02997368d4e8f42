"""Which metrics there are, what each is for and whether larger is better. No torch: forms and files need it at once."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from asanai_tui.data.spec import Targets
from asanai_tui.training.loss_settings import LossName

MetricName = Literal[
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "top_3_accuracy",
    "top_5_accuracy",
    "precision",
    "recall",
    "f1",
    "f1_micro",
    "f1_weighted",
    "auc",
    "auc_pr",
    "mean_iou",
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "log_cosh",
    "cosine_similarity",
    "r2",
]
Of = Literal["anything", "answers", "classes"]  # answers: classes, or numbers that are each a yes or a no


class Declared(NamedTuple):
    """What is said of a metric."""

    short: str  # its name where there is little room
    rising: bool  # the larger the better
    of: Of  # the targets it is for
    about: str


METRICS: dict[MetricName, Declared] = {
    "accuracy": Declared("acc", True, "anything", "Share of right answers."),
    "binary_accuracy": Declared("bin acc", True, "anything", "Share of outputs on the right side of one half."),
    "categorical_accuracy": Declared("cat acc", True, "anything", "Share of examples whose largest output is right."),
    "sparse_categorical_accuracy": Declared("cat acc", True, "classes", "The same, of targets that are numbers."),
    "top_3_accuracy": Declared("top 3", True, "classes", "Share of examples whose class is among the 3 largest."),
    "top_5_accuracy": Declared("top 5", True, "classes", "Share of examples whose class is among the 5 largest."),
    "precision": Declared("prec", True, "answers", "Share of what is said to be so that is so."),
    "recall": Declared("rec", True, "answers", "Share of what is so that is said to be so."),
    "f1": Declared(
        "f1", True, "answers", "Harmonic mean of precision and recall; of more than two classes their mean."
    ),
    "f1_micro": Declared("f1 mic", True, "answers", "F1 of all classes counted together."),
    "f1_weighted": Declared("f1 wgt", True, "answers", "F1 of each class, weighted by its number of examples."),
    "auc": Declared("auc", True, "answers", "Area under the ROC curve, from 200 thresholds."),
    "auc_pr": Declared("auc pr", True, "answers", "Area under the curve of precision and recall, from 200 thresholds."),
    "mean_iou": Declared("iou", True, "answers", "Intersection over union of the classes of each picture, their mean."),
    "mean_absolute_error": Declared("mae", False, "anything", "In the units of the targets."),
    "mean_squared_error": Declared("mse", False, "anything", "In the squared units of the targets."),
    "root_mean_squared_error": Declared("rmse", False, "anything", "In the units of the targets."),
    "mean_absolute_percentage_error": Declared("mape", False, "anything", "Error in percent of the target."),
    "mean_squared_logarithmic_error": Declared("msle", False, "anything", "Of ln(1 + x); below 0 counts as 0."),
    "log_cosh": Declared("logcosh", False, "anything", "ln cosh of the error: squared if small, absolute if large."),
    "cosine_similarity": Declared("cos", True, "anything", "1 where outputs and targets point the same way."),
    "r2": Declared("r2", True, "anything", "Share of the targets' variance that is explained; their mean."),
}
_WANTED: dict[Of, str] = {"answers": "classes, or each a yes or a no", "classes": "classes"}


_BY_NAME: Mapping[str, Declared] = {str(name): declared for name, declared in METRICS.items()}


def short(name: str) -> str:
    """What a metric is called where there is little room: `acc`, `val acc`; other names stay."""
    part, _, plain = name.partition("_")
    if part in ("val", "test"):
        return f"{part} {short(plain)}"
    return _BY_NAME[name].short if name in _BY_NAME else name


def is_rising(name: str) -> bool:
    """Whether the larger the better; not of a loss."""
    return name in _BY_NAME and _BY_NAME[name].rising


def is_yes_no(targets: Targets, loss: LossName) -> bool:
    """Whether each number of the targets is a yes or a no."""
    return targets.kind == "numbers" and (targets.binary or loss == "binary_crossentropy")


def problem(names: Sequence[MetricName], targets: Targets, loss: LossName) -> str:
    """Why these metrics cannot be measured, in a sentence that says what to do; nothing where they can."""
    if twice := next((name for name in names if names.count(name) > 1), ""):
        return f"metrics: {twice} stands there twice; leave one out."
    for name in names:
        of = METRICS[name].of
        if of == "anything" or targets.kind == "classes" or (of == "answers" and is_yes_no(targets, loss)):
            continue
        return f"metric {name}: the targets are numbers and not {_WANTED[of]}; choose mean_absolute_error."
    largest = max((_k(name) for name in names), default=0)
    if targets.kind == "classes" and 0 < targets.count < largest:
        return f"metric top_{largest}_accuracy: there are only {targets.count} classes; choose accuracy."
    return ""


def _k(name: MetricName) -> int:
    return {"top_3_accuracy": 3, "top_5_accuracy": 5}.get(name, 0)
