"""Values on the command line, checked against the options of the document."""

import re
from pathlib import Path
from typing import Any

import click
import msgspec

from asanai_tui.checking import checked
from asanai_tui.errors import InputError
from asanai_tui.options import options_of
from asanai_tui.values import parsed

DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


class OptionType(click.ParamType[Any]):
    """The value of one option of a struct: a wrong one is wrong usage."""

    def __init__(self, struct: msgspec.Struct, name: str, shown: str) -> None:
        self.name = shown
        self._struct = struct
        self._option = next(option for option in options_of(type(struct)) if option.name == name)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            found = parsed(self._option, str(value))
            checked(self._struct, **{self._option.name: found})
        except InputError as error:
            self.fail(str(error), param, ctx)
        return found


class DeviceType(click.ParamType[str]):
    """auto, cpu, cuda or cuda:N."""

    name = "device"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not DEVICE.fullmatch(str(value)):
            self.fail(f"{value!r} is none of auto, cpu, cuda and cuda:N.", param, ctx)
        return str(value)


PATH = click.Path(path_type=Path)
