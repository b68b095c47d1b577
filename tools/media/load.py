"""`load_image`: one door for every kind of source."""

from __future__ import annotations

import base64
import binascii
import os
import stat
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import numpy as np

from ..errors import BrokenMedia, ForbiddenAddress, MediaError, MediaNotFound, UnsupportedMedia
from .arrays import rgb_from_array
from .decode import rgb_from_bytes, rgb_from_pil
from .fetch import Resolver, Transport, fetch
from .limits import MediaLimits
from .names import base_name, printable
from .picture import Picture

__all__ = ["load_image"]


def load_image(
    source: Any,
    *,
    limits: MediaLimits | None = None,
    allow_urls: bool = False,
    resolver: Resolver | None = None,
    transport: Transport | None = None,
) -> Picture:
    """Read and check one picture.

    Args:
        source: a path, bytes, an open binary file, a PIL image, a NumPy array ((H, W), (H, W, 3) or (H, W, 4), RGB
            order; uint8, bool, uint16 or floats in 0..1), a data URL, an http(s) URL, or a Picture, which is returned
            as it is.
        limits: on bytes, pixels and fetching.
        allow_urls: whether http(s) URLs may be fetched at all.
        resolver, transport: stand-ins for name resolution and the connection, for tests.

    Raises:
        MediaError: in one of its kinds; the text says what is wrong and what to do.
    """
    limits = limits or MediaLimits()
    if isinstance(source, Picture):
        limits.check_size(source.width, source.height, source.name)
        return source
    if isinstance(source, np.ndarray):
        pixels, notes = rgb_from_array(source, limits=limits)
        return Picture(pixels, "array", notes)
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_bytes(bytes(source), "the picture", "picture", limits)
    if _is_pil(source):
        name = base_name(str(getattr(source, "filename", "") or "picture"))
        pixels, notes = rgb_from_pil(source, name=name, limits=limits)
        return Picture(pixels, name, notes)
    if isinstance(source, str | os.PathLike):
        text = os.fspath(source)
        if isinstance(text, bytes):
            text = os.fsdecode(text)
        if not isinstance(source, str):
            return _from_path(text, limits)
        lowered = text[:16].lower()
        if lowered.startswith("data:"):
            return _from_data_url(text, limits)
        if lowered.startswith(("http://", "https://")):
            if not allow_urls:
                raise ForbiddenAddress(
                    f"{printable(text.partition('?')[0])} is a URL and URLs were not allowed: "
                    "allow them, or download the picture and pass the file"
                )
            fetched = fetch(text, limits=limits, resolver=resolver, transport=transport)
            name = base_name(unquote(fetched.path))
            return _from_bytes(fetched.data, name, name, limits)
        return _from_path(text, limits)
    if callable(getattr(source, "read", None)):
        return _from_bytes(_from_file(source, limits), "the picture", "picture", limits)
    raise UnsupportedMedia(
        f"a {type(source).__name__} is not a picture: pass a path, bytes, a PIL image, a NumPy array or a data URL"
    )


def _is_pil(source: Any) -> bool:
    if "PIL.Image" not in sys.modules:  # whoever holds a PIL image has imported it
        return False
    from PIL.Image import Image  # waits while another thread is still importing it

    return isinstance(source, Image)


def _from_bytes(data: bytes, shown: str, name: str, limits: MediaLimits) -> Picture:
    limits.check_bytes(len(data), shown)
    pixels, notes = rgb_from_bytes(data, name=shown, limits=limits)
    return Picture(pixels, name, notes)


def _from_file(source: Any, limits: MediaLimits) -> bytes:
    try:
        data = source.read(limits.max_bytes + 1)
    except Exception as error:
        raise MediaNotFound("the open file cannot be read") from error
    if not isinstance(data, bytes):
        raise UnsupportedMedia("the open file gives text: open it in binary mode, open(path, 'rb')")
    return data


def _from_path(text: str, limits: MediaLimits) -> Picture:
    shown = printable(text) or "the path"
    if not text.strip():
        raise MediaNotFound("the path is empty: pass the path of a picture")
    if "://" in text[:16]:
        raise UnsupportedMedia(f"{shown} is not a path: only http and https URLs and data URLs can be opened")
    try:
        data = _read_file(text, shown, limits)
    except MediaError:
        raise
    except FileNotFoundError:
        raise MediaNotFound(f"{shown} does not exist: check the path") from None
    except PermissionError:
        raise MediaNotFound(f"{shown} may not be read: check its permissions") from None
    except (OSError, ValueError, RuntimeError):
        raise MediaNotFound(f"{shown} cannot be opened: check the path") from None
    return _from_bytes(data, shown, base_name(text), limits)


def _read_file(text: str, shown: str, limits: MediaLimits) -> bytes:
    path = Path(text).expanduser() if text.startswith("~") else Path(text)
    _check_kind(os.stat(path).st_mode, shown)
    # Not blocking, so that a pipe put there in between cannot hang us.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        _check_kind(facts.st_mode, shown)
        limits.check_bytes(facts.st_size, shown)
        return file.read(limits.max_bytes + 1)


def _check_kind(mode: int, shown: str) -> None:
    if stat.S_ISDIR(mode):
        raise UnsupportedMedia(f"{shown} is a folder: pass one picture in it")
    if not stat.S_ISREG(mode):
        raise UnsupportedMedia(f"{shown} is a device or pipe, not a file: pass the bytes instead")


def _from_data_url(text: str, limits: MediaLimits) -> Picture:
    head, comma, payload = text[5:].partition(",")
    if not comma:
        raise BrokenMedia("the data URL has no comma: it must read data:image/png;base64,...")
    limits.check_bytes(len(payload) * 3 // 4 if head.lower().endswith(";base64") else len(payload) // 3, "the data URL")
    if head.lower().endswith(";base64"):
        try:
            squeezed = "".join(unquote(payload).split()).replace("-", "+").replace("_", "/")
            data = base64.b64decode(squeezed + "=" * (-len(squeezed) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise BrokenMedia("the data URL's base64 is damaged or cut off: encode the picture again") from None
    else:
        data = unquote_to_bytes(payload)
    return _from_bytes(data, "the data URL", "data URL", limits)
