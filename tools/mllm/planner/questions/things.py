"""Noun phrases and their plans: names, parts, relations, ordinals, superlatives, in photographs and on table-tops.

The question families ask `Speaker` for phrases.  Phrases come without their article, which belongs to the wording.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import inflect
from . import nouns
from .places import (
    CLOSEST,
    EXTREME_AFTER,
    EXTREME_BEFORE,
    FARTHEST,
    FLAT,
    ORDER_WORDS,
    ORDINALS,
    REGION_WORDS,
    RELATION_WORDS,
    ROOMS,
)
from .wording import Leaf, Mark, Piece, Plan, fill
from .words import SHAPES, Asked, Words

__all__ = ["IMAGE", "Asked", "Phrase", "Speaker"]

IMAGE: Plan = ("image",)


@dataclass(slots=True)
class Phrase:
    """Words of a noun phrase without its article, and its plan."""

    pieces: list[Piece]
    plan: Plan


class Speaker(Words):
    """Chooses phrases that have plans."""

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
        where = self.pick(tuple(REGION_WORDS))
        words = fill(self.rng, self.pick(REGION_WORDS[where]), {})
        return words, where

    def relations(self) -> tuple[str, ...]:
        """The relations that this kind of question uses."""
        return FLAT if self.table else tuple(RELATION_WORDS)

    def relation(self) -> str:
        return self.pick(self.relations())

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
            return self.definite(self.found(nouns.CONTAINERS, nouns.VEHICLES, ROOMS, plural=False, plain=True))
        if not self.table and self.chance(0.5) and relation == "on":
            return self.definite(self.found(nouns.FURNITURE, plural=False, plain=True))
        return self.single(depth)

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

    def two(self, depth: int = 0) -> tuple[Phrase, Phrase]:
        """Two definite phrases to compare."""
        if self.chance(0.13):
            first, second = self.pair(plural=False)
            return self.definite(first), self.definite(second)
        if not self.table and self.chance(0.12):
            return self.part(), self.part()
        if self.chance(0.06):
            base = self.name(plain=True)
            one, two = self.rng.sample(
                ("leftmost", "rightmost", "topmost", "bottommost", "nearest", "farthest", "middle"), 2
            )
            again = Leaf(base.text)
            pieces: list[list[Piece]] = [
                [self.pick(EXTREME_BEFORE[w]), leaf] if self.chance(0.5) else [leaf, self.pick(EXTREME_AFTER[w])]
                for w, leaf in ((one, base), (two, again))
            ]
            return Phrase(pieces[0], (one, ("find", base))), Phrase(pieces[1], (two, ("find", again)))
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
            wording, op = CLOSEST, "closest_to"
        else:
            wording, op = FARTHEST, "farthest_from"
        return Phrase(fill(self.rng, wording, {"x": base, "a": anchor}), (op, base.plan, anchor.plan))

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
