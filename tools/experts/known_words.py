"""`verify_property`, `match` and `answer` as far as classical experts can honestly tell: colours, text, counts,
exposure.

Everything goes back to another expert's measurement (colour shares, lines of text, faces, codes, sharpness). A
question that would need recognising a thing raises OutsideWorld.
"""

from __future__ import annotations

import re

from ..capabilities import Property, Question, Texts
from ..errors import OutsideWorld
from ..results import Answer, Colors, Detections, Quality, Result, Scores, TextLines, Verdict
from .base import Expert, ExpertRequest
from .color import COLOR_NAMES
from .known_things import contains_words, kind_of_thing
from .registry import register

__all__ = ["KnownWords", "color_word", "without_common_start"]

_SAME_COLOR = {
    "grey": "gray",
    "violet": "purple",
    "silver": "gray",
    "golden": "yellow",
    "gold": "yellow",
    "crimson": "red",
}
_COLOR_WORD = "|".join((*COLOR_NAMES, *_SAME_COLOR))
_COLORED = re.compile(
    rf"^(?:is\s+)?(?P<how>mostly|mainly|predominantly|primarily|entirely|completely|all|partly)?\s*(?:colou?red\s+)?"
    rf"(?P<color>{_COLOR_WORD})(?:\s+(?:colou?red|colou?r|in\s+colou?r|one))?$"
)
_SAYS = re.compile(
    r"^(?:(?:that\s+)?(?:says?|reads?|contains?|shows?)|saying|reading|with(?:\s+the)?(?:\s+(?:text|words?))?|(?:the\s+)?(?:text|words?))\s+"
    r"(?:the\s+(?:text|words?)\s+)?[\"'“‘]?(?P<words>[^\"'”’]+)[\"'”’]?$",
    re.IGNORECASE,
)
_PICTURE = r"(?:image|picture|photo|photograph|patch|crop|scene|shot)"
_ENOUGH = 0.25  # share of the pixels from which a thing is said to have a colour
_MOSTLY = 0.5
_QUALITIES = {  # word -> measure, and its least value, or minus its most
    "blurry": ("sharpness", -0.4), "blurred": ("sharpness", -0.4), "out of focus": ("sharpness", -0.4),
    "sharp": ("sharpness", 0.5), "in focus": ("sharpness", 0.5), "dark": ("brightness", -0.3),
    "underexposed": ("brightness", -0.2), "bright": ("brightness", 0.6), "overexposed": ("brightness", 0.85),
    "low contrast": ("contrast", -0.25), "high contrast": ("contrast", 0.6),
}  # fmt: skip
_GRAYSCALE = {"black and white", "black-and-white", "grayscale", "greyscale", "monochrome", "colorless"}


def color_word(text: str) -> tuple[str, bool] | None:
    """The colour that a phrase names and whether it says "mostly"; None when it names none, or more than a colour."""
    match = _COLORED.match(" ".join(text.lower().split()).strip(" .!?"))
    if match is None:
        return None
    name = match["color"]
    return _SAME_COLOR.get(name, name), match["how"] not in (None, "partly")


def _sure(value: float, threshold: float) -> float:
    """0.5 at the threshold, rising to 0.95 as the value moves away from it."""
    return round(0.5 + 0.45 * min(1.0, abs(value - threshold) / max(threshold, 1e-6)), 3)


def _colors(request: ExpertRequest) -> Colors:
    found = request.ask("color", {})
    assert isinstance(found, Colors)
    return found


def _text(request: ExpertRequest) -> TextLines:
    found = request.ask("read_text", {})
    assert isinstance(found, TextLines)
    return found


def _has_color(request: ExpertRequest, color: str, mostly: bool) -> Verdict:
    share = _colors(request).fractions.get(color, 0.0)
    threshold = _MOSTLY if mostly else _ENOUGH
    return Verdict(value=share >= threshold, confidence=_sure(share, threshold))


def _has_quality(request: ExpertRequest, word: str) -> Verdict | None:
    if word in _GRAYSCALE:
        fractions = _colors(request).fractions
        share = sum(fractions.get(name, 0.0) for name in ("black", "white", "gray"))
        return Verdict(value=share >= 0.97, confidence=_sure(share, 0.97) if share < 0.97 else 0.9)
    if word not in _QUALITIES:
        return None
    measure, threshold = _QUALITIES[word]
    found = request.ask("quality", {})
    assert isinstance(found, Quality)
    value = float(getattr(found, measure))
    holds = value >= threshold if threshold > 0 else value <= -threshold
    return Verdict(value=holds, confidence=_sure(value, abs(threshold)))


def _says(request: ExpertRequest, words: str) -> Verdict:
    lines = _text(request).lines
    holding = [line for line in lines if contains_words(line.text, words)]
    if holding:
        return Verdict(value=True, confidence=max(line.confidence or 0.0 for line in holding))
    whole = contains_words(" ".join(line.text for line in lines), words)
    return Verdict(value=whole, confidence=0.7)


@register
class KnownWords(Expert):
    """Colours, text, counts of faces, text and codes, and exposure, in words."""

    name = "known-words"
    capabilities = ("verify_property", "match", "answer")
    version = "1"
    packages = ()
    thread_safe = True
    limits = "Cannot recognise things; of a question that would need that it says that it does not know."

    def serve(self, request: ExpertRequest) -> Result:
        if isinstance(request.arguments, Property):
            return self._verify(request, request.arguments.name, request.arguments.attribute)
        if isinstance(request.arguments, Texts):
            return self._match(request, request.arguments.texts)
        assert isinstance(request.arguments, Question)
        return _answer(request, request.arguments.question)

    def _verify(self, request: ExpertRequest, name: str, attribute: str) -> Verdict:
        color = color_word(attribute)
        if color is not None:
            return _has_color(request, *color)
        says = _SAYS.match(attribute.strip())
        if says is not None:
            return _says(request, says["words"])
        if re.fullmatch(rf"(?:the\s+|this\s+)?{_PICTURE}", name.strip().lower()):
            verdict = _has_quality(request, attribute.strip().lower())
            if verdict is not None:
                return verdict
        raise OutsideWorld(
            f"no expert here can tell whether {name[:60]!r} is {attribute[:60]!r}: known are the colours "
            f"{', '.join(COLOR_NAMES)}, what a text says, and of a picture whether it is sharp, blurry, bright, dark "
            "or black and white"
        )

    def _match(self, request: ExpertRequest, texts: list[str]) -> Scores:
        options = without_common_start(texts)
        colors = [color_word(option) for option in options]
        if any(color is None for color in colors):
            raise OutsideWorld(
                "no expert here can compare a picture with texts unless each of them is one of the colours "
                f"{', '.join(COLOR_NAMES)}"
            )
        fractions = _colors(request).fractions
        scores = [fractions.get(color[0], 0.0) for color in colors if color is not None]
        first, second = ([*sorted(scores, reverse=True), 0.0])[:2]
        sure = round(first / (first + second), 3) if first > 0 else 0.0
        return Scores(scores=scores, confidence=sure if len(scores) > 1 else None)


def without_common_start(texts: list[str]) -> list[str]:
    """Texts without the words that all of them start with, such as a prefix; the last word always stays."""
    words = [text.split() for text in texts]
    shared = 0
    while len(words) > 1 and all(len(w) > shared + 1 and w[shared].lower() == words[0][shared].lower() for w in words):
        shared += 1
    return [" ".join(w[shared:]) for w in words]


_THIS = rf"(?:this|it|that|(?:this|that)\s+[\w\s-]+|the\s+(?:{_PICTURE}|object|thing))"
_WHAT_COLOR = re.compile(
    rf"^(?:what|which)(?:\s+(?:is|are))?(?:\s+the)?(?:\s+(?:main|dominant))?\s+colou?r(?:\s+(?:is|are|of|does|do)\s+{_THIS}(?:\s+have)?)?$"
)
_IS_COLOR = re.compile(rf"^is\s+{_THIS}\s+(?P<property>.+)$")
_WHAT_SAYS = re.compile(
    rf"^what\s+(?:does|do)\s+(?:{_THIS}|the\s+(?:text|sign|label|writing|tag|name\s*tag|badge|plate|poster|screen|page))\s+say(?:\s+here)?$"
    r"|^what\s+(?:is\s+written|text\s+is|(?:is|are)\s+the\s+(?:text|words?)|words?\s+(?:is|are)|is\s+the\s+writing)\b.*$"
    r"|^read\s+(?:this|it|(?:all\s+)?the\s+(?:text|words?|writing))$"
)
_WHAT_NUMBER = re.compile(r"^(?:what|which)\s+(?:is\s+the\s+)?(?:number|digits?)\b.*$")
_HOW_MANY = re.compile(r"^how\s+many\s+(?P<things>.+?)(?:\s+(?:are|is|can)\b.*)?$")
_IS_THERE = re.compile(rf"^(?:is|are)\s+there\s+(?P<thing>.+?)(?:\s+(?:in|on)\s+(?:this|the)\s+{_PICTURE})?$")


def _answer(request: ExpertRequest, question: str) -> Answer:
    asked = " ".join(question.split()).strip(" ?.!")
    lowered = asked.lower()
    if _WHAT_COLOR.match(lowered):
        colors = _colors(request)
        return Answer(text=colors.name, confidence=colors.sureness())
    if _WHAT_NUMBER.match(lowered):
        return _number(request)
    if _WHAT_SAYS.match(lowered):
        lines = _text(request)
        if not lines.lines:
            return Answer(text="no readable text", confidence=0.5)
        return Answer(text=" ".join(line.text for line in lines.lines), confidence=lines.sureness())
    counted = _HOW_MANY.match(lowered)
    if counted is not None:
        items = _found(request, counted["things"])
        if items is not None:
            return Answer(text=str(len(items.items)), confidence=items.sureness())
    there = _IS_THERE.match(asked if asked.startswith(("is ", "are ")) else asked[:1].lower() + asked[1:])
    if there is not None:
        items = _found(request, there["thing"])
        if items is not None:
            return Answer(text="yes" if items.items else "no", confidence=_best(items))
    is_so = _IS_COLOR.match(lowered)
    if is_so is not None:
        color = color_word(is_so["property"])
        verdict = _has_color(request, *color) if color else _has_quality(request, is_so["property"])
        if verdict is not None:
            return Answer(text="yes" if verdict.value else "no", confidence=verdict.confidence)
    raise OutsideWorld(
        f"no expert here can answer {asked[:80]!r} from a picture: answered are what colour this is, what it says, "
        "which number it shows, how many faces, words or codes there are, and whether there is one; anything else "
        "needs a profile with an expert for visual questions"
    )


def _found(request: ExpertRequest, name: str) -> Detections | None:
    if kind_of_thing(name) is None:
        return None
    found = request.ask("detect", {"names": [name]})
    assert isinstance(found, Detections)
    return found


def _best(items: Detections) -> float | None:
    known = [item.confidence for item in items.items if item.confidence is not None]
    return max(known) if known else None


def _number(request: ExpertRequest) -> Answer:
    lines = [line for line in _text(request).lines if re.search(r"\d", line.text)]
    numbers = [(number, line.confidence) for line in lines for number in re.findall(r"\d+(?:[.,:]\d+)*", line.text)]
    if not numbers:
        return Answer(text="no readable number", confidence=0.5)
    known = [sure for _, sure in numbers if sure is not None]
    sure = min(known) / len(numbers) if known else None  # several numbers: which one is meant is a guess
    return Answer(text=", ".join(number for number, _ in numbers), confidence=sure)
