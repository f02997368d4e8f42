"""TOML as project files have it: the same order and the same lines for the same content, so that files compare well.

tomli_w writes the values; where they stand is decided here, since it breaks short lists into lines and long tables into
either form, by their length.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import tomli_w

from asanai_tui.errors import InputError, clean

LONGEST_LINE = 120


def loads(text: str) -> dict[str, Any]:
    """The content of a document.

    Raises:
        InputError: not TOML (with line and column), or lists and tables in one another beyond what can be read.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML: {clean(error)}.") from error
    except RecursionError as error:
        raise InputError("its lists and tables lie in one another too deep to be read.") from error


def dumps(content: Mapping[str, Any]) -> str:
    """The text of a document: first a table's own values, then the tables in it, in the order of `content`.

    Keys are taken as they are, so they must be bare keys, as the names of options are. Tables that stand in an entry of
    a list ([[network]]) are short and are written on one line; lists of tables never are.
    """
    return "\n\n".join(_blocks(content)) + "\n"


def _blocks(content: Mapping[str, Any], name: str = "", entry: bool = False) -> Iterator[str]:
    """A table and those in it; `entry`: it is one of a list."""
    inner = {key for key, value in content.items() if _is_tables(value) or (isinstance(value, dict) and not entry)}
    lines = [f"[[{name}]]" if entry else f"[{name}]"] if name else []
    lines += [_line(key, value) for key, value in content.items() if key not in inner]
    if lines:
        yield "\n".join(lines)
    for key, value in content.items():
        if key in inner:
            for each in [value] if isinstance(value, dict) else value:
                yield from _blocks(each, f"{name}.{key}" if name else key, entry=not isinstance(value, dict))


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, dict) for item in value)


def _line(key: str, value: Any) -> str:
    """One line, or one for each item of a list that would be too long."""
    line = f"{key} = {_inline(value)}"
    if len(line) <= LONGEST_LINE or not isinstance(value, list | tuple):
        return line
    return "\n".join([f"{key} = [", *(f"    {_inline(item)}," for item in value), "]"])


def _inline(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_inline(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_inline(item)}' for key, item in value.items())} }}"
    return tomli_w.dumps({"value": value}).removeprefix("value = ").rstrip("\n")
