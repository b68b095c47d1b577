"""Understands names of things: "small red metal cube", "shiny thing", "balls", "red or blue blocks".

A name is a set of demands on attributes, each met by one or more values. Every word must be understood: one word from
outside this world ("dog", "orange") makes the whole name foreign, and `understand` says so rather than guess. No
grammar beyond that: "not" and relations are a program's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ...errors import OutsideWorld
from .found import Found

__all__ = ["Wanted", "knows", "understand"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SYNONYMS: dict[tuple[str, str], str] = {
    ("shape", "cube"): "cube cubes cubic cubical block blocks box boxes",
    ("shape", "sphere"): "sphere spheres spherical ball balls orb orbs globe globes round",
    ("shape", "cylinder"): "cylinder cylinders cylindrical",
    ("size", "large"): "large larger big bigger huge giant",
    ("size", "small"): "small smaller tiny little mini",
    ("material", "metal"): "metal metallic shiny glossy reflective mirrored polished",
    ("material", "rubber"): "rubber rubbery matte mat matt dull",
    ("color", "gray"): "gray grey",
    ("color", "red"): "red",
    ("color", "blue"): "blue",
    ("color", "green"): "green",
    ("color", "brown"): "brown",
    ("color", "purple"): "purple violet",
    ("color", "cyan"): "cyan turquoise teal aqua",
    ("color", "yellow"): "yellow",
}
_MEANING = {word: demand for demand, words in _SYNONYMS.items() for word in words.split()}
_ANYTHING = _words(
    "thing things object objects item items shape shapes one ones something anything everything stuff solid solids"
)
_SILENT = _words(
    "a an the of in made from with that which is are this these those any some all every each its "
    "color colored colour coloured material surface finish sized size shaped"
)
_JOINING = frozenset({"or", "and"})
_SURE = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a name demands; no demands: any thing."""

    name: str
    demands: tuple[tuple[str, frozenset[str]], ...]  # attribute and the values that meet the demand

    def chance(self, found: Found) -> float:
        """Probability, 0 to 1, that the found thing meets every demand (attributes taken as independent)."""
        chance = 1.0
        for attribute, values in self.demands:
            chance *= sum(found.chances[attribute].get(value, 0.0) for value in values)
        return min(chance, 1.0)

    def fits(self, found: Found) -> bool:
        """Whether it more likely does than not."""
        return self.chance(found) >= _SURE


@lru_cache(maxsize=4096)
def understand(name: str) -> Wanted:
    """What a name asks for.

    Raises: OutsideWorld when a word of it is none of this world's.
    """
    words = re.findall(r"[^\W_]+", name.lower())
    demands: list[tuple[str, frozenset[str]]] = []
    joined = noun = False
    for word in words:
        if word in _MEANING:
            attribute, value = _MEANING[word]
            if joined and demands and demands[-1][0] == attribute:
                demands[-1] = (attribute, demands[-1][1] | {value})
            else:
                demands.append((attribute, frozenset({value})))
            joined = False
        elif word in _JOINING:
            joined = True
        elif word in _ANYTHING:
            noun = True
        elif word not in _SILENT:
            raise OutsideWorld(
                f"The table-top detector does not know {word!r}; it knows cubes, spheres and cylinders, "
                "large or small, metal or rubber, in eight colors.",
                name=name,
                word=word,
            )
    if not demands and not noun:
        raise OutsideWorld(f"The name {name!r} asks for nothing that the table-top detector knows.", name=name)
    return Wanted(name=name, demands=tuple(demands))


def knows(name: str) -> bool:
    """Whether `understand` takes the name."""
    try:
        understand(name)
    except OutsideWorld:
        return False
    return True
