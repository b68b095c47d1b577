"""Programs for a few fixed wordings that need no model: changes to a picture, and follow-ups on an earlier answer.

"Remove the cat", "make it black and white", "draw the edges"; "what was the number before?", "now only the left one".
It knows what these say and nothing else, so that a dialogue works where only the embedded models are. What was said
before stands in the program as a plain value or as a place in the list `earlier`, for everybody to see.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...prompts.request import PlanRequest
from ...tools.errors import NoPlan
from .base import Plan

__all__ = ["PhrasePlanner"]

_POLITE = r"(?:(?:please|now|and|then|ok(?:ay)?|can you|could you|would you)\W+)*"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BEFORE = re.compile(
    r"what (?:was|is) (?:the|your|that) (?:last |previous |earlier |first )?"
    r"(?P<what>number|count|answer|result|colou?r|text|word)(?: (?:that )?you (?:said|gave|found|told me))?"
    r"(?: (?P<when>before|earlier|previously|again|last time|at first))?",
    re.IGNORECASE,
)
_ONLY = re.compile(
    _POLITE + r"(?:show (?:me )?|take |keep |mark )?(?:only|just) the (?P<which>[\w-]+)(?: ?-?most)?(?: ones?| thing)?",
    re.IGNORECASE,
)
_REMOVE = re.compile(
    _POLITE
    + r"(?:remove|erase|delete|take away|get rid of) (?P<name>.+?)(?: from (?:it|the (?:picture|image|photo)))?",
    re.IGNORECASE,
)
_REPLACE = re.compile(
    _POLITE + r"(?:replace|swap) (?P<name>.+?) (?:with|by|for) (?P<prompt>.+)",
    re.IGNORECASE,
)
_EDGES = re.compile(
    _POLITE + r"(?:draw|show|find|detect) (?:me )?(?:the |its )?(?:edges|outlines)(?: of (?:it|the picture))?",
    re.IGNORECASE,
)
_EDIT = re.compile(
    _POLITE + r"(?P<told>(?:make|turn|convert|change) (?:it|this|that|the (?:picture|image|photo))\b.+"
    r"|(?:blur|rotate|flip|mirror|brighten|darken|sharpen|crop|colou?ri[sz]e|invert)\b.*)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an|that|those|these)\s+", re.IGNORECASE)
# Which of several regions is meant, as a key and whether the least or the greatest; y goes up.
_PICKS: dict[str, tuple[str, str]] = {
    "left": ("min", "horizontal_center"), "leftmost": ("min", "horizontal_center"),
    "right": ("max", "horizontal_center"), "rightmost": ("max", "horizontal_center"),
    "top": ("max", "vertical_center"), "upper": ("max", "vertical_center"), "topmost": ("max", "vertical_center"),
    "bottom": ("min", "vertical_center"), "lower": ("min", "vertical_center"), "lowest": ("min", "vertical_center"),
    "largest": ("max", "area"), "biggest": ("max", "area"), "larger": ("max", "area"), "bigger": ("max", "area"),
    "smallest": ("min", "area"), "smaller": ("min", "area"),
}  # fmt: skip
_ORDER = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}


class PhrasePlanner:
    """Plans what it knows by its wording."""

    name = "phrases"
    repairs = False

    def plan(self, request: PlanRequest) -> Plan:
        """A program for one of the wordings. Raises NoPlan for everything else."""
        body = self._body(request)
        if body is None:
            raise NoPlan("the question is none of the wordings that need no model")
        inputs = [name for name in ("image", "earlier") if re.search(rf"\b{name}\b", body)]
        return Plan(program=f"def execute_command({', '.join(inputs)}):\n    {body}\n", planner=self.name)

    def knows(self, request: PlanRequest) -> bool:
        """Whether the question is one of the wordings, and somebody here serves what it needs."""
        return self._body(request) is not None

    def _body(self, request: PlanRequest) -> str | None:
        words = " ".join(request.question.split()).rstrip(" .!?")
        return next((body for rule in _RULES if (body := rule(words, request)) is not None), None)


def _what_was_said(words: str, request: PlanRequest) -> str | None:
    match = _BEFORE.fullmatch(words)
    if match is None or not request.history:
        return None
    if match["when"] is None and not re.search(r"last|previous|earlier|first|you", words, re.IGNORECASE):
        return None  # a number in the picture is meant
    turns = request.history if re.search(r"\bfirst\b", words, re.IGNORECASE) else request.history[::-1]
    for turn in turns:
        number = _NUMBER.fullmatch(turn.answer.strip())
        if match["what"].lower() in ("number", "count"):
            if number is not None:
                return f"return {number.group()}"
        elif not turn.answer.startswith("("):  # what stands in brackets is why there was no answer
            return f"return {number.group() if number else repr(turn.answer)}"
    return None


def _one_of_them(words: str, request: PlanRequest) -> str | None:
    match = _ONLY.fullmatch(words)
    if match is None:
        return None
    places = [place for place, artefact in enumerate(request.earlier) if artefact.kind == "region"]
    if not places:
        return None
    last = request.earlier[places[-1]].turn
    places = [place for place in places if request.earlier[place].turn == last]
    which = match["which"].lower().replace("-", "")
    found = f"earlier[{places[0]}:{places[-1] + 1}]"
    if which in _ORDER:
        return f"return {found}[{_ORDER[which]}]" if _ORDER[which] < len(places) else None
    if which in _PICKS:
        pick, key = _PICKS[which]
        value = "patch.width * patch.height" if key == "area" else f"patch.{key}"
        return f"return {pick}({found}, key=lambda patch: {value})"
    return None


def _removal(words: str, request: PlanRequest) -> str | None:
    match = _REMOVE.fullmatch(words)
    return f"return image.remove({_name(match['name'])})" if match and _picture(request, "inpaint") else None


def _replacement(words: str, request: PlanRequest) -> str | None:
    match = _REPLACE.fullmatch(words)
    if match is None or not _picture(request, "inpaint"):
        return None
    return f"return image.replace({_name(match['name'])}, {match['prompt']!r})"


def _edges(words: str, request: PlanRequest) -> str | None:
    return "return image.edges()" if _EDGES.fullmatch(words) and _picture(request, "edges") else None


def _change(words: str, request: PlanRequest) -> str | None:
    match = _EDIT.fullmatch(words)
    return f"return image.edit({match['told']!r})" if match and _picture(request, "edit") else None


_RULES: tuple[Callable[[str, PlanRequest], str | None], ...] = (
    _what_was_said,
    _one_of_them,
    _removal,
    _replacement,
    _edges,
    _change,
)


def _picture(request: PlanRequest, capability: str) -> bool:
    return bool(request.media) and request.kind == "image" and capability in request.capabilities


def _name(words: str) -> str:
    return repr(_ARTICLE.sub("", words))
