"""A network from its input to its output: labels at the left, figures in the middle, shapes at the right."""

import textwrap
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from asanai_tui.project import Project
from asanai_tui.tui.drawing.canvas import Canvas, mesh, mesh_rows
from asanai_tui.tui.drawing.figures import SMALLEST, Box, Neurons, Scale, neurons
from asanai_tui.tui.drawing.steps import Step, steps
from asanai_tui.tui.widgets.rows import Part

NARROW = 44  # columns below which there are labels and shapes alone
SKIP = 3  # columns that the line around a residual takes
UNKNOWN = 9  # columns of a box whose shape nobody knows
SHORTEST, LONGEST = 12, 30  # columns of labels
GAP = 2


class Layout(NamedTuple):
    """Where the figures stand in `width` columns."""

    width: int
    left: int
    room: int
    skips: int  # of the room, columns for lines around residuals

    @property
    def middle(self) -> int:
        """The column of the line through the network."""
        return self.left + self.skips + (self.room - self.skips) // 2

    @property
    def figures(self) -> int:
        """Columns for figures around the middle."""
        return max(SMALLEST, self.room - self.skips - 1)

    def skip(self, depth: int) -> int:
        """The column of the line around the residual that opens at this depth."""
        return self.left + SKIP * depth


class Diagram:
    """The picture of a project's network in so many columns. Rows are drawn when they are asked for."""

    def __init__(self, project: Project, width: int) -> None:
        self._steps = steps(project)
        self._layout = _layout(self._steps, width)
        self._scale = Scale.of([step.shape for step in self._steps if step.kind == "box" and step.shape])
        self._figures = [self._figure(step) for step in self._steps]
        self._meshes = [self._mesh_rows(place) for place in range(len(self._steps))]
        places = range(len(self._steps))
        self._tops = [0, *accumulate(self._height(place) + len(self._sentence(place)) for place in places)]
        self._drawn = lru_cache(maxsize=256)(self._draw)

    @property
    def height(self) -> int:
        """How many rows it has."""
        return self._tops[-1]

    def row_keys(self) -> list[str]:
        """For each row the key of the layer whose label stands in it, or nothing."""
        keys = [""] * self.height
        for place, step in enumerate(self._steps):
            keys[self._tops[place] + self._label_row(place)] = step.key
        return keys

    def key_at(self, row: int) -> str:
        """The layer that a row belongs to; empty where it is none."""
        return self._steps[self._place(row)].key

    def extent(self, key: str) -> tuple[int, int]:
        """(first row, number of rows) of a layer; (0, 0) where there is none of that key."""
        places = (place for place, step in enumerate(self._steps) if step.key == key)
        place = next(places, None)
        return (0, 0) if place is None else (self._tops[place], self._tops[place + 1] - self._tops[place])

    @property
    def labels(self) -> int:
        """Columns of the labels."""
        return self._layout.left - 1 if self._layout.room else self._layout.width

    def row(self, row: int) -> tuple[Part, ...]:
        """One row of the picture."""
        place = self._place(row)
        return self._drawn(place)[row - self._tops[place]]

    def _place(self, row: int) -> int:
        return bisect_right(self._tops, row) - 1

    @property
    def _bare(self) -> bool:
        """No room for figures."""
        return self._layout.room == 0

    def _figure(self, step: Step) -> Box | Neurons | None:
        middle, room = self._layout.middle, self._layout.figures
        match step.kind:
            case "unknown":
                return Box(middle, UNKNOWN, 2, dashed=True)
            case "neurons":
                return neurons(step.shape[0], middle, room)
            case "box":
                box = self._scale.box(step.shape, middle, room)
                return box._replace(height=2) if step.slim else box
            case _:
                return None

    def _mesh_rows(self, place: int) -> int:
        """Rows of connections from a row of neurons to the next one; 0 where they are not drawn."""
        pair = self._figures[place : place + 2]
        columns = [each.columns for each in pair if isinstance(each, Neurons) and each.complete]
        return mesh_rows(columns[0], columns[1]) if len(columns) == 2 else 0

    def _label_row(self, place: int) -> int:
        """Beside the neurons, which stand below lines that lead to them."""
        led_to = place > 0 and not self._meshes[place - 1]
        return int(isinstance(self._figures[place], Neurons) and led_to and not self._bare)

    def _height(self, place: int) -> int:
        """Rows of a step without its sentence."""
        step, figure = self._steps[place], self._figures[place]
        if self._bare:
            return int(step.kind != "ends")
        match figure:
            case Box():
                return figure.height
            case Neurons():
                return self._label_row(place) + 1 + (self._meshes[place] or 1)
            case _:
                return 2 if step.kind == "opens" else 1

    def _sentence(self, place: int) -> list[str]:
        """The problem, in lines."""
        return textwrap.wrap(self._steps[place].problem, max(8, self._layout.width - 4))

    def _draw(self, place: int) -> list[tuple[Part, ...]]:
        """All rows of a step."""
        height, sentence = self._height(place), self._sentence(place)
        canvas = Canvas(self._layout.width, height + len(sentence))
        if not self._bare:
            self._draw_figure(canvas, place)
        if height:
            self._draw_label(canvas, place)
        for row, line in enumerate(sentence, height):
            canvas.put(0, row, f"  {'✕ ' if row == height else '  '}{line}", "problem")
        return [canvas.parts(row) for row in range(canvas.height)]

    def _draw_label(self, canvas: Canvas, place: int) -> None:
        step, row, layout = self._steps[place], self._label_row(place), self._layout
        room = layout.left - 1 if layout.room else layout.width - len(step.leaves) - 1
        if step.kind != "ends":
            canvas.put(0, row, _cut(step.name, room), "problem" if step.problem else step.look)
            canvas.put(layout.width - len(step.leaves), row, step.leaves)
        if row + 1 < self._height(place):
            indent = " " * (len(step.name.split(" ")[0]) + 1)
            canvas.put(0, row + 1, _cut(f"{indent}{step.summary}", room), "muted")
            canvas.put(layout.width - len(step.weights), row + 1, step.weights, "muted")

    def _draw_figure(self, canvas: Canvas, place: int) -> None:
        step, figure = self._steps[place], self._figures[place]
        look = "problem" if step.problem else "muted" if step.kind == "unknown" else step.look
        self._draw_skips(canvas, step)
        match figure:
            case Box():
                figure.draw(canvas, 0, look, above=place > 0, below=place + 1 < len(self._steps))
            case Neurons():
                self._draw_neurons(canvas, place, figure, look)
            case _:
                self._draw_end(canvas, step)

    def _draw_neurons(self, canvas: Canvas, place: int, figure: Neurons, look: str) -> None:
        row = self._label_row(place)
        if row:
            figure.comb(canvas, 0, opens_down=True)
        figure.draw(canvas, row, look)
        below = self._figures[place + 1] if self._meshes[place] else None
        if isinstance(below, Neurons):
            left, room = self._layout.left, self._layout.room
            columns = [tuple(x - left for x in each.columns) for each in (figure, below)]
            for y, line in enumerate(mesh(columns[0], columns[1], room, self._meshes[place]), row + 1):
                canvas.overlay(left, y, line, "line")
        elif place + 1 < len(self._steps):
            figure.comb(canvas, row + 1, opens_down=False)

    def _draw_skips(self, canvas: Canvas, step: Step) -> None:
        """The lines around the residuals that the step stands in."""
        for depth in range(step.depth):
            for row in range(canvas.height):
                canvas.put(self._layout.skip(depth), row, "│", "residual")

    def _draw_end(self, canvas: Canvas, step: Step) -> None:
        """Where what arrives at a residual branches off, or is added."""
        left, middle = self._layout.skip(step.depth), self._layout.middle
        if step.kind == "opens":
            canvas.put(left, 0, f"╭{'─' * (middle - left - 1)}┤", "residual")
            canvas.put(left, 1, "│", "residual")
            canvas.put(middle, 1, "│", "residual")
        else:
            canvas.put(left, 0, f"╰{'─' * (middle - left - 2)}▸⊕", "residual")


def _layout(found: list[Step], width: int) -> Layout:
    """Labels as long as they are, up to a third of the width; the figures have what is left."""
    right = max(len(text) for step in found for text in (step.leaves, step.weights)) + GAP
    names = max(max(len(step.name), len(step.summary) + len(step.name.split(" ")[0]) + 1) for step in found) + GAP
    left = max(SHORTEST, min(names, LONGEST, width * 2 // 5))
    skips = SKIP * max(step.depth + (step.kind == "opens") for step in found)
    return Layout(width, left, width - left - right, skips) if width >= NARROW else Layout(width, 0, 0, 0)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"
