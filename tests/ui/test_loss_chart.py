"""The chart in a running app: what it shows, and that it paints changed cells only."""

import math
from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from asanai_tui.plotting.plotext_chart import MARKERS, Marker
from asanai_tui.plotting.series import Series
from asanai_tui.tui.compositor import FrameUpdate
from asanai_tui.tui.frame import Frame
from asanai_tui.tui.themes import THEMES
from asanai_tui.tui.widgets.loss_chart import Line, LossChart

SIZE = (80, 24)


class Recording(LossChart):
    """Remembers which regions were asked to be painted."""

    def __init__(self) -> None:
        super().__init__("loss")
        self.painted: list[tuple[Region, ...]] = []

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "Recording":
        self.painted.append(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class ChartApp(App[None]):
    CSS = "LossChart { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"

    def compose(self) -> ComposeResult:
        yield Recording()

    @property
    def chart(self) -> Recording:
        return self.query_one(Recording)


def falling(epochs: int) -> tuple[Line, Line]:
    return (
        Line("loss", Series(2.3 * math.exp(-each / 30) for each in range(epochs))),
        Line("val", Series(2.4 * math.exp(-each / 40) + 0.1 for each in range(epochs)), "validation"),
    )


def add(lines: Sequence[Line], *values: float) -> None:
    for line, value in zip(lines, values, strict=True):
        line.series.append(value)


def text_of(chart: LossChart) -> list[str]:
    return ["".join(segment.text for segment in chart.render_line(y)) for y in range(chart.size.height)]


async def settle(pilot: Pilot[None], app: ChartApp) -> None:
    await pilot.pause()
    app.chart.painted.clear()


async def test_legend_axes_and_both_lines() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chart.show(falling(101), 200)
        await pilot.pause()
        rows = text_of(app.chart)
        assert rows[0].startswith("── loss 0.0821  ┄┄ val 0.297")
        assert rows[0].rstrip().endswith("loss")
        assert rows[1].startswith("2.5 ")
        assert rows[-2].startswith("0.0 ")
        assert rows[-1].split() == ["1", "50", "100", "150", "200", "epochs"]
        marks = [character for row in rows[1:-1] for character in row if "\u2800" < character <= "\u28ff"]
        assert len(marks) > 40
        styles = {
            segment.style.color.name for segment in app.chart.render_line(5) if segment.style and segment.text.strip()
        }
        assert len(styles) >= 3  # label, grid and at least one line


async def test_the_axis_of_epochs_is_as_long_as_what_was_trained() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        lines = falling(20)
        app.chart.show(lines, 2000)
        await pilot.pause()
        ends = [text_of(app.chart)[-1].split()[-2:]]
        for _ in range(31):
            add(lines, 1.0, 1.0)
            app.chart.show(lines, 2000)
            ends.append(text_of(app.chart)[-1].split()[-2:])
    assert ends == [["20", "epochs"]] + [["50", "epochs"]] * 30 + [["100", "epochs"]]


async def test_nothing_new_paints_nothing() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        lines = falling(50)
        app.chart.show(lines, 200)
        await settle(pilot, app)
        for _ in range(5):
            app.chart.show(lines, 200)
        assert app.chart.painted == []


async def test_an_epoch_paints_a_few_cells_of_few_lines() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        lines = falling(60)
        app.chart.show(lines, 200)
        await settle(pilot, app)
        before = text_of(app.chart)
        add(lines, 0.43, 0.79)
        app.chart.show(lines, 200)
        ((*regions,),) = app.chart.painted
        assert 0 < sum(region.area for region in regions) <= 12
        after = text_of(app.chart)
        changed = {
            (x, y)
            for y, (old, new) in enumerate(zip(before, after, strict=True))
            for x in range(len(old))
            if old[x] != new[x]
        }
        assert changed
        assert all(any(region.contains(x, y) for region in regions) for x, y in changed)


async def test_an_update_sends_the_changed_cells_and_nothing_left_of_them() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        frame, compositor = Frame(), app.screen._compositor
        lines = falling(60)
        app.chart.show(lines, 200)
        await settle(pilot, app)
        whole = FrameUpdate(frame, compositor.render_full_update(), *SIZE).render_segments(app.console)
        assert "loss" in whole
        add(lines, 0.43, 0.79)
        app.chart.show(lines, 200)
        compositor.update_widgets({app.chart})
        update = compositor.render_partial_update()
        assert update is not None
        sent = FrameUpdate(frame, update, *SIZE).render_segments(app.console)
        assert "\x1b[1;11H" in sent  # the decimals that differ in the legend, not the name before them
        assert "loss" not in sent
        assert len(sent) < 400


async def test_a_resize_draws_it_for_the_new_size() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chart.show(falling(50), 200)
        await pilot.pause()
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        rows = text_of(app.chart)
        assert [len(row) for row in rows] == [120] * 40
        assert rows[-1].rstrip().endswith(" 50 epochs")


@pytest.mark.parametrize("theme", list(THEMES))
async def test_a_theme_gives_other_colours_and_the_same_curve(theme: str) -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.theme = "textual-light" if theme == "dark" else "dark"
        app.chart.show(falling(50), 200)
        await pilot.pause()
        rows, strip = text_of(app.chart), app.chart.render_line(0)
        app.theme = theme
        await pilot.pause()
        assert text_of(app.chart) == rows
        assert [segment.style for segment in app.chart.render_line(0)] != [segment.style for segment in strip]


async def test_log_scale_is_a_switch() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        lines = falling(100)
        app.chart.show(lines, 100)
        await settle(pilot, app)
        app.chart.log_scale = True
        assert app.chart.painted
        rows = text_of(app.chart)
        assert rows[0].rstrip().endswith("loss · log")
        assert [row[:4].strip() for row in rows[1:-1] if row[:4].strip()] == ["1", "0.1", "0.01"]
        app.chart.log_scale = False
        assert text_of(app.chart)[1].startswith("2.5")


async def test_nan_is_said_in_words() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        lines = (
            Line("loss", Series([1.2, 0.9, 0.8, math.nan])),
            Line("val", Series([1.3, 1.0, 0.9, None]), "validation"),
        )
        app.chart.show(lines, 20)
        await pilot.pause()
        text = "\n".join(text_of(app.chart))
        assert "loss became NaN after epoch 3" in text
        assert "── loss NaN  ┄┄ val –" in text


@pytest.mark.parametrize("value", [math.nan, math.inf])
async def test_not_one_finite_value(value: float) -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chart.show((Line("loss", Series([value])),), 20)
        await pilot.pause()
        assert f"loss is {'NaN' if value != value else 'infinite'} from the start" in "\n".join(text_of(app.chart))


async def test_a_huge_first_loss_is_said_and_the_rest_is_seen() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chart.show((Line("loss", Series([5012.0, *[1 / each for each in range(1, 60)]])),), 60)
        await pilot.pause()
        rows = text_of(app.chart)
        assert rows[1].rstrip().endswith("up to 5,012")
        assert rows[1].startswith("1.0")


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 2), (7, 3), (8, 3), (10, 2), (20, 4), (20, 5), (40, 10), (300, 3), (3, 80)]
)
@pytest.mark.parametrize("marker", MARKERS)
async def test_every_size_shows_what_fits(size: tuple[int, int], marker: Marker) -> None:
    app = ChartApp()
    async with app.run_test(size=size) as pilot:
        app.chart.marker = marker
        app.chart.show(falling(50), 200)
        await pilot.pause()
        rows = text_of(app.chart)
        assert [len(row) for row in rows] == [size[0]] * size[1]
        if size[0] >= 12:
            assert "0.449" in rows[0]
            assert "0.805" in rows[0]
        if marker == "ascii":
            assert "".join(rows).isascii()


@pytest.mark.parametrize("epochs", [1, 2, 5000])
async def test_any_number_of_epochs(epochs: int) -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chart.show(falling(epochs), epochs)
        await pilot.pause()
        rows = text_of(app.chart)
        assert rows[-1].split()[-1] == ("1" if epochs == 1 else "epochs")
        assert ("●" in "".join(rows)) == (epochs == 1)


async def test_without_a_legend_the_curve_has_its_row() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chart.legend = False
        app.chart.show(falling(50), 200)
        await pilot.pause()
        assert text_of(app.chart)[0].startswith("2.5")


async def test_clear_shows_nothing_and_the_next_training_starts_afresh() -> None:
    app = ChartApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chart.show(falling(50), 200)
        await pilot.pause()
        app.chart.clear()
        assert "".join(text_of(app.chart)).isspace()
        app.chart.show((Line("loss", Series([0.05, 0.04])),), 10)
        assert text_of(app.chart)[1].startswith("0.05")
