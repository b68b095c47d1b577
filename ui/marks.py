"""What is drawn over a picture: boxes, lines and points found in results and values.

Places are fractions of the view they are drawn on, origin top left, y down, so that a page needs no arithmetic; `place`
turns the trace's y-up pixels over. Shapes that this version does not know give no marks rather than an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..agent.outlines import Outline
from ..agent.values import patches_in
from ..tools.api import ImageRef, reference_from_wire
from ..tools.errors import SightlineError
from .wording import printable

__all__ = ["Mark", "Region", "image_ref", "marks_in_result", "pictures_in_value", "place", "regions_in_value"]

_POINT_CONFIDENCE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Something with a place in an image, before it is drawn.

    Attributes:
        box: (left, lower, right, upper) in pixels of the image, y up; a line runs from (left, upper) to (right, lower).
        shape: "box", "line", "point" or "way".
        number, hue: those of the mark, where they say more than its place among the others of a view.
        outline: polygons of what the box holds, or the line of a way, as x1, y1, x2, y2, ... in fractions of the box,
            origin top left.
    """

    media: str
    frame: int | None
    image_height: int
    box: tuple[float, float, float, float]
    label: str | None = None
    confidence: float | None = None
    shape: str = "box"
    number: int | None = None
    hue: int | None = None
    outline: Outline = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A region placed on a view.

    Attributes:
        number: as shown beside it and in the list.
        shape: "box", "line", "point" or "way".
        path: outline or way as the path of an SVG whose sides are those of the view, empty without one.
        caption: what is written at it: the label, the number, or nothing; see `labels.captioned`.
        x, y, width, height: fractions of the view, y down; a line runs from (x, y) to (x + width, y + height).
        hue: 0 to 7, the same for the same label.
    """

    number: int
    shape: str
    x: float
    y: float
    width: float
    height: float
    label: str | None
    confidence: float | None
    hue: int
    caption: str = ""
    path: str = ""


def image_ref(wire: Any) -> ImageRef | None:
    """The image reference of a wire form, None for a video or anything unreadable."""
    try:
        ref = reference_from_wire(wire)
    except SightlineError:
        return None
    return ref if isinstance(ref, ImageRef) else None


def place(regions: list[Region], view: ImageRef) -> list[Mark]:
    """Marks for the regions that lie on the view's image and touch its box, numbered in order."""
    x1, y1, x2, y2 = view.box.to_xyxy(view.height)
    hues: dict[str | None, int] = {}
    marks: list[Mark] = []
    for region in regions:
        if region.media != view.media or region.frame != view.frame:
            continue
        left, lower, right, upper = region.box
        top, bottom = region.image_height - upper, region.image_height - lower
        if max(left, right) < x1 or min(left, right) > x2 or max(top, bottom) < y1 or min(top, bottom) > y2:
            continue
        marks.append(
            Mark(
                number=len(marks) + 1 if region.number is None else region.number,
                shape=region.shape,
                x=(left - x1) / (x2 - x1),
                y=(top - y1) / (y2 - y1),
                width=(right - left) / (x2 - x1),
                height=(bottom - top) / (y2 - y1),
                label=region.label,
                confidence=region.confidence,
                hue=(hues.setdefault(region.label, len(hues)) if region.hue is None else region.hue) % 8,
                path=_path(region, top=top, bottom=bottom, x1=x1, y1=y1, wide=x2 - x1, tall=y2 - y1),
            )
        )
    return marks


def _path(region: Region, *, top: float, bottom: float, x1: float, y1: float, wide: float, tall: float) -> str:
    left, _, right, _ = region.box
    drawn = []
    for line in region.outline:
        xs = [(left + x * (right - left) - x1) / wide for x in line[::2]]
        ys = [(top + y * (bottom - top) - y1) / tall for y in line[1::2]]
        points = " ".join(f"{x:.4f},{y:.4f}" for x, y in zip(xs, ys, strict=True))
        drawn.append(f"M{points}" if region.shape == "way" else f"M{points}Z")
    return "".join(drawn)


def marks_in_result(target: ImageRef, result: Any, outlines: Mapping[str, Outline] | None = None) -> list[Region]:
    """Every place that a result names, in the image of its target; `outlines` are those of its masks, by id."""
    return list(_regions_in_result(target, result, outlines or {}))


def _regions_in_result(target: ImageRef, result: Any, outlines: Mapping[str, Outline]) -> Iterator[Region]:
    if isinstance(result, list):
        for item in result:
            yield from _boxed(target, item, outlines)
    elif isinstance(result, Mapping):
        for key in ("lines", "people", "codes"):
            items = result.get(key)
            for item in items if isinstance(items, list) else ():
                yield from _boxed(target, item, outlines) if isinstance(item, Mapping) else _line(target, item)


def _boxed(target: ImageRef, item: Any, outlines: Mapping[str, Outline]) -> Iterator[Region]:
    if not isinstance(item, Mapping):
        return
    box = _four(item.get("box"))
    if box is None:
        return
    label = item.get("text") or item.get("label")
    confidence = item.get("confidence")
    yield Region(
        media=target.media,
        frame=target.frame,
        image_height=target.height,
        box=box,
        label=printable(str(label)) if label else None,
        confidence=float(confidence) if isinstance(confidence, int | float) else None,
        outline=outlines.get(str(item.get("mask")), ()),
    )
    points = item.get("keypoints")
    for point in points.values() if isinstance(points, Mapping) else ():
        if isinstance(point, list | tuple) and len(point) == 3 and point[2] >= _POINT_CONFIDENCE:
            place_px = (float(point[0]), float(point[1]), float(point[0]), float(point[1]))
            yield Region(
                media=target.media,
                frame=target.frame,
                image_height=target.height,
                box=place_px,
                label=None,
                shape="point",
            )


def _line(target: ImageRef, item: Any) -> Iterator[Region]:
    ends = _four(item)
    if ends is not None:
        x1, y1, x2, y2 = ends
        yield Region(
            media=target.media, frame=target.frame, image_height=target.height, box=(x1, y2, x2, y1), shape="line"
        )


def _four(values: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(values, list | tuple) or len(values) != 4:
        return None
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    left, lower, right, upper = (float(value) for value in values)
    return left, lower, right, upper


def regions_in_value(value: Any, outlines: Mapping[str, Outline] | None = None) -> list[Region]:
    """Every patch inside an answer's value, as the trace keeps it (`agent.values.encode`), as a region to draw."""
    known = outlines or {}
    return [
        Region(
            media=ref.media,
            frame=ref.frame,
            image_height=ref.height,
            box=(float(ref.box.left), float(ref.box.lower), float(ref.box.right), float(ref.box.upper)),
            label=printable(str(label)) if label else None,
            confidence=confidence,
            outline=known.get(ref.mask or "", ()),
        )
        for ref, label, confidence in patches_in(value)
        if ref.box != ref.bounds
    ]


def pictures_in_value(value: Any) -> list[ImageRef]:
    """The whole of each picture that a value's patches lie in, in order, each once."""
    refs = [ImageRef.whole(ref.media, ref.width, ref.height, frame=ref.frame) for ref, _, _ in patches_in(value)]
    return list(dict.fromkeys(refs))
