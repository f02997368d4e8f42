"""A stream whose bytes are made a piece at a time: of a packed file, of another format."""

import io
from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Pieces(io.RawIOBase):
    """Base: a subclass makes the next piece `ready` whenever the one before has been read."""

    def __init__(self, close: Callable[[], object]) -> None:
        """`close`: closes what the pieces are made of."""
        self.ready = memoryview(b"")
        self._close = close

    @abstractmethod
    def more(self) -> bool:
        """Make a piece ready, perhaps an empty one; False at the end."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Raises: InputError: what `more` raises of a damaged file."""
        place = memoryview(buffer).cast("B")
        while not self.ready and self.more():
            pass
        data = self.ready[: len(place)]
        place[: len(data)] = data
        self.ready = self.ready[len(data) :]
        return len(data)

    def close(self) -> None:
        self._close()
        super().close()
