"""Questions about a scene that have a certain answer there, in the many wordings of the planner's grammar.

The grammar speaks of table-tops in general; `Beholder` makes it speak mostly of what stands on this one, so that most
references denote something and chains of relations end somewhere. What is ambiguous all the same is thrown away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..planner import inflect
from ..planner.questions import attributes, counting, presence, references, space, tabletop
from ..planner.questions.families import Maker
from ..planner.questions.polite import polite
from ..planner.questions.things import Speaker
from ..planner.questions.typed import typed
from ..planner.questions.wording import Plan
from ..planner.questions.words import SHAPES
from .reasoning import Reasoned, Unanswerable, reason
from .scene import Scene, Seen

__all__ = ["FAMILIES", "Beholder", "Question", "questions", "words_of"]

# Families and their shares. Comparing, counting and long chains are oversampled: they are what is learned last.
FAMILIES: tuple[tuple[float, Maker], ...] = (
    (13, tabletop.chain),
    (13, tabletop.indirect),
    (13, tabletop.same_as),
    (12, tabletop.both),
    (9, tabletop.either),
    (12, counting.compares_counts),
    (9, attributes.same_attribute),
    (3, presence.exists),
    (3, presence.exists_related),
    (3, counting.counts),
    (2, counting.counts_related),
    (1, counting.counts_with_property),
    (1, counting.counts_together),
    (1.5, counting.compares_to_number),
    (4, attributes.attributes),
    (1, attributes.colors_of_many),
    (1.5, attributes.verifies),
    (0.5, attributes.verifies_two),
    (1, attributes.verifies_all),
    (1, presence.logic),
    (0.7, presence.negated),
    (1, references.refers),
    (0.7, references.refers_many),
    (0.7, references.which_one),
    (1.5, space.is_related),
    (0.7, space.which_side),
    (0.5, space.compares_size),
)
_MAKERS = [maker for _, maker in FAMILIES]
_WEIGHTS = [share for share, _ in FAMILIES]
_SYNONYMS = {
    "large": ("large", "big"),
    "small": ("small", "tiny"),
    "metal": ("metal", "metallic", "shiny"),
    "rubber": ("rubber", "matte"),
}
_WORD = re.compile(r"[^\W\d_]+")
_TRIES = 12  # of one family, before another is drawn


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question about a scene with the thoughts that lead to its answer."""

    text: str
    family: str
    plan: Plan
    reasoned: Reasoned


class Beholder(Speaker):
    """Speaks of the things of one scene, and of the texts that can be read there."""

    def __init__(self, rng: random.Random, scene: Scene, readable: Sequence[str] = ()) -> None:
        super().__init__(rng)
        self.scene = scene
        self.table = True
        self.readable = readable

    def table_name(self, *, plural: bool) -> str:
        """A name that some thing here bears, now and then one that none does; sharper when it is to single one out."""
        if not self.scene.things or self.chance(0.12 if plural else 0.05):
            return super().table_name(plural=plural)
        thing = self.pick(self.scene.things)
        if plural:
            kept = [key for key in ("size", "color", "material") if self.chance(0.3)]
            shape = self.chance(0.5)
        else:
            kept, shape = self._singling(thing)
        words = [self.pick(_SYNONYMS.get(value, (value,))) for value in (thing.attributes[key] for key in kept)]
        noun = self.pick(SHAPES[thing.attributes["shape"] if shape else "object"])
        return " ".join([*words, inflect.plural(noun) if plural else noun])

    def _singling(self, thing: Seen) -> tuple[list[str], bool]:
        """Attributes that tell a thing from the others, drawn one by one until they do or it is enough."""
        order = ["size", "color", "material", "shape"]
        self.rng.shuffle(order)
        kept: list[str] = []
        rivals = list(self.scene.things)
        limit = self.pick((1, 2, 4, 4))
        for key in order:
            if len(kept) == limit or (len(rivals) == 1 and not self.chance(0.25)):
                break
            kept.append(key)
            rivals = [one for one in rivals if one.attributes[key] == thing.attributes[key]]
        return [key for key in ("size", "color", "material") if key in kept], "shape" in kept


def words_of(text: str) -> list[str]:
    """The words of a text, without numbers and marks."""
    return _WORD.findall(text.lower())


def questions(rng: random.Random, scene: Scene) -> Iterator[Question]:
    """An endless stream of questions about a scene, each with one certain answer."""
    while True:
        maker = rng.choices(_MAKERS, _WEIGHTS)[0]
        for _ in range(_TRIES):
            asked = maker(Beholder(rng, scene))
            try:
                reasoned = reason(asked.plan, scene)
            except Unanswerable:
                continue
            line = typed(rng, polite(rng, asked))
            if line is None or not line.tokens:
                continue
            yield Question(text=line.question, family=maker.__name__, plan=asked.plan, reasoned=reasoned)
            break
