"""Encoded bytes and PIL images to RGB pixels, through Pillow; the only place that knows Pillow and its errors.

Only formats that hold photographs and drawings are tried, so nothing starts another program or reads another file. The
header's size is checked before anything is decoded. Colour profiles are not applied.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import BrokenMedia, MediaError, MediaTooLarge, UnsupportedMedia
from .arrays import on_white, sixteen_to_eight
from .limits import MediaLimits
from .picture import Pixels
from .sniff import guess

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["rgb_from_bytes", "rgb_from_pil"]

_FORMATS = ("PNG", "JPEG", "MPO", "GIF", "WEBP", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000", "ICO", "QOI")
_EXIF_ORIENTATION = 0x0112
_FRAMES = {"GIF", "PNG", "WEBP", "AVIF"}  # the others count pages, or views of the same thing


class _Quiet:
    """Silences Python warnings while any thread decodes; the first in sets the filter, the last out restores it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._saved: warnings.catch_warnings[None] | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._inside == 0:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0 and self._saved is not None:
                    self._saved.__exit__(None, None, None)
                    self._saved = None


_quiet = _Quiet()


def rgb_from_bytes(data: bytes, *, name: str, limits: MediaLimits) -> tuple[Pixels, tuple[str, ...]]:
    """(H, W, 3) uint8 and notes, from the bytes of a picture file; `name` is used in error texts.

    Raises:
        UnsupportedMedia: when they are not a picture; the text says what they seem to be.
        BrokenMedia: when they are one, but empty, cut off or corrupt.
        MediaTooLarge: when the header promises too many pixels.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise BrokenMedia(f"{name} is empty (0 bytes): save or download it again")
    with _quiet():
        try:
            Image.init()  # else Pillow trips over formats whose plugins it has not loaded yet
            known = [kind for kind in _FORMATS if kind in Image.OPEN]
            with Image.open(io.BytesIO(data), formats=known) as image:
                return _decoded(image, name, limits)
        except MediaError:
            raise
        except UnidentifiedImageError:
            raise _not_a_picture(data, name) from None
        except Image.DecompressionBombError:
            raise MediaTooLarge(f"{name} claims far more pixels than any picture: it was not decoded") from None
        except MemoryError:
            raise MediaTooLarge(f"{name} does not fit into memory: shrink it") from None
        except Exception as error:  # decoders raise every kind of exception on corrupt data
            raise BrokenMedia(
                f"{name} starts like {guess(data[:4096]).label} but is cut off or damaged: save or download it again"
            ) from error


def _not_a_picture(data: bytes, name: str) -> MediaError:
    found = guess(data[:4096])
    if found.kind == "picture":
        return BrokenMedia(
            f"{name} starts like {found.label} but its header is cut off or damaged: save or download it again"
        )
    if found.kind == "video":
        return UnsupportedMedia(
            f"{name} is {found.label}, not a picture: videos are not readable as a picture; "
            "save one of its frames as PNG or JPEG and ask about that",
            kind="video",
        )
    pictures = "pass a picture (JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF), or a video where one is taken (MP4, WebM, ...)"
    sentence = found.label if found.kind == "unknown" else f"{found.label}, not a picture"
    return UnsupportedMedia(f"{name} is {sentence}: {pictures}", kind=found.kind)


def rgb_from_pil(image: Image.Image, *, name: str, limits: MediaLimits) -> tuple[Pixels, tuple[str, ...]]:
    """(H, W, 3) uint8 and notes, from a PIL image as it stands (its current frame). Raises as `rgb_from_bytes`."""
    return _decoded(image, name, limits, callers=True)


def _decoded(
    image: Image.Image, name: str, limits: MediaLimits, *, callers: bool = False
) -> tuple[Pixels, tuple[str, ...]]:
    """Upright, on white; the first frame, except of a caller's image, which is not to be moved."""
    width, height = image.size
    if width <= 0 or height <= 0:
        raise BrokenMedia(f"{name} has no pixels ({width}x{height})")
    limits.check_size(width, height, name)
    notes: list[str] = []
    with _quiet():
        try:
            frames = int(getattr(image, "n_frames", 1))
            if frames > 1 and image.format != "MPO" and not callers:
                image.seek(0)
                notes.append(f"first of {frames} {'frames' if image.format in _FRAMES else 'pages'}")
            still = image.copy() if callers else image
            still.load()
            limits.check_size(*still.size, name)  # an icon may hold another size than it claims
            pixels = _rgb(still, notes)
            turned = _upright(image, pixels, notes)
        except MediaError:
            raise
        except MemoryError:
            raise MediaTooLarge(f"{name} does not fit into memory: shrink it") from None
        except Exception as error:  # as above; a PIL image may still read from its file here
            raise BrokenMedia(f"{name} is cut off or damaged: save or download it again") from error
    final = np.ascontiguousarray(turned)
    final.setflags(write=False)
    return final, tuple(notes)


def _rgb(image: Image.Image, notes: list[str]) -> Pixels:
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return np.array(image, dtype=np.uint8)
    if mode.startswith("I;16"):
        notes.append("16-bit gray scaled to 8")
        return _gray(sixteen_to_eight(np.asarray(image)))
    if mode in ("I", "F"):
        return _gray(_squeezed(np.asarray(image), notes))
    if mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = np.asarray(image.convert("LA" if mode == "La" else "RGBA").convert("RGBA"))
        if rgba[..., 3].min() < 255:
            notes.append("transparent parts shown on white")
        return on_white(rgba)
    if mode == "CMYK":
        notes.append("converted from CMYK without its colour profile")
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _gray(eight: Pixels) -> Pixels:
    return np.repeat(eight[..., None], 3, axis=2)


def _squeezed(values: Any, notes: list[str]) -> Pixels:
    """32-bit values to 8: as 16-bit integers or as 0..1 floats where they fit, else stretched between their ends."""
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if values.dtype.kind == "i" and low >= 0 and high <= 255:
        return np.asarray(finite, np.uint8)
    if values.dtype.kind == "i" and low >= 0 and high <= 65535:
        notes.append("16-bit gray scaled to 8")
        return sixteen_to_eight(finite)
    if values.dtype.kind == "f" and low >= 0.0 and high <= 1.0:
        return np.asarray(np.rint(finite * 255), np.uint8)
    notes.append(f"values from {low:g} to {high:g} stretched to 8 bits")
    span = high - low
    return np.asarray(np.rint((finite - low) * (255 / span if span > 0 else 0.0)), np.uint8)


def _upright(image: Image.Image, pixels: Pixels, notes: list[str]) -> Pixels:
    try:
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # damaged camera data must not cost us a good picture
        return pixels
    turned = {
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, -1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: np.rot90(p, 1),
    }.get(orientation)
    if turned is None:
        return pixels
    notes.append("turned upright by its EXIF orientation")
    return np.asarray(turned(pixels), dtype=np.uint8)
