"""`map`: what other experts know of a picture, drawn as a picture that a ControlNet can follow.

It asks whoever serves edges, lines, poses, depth and segments in the profile; soft edges and scribbles it finds itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ..capabilities import WhichMap
from ..errors import ExpertFailed
from ..results import DepthMap, Detections, Lines, NewImage, People, Result
from .base import Expert, ExpertRequest
from .map_drawing import (
    Pixels,
    lines_drawn,
    normals_of,
    scribble_of,
    segments_drawn,
    skeletons_drawn,
    soft_edges_of,
)
from .registry import register

__all__ = ["DrawnMaps"]

R = TypeVar("R", bound=Result)


@register
class DrawnMaps(Expert):
    """Maps of a picture as pictures: edges, lines, poses, depth, normals, segments."""

    name = "drawn-maps"
    capabilities = ("map",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = (
        "Poses, depth, normals and segments need an expert of the profile that knows them; soft edges are gradients "
        "and no learned contours; colours of segments name nothing."
    )

    def serve(self, request: ExpertRequest) -> NewImage:
        asked = request.arguments
        assert isinstance(asked, WhichMap)
        return NewImage(pixels=self._drawn(asked.kind, request))

    def _drawn(self, kind: str, request: ExpertRequest) -> Pixels:
        shape: Any = request.pixels.shape[:2]
        match kind:
            case "canny":
                return _asked(request, "edges", NewImage).pixels
            case "lines":
                return lines_drawn(shape, _asked(request, "lines", Lines).lines)
            case "soft_edges":
                return soft_edges_of(request.pixels)
            case "scribble":
                return scribble_of(request.pixels)
            case "pose":
                people = _asked(request, "pose", People).people
                return skeletons_drawn(shape, [person.keypoints for person in people])
            case "depth":
                return _asked(request, "depth_map", DepthMap).drawn()
            case "normals":
                return normals_of(_asked(request, "depth_map", DepthMap).values)
            case "segments":
                found = _asked(request, "segment", Detections, {"everything": True}).items
                return segments_drawn(shape, [each.mask for each in found if each.mask is not None])
        raise AssertionError(kind)


def _asked(request: ExpertRequest, capability: str, kind: type[R], arguments: dict[str, Any] | None = None) -> R:
    result = request.ask(capability, arguments or {})
    if not isinstance(result, kind):
        raise ExpertFailed(f"{capability} gave {type(result).__name__} where {kind.__name__} was expected")
    return result
