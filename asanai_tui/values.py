"""Values of options: as a form shows them, as a person types them, and one step further."""

from collections.abc import Iterable
from typing import Any

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.options import Kind, Option

INVISIBLE = {"\t": "tab", " ": "blank"}  # characters, as they are typed where one stands alone
FEW = 8  # choices that are named all, also where one was nearly met


def shown(value: Any) -> str:
    """A value as a form shows it."""
    match value:
        case None:
            return "none"
        case "\t" | " ":
            return INVISIBLE[value]
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case (str(), *_):
            return ", ".join(map(clean, value))
        case tuple():
            return " × ".join(shown(item) for item in value) or "none"
        case msgspec.Struct():
            return str(value.__struct_config__.tag)
        case _:
            return clean(value)


def parsed(option: Option, text: str) -> Any:
    """What a person typed into a field as a value; ranges are checked by `checked` afterwards.

    Raises:
        InputError: the text cannot be read as this kind of value.
    """
    text = text if text in option.choices else text.strip()
    if option.optional and text not in option.choices and text.lower() in ("", "none"):
        return None
    try:
        return _PARSERS[option.kind](option, text)
    except ValueError as error:
        names = text.replace(",", " ").split() if option.kind == "several" else [text]
        if meant := meant_by(option, names):
            raise InputError(f"{option.label}: {meant}") from error
        raise InputError(f"{option.label}: expected {option.expectation}, not {clean(text) or 'nothing'!r}.") from error


def meant_by(option: Option, names: Iterable[Any]) -> str:
    """How a sentence goes on about the first unknown name, where it is nearly one of many choices; else nothing."""
    import difflib  # 10 ms, for a mistake only

    if len(option.choices) <= FEW:
        return ""
    for name in names:
        if isinstance(name, str) and name not in option.choices:
            longer = [choice for choice in option.choices if name and choice.startswith(name)]
            near = longer or difflib.get_close_matches(name, option.choices, n=1)
            return f"{clean(name)!r} is not known; did you mean {near[0]!r}?" if near else ""
    return ""


def _sizes(option: Option, text: str) -> Any:
    for mark in "×x,;()[]":
        text = text.replace(mark, " ")
    sizes = tuple(int(part) for part in text.split())
    if option.length is None and sizes:
        return sizes
    if option.pairs and len(sizes) == option.length:
        return tuple(zip(sizes[::2], sizes[1::2], strict=True))
    if len(sizes) not in (1, option.length // 2 if option.pairs and option.length else option.length):
        raise ValueError(text)
    return spread(option, sizes[0] if len(sizes) == 1 else sizes)


def spread(option: Option, value: Any) -> Any:
    """What is written short: one name of several, or as in Keras one number for all sizes, or for both of a pair."""
    if option.kind == "several" and isinstance(value, str):
        return (value,)
    if option.kind != "sizes":
        return value
    if option.length is None:
        return (value,) if type(value) is int else value
    if type(value) is int:
        value = (value,) * (option.length // 2 if option.pairs else option.length)
    if option.pairs and isinstance(value, tuple | list):
        return tuple((each, each) if type(each) is int else each for each in value)
    return value


def _switch(option: Option, text: str) -> bool:
    states = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}
    if text.lower() not in states:
        raise ValueError(text)
    return states[text.lower()]


def _text(option: Option, text: str) -> str:
    """Of one character that cannot be seen, its name is typed."""
    names = {name: mark for mark, name in INVISIBLE.items()} if option.length == 1 else {}
    return names.get(text.lower(), text)


def _choice(option: Option, text: str) -> str:
    if text not in option.choices:
        raise ValueError(text)
    return text


def _several(option: Option, text: str) -> tuple[str, ...]:
    """Names with commas or blanks between them."""
    return tuple(_choice(option, name) for name in text.replace(",", " ").split())


def _variant(option: Option, text: str) -> msgspec.Struct:
    if text not in option.variants:
        raise ValueError(text)
    return option.variants[text]()


def _layers(option: Option, text: str) -> Any:
    raise InputError(f"{option.label}: they are edited in the list of layers, below the one that holds them.")


def _number(option: Option, text: str) -> float:
    value = float(option.style.plain(text) if option.style else text.replace(",", "."))
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


_PARSERS: dict[Kind, Any] = {
    "integer": lambda option, text: int(text.replace("_", "").replace(" ", "")),
    "number": _number,
    "switch": _switch,
    "choice": _choice,
    "several": _several,
    "text": _text,
    "sizes": _sizes,
    "variant": _variant,
    "layers": _layers,
}


def stepped(option: Option, value: Any, by: int) -> Any:
    """The value one step further: the next choice, number or size; unchanged where there is none.

    Numbers without a step of their own are doubled or halved.
    """
    match option.kind:
        case "switch":
            return not value
        case "choice":
            return _next(option.choices, str(value), by)
        case "variant":
            names = (("none",) if option.optional else ()) + option.choices
            return parsed(option, _next(names, shown(value), by))
        case "integer" | "number" if value is not None:
            number = round(value + by * option.step, 10) if option.step else float(f"{value * 2.0**by:.10g}")
            return _within(option, number, value)
        case "sizes" if value is not None:
            return _resized(option, value, by)
    return value


def _resized(option: Option, value: Any, by: int) -> Any:
    """Each size one step further, in pairs or not."""
    if isinstance(value, tuple):
        return tuple(_resized(option, part, by) for part in value)
    size = max(option.smallest, value + by)
    return size if option.maximum is None else min(size, int(option.maximum))


def _next(names: tuple[str, ...], name: str, by: int) -> str:
    return names[(names.index(name) + by) % len(names)] if name in names else names[0]


def _within(option: Option, number: float, before: float) -> int | float:
    """`number`, or the limit it went beyond; `before` where that limit itself is not allowed."""
    low, high = option.minimum, option.maximum
    if low is not None and (number < low or (option.open_minimum and number == low)):
        number = before if option.open_minimum else low
    elif high is not None and (number > high or (option.open_maximum and number == high)):
        number = before if option.open_maximum else high
    return int(number) if option.kind == "integer" else float(number)
