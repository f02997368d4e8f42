"""A few lines about a training: how far it is, and what it has reached."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from asanai_tui.errors import counted
from asanai_tui.quantities import clock
from asanai_tui.training.metric_settings import short
from asanai_tui.training.recorder import Snapshot
from asanai_tui.training.trials import best_of, chief, noise, sentence, shown
from asanai_tui.tui.formats import number, rate
from asanai_tui.tui.widgets.fitting import DOT, Piece, fitting, length
from asanai_tui.tui.widgets.lines import Lines

BAR = 20
SHORTEST_BAR = 4
BEFORE = "before the first step"
ROOMY = 76  # columns from which on the batch is shown too


class Progress(Lines):
    """Two lines: where it is, and the metric of the last epoch; of a series a third, with what its trials gave."""

    COMPONENT_CLASSES = {"progress--muted", "progress--good", "progress--problem", "progress--strong"}

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = Snapshot()
        self._idle: Sequence[Sequence[str]] = ()
        self._next: Sequence[str] = ()

    def show(self, snapshot: Snapshot, then: Sequence[str]) -> None:
        """Draw a moment of the training; `then` is what can be done after it."""
        self._snapshot, self._idle, self._next = snapshot, (), then
        self.redraw()

    def show_idle(self, lines: Sequence[Sequence[str]]) -> None:
        """Where there was no training: what one key would start. The last parts of a line go where it is narrow."""
        self._snapshot, self._idle = Snapshot(), lines
        self.redraw()

    def draw(self, width: int, height: int) -> list[Strip]:
        if self._idle:
            return [Strip(fitting(list(self._falling(parts)), width)) for parts in self._idle]
        if self._snapshot.state == "failed":
            lines = textwrap.wrap(f"✕ {self._snapshot.message}", width)
            return [Strip([Segment(line, self._look("problem"))]) for line in lines]
        return [Strip(line) for line in self._lines(width)]

    def _lines(self, width: int) -> Iterator[list[Segment]]:
        """Where it is and what it reached; of a series, what its trials gave, in one line more."""
        shot = self._snapshot
        if shot.ended and shot.results:
            yield from self._series_ended(width)
            return
        yield self._where(width)
        yield self._figures(width)
        if shot.results:
            yield fitting(list(self._trials_done()), width)

    def _series_ended(self, width: int) -> Iterator[list[Segment]]:
        """Three lines: what all trials gave, what can be done next, and the best of them.

        What else is to be told, such as that it was stopped, comes before and takes room from the others.
        """
        shot, good = self._snapshot, self._look("good")
        rest = shot.message.replace(sentence(shot.results, shot.metrics), "").strip().removesuffix(".")
        told = textwrap.wrap(f"✓ {rest}", width)[:2] if rest else []
        yield from ([Segment(line, good)] for line in told)
        if len(told) < 2:
            yield fitting(list(self._trials_given("" if told else "✓ ")), width)
        if not told:
            yield fitting(list(self._falling(_dotted(self._next))), width)
        yield self._figures(width, self._next if told else ())

    def _trials_done(self) -> Iterator[Piece]:
        muted = self._look("muted")
        yield Piece(f"{len(self._snapshot.results)} done", muted, 5)
        yield from self._spreads(muted)

    def _trials_given(self, mark: str) -> Iterator[Piece]:
        """What all trials gave, at the end; the log has every value."""
        results, good = self._snapshot.results, self._look("good")
        yield Piece(f"{mark}{counted(len(results), results[0].noun)}", good, 5)
        yield from self._spreads(good)

    def _spreads(self, look: Style) -> Iterator[Piece]:
        for place, (name, spread) in enumerate(chief(self._snapshot.results, self._snapshot.metrics).items()):
            yield Piece(f"{DOT}{short(name)} {shown(spread)}", look, 4 - 2 * place)
            yield Piece(noise(spread), look, 3 - 2 * place)

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(f"progress--{name}", partial=True)

    def _falling(self, parts: Sequence[str]) -> Iterator[Piece]:
        """Parts of which the first counts most."""
        for place, part in enumerate(parts):
            yield Piece(part, self._look("muted"), -place)

    def _where(self, width: int) -> list[Segment]:
        shot = self._snapshot
        if shot.state == "preparing" or not shot.epochs:
            return [Segment(f"{self._trial}{shot.message or 'preparing'}", self._look("muted"))]
        if shot.ended:
            return fitting(self._ended(), width)
        done = list(self._done())
        pieces = [*done, *self._pace(width)]
        room = min(BAR, width - length(pieces) - 1)
        if room >= SHORTEST_BAR:
            full = round(shot.share * room)
            bar = Piece("━" * full, self._look("strong"), 1), Piece("━" * (room - full) + " ", self._look("muted"), 1)
            pieces[len(done) - 1 : len(done) - 1] = bar
        return fitting(pieces, width)

    @property
    def _trial(self) -> str:
        """`run 2/5 `; nothing where there is no series."""
        shot = self._snapshot
        return f"{shot.trial.noun} {shot.trial.number}/{shot.trials} " if shot.trial else ""

    def _ended(self) -> list[Piece]:
        outcome = Piece(f"✓ {self._snapshot.message.removesuffix('.')}", self._look("good"), 1)
        return [outcome, *self._falling(_dotted(("", *self._next)))]

    def _done(self) -> Iterator[Piece]:
        shot, strong = self._snapshot, self._look("strong")
        digits = len(str(shot.epochs))
        if self._trial:
            yield Piece(self._trial, strong, 7)
        yield Piece("epoch ", strong, 4)
        yield Piece(f"{shot.epoch:>{digits}}/{shot.epochs} ", strong, 6)
        yield Piece(f"{shot.share:4.0%} ", strong, 3)

    def _pace(self, width: int) -> Iterator[Piece]:
        shot, muted = self._snapshot, self._look("muted")
        if shot.state == "paused":
            yield Piece("paused", muted, 5)
            return
        seconds = shot.all_seconds_left
        left = "" if seconds is None else f"{clock(seconds)} left"
        if not shot.epoch:
            yield Piece(BEFORE, muted, 5)
            return
        yield Piece(f"{left:>10}", muted, 5)
        if width >= ROOMY:
            yield Piece(f"{DOT}batch {shot.batch:>{len(str(shot.batches))}}/{shot.batches}", muted, 1)
        yield Piece(f"{DOT}{rate(shot.samples_per_second)}", muted, 2)

    def _figures(self, width: int, then: Sequence[str] | None = None) -> list[Segment]:
        """Learning rate, metric and best epoch; the losses stand in the legend of the chart.

        What can be done next, `then`, stands here instead of the learning rate; where it is not given, what of it has
        no room in the line above.
        """
        first = [f"lr {self._snapshot.learning_rate:.3g}"]
        if then is not None:
            first = list(then)
        elif self._snapshot.ended:
            above = "".join(segment.text for segment in fitting(self._ended(), width))
            first = [each for each in self._next if each not in above] or first
        wide, narrow = list(self._figures_apart("  ", first)), list(self._figures_apart(" ", first))
        return fitting(wide if length(wide) <= width else narrow, width)

    def _figures_apart(self, gap: str, first: Sequence[str]) -> Iterator[Piece]:
        shot, last = self._snapshot, self._snapshot.last
        if shot.arriving:
            yield from self._falling(self._next)
        if last is None:
            return
        strong, muted = self._look("strong"), self._look("muted")
        for place, each in enumerate(_dotted(first)):
            yield Piece(each, muted, 0 if place else 4)
        if first:
            yield Piece("  " if shot.ended else gap, muted, 4)
        for place, name in enumerate(shot.metrics):
            yield Piece(f"{short(name)} {number(last.value(name))}{gap}", strong, 1 - 2 * place if place else 5)
            if (validated := last.value(f"val_{name}")) is not None:
                yield Piece(f"val {number(validated)}{gap}", strong, -2 * place if place else 3)
        if shot.best is not None:
            trial = best_of(shot.results) if shot.ended else None
            where = f"{trial.noun} {trial.number}, epoch " if trial else ""
            yield Piece(f"best {where}{shot.best.epoch}", muted, 2)
            yield Piece(" ▲" if shot.best.epoch == last.epoch and not where else "", self._look("good"), 1)


def _dotted(parts: Sequence[str]) -> list[str]:
    """The parts, with a dot before each but the first."""
    return [f"{DOT if place else ''}{each}" for place, each in enumerate(parts)]
