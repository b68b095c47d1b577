# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""The choice of words under the limits of one split: nouns, adjectives, names, and which wordings may be used.

`Words` holds the random state.  It knows single words and names; `things.Speaker` adds phrases that have plans.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from .. import inflect
from . import nouns
from .wording import Leaf, Piece, Plan, fill, split

T = TypeVar("T")
SHAPES = {
    "cube": ("cube", "block"),
    "sphere": ("sphere", "ball"),
    "cylinder": ("cylinder",),
    "object": ("object", "thing"),
}
TABLE_COLORS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
TABLE_MATERIALS = ("rubber", "matte", "metal", "metallic", "shiny")
TABLE_SIZES = ("large", "big", "small", "tiny")
GENERIC = ("object", "thing", "item")
_VOWELS, _CONSONANTS = (
    "aeiou",
    ("b c d f g h j k l m n p r s t v w z bl br ch cl cr dr fl fr gl gr pl pr sh sl sp st th tr qu x y").split(),
)
_CODAS = ["", "", "n", "r", "l", "t", "k", "m", "p", "x", "sh", "ck", "ng", "nd", "st", "rt", "b", "g", "d", "zz"]


_EVERYTHING = (
    nouns.PEOPLE,
    nouns.PEOPLE,
    nouns.ANIMALS,
    nouns.ANIMALS,
    nouns.VEHICLES,
    nouns.FURNITURE,
    nouns.CONTAINERS,
    nouns.CONTAINERS,
    nouns.FOOD,
    nouns.CLOTHES,
    nouns.THINGS,
    nouns.THINGS,
    nouns.PLACES,
)
_PEOPLE = frozenset(nouns.PEOPLE)


@dataclass(slots=True)
class Asked:
    """A question before noise: its pieces, its plan and its form ("?", "!", "~" or "-")."""

    pieces: list[Piece]
    plan: Plan
    form: str = "?"


class Words:
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
        self.readable: Sequence[str] = ()  # texts that are known to be there, to be asked about rather than others

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
            return self.pick(
                (
                    f"with {self.pick(nouns.HAD)}",
                    f"that {be} {self.pick(nouns.STATES)}",
                    f"with a {self.noun()}",
                    f"full of {self.pick(nouns.SUBSTANCES)}",
                    f"made of {self.pick(nouns.SUBSTANCES)}",
                )
            )
        roll = self.rng.random()
        if roll < 0.3:
            if self.chance(0.5):
                article = self.pick(("a ", "the ", "a ", "the ", ""))
                return f"in {article}{self.pick(nouns.COLORS)} {self.pick(nouns.CLOTHES)}"
            return f"in {self.pick(nouns.DRESSED)}"
        if roll < 0.48:
            return f"{self.pick(('wearing', 'who ' + be + ' wearing', 'in', 'with'))} {self.pick(nouns.WORN)}"
        if roll < 0.66:
            return f"with {self.pick(nouns.HAD)}"
        who = self.pick(("", "", f"who {be} ", f"that {be} "))
        if roll < 0.9:
            return who + self.pick(nouns.ACTIONS)
        return f"{who}holding a {self.noun()}"

    def differing(self) -> tuple[str, str]:
        """Two adjectives of one sort."""
        if self.table:
            pool: Sequence[str] = self.pick((TABLE_COLORS, TABLE_COLORS, TABLE_MATERIALS, TABLE_SIZES))
        else:
            pool = self.pick((nouns.COLORS, nouns.COLORS, nouns.SIZES, nouns.MATERIALS, nouns.LOOKS))
        first, second = self.rng.sample(list(pool), 2)
        return first, second

    def quantity(self) -> Leaf:
        words = ("two", "three", "four", "five", "six", "seven", "eight", "ten", "2", "3", "4", "5", "6", "12", "20")
        return Leaf(self.pick(words) if self.chance(0.9) else str(self.rng.randrange(2, 150)), "number")
