"""Undo, redo and saving: every edit can be taken back exactly, and nothing else changes."""

from pathlib import Path

import msgspec
import pytest

from asanai_tui import editing
from asanai_tui import project as projects
from asanai_tui.editing import Document
from asanai_tui.errors import InputError
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.project import Project


@pytest.fixture
def iris(samples: Path) -> Project:
    return projects.load(samples / "iris" / "project.toml")


def with_units(project: Project, units: int) -> Project:
    network = project.network.replaced(0, Dense(units=units, activation="relu"))
    return msgspec.structs.replace(project, network=network)


def test_undo_and_redo_restore_exactly(iris: Project) -> None:
    document = Document(iris)
    states = [iris]
    for layers in (iris.network.inserted(1, Dropout()), iris.network.removed(0), iris.network.moved(0, 1)):
        states.append(msgspec.structs.replace(iris, network=layers))
        assert document.apply(states[-1], f"edit {len(states)}")
    for state in states[-2::-1]:
        assert document.undo()
        assert document.project == state
    assert document.undo() is None
    for state in states[1:]:
        assert document.redo()
        assert document.project == state
    assert document.redo() is None


def test_labels_name_the_edit_that_is_undone_and_redone(iris: Project) -> None:
    document = Document(iris)
    document.apply(with_units(iris, 5), "five")
    document.apply(with_units(iris, 6), "six")
    assert (document.undo(), document.undo(), document.redo(), document.redo()) == ("six", "five", "five", "six")


def test_no_change_is_no_step(iris: Project) -> None:
    document = Document(iris)
    assert not document.apply(with_units(iris, 16), "the same again")
    assert document.undo() is None


def test_an_edit_after_undo_forgets_what_was_undone(iris: Project) -> None:
    document = Document(iris)
    document.apply(with_units(iris, 5), "five")
    document.undo()
    document.apply(with_units(iris, 6), "six")
    assert document.redo() is None
    assert document.undo() == "six"
    assert document.project == iris


def test_keystrokes_of_one_edit_are_one_step_named_after_the_last(iris: Project) -> None:
    document = Document(iris)
    document.apply(with_units(iris, 1), "units 1", "typing")
    document.apply(with_units(iris, 12), "units 12", "typing")
    document.apply(with_units(iris, 128), "units 128", "typing")
    assert document.undo() == "units 128"
    assert document.project == iris
    assert document.redo() == "units 128"
    assert document.project == with_units(iris, 128)


@pytest.mark.parametrize("between", ["other", ""])
def test_other_edits_end_the_merging(iris: Project, between: str) -> None:
    document = Document(iris)
    document.apply(with_units(iris, 1), "1", "typing")
    document.apply(with_units(iris, 2), "2", between)
    document.apply(with_units(iris, 3), "3", "typing")
    assert [document.undo(), document.undo(), document.undo(), document.undo()] == ["3", "2", "1", None]


def test_undo_ends_the_merging(iris: Project) -> None:
    document = Document(iris)
    document.apply(with_units(iris, 1), "1", "typing")
    document.undo()
    document.apply(with_units(iris, 2), "2", "typing")
    assert document.undo() == "2"
    assert document.project == iris


def test_merged_edits_that_lead_back_leave_no_step(iris: Project) -> None:
    """Typing a value and then escape: nothing happened."""
    document = Document(iris)
    document.apply(with_units(iris, 7), "seven")
    document.apply(with_units(iris, 1), "1", "typing")
    document.apply(with_units(iris, 7), "7", "typing")
    assert document.undo() == "seven"
    assert document.project == iris


def test_history_is_long_but_bounded(iris: Project) -> None:
    document = Document(iris)
    for units in range(1, editing.STEPS + 101):
        document.apply(with_units(iris, units), str(units))
    steps = 0
    while document.undo():
        steps += 1
    assert steps == editing.STEPS


def test_dirty_follows_the_content_not_the_number_of_edits(iris: Project, tmp_path: Path) -> None:
    document = Document(iris, tmp_path / "project.toml")
    assert not document.dirty
    document.apply(with_units(iris, 5), "five")
    assert document.dirty
    document.undo()
    assert not document.dirty
    document.redo()
    document.save()
    assert not document.dirty
    document.undo()
    assert document.dirty


def test_work_that_no_file_holds_is_dirty(iris: Project) -> None:
    assert Document(iris, saved=False).dirty


def test_save_goes_to_the_file_and_save_as_changes_it(iris: Project, tmp_path: Path) -> None:
    document = Document(iris)
    with pytest.raises(ValueError, match="path"):
        document.save()
    first, second = tmp_path / "first.toml", tmp_path / "deeper" / "project.toml"
    second.parent.mkdir()
    assert document.save(first) == first
    document.apply(with_units(iris, 5), "five")
    assert document.save(second) == document.path == second
    assert projects.load(first) == iris
    assert projects.load(second) == with_units(iris, 5)
    assert document.undo() == "five"  # saving is no edit and forgets none


def test_what_cannot_be_saved_stays_unsaved(iris: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    document = Document(iris, tmp_path / "first.toml")
    document.apply(with_units(iris, 5), "five")
    with pytest.raises(InputError, match=r"file/project\.toml cannot be written"):
        document.save(tmp_path / "file" / "project.toml")
    assert document.dirty
    assert document.path == tmp_path / "first.toml"


def test_name(iris: Project, tmp_path: Path) -> None:
    assert Document(iris).name == "iris (not saved)"
    assert Document(iris, title="iris (sample)").name == "iris (sample)"
    assert Document(iris, tmp_path / "flowers.toml").name == "flowers.toml"
    assert Document(iris, Path("/data/flowers/project.toml")).name == "flowers/project.toml"
