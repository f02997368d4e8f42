"""Makes the data of samples/ from public copies; the result is in the repository, so nobody needs to run this.

    pip install scikit-learn palmerpenguins pillow
    python tools/make_samples.py [FOLDER]

The same versions give the same bytes. The project.toml files beside the data are written by hand.
"""

import csv
import importlib.resources
import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits, load_iris

BRIGHTEST = 16  # of the digits as scikit-learn has them


def write_csv(path: Path, rows: Iterable[Iterable[object]]) -> None:
    """The rows with plain line ends; the first one is the header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def make_iris(folder: Path) -> None:
    """150 flowers, four lengths in centimetres, three species."""
    iris = load_iris()
    header = [name.removesuffix(" (cm)").replace(" ", "_") + "_cm" for name in iris.feature_names]
    flowers = ([*values, iris.target_names[label]] for values, label in zip(iris.data, iris.target, strict=True))
    write_csv(folder / "iris.csv", [[*header, "species"], *flowers])


def make_penguins(folder: Path) -> None:
    """344 penguins; what was not measured, NA in the source, becomes an empty cell."""
    source = importlib.resources.files("palmerpenguins") / "data" / "penguins.csv"
    rows = csv.reader(source.read_text(encoding="utf-8").splitlines())
    write_csv(folder / "penguins.csv", [["" if cell == "NA" else cell for cell in row] for row in rows])


def make_xor(folder: Path) -> None:
    """Exclusive or: 1 where the inputs differ."""
    rows = ((first, second, first ^ second) for first, second in itertools.product((0, 1), repeat=2))
    write_csv(folder / "xor.csv", [["x1", "x2", "y"], *rows])


def make_digits(folder: Path) -> None:
    """1,797 pictures of 8×8 grey pixels, a folder a digit, numbered in the order of the source."""
    digits = load_digits()
    pictures = np.round(digits.images * (255 / BRIGHTEST)).astype(np.uint8)
    numbers = dict.fromkeys(range(10), 0)
    for picture, label in zip(pictures, digits.target, strict=True):
        numbers[int(label)] += 1
        path = folder / str(label) / f"{numbers[int(label)]:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path, optimize=True)


def main(folder: Path) -> None:
    """Every sample into its own folder below `folder`."""
    for name, make in (("iris", make_iris), ("penguins", make_penguins), ("xor", make_xor), ("digits", make_digits)):
        make(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "samples")
