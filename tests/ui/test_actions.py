"""The one table of actions: unique, without clashes, shown in help and palette, and open to the user's own keys."""

from pathlib import Path

import pytest
from textual.dom import DOMNode

from asanai_tui.errors import InputError
from asanai_tui.tui import palette
from asanai_tui.tui.actions import BY_ID, GROUPS, Scope, bindings, hint, key_name, keys_of
from asanai_tui.tui.own_keys import INNER_WINS, TOGETHER, conflict, normalised, user_keys
from asanai_tui.tui.screens.help import first_steps, help_rows
from asanai_tui.tui.screens.pick import PickRows
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.layer_list import LayerList
from tests.ui.driving import Desk, desk


def keys_file(home: Path, text: str) -> Path:
    path = home / "settings" / "keys.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def resolved(node: DOMNode, method: str) -> bool:
    """Whether `method`, as a binding of `node` names it, exists."""
    name = method.partition("(")[0]
    owner, _, bare = name.rpartition(".")
    target = {"app": node.app, "screen": node.screen, "": node}[owner]
    return hasattr(target, f"action_{bare}")


def test_ids_are_unique() -> None:
    assert len(BY_ID) == sum(len(actions) for _, actions in GROUPS.values())


@pytest.mark.parametrize("scopes", TOGETHER, ids="+".join)
def test_no_key_has_two_meanings(scopes: tuple[Scope, ...]) -> None:
    owners: dict[str, str] = {}
    for scope in scopes:
        for action in GROUPS[scope][1]:
            for key in action.keys.split(","):
                if (owners.get(key), action.id) not in INNER_WINS:
                    assert key not in owners, f"{key}: {owners[key]} and {action.id}"
                    owners[key] = action.id


def test_every_action_explains_itself_and_needs_no_odd_key() -> None:
    for action in BY_ID.values():
        assert action.help.endswith("."), action.id
        assert len(action.label) <= 16, action.id
        first = action.keys.split(",")[0]
        assert "alt" not in first, action.id
        assert "ctrl" not in first, action.id
        assert "super" not in first, action.id


def test_bindings_carry_the_ids_that_own_keys_go_by() -> None:
    for scope, (_, actions) in GROUPS.items():
        assert [getattr(binding, "id", None) for binding in bindings(scope)] == [action.id for action in actions]


def test_help_lists_every_action_with_its_keys() -> None:
    rows = {row.key: "".join(part.text for part in (*row.left, *row.right)) for row in help_rows({}, 100) if row.key}
    assert list(rows) == [action.id for _, actions in GROUPS.values() for action in actions]
    for action_id, text in rows.items():
        assert all(key_name(key) in text for key in keys_of(action_id, {}))
        assert BY_ID[action_id].help in text
    own = {row.key: row.left[0].text for row in help_rows({"layer.add": "f2,n"}, 100) if row.key}
    assert own["layer.add"].split() == ["f2", "n"]


def test_hint_shows_own_keys() -> None:
    assert hint(("layer.add", "program.help"), {}) == "a add · ? help"
    assert hint(("layer.add", "program.help"), {"layer.add": "f2,n"}) == "f2 add · ? help"


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("n", "n"),
        ("n, insert", "n,insert"),
        ("?", "question_mark"),
        ("+,-", "plus,minus"),
        ("$", "dollar_sign"),
        (",", "comma"),
        ("D", "D"),
    ],
)
def test_keys_as_people_write_them(typed: str, named: str) -> None:
    assert normalised(typed) == named


def test_no_key_file_is_no_own_key(home: Path) -> None:
    assert user_keys() == {}
    keys_file(home, "")
    assert user_keys() == {}
    keys_file(home, "[keys]\n")
    assert user_keys() == {}


def test_key_file(home: Path) -> None:
    keys_file(home, '[keys]\n"layer.add" = "n, insert"\n"program.help" = "?"\n')
    assert user_keys() == {"layer.add": "n,insert", "program.help": "question_mark"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys\n", "not valid TOML: .*line 1"),
        ('[keys]\n"layer.ad" = "n"\n', "no action is called 'layer.ad'"),
        ('[keys]\nlayer.add = "n"\n', "no action is called 'layer'; write the name in quotes"),
        ('[keys]\n"layer.add" = 5\n', 'layer.add needs a key as text, such as "a"'),
        ('[keys]\n"layer.add" = " "\n', "layer.add needs a key as text"),
        ('"layer.add" = "n"\n', r"expected a table \[keys\]"),
        ("keys = 5\n", r"expected a table \[keys\]"),
        ("[[keys]]\n", r"expected a table \[keys\]"),
        ('[keys]\n"\\u001b[2J" = "n"\n', "no action is called '�"),
        ('[keys]\n"layer.add" = "notakey"\n', "layer.add: no key is called 'notakey'"),
        ('[keys]\n"layer.add" = "n,Enter"\n', "layer.add: no key is called 'Enter'"),
        ('[keys]\n"layer.add" = "hyperspace+n"\n', "no key is called"),
        ('[keys]\n"layer.add" = "n"\n"file.save" = "n"\n', "layer.add and file.save are both on n; give one of them"),
        ('[keys]\n"layer.add" = "t"\n', "layer.add and training.toggle are both on t"),
        ('[keys]\n"start.path" = "d"\n', "start.discard and start.path are both on d"),
        ('[keys]\n"view.predict" = "?"\n', r"view.predict and program.help are both on \?"),
    ],
)
def test_key_file_that_is_wrong_is_a_sentence(home: Path, text: str, said: str) -> None:
    path = keys_file(home, text)
    with pytest.raises(InputError, match=said) as caught:
        user_keys()
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).endswith("; the usual keys are in use.")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("keys", ["f2", "ctrl+n", "insert", "ctrl+shift+up", "Z", "é", "$", "space", "shift+tab"])
def test_keys_that_there_are(home: Path, keys: str) -> None:
    keys_file(home, f'[keys]\n"layer.add" = "{keys}"\n"view.previous" = "f9"\n"layer.mark" = "f8"\n')
    assert user_keys()["layer.add"] == normalised(keys)


def test_keys_may_be_exchanged(home: Path) -> None:
    keys_file(home, '[keys]\n"layer.add" = "d"\n"layer.delete" = "a"\n')
    assert user_keys() == {"layer.add": "d", "layer.delete": "a"}
    assert conflict({}) is None
    assert conflict({"layer.add": "d"}) == ("layer.add", "layer.delete", "d")


def test_first_steps_name_the_keys_there_are(home: Path) -> None:
    own = {"training.toggle": "f5", "view.predict": "f6", "view.next": "f7", "layer.add": "f8,n", "layer.delete": "del",
           "layer.options": "o", "edit.undo": "ctrl+z"}  # fmt: skip
    text = " ".join(first_steps(own))
    assert "f5 starts training and the curves run; f5 again stops it. The model is kept, and f6 asks it." in text
    assert "f7 goes from pane to pane. In the layers f8 adds one, del deletes one, and o leads" in text
    assert "ctrl+z takes back any edit" in text
    assert "t starts training" in " ".join(first_steps({}))
    lines = ["".join(part.text for part in row.left) for row in help_rows(own, 100)]
    assert lines[0].startswith("f5 starts")


def test_key_file_that_is_no_text(home: Path) -> None:
    keys_file(home, "").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError) as told:
        user_keys()
    assert "not valid TOML" in str(told.value)
    (home / "settings" / "keys.toml").unlink()
    (home / "settings" / "keys.toml").mkdir()
    with pytest.raises(InputError) as told:
        user_keys()
    assert "is a directory; the usual keys are in use" in str(told.value)


async def test_own_keys_work_and_are_shown_and_the_usual_one_is_free(samples: Path, home: Path) -> None:
    keys_file(
        home, '[keys]\n"layer.duplicate" = "f2,f6"\n"edit.undo" = "f3"\n"layer.delete" = "a"\n"layer.add" = "d"\n'
    )
    async with desk(samples / "iris") as each:
        await each.press("f2", "f6")
        assert len(each.layers) == 5
        await each.press("D")
        assert len(each.layers) == 5
        await each.press("u")
        assert len(each.layers) == 5
        await each.press("f3")
        assert len(each.layers) == 4
        await each.press("a")  # exchanged with d
        assert len(each.layers) == 3
        await each.press("d", "enter")
        assert len(each.layers) == 4
        bar = each.text_of(each.one(KeyBar))
        assert " f3 undo" in bar
        assert " a delete" in bar
        assert "f2 duplicate" in (each.one(LayerList).border_subtitle or "")


async def test_key_with_two_meanings_is_told_and_the_usual_keys_stay(samples: Path, home: Path) -> None:
    keys_file(home, '[keys]\n"layer.duplicate" = "n"\n"file.save" = "n"\n')
    async with desk(samples / "iris") as each:
        assert "layer.duplicate and file.save are both on n" in each.said[0]
        await each.press("n")
        assert len(each.layers) == 3
        await each.press("D")
        assert len(each.layers) == 4


async def test_sentences_name_own_keys(samples: Path, home: Path) -> None:
    keys_file(home, '[keys]\n"layer.paste" = "f9"\n"training.toggle" = "f7"\n')
    async with desk(samples / "iris") as each:
        await each.press("y")
        assert each.said[-1] == "Copied 1 layer; f9 puts them in, here or in another project."
        await each.press("4")
        await each.until_shown("yet: f7 trains")
        assert "f7 train" in each.text_of(each.one(KeyBar))


async def test_start_screen_says_own_keys(home: Path) -> None:
    keys_file(home, '[keys]\n"start.train" = "f7"\n"start.path" = "f6"\n')
    async with desk() as each:
        assert "f7 opens and trains" in each.text
        assert "nothing yet; f6 or tab types a path" in each.text
        await each.press("f7")
        await each.until(lambda: each.app.session is not None)
        await each.press("t")
        await each.until_ended()


async def test_wrong_key_file_leaves_the_usual_keys(samples: Path, home: Path) -> None:
    keys_file(home, '[keys]\n"layer.ad" = "n"\n')
    async with desk(samples / "iris") as each:
        assert "no action is called 'layer.ad'" in each.said[0]
        await each.press("D")
        assert len(each.layers) == 4


async def test_every_binding_and_every_palette_entry_leads_somewhere(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        for key in ("1", "N", "8", "2", "3", "4", "o"):
            await each.press(key)
            for command in palette.commands(each.app.screen, {}):
                assert resolved(command.target, command.action.method), f"{each.screen}: {command.action.id}"
            for active in each.app.screen.active_bindings.values():
                if active.binding.id in BY_ID:
                    assert resolved(active.node, active.binding.action), f"{each.screen}: {active.binding.id}"


async def found_in_palette(each: Desk, text: str) -> str:
    await each.press("colon")
    await each.write(text)
    return each.text_of(each.one(PickRows))


async def test_palette_finds_actions_and_does_them(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        assert "Layers: duplicate" in await found_in_palette(each, "dupl")
        await each.press("enter")
        assert len(each.layers) == 4
        await found_in_palette(each, "undo")
        await each.press("enter")
        assert len(each.layers) == 3
        await found_in_palette(each, "predict")
        await each.press("enter")
        assert each.screen == "PredictScreen"
        await each.press("ctrl+p", "escape")
        assert each.screen == "PredictScreen"


async def test_help_opens_everywhere_and_leads_back(samples: Path) -> None:
    async with desk(samples / "iris", size=(80, 24)) as each:
        first = {"1": "layer.add", "N": "network.", "2": "data.role", "4": "predict."}
        for key in ("1", "N", "8", "2", "3", "4", "o"):
            await each.press(key)
            screen, focus = each.screen, each.focus
            await each.press("question_mark")
            assert each.screen == "HelpScreen"
            assert first.get(key, "") in each.text
            await each.press("end")
            assert "keys.toml" in each.text
            await each.press("escape")
            assert (each.screen, each.focus) == (screen, focus)
