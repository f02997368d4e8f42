"""Plain data, as files hold it, to structs and back; what is wrong is said with its place."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.options import Option, options_of
from asanai_tui.values import meant_by, shown, spread

StructType = TypeVar("StructType", bound=msgspec.Struct)
FEW = 20  # names that can be listed in a sentence


def decoded(content: Mapping[str, Any], cls: type[StructType], place: str = "") -> StructType:
    """A struct from plain data; sentences begin with `place`.

    Values may be written short: a variant by its name alone, one number for several sizes.

    Raises:
        InputError: an option is unknown, absent, out of range or of the wrong type.
    """
    options = {option.name: option for option in options_of(cls)}
    _check_names(content, cls, options, place)
    full = {key: _full(options[key], value, place) if key in options else value for key, value in content.items()}
    try:
        return msgspec.convert(
            full, cls, dec_hook=lambda kind, value: value if isinstance(value, kind) else kind.decoded(value, place)
        )
    except msgspec.ValidationError as error:
        raise InputError(_wrong_value(str(error), full, options, place)) from error


def checked(struct: StructType, **changes: Any) -> StructType:
    """A copy of `struct` with `changes`, every one checked against its option.

    Raises:
        InputError: a value is out of range or of the wrong type; the sentence names the option.
    """
    return decoded({**msgspec.structs.asdict(struct), **plain(changes)}, type(struct))


def with_value(struct: StructType, path: tuple[str, ...], value: Any) -> StructType:
    """A copy of `struct` with the option at `path` set.

    Raises:
        InputError: the value is out of range or of the wrong type.
    """
    name, *rest = path
    if rest:
        value = with_value(getattr(struct, name), tuple(rest), value)
    return checked(struct, **{name: value})


def plain(value: Any) -> Any:
    """Plain data of structs; types that are none say with `encoded` what stands for them, and with `decoded` back."""
    return msgspec.to_builtins(value, enc_hook=lambda held: held.encoded())


def hint(wrong: str, known: Collection[str]) -> str:
    """How a sentence about an unknown name ends: with the name that was meant, or with the few that there are."""
    import difflib  # 10 ms, for a mistake only

    if near := difflib.get_close_matches(wrong, known, n=1):
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(known)}." if len(known) <= FEW else "."


def sentence(message: str, place: str = "") -> str:
    """msgspec's message as one sentence that begins with the place."""
    what, _, where = message.partition(" - at ")
    path = where.strip("`").removeprefix("$").removeprefix(".")
    full = ", ".join(part for part in (place, path) if part)
    what = what.replace("`", "")
    what = what[0].lower() + what[1:]
    return clean(f"{full}: {what}." if full else f"{what}.", 400)


def _check_names(
    content: Mapping[str, Any], cls: type[msgspec.Struct], options: Mapping[str, Option], place: str
) -> None:
    """Raises: InputError: an option is unknown, or one without a default is absent."""
    start = f"{place}: " if place else ""
    for key in content:
        if key not in options and key != cls.__struct_config__.tag_field:
            raise InputError(f"{start}no option is called {clean(key)!r}{hint(key, options)}")
    for option in options.values():
        if option.required and option.name not in content:
            raise InputError(f"{start}{option.name} is missing; it takes {option.expectation}.")


def _full(option: Option, value: Any, place: str) -> Any:
    """A value in full: what is written short is spread, what holds options of its own becomes its struct."""
    match option.kind:
        case "variant" if isinstance(value, str | dict):
            return _variant(option, {"name": value} if isinstance(value, str) else value, _within(place, option.label))
        case "group" if isinstance(value, dict) and option.member:
            return decoded(value, option.member, _within(place, option.label))
        case "tables" if isinstance(value, list) and option.member:
            one = option.label.removesuffix("s")
            places = (_within(place, f"{one} {number}") for number in range(1, len(value) + 1))
            return [_member(option.member, item, where) for item, where in zip(value, places, strict=True)]
    return spread(option, value)


def _variant(option: Option, content: Mapping[str, Any], place: str) -> msgspec.Struct:
    name = content.get("name")
    if name is None:
        raise InputError(f"{place}: its name is missing; there are {', '.join(option.choices)}.")
    if name not in option.choices:
        kind = option.name.rpartition("_")[2]
        raise InputError(f"{place}: no {kind} is called {clean(name)!r}{hint(str(name), option.choices)}")
    return decoded(content, option.variants[name], f"{place} {name}")


def _member(cls: type[msgspec.Struct], content: Any, place: str) -> msgspec.Struct:
    """One of the tables in a list, whose name is part of its place."""
    if isinstance(content, cls):
        return content
    if not isinstance(content, dict):
        raise InputError(f"{place}: expected a table of its options, not {_given(content)}.")
    name = content.get("name")
    return decoded(content, cls, f"{place} ({clean(name, 60)})" if isinstance(name, str) else place)


def _within(place: str, name: str) -> str:
    return f"{place}, {name}" if place else name


def _wrong_value(message: str, content: Mapping[str, Any], options: Mapping[str, Option], place: str) -> str:
    """What the option that is wrong takes, and what was given."""
    name = message.partition(" - at ")[2].strip("`").removeprefix("$.").partition("[")[0]
    if name not in options or name not in content:
        return sentence(message, place)
    where, given = _within(place, options[name].label), content[name]
    if meant := meant_by(options[name], given if isinstance(given, list | tuple) else [given]):
        return f"{where}: {meant}"
    return clean(f"{where}: expected {options[name].expectation}, not {_given(given)}.", 400)


def _given(value: Any) -> str:
    return repr(value) if isinstance(value, str) else shown(tuple(value) if isinstance(value, list) else value)
