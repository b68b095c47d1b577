"""Noun phrases and their plans: names, parts, relations, ordinals, superlatives, in photographs and on table-tops.

`Speaker` holds the random state and what may be used (held-out nouns or wordings, table-top or photograph); the
question families ask it for phrases.  Phrases come without their article, which belongs to the wording.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from .. import inflect
from . import nouns
from .wording import Leaf, Mark, Piece, Plan, fill, split

T = TypeVar("T")
IMAGE: Plan = ("image",)

RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "left": ("left of", "to the left of", "on the left of", "on the left side of", "to the left side of",
             "on the left-hand side of", "at the left of", "on the left hand side of"),
    "right": ("right of", "to the right of", "on the right of", "on the right side of", "to the right side of",
              "on the right-hand side of", "at the right of", "on the right hand side of"),
    "above": ("above", "over", "higher than", "up above"),
    "below": ("below", "under", "underneath", "beneath", "lower than"),
    "front": ("in front of", "in front of", "in front of", "in the front of", "before"),
    "behind": ("behind", "behind", "behind", "in back of", "at the back of", "to the rear of"),
    "inside": ("inside", "in", "in", "inside of", "within"),
    "on": ("on", "on", "on", "on top of", "on top of", "upon", "atop"),
    "near": ("next to", "next to", "beside", "near", "close to", "by", "alongside", "adjacent to", "near to",
             "right next to", "right by", "nearby"),
}  # fmt: skip
FLAT = ("left", "right", "front", "behind")  # relations that table-top questions use

# How an extreme is said: before the name, or after it.
EXTREME_BEFORE: dict[str, tuple[str, ...]] = {
    "leftmost": ("leftmost", "left-most", "furthest left", "far left", "left", "left most"),
    "rightmost": ("rightmost", "right-most", "furthest right", "far right", "right", "right most"),
    "topmost": ("topmost", "top", "highest", "uppermost", "upper", "top-most"),
    "bottommost": ("bottommost", "bottom", "lowest", "lowermost", "lower", "bottom-most"),
    "nearest": ("nearest", "closest", "front", "frontmost", "foremost"),
    "farthest": ("farthest", "furthest", "most distant", "rearmost", "back", "furthest away"),
    "largest": ("largest", "biggest", "greatest"),
    "smallest": ("smallest", "tiniest", "littlest"),
    "tallest": ("tallest",),
    "shortest": ("shortest",),
    "widest": ("widest", "broadest"),
    "narrowest": ("narrowest", "thinnest"),
    "middle": ("middle", "center", "centre", "central"),
}
EXTREME_AFTER: dict[str, tuple[str, ...]] = {
    "leftmost": ("on the left", "on the far left", "to the left", "furthest to the left", "at the left",
                 "that is furthest left", "on the left side", "on the left side of the picture", "on left",
                 "farthest to the left", "at the far left", "on the extreme left", "to the far left"),
    "rightmost": ("on the right", "on the far right", "to the right", "furthest to the right", "at the right",
                  "that is furthest right", "on the right side", "on the right side of the image", "on right",
                  "farthest to the right", "at the far right", "on the extreme right", "to the far right"),
    "topmost": ("at the top", "at the very top", "on top", "that is highest", "at the top of the image", "up top"),
    "bottommost": ("at the bottom", "at the very bottom", "on the bottom", "that is lowest",
                   "at the bottom of the picture"),
    "nearest": ("in front", "closest to the camera", "nearest to the camera", "closest to us", "in the foreground",
                "nearest to the viewer", "closest to the viewer", "at the front", "that is closest", "nearest to us"),
    "farthest": ("in the back", "farthest from the camera", "furthest from the camera", "at the back",
                 "in the background", "furthest away", "farthest away", "that is farthest", "in the distance"),
    "largest": ("that is the largest", "that is biggest", "with the largest size"),
    "smallest": ("that is the smallest", "that is smallest"),
    "tallest": ("that is the tallest", "that is tallest"),
    "shortest": ("that is the shortest",),
    "middle": ("in the middle", "in the center", "in the centre", "at the center", "in the middle of the picture"),
}  # fmt: skip
ORDER_WORDS: dict[str, tuple[str, ...]] = {
    "left": ("{n} {x} from the left", "{n} {x} from left", "{n} {x} counting from the left", "{n} leftmost {x}",
             "{n} {x} from the left side", "{n} {x} from left to right", "{n} {x} starting from the left"),
    "right": ("{n} {x} from the right", "{n} {x} from right", "{n} {x} counting from the right", "{n} rightmost {x}",
              "{n} {x} from the right side", "{n} {x} starting from the right"),
    "top": ("{n} {x} from the top", "{n} {x} from top", "{n} highest {x}", "{n} {x} from top to bottom"),
    "bottom": ("{n} {x} from the bottom", "{n} {x} from bottom", "{n} lowest {x}"),
    "near": ("{n} closest {x}", "{n} nearest {x}", "{n} {x} from the front", "{n} closest {x} to the camera"),
    "far": ("{n} farthest {x}", "{n} furthest {x}", "{n} {x} from the back"),
    "large": ("{n} largest {x}", "{n} biggest {x}"),
    "small": ("{n} smallest {x}",),
}  # fmt: skip
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "1st", "2nd", "3rd", "4th", "5th", "6th")
SHAPES = {"cube": ("cube", "block"), "sphere": ("sphere", "ball"), "cylinder": ("cylinder",), "object": ("object", "thing")}
TABLE_COLORS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
TABLE_MATERIALS = ("rubber", "matte", "metal", "metallic", "shiny")
TABLE_SIZES = ("large", "big", "small", "tiny")
GENERIC = ("object", "thing", "item")
_VOWELS, _CONSONANTS = "aeiou", ("b c d f g h j k l m n p r s t v w z bl br ch cl cr dr fl fr gl gr pl pr sh sl sp st th tr qu "
                                 "x y").split()  # fmt: skip
_CODAS = ["", "", "n", "r", "l", "t", "k", "m", "p", "x", "sh", "ck", "ng", "nd", "st", "rt", "b", "g", "d", "zz"]


@dataclass(slots=True)
class Phrase:
    """Words of a noun phrase without its article, and its plan."""

    pieces: list[Piece]
    plan: Plan


@dataclass(slots=True)
class Asked:
    """A question before noise: its pieces, its plan and its form ("?", "!", "~" or "-")."""

    pieces: list[Piece]
    plan: Plan
    form: str = "?"


class Speaker:
    """Random choices of words under the limits of one split.

    Args:
        rng: the only source of randomness.
        unseen_nouns: use only held-out and freshly invented nouns.
        unseen_wordings: use held-out wordings wherever a family has some.
    """

    def __init__(self, rng: random.Random, *, unseen_nouns: bool = False, unseen_wordings: bool = False) -> None:
        self.rng = rng
        self.unseen_nouns = unseen_nouns
        self.unseen_wordings = unseen_wordings
        self.used_unseen_wording = False
        self.table = False  # whether this question is about a table-top scene

    # words

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.random() * len(options))]

    def ask(self, wordings: tuple[str, ...], plan: Plan, **slots: object) -> Asked:
        """A whole question in one of the wordings; "~" marks an indirect clause, "!" a command, "-" a fragment."""
        seen, held = split(wordings)
        if self.unseen_wordings and held:
            self.used_unseen_wording = True
            seen = held
        wording = self.pick(seen)
        form = wording[0] if wording[0] in "~!-" else "?"
        return Asked(fill(self.rng, wording.lstrip("~!-"), slots), plan, form)

    def say(self, wordings: tuple[str, ...], **slots: object) -> list[Piece]:
        """Fill one of the wordings that this split may use."""
        seen, held = split(wordings)
        if self.unseen_wordings and held:
            self.used_unseen_wording = True
            return fill(self.rng, self.pick(held), slots)
        return fill(self.rng, self.pick(seen), slots)

    def invented(self) -> str:
        """A word that no dictionary has."""
        word = ""
        for _ in range(self.pick((1, 2, 2, 2, 3))):
            word += self.pick(_CONSONANTS) + self.pick(_VOWELS)
        return word + self.pick(_CODAS) if self.chance(0.8) else word + "er"

    def noun(self, *groups: list[str]) -> str:
        """A singular noun, from the groups if given."""
        rng = self.rng
        if self.unseen_nouns:
            return self.pick(nouns.HELD_OUT) if rng.random() < 0.7 else self.invented()
        if groups:
            if rng.random() < 0.12:
                return self.invented()
            return self.pick(self.pick(groups))
        roll = rng.random()
        if roll < 0.13:
            return self.invented()
        if roll < 0.22:
            return self.pick(nouns.COMPOUNDS)
        if roll < 0.24:
            return f"{self.invented()} {self.invented()}"
        if roll < 0.27:
            return self.pick(GENERIC)
        if roll < 0.29:
            return "person"
        return self.pick(self.pick(_EVERYTHING))

    def adjective(self) -> str:
        roll = self.rng.random()
        if roll < 0.5:
            return self.pick(nouns.COLORS)
        if roll < 0.7:
            return self.pick(nouns.SIZES)
        if roll < 0.82:
            return self.pick(nouns.MATERIALS)
        return self.pick(nouns.LOOKS)

    def table_name(self, *, plural: bool) -> str:
        """A table-top name: size, colour, material and shape, each now and then."""
        words = []
        if self.chance(0.4):
            words.append(self.pick(TABLE_SIZES))
        if self.chance(0.45):
            words.append(self.pick(TABLE_COLORS))
        if self.chance(0.4):
            words.append(self.pick(TABLE_MATERIALS))
        if len(words) == 2 and self.chance(0.06):
            words.reverse()
        shape = self.pick(("cube", "sphere", "cylinder", "object", "object"))
        noun = self.pick(SHAPES[shape])
        words.append(inflect.plural(noun) if plural else noun)
        return " ".join(words)

    def name(self, *groups: list[str], plural: bool = False, plain: bool = False) -> Leaf:
        """A name to look for: adjectives, noun, and now and then what it wears, holds or does."""
        if self.table and not groups:
            return Leaf(self.table_name(plural=plural))
        if not (groups or plural or self.unseen_nouns) and self.chance(0.03):
            return Leaf(self.pick(nouns.SUBSTANCES))
        noun = self.noun(*groups)
        words = inflect.plural(noun) if plural else noun
        roll = self.rng.random()
        if roll < 0.38:
            words = f"{self.adjective()} {words}"
        elif roll < 0.45:
            words = f"{self.adjective()} {self.adjective()} {words}"
        if not plain:
            person = noun in _PEOPLE or noun == "person"
            if self.chance(0.36 if person else 0.06):
                words = f"{words} {self._after(person=person, plural=plural)}"
        return Leaf(words)

    def _after(self, *, person: bool, plural: bool) -> str:
        be = "are" if plural else "is"
        if not person:
            if self.chance(0.15):
                both = self.pick(("", "both "))
                return f"that {be} {both}{self.adjective()} and {self.adjective()}"
            return self.pick((f"with {self.pick(nouns.HAD)}", f"that {be} {self.pick(nouns.STATES)}",
                              f"with a {self.noun()}", f"full of {self.pick(nouns.SUBSTANCES)}",
                              f"made of {self.pick(nouns.SUBSTANCES)}"))  # fmt: skip
        roll = self.rng.random()
        if roll < 0.3:
            if self.chance(0.5):
                return f"in {self.pick(('a', 'the', 'a', 'the', ''))} {self.pick(nouns.COLORS)} {self.pick(nouns.CLOTHES)}".replace("  ", " ")
            return f"in {self.pick(nouns.DRESSED)}"
        if roll < 0.48:
            return f"{self.pick(('wearing', 'who ' + be + ' wearing', 'in', 'with'))} {self.pick(nouns.WORN)}"
        if roll < 0.66:
            return f"with {self.pick(nouns.HAD)}"
        who = self.pick(("", "", f"who {be} ", f"that {be} "))
        if roll < 0.9:
            return who + self.pick(nouns.ACTIONS)
        return f"{who}holding a {self.noun()}"

    # collections

    def found(self, *groups: list[str], plural: bool, plain: bool = False) -> Phrase:
        leaf = self.name(*groups, plural=plural, plain=plain)
        return Phrase([leaf], ("find", leaf))

    def objects(self, depth: int = 1, *, plural: bool = True) -> Phrase:
        """An indefinite phrase: "red cups", "cups left of the plate", "wheels of the car"."""
        roll = self.rng.random()
        if depth <= 0 or roll < 0.48:
            return self.found(plural=plural)
        if roll < 0.5 and not self.table:
            leaf = self.name(plural=plural, plain=True)
            leaf.text += self.pick((" in the background", " in the foreground", " in the distance"))
            return Phrase([leaf], ("find", leaf))
        if roll < 0.9 or self.table:
            return self.related(depth, plural=plural)
        if roll < 0.93:
            a, b = self.single(0), self.single(0)
            base = self.found(plural=plural, plain=True)
            words = fill(self.rng, "{x} [that (is|are)] [in] between the {a} and the {b}", {"x": base, "a": a, "b": b})
            return Phrase(words, ("between", base.plan, a.plan, b.plan))
        if roll < 0.96:
            whole = self.single(0)
            part = self.name(nouns.PARTS, plural=plural, plain=True)
            return Phrase([part, "of the", *whole.pieces], ("find_in", whole.plan, part))
        return self.in_region(plural=plural)

    def in_region(self, *, plural: bool) -> Phrase:
        base = self.name(plural=plural, plain=True)
        pieces, region = self.region()
        return Phrase([base, *pieces], ("find_in", (f"region_{region}", IMAGE), base))

    def region(self) -> tuple[list[Piece], str]:
        """A part of the picture: "in the top left corner"."""
        where = self.pick(tuple(_REGION_WORDS))
        words = fill(self.rng, self.pick(_REGION_WORDS[where]), {})
        return words, where

    def relation(self) -> str:
        return self.pick(FLAT) if self.table else self.pick(tuple(RELATION_WORDS))

    def related(self, depth: int = 1, *, plural: bool, relation: str | None = None) -> Phrase:
        """A name and its place relative to something."""
        relation = relation or self.relation()
        base = self.found(plural=plural, plain=True)
        anchor = self.anchor(relation, depth - 1)
        link = self.link(relation, plural=plural)
        return Phrase([*base.pieces, *link, "the", *anchor.pieces], (f"{relation}_of", base.plan, anchor.plan))

    def link(self, relation: str, *, plural: bool) -> list[Piece]:
        """The words between a name and its anchor's article."""
        words = self.pick(RELATION_WORDS[relation])
        roll = self.rng.random()
        be = "are" if plural else "is"
        if roll < 0.3:
            words = f"{self.pick(('that', 'that', 'which'))} {be} {words}"
        elif roll < 0.37 and not self.table:
            words = f"{self.pick(('standing', 'sitting', 'lying', 'located', 'placed', 'hanging', 'seen'))} {words}"
        return [words]

    def anchor(self, relation: str, depth: int) -> Phrase:
        if relation == "inside" and not self.table and self.chance(0.9):  # "in the shirt" is no place
            return self.definite(self.found(nouns.CONTAINERS, nouns.VEHICLES, _ROOMS, plural=False, plain=True))
        if not self.table and self.chance(0.5):
            if relation == "on":
                return self.definite(self.found(nouns.FURNITURE, plural=False, plain=True))
        return self.single(depth)

    # single objects

    @staticmethod
    def definite(phrase: Phrase) -> Phrase:
        return Phrase(phrase.pieces, ("the", phrase.plan))

    def single(self, depth: int = 1) -> Phrase:
        """A definite phrase without its article: "red cup", "leftmost cup", "cup behind the plate", "man's hat"."""
        roll = self.rng.random()
        if self.table:
            if depth > 0 and roll < 0.55:
                return self.definite(self.related(depth, plural=False))
            if roll < 0.62:
                return self.extreme()
            return self.definite(self.found(plural=False))
        if depth <= 0:
            return self.definite(self.found(plural=False)) if roll < 0.85 else self.extreme()
        if roll < 0.5:
            return self.definite(self.found(plural=False))
        if roll < 0.68:
            return self.definite(self.related(depth, plural=False))
        if roll < 0.82:
            return self.extreme()
        if roll < 0.88:
            return self.ordinal()
        if roll < 0.92:
            return self.by_distance(depth)
        if roll < 0.94:
            return self.face()
        return self.part()

    def face(self) -> Phrase:
        """A face, by its place or size."""
        some: Plan = ("faces", IMAGE)
        if self.chance(0.2):
            return Phrase(["face"], ("the", some))
        which = self.pick(tuple(EXTREME_BEFORE))
        if which in EXTREME_AFTER and self.chance(0.5):
            return Phrase(["face", self.pick(EXTREME_AFTER[which])], (which, some))
        return Phrase([self.pick(EXTREME_BEFORE[which]), "face"], (which, some))

    def couple(self) -> tuple[Leaf, Plan, Plan]:
        """ "two candles": the leaf "candles", and the left and the right one."""
        leaf = self.name(plural=True, plain=True)
        return leaf, ("leftmost", ("find", leaf)), ("rightmost", ("find", leaf))

    def part(self) -> Phrase:
        """Part of a thing, or what someone has: "man's hat", "door of the car"."""
        group = self.pick((nouns.PARTS, nouns.PARTS, nouns.CLOTHES))
        part = self.name(group, plain=True)
        if self.chance(0.25):
            described = self.single(1)
            return Phrase([part, "of the", *described.pieces], ("the", ("find_in", described.plan, part)))
        whole = self.found(plural=False, plain=True)
        plan: Plan = ("the", ("find_in", ("the", whole.plan), part))
        if self.chance(0.6):
            return Phrase([*whole.pieces, "'s", part], plan)
        return Phrase([part, "of the", *whole.pieces], plan)

    def pair(self, *, plural: bool) -> tuple[Phrase, Phrase]:
        """Two indefinite phrases where the second says "one": "red cup" and "blue one"."""
        first, second = self.differing()
        noun = self.pick(tuple(SHAPES.values()))[0] if self.table else self.noun()
        head = Leaf(inflect.plural(noun) if plural else noun)
        whole = Leaf("", "group")
        one = "ones" if plural else "one"
        pieces: list[Piece] = [Mark(whole, opening=True), Leaf(first), head, Mark(whole, opening=False)]
        other = Leaf(second)
        return Phrase(pieces, ("find", whole)), Phrase([other, one], ("find", ("join", head, other)))

    def differing(self) -> tuple[str, str]:
        """Two adjectives of one sort."""
        if self.table:
            pool: Sequence[str] = self.pick((TABLE_COLORS, TABLE_COLORS, TABLE_MATERIALS, TABLE_SIZES))
        else:
            pool = self.pick((nouns.COLORS, nouns.COLORS, nouns.SIZES, nouns.MATERIALS, nouns.LOOKS))
        first, second = self.rng.sample(list(pool), 2)
        return first, second

    def two(self, depth: int = 0) -> tuple[Phrase, Phrase]:
        """Two definite phrases to compare."""
        if self.chance(0.13):
            first, second = self.pair(plural=False)
            return self.definite(first), self.definite(second)
        if not self.table and self.chance(0.12):
            return self.part(), self.part()
        if self.chance(0.06):
            base = self.name(plain=True)
            one, two = self.rng.sample(("leftmost", "rightmost", "topmost", "bottommost", "nearest", "farthest", "middle"), 2)
            again = Leaf(base.text)
            pieces = [[self.pick(EXTREME_BEFORE[w]), leaf] if self.chance(0.5) else [leaf, self.pick(EXTREME_AFTER[w])] for w, leaf in ((one, base), (two, again))]
            return Phrase(list(pieces[0]), (one, ("find", base))), Phrase(list(pieces[1]), (two, ("find", again)))
        return self.single(depth if self.chance(0.4) else 0), self.single(depth if self.chance(0.4) else 0)

    def extreme(self, which: str | None = None) -> Phrase:
        which = which or self.pick(tuple(EXTREME_BEFORE))
        base = self.found(plural=False, plain=True)
        plan: Plan = (which, base.plan)
        if which in EXTREME_AFTER and self.chance(0.5):
            return Phrase([*base.pieces, self.pick(EXTREME_AFTER[which])], plan)
        return Phrase([self.pick(EXTREME_BEFORE[which]), *base.pieces], plan)

    def ordinal(self) -> Phrase:
        order = self.pick(("left", "left", "right", "right", "top", "bottom", "near", "far", "large", "small"))
        which = Leaf(self.pick(ORDINALS), "number")
        base = self.found(plural=False, plain=True)
        words = fill(self.rng, self.pick(ORDER_WORDS[order]), {"n": which, "x": base})
        return Phrase(words, (f"nth_{order}", which, base.plan))

    def by_distance(self, depth: int = 1) -> Phrase:
        base = self.found(plural=False, plain=True)
        anchor = self.single(depth - 1)
        if self.chance(0.6):
            wording, op = "(closest {x} to|nearest {x} to|{x} closest to|{x} nearest to|{x} that is closest to|{x} nearest) the {a}", "closest_to"
        else:
            wording, op = "({x} (farthest|furthest) from|{x} (farthest|furthest) away from|(farthest|furthest) {x} from|{x} most distant from) the {a}", "farthest_from"  # fmt: skip
        return Phrase(fill(self.rng, wording, {"x": base, "a": anchor}), (op, base.plan, anchor.plan))

    # small things

    def quantity(self) -> Leaf:
        words = ("two", "three", "four", "five", "six", "seven", "eight", "ten", "2", "3", "4", "5", "6", "12", "20")
        return Leaf(self.pick(words) if self.chance(0.9) else str(self.rng.randrange(2, 150)), "number")

    def options(self, leaves: list[Leaf], *, word: str = "or", article: str = "") -> tuple[list[Piece], Plan]:
        """Leaves joined as "a, b or c" and the options plan."""
        pieces: list[Piece] = []
        for index, leaf in enumerate(leaves):
            if index:
                pieces.append(word if index == len(leaves) - 1 else ",")
            if article:
                pieces.append(article)
            pieces.append(leaf)
        if len(leaves) > 2 and self.chance(0.4):
            pieces.insert(len(pieces) - (3 if article else 2), ",")
        return pieces, ({2: "two", 3: "three", 4: "four"}[len(leaves)], *leaves)


_REGION_WORDS = {
    "left": ("(on|at|in) the left [(side|half|part|hand side)] of the (image|picture|photo)", "in the left (half|part)",
             "on the left", "on the left side"),
    "right": ("(on|at|in) the right [(side|half|part|hand side)] of the (image|picture|photo)", "in the right (half|part)",
              "on the right", "on the right side"),
    "top": ("(at|in|on) the top [(half|part)] of the (image|picture|photo)", "in the (upper|top) (half|part)",
            "in the upper part of the (image|picture|photo)", "at the top"),
    "bottom": ("(at|in|on) the bottom [(half|part)] of the (image|picture|photo)", "in the (lower|bottom) (half|part)",
               "in the lower part of the (image|picture|photo)", "at the bottom"),
    "center": ("in the (middle|center|centre) of the (image|picture|photo)", "in the (middle|center|centre)"),
    "top_left": ("(in|at) the (top|upper) left [(corner|part)] [of the (image|picture|photo)]",
                 "in the top-left [corner]"),
    "top_right": ("(in|at) the (top|upper) right [(corner|part)] [of the (image|picture|photo)]",
                  "in the top-right [corner]"),
    "bottom_left": ("(in|at) the (bottom|lower) left [(corner|part)] [of the (image|picture|photo)]",
                    "in the bottom-left [corner]"),
    "bottom_right": ("(in|at) the (bottom|lower) right [(corner|part)] [of the (image|picture|photo)]",
                     "in the bottom-right [corner]"),
}  # fmt: skip
_ROOMS = """room house kitchen bathroom bedroom office garden park street water pool lake field box basket drawer cage
classroom shop store restaurant garage hall yard forest sky crowd picture frame""".split()
_PEOPLE = frozenset(nouns.PEOPLE)
_EVERYTHING = (
    nouns.PEOPLE, nouns.PEOPLE, nouns.ANIMALS, nouns.ANIMALS, nouns.VEHICLES, nouns.FURNITURE, nouns.CONTAINERS,
    nouns.CONTAINERS, nouns.FOOD, nouns.CLOTHES, nouns.THINGS, nouns.THINGS, nouns.PLACES,
)  # fmt: skip
