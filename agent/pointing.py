"""What a person points at in a picture, and which region of it that means.

A box means itself, and what is scribbled means what it covers: a closed scribble with what it runs around. Points mean
the smallest thing that an expert finds around all of them and around none of the excluded ones; where no expert finds
one, a square around the points. The question is then asked of that region, whose coordinates stay those of the whole
picture, so answers and evidence lie where the person looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..tools.api import Box, ImageRef, Runtime
from ..tools.errors import BadRequest, EmptyPatch, ExpertError

if TYPE_CHECKING:
    from ..tools.media.picture import BoolMask

__all__ = ["Pointing", "region"]

Point = tuple[int, int]

# Asked in this order of whoever is here, behind `segment`, which is told the points themselves; each answers with boxes
# of what it finds without being told a name.
_FINDERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("detect", {"names": ["object"]}),
    ("faces", {}),
    ("codes", {}),
    ("read_text", {}),
    ("foreground", {}),
)
_SQUARE_SHARE = 0.25  # side of the square around lone points, as a share of the picture's shorter side
_CLOSED = 4.0  # a scribble is closed where its ends are nearer to each other than so many of its widths
_MOST_SHARE = 0.9  # what covers more of the picture than this is no thing in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointing:
    """Marks on one picture, in pixels of the original, y up.

    Attributes:
        media: id of the picture that is pointed at.
        box: (left, lower, right, upper), None without one.
        points: (x, y) that belong to what is meant.
        excluded: (x, y) that do not belong to it.
        strokes: what is scribbled over it, each as the (x, y) that the pen ran through.
        stroke_px: how wide the pen is.
    """

    media: str
    box: tuple[int, int, int, int] | None = None
    points: tuple[Point, ...] = ()
    excluded: tuple[Point, ...] = ()
    strokes: tuple[tuple[Point, ...], ...] = ()
    stroke_px: int = 1

    def __post_init__(self) -> None:
        if self.box is None and not self.points and not any(self.strokes):
            raise BadRequest("nothing is pointed at: draw a box, or set a point on the thing that is meant")


def region(
    pointing: Pointing,
    whole: ImageRef,
    *,
    runtime: Runtime,
    served: frozenset[str],
    keep_mask: Callable[[BoolMask], str],
) -> ImageRef:
    """The region of a picture that is meant.

    Args:
        whole: all of the picture.
        runtime: answers the finders; what they do not know is left aside.
        served: the capabilities that somebody here serves.
        keep_mask: takes in a mask and gives its id.

    Raises:
        BadRequest: when nothing of what is pointed at lies in the picture.
    """
    try:
        if pointing.box is not None:
            return whole.at(Box(*pointing.box))
        if pointing.strokes:
            box, mask = _painted(pointing, whole)
            return whole.at(box, mask=keep_mask(mask))
        if not any(_inside(point, whole.bounds) for point in pointing.points):
            raise BadRequest("the point lies outside the picture: set it on the thing that is meant")
        found = [box for box in _things(pointing, whole, runtime, served) if _meant(box, pointing)]
        fitting = [box for box in found if box.area <= _MOST_SHARE * whole.box.area]
        return whole.at(min(fitting, key=lambda box: box.area) if fitting else _square(pointing.points, whole))
    except EmptyPatch:
        raise BadRequest("the box lies outside the picture or has no area: draw it around the thing meant") from None


def _painted(pointing: Pointing, whole: ImageRef) -> tuple[Box, BoolMask]:
    """What the strokes cover, as the box around it and a mask of that box. Raises BadRequest when it is nothing."""
    import cv2
    import numpy as np

    canvas = np.zeros((whole.height, whole.width), np.uint8)
    for stroke in pointing.strokes:
        line = np.array([(x, whole.height - 1 - y) for x, y in stroke], np.int32).reshape(-1, 1, 2)
        cv2.polylines(canvas, [line], isClosed=False, color=1, thickness=max(1, pointing.stroke_px))
        apart = float(np.hypot(*(line[0, 0] - line[-1, 0])))
        if len(stroke) > 2 and apart <= _CLOSED * pointing.stroke_px:
            cv2.fillPoly(canvas, [line], color=1)
    rows, columns = np.flatnonzero(canvas.any(axis=1)), np.flatnonzero(canvas.any(axis=0))
    if not len(rows):
        raise BadRequest("what is scribbled lies outside the picture: scribble over the thing that is meant")
    y1, y2, x1, x2 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    mask = canvas[y1:y2, x1:x2].astype(bool)
    return Box(x1, whole.height - y2, x2, whole.height - y1), mask


def _things(pointing: Pointing, whole: ImageRef, runtime: Runtime, served: frozenset[str]) -> Iterator[Box]:
    inside = [list(point) for point in pointing.points if _inside(point, whole.bounds)]
    outlined: dict[str, Any] = {"name": None, "points": inside}
    if pointing.excluded:
        outlined["excluded"] = [list(point) for point in pointing.excluded]
    for capability, arguments in (("segment", outlined), *_FINDERS):
        if capability not in served:
            continue
        try:
            result = runtime.call(capability, whole, arguments)
        except ExpertError:
            continue  # it does not know this kind of picture
        yield from _boxes(result)


def _boxes(result: Any) -> Iterator[Box]:
    """The boxes of a plain result, which is a list of things or holds lists of them."""
    if isinstance(result, Mapping):
        for value in result.values():
            yield from _boxes(value) if isinstance(value, list) else ()
    elif isinstance(result, list):
        for item in result:
            if isinstance(item, Mapping) and isinstance(item.get("box"), list | tuple):
                yield Box(*(round(value) for value in item["box"]))


def _meant(box: Box, pointing: Pointing) -> bool:
    inside = all(_inside(point, box) for point in pointing.points)
    return inside and not any(_inside(point, box) for point in pointing.excluded)


def _inside(point: Point, box: Box) -> bool:
    return box.left <= point[0] < box.right and box.lower <= point[1] < box.upper


def _square(points: tuple[Point, ...], whole: ImageRef) -> Box:
    """Around all the points, with half of the usual square's side beyond the outermost."""
    reach = max(1, round(_SQUARE_SHARE * min(whole.width, whole.height) / 2))
    across, up = [x for x, _ in points], [y for _, y in points]
    return Box(min(across) - reach, min(up) - reach, max(across) + reach, max(up) + reach)
