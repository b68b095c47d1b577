"""A plan carried out on a scene, step by step, in words: the thoughts that the model learns to write before it answers.

A thought is a chain of short steps, each ended by ";". A step names things by pointers ("<o3>" is the fourth thing from
the left), so that every noun is grounded where it is spoken and every later step looks at earlier results only:

    find red cube : <o2> ; behind <o2> small thing : <o0> <o4> ; count : 2 ;

The plans are those of the question grammar that also teaches the planner (`planner/questions`). What a plan asks of
another world, or of a thing that is not there or not the only one, is `Unanswerable`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import OutsideWorld
from ..detector.names import understand
from ..planner import inflect
from ..planner.questions.wording import Leaf, Plan
from .scene import Scene

__all__ = ["Reasoned", "Unanswerable", "Wanted", "pointer", "reason"]

_ORDER = ("size", "color", "material", "shape")
_DIRECTIONS = ("left", "right", "front", "behind")
_EXTREMES = {"leftmost": (0, min), "rightmost": (0, max), "nearest": (1, min), "farthest": (1, max)}
_NTH = {"nth_left": (0, 1), "nth_right": (0, -1), "nth_near": (1, 1), "nth_far": (1, -1)}
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "more": int.__gt__,
    "fewer": int.__lt__,
    "equal": int.__eq__,
    "at_least": int.__ge__,
    "at_most": int.__le__,
}
_BIGGER = {"is_bigger": "large", "is_taller": "large", "is_wider": "large"}
_SMALLER = {"is_smaller": "small", "is_shorter": "small", "is_narrower": "small"}


class Unanswerable(Exception):
    """The plan has no certain answer on this scene."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reasoned:
    """What a plan comes to on a scene."""

    thoughts: str
    answer: str
    things: tuple[int, ...]  # what the answer speaks of, where it speaks of things


def pointer(thing: int) -> str:
    """How a thing is pointed at in text."""
    return f"<o{thing}>"


def reason(plan: Plan, scene: Scene) -> Reasoned:
    """Carry a plan out.

    Raises: Unanswerable when it has no certain answer here.
    """
    chain = _Chain(scene)
    answer, things = chain.answer(plan)
    return Reasoned(thoughts=" ".join(chain.steps), answer=answer, things=tuple(things))


class _Chain:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.steps: list[str] = []
        self._done: dict[int, tuple[int, ...]] = {}  # plans that were carried out, by identity

    def step(self, words: str, result: str) -> None:
        self.steps.append(f"{words} : {result} ;")

    def things(self, words: str, found: Sequence[int]) -> tuple[int, ...]:
        self.step(words, " ".join(map(pointer, found)) or "none")
        return tuple(found)

    # -- what a plan denotes --

    def several(self, plan: Plan) -> tuple[int, ...]:
        if id(plan) not in self._done:
            self._done[id(plan)] = self._several(plan)
        return self._done[id(plan)]

    def _several(self, plan: Plan) -> tuple[int, ...]:
        op, args = plan[0], plan[1:]
        everything = range(len(self.scene.things))
        if op in ("find", "objects"):
            wanted = Wanted.of(args[0] if args else "thing")
            return self.things(f"find {wanted}", [k for k in everything if wanted.fits(self.scene, k)])
        if op in ("with", "without"):
            base, wanted = self.several(_plan(args[0])), Wanted.of(args[1])
            kept = [k for k in base if wanted.fits(self.scene, k) == (op == "with")]
            return self.things(f"{'which' if op == 'with' else 'which not'} {wanted}", kept)
        if op == "union":
            first, second = self.several(_plan(args[0])), self.several(_plan(args[1]))
            return self.things("all", sorted({*first, *second}))
        if isinstance(op, str) and op.endswith("_of") and op[:-3] in _DIRECTIONS:
            return self._placed(op[:-3], _plan(args[0]), _plan(args[1]))
        if isinstance(op, str) and op.startswith("same_"):
            return self._alike(op[5:], _plan(args[0]), _plan(args[1]))
        raise Unanswerable(f"{op} is not of this world")

    def _placed(self, direction: str, base: Plan, anchor: Plan) -> tuple[int, ...]:
        if base[0] in ("find", "objects"):
            wanted = Wanted.of(base[1] if len(base) > 1 else "thing")
            of = self.single(anchor)
            candidates = [k for k in range(len(self.scene.things)) if wanted.fits(self.scene, k)]
            words = f"{direction} {pointer(of)} {wanted}"
        else:
            candidates, of = list(self.several(base)), self.single(anchor)
            words = f"{direction} {pointer(of)} of {' '.join(map(pointer, candidates)) or 'none'}"
        return self.things(words, [k for k in candidates if k != of and self.scene.lies(direction, k, of)])

    def _alike(self, attribute: str, base: Plan, anchor: Plan) -> tuple[int, ...]:
        of = self.single(anchor)
        value = self.value(of, attribute)
        if base[0] not in ("find", "objects"):
            raise Unanswerable("only named things are compared with one")
        wanted = Wanted.of(base[1] if len(base) > 1 else "thing")
        fits = [
            k
            for k, one in enumerate(self.scene.things)
            if k != of and one.attributes[attribute] == value and wanted.fits(self.scene, k)
        ]
        return self.things(f"other {pointer(of)} {value} {wanted}", fits)

    def single(self, plan: Plan) -> int:
        op, args = plan[0], plan[1:]
        if op == "the":
            found = self.several(_plan(args[0]))
            if len(found) != 1:
                raise Unanswerable("not exactly one thing fits")
            return found[0]
        if op in _EXTREMES:
            base = self.several(_plan(args[0]))
            if not base:
                raise Unanswerable("nothing fits")
            axis, best = _EXTREMES[str(op)]
            return self.things(str(op), [best(base, key=lambda k: self.scene.things[k].ground[axis])])[0]
        if op in ("largest", "smallest"):
            base = self.several(_plan(args[0]))
            size = "large" if op == "largest" else "small"
            fits = [k for k in base if self.scene.things[k].attributes["size"] == size]
            if len(fits) != 1:
                raise Unanswerable("sizes do not tell which")
            return self.things(str(op), fits)[0]
        if op in _NTH:
            axis, sign = _NTH[str(op)]
            base = self.several(_plan(args[1]))
            number = _number(args[0])
            if not 1 <= number <= len(base):
                raise Unanswerable("there are not so many")
            order = sorted(base, key=lambda k: sign * self.scene.things[k].ground[axis])
            return self.things(f"{str(op)[4:]} {number}", [order[number - 1]])[0]
        raise Unanswerable(f"{op} is not of this world")

    def value(self, thing: int, attribute: str) -> str:
        value = self.scene.things[thing].attributes[attribute]
        self.step(f"{attribute} {pointer(thing)}", value)
        return value

    def number(self, plan: Plan) -> int:
        op, args = plan[0], plan[1:]
        if op == "count":
            count = len(self.several(_plan(args[0])))
            self.step("count", str(count))
            return count
        if op == "number":
            return _number(args[0])
        if op == "subtract":
            return self.number(_plan(args[0])) - self.number(_plan(args[1]))
        if isinstance(op, str) and op.startswith("kinds_") and op[6:] in _ORDER:
            kinds = {self.value(k, op[6:]) for k in self.several(_plan(args[0]))}
            self.step("kinds", " ".join(sorted(kinds)) or "none")
            return len(kinds)
        raise Unanswerable(f"{op} is not of this world")

    def truth(self, plan: Plan) -> bool:
        op, args = str(plan[0]), plan[1:]
        if op in ("exists", "several"):
            return len(self.several(_plan(args[0]))) > (op == "several")
        if op == "not":
            return not self.truth(_plan(args[0]))
        if op in ("and", "or"):
            both = [self.truth(_plan(part)) for part in args]
            self.step(op, " ".join(map(_yes, both)))
            return all(both) if op == "and" else any(both)
        if op in _COMPARE:
            first, second = self.number(_plan(args[0])), self.number(_plan(args[1]))
            self.step(f"{op.replace('_', ' ')} {first} {second}", _yes(_COMPARE[op](first, second)))
            return _COMPARE[op](first, second)
        if op == "verify":
            thing, wanted = self.single(_plan(args[0])), Wanted.of(args[1])
            self.things(f"which {wanted}", [thing] if wanted.fits(self.scene, thing) else [])
            return wanted.fits(self.scene, thing)
        if op == "all":
            base, wanted = self.several(_plan(args[0])), Wanted.of(args[1])
            if not base:
                raise Unanswerable("nothing fits")
            return not self.things(f"which not {wanted}", [k for k in base if not wanted.fits(self.scene, k)])
        if op.startswith("alike_"):
            first, second = self.single(_plan(args[0])), self.single(_plan(args[1]))
            if first == second:
                raise Unanswerable("one thing, not two")
            value = self.value(first, op[6:])
            alike = self.scene.things[second].attributes[op[6:]] == value
            # A thing is asked whether it has the value, which pointing can tell; that two words are the same is harder.
            self.things(f"which {value} {pointer(second)}", [second] if alike else [])
            return alike
        if op.startswith("uniform_"):
            base = self.several(_plan(args[0]))
            if len(base) < 2:
                raise Unanswerable("too few to be alike")
            return len({self.value(k, op[8:]) for k in base}) == 1
        if op.startswith("all_") and op[4:] in _DIRECTIONS:
            base, of = self.several(_plan(args[0])), self.single(_plan(args[1]))
            base = tuple(k for k in base if k != of)
            if not base:
                raise Unanswerable("nothing fits")
            words = f"{op[4:]} {pointer(of)} of {' '.join(map(pointer, base))}"
            return len(self.things(words, [k for k in base if self.scene.lies(op[4:], k, of)])) == len(base)
        if op.startswith("is_") and op[3:] in _DIRECTIONS:
            thing, of = self.single(_plan(args[0])), self.single(_plan(args[1]))
            if thing == of:
                raise Unanswerable("one thing, not two")
            lies = self.scene.lies(op[3:], thing, of)
            self.things(f"{op[3:]} {pointer(of)} of {pointer(thing)}", [thing] if lies else [])
            return lies
        if op in _BIGGER or op in _SMALLER:
            first, second = self.single(_plan(args[0])), self.single(_plan(args[1]))
            sizes = self.value(first, "size"), self.value(second, "size")
            if sizes[0] == sizes[1]:
                raise Unanswerable("their sizes are alike")
            return sizes[0] == (_BIGGER | _SMALLER)[op]
        raise Unanswerable(f"{op} is not of this world")

    # -- answers --

    def answer(self, plan: Plan) -> tuple[str, Sequence[int]]:
        op, args = str(plan[0]), plan[1:]
        if op in _ORDER:
            thing = self.single(_plan(args[0]))
            return self.value(thing, op), (thing,)
        if op in ("find", "objects", "with", "without", "union") or op.endswith("_of") or op.startswith("same_"):
            found = self.several(plan)
            if not found:
                return "none", ()
            return " , ".join(f"{self.scene.things[k].name} {pointer(k)}" for k in found), found
        if op in ("the", "largest", "smallest") or op in _EXTREMES or op in _NTH:
            thing = self.single(plan)
            return f"{self.scene.things[thing].name} {pointer(thing)}", (thing,)
        if op in ("count", "subtract") or op.startswith("kinds_"):
            number = self.number(plan)
            if number < 0:
                raise Unanswerable("fewer than none")
            return str(number), ()
        if op == "colors":
            found = self.several(_plan(args[0]))
            if not found:
                raise Unanswerable("nothing fits")
            return " , ".join(sorted({self.value(k, "color") for k in found})), found
        if op in ("side_sideways", "side_depth"):
            thing, of = self.single(_plan(args[0])), self.single(_plan(args[1]))
            if thing == of:
                raise Unanswerable("one thing, not two")
            first, second = ("left", "right") if op == "side_sideways" else ("front", "behind")
            for direction in (first, second):
                if self.scene.lies(direction, thing, of):
                    self.things(f"{direction} {pointer(of)} of {pointer(thing)}", [thing])
                    return ("in front" if direction == "front" else direction), (thing,)
            raise Unanswerable("neither side")
        if op == "identify":
            thing = self.single(_plan(args[0]))
            return self.scene.things[thing].name, (thing,)
        if op == "choose":
            return self._chosen(_plan(args[0]), _plan(args[1]))
        if op in ("which_more", "which_fewer", "which_left", "which_right"):
            return self._which(op[6:], _plan(args[0]))
        truth = self.truth(plan)
        return _yes(truth), ()

    def _chosen(self, single: Plan, options: Plan) -> tuple[str, Sequence[int]]:
        thing = self.single(single)
        wanted = [Wanted.of(option) for option in options[1:]]
        fits = [one for one in wanted if one.fits(self.scene, thing)]
        if len(fits) != 1:
            raise Unanswerable("not exactly one option fits")
        self.step(f"choose {pointer(thing)}", str(fits[0]))
        return str(fits[0]).removesuffix(" thing"), (thing,)

    def _which(self, word: str, options: Plan) -> tuple[str, Sequence[int]]:
        plans: list[Plan] = [("find", option) for option in options[1:]]
        if word in ("more", "fewer"):
            measures: list[float] = [self.number(("count", plan)) for plan in plans]
            best = max(measures) if word == "more" else min(measures)
        else:
            measures = [self.scene.things[self.single(("the", plan))].ground[0] for plan in plans]
            best = max(measures) if word == "right" else min(measures)
        if measures.count(best) != 1:
            raise Unanswerable("no single best")
        return str(Wanted.of(options[1 + measures.index(best)])).removesuffix(" thing"), ()


class Wanted:
    """What a name demands, in the order in which the model speaks."""

    def __init__(self, demands: dict[str, frozenset[str]]) -> None:
        self.demands = demands

    @classmethod
    def of(cls, name: object) -> Wanted:
        text = _said(name)
        try:
            understood = understand(text)
        except OutsideWorld as error:
            raise Unanswerable(str(error)) from error
        demands: dict[str, frozenset[str]] = {}
        for attribute, values in understood.demands:
            if attribute in demands:
                raise Unanswerable(f"{text!r} asks twice for a {attribute}")
            demands[attribute] = values
        return cls(demands)

    def fits(self, scene: Scene, thing: int) -> bool:
        attributes = scene.things[thing].attributes
        return all(attributes[key] in values for key, values in self.demands.items())

    def __str__(self) -> str:
        words = [" or ".join(sorted(self.demands[key])) for key in _ORDER if key in self.demands]
        return " ".join(words if "shape" in self.demands else [*words, "thing"])


def _said(name: object) -> str:
    """The text of a name, joined where it was spoken in two places ("cubes", "red")."""
    if isinstance(name, Leaf):
        return name.text
    if isinstance(name, tuple) and name[0] == "join":
        return " ".join(_said(part) for part in reversed(name[1:]))
    if isinstance(name, str):
        return name
    raise Unanswerable(f"{name!r} is no name")


def _plan(argument: object) -> Plan:
    if not isinstance(argument, tuple):
        raise Unanswerable(f"{argument!r} is no plan")
    return argument


def _number(leaf: object) -> int:
    number = inflect.number(_said(leaf))
    if number is None:
        raise Unanswerable(f"{_said(leaf)!r} is no number")
    return number


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"
