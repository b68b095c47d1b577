"""The typed plan: a prefix-order expression tree whose leaves copy spans of the question.

A plan is what the model writes instead of program text.  Every operator has argument kinds and a result kind, so a
stack of expected kinds says at each step what may come next; whatever is decoded under that stack is a whole plan.
This module knows nothing of words, models or Python programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

IMPOSSIBLE = 10_000
MAX_STEPS = 56  # longest plan, in steps; a chain of five relations needs about 20


class Kind(Enum):
    """What an expression denotes, or what a copied span means."""

    ANSWER = "answer"  # the root: any of the next six
    OBJECTS = "objects"
    OBJECT = "object"
    NUMBER = "number"
    TRUTH = "truth"
    TEXT = "text"
    DECLINE = "decline"
    OPTIONS = "options"
    PHRASE = "phrase"  # a name, possibly joined from two places in the question
    NAME = "name"  # copied: a noun phrase or attribute
    QUOTE = "quote"  # copied: literal text to look for
    NUMERAL = "numeral"  # copied: a number or an ordinal
    QUESTION = "question"  # copied: a whole question for a visual expert
    TRACKS = "tracks"  # things followed through a video
    TRACK = "track"
    HAPPENING = "happening"  # the root for a video: what is answered over time


ROOT_KINDS = frozenset({Kind.OBJECTS, Kind.OBJECT, Kind.NUMBER, Kind.TRUTH, Kind.TEXT, Kind.DECLINE})
SPAN_KINDS = frozenset({Kind.PHRASE, Kind.NAME, Kind.QUOTE, Kind.NUMERAL, Kind.QUESTION})


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens `start` up to but not including `end` of the question."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node:
    """An operator applied to its arguments."""

    op: str
    args: tuple[Node | Span, ...] = ()


Expression: TypeAlias = Node | Span
Step: TypeAlias = str | Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Signature of one operator."""

    name: str
    args: tuple[Kind, ...]
    result: Kind


RELATIONS = ("left", "right", "above", "below", "front", "behind", "inside", "on", "near")
EXTREMES = (
    "leftmost",
    "rightmost",
    "topmost",
    "bottommost",
    "nearest",
    "farthest",
    "largest",
    "smallest",
    "tallest",
    "shortest",
    "widest",
    "narrowest",
    "middle",
)
ORDERS = ("left", "right", "top", "bottom", "near", "far", "large", "small")
REGIONS = ("top", "bottom", "left", "right", "center", "top_left", "top_right", "bottom_left", "bottom_right")
COMPARISONS = ("bigger", "smaller", "taller", "shorter", "wider", "narrower", "nearer", "farther", "higher", "lower")
ATTRIBUTES = ("color", "material", "shape", "size")
PATTERNS = ("price", "number", "date", "time", "email", "url", "phone", "percent")
CHOICES = (*COMPARISONS, "left", "right", "more", "fewer")
DIRECTIONS = ("left", "right", "up", "down")
DECLINES = ("chat", "create", "opinion", "moment", "language", "unclear")


def _operators() -> Iterator[Operator]:
    o, x, n, t, s = Kind.OBJECTS, Kind.OBJECT, Kind.NUMBER, Kind.TRUTH, Kind.TEXT

    def op(name: str, result: Kind, *args: Kind) -> Operator:
        return Operator(name=name, args=args, result=result)

    # collections
    yield op("find", o, Kind.PHRASE)
    yield op("find_in", o, x, Kind.PHRASE)
    yield op("objects", o)
    yield op("faces", o, x)
    yield op("codes", o, x)
    yield op("lines", o, x)
    yield op("lines_with", o, x, Kind.QUOTE)
    yield op("with", o, o, Kind.NAME)
    yield op("without", o, o, Kind.NAME)
    yield op("having", o, o, Kind.NAME)
    yield op("lacking", o, o, Kind.NAME)
    yield op("people", o)
    yield op("union", o, o, o)
    yield op("between", o, o, x, x)
    for relation in RELATIONS:
        yield op(f"{relation}_of", o, o, x)
        yield op(f"is_{relation}", t, x, x)
        yield op(f"all_{relation}", t, o, x)
    for attribute in ATTRIBUTES:
        yield op(f"same_{attribute}", o, o, x)
        yield op(f"alike_{attribute}", t, x, x)
        yield op(attribute, s, x)
        yield op(f"uniform_{attribute}", t, o)
        yield op(f"kinds_{attribute}", n, o)
    # single objects
    yield op("image", x)
    yield op("the", x, o)
    for extreme in EXTREMES:
        yield op(extreme, x, o)
    for order in ORDERS:
        yield op(f"nth_{order}", x, Kind.NUMERAL, o)
    yield op("closest_to", x, o, x)
    yield op("farthest_from", x, o, x)
    for region in REGIONS:
        yield op(f"region_{region}", x, x)
    # numbers
    yield op("count", n, o)
    yield op("number", n, Kind.NUMERAL)
    yield op("subtract", n, n, n)
    yield op("width", n, x)
    yield op("height", n, x)
    yield op("distance", n, x, x)
    yield op("word_count", n, x)
    yield op("mentions", n, x, Kind.QUOTE)
    yield op("kinds_of", n, o)
    yield op("sharpness", n, x)
    yield op("brightness", n, x)
    # truth
    yield op("exists", t, o)
    yield op("several", t, o)
    yield op("verify", t, x, Kind.NAME)
    yield op("all", t, o, Kind.NAME)
    yield op("not", t, t)
    yield op("and", t, t, t)
    yield op("or", t, t, t)
    for name in ("more", "fewer", "equal", "at_least", "at_most"):
        yield op(name, t, n, n)
    yield op("is_between", t, x, x, x)
    yield op("touching", t, x, x)
    for comparison in COMPARISONS:
        yield op(f"is_{comparison}", t, x, x)
    yield op("closer_to", t, x, x, x)
    for side in ("left", "right", "top", "bottom", "center"):
        yield op(f"in_{side}", t, x)
    yield op("has_text", t, x)
    yield op("says", t, x, Kind.QUOTE)
    for name in ("blurry", "dark", "bright", "portrait", "landscape", "square"):
        yield op(name, t, x)
    # text
    yield op("read", s, x)
    yield op("colors", s, o)
    yield op("identify", s, x)
    yield op("ask", s, x, Kind.QUESTION)
    yield op("caption", s, x)
    yield op("choose", s, x, Kind.OPTIONS)
    for pattern in PATTERNS:
        yield op(f"read_{pattern}", s, x)
    yield op("value", s, x, Kind.QUOTE)
    for word in ("first", "last", "longest"):
        yield op(f"{word}_word", s, x)
    for choice in CHOICES:
        yield op(f"which_{choice}", s, Kind.OPTIONS)
    yield op("which_closer", s, Kind.OPTIONS, x)
    for axis in ("sideways", "upright", "depth"):
        yield op(f"side_{axis}", s, x, x)
    for axis in ("sideways", "upright"):
        yield op(f"half_{axis}", s, x)
    yield op("orientation", s, x)
    yield op("resolution", s, x)
    # helpers
    yield op("join", Kind.PHRASE, Kind.NAME, Kind.NAME)
    for count, name in ((2, "two"), (3, "three"), (4, "four")):
        yield op(name, Kind.OPTIONS, *[Kind.NAME] * count)
    for reason in DECLINES:
        yield op(f"decline_{reason}", Kind.DECLINE)
    yield from _operators_over_time()


def _operators_over_time() -> Iterator[Operator]:
    tracks, track, happening = Kind.TRACKS, Kind.TRACK, Kind.HAPPENING

    def op(name: str, result: Kind, *args: Kind) -> Operator:
        return Operator(name=name, args=args, result=result)

    # a question about a picture, and at which moment, or over all of them
    for name in ("at_start", "at_end", "halfway", "mostly"):
        yield op(name, happening, Kind.ANSWER)
    yield op("at_second", happening, Kind.NUMERAL, Kind.ANSWER)
    for name in ("when_seen", "before_seen", "after_seen"):
        yield op(name, happening, Kind.PHRASE, Kind.ANSWER)
    yield op("ever", happening, Kind.TRUTH)
    yield op("always", happening, Kind.TRUTH)
    yield op("most", happening, Kind.NUMBER)
    # when something is in view
    for name in ("first_seen", "last_seen", "seen_for", "times_seen", "next_after"):
        yield op(name, happening, Kind.PHRASE)
    # things followed
    yield op("tracks", tracks, Kind.PHRASE)
    yield op("moving_things", tracks)
    for direction in DIRECTIONS:
        yield op(f"going_{direction}", tracks, tracks)
    for name in ("entering", "leaving", "moving", "still"):
        yield op(name, tracks, tracks)
    for name in ("the_track", "fastest", "slowest", "first_in", "last_in"):
        yield op(name, track, tracks)
    yield op("count_tracks", happening, tracks)
    yield op("any_track", happening, tracks)
    yield op("way", happening, track)
    yield op("track_color", happening, track)
    for name in ("earlier", "later", "leaves_earlier", "meanwhile", "faster", "longer"):
        yield op(name, happening, track, track)
    for name in ("which_first_of", "which_last_of", "which_faster_of", "which_longer_of", "order_of"):
        yield op(name, happening, Kind.OPTIONS)
    # text, speech and the video itself
    for name in ("shown_all", "shown_first", "shown_last", "said_all", "length", "cuts", "cut_count", "busiest"):
        yield op(name, happening)
    yield op("changed", happening)
    for name in ("shown", "shown_when", "shown_for", "shown_after", "said", "said_when"):
        yield op(name, happening, Kind.QUOTE)
    yield op("when_said", happening, Kind.QUOTE, Kind.ANSWER)


OPERATORS: dict[str, Operator] = {operator.name: operator for operator in _operators()}
NAMES: tuple[str, ...] = tuple(OPERATORS)


def _accepts(kind: Kind, operator: Operator) -> bool:
    if kind is Kind.HAPPENING:
        return operator.result in (Kind.HAPPENING, Kind.DECLINE)
    return operator.result is kind or (kind is Kind.ANSWER and operator.result in ROOT_KINDS)


CHOICES_FOR: dict[Kind, tuple[str, ...]] = {
    kind: tuple(name for name, operator in OPERATORS.items() if _accepts(kind, operator)) for kind in Kind
}


@lru_cache(maxsize=64)
def shortest(missing: frozenset[Kind] = frozenset()) -> dict[Kind, int]:
    """Fewest steps that complete each kind when no span of the `missing` kinds can be copied.

    It lets a decoder always finish within its limit and never enter what it could not leave.
    """
    cost = {kind: 1 if kind in SPAN_KINDS and kind not in missing else IMPOSSIBLE for kind in Kind}
    changed = True
    while changed:
        changed = False
        for kind in Kind:
            best = min(
                (1 + sum(cost[a] for a in OPERATORS[name].args) for name in CHOICES_FOR[kind]), default=IMPOSSIBLE
            )
            if best < cost[kind]:
                cost[kind], changed = best, True
    return cost


@dataclass(slots=True)
class Progress:
    """A plan in the making: what kinds are still expected, and how many steps are left."""

    expected: list[Kind] = field(default_factory=lambda: [Kind.ANSWER])
    steps: int = 0
    missing: frozenset[Kind] = frozenset()  # span kinds that this question cannot fill

    @property
    def complete(self) -> bool:
        """Whether nothing more is expected."""
        return not self.expected

    def allowed(self) -> tuple[tuple[str, ...], bool]:
        """Operators that may come next, and whether a copied span may."""
        kind = self.expected[-1]
        cost = shortest(self.missing)
        room = MAX_STEPS - self.steps - 1 - sum(cost[k] for k in self.expected[:-1])
        names = tuple(
            name
            for name in CHOICES_FOR[kind]
            if sum(cost[a] for a in OPERATORS[name].args) <= room and not self._declines_within(name)
        )
        return names, kind in SPAN_KINDS and kind not in self.missing

    def _declines_within(self, operator: str) -> bool:
        """Whether it would decline in the middle of a plan; only a whole plan may."""
        return self.steps > 0 and OPERATORS[operator].result is Kind.DECLINE

    def push(self, step: Step) -> None:
        """Take one step.

        Raises:
            ValueError: the step is not allowed here.
        """
        if not self.expected:
            raise ValueError("the plan is already complete")
        kind = self.expected[-1]
        if isinstance(step, Span):
            if kind not in SPAN_KINDS:
                raise ValueError(f"a copied span cannot stand for {kind.value}")
            self.expected.pop()
        else:
            if step not in OPERATORS or not _accepts(kind, OPERATORS[step]) or self._declines_within(step):
                raise ValueError(f"operator {step!r} cannot stand for {kind.value}")
            self.expected.pop()
            self.expected.extend(reversed(OPERATORS[step].args))
        self.steps += 1

    def copy(self) -> Progress:
        """An independent copy, for a search that branches."""
        return Progress(expected=list(self.expected), steps=self.steps, missing=self.missing)


def flatten(plan: Expression) -> list[Step]:
    """The steps of a plan in prefix order."""
    if isinstance(plan, Span):
        return [plan]
    steps: list[Step] = [plan.op]
    for argument in plan.args:
        steps.extend(flatten(argument))
    return steps


def build(steps: Sequence[Step], root: Kind = Kind.ANSWER) -> Node:
    """The plan that a whole sequence of steps spells, for a picture or, with its root, for a video.

    Raises:
        ValueError: the steps are not one whole, well-typed plan.
    """
    progress = Progress(expected=[root])
    for step in steps:
        progress.push(step)
    if not progress.complete:
        raise ValueError("the plan is not complete")
    position = 0

    def take() -> Expression:
        nonlocal position
        step = steps[position]
        position += 1
        if isinstance(step, Span):
            return step
        return Node(step, tuple(take() for _ in OPERATORS[step].args))

    plan = take()
    assert isinstance(plan, Node)  # the root kind takes no span
    return plan


def show(plan: Expression, words: Sequence[str]) -> str:
    """A plan as readable text, with the copied words in quotes."""
    if isinstance(plan, Span):
        return '"' + " ".join(words[plan.start : plan.end]) + '"'
    if not plan.args:
        return plan.op
    return f"{plan.op}({', '.join(show(argument, words) for argument in plan.args)})"
