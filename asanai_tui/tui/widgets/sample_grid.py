"""Pictures of the data as training will see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from asanai_tui.data.spec import PictureForm, Segmentation, Source
from asanai_tui.tui.widgets.picture import PictureGrid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from asanai_tui.data.preview import ArraySample, PictureSample


class SampleGrid(PictureGrid):
    """Cropped, scaled and in the colours of the project; made anew only where the pictures or their form differ."""

    def __init__(self) -> None:
        super().__init__()
        self._sample: Sequence[object] = ()
        self._form: PictureForm | None = None
        self._made: list[tuple[str, NDArray[np.uint8]]] = []
        self._leader = ""  # a class

    def show_sample(self, source: Source, sample: Sequence[PictureSample | ArraySample]) -> None:
        """Draw the pictures of a preview, each with its label below it."""
        form = getattr(source, "form", None)  # arrays are learned as they are
        if sample is self._sample and form == self._form:
            return
        self._sample, self._form = sample, form
        pictures = [(each.label, each.pixels) for each in sample if each.pixels is not None]
        made = self._with_mask if isinstance(source, Segmentation) else self._as_trained
        self._made = [(label, made(pixels)) for label, pixels in pictures]
        self._arrange()

    def lead(self, label: str) -> None:
        """Where pictures are larger, those of this class come first."""
        self._leader = label
        self._arrange()

    def larger(self) -> None:
        super().larger()
        self._arrange()

    def _arrange(self) -> None:
        self.show(sorted(self._made, key=lambda each: each[0] != self._leader) if self.enlarged else self._made)

    def _with_mask(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture and, as its right half, its mask: each in the form of its own."""
        if self._form is None:
            return pixels
        import numpy as np

        from asanai_tui.data.decoding import as_trained

        picture, mask = np.split(pixels, 2, axis=1)
        form = self._form._replace(colour="rgb", resampling="nearest")
        rgb = np.broadcast_to(self._as_trained(picture), (form.height, form.width, 3))
        return np.concatenate([rgb, as_trained(mask, form)], axis=1)

    def _as_trained(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._form is None:
            return pixels
        from asanai_tui.data.decoding import as_trained  # OpenCV, which has read the sample

        return as_trained(pixels, self._form)
