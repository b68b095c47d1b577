"""Which pictures and videos a program may name: those it was given, and those that an expert handed out.

A worker may send any reference it likes. It is looked up here, per program: an unknown medium, another size than the
real one, or a mask that nobody gave is refused with an ordinary error.
"""

from __future__ import annotations

from typing import Any

from ..tools.api.refs import ImageRef, Reference, VideoRef, reference_from_wire
from ..tools.errors import ApiMisuse
from .wire import BadFrame, decode

__all__ = ["ReferenceTable"]

_SCAN_DEPTH = 6
_MAX_PACKED = 1024  # bytes of one reference
_REMEMBERED = 4096


class ReferenceTable:
    """The references of one program."""

    def __init__(self) -> None:
        self._images: dict[tuple[str, int | None], tuple[int, int]] = {}  # by medium and frame
        self._videos: dict[str, tuple[int, int, int, Any, int]] = {}
        self._masks: set[str] = set()
        self._seen: dict[bytes, tuple[Reference, int]] = {}  # only what was found good: what is granted stays granted

    def grant(self, reference: Reference) -> None:
        """Let the program name this medium (any region of it), and the reference's mask."""
        if isinstance(reference, VideoRef):
            self._videos[reference.media] = _video_facts(reference)
            return
        self._images[reference.media, reference.frame] = (reference.width, reference.height)
        if reference.mask is not None:
            self._masks.add(reference.mask)

    def grant_results(self, data: Any, depth: int = 0) -> None:
        """Grant what an expert's plain result names: references in wire form, and masks."""
        if depth > _SCAN_DEPTH:
            return
        if type(data) is dict:
            if "media" in data and data.get("kind") in ("image", "video"):
                self.grant(reference_from_wire(data))
                return
            for key, value in data.items():
                kind = type(value)
                if kind is dict or kind is list:
                    self.grant_results(value, depth + 1)
                elif key == "mask" and kind is str:
                    self._masks.add(value)
        elif type(data) is list:
            for value in data:
                if type(value) is dict or type(value) is list:
                    self.grant_results(value, depth + 1)

    def resolve_packed(self, packed: Any) -> tuple[Reference, int]:
        """The reference that packed wire data names, and its pixels. Raises as `resolve`, and BadFrame."""
        if type(packed) is not bytes:
            raise BadFrame("not a reference")
        known = self._seen.get(packed)
        if known is None:
            if len(packed) > _MAX_PACKED:
                raise BadFrame("not a reference")
            reference = self.resolve(decode(packed))
            known = reference, _pixels(reference)
            if len(self._seen) < _REMEMBERED:
                self._seen[packed] = known
        return known

    def resolve(self, data: Any) -> Reference:
        """The reference that wire data names.

        Raises:
            ApiMisuse: when it is malformed or was never granted.
            EmptyPatch: when it is empty.
        """
        reference = reference_from_wire(data)
        if isinstance(reference, VideoRef):
            known = self._videos.get(reference.media) == _video_facts(reference)
        else:
            known = self._knows_image(reference)
        if not known:
            raise ApiMisuse("that is not an image or video of this program")
        return reference

    def _knows_image(self, reference: ImageRef) -> bool:
        if reference.mask is not None and reference.mask not in self._masks:
            return False
        size = (reference.width, reference.height)
        video = self._videos.get(reference.media)
        if video is not None and reference.frame is not None:
            return video[:2] == size and reference.frame < video[2]
        return self._images.get((reference.media, reference.frame)) == size


def _pixels(reference: Reference) -> int:
    if isinstance(reference, VideoRef):
        return reference.width * reference.height * reference.num_frames
    return reference.box.area


def _video_facts(reference: VideoRef) -> tuple[int, int, int, Any, int]:
    return reference.width, reference.height, reference.frame_count, reference.fps, reference.samples
