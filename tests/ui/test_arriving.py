"""A key that trains on what has arrived."""

import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from asanai_tui.data import decoding
from asanai_tui.tui.widgets.data_pane import DataPane
from tests.ui.driving import desk


async def test_training_on_what_has_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding waits at the thirtieth picture, as it would on a slow disk."""
    for number in range(60):
        path = tmp_path / "pictures" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), number).save(path)
    read, done, go_on = decoding.read_picture, iter(range(60)), threading.Event()

    def slow(*arguments: Any) -> Any:
        if next(done) >= 30:
            assert go_on.wait(20)
        return read(*arguments)

    async with desk(tmp_path / "pictures") as each:
        await each.press("E")
        assert "No pictures are being decoded now" in each.said[-1]
        monkeypatch.setattr(decoding, "read_picture", slow)
        monkeypatch.setattr(decoding, "MOST_PER_BLOCK", 2)
        await each.press("t")
        await each.until_shown("E trains on those that have arrived")
        await each.press("E")
        go_on.set()
        await each.until(lambda: each.app.desk.notes)
        used = each.app.desk.notes[0]
        assert used.startswith("Of 60 pictures the ") and "that had arrived are used" in used
        await each.press("t")
        await each.until_ended()
        assert each.app.snapshot.state in ("stopped", "finished")
        await each.press("2")
        assert "that had arrived are used" in each.words_of(each.one(DataPane))
