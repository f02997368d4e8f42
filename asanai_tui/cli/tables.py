"""Text in columns."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Lines with the cells below each other, those of the columns `right` at their right edge."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        pairs = zip(row, widths, strict=True)
        cells = [cell.rjust(w) if place in right else cell.ljust(w) for place, (cell, w) in enumerate(pairs)]
        lines.append("  ".join(cells).rstrip())
    return lines
