"""Where styles and samples are: inside an installed package, beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The folder `styles` or `samples`."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
