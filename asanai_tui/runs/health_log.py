"""What the log of a run says of health: each finding once when it comes, once when it has gone."""

from collections.abc import Iterator

from asanai_tui.training.findings import Finding, Health

MOST = 10  # findings that are told at a time; a screen and a command show all


class HealthLog:
    """Remembers what was said."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Finding] = {}

    def news(self, health: Health) -> Iterator[str]:
        """Sentences about what has changed since the last time."""
        now: dict[tuple[str, str], Finding] = {(each.place, each.kind): each for each in health.findings}
        new = [each for key, each in now.items() if key not in self._known]
        gone = [each for key, each in self._known.items() if key not in now]
        self._known = now
        yield from (each.sentence for each in new[:MOST])
        yield from (f"{each.where[0].upper()}{each.where[1:]} is no longer {_named(each)}." for each in gone[:MOST])
        if (more := len(new[MOST:]) + len(gone[MOST:])) > 0:
            yield f"Health: {more:,} more findings have come or gone."


def _named(finding: Finding) -> str:
    """What a finding is called after `is`."""
    if finding.kind in ("no gradient", "vanishing gradient", "exploding gradient", "changed spread"):
        return f"one with {'' if finding.kind == 'no gradient' else 'a '}{finding.kind}"
    return finding.kind
