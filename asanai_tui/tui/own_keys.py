"""The user's own keys: a file in the settings folder, checked against the table of actions."""

import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, settings_folder
from asanai_tui.tui.actions import BY_ID, GROUPS, Scope, key_name, keys_of

USUAL = "the usual keys are in use"
MODIFIERS = {"ctrl", "shift", "alt", "super"}
NAMES = {key.value for key in Keys if "<" not in key.value and "+" not in key.value}
WORK: tuple[Scope, ...] = ("work", "training", "program")
TOGETHER: tuple[tuple[Scope, ...], ...] = (  # what is active at the same time
    ("layers", "list", "workbench", *WORK), ("options", "list", "workbench", *WORK), ("data", "list", *WORK),
    ("data", "list", "workbench", *WORK), ("list", "workbench", *WORK), ("list", *WORK),
    ("options", "list", "predict", *WORK), ("list", "predict", *WORK), ("network", "list", *WORK),
    ("options", "list", "pictures", *WORK), ("list", "pictures", *WORK), ("options", "list", "camera", *WORK),
    ("classes", "list", "pictures", *WORK),
    ("drawing", *WORK), ("options", "list", "augmentation", *WORK),
    ("options", "list", "live"), ("health", "list", *WORK), ("rate", *WORK),
    ("start", "list", "program"),
    ("list", "handbook", "program"),
)  # fmt: skip
# What has the focus is asked first: options are not scrolled sideways, and enter on a value edits it.
INNER_WINS = {
    ("option.less", "list.left"), ("option.more", "list.right"), ("option.edit", "predict.file"),
    ("option.back", "predict.back"), ("option.back", "camera.back"),
    ("option.back", "augmentation.back"), ("option.back", "live.back"), ("draw.undo", "edit.undo"),
}  # fmt: skip


def user_keys(path: Path | None = None) -> dict[str, str]:
    """The user's own keys, by action: `{"layer.add": "n,insert"}`, from `keys.toml` in the settings folder.

    Raises:
        InputError: the file is not TOML, names an unknown action or key, or gives a key to two actions.
    """
    path = path or settings_folder() / "keys.toml"
    try:
        found = {action_id: _checked(action_id, keys) for action_id, keys in _table(path).items()}
        if clash := conflict(found):
            raise InputError(
                f"{clash[0]} and {clash[1]} are both on {key_name(clash[2])}; give one of them another key"
            )
    except InputError as error:
        raise InputError(f"{clean(path)}: {error}; {USUAL}.") from error
    return found


def conflict(own: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Two actions that are active together on one key, and the key; None where every key has one meaning."""
    for scopes in TOGETHER:
        owners: dict[str, str] = {}
        for action in (action for scope in scopes for action in GROUPS[scope][1]):
            for key in keys_of(action.id, own):
                owner = owners.setdefault(key, action.id)
                if owner != action.id and (owner, action.id) not in INNER_WINS:
                    return owner, action.id, key
    return None


def normalised(keys: str) -> str:
    """Keys as Textual names them: `?` is `question_mark`; no blanks."""
    return ",".join(_named(key.strip()) for key in keys.split(",") if key.strip()) or "comma"


def _table(path: Path) -> dict[str, object]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(reason(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not valid TOML: {clean(error)}") from error
    keys = content.pop("keys", {})
    if content or not isinstance(keys, dict):
        raise InputError('expected a table [keys] with lines such as "layer.add" = "n"')
    return keys


def _checked(action_id: str, keys: object) -> str:
    if action_id not in BY_ID:
        hint = '; write the name in quotes, "layer.add"' if isinstance(keys, dict) else ", help lists them"
        raise InputError(f"no action is called {clean(action_id)!r}{hint}")
    if not isinstance(keys, str) or not keys.strip():
        raise InputError(f'{action_id} needs a key as text, such as "a" or "f2,n"')
    named = normalised(keys)
    for key in named.split(","):
        if not _is_key(key):
            raise InputError(f"{action_id}: no key is called {clean(key)!r}, but for example n, f2, insert or ctrl+n")
    return named


def _named(key: str) -> str:
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _is_key(key: str) -> bool:
    *modifiers, base = key.split("+")
    known = len(base) == 1 or base in NAMES or (base.islower() and key_to_character(base) is not None)
    return known and MODIFIERS.issuperset(modifiers)
