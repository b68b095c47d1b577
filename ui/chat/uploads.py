"""What visitors bring: a file becomes a checked picture or video by its content, whatever its name says.

The name is kept for display only. Nothing is decoded beyond the limits, which are checked first, and errors name the
file as the visitor does, never where it lies here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...tools.errors import MediaError, MediaTooLarge
from ...tools.media import MediaLimits, Picture, Video, load_image, looks_like_video, open_video
from ...tools.media.names import base_name
from .limits import ChatLimits

__all__ = ["checked", "media_limits"]


def media_limits(limits: ChatLimits) -> MediaLimits:
    """The chat's limits as the media loaders take them."""
    return MediaLimits(
        max_bytes=limits.upload_bytes, max_video_bytes=limits.upload_bytes, max_pixels=limits.upload_pixels
    )


def checked(path: Path, *, name: str, limits: ChatLimits) -> Picture | Video:
    """The picture or video in a file.

    Args:
        name: what the visitor calls it.

    Raises:
        MediaError: in one of its kinds; the text says which file and what is wrong with it.
    """
    shown = base_name(name)
    try:
        return _opened(path, shown, limits)
    except MediaError as error:
        raise type(error)(f"{shown}: {str(error).replace(str(path), 'the file')}") from None


def _opened(path: Path, shown: str, limits: ChatLimits) -> Picture | Video:
    size = path.stat().st_size
    if size > limits.upload_bytes:
        raise MediaTooLarge(f"it has {size:,} bytes, and at most {limits.upload_bytes:,} are taken: shrink it")
    if not looks_like_video(path):
        return replace(load_image(path.read_bytes(), limits=media_limits(limits)), name=shown)
    video = open_video(path, limits=media_limits(limits))
    seconds = video.facts.duration_s
    if seconds > limits.video_s:
        video.close()
        raise MediaTooLarge(f"it is {seconds:.0f} seconds long, and at most {limits.video_s:.0f} are taken: cut it")
    video.name = shown
    return video
