"""The wheel holds what it needs, nothing else, and runs where no checkout is.

The environment is really empty and pip really installs every dependency, torch included. Borrowing the outer
environment's packages would save half a minute, but then a dependency that only the tests declare would not be missed.
"""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from asanai_tui import __version__
from tests.conftest import ROOT
from tests.terminal.driver import Terminal

pytestmark = [pytest.mark.packaging, pytest.mark.terminal, pytest.mark.xdist_group("packaging")]


class Built(NamedTuple):
    wheel: Path
    sdist: Path


class Installed(NamedTuple):
    program: Path
    samples: Path
    elsewhere: Path  # an empty folder to run in

    def run(self, *arguments: str | Path) -> str:
        """What the installed program prints."""
        done = subprocess.run([self.program, *arguments], cwd=self.elsewhere, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist from the checkout and the wheel from the sdist, with the hatchling that is here."""
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return Built(next(folder.glob("*.whl")), next(folder.glob("*.tar.gz")))


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("empty")
    call(sys.executable, "-m", "venv", folder / "venv")
    call(folder / "venv" / "bin" / "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", built.wheel)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    package = next((folder / "venv" / "lib").glob("python*/site-packages/asanai_tui"))
    yield Installed(folder / "venv" / "bin" / "asanai-tui", package / "samples", elsewhere)
    shutil.rmtree(folder)  # torch is large, and pytest keeps the folders of three runs


def call(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def tracked(folder: str, suffix: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob(f"*{suffix}")}


def test_wheel_holds_package_styles_and_samples(built: Built) -> None:
    names = set(zipfile.ZipFile(built.wheel).namelist())
    assert tracked("asanai_tui", ".py") | tracked("asanai_tui", ".md") <= names
    for path in tracked("styles", ".tcss") | tracked("samples", ".csv") | tracked("samples", "project.toml"):
        assert f"asanai_tui/{path}" in names
    assert sum(name.startswith("asanai_tui/samples/digits/") and name.endswith(".png") for name in names) == 1797
    assert f"asanai_tui-{__version__}.dist-info/licenses/LICENSE" in names
    assert {name.split("/")[0] for name in names} == {"asanai_tui", f"asanai_tui-{__version__}.dist-info"}


def test_sdist_holds_what_building_and_testing_needs(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "Makefile", "constraints.txt", "pyproject.toml"} <= names
    assert tracked("tests", ".py") | tracked("styles", ".tcss") | tracked("tools", ".py") <= names


def test_commands_run_from_a_foreign_folder(installed: Installed) -> None:
    assert __version__ in installed.run("--version")
    summary = installed.run("summary", installed.samples / "digits" / "project.toml")
    assert "conv2d" in summary
    assert "38,282" in summary
    assert list(installed.elsewhere.iterdir()) == []


def test_screen_starts_from_a_foreign_folder(installed: Installed, home: Path) -> None:
    sample = installed.samples / "digits" / "project.toml"
    with Terminal(installed.program, sample, env={"ASANAI_TUI_HOME": str(home)}, cwd=installed.elsewhere) as terminal:
        terminal.wait_for("conv2d")
        terminal.press("q")
        assert terminal.exit_code() == 0
