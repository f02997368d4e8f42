"""`predict`: one line for each row or picture, as CSV or JSON; what cannot be read is listed apart."""

import csv
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from asanai_tui.cli.output import drop, unwritable, write_json
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.inspection.predictions import Prediction, Predictor

LONGEST = 100_000  # characters of a name or a path


def predict(model: Path, inputs: Sequence[Path], as_json: bool, messages: TextIO) -> int:
    """Predict everything; the exit status.

    Returns:
        0 when anything was predicted, 1 when nothing was.

    Raises:
        InputError: the model or an input cannot be used at all.
    """
    predictor = Predictor(model)
    try:
        predicted = _write(predictor, predictor.predict_paths(inputs), as_json)
    except BrokenPipeError:
        drop()
        return 128 + signal.SIGPIPE
    except OSError as error:
        drop()
        raise unwritable(error) from error
    if not predicted and len(predictor.problems) == 1:
        raise InputError(predictor.problems[0])
    for problem in predictor.problems:
        print(problem, file=messages)
    if not predicted:
        raise InputError(f"Nothing could be predicted from {counted(len(inputs), 'input')}.")
    return 0


def _write(predictor: Predictor, predictions: Iterable[Prediction], as_json: bool) -> int:
    names = [clean(name, LONGEST) for name in predictor.names]
    return _as_json(names, predictions) if as_json else _as_csv(names, predictions)


def _as_csv(names: Sequence[str], predictions: Iterable[Prediction]) -> int:
    table = csv.writer(sys.stdout, lineterminator="\n")
    number = 0
    for number, found in enumerate(predictions, 1):
        if number == 1:
            table.writerow(["input", "prediction", *names])
        values = [f"{value:.6g}" for value in found.values]
        table.writerow([clean(found.input, LONGEST), clean(found.prediction, LONGEST), *values])
    sys.stdout.flush()
    return number


def _as_json(names: Sequence[str], predictions: Iterable[Prediction]) -> int:
    number = 0
    for found in predictions:
        values = {name: float(f"{value:.6g}") for name, value in zip(names, found.values, strict=True)}
        prediction = clean(found.prediction, LONGEST)
        write_json({"input": clean(found.input, LONGEST), "prediction": prediction, "values": values})
        number += 1
    return number
