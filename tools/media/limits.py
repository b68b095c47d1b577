"""How much a picture or video may ask of this machine before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadRequest, MediaTooLarge

__all__ = ["MediaLimits"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaLimits:
    """Limits on one picture or video; all are checked before the work that they bound.

    Attributes:
        max_bytes: encoded size, of a file, of bytes or of what a server sends.
        max_pixels: width times height, for a video of a frame. Pillow refuses more than 178,956,970 anyway.
        max_side: the longer side, in pixels.
        fetch_timeout_s: wall-clock limit on fetching a URL, redirects and all.
        max_redirects: how often a server may send us elsewhere.
        max_video_bytes: encoded size of a video, which is never held in memory.
        decode_stall_s: a decoder that shows no progress for so long is given up.
        decode_s: wall-clock limit on decoding one frame, or on opening a video, however much progress there is.
        frame_cache_bytes: decoded frames that one video keeps, in bytes.
    """

    max_bytes: int = 100_000_000
    max_pixels: int = 80_000_000
    max_side: int = 65_535
    fetch_timeout_s: float = 30.0
    max_redirects: int = 5
    max_video_bytes: int = 50_000_000_000
    decode_stall_s: float = 8.0
    decode_s: float = 120.0
    frame_cache_bytes: int = 64_000_000

    def __post_init__(self) -> None:
        positive = (self.max_bytes, self.max_pixels, self.max_side, self.fetch_timeout_s, self.max_video_bytes)
        if (
            min(*positive, self.decode_stall_s, self.decode_s) <= 0
            or min(self.max_redirects, self.frame_cache_bytes) < 0
        ):
            raise BadRequest("media limits must be positive")

    def check_bytes(self, count: int, name: str) -> None:
        """Raises MediaTooLarge when `count` bytes are too many."""
        if count > self.max_bytes:
            raise MediaTooLarge(
                f"{name} is larger than {self.max_bytes:,} bytes: shrink it, or raise MediaLimits(max_bytes=...)",
                limit=self.max_bytes,
            )

    def check_size(self, width: int, height: int, name: str) -> None:
        """Raises MediaTooLarge when a picture of that size in pixels is too large."""
        if width * height > self.max_pixels or max(width, height) > self.max_side:
            raise MediaTooLarge(
                f"{name} is {width}x{height} pixels, over the limit of {self.max_pixels:,} pixels "
                f"({self.max_side:,} a side): shrink it, or raise MediaLimits(max_pixels=..., max_side=...)",
                width=width,
                height=height,
            )
