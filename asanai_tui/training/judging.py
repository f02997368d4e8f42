"""What the best weights of a training give at its end: on the test part, and for each class."""

from asanai_tui.data.split import Indices
from asanai_tui.training.outcome import Outcome
from asanai_tui.training.per_class import ClassScore, PerClass
from asanai_tui.training.task import Task
from asanai_tui.training.weights import Copy


def judged_at_the_end(task: Task, best: Copy, outcome: Outcome) -> Outcome:
    """The outcome with what the best weights give; the last ones stand in the model again afterwards.

    The test part is judged once, however the training ended; the classes of the validation part where it finished.
    """
    last = task.weights.copy()
    task.weights.restore(best)
    try:
        if outcome.state == "finished":
            outcome = outcome._replace(classes=PerClass(_classes(task, task.validation_rows)))
        return _tested(task, outcome) if len(task.test_rows) else outcome
    finally:
        task.weights.restore(last)


def _classes(task: Task, rows: Indices) -> tuple[ClassScore, ...]:
    return task.judged(rows, by_class=True).classes if task.metrics.labels and len(rows) else ()


def _tested(task: Task, outcome: Outcome) -> Outcome:
    tally = task.judged(task.test_rows, by_class=True)
    found = {"loss": tally.loss, **tally.values}.items()
    told = ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in found if value is not None)
    return outcome._replace(
        message=f"{outcome.message} Test: {told}.",
        test_loss=tally.loss,
        test_metrics=tally.values,
        classes=PerClass(outcome.classes.validation, tally.classes),
    )
