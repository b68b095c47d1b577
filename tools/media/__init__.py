"""Pictures and videos in: from a path, bytes, an array or a URL to checked pixels that are known by their content."""

from __future__ import annotations

from .limits import MediaLimits
from .load import load_image
from .picture import Picture
from .resting import PixelBudget
from .store import MediaStore
from .video import Video, looks_like_video, open_video

__all__ = [
    "MediaLimits",
    "MediaStore",
    "Picture",
    "PixelBudget",
    "Video",
    "load_image",
    "looks_like_video",
    "open_video",
]
