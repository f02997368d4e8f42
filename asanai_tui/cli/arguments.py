"""Values on the command line, checked against the options of the document."""

import re
from pathlib import Path
from typing import Any

import click

from asanai_tui.errors import InputError

MOST_DEVICES = 256
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


class DevicesType(click.ParamType[int]):
    """A number of processes, or all: one for each GPU, given as 0."""

    name = "n|all"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "all":
            return 0
        if not str(value).isdecimal() or not 1 <= int(value) <= MOST_DEVICES:
            self.fail(f"{value!r} is neither a number from 1 to {MOST_DEVICES} nor all.", param, ctx)
        return int(value)


PATH = click.Path(path_type=Path)
