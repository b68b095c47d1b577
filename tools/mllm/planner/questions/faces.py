"""Questions about faces: how many, where, next to what, and with what look."""

from __future__ import annotations

from . import nouns
from .places import EXTREME_AFTER, EXTREME_BEFORE, RELATION_WORDS
from .things import IMAGE, Asked, Speaker
from .wording import Leaf, Piece, Plan, wordings

WORDINGS = wordings("reading")


def faces(s: Speaker) -> Asked:
    some: Plan = ("faces", IMAGE)
    roll = s.rng.random()
    if roll < 0.28:
        return s.ask(WORDINGS["faces.count.1"], ("count", some))
    if roll < 0.48:
        return s.ask(WORDINGS["faces.exists.1"], ("exists", some))
    if roll < 0.62:
        which = s.pick(
            ("leftmost", "rightmost", "topmost", "bottommost", "largest", "smallest", "nearest", "farthest", "middle")
        )
        x: list[Piece] = (
            [s.pick(EXTREME_BEFORE[which]), "face"]
            if s.chance(0.6) or which not in EXTREME_AFTER
            else ["face", s.pick(EXTREME_AFTER[which])]
        )
        return s.ask(WORDINGS["faces.1"], (which, some), x=x)
    if roll < 0.7:
        return s.ask(WORDINGS["faces.2"], some)
    if roll < 0.76:
        p = Leaf(
            s.pick(
                (
                    *nouns.STATES[:60],
                    "smiling",
                    "smiling",
                    "frowning",
                    "wearing glasses",
                    "with a beard",
                    "bearded",
                    "happy",
                    "sad",
                    "angry",
                )
            )
        )
        seen: Plan = ("with", some, p)
        kind, op = s.pick((("faces.count.2", "count"), ("faces.exists.2", "exists"), ("faces.the", "the")))
        return s.ask(WORDINGS[kind], (op, seen), p=p)
    relation = s.relation() if not s.table else "left"
    if relation in ("inside", "on"):
        relation = "left"
    a = s.single(0)
    r = s.pick(RELATION_WORDS[relation])
    plan: Plan = (f"{relation}_of", some, a.plan)
    if roll < 0.84:
        return s.ask(WORDINGS["faces.exists.3"], ("exists", plan), r=r, a=a)
    if roll < 0.9:
        return s.ask(WORDINGS["faces.count.3"], ("count", plan), r=r, a=a)
    if roll < 0.95:
        n = s.quantity()
        op, w = s.pick(
            (
                ("more", "more than"),
                ("fewer", "fewer than"),
                ("at_least", "at least"),
                ("equal", "exactly"),
                ("at_most", "at most"),
                ("fewer", "less than"),
            )
        )
        return s.ask(WORDINGS["faces.3"], (op, ("count", some), ("number", n)), w=w, n=n)
    other = s.found(plural=True, plain=True)
    op, w = s.pick((("more", "more faces than"), ("fewer", "fewer faces than"), ("equal", "as many faces as")))
    return s.ask(
        ("are there {w} {x}", "do you see {w} {x}"), (op, ("count", some), ("count", other.plan)), w=w, x=other
    )
