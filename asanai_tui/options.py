"""Options as data: every struct of the document says of each field its range, help and mode; forms derive from that."""

import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import msgspec

from asanai_tui.errors import counted
from asanai_tui.number_style import NumberStyle

Mode = Literal["beginner", "expert"]
Kind = Literal[
    "integer", "number", "switch", "choice", "several", "text", "texts", "sizes", "variant", "group", "tables",
    "layers", "other",
]  # fmt: skip
LISTED, FIRST = 30, 7  # choices that a sentence can list, and how many it lists of more
_WANTED: dict[Kind, str] = {
    "integer": "a whole number",
    "number": "a number",
    "switch": "on or off",
    "text": "text",
    "texts": "a list of texts",
    "sizes": "whole numbers such as 3 3",
    "group": "a table of its options",
    "tables": "a list of tables",
    "layers": "a list of layers",
    "other": "something else",
}


def option(
    description: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    min_length: int | None = None,
    step: float | None = None,
    mode: Mode = "beginner",
    label: str = "",
    style: NumberStyle | None = None,
) -> msgspec.Meta:
    """What a field may hold, for `Annotated`: help line, range, step of the arrow keys, beginner or expert.

    `label` is what forms call it where that is not the field's name; `style` is how a number is typed, where a table
    says so.
    """
    limits: dict[str, Any] = {"ge": ge, "gt": gt, "le": le, "lt": lt, "min_length": min_length}
    return msgspec.Meta(
        description=description, extra={"step": step, "mode": mode, "label": label, "style": style}, **limits
    )


def seed_option(description: str) -> msgspec.Meta:
    """A number that fixes what is drawn at random, for those who know why; for fields that may be none."""
    return option(description, ge=0, le=2**31 - 1, step=1, mode="expert")


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
    member: type[msgspec.Struct] | None = None  # of a group, or each of tables
    length: int | None = None  # of sizes, or the most characters of a text; None: any number of them
    pairs: bool = False  # sizes that stand two by two: ((1, 2), (3, 4))
    label: str = ""
    required: bool = False  # there is no default
    style: NumberStyle | None = None  # how a number is typed; None: with a point or a comma before the fraction

    @property
    def expectation(self) -> str:
        """What it takes, in words: `a whole number, 1…4,096`."""
        if self.kind in ("choice", "variant"):
            return f"one of {_listed(self.choices)}"
        if self.kind == "several":
            return f"one or more of {_listed(self.choices)}"
        wanted = _WANTED[self.kind]
        if self.kind == "text" and self.length:
            return f"text of {counted(self.length, 'character')}"
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


@cache
def options_of(cls: type[msgspec.Struct]) -> tuple[Option, ...]:
    """The options of a struct class: those for beginners, then the others, each in the order they are written."""
    hints = typing.get_type_hints(cls, include_extras=True)
    options = [_option(field, hints[field.name]) for field in msgspec.structs.fields(cls)]
    return tuple(sorted(options, key=lambda each: each.mode == "expert"))


_SAID = ("description", "ge", "gt", "le", "lt", "max_length", "extra")


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
        style=extra.get("style"),
        label=extra.get("label") or field.name,
        optional=optional,
        required=field.required,
        **{**limits, **_kind(hint, meta)},
    )


def _listed(choices: tuple[str, ...]) -> str:
    """All of them, or of more than a sentence holds the first."""
    if len(choices) <= LISTED:
        return ", ".join(choices)
    return f"{', '.join(choices[:FIRST])} and {len(choices) - FIRST} more"


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


def _kind(hint: Any, meta: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(hint, type) and hasattr(hint, "decoded"):
        return {"kind": "layers"}
    if hint is str:
        return {"kind": "text", "length": meta.get("max_length")}
    simple: dict[Any, Kind] = {int: "integer", float: "number", bool: "switch"}
    if hint in simple:
        return {"kind": simple[hint]}
    if get_origin(hint) is Literal:
        return {"kind": "choice", "choices": tuple(str(choice) for choice in get_args(hint))}
    if get_origin(hint) is tuple and get_args(hint)[-1] is Ellipsis:
        return _list_kind(get_args(hint)[0])
    if get_origin(hint) is tuple and _unwrapped(get_args(hint)[0])[1] is int:
        members = get_args(hint)
        return {"kind": "sizes", "length": len(members), **_limits(members[0])}
    if get_origin(hint) is tuple and all(_is_pair(member) for member in get_args(hint)):
        members = get_args(hint)
        return {"kind": "sizes", "length": 2 * len(members), "pairs": True, **_limits(get_args(members[0])[0])}
    structs = get_args(hint) if get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    if all(isinstance(member, type) and issubclass(member, msgspec.Struct) for member in structs):
        tagged = {member.__struct_config__.tag: member for member in structs if member.__struct_config__.tag}
        if tagged:
            return {"kind": "variant", "variants": tagged, "choices": tuple(tagged)}
        return {"kind": "group", "member": structs[0]}
    return {"kind": "other"}


def _list_kind(member: Any) -> dict[str, Any]:
    """Of a tuple of any length."""
    if member is str:
        return {"kind": "texts"}
    if get_origin(member) is Literal:
        return {"kind": "several", "choices": tuple(str(choice) for choice in get_args(member))}
    if isinstance(member, type) and issubclass(member, msgspec.Struct):
        return {"kind": "tables", "member": member}
    if _unwrapped(member)[1] is int:
        return {"kind": "sizes", **_limits(member)}
    return {"kind": "other"}


def _limits(hint: Any) -> dict[str, Any]:
    """What the numbers in sizes may be."""
    said, _ = _unwrapped(hint)
    return {"minimum": said.get("ge"), "maximum": said.get("le")}


def _is_pair(hint: Any) -> bool:
    return get_origin(hint) is tuple and [_unwrapped(member)[1] for member in get_args(hint)] == [int, int]
