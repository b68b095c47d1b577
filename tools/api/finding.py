"""What is found in a patch: things by name, outlines, faces, codes, lines of text, poses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ..errors import ApiMisuse
from .arguments import dots, text
from .region import Region, part_of_a_patch
from .shapes import LineSegment, Person

if TYPE_CHECKING:
    from .image_patch import ImagePatch

__all__ = ["Finding"]


@part_of_a_patch
class Finding(Region):
    """The part of a patch that finds."""

    __slots__ = ()

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
