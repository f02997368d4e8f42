"""The catalogue: every layer class found in the modules of this folder, by its tag."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, get_args

from asanai_tui.checking import decoded, hint
from asanai_tui.errors import InputError, clean
from asanai_tui.network.layers.base import Group, Layer


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, type[Layer]]:
    """Layer classes by tag, group by group, in the order in which they are written."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    groups = get_args(Group)
    classes = sorted(_tagged(Layer), key=lambda cls: (groups.index(cls.group), cls.__module__))
    return MappingProxyType({str(cls.__struct_config__.tag): cls for cls in classes})


def layer_from(content: Mapping[str, Any], place: str) -> Layer:
    """A layer from plain data, as project and model files hold it.

    Raises:
        InputError: unknown layer or option, or a wrong value; the sentence begins with `place`.
    """
    name = content.get("layer")
    if name is None:
        raise InputError(
            f'{place}: the layer has no name; write layer = "dense", or another that `asanai-tui layers` lists.'
        )
    if not isinstance(name, str) or name not in catalogue():
        raise InputError(f"{place}: no layer is called {clean(name)!r}{hint(str(name), catalogue())}")
    return decoded(content, catalogue()[name], f"{place} ({name})")


def _tagged(cls: type[Layer]) -> Iterator[type[Layer]]:
    for child in cls.__subclasses__():
        if child.__struct_config__.tag != child.__name__:  # a base has no tag of its own; msgspec gives it its name
            yield child
        yield from _tagged(child)
