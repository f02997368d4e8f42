"""What the screens for folders of pictures share: they give way where the data becomes something else."""

from __future__ import annotations

from asanai_tui.data.spec import Images
from asanai_tui.tui.screens.work import WorkScreen


class PicturesScreen(WorkScreen):
    """Base of camera, drawing and augmentation, which are views from the data screen."""

    TITLE_KEY = "2"

    def resumed(self) -> None:
        if self._images is not None:
            self.entered(self._images)
            super().resumed()
        else:
            self._give_way()

    def project_changed(self) -> None:
        super().project_changed()
        if self._images is not None:
            self.images_changed(self._images)
        else:
            self._give_way()

    def entered(self, images: Images) -> None:
        """Shown, again or for the first time; `images_changed` comes next."""

    def images_changed(self, images: Images) -> None:
        """What the project says of its pictures may be another."""

    def action_back(self) -> None:
        self.asanai.show("data")

    @property
    def _images(self) -> Images | None:
        data = self.asanai.project.data
        return data if isinstance(data, Images) else None

    def _give_way(self) -> None:
        """Other data was opened, or brought back by undo; a screen that is left already stays so."""
        if self.is_current:
            self.asanai.show("data")
