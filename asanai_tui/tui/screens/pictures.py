"""What the screens for pictures share: they give way where the data becomes something that they are not for."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, cast

from asanai_tui.data.spec import Arrays, Images, Segmentation, Source
from asanai_tui.tui.screens.work import WorkScreen

Data = TypeVar("Data", Images, Images | Segmentation, Images | Segmentation | Arrays)


class PicturesScreen(WorkScreen, Generic[Data]):
    """Base of camera, drawing and augmentation, which are views from the data screen."""

    TITLE_KEY = "2"
    KINDS: ClassVar[tuple[type[Any], ...]] = (Images,)

    @classmethod
    def takes(cls, data: Source) -> bool:
        """Whether the screen is for such data."""
        return isinstance(data, cls.KINDS)

    def resumed(self) -> None:
        if self._pictures is not None:
            self.entered(self._pictures)
            super().resumed()
        else:
            self._give_way()

    def project_changed(self) -> None:
        super().project_changed()
        if self._pictures is not None:
            self.pictures_changed(self._pictures)
        else:
            self._give_way()

    def entered(self, data: Data) -> None:
        """Shown, again or for the first time; `pictures_changed` comes next."""

    def pictures_changed(self, data: Data) -> None:
        """What the project says of its pictures may be another."""

    def action_back(self) -> None:
        self.asanai.show("data")

    @property
    def _pictures(self) -> Data | None:
        data = self.asanai.project.data
        return cast(Data, data) if self.takes(data) else None

    def _give_way(self) -> None:
        """Other data was opened, or brought back by undo; a screen that is left already stays so."""
        if self.is_current:
            self.asanai.show("data")
