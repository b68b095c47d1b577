"""`Region`: where an `ImagePatch` lies. Geometry is arithmetic on an `ImageRef`; what others ask goes to the runtime.

The other parts of a patch are built on it: what is found in it (`finding.py`), what is told about it (`telling.py`),
and what is drawn from it (`drawing.py`). Programs meet `ImagePatch` alone.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_overloads, overload

from ..errors import ApiMisuse, EmptyPatch
from .arguments import whole
from .refs import Box, ImageRef
from .runtime import OpensMedia, Runtime, current_runtime

if TYPE_CHECKING:
    from .image_patch import ImagePatch

__all__ = ["Region", "part_of_a_patch"]

P = TypeVar("P", bound=type)


def part_of_a_patch(part: P) -> P:
    """Class decorator: errors call its methods those of `ImagePatch`, the class that programs know."""
    for value in vars(part).values():
        function = value.fget if isinstance(value, property) else value
        if isinstance(function, FunctionType):
            overloads = get_overloads(function)  # which are kept by the name
            for each in (*overloads, function):
                each.__qualname__ = f"ImagePatch.{function.__name__}"  # type: ignore[attr-defined]
            for each in overloads:
                overload(each)
    return part


@part_of_a_patch
class Region:
    """A rectangle of an image, as a program counts it: pixels, origin at the BOTTOM left, y up."""

    __slots__ = ("_ref", "_runtime", "confidence", "label", "place", "time", "track")
    _ref: ImageRef
    _runtime: Runtime
    label: str | None
    confidence: float | None
    time: float | None
    place: tuple[float, float] | None
    track: int | None

    def __init__(
        self,
        image: Any,
        left: float | None = None,
        lower: float | None = None,
        right: float | None = None,
        upper: float | None = None,
    ) -> None:
        """A patch of `image`: the whole of it, or the part inside the given coordinates (local to `image`).

        Raises:
            EmptyPatch: when no part of the box lies inside the image.
        """
        self.label = self.confidence = self.time = self.place = self.track = None
        if isinstance(image, Region):
            ref, self._runtime = image._ref, image._runtime
            self.label, self.confidence, self.time = image.label, image.confidence, image.time
            self.place, self.track = image.place, image.track
        elif isinstance(image, ImageRef):
            ref, self._runtime = image, current_runtime()
        else:
            self._runtime = current_runtime()
            if not isinstance(self._runtime, OpensMedia):
                raise ApiMisuse(f"ImagePatch takes the given image or another ImagePatch, not {type(image).__name__}")
            ref = self._runtime.open(image)
        self._ref = ref
        if (left, lower, right, upper) != (None, None, None, None):
            self._ref, self.place = self._local(left, lower, right, upper), None

    # -- geometry: no expert is asked --

    @property
    def left(self) -> int:
        return self._ref.box.left

    @property
    def lower(self) -> int:
        return self._ref.box.lower

    @property
    def right(self) -> int:
        return self._ref.box.right

    @property
    def upper(self) -> int:
        return self._ref.box.upper

    @property
    def width(self) -> int:
        return self._ref.box.width

    @property
    def height(self) -> int:
        return self._ref.box.height

    @property
    def horizontal_center(self) -> float:
        return self._ref.box.center[0]

    @property
    def vertical_center(self) -> float:
        return self._ref.box.center[1]

    @property
    def area(self) -> int:
        """Pixels in the box."""
        return self._ref.box.area

    @property
    def mask(self) -> str | None:
        return self._ref.mask

    @property
    def cropped_image(self) -> ImagePatch:
        """This patch itself: pixels stay with the experts."""
        return cast("ImagePatch", self)

    @property
    def whole_image(self) -> ImagePatch:
        """The whole image that this patch is part of."""
        return self._over(self._ref.at(self._ref.bounds), self._runtime, time=self.time)

    def crop(self, left: float, lower: float, right: float, upper: float) -> ImagePatch:
        """Returns a new ImagePatch of the part inside the given coordinates, which are local to this patch.

        The part is clamped to this patch.

        Raises:
            EmptyPatch: when nothing of it lies inside this patch.

        Example:
            >>> top_half = image_patch.crop(0, image_patch.height / 2, image_patch.width, image_patch.height)
        """
        return self._over(self._local(left, lower, right, upper), self._runtime, time=self.time)

    def overlaps_with(self, left: float, lower: float, right: float, upper: float) -> bool:
        """Returns True if this patch overlaps the box with the given coordinates of the original image.

        Example:
            >>> # Is the muffin on the table?
            >>> muffin.overlaps_with(table.left, table.lower, table.right, table.upper)
        """
        return self.left <= right and self.right >= left and self.lower <= upper and self.upper >= lower

    def is_left_of(self, other: ImagePatch) -> bool:
        """Returns True if this thing is left of the other: on the ground where both places are known, else in the
        picture.

        Example:
            >>> [cup for cup in image_patch.find("cup") if cup.is_left_of(plate)]
        """
        places = self._places(other)
        return places[0][0] < places[1][0] if places else self.horizontal_center < other.horizontal_center

    def is_right_of(self, other: ImagePatch) -> bool:
        """Returns True if this thing is right of the other; see is_left_of."""
        places = self._places(other)
        return places[0][0] > places[1][0] if places else self.horizontal_center > other.horizontal_center

    def to_bbox(self) -> tuple[int, int, int, int]:
        """The box as (x1, y1, x2, y2) with y DOWN, as most other tools count it."""
        return self._ref.box.to_xyxy(self._ref.height)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"ImagePatch({self.left}, {self.lower}, {self.right}, {self.upper}{label})"

    def __eq__(self, other: object) -> bool:
        """The same region of the same image, however it was found."""
        if not isinstance(other, Region):
            return NotImplemented
        mine, theirs = self._ref, other._ref
        return (mine.media, mine.frame, mine.box) == (theirs.media, theirs.frame, theirs.box)

    def __hash__(self) -> int:
        return hash((self._ref.media, self._ref.frame, self._ref.box))

    # -- how it works --

    @classmethod
    def _over(
        cls,
        ref: ImageRef,
        runtime: Runtime,
        *,
        label: str | None = None,
        confidence: float | None = None,
        time: float | None = None,
        place: tuple[float, float] | None = None,
        track: int | None = None,
    ) -> ImagePatch:
        # Without __init__: that one binds the current runtime, and a part belongs to the runtime of its whole.
        patch = cast("ImagePatch", cls.__new__(cls))
        patch._ref, patch._runtime = ref, runtime
        patch.label, patch.confidence, patch.time = label, confidence, time
        patch.place, patch.track = place, track
        return patch

    @property
    def ref(self) -> ImageRef:
        """The reference that names this region (beyond ViperGPT; for code around the program)."""
        return self._ref

    def _local(self, left: Any, lower: Any, right: Any, upper: Any) -> ImageRef:
        box = self._ref.box
        if left is None or lower is None or right is None or upper is None:
            raise ApiMisuse("give all four of left, lower, right, upper, or none of them")
        x1, y1, x2, y2 = (whole("a coordinate", value) for value in (left, lower, right, upper))
        part = Box(x1, y1, x2, y2).moved(box.left, box.lower).intersection(box)
        if part is None:
            raise EmptyPatch(
                f"({x1}, {y1}, {x2}, {y2}) lies outside this {box.width}x{box.height} patch; "
                "coordinates are local to the patch, origin at its bottom left"
            )
        return self._ref.at(part)

    def _ask(self, capability: str, arguments: dict[str, Any]) -> Any:
        return self._runtime.call(capability, self._ref, arguments)

    def _detections(self, capability: str, arguments: dict[str, Any]) -> list[ImagePatch]:
        found = self._ask(capability, arguments)
        return [self._part(d["box"], d["label"], d["confidence"], d["mask"], d.get("place")) for d in found]

    def _part(
        self,
        box: list[int],
        label: str | None,
        confidence: float | None = None,
        mask: str | None = None,
        place: list[float] | None = None,
    ) -> ImagePatch:
        ref = self._ref.at(Box(*box), mask=mask)
        where = None if place is None else (float(place[0]), float(place[1]))
        return self._over(ref, self._runtime, label=label, confidence=confidence, time=self.time, place=where)

    def _places(self, other: ImagePatch) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Both places on the ground, None unless both are known and of the same picture."""
        if not isinstance(other, Region):
            raise ApiMisuse(f"a patch is compared with another patch, not with {type(other).__name__}")
        if self.place is None or other.place is None:
            return None
        mine, theirs = self._ref, other._ref
        return (self.place, other.place) if (mine.media, mine.frame) == (theirs.media, theirs.frame) else None
