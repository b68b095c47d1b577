"""From a path or bytes to a `Video`: checked, hashed as a stream, never held in memory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from ...errors import BrokenMedia, MediaError, MediaNotFound, MediaTooLarge, MissingDependency, UnsupportedMedia
from ..limits import MediaLimits
from ..names import base_name, printable
from ..sniff import guess
from .video import Video

__all__ = ["looks_like_video", "open_video"]

_HEAD = 4096
_CHUNK = 1 << 20
# Bare streams and old containers that have no tell-tale first bytes.
_SUFFIXES = {
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".flv", ".wmv", ".ogv",
    ".3gp", ".h264", ".264", ".h265", ".hevc", ".mjpeg", ".mjpg", ".ivf", ".y4m", ".vob", ".mxf", ".nut", ".rm",
    ".wav", ".mp3", ".flac", ".m4a", ".ogg", ".aac", ".opus",
}  # fmt: skip


def looks_like_video(source: Any) -> bool:
    """Whether a source is to be opened as a video, by its first bytes or else its name; sound counts too.

    It never raises: what cannot be read is left to whoever opens it, who says what is wrong with it.
    """
    if isinstance(source, Video):
        return True
    if isinstance(source, bytes | bytearray | memoryview):
        return guess(bytes(source[:_HEAD])).kind in ("video", "audio")
    if not isinstance(source, str | os.PathLike):
        return False
    text = os.fspath(source)
    if not isinstance(text, str) or (isinstance(source, str) and text[:16].lower().startswith(("data:", "http"))):
        return False
    path = Path(text).expanduser() if text.startswith("~") else Path(text)
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            kind = guess(file.read(_HEAD)).kind
    except (OSError, ValueError, RuntimeError):
        return False
    return kind in ("video", "audio") or (kind != "picture" and path.suffix.lower() in _SUFFIXES)


def open_video(source: Any, *, limits: MediaLimits | None = None) -> Video:
    """Open one video.

    Args:
        source: a path, bytes, or a Video, which is returned as it is.
        limits: on bytes, pixels and time.

    Raises:
        MediaError: in one of its kinds; the text says what is wrong and what to do.
        MissingDependency: without PyAV.
    """
    limits = limits or MediaLimits()
    if isinstance(source, Video):
        return source
    _need_av()
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_bytes(bytes(source), limits)
    if isinstance(source, str | os.PathLike):
        return _from_path(os.fspath(source), limits)
    raise UnsupportedMedia(f"a {type(source).__name__} is not a video: pass a path or the bytes of a video file")


def _need_av() -> None:
    from importlib.util import find_spec

    if find_spec("av") is None:
        raise MissingDependency("reading a video", "av")


def _from_bytes(data: bytes, limits: MediaLimits) -> Video:
    if not data:
        raise BrokenMedia("the video is empty (0 bytes): save or download it again")
    with tempfile.TemporaryFile(prefix="sightline-") as file:
        file.write(data)
        file.flush()
        return _from_descriptor(os.dup(file.fileno()), "the video", "video", limits)


def _from_path(text: Any, limits: MediaLimits) -> Video:
    text = os.fsdecode(text)
    shown = printable(text) or "the path"
    path = Path(text).expanduser() if text.startswith("~") else Path(text)
    try:
        if not path.is_file():
            raise MediaNotFound(f"{shown} does not exist: check the path")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except MediaError:
        raise
    except PermissionError:
        raise MediaNotFound(f"{shown} may not be read: check its permissions") from None
    except (OSError, ValueError, RuntimeError):
        raise MediaNotFound(f"{shown} cannot be opened: check the path") from None
    return _from_descriptor(descriptor, shown, base_name(text), limits)


def _from_descriptor(descriptor: int, shown: str, name: str, limits: MediaLimits) -> Video:
    try:
        facts = os.fstat(descriptor)
        if facts.st_size == 0:
            raise BrokenMedia(f"{shown} is empty (0 bytes): save or download it again")
        if facts.st_size > limits.max_video_bytes:
            raise MediaTooLarge(
                f"{shown} is larger than {limits.max_video_bytes:,} bytes: cut it, or raise "
                "MediaLimits(max_video_bytes=...)",
                limit=limits.max_video_bytes,
            )
        video_id = _hashed(descriptor, facts.st_size)
        grown = os.fstat(descriptor).st_size > facts.st_size
    except MediaError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        raise MediaNotFound(f"{shown} cannot be read: check the disk it lies on") from None
    notes = ("the file is still growing: what was there when it was opened is what is seen",) if grown else ()
    stamp = (facts.st_size, facts.st_mtime_ns)
    return Video(descriptor, video_id=video_id, name=name, limits=limits, stamp=stamp, notes=notes)


def _hashed(descriptor: int, size: int) -> str:
    """A hash of the first `size` bytes, read in pieces; the descriptor's place is not moved."""
    digest = hashlib.blake2b(b"video", digest_size=16)
    place = 0
    while place < size:
        piece = os.pread(descriptor, min(_CHUNK, size - place), place)
        if not piece:
            break
        digest.update(piece)
        place += len(piece)
    return digest.hexdigest()
