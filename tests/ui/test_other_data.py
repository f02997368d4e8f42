"""Other data under the present network: how they differ is said; the ends are adapted, or all, or nothing."""

from pathlib import Path

import numpy as np
import pytest

from tests.ui.driving import Desk, desk

RANDOM = np.random.default_rng(1)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    np.savez(tmp_path / "three.npz", x=RANDOM.normal(size=(60, 4)), y=np.arange(60) % 3)
    return tmp_path / "three.npz"


@pytest.fixture
def five(tmp_path: Path) -> Path:
    np.savez(tmp_path / "five.npz", x=RANDOM.normal(size=(60, 7)), y=np.arange(60) % 5)
    return tmp_path / "five.npz"


async def ask(screen: Desk, path: Path) -> None:
    await screen.press("O")
    await screen.write(str(path))
    await screen.press("enter")


async def test_the_ends_are_adapted_and_undo_brings_all_back(three: Path, five: Path) -> None:
    async with desk(three, (80, 24)) as screen:
        before = screen.project
        await ask(screen, five)
        await screen.until_shown("7 arrives, the network was made for 4.")
        assert "There are 5 classes, and no longer 3 classes." in screen.text
        await screen.press("a")
        assert screen.project.data.path == str(five) and screen.project.problems() == []
        assert screen.project.network.output_shape((7,)) == (5,)
        assert screen.project.network[0] == before.network[0]
        await screen.press("u")
        assert screen.project == before


async def test_the_network_is_kept_if_that_is_wanted(three: Path, five: Path) -> None:
    async with desk(three) as screen:
        network = screen.project.network
        await ask(screen, five)
        await screen.until_shown("keep the network")
        await screen.press("k")
        assert screen.project.network == network and screen.project.data.targets.count == 5
        assert "5 classes need 5" in screen.project.problems()[0]


async def test_escape_keeps_the_old_data(three: Path, five: Path) -> None:
    async with desk(three) as screen:
        before = screen.project
        await ask(screen, five)
        await screen.until_shown("keep the old data")
        await screen.press("escape")
        assert screen.project == before


async def test_data_of_the_same_form_is_taken_without_a_question(three: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "same.npz", x=RANDOM.normal(size=(30, 4)), y=np.arange(30) % 3)
    async with desk(three) as screen:
        network = screen.project.network
        await ask(screen, tmp_path / "same.npz")
        await screen.until(lambda: screen.project.data.path.endswith("same.npz"))
        assert screen.project.network == network and "The network fits the new data." in screen.said
        await screen.until_shown("30 examples")


async def test_pictures_as_answers_suggest_a_fitting_network(three: Path, tmp_path: Path) -> None:
    pictures = RANDOM.integers(0, 256, (40, 8, 8, 1), np.uint8)
    np.savez(tmp_path / "masks.npz", images=pictures, masks=pictures[..., 0] // 100)
    async with desk(three) as screen:
        await ask(screen, tmp_path / "masks.npz")
        await screen.until_shown("3 classes at each of 8×8 places is to be said")
        await screen.press("f")
        assert screen.project.network.output_shape((8, 8, 1)) == (8, 8, 3) and screen.project.problems() == []


async def test_what_cannot_be_read_is_said_and_nothing_changes(three: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.npz").write_bytes(b"torn")
    async with desk(three) as screen:
        before = screen.project
        await ask(screen, tmp_path / "torn.npz")
        await screen.until(lambda: any("torn" in said for said in screen.said))
        assert screen.project == before
