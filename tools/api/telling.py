"""What is told about a patch: properties, answers, text, colour, depth, and how sharp and bright it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ApiMisuse
from .arguments import text
from .region import Region, part_of_a_patch

if TYPE_CHECKING:
    from .image_patch import ImagePatch

__all__ = ["Telling"]


@part_of_a_patch
class Telling(Region):
    """The part of a patch that answers questions."""

    __slots__ = ()

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
