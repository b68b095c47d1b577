"""Videos in: opened, understood and decoded in a process of their own, a frame at a time and only when asked for."""

from __future__ import annotations

from .opening import looks_like_video, open_video
from .video import Video

__all__ = ["Video", "looks_like_video", "open_video"]
