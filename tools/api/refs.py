"""Values that name pixels without holding them: boxes, image references, video references.

Everything here is arithmetic on integers: cropping, overlap and trimming cost no call and no decode. Coordinates are
pixels of the original image, origin at the BOTTOM left, y up; a box is (left, lower, right, upper), right and upper
exclusive. The wire form (`to_wire`, `reference_from_wire`) is plain data and is checked by exact type, because it
also arrives from programs that nobody trusts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..errors import ApiMisuse, EmptyPatch

__all__ = ["Box", "ImageRef", "Reference", "VideoRef", "reference_from_wire"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the original image, y up: left < right and lower < upper.

    Raises:
        EmptyPatch: when it has no area.
    """

    left: int
    lower: int
    right: int
    upper: int

    def __post_init__(self) -> None:
        if self.right <= self.left or self.upper <= self.lower:
            raise EmptyPatch(
                f"box ({self.left}, {self.lower}, {self.right}, {self.upper}) has no area: "
                "it needs left < right and lower < upper"
            )

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.upper - self.lower

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.lower + self.upper) / 2

    def as_tuple(self) -> tuple[int, int, int, int]:
        return self.left, self.lower, self.right, self.upper

    def intersection(self, other: Box) -> Box | None:
        """The common rectangle, or None where there is none."""
        left, lower = max(self.left, other.left), max(self.lower, other.lower)
        right, upper = min(self.right, other.right), min(self.upper, other.upper)
        return Box(left, lower, right, upper) if left < right and lower < upper else None

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        common = self.intersection(other)
        if common is None:
            return 0.0
        return common.area / (self.area + other.area - common.area)

    def moved(self, dx: int, dy: int) -> Box:
        return Box(self.left + dx, self.lower + dy, self.right + dx, self.upper + dy)

    def widened(self, margin: int, within: Box) -> Box:
        """Grown by `margin` pixels on each side, clamped to `within`."""
        grown = Box(self.left - margin, self.lower - margin, self.right + margin, self.upper + margin)
        return grown.intersection(within) or self

    def to_xyxy(self, image_height: int) -> tuple[int, int, int, int]:
        """(x1, y1, x2, y2) with y down, for an image of that height."""
        return self.left, image_height - self.upper, self.right, image_height - self.lower

    @classmethod
    def from_xyxy(cls, xyxy: Sequence[float], image_height: int) -> Box:
        """From (x1, y1, x2, y2) with y down; rounds outwards by no more than half a pixel."""
        x1, y1, x2, y2 = (round(v) for v in xyxy)
        return cls(x1, image_height - y2, x2, image_height - y1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """A region of an image, or of one frame of a video.

    Attributes:
        media: content hash of the picture or video.
        width, height: size of the whole original image in pixels.
        box: the region, within the image.
        frame: source frame index for video, None for a picture.
        mask: content hash of a mask of the region's object (same size as the box), None where unknown.
    """

    media: str
    width: int
    height: int
    box: Box
    frame: int | None = None
    mask: str | None = None

    @classmethod
    def whole(cls, media: str, width: int, height: int, *, frame: int | None = None) -> ImageRef:
        return cls(media=media, width=width, height=height, box=Box(0, 0, width, height), frame=frame)

    @property
    def bounds(self) -> Box:
        return Box(0, 0, self.width, self.height)

    def at(self, box: Box, *, mask: str | None = None) -> ImageRef:
        """The same image at another box, clamped to the image. Raises EmptyPatch when nothing of it lies inside."""
        clamped = box.intersection(self.bounds)
        if clamped is None:
            raise EmptyPatch(f"box {box.as_tuple()} lies outside the {self.width}x{self.height} image")
        return replace(self, box=clamped, mask=mask)

    def to_wire(self) -> dict[str, Any]:
        return {
            "kind": "image",
            "media": self.media,
            "size": [self.width, self.height],
            "box": list(self.box.as_tuple()),
            "frame": self.frame,
            "mask": self.mask,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRef:
    """A stretch of a video, counted in sampled frames.

    Attributes:
        media: content hash of the video.
        width, height: size of a frame in pixels.
        frame_count: frames in the file; for a variable rate, frames of the even grid that it is shown on.
        fps: source frames per second, exact; frame n is what is on screen n / fps seconds after the start.
        samples: how many frames of the whole file the run's settings sample, evenly spread.
        start, end: the stretch, as sampled indices, end exclusive.
    """

    media: str
    width: int
    height: int
    frame_count: int
    fps: Fraction
    samples: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= self.samples:
            raise EmptyPatch(f"video segment {self.start}..{self.end} of {self.samples} sampled frames has duration 0")

    @property
    def num_frames(self) -> int:
        return self.end - self.start

    def source_frame(self, sample: int) -> int:
        """Source frame index of a sampled index of the whole video: the middle of its share of the file."""
        return min(self.frame_count - 1, ((2 * sample + 1) * self.frame_count) // (2 * self.samples))

    def sample_of(self, frame: int) -> int | None:
        """The sampled index of the whole video whose source frame this is; None of a frame that is not sampled."""
        near = frame * self.samples // self.frame_count
        return next((s for s in (near, near + 1) if s < self.samples and self.source_frame(s) == frame), None)

    def time_s(self, sample: int) -> float:
        """Time of a sampled index of the whole video, in seconds from the start of the file."""
        return float(self.source_frame(sample) / self.fps)

    @property
    def first_frame(self) -> int:
        """The first source frame of the stretch's share of the file."""
        return self.start * self.frame_count // self.samples

    @property
    def last_frame(self) -> int:
        """The last source frame of the stretch's share of the file."""
        return max(self.first_frame, self.end * self.frame_count // self.samples - 1)

    @property
    def start_s(self) -> float:
        """Where the stretch begins, in seconds from the start of the file."""
        return float(self.first_frame / self.fps)

    @property
    def end_s(self) -> float:
        """Where the stretch ends, in seconds from the start of the file."""
        return float((self.last_frame + 1) / self.fps)

    def sample_at(self, seconds: float) -> int:
        """The sampled index of the whole video that is nearest to a time in seconds, clamped to the file."""
        sample = int(Fraction(seconds).limit_denominator(10**6) * self.fps * self.samples / self.frame_count)
        return min(max(sample, 0), self.samples - 1)

    def frame(self, sample: int) -> ImageRef:
        return ImageRef.whole(self.media, self.width, self.height, frame=self.source_frame(sample))

    def to_wire(self) -> dict[str, Any]:
        return {
            "kind": "video",
            "media": self.media,
            "size": [self.width, self.height],
            "frame_count": self.frame_count,
            "fps": [self.fps.numerator, self.fps.denominator],
            "samples": self.samples,
            "span": [self.start, self.end],
        }


Reference = ImageRef | VideoRef

_MAX_SIDE = 1 << 20
_IMAGE_KEYS = {"kind", "media", "size", "box", "frame", "mask"}
_VIDEO_KEYS = {"kind", "media", "size", "frame_count", "fps", "samples", "span"}


def _ints(value: Any, count: int) -> list[int]:
    if type(value) is not list or len(value) != count or any(type(v) is not int for v in value):
        raise ApiMisuse("a reference holds something that is not whole numbers")
    if any(abs(v) > 1 << 40 for v in value):
        raise ApiMisuse("a reference holds a number out of range")
    return value


def _text(value: Any) -> str:
    if type(value) is not str or not 0 < len(value) <= 128:
        raise ApiMisuse("a reference holds a media id that is not a short text")
    return value


def reference_from_wire(data: Any) -> Reference:
    """Decode and check the wire form of a reference; which media ids are known is the caller's to check.

    Raises:
        ApiMisuse: on any other shape, type or range.
        EmptyPatch: when the region or segment is empty.
    """
    if type(data) is not dict:
        raise ApiMisuse("not a reference to an image or video")
    width, height = _ints(data.get("size"), 2)
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        raise ApiMisuse("a reference holds an impossible image size")
    if data.get("kind") == "image" and set(data) == _IMAGE_KEYS:
        frame, mask = data["frame"], data["mask"]
        if frame is not None and (type(frame) is not int or not 0 <= frame < 1 << 40):
            raise ApiMisuse("a reference holds an impossible frame index")
        box = Box(*_ints(data["box"], 4))
        if box.left < 0 or box.lower < 0 or box.right > width or box.upper > height:
            raise ApiMisuse("a reference's box leaves its image")
        return ImageRef(
            media=_text(data["media"]),
            width=width,
            height=height,
            box=box,
            frame=frame,
            mask=None if mask is None else _text(mask),
        )
    if data.get("kind") == "video" and set(data) == _VIDEO_KEYS:
        (frame_count,) = _ints([data["frame_count"]], 1)
        (samples,) = _ints([data["samples"]], 1)
        numerator, denominator = _ints(data["fps"], 2)
        start, end = _ints(data["span"], 2)
        if min(frame_count, samples, numerator, denominator) <= 0:
            raise ApiMisuse("a reference holds an impossible video")
        return VideoRef(
            media=_text(data["media"]),
            width=width,
            height=height,
            frame_count=frame_count,
            fps=Fraction(numerator, denominator),
            samples=samples,
            start=start,
            end=end,
        )
    raise ApiMisuse("not a reference to an image or video")
