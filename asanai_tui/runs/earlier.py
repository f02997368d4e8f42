"""What runs wrote while there was one metric, `metric`, in the form of today: `metrics`, by their names."""

from pathlib import Path
from typing import Any

import msgspec

from asanai_tui import project as projects
from asanai_tui.opening import PROJECT_FILE

_MARK = b'_metric"'  # of val_metric and test_metric
_PLAIN = b'"metric"'


def metric_of(folder: Path, content: bytes) -> str:
    """The metric of the run in `folder`, where `content` may be of that time; nothing where it is not.

    Raises:
        InputError: the run's project, which names the metric, cannot be read.
    """
    if _MARK not in content and _PLAIN not in content:
        return ""
    return projects.load(folder / PROJECT_FILE).training.metrics[0]


def of_today(content: bytes, metric: str) -> bytes:
    """JSON of a run, an epoch or a whole run.json, as it is written now.

    Raises:
        msgspec.DecodeError: not JSON.
    """
    return msgspec.json.encode(_renamed(msgspec.json.decode(content), metric))


def _renamed(value: Any, metric: str) -> Any:
    if isinstance(value, list):
        return [_renamed(each, metric) for each in value]
    if not isinstance(value, dict):
        return value
    named = {"metric": metric, "val_metric": f"val_{metric}"}
    kept = {name: _renamed(each, metric) for name, each in value.items() if name not in (*named, "test_metric")}
    if found := {new: value[old] for old, new in named.items() if value.get(old) is not None}:
        kept["metrics"] = found
    if value.get("test_metric") is not None:
        kept["test_metrics"] = {metric: value["test_metric"]}
    return kept
