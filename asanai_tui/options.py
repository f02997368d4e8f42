"""Options as data: every struct of the document says of each field its range, help and mode; forms derive from that."""

import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import msgspec

from asanai_tui.errors import InputError, clean, counted

Mode = Literal["beginner", "expert"]
Kind = Literal["integer", "number", "switch", "choice", "text", "sizes", "variant", "group", "layers", "other"]
StructType = TypeVar("StructType", bound=msgspec.Struct)


def option(
    description: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    step: float | None = None,
    mode: Mode = "beginner",
    label: str = "",
) -> msgspec.Meta:
    """What a field may hold, for `Annotated`: help line, range, step of the arrow keys, beginner or expert.

    `label` is what forms call it where that is not the field's name.
    """
    limits: dict[str, Any] = {"ge": ge, "gt": gt, "le": le, "lt": lt}
    return msgspec.Meta(description=description, extra={"step": step, "mode": mode, "label": label}, **limits)


class Option(NamedTuple):
    """One field of a struct as a form shows it."""

    name: str
    kind: Kind
    default: Any
    help: str
    mode: Mode
    minimum: float | None = None
    maximum: float | None = None
    open_minimum: bool = False  # the minimum itself is not allowed
    open_maximum: bool = False
    step: float | None = None
    optional: bool = False  # may be none
    choices: tuple[str, ...] = ()
    variants: Mapping[str, type[msgspec.Struct]] = types.MappingProxyType({})
    length: int | None = None  # of sizes; None: any number of them
    pairs: bool = False  # sizes that stand two by two: ((1, 2), (3, 4))
    label: str = ""

    @property
    def expectation(self) -> str:
        """What it takes, in words: `a whole number, 1…4,096`."""
        if self.kind in ("choice", "variant"):
            return f"one of {', '.join(self.choices)}"
        wanted = _WANTED[self.kind]
        if self.kind == "sizes" and self.length:
            numbers = counted(self.length, "whole number")
            several = f"{self.length // 2} pairs of whole numbers" if self.pairs else numbers
            return f"{several} from {self.smallest}"
        return f"{wanted}, {self.range}" if self.range and self.kind != "sizes" else wanted

    @property
    def smallest(self) -> int:
        """Of sizes: the smallest that is a size; a -1 that stands for one to be worked out does not count."""
        return 0 if self.minimum == 0 else 1

    @property
    def range(self) -> str:
        """`1…4,096`, `from 0, below 1`, `above 0`, or nothing."""
        low = "" if self.minimum is None else f"{self.minimum:,.10g}"
        high = "" if self.maximum is None else f"{self.maximum:,.10g}"
        if low and high and not (self.open_minimum or self.open_maximum):
            return f"{low}…{high}"
        lower = f"{'above' if self.open_minimum else 'from'} {low}" if low else ""
        upper = f"{'below' if self.open_maximum else 'up to'} {high}" if high else ""
        return ", ".join(part for part in (lower, upper) if part)


class Field(NamedTuple):
    """An option in a place: its path from the outer struct, and the value there."""

    path: tuple[str, ...]
    option: Option
    value: Any

    @property
    def name(self) -> str:
        """What a form calls it."""
        return self.option.label or self.path[-1]


def fields_of(struct: msgspec.Struct) -> tuple[Field, ...]:
    """All options of a struct that explain themselves, those of inner structs behind the one that holds them."""
    fields: list[Field] = []
    for each in options_of(type(struct)):
        value = getattr(struct, each.name)
        if each.help:
            fields.append(Field((each.name,), each, value))
        if each.kind in ("group", "variant") and isinstance(value, msgspec.Struct):
            fields += [Field((each.name, *inner.path), inner.option, inner.value) for inner in fields_of(value)]
    return tuple(fields)


def with_value(struct: StructType, path: tuple[str, ...], value: Any) -> StructType:
    """A copy of `struct` with the option at `path` set.

    Raises:
        InputError: the value is out of range or of the wrong type.
    """
    name, *rest = path
    if rest:
        value = with_value(getattr(struct, name), tuple(rest), value)
    return checked(struct, **{name: value})


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


@cache
def options_of(cls: type[msgspec.Struct]) -> tuple[Option, ...]:
    """The options of a struct class, in the order they are written."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(_option(field, hints[field.name]) for field in msgspec.structs.fields(cls))


def checked(struct: StructType, **changes: Any) -> StructType:
    """A copy of `struct` with `changes`, every value checked against its option.

    Raises:
        InputError: a value is out of range or of the wrong type; the sentence names the option.
    """
    content = {**plain(struct), **plain(changes)}
    return decoded(content, type(struct))


def decoded(content: Mapping[str, Any], cls: type[StructType], place: str = "") -> StructType:
    """A struct from plain data, with the place in the sentence when something is wrong."""
    try:
        return msgspec.convert(content, cls, dec_hook=lambda kind, value: kind.decoded(value, place))
    except msgspec.ValidationError as error:
        raise InputError(_expectation(str(error), content, cls, place) or sentence(str(error), place)) from error


def plain(value: Any) -> Any:
    """Plain data of structs; types that are none say with `encoded` what stands for them, and with `decoded` back."""
    return msgspec.to_builtins(value, enc_hook=lambda held: held.encoded())


def _expectation(message: str, content: Mapping[str, Any], cls: type[msgspec.Struct], place: str) -> str:
    """What the option that is wrong takes; nothing where the message is about something else."""
    name = message.partition(" - at ")[2].strip("`").removeprefix("$.").partition("[")[0]
    found = next((each for each in options_of(cls) if each.name == name), None)
    if found is None or found.kind not in _WANTED or found.kind == "variant" or name not in content:
        return ""
    where = ", ".join(part for part in (place, found.label) if part)
    return clean(f"{where}: expected {found.expectation}, not {_given(content[name])}.", 400)


def _given(value: Any) -> str:
    return repr(value) if isinstance(value, str) else shown(tuple(value) if isinstance(value, list) else value)


def sentence(message: str, place: str = "") -> str:
    """msgspec's message as one sentence that begins with the place."""
    what, _, where = message.partition(" - at ")
    path = where.strip("`").removeprefix("$").removeprefix(".")
    full = ", ".join(part for part in (place, path) if part)
    what = what.replace("`", "")
    what = what[0].lower() + what[1:]
    return clean(f"{full}: {what}." if full else f"{what}.", 400)


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
        raise InputError(f"{option.label}: expected {option.expectation}, not {clean(text) or 'nothing'!r}.") from error


def shown(value: Any) -> str:
    """A value as a form shows it."""
    match value:
        case None:
            return "none"
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case tuple():
            return " × ".join(shown(item) for item in value) or "none"
        case msgspec.Struct():
            return str(value.__struct_config__.tag)
        case _:
            return clean(value)


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
    """Sizes written short, as Keras allows: one number stands for all of them, or for both of a pair."""
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


def _choice(option: Option, text: str) -> str:
    if text not in option.choices:
        raise ValueError(text)
    return text


def _variant(option: Option, text: str) -> msgspec.Struct:
    if text not in option.variants:
        raise ValueError(text)
    return option.variants[text]()


def _layers(option: Option, text: str) -> Any:
    raise InputError(f"{option.label}: write them in the project file, as tables under the layer that holds them.")


def _number(option: Option, text: str) -> float:
    value = float(text.replace(",", "."))
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


_PARSERS: dict[Kind, Any] = {
    "integer": lambda option, text: int(text.replace("_", "").replace(" ", "")),
    "number": _number,
    "switch": _switch,
    "choice": _choice,
    "text": lambda option, text: text,
    "sizes": _sizes,
    "variant": _variant,
    "layers": _layers,
}
_WANTED: dict[Kind, str] = {
    "integer": "a whole number",
    "number": "a number",
    "switch": "on or off",
    "choice": "one of its choices",
    "text": "text",
    "sizes": "whole numbers such as 3 3",
    "variant": "one of its choices",
}


_SAID = ("description", "ge", "gt", "le", "lt", "extra")


def _option(field: msgspec.structs.FieldInfo, hint: Any) -> Option:
    meta, hint = _unwrapped(hint)
    hint, optional = _without_none(hint)
    inner, hint = _unwrapped(hint)
    meta = {**inner, **meta}
    extra = meta.get("extra", {})
    limits = {"minimum": meta.get("ge", meta.get("gt")), "maximum": meta.get("le", meta.get("lt"))}
    return Option(
        name=field.name,
        default=None if field.default is msgspec.NODEFAULT else field.default,
        help=meta.get("description", ""),
        mode=extra.get("mode", "beginner"),
        open_minimum="gt" in meta,
        open_maximum="lt" in meta,
        step=extra.get("step"),
        label=extra.get("label") or field.name,
        optional=optional,
        **{**limits, **_kind(hint)},
    )


def _unwrapped(hint: Any) -> tuple[dict[str, Any], Any]:
    """What the annotations of a type say together, later ones over earlier ones, and the type itself."""
    if get_origin(hint) is not Annotated:
        return {}, hint
    inner, *metas = get_args(hint)
    said = {}
    for meta in metas:
        said.update({name: getattr(meta, name) for name in _SAID if getattr(meta, name, None) is not None})
    return said, inner


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (typing.Union, types.UnionType):
        return hint, False
    members = [member for member in get_args(hint) if member is not type(None)]
    optional = len(members) < len(get_args(hint))
    return (members[0] if len(members) == 1 else typing.Union[tuple(members)]), optional  # noqa: UP007


def _kind(hint: Any) -> dict[str, Any]:
    if isinstance(hint, type) and hasattr(hint, "decoded"):
        return {"kind": "layers"}
    simple: dict[Any, Kind] = {int: "integer", float: "number", bool: "switch", str: "text"}
    if hint in simple:
        return {"kind": simple[hint]}
    if get_origin(hint) is Literal:
        return {"kind": "choice", "choices": tuple(str(choice) for choice in get_args(hint))}
    if get_origin(hint) is tuple and _unwrapped(get_args(hint)[0])[1] is int:
        members = get_args(hint)
        return {"kind": "sizes", "length": None if members[-1] is Ellipsis else len(members), **_limits(members[0])}
    if get_origin(hint) is tuple and all(_is_pair(member) for member in get_args(hint)):
        members = get_args(hint)
        return {"kind": "sizes", "length": 2 * len(members), "pairs": True, **_limits(get_args(members[0])[0])}
    structs = get_args(hint) if get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    if all(isinstance(member, type) and issubclass(member, msgspec.Struct) for member in structs):
        tagged = {member.__struct_config__.tag: member for member in structs if member.__struct_config__.tag}
        if tagged:
            return {"kind": "variant", "variants": tagged, "choices": tuple(tagged)}
        return {"kind": "group"}
    return {"kind": "other"}


def _limits(hint: Any) -> dict[str, Any]:
    """What the numbers in sizes may be."""
    said, _ = _unwrapped(hint)
    return {"minimum": said.get("ge"), "maximum": said.get("le")}


def _is_pair(hint: Any) -> bool:
    return get_origin(hint) is tuple and [_unwrapped(member)[1] for member in get_args(hint)] == [int, int]
