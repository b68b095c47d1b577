"""`ImagePatch`: a region of an image that a program can ask questions about.

Geometry is arithmetic on an `ImageRef`; only questions go to the runtime. Names, argument order and meaning of
ViperGPT's published methods are kept, so that its programs run unchanged; what goes beyond it is marked so in the
docstrings. The docstrings are also the reference that a planner reads, so they say what a program needs and nothing
else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, overload

from ..errors import ApiMisuse, EmptyPatch
from .arguments import dots, real, text, whole
from .refs import Box, ImageRef, reference_from_wire
from .runtime import OpensMedia, Runtime, current_runtime

__all__ = ["ImagePatch", "LineSegment", "Person"]


@dataclass(frozen=True, slots=True)
class LineSegment:
    """A straight line in pixels of the original image, y up."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def length(self) -> float:
        return math.hypot(self.x2 - self.x1, self.y2 - self.y1)

    @property
    def angle(self) -> float:
        """Degrees from the horizontal, 0 to 180, counter-clockwise."""
        return math.degrees(math.atan2(self.y2 - self.y1, self.x2 - self.x1)) % 180


@dataclass(frozen=True, slots=True)
class Person:
    """A person's pose: the patch of the person and named points (x, y, confidence), y up, in the original image."""

    patch: ImagePatch
    keypoints: dict[str, tuple[float, float, float]]


class ImagePatch:
    """A rectangular region of an image.

    Coordinates are integer pixels of the original image with the origin at the BOTTOM left and y up, so a larger
    `vertical_center` is higher in the picture.

    Attributes:
        left, lower, right, upper: the box in the original image.
        width, height: size of the box in pixels.
        horizontal_center, vertical_center: the middle of the box.
        label: what the region shows, where an expert said so (for a line of text: the text), else None.
        confidence: how sure the expert was, 0 to 1, else None.
        mask: handle of the object's mask, else None.
        time: seconds from the start of the video for a patch of a frame, else None.
        place: (right, forward) on the ground as the camera sees it, where an expert said so, else None.
        track: number of the track that the patch belongs to, for a patch of a track, else None.
    """

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
        if isinstance(image, ImagePatch):
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
        return self

    @property
    def whole_image(self) -> ImagePatch:
        """The whole image that this patch is part of."""
        return ImagePatch._over(self._ref.at(self._ref.bounds), self._runtime, time=self.time)

    def crop(self, left: float, lower: float, right: float, upper: float) -> ImagePatch:
        """Returns a new ImagePatch of the part inside the given coordinates, which are local to this patch.

        The part is clamped to this patch.

        Raises:
            EmptyPatch: when nothing of it lies inside this patch.

        Example:
            >>> top_half = image_patch.crop(0, image_patch.height / 2, image_patch.width, image_patch.height)
        """
        return ImagePatch._over(self._local(left, lower, right, upper), self._runtime, time=self.time)

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

    # -- finding --

    @overload
    def find(self, object_name: str) -> list[ImagePatch]: ...
    @overload
    def find(self, object_name: list[str]) -> dict[str, list[ImagePatch]]: ...
    def find(self, object_name: str | list[str]) -> list[ImagePatch] | dict[str, list[ImagePatch]]:
        """Returns a list of ImagePatch, one for each thing named `object_name` in this patch; empty if there is none.

        With a list of names it returns a dict from each name to its list.

        Example:
            >>> # How many muffins are there?
            >>> len(image_patch.find("muffin"))
        """
        if isinstance(object_name, str):
            return self._detections("detect", {"names": [text("object_name", object_name)]})
        if not isinstance(object_name, list | tuple) or not object_name:
            raise ApiMisuse("find takes a name or a list of names")
        names = [text("object_name", name) for name in object_name]
        found: dict[str, list[ImagePatch]] = {name: [] for name in names}
        for patch in self._detections("detect", {"names": list(found)}):
            found.setdefault(patch.label or "", []).append(patch)
        return found

    def find_the(self, object_name: str) -> ImagePatch | None:
        """Returns the one thing that "the NAME" means: the likeliest to be named so; None if nothing could be meant.

        Example:
            >>> # What color is the cup?
            >>> image_patch.find_the("cup").color()
        """
        found = self._detections("detect", {"names": [text("object_name", object_name)], "presumed": True})
        return found[0] if found else None

    def exists(self, object_name: str) -> bool:
        """Returns True if something named `object_name` is found in this patch.

        Example:
            >>> bool_to_yesno(image_patch.exists("muffin") and image_patch.exists("gummy bear"))
        """
        return len(self.find(text("object_name", object_name))) > 0

    def segment(
        self,
        name: str | None = None,
        *,
        points: list[tuple[float, float]] | None = None,
        excluded: list[tuple[float, float]] | None = None,
        everything: bool = False,
    ) -> list[ImagePatch]:
        """Like find, with a mask for each result: of all things named so; with `points` (x, y) of the one thing that
        they lie on and `excluded` ones do not; with `everything` of each segment; without any, of what this patch
        shows.

        Example:
            >>> # The outline of the first cup
            >>> cup = image_patch.find("cup")[0].segment()[0]
        """
        arguments: dict[str, Any] = {"name": None if name is None else text("name", name)}
        if points is not None:
            arguments["points"] = dots("points", points)
        if excluded:
            arguments["excluded"] = dots("excluded", excluded)
        if everything:
            arguments["everything"] = True
        return self._detections("segment", arguments)

    def faces(self) -> list[ImagePatch]:
        """Returns a patch for each human face."""
        return self._detections("faces", {})

    def codes(self) -> list[ImagePatch]:
        """Returns a patch for each QR code or barcode; its label is the decoded content."""
        return [self._part(c["box"], c["text"]) for c in self._ask("codes", {})["codes"]]

    def text_lines(self) -> list[ImagePatch]:
        """Returns a patch for each line of text in reading order; its label is the text."""
        return [self._part(t["box"], t["text"], t["confidence"]) for t in self._ask("read_text", {})["lines"]]

    def foreground(self) -> ImagePatch | None:
        """Returns the patch of the one thing that stands out from its background, with a mask; None if nothing does."""
        found = self._detections("foreground", {})
        return found[0] if found else None

    def lines(self) -> list[LineSegment]:
        """Returns the long straight lines in this patch."""
        return [LineSegment(*line) for line in self._ask("lines", {})["lines"]]

    def pose(self) -> list[Person]:
        """Returns each person's pose: `.patch`, and `.keypoints` from a name ("left_wrist") to (x, y, confidence)."""
        return [
            Person(
                self._part(person["box"], "person", person["confidence"]),
                {name: (x, y, c) for name, (x, y, c) in person["keypoints"].items()},
            )
            for person in self._ask("pose", {})["people"]
        ]

    # -- asking --

    def verify_property(
        self,
        object_name: str,
        attribute: str | None = None,
        *,
        property: str | None = None,
        visual_property: str | None = None,
    ) -> bool:
        """Returns True if the object named `object_name` in this patch has the attribute (colour, material, state,
        ...).

        Use it on a patch that shows that object.

        Example:
            >>> [cup for cup in image_patch.find("cup") if cup.verify_property("cup", "red")]
        """
        given = [value for value in (attribute, property, visual_property) if value is not None]
        if len(given) != 1:
            raise ApiMisuse("verify_property takes an object name and one attribute")
        arguments = {"name": text("object_name", object_name), "attribute": text("attribute", given[0])}
        return bool(self._ask("verify_property", arguments)["value"])

    def best_text_match(self, option_list: list[str] | None = None, prefix: str | None = None) -> str:
        """Returns the one of the options that fits this patch best; `prefix` is put before each option.

        Example:
            >>> image_patch.best_text_match(["sunny", "rainy", "snowy"], prefix="a photo of weather that is")
        """
        if not isinstance(option_list, list | tuple) or not option_list:
            raise ApiMisuse("best_text_match needs a list with at least one option")
        options = [text("option_list", option) for option in option_list]
        texts = options if prefix is None else [f"{text('prefix', prefix)} {option}" for option in options]
        scores = self._ask("match", {"texts": texts})["scores"]
        return options[max(range(len(options)), key=scores.__getitem__)]

    def simple_query(self, question: str | None = None) -> str:
        """Returns a short answer to a simple question about this patch; without one, what it shows.

        Example:
            >>> image_patch.find("dog")[0].simple_query("What breed is this?")
        """
        question = "What is this?" if question is None else text("question", question)
        return str(self._ask("answer", {"question": question})["text"])

    def caption(self) -> str:
        """Returns one sentence that describes this patch."""
        return str(self._ask("caption", {})["text"])

    def read_text(self) -> str:
        """Returns the text in this patch, one line per line of text; empty if there is none."""
        return "\n".join(line["text"] for line in self._ask("read_text", {})["lines"])

    def color(self) -> str:
        """Returns the main colour: red, orange, yellow, green, blue, purple, pink, brown, black, white or gray."""
        return str(self._ask("color", {})["name"])

    def compute_depth(self) -> float:
        """Returns the median depth of this patch; larger is further away. Compare depths only within one image."""
        return float(self._ask("depth", {})["median"])

    def surface_normal(self) -> tuple[float, float, float]:
        """Returns the direction in which this patch's surface faces, (right, up, towards the camera), of length 1: a
        floor is (0, 1, 0), a wall seen from the front (0, 0, 1)."""
        right, up, towards = self._ask("normals", {})["facing"]
        return float(right), float(up), float(towards)

    def is_in_front_of(self, other: ImagePatch) -> bool:
        """Returns True if this thing is nearer to the camera than the other: by their places on the ground where both
        are known, else by compute_depth.
        """
        places = self._places(other)
        return places[0][1] < places[1][1] if places else self.compute_depth() < other.compute_depth()

    def is_behind(self, other: ImagePatch) -> bool:
        """Returns True if this thing is further from the camera than the other; see is_in_front_of."""
        places = self._places(other)
        return places[0][1] > places[1][1] if places else self.compute_depth() > other.compute_depth()

    def sharpness(self) -> float:
        """Returns 0 (very blurred) to 1 (very sharp)."""
        return float(self._ask("quality", {})["sharpness"])

    def brightness(self) -> float:
        """Returns 0 (black) to 1 (white)."""
        return float(self._ask("quality", {})["brightness"])

    def contrast(self) -> float:
        """Returns 0 (flat) to 1 (strong)."""
        return float(self._ask("quality", {})["contrast"])

    def llm_query(self, question: str, long_answer: bool = True) -> str:
        """Asks a language model a question of general knowledge; it does not see the image.

        Example:
            >>> make = car.simple_query("What make is this car?")
            >>> car.llm_query(f"In which country is {make} based?", long_answer=False)
        """
        arguments = {"question": text("question", question), "context": None, "long_answer": bool(long_answer)}
        return str(self._runtime.call("ask_llm", [], arguments)["text"])

    # -- new images --

    def edges(self) -> ImagePatch:
        """Returns a new image: the edges of this patch, white on black."""
        return self._new_image("edges", {})

    def edit(self, instruction: str) -> ImagePatch:
        """Returns a new image: this patch changed as the instruction says ("make it black and white")."""
        return self._new_image("edit", {"instruction": text("instruction", instruction)})

    def remove(self, name: str) -> ImagePatch:
        """Returns a new image without the things named so."""
        return self._new_image("inpaint", {"name": text("name", name), "prompt": None})

    def replace(self, name: str, prompt: str) -> ImagePatch:
        """Returns a new image in which the things named so are replaced by what the prompt says."""
        return self._new_image("inpaint", {"name": text("name", name), "prompt": text("prompt", prompt)})

    def outpaint(self, width: int, height: int, prompt: str | None = None) -> ImagePatch:
        """Returns a new image of that size in pixels: this patch in the middle, continued on all sides."""
        size = {"width": whole("width", width), "height": whole("height", height)}
        if size["width"] < self.width or size["height"] < self.height:
            raise ApiMisuse(
                f"outpaint continues a patch: {size['width']}x{size['height']} is less than its own size, "
                f"{self.width}x{self.height} pixels"
            )
        return self._new_image("outpaint", {**size, "prompt": _optional("prompt", prompt)})

    def vary(self, prompt: str | None = None, strength: float = 0.6, seed: int = 0) -> ImagePatch:
        """Returns a new image that is like this patch; `strength`, 0 to 1, is how far from it.

        Another seed gives another one.
        """
        arguments = {"prompt": _optional("prompt", prompt), "strength": real("strength", strength)}
        return self._new_image("vary", {**arguments, "seed": whole("seed", seed)})

    def map(self, kind: str) -> ImagePatch:
        """Returns a new image: the "canny", "lines", "soft_edges", "scribble", "pose", "depth", "normals" or "segments"
        map of this patch.

        Example:
            >>> image_patch.map("depth")
        """
        return self._new_image("map", {"kind": text("kind", kind)})

    def redraw(self, kind: str, prompt: str, drawn: bool = False, seed: int = 0) -> ImagePatch:
        """Returns a new image of what the prompt says, with the shapes of this patch: it follows the map of that kind.

        With `drawn` this patch is such a map itself; see map.

        Example:
            >>> image_patch.redraw("scribble", "a watercolor of a harbor", drawn=True)
        """
        arguments = {"kind": text("kind", kind), "prompt": text("prompt", prompt), "drawn": bool(drawn)}
        return self._new_image("redraw", {**arguments, "seed": whole("seed", seed)})

    def blur_background(self, name: str | None = None) -> ImagePatch:
        """Returns a new image: all but the things named so is blurred; without a name, all but the foreground."""
        return self._new_image("set_apart", {"name": _optional("name", name), "how": "blur"})

    def color_pop(self, name: str | None = None) -> ImagePatch:
        """Returns a new image: all but the things named so is gray; without a name, all but the foreground."""
        return self._new_image("set_apart", {"name": _optional("name", name), "how": "gray"})

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"ImagePatch({self.left}, {self.lower}, {self.right}, {self.upper}{label})"

    def __eq__(self, other: object) -> bool:
        """The same region of the same image, however it was found."""
        if not isinstance(other, ImagePatch):
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
        patch = cls.__new__(cls)
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
        return ImagePatch._over(ref, self._runtime, label=label, confidence=confidence, time=self.time, place=where)

    def _places(self, other: ImagePatch) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Both places on the ground, None unless both are known and of the same picture."""
        if not isinstance(other, ImagePatch):
            raise ApiMisuse(f"a patch is compared with another patch, not with {type(other).__name__}")
        if self.place is None or other.place is None:
            return None
        mine, theirs = self._ref, other._ref
        return (self.place, other.place) if (mine.media, mine.frame) == (theirs.media, theirs.frame) else None

    def _new_image(self, capability: str, arguments: dict[str, Any]) -> ImagePatch:
        ref = reference_from_wire(self._ask(capability, arguments)["image"])
        if not isinstance(ref, ImageRef):
            raise ApiMisuse(f"{capability} gave a video where an image was expected")
        return ImagePatch._over(ref, self._runtime)


def _optional(name: str, value: Any) -> str | None:
    return None if value is None else text(name, value)
