"""Choices among options, names and descriptions, and open questions that are handed to a visual expert as they are."""

from __future__ import annotations

from . import nouns
from .attributes import some_property
from .places import EXTREME_AFTER, EXTREME_BEFORE, RELATION_WORDS
from .things import IMAGE, Asked, Speaker
from .wording import Leaf, Mark, Piece, Plan, wordings

WORDINGS = wordings("scene")


def chooses(s: Speaker) -> Asked:
    count = 2 if s.chance(0.75) else (3 if s.chance(0.7) else 4)
    roll = s.rng.random()
    word = "or"
    if roll < 0.08:
        one, two = s.pick(nouns.SCENE_PAIRS)
        if s.chance(0.5):
            one, two = two, one
        words, plan = s.options([Leaf(one), Leaf(two)])
        return s.ask(WORDINGS["chooses.scene"], ("choose", IMAGE, plan), o=words)
    if roll < 0.35:  # what the picture shows
        article = s.pick(("a", "a", ""))
        words, plan = s.options([s.name(plain=True) for _ in range(count)], word=word, article=article)
        return s.ask(WORDINGS["chooses.shown"], ("choose", IMAGE, plan), o=words)
    x = s.single(1)
    if roll < 0.8:
        if s.chance(0.3):
            words, plan = s.options([s.name(plain=True) for _ in range(count)], article=s.pick(("a", "a", "")))
        else:
            pool = s.pick((nouns.COLORS, nouns.COLORS, nouns.MATERIALS, nouns.STATES, nouns.SIZES, nouns.ACTIONS))
            words, plan = s.options([Leaf(w) for w in s.rng.sample(pool, count)])
        return s.ask(WORDINGS["chooses.property"], ("choose", x.plan, plan), x=x, o=words)
    pool, wordings = s.pick(
        (
            (
                nouns.COLORS,
                (
                    "what color is the {x} : {o}",
                    "what color is the {x} , {o}",
                    "which color is the {x} , {o}",
                    "is the color of the {x} {o}",
                    "the color of the {x} is {o}",
                ),
            ),
            (
                nouns.MATERIALS,
                ("what is the {x} made of , {o}", "what material is the {x} : {o}", "is the {x} made of {o}"),
            ),
        )
    )
    words, plan = s.options([Leaf(w) for w in s.rng.sample(pool, count)])
    return s.ask(wordings, ("choose", x.plan, plan), x=x, o=words)


def copied(s: Speaker, asked: Asked, target: Plan) -> Asked:
    """The question itself is handed to the expert: mark where it begins and ends."""
    leaf = Leaf("", "question")
    pieces: list[Piece] = [Mark(leaf, opening=True), *asked.pieces, Mark(leaf, opening=False)]
    return Asked(pieces, ("ask", target, leaf), asked.form)


def asks_about(s: Speaker) -> Asked:
    x = s.single(1 if s.chance(0.6) else 0)
    return copied(s, s.ask(WORDINGS["doing"], (), x=x), x.plan)


def asks_open(s: Speaker) -> Asked:
    return copied(s, s.ask(WORDINGS["open"], (), x=s.name(plain=True, plural=False), p=some_property(s)), IMAGE)


def asks_together(s: Speaker) -> Asked:
    return copied(s, s.ask(WORDINGS["together"], (), x=s.objects(1 if s.chance(0.2) else 0)), IMAGE)


def identifies(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.2:
        return s.ask(WORDINGS["identifies.this"], ("identify", IMAGE))
    relation = s.pick([r for r in s.relations() if r not in ("on", "inside")])
    anchor = s.single(1)
    link = s.pick(RELATION_WORDS[relation])
    if roll < 0.65:
        return s.ask(
            WORDINGS["identifies.related"],
            ("identify", ("the", (f"{relation}_of", ("objects",), anchor.plan))),
            r=link,
            a=anchor,
        )
    kind = s.name(
        [
            "animal",
            "object",
            "thing",
            "vehicle",
            "fruit",
            "toy",
            "tool",
            "food",
            "plant",
            "furniture",
            "item",
            "drink",
            "vegetable",
            "appliance",
            "instrument",
            "building",
        ],
        plain=True,
    )
    if roll < 0.85:
        return s.ask(
            WORDINGS["identifies.related_kind"],
            ("identify", ("the", (f"{relation}_of", ("find", kind), anchor.plan))),
            k=kind,
            r=link,
            a=anchor,
        )
    if s.chance(0.45):
        which = s.pick(tuple(EXTREME_AFTER))
        after = s.pick(EXTREME_AFTER[which])
        if which in ("largest", "smallest", "tallest", "shortest"):
            return s.ask(
                WORDINGS["identifies.kind_by_size"],
                ("identify", (which, ("find", kind))),
                k=kind,
                w=["the", s.pick(EXTREME_BEFORE[which])],
            )
        return s.ask(WORDINGS["identifies.kind_by_place"], ("identify", (which, ("find", kind))), k=kind, w=after)
    x = s.extreme() if s.chance(0.75) else s.ordinal()
    return s.ask(WORDINGS["identifies.extreme"], ("identify", x.plan), x=x)


def captions(s: Speaker) -> Asked:
    if s.chance(0.35):
        x = s.single(1)
        return s.ask(WORDINGS["captions.thing"], ("caption", x.plan), x=x)
    if s.chance(0.2):
        words, where = s.region()
        return s.ask(WORDINGS["captions.region"], ("caption", (f"region_{where}", IMAGE)), r=words)
    return s.ask(WORDINGS["captions.picture"], ("caption", IMAGE))
