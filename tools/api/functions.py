"""The free functions of the program API."""

from __future__ import annotations

import math
import re
from typing import Any, Literal, overload

from ..errors import ApiMisuse
from .arguments import is_real, real, text, whole
from .image_patch import ImagePatch
from .refs import ImageRef, reference_from_wire
from .runtime import current_runtime

__all__ = ["best_image_match", "bool_to_yesno", "coerce_to_numeric", "distance", "generate", "llm_query"]


@overload
def best_image_match(
    list_patches: list[ImagePatch], content: list[str] | str, return_index: Literal[False] = False
) -> ImagePatch | None: ...
@overload
def best_image_match(
    list_patches: list[ImagePatch], content: list[str] | str, return_index: Literal[True]
) -> int | None: ...
def best_image_match(
    list_patches: list[ImagePatch], content: list[str] | str, return_index: bool = False
) -> ImagePatch | int | None:
    """Returns the patch that fits the texts in `content` best (or its index); None if the list is empty.

    Example:
        >>> best_image_match(image_patch.find("dog"), ["a sleeping dog"])
    """
    patches = list(list_patches)
    texts = [content] if isinstance(content, str) else list(content)
    if not patches:
        return None
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ApiMisuse("best_image_match needs a list of patches and a list of texts")
    runtime = patches[0]._runtime
    matches = runtime.call("match", [patch.ref for patch in patches], {"texts": texts})
    means = [sum(match["scores"]) / len(texts) for match in matches]
    best = max(range(len(patches)), key=means.__getitem__)
    return best if return_index else patches[best]


def distance(patch_a: ImagePatch | float, patch_b: ImagePatch | float) -> float:
    """Returns the distance between two patches in pixels: the gap between their edges.

    For patches that touch or overlap it is 0 or less: minus their intersection over union, so that nearer still sorts
    first. For two numbers it is the absolute difference.

    Example:
        >>> closest = min(cups, key=lambda cup: distance(cup, plate))
    """
    if isinstance(patch_a, ImagePatch) and isinstance(patch_b, ImagePatch):
        a, b = patch_a.ref.box, patch_b.ref.box
        gap_x = max(a.left - b.right, b.left - a.right, 0)
        gap_y = max(a.lower - b.upper, b.lower - a.upper, 0)
        gap = math.hypot(gap_x, gap_y)
        return gap if gap > 0 else -a.iou(b)
    if is_real(patch_a) and is_real(patch_b):
        return abs(real("a distance", patch_a) - real("a distance", patch_b))
    raise ApiMisuse(f"distance takes two patches or two numbers, not {_kind(patch_a)} and {_kind(patch_b)}")


def bool_to_yesno(bool_answer: bool) -> str:
    """Returns "yes" for True and "no" for False."""
    return "yes" if bool_answer else "no"


_NUMBER_WORDS = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16},
    **{"seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50},
    **{"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
# A dash is a sign only where no letter or digit stands before it: "B-12" holds 12.
_NUMERAL = re.compile(r"(?:(?<![\w.])[-−]|(?<![\d.]))\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?:(?<!\w)[-−])?\d*\.?\d+")


def coerce_to_numeric(string: Any, no_string: bool = False) -> Any:
    """Returns the first number in a text ("$1,250.50" -> 1250.5, "twenty one" -> 21); the text itself if it holds none.

    With `no_string=True` a text without a number is an error instead.
    """
    if isinstance(string, bool):
        return int(string)
    if isinstance(string, int | float):
        return string
    text = str(string).strip()
    numeral = _NUMERAL.search(text)
    if numeral:
        # A dash between digits is a range ("10-15"), whose first number counts; only a leading one is a sign.
        digits = numeral.group().replace(",", "").replace("−", "-")
        value = float(digits)
        return int(value) if value.is_integer() and "." not in digits else value
    spelt = _spelt_number(text)
    if spelt is not None:
        return spelt
    if no_string:
        raise ApiMisuse(f"there is no number in {text!r}"[:200])
    return string


def _spelt_number(text: str) -> int | None:
    total, current, seen = 0, 0, False
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _NUMBER_WORDS:
            current, seen = current + _NUMBER_WORDS[word], True
        elif word in _SCALES and seen:
            current *= _SCALES[word]
            if _SCALES[word] >= 1000:
                total, current = total + current, 0
        elif seen and word != "and":
            break
    return total + current if seen else None


def llm_query(question: str, context: str | None = None, long_answer: bool = True) -> str:
    """Asks a language model a question of general knowledge, with some context if given; it sees no image.

    Example:
        >>> llm_query("Which of these is the cheapest? " + prices, long_answer=False)
    """
    if not isinstance(question, str) or not question.strip():
        raise ApiMisuse("llm_query needs a question")
    arguments = {
        "question": question,
        "context": None if context is None else str(context),
        "long_answer": bool(long_answer),
    }
    return str(current_runtime().call("ask_llm", [], arguments)["text"])


def generate(prompt: str, width: int | None = None, height: int | None = None, seed: int = 0) -> ImagePatch:
    """Returns a new image of what the prompt says; another seed gives another one."""
    runtime = current_runtime()
    arguments = {
        "prompt": text("prompt", prompt),
        "width": None if width is None else whole("width", width),
        "height": None if height is None else whole("height", height),
        "seed": whole("seed", seed),
    }
    ref = reference_from_wire(runtime.call("generate", [], arguments)["image"])
    if not isinstance(ref, ImageRef):
        raise ApiMisuse("generate gave a video where an image was expected")
    return ImagePatch._over(ref, runtime)


def _kind(value: Any) -> str:
    return "a patch" if isinstance(value, ImagePatch) else type(value).__name__
