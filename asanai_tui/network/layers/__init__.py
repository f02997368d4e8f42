"""The catalogue: every layer class found in the modules of this folder, by its tag."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, get_args

from asanai_tui.errors import InputError, clean
from asanai_tui.network.layers.base import Group, Layer
from asanai_tui.options import Option, decoded, options_of, spread


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
    if not isinstance(name, str) or name not in catalogue():
        raise InputError(f"{place}: no layer is called {clean(name)!r}{_hint(str(name), catalogue())}")
    cls = catalogue()[name]
    options = {option.name: option for option in options_of(cls)}
    for key in content:
        if key != "layer" and key not in options:
            raise InputError(f"{place} ({name}): no option is called {clean(key)!r}{_hint(key, options)}")
    full = {key: _full(options[key], value) if key in options else value for key, value in content.items()}
    return decoded(full, cls, f"{place} ({name})")


def _full(option: Option, value: Any) -> Any:
    """What stands for a value written short: a bare name, or one number for several sizes, also in a variant."""
    if isinstance(value, str) and option.variants:
        return {"name": value}
    if isinstance(value, dict) and (kind := option.variants.get(str(value.get("name")))):
        inner = {each.name: each for each in options_of(kind)}
        return {key: spread(inner[key], each) if key in inner else each for key, each in value.items()}
    return spread(option, value)


def _tagged(cls: type[Layer]) -> Iterator[type[Layer]]:
    for child in cls.__subclasses__():
        if child.__struct_config__.tag != child.__name__:  # a base has no tag of its own; msgspec gives it its name
            yield child
        yield from _tagged(child)


def _hint(wrong: str, known: Mapping[str, Any]) -> str:
    import difflib  # 10 ms, for a mistake only

    near = difflib.get_close_matches(wrong, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else "."
