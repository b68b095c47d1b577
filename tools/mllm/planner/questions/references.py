"""Questions and fragments whose answer is a place in the picture: "the man on the left", "which cup is the largest"."""

from __future__ import annotations

from .attributes import some_property
from .places import EXTREME_AFTER, EXTREME_BEFORE, RELATION_WORDS
from .things import IMAGE, Asked, Speaker
from .wording import Piece, Plan, wordings

WORDINGS = wordings("scene")


def refers(s: Speaker) -> Asked:
    x = s.single(1 if s.chance(0.7) else 2)
    return s.ask(WORDINGS["show"], x.plan, x=x)


def refers_briefly(s: Speaker) -> Asked:
    """Fragments as people type them: "man left", "second car from right", "guy in blue"."""
    roll = s.rng.random()
    if roll < 0.35:
        x = s.extreme()
        return Asked([*(["the"] if s.chance(0.2) else []), *x.pieces], x.plan, "-")
    if roll < 0.5:
        base = s.found(plural=False, plain=True)
        side = s.pick(
            (
                ("leftmost", ("left", "far left", "on left", "left side")),
                ("rightmost", ("right", "far right", "on right", "right side")),
                ("middle", ("middle", "center", "in middle")),
                ("topmost", ("top", "up top")),
                ("bottommost", ("bottom", "at bottom")),
                ("nearest", ("front", "in front", "closest to us")),
                ("farthest", ("back", "in back", "far back")),
            )
        )
        return Asked([*base.pieces, s.pick(side[1])], (side[0], base.plan), "-")
    if roll < 0.57:
        base = s.found(plural=False, plain=True)
        where, said = s.pick(
            (
                ("top_left", ("top left", "upper left")),
                ("top_right", ("top right", "upper right")),
                ("bottom_left", ("bottom left", "lower left")),
                ("bottom_right", ("bottom right", "lower right")),
            )
        )
        plan: Plan = ("the", ("find_in", (f"region_{where}", IMAGE), base.plan[1]))
        pieces: list[Piece] = (
            [s.pick(said), *base.pieces]
            if s.chance(0.5)
            else [*base.pieces, s.pick(("", "at the", "in the", "on")), s.pick(said), s.pick(("", "corner"))]
        )
        return Asked([piece for piece in pieces if piece], plan, "-")
    if roll < 0.6:
        which = s.pick(tuple(EXTREME_AFTER))
        return Asked(
            [s.pick(("the one", "one", "the thing", "the object")), s.pick(EXTREME_AFTER[which])],
            (which, ("objects",)),
            "-",
        )
    if roll < 0.65:
        x = s.ordinal()
        return Asked(x.pieces, x.plan, "-")
    x = s.single(1)
    return Asked([*(["the"] if s.chance(0.4) else []), *x.pieces], x.plan, "-")


def refers_many(s: Speaker) -> Asked:
    x = s.objects(1)
    return s.ask(WORDINGS["refers_many"], x.plan, x=x)


def who(s: Speaker) -> Asked:
    """ "Who is the tallest?", "Who is closest to the car?" """
    if s.chance(0.45):
        which = s.pick(("tallest", "shortest", "leftmost", "rightmost", "nearest", "farthest", "middle"))
        if which in ("tallest", "shortest"):
            return s.ask(WORDINGS["who.by_height"], (which, ("people",)), w=which)
        return s.ask(WORDINGS["who.by_place"], (which, ("people",)), w=s.pick(EXTREME_AFTER[which]))
    a = s.single(1)
    if s.chance(0.5):
        far = s.chance(0.3)
        w = s.pick(("farthest from", "furthest from")) if far else s.pick(("closest to", "nearest to", "nearest"))
        return s.ask(
            WORDINGS["who.by_distance"], ("farthest_from" if far else "closest_to", ("people",), a.plan), w=w, a=a
        )
    relation = s.relation()
    r = s.pick(RELATION_WORDS[relation])
    return s.ask(WORDINGS["who.related"], ("the", (f"{relation}_of", ("people",), a.plan)), r=r, a=a)


def which_one(s: Speaker) -> Asked:
    """ "Which cup is the largest?", "Which of the men is closest to the tree?", "Which person is wearing a hat?" """
    roll = s.rng.random()
    if roll < 0.4:
        which = s.pick(tuple(EXTREME_BEFORE))
        word = s.pick(EXTREME_BEFORE[which])
        base = s.found(plural=False, plain=True)
        return s.ask(WORDINGS["which_one.extreme"], (which, base.plan), x=base, w=word)
    if roll < 0.43:
        from_word = {
            "bigger": "largest",
            "larger": "largest",
            "smaller": "smallest",
            "taller": "tallest",
            "shorter": "shortest",
            "wider": "widest",
            "closer": "nearest",
            "nearer": "nearest",
            "farther away": "farthest",
            "further away": "farthest",
            "higher": "topmost",
            "lower": "bottommost",
            "further left": "leftmost",
            "further right": "rightmost",
        }
        word = s.pick(tuple(from_word))
        base = s.found(plural=s.chance(0.7), plain=True)
        return s.ask(WORDINGS["which_one.of_two"], (from_word[word], base.plan), x=base, w=word)
    if roll < 0.55:
        base = s.found(plural=s.chance(0.4), plain=True)
        a = s.single(1)
        far = s.chance(0.3)
        w = (
            s.pick(("farthest from", "furthest from", "furthest away from"))
            if far
            else s.pick(("closest to", "nearest to", "nearest"))
        )
        return s.ask(
            WORDINGS["which_one.by_distance"],
            ("farthest_from" if far else "closest_to", base.plan, a.plan),
            x=base,
            w=w,
            a=a,
        )
    if roll < 0.78:
        name = s.name(plain=True)
        p = some_property(s)
        return s.ask(WORDINGS["which_one.with_property"], ("the", ("find", ("join", name, p))), x=name, p=p)
    relation = s.relation()
    base = s.found(plural=False, plain=True)
    anchor = s.anchor(relation, 1)
    link = s.pick(RELATION_WORDS[relation])
    return s.ask(
        WORDINGS["which_one.related"], ("the", (f"{relation}_of", base.plan, anchor.plan)), x=base, r=link, a=anchor
    )
