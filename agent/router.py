"""Which way a question is answered: directly by a multimodal model, by a program, or by calling tools.

A few rules, asked in order; the first that has an opinion decides, and says why in plain words. They look at the
question, at what it is about, and at what is installed, and at nothing else. Whoever asks may choose instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from ..prompts.request import PlanRequest
from ..tools.errors import BadRequest, NoPlan

__all__ = [
    "ROUTES",
    "RULES",
    "Choice",
    "Circumstances",
    "Route",
    "Way",
    "asks_for_a_picture",
    "asks_openly",
    "choose",
    "refers_back",
]

Way = Literal["direct", "program", "tools"]
Route = Literal["auto", "direct", "program", "tools"]
ROUTES: tuple[Route, ...] = get_args(Route)

_POLITE = r"^\W*(?:(?:please|now|and|then|ok(?:ay)?|can you|could you|would you|i want you to|let us|let's)\W+)*"
_CHANGES = re.compile(
    _POLITE
    + r"(?:make|turn|convert|change|edit|draw|paint|sketch|generate|create|remove|erase|delete|replace|swap|blur|crop"
    r"|rotate|flip|mirror|brighten|darken|sharpen|colou?ri[sz]e|cut out|outline|highlight|add|cover|undo)\b"
    r"|\b(?:picture|image|photo|drawing|painting) of\b.*\b(?:make|draw|generate|create|paint)\b",
    re.IGNORECASE,
)
_NO_CHANGE = re.compile(_POLITE + r"(?:make out|add up|create a (?:list|table))\b", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:before|earlier|previous(?:ly)?|again|instead|undo)\W*$"
    r"|\b(?:last|previous|earlier|first) (?:answer|number|question|picture|image|one|result|turn)\b"
    r"|\b(?:you|i) (?:said|found|told|made|asked|answered|counted)\b"
    + r"|"
    + _POLITE
    + r"(?:only|just) (?:the|those|these)\b"
    r"|^\W*(?:and|what about|how about) (?:the|those|these|that)\b.*\bones?\b"
    r"|\b(?:the other|that|this|the same|which) ones?\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"^\W*(?:why|describe|explain|tell me (?:about|what)|what do you (?:think|see|feel)"
    r"|what(?:'s| is| are) (?:happening|going on|this|that|it|unusual|funny|strange)\b"
    r"|how (?:does|do|did) .*\b(?:feel|look)\b|what (?:mood|feeling|kind of (?:place|scene))\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a choice rests on.

    Attributes:
        request: the question, and facts about what it is about.
        planner: the planner's name, for reasons.
        writes: whether the planner writes programs.
        calls: whether a chat model is here that can call tools.
        native: what the native planner makes of the question: None where it is not the planner, True for a plan, else
            why it declines.
        wording: whether the question is one of the fixed wordings that need no model.
        multimodal: the multimodal model that is asked here, and whether it knows "any" picture or those of "one world".
    """

    request: PlanRequest
    planner: str
    writes: bool
    calls: bool
    native: Literal[True] | NoPlan | None = None
    wording: bool = False
    multimodal: tuple[str, str] | None = None

    @property
    def sees(self) -> str | None:
        """The multimodal model that can be asked what this question is about, which must be a picture."""
        fits = self.multimodal is not None and bool(self.request.media) and self.request.kind == "image"
        return self.multimodal[0] if fits and self.multimodal else None

    @property
    def sees_anything(self) -> bool:
        return self.sees is not None and self.multimodal is not None and self.multimodal[1] == "any"

    @property
    def ways(self) -> tuple[Way, ...]:
        """What can be chosen here."""
        possible: dict[Way, bool] = {"program": self.writes, "tools": self.calls, "direct": self.sees is not None}
        return tuple(way for way, here in possible.items() if here)


@dataclass(frozen=True, slots=True)
class Choice:
    """A way and the reason for it, as one clause."""

    way: Way
    reason: str


Rule = Callable[[Circumstances], Choice | None]


def choose(here: Circumstances, route: Route = "auto") -> Choice:
    """How to answer.

    Args:
        route: what the asker wants; "auto" leaves it to the rules.

    Raises:
        BadRequest: when what the asker wants cannot be had; the text says what is missing.
    """
    if route == "auto":
        return next(choice for rule in RULES if (choice := rule(here)) is not None)
    if route not in ROUTES:
        raise BadRequest(f"there is no way of answering called {route!r}: there are {', '.join(ROUTES)}")
    if route not in here.ways:
        raise BadRequest(_missing(here, route))
    return Choice(route, "you chose it")


def _missing(here: Circumstances, way: Way) -> str:
    if way == "tools":
        return f"{here.planner} cannot call tools: choose a chat model, as in --planner openai:gpt-5, or another route"
    if way == "program":
        return f"{here.planner} calls tools and writes no programs: choose another planner or another route"
    if here.multimodal is None:
        return "no multimodal model answers questions here: choose a profile that has one, or another route"
    return f"{here.multimodal[0]} is asked about a picture, and this is none: choose another route"


# -- the rules, in their order --


def nothing_to_choose(here: Circumstances) -> Choice | None:
    """A planner that only calls tools, or one that is neither the native one nor a chat model."""
    if not here.writes:
        return Choice("tools", f"{here.planner} answers by calling tools")
    if not here.calls and here.native is None:
        return Choice("program", f"{here.planner} writes programs")
    return None


def picture_wanted(here: Circumstances) -> Choice | None:
    """A picture is to be made or changed."""
    if not asks_for_a_picture(here.request.question):
        return None
    if here.calls:
        return Choice("tools", "a picture is to be made or changed, and tools hand pictures on step by step")
    if here.wording:
        return Choice("program", "this change is known by its wording and needs no model to plan it")
    return Choice("program", "a picture is to be made or changed, and there is no chat model to call the tools for it")


def something_earlier(here: Circumstances) -> Choice | None:
    """The question refers to what was said or made before."""
    if not here.request.history or not refers_back(here.request.question):
        return None
    if here.calls:
        return Choice("tools", "it refers to what was said or made before, which tools have by name")
    if here.wording:
        return Choice("program", "it refers to an earlier answer in a wording that needs no model")
    return None


def understood(here: Circumstances) -> Choice | None:
    """The native planner has a plan."""
    return Choice("program", "the native planner understands the question") if here.native is True else None


def not_understood(here: Circumstances) -> Choice | None:
    """The native planner has none; a multimodal model may know better, where the question is about a picture."""
    if not isinstance(here.native, NoPlan):
        return None
    declined = str(here.native.facts.get("plan") or "decline_").startswith("decline_")
    if here.sees is not None and (here.sees_anything or not declined):
        return Choice("direct", f"the native planner has no plan for it, and {here.sees} may answer it by itself")
    return Choice("program", "the native planner has no plan for it, and nobody else here could answer")


def open_question(here: Circumstances) -> Choice | None:
    """An open question about one picture, for a model that sees all of it."""
    one_picture = here.sees_anything and len(here.request.media) == 1 and not here.request.options
    if one_picture and asks_openly(here.request.question):
        return Choice("direct", f"an open question about one picture, which {here.sees} sees as a whole")
    return None


def otherwise(here: Circumstances) -> Choice:
    """A program, whose steps can be checked."""
    if here.request.kind == "video":
        return Choice("program", "a program looks through a video and keeps track of time")
    if len(here.request.media) > 1:
        return Choice("program", "a program compares several pictures step by step")
    return Choice("program", "it is found out step by step, and a program's steps can be checked")


RULES: tuple[Rule, ...] = (
    nothing_to_choose,
    picture_wanted,
    something_earlier,
    understood,
    not_understood,
    open_question,
    otherwise,
)


# -- what a question asks for --


def asks_for_a_picture(question: str) -> bool:
    """Whether a picture is to be made or changed."""
    return bool(_CHANGES.search(question)) and not _NO_CHANGE.search(question)


def refers_back(question: str) -> bool:
    """Whether the words refer to something earlier in a dialogue."""
    return bool(_BACK.search(question))


def asks_openly(question: str) -> bool:
    """Whether it asks for a description, an opinion or a reason."""
    return bool(_OPEN.search(question))
