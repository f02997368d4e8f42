"""Values on the command line, checked against the options of the document."""

import re
from pathlib import Path
from typing import Any

import click

from asanai_tui.errors import InputError

DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|mps")


class TrainingType(click.ParamType[Any]):
    """The value of one option of the training, its optimizer or early stopping: a wrong one is wrong usage."""

    def __init__(self, option: str, shown: str) -> None:
        self.name, self._name = shown, option

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from asanai_tui.checking import checked  # the screen starts without
        from asanai_tui.options import options_of
        from asanai_tui.training.settings import Training
        from asanai_tui.values import parsed

        training = Training()
        parts = (training, training.optimizer, training.early_stopping)
        struct = next(part for part in parts if hasattr(part, self._name))
        option = next(each for each in options_of(type(struct)) if each.name == self._name)
        try:
            found = parsed(option, str(value))
            checked(struct, **{self._name: found})
        except InputError as error:
            self.fail(str(error), param, ctx)
        return found


class DeviceType(click.ParamType[str]):
    """auto, cpu, cuda, cuda:N or mps."""

    name = "device"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not DEVICE.fullmatch(str(value)):
            self.fail(f"{value!r} is none of auto, cpu, cuda, cuda:N and mps.", param, ctx)
        return str(value)


PATH = click.Path(path_type=Path)
