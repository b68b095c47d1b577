"""The views of a report: each distinct region that a page shows, as one JPEG in a data URI.

A page repeats a region often (the whole picture for every step), so each is encoded once and referred to by its
number. What cannot be shown (a trace replayed without its pictures, or more than a page should weigh) becomes a view
without pixels, with the reason.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..tools.api import ImageRef
from ..tools.errors import MediaError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["HasFrames", "HasPixels", "Media", "View", "ViewBook"]

_WHOLE_SIDE = 1400  # longest side of a whole picture, pixels
_CROP_SIDE = 640  # longest side of a crop, pixels
_PAGE_BYTES = 12_000_000  # all encoded views of one page together


@runtime_checkable
class HasPixels(Protocol):
    """A picture of the media store: what a view is cut from."""

    @property
    def pixels(self) -> NDArray[np.uint8]: ...


@runtime_checkable
class HasFrames(Protocol):
    """A video of the media store: what views of frames and clips are cut from."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def frame(self, index: int, *, size: tuple[int, int] | None = None) -> NDArray[np.uint8]: ...

    def rest(self) -> None: ...


Media = Mapping[str, HasPixels | HasFrames]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One region as a page shows it.

    Attributes:
        number: its place in the book, for the page's class names.
        ref: what it shows.
        uri: data URI of the JPEG or the address it is served at, None when there are no pixels to show.
        missing: why there are none, else None.
    """

    number: int
    ref: ImageRef
    uri: str | None
    missing: str | None

    @property
    def width(self) -> int:
        return self.ref.box.width

    @property
    def height(self) -> int:
        return self.ref.box.height

    def shown_px(self, *, tall: float, wide: float) -> tuple[float, float]:
        """(width, height) in CSS pixels when it fills a space of that size, never blown up more than eightfold."""
        width = min(wide, tall * self.width / self.height, 8.0 * self.width)
        return width, width * self.height / self.width

    @property
    def whole(self) -> bool:
        return self.ref.box == self.ref.bounds


class ViewBook:
    """Collects the views of one page; the same region always gives the same view.

    Args:
        first_number: number of its first view, where a page holds several books.
        whole_side: longest side of a whole picture, pixels.
        address: where a region is served; with it a page asks for its views instead of carrying them.
    """

    def __init__(
        self,
        pictures: Media,
        *,
        first_number: int = 1,
        whole_side: int = _WHOLE_SIDE,
        address: Callable[[ImageRef], str] | None = None,
    ) -> None:
        self._pictures = pictures
        self._address = address
        self._first = first_number
        self._whole_side = whole_side
        self._views: dict[tuple[Any, ...], View] = {}
        self._bytes = 0

    @property
    def views(self) -> list[View]:
        return list(self._views.values())

    def view(self, ref: ImageRef) -> View:
        """The view of a region, encoded at first use."""
        key = (ref.media, ref.frame, ref.box)
        if key not in self._views:
            uri, missing = self._encode(ref)
            self._views[key] = View(number=self._first + len(self._views), ref=ref, uri=uri, missing=missing)
        return self._views[key]

    def jpeg(self, ref: ImageRef) -> bytes | None:
        """The region as a JPEG of the size that a page shows, None when there are no pixels to show."""
        pixels, _ = self._pixels(ref)
        return None if pixels is None else self._cut(pixels, ref)

    def _cut(self, pixels: NDArray[np.uint8], ref: ImageRef) -> bytes:
        x1, y1, x2, y2 = ref.box.to_xyxy(ref.height)
        return _jpeg(pixels[y1:y2, x1:x2], side=self._whole_side if ref.box == ref.bounds else _CROP_SIDE)

    def _encode(self, ref: ImageRef) -> tuple[str | None, str | None]:
        if self._address is not None:
            return (self._address(ref), None) if ref.media in self._pictures else (None, "its pixels are gone")
        if self._bytes > _PAGE_BYTES:
            return None, "left out to keep the page small"
        pixels, missing = self._pixels(ref)
        if pixels is None:
            return None, missing
        encoded = self._cut(pixels, ref)
        self._bytes += len(encoded)
        return "data:image/jpeg;base64," + base64.b64encode(encoded).decode(), None

    def _pixels(self, ref: ImageRef) -> tuple[NDArray[np.uint8] | None, str | None]:
        """The whole picture or frame that a region lies in, or why it cannot be shown."""
        held = self._pictures.get(ref.media)
        if held is None or isinstance(held, HasFrames) != (ref.frame is not None):
            return None, "the trace keeps no pixels"
        if isinstance(held, HasFrames):
            if (held.width, held.height) != (ref.width, ref.height):
                return None, "the video is not the one of the trace"
            try:
                return held.frame(ref.frame or 0), None
            except MediaError:
                return None, "the frame cannot be decoded"
        if held.pixels.shape[:2] != (ref.height, ref.width):
            return None, "the picture is not the one of the trace"
        return held.pixels, None


def _jpeg(pixels: NDArray[np.uint8], *, side: int) -> bytes:
    """(H, W, 3) RGB pixels as a JPEG whose longest side is at most `side` pixels."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=84, optimize=True)
    return buffer.getvalue()
