"""Noun phrases for things: unique and as short as can be, by their looks, by print, or by their place.

A phrase by looks uses the fewest of size, colour, material and shape that only the meant thing has. Where all four do
not suffice it adds a relation to a thing that can be named, or says that the thing is the leftmost, nearest and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from ..planner import inflect
from ..planner.questions.wording import Leaf
from .facts import ATTRIBUTES, View
from .speech import Named, Voice

__all__ = ["OTHER_WORDS", "RELATION_SAID", "attributes_of", "group", "name", "noun", "unique_looks"]

OTHER_WORDS: dict[str, tuple[str, ...]] = {
    "cube": ("cube", "block"),
    "sphere": ("sphere", "ball"),
    "large": ("large", "big"),
    "small": ("small", "tiny", "little"),
    "metal": ("metal", "metallic", "shiny"),
    "rubber": ("rubber", "matte"),
}
RELATION_SAID = {
    "left": ("left of", "to the left of", "on the left side of"),
    "right": ("right of", "to the right of", "on the right side of"),
    "front": ("in front of",),
    "behind": ("behind",),
}
_ENDS: dict[str, Callable[[View, int], float]] = {
    "leftmost": lambda view, k: view.across[k],
    "rightmost": lambda view, k: -view.across[k],
    "nearest": lambda view, k: view.nearness[k],
    "farthest": lambda view, k: -view.nearness[k],
}
_CLEAR = {"leftmost": 0.03, "rightmost": 0.03, "nearest": 0.3, "farthest": 0.3}


def noun(voice: Voice, looks: dict[str, str], *, plural: bool = False) -> str:
    """Words for these values: "small shiny blocks"; "thing" where no shape is said."""
    words = [voice.pick(OTHER_WORDS.get(looks[a], (looks[a],))) for a in ("size", "color", "material") if a in looks]
    last = looks.get("shape")
    head = voice.pick(("thing", "object")) if last is None else voice.pick(OTHER_WORDS.get(last, (last,)))
    return " ".join([*words, inflect.plural(head) if plural else head])


def attributes_of(view: View, thing: int, attributes: tuple[str, ...]) -> dict[str, str]:
    """Some of a thing's values."""
    return {a: view.value(thing, a) for a in attributes}


def unique_looks(view: View, thing: int, without: str | None = None) -> list[tuple[str, ...]]:
    """The smallest sets of attributes that tell a thing from all others present; empty where none does."""
    pool = tuple(a for a in ATTRIBUTES if a != without)
    for count in range(1, len(pool) + 1):
        found = [
            chosen
            for chosen in combinations(pool, count)
            if view.having(attributes_of(view, thing, chosen)) == (thing,)
        ]
        if found:
            return found
    return []


def name(
    voice: Voice, view: View, thing: int, *, without: str | None = None, depth: int = 1
) -> list[str | Leaf] | None:
    """A definite phrase with its article, or None where nothing tells the thing from others.

    Args:
        voice: chooses among equally short phrases.
        view: the picture.
        thing: which of its things.
        without: an attribute that must not be said, because it is asked for.
        depth: how many relations may be used.
    """
    looks = unique_looks(view, thing, without)
    if looks and not (view.readable.get(thing) and without != "text" and voice.chance(0.1)):
        chosen = voice.pick(looks)
        return ["the", Named(noun(voice, attributes_of(view, thing, chosen)), view.picture, (thing,))]
    if without != "text" and thing in view.readable and list(view.readable.values()).count(view.readable[thing]) == 1:
        kind = attributes_of(view, thing, () if without == "shape" else ("shape",))
        said = f"{noun(voice, kind)} that says {view.readable[thing]}"
        return ["the", Named(said, view.picture, (thing,))]
    if depth <= 0:
        return None
    return _by_place(voice, view, thing, without, depth)


def _by_place(voice: Voice, view: View, thing: int, without: str | None, depth: int) -> list[str | Leaf] | None:
    pool = [a for a in ("shape", "color", "size", "material") if a != without]
    options: list[list[str | Leaf]] = []
    for count in (1, 2, 3):
        for chosen in combinations(pool, count):
            looks = attributes_of(view, thing, chosen)
            same = view.having(looks)
            for relation, said in RELATION_SAID.items():
                for anchor in view.present:
                    if anchor in same or tuple(k for k in view.beyond(relation, anchor) if k in same) != (thing,):
                        continue
                    far = name(voice, view, anchor, depth=depth - 1)
                    if far is not None:
                        base = Named(noun(voice, looks), view.picture, (thing,))
                        options.append(["the", base, voice.pick(said), *far])
            for word, key in _ENDS.items():
                order = sorted(key(view, k) for k in same)
                if key(view, thing) == order[0] and len(order) > 1 and order[1] - order[0] > _CLEAR[word]:
                    options.append(["the", Named(f"{word} {noun(voice, looks)}", view.picture, (thing,))])
        if options:
            return voice.pick(options)
    return None


def group(voice: Voice, view: View, things: tuple[int, ...], looks: dict[str, str]) -> Named:
    """A plural phrase for things."""
    return Named(noun(voice, looks, plural=True), view.picture, things)
