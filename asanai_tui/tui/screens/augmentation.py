"""What augmentation does: pictures as they are, and as the first epochs of the training would show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.preview import PictureSample
from asanai_tui.data.spec import Images, PictureForm, Segmentation
from asanai_tui.tui.actions import bindings, first_key, hint
from asanai_tui.tui.screens.pictures import PicturesScreen
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.options_pane import OptionsPane, Subject
from asanai_tui.tui.widgets.picture import PictureGrid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from asanai_tui.inspection.augmented import Epoch

PICTURES, EPOCHS = 4, 6  # a line each, and beside the picture itself a column each
EPOCHS_OF_MASKS = 3  # a mask takes the room of a picture
LARGEST_SEED = 2**31 - 1


class Preview(Hinted, Vertical, can_focus=True):
    """The pictures, and a line on what they are."""


class Wish(NamedTuple):
    """What the pictures that are shown depend on."""

    sample: tuple[PictureSample, ...]
    form: PictureForm
    spec: Augmentation
    seed: int
    masks: Segmentation | None = None  # where each picture has one

    @property
    def epochs(self) -> int:
        """How many are shown."""
        return EPOCHS_OF_MASKS if self.masks else EPOCHS


class AugmentationScreen(PicturesScreen[Images | Segmentation]):
    """Its options are those of the project; the seed of the preview alone is its own."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("augmentation")
    KINDS = (Images, Segmentation)

    def __init__(self) -> None:
        super().__init__()
        self._further = 0  # how far the seed of the preview is from that of the training
        self._wish: Wish | None = None

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Preview(id="preview", classes="pane") as preview:
                preview.border_title = "Augmentation"
                yield Static(id="doing", markup=False)
                yield PictureGrid(across=EPOCHS + 1)
            yield OptionsPane()

    def on_mount(self) -> None:
        own = self.asanai.own_keys
        keys = ("augmentation.next", "augmentation.previous", "view.next", "augmentation.back")
        self._pane.border_subtitle = hint(keys, own)
        self.query_one(OptionsPane).border_subtitle = hint(("option.edit", "option.expert"), own)
        self.call_after_refresh(self._pane.focus)

    def panes(self) -> list[Widget]:
        return [self._pane, self.query_one(OptionsPane)]

    def show_pane(self, pane: Widget) -> None:
        self.set_class(isinstance(pane, OptionsPane), "beside-options")
        self.call_after_refresh(pane.focus)

    def pictures_changed(self, data: Images | Segmentation) -> None:
        self.query_one(OptionsPane).show(Subject("augmentation", "augmentation", data.augmentation))
        self._show(data)

    def preview_changed(self) -> None:
        super().preview_changed()
        if self._pictures is not None:
            self._show(self._pictures)

    def action_redraw(self, by: int) -> None:
        """Other draws: the next seed, or the one before."""
        self._further += by
        if self._pictures is not None:
            self._show(self._pictures)

    @on(OptionsPane.Changed)
    def _option_changed(self, event: OptionsPane.Changed) -> None:
        event.stop()
        if self._pictures is not None:
            changed = msgspec.structs.replace(self._pictures, augmentation=event.struct)
            self.asanai.editor.data(changed, event.label, event.merge)

    @on(OptionsPane.Left)
    def _options_left(self) -> None:
        self.show_pane(self._pane)

    def _show(self, data: Images | Segmentation) -> None:
        """Compute aside what is to be seen now, unless it is there already."""
        sample = tuple(getattr(self.asanai.preview, "sample", ()))[:PICTURES]
        seed = (self.asanai.project.training.seed + self._further) % (LARGEST_SEED + 1)
        masks = data if isinstance(data, Segmentation) else None
        wish = Wish(sample, data.form, data.augmentation, seed, masks)
        if not sample:
            self._say("The pictures have not been read yet.")
        elif self._wish is None or _differ(wish, self._wish):
            if self._wish is None or not self.query_one(PictureGrid).pictures:
                self._say("reading …")
            self._wish = wish
            shown, failed = partial(self._computed, wish), partial(self._failed, wish)
            self.asanai.reader.aside(partial(_compute, wish), shown, failed)

    def _computed(self, wish: Wish, found: tuple[NDArray[np.uint8], tuple[Epoch, ...]]) -> None:
        if wish is not self._wish:
            return
        pictures, epochs = found
        self.query_one(PictureGrid).show(list(_captioned(wish.sample, pictures, epochs)), len(epochs) + 1)
        self._say(self._sentence(wish))

    def _failed(self, wish: Wish, sentence: str) -> None:
        if wish is self._wish:
            self._say(f"✕ {sentence}")

    def _sentence(self, wish: Wish) -> str:
        own = self.asanai.own_keys
        if not wish.spec.on:
            options = first_key("view.next", own)
            return f"Augmentation is off. {options} leads to the options: rotate 15, for example, switches it on."
        whose = "the training's" if not self._further else f"the training's is {self.asanai.project.training.seed}"
        again = first_key("augmentation.next", own)
        shown = f"As they are, then as epochs 1 to {wish.epochs} show them."
        return f"{shown} Seed {wish.seed}, {whose}; {again} takes the next."

    def _say(self, sentence: str) -> None:
        doing = self.query_one("#doing", Static)
        if doing.content != sentence:
            doing.update(sentence)

    @property
    def _pane(self) -> Preview:
        return self.query_one(Preview)


def _differ(one: Wish, other: Wish) -> bool:
    """Whether they show something else; samples are the same objects until the data is read again."""
    same = len(one.sample) == len(other.sample) and all(a is b for a, b in zip(one.sample, other.sample, strict=True))
    return not same or one[1:] != other[1:]


def _compute(wish: Wish) -> tuple[NDArray[np.uint8], tuple[Epoch, ...]]:
    from asanai_tui.inspection.augmented import augmented, beside, read  # torch

    paths = [Path(each.path) for each in wish.sample]
    pictures = read(paths, wish.form)
    if wish.masks is None:
        return pictures, augmented(pictures, wish.spec, wish.seed, wish.epochs)
    from asanai_tui.data.segmentation import masks_of

    masks, classes = masks_of(wish.masks, paths), len(wish.masks.classes)
    return beside(pictures, masks, classes), augmented(pictures, wish.spec, wish.seed, wish.epochs, masks, classes)


def _captioned(
    sample: Sequence[PictureSample], pictures: NDArray[np.uint8], epochs: Sequence[Epoch]
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Line by line: the label with the picture, then the epochs; of mix-up the share and the label of the partner."""
    for place, (each, picture) in enumerate(zip(sample, pictures, strict=True)):
        yield each.label or "as it is", picture
        for epoch in epochs:
            mixed = f"{1 - epoch.weight:.0%} {sample[epoch.partners[place]].label}".rstrip() if epoch.partners else ""
            yield mixed or f"epoch {epoch.number}", epoch.pictures[place]
