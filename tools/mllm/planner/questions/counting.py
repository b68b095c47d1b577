"""How many: counts, kinds, sums, differences, and counts compared with each other or with a number."""

from __future__ import annotations

from . import nouns
from .attributes import some_property
from .places import RELATION_WORDS
from .things import Asked, Speaker
from .wording import Leaf, wordings

WORDINGS = wordings("scene")


def counts(s: Speaker) -> Asked:
    x = s.objects(1 if s.chance(0.7) else 2, plural=True)
    return s.ask(WORDINGS["how_many"], ("count", x.plan), x=x)


def counts_related(s: Speaker) -> Asked:
    relation = s.relation()
    base = s.found(plural=True, plain=True)
    anchor = s.anchor(relation, 1)
    link = s.say((s.pick(RELATION_WORDS[relation]),))
    wordings = WORDINGS["counts_related"]
    return s.ask(wordings, ("count", (f"{relation}_of", base.plan, anchor.plan)), x=base, a=anchor, r=link)


def counts_kinds(s: Speaker) -> Asked:
    x = s.objects(0)
    return s.ask(WORDINGS["counts_kinds"], ("kinds_of", x.plan), x=x)


def counts_parts(s: Speaker) -> Asked:
    whole = s.single(1)
    part = s.name(nouns.PARTS, nouns.CLOTHES, plain=True, plural=True)
    wordings = WORDINGS["counts_parts"]
    return s.ask(wordings, ("count", ("find_in", whole.plan, part)), p=part, w=whole)


def counts_with_property(s: Speaker) -> Asked:
    """ "How many of the cups are red?" joins the two places into one name; "are not red" filters."""
    x = s.name(plural=True, plain=True)
    what = some_property(s)
    if s.chance(0.35):
        wordings = WORDINGS["counts_without_property"]
        return s.ask(wordings, ("count", ("without", ("find", x), what)), x=x, p=what)
    if s.chance(0.08) and not s.table:
        act = Leaf(
            s.pick(
                (
                    s.pick(nouns.ACTIONS),
                    "wearing " + s.pick(nouns.WORN),
                    s.pick(nouns.STATES),
                    "wearing " + s.pick(nouns.COLORS),
                )
            )
        )
        return s.ask(WORDINGS["counts_them"], ("count", ("with", ("people",), act)), p=act)
    wordings = WORDINGS["counts_with_property"]
    return s.ask(wordings, ("count", ("find", ("join", x, what))), x=x, p=what)


def counts_together(s: Speaker) -> Asked:
    a, b = s.objects(0), s.objects(0)
    if s.chance(0.25):
        x, y = s.objects(1), s.objects(0)
        a, b = x, y
    wordings = WORDINGS["counts_together"]
    return s.ask(wordings, ("count", ("union", a.plan, b.plan)), a=a, b=b)


def compares_counts(s: Speaker) -> Asked:
    depth = 1 if s.chance(0.35) else 0
    a, b = s.objects(depth), s.objects(depth)
    if s.chance(0.12):
        a, b = s.pair(plural=True)
    ca, cb = ("count", a.plan), ("count", b.plan)
    roll = s.rng.random()
    if roll < 0.34:
        return s.ask(WORDINGS["compares_counts.more"], ("more", ca, cb), a=a, b=b)
    if roll < 0.6:
        return s.ask(WORDINGS["compares_counts.fewer"], ("fewer", ca, cb), a=a, b=b)
    if roll < 0.84:
        return s.ask(WORDINGS["compares_counts.equal"], ("equal", ca, cb), a=a, b=b)
    if roll < 0.92:
        return s.ask(WORDINGS["compares_counts.subtract"], ("subtract", ca, cb), a=a, b=b)
    x, y = s.found(plural=True, plain=True), s.found(plural=True, plain=True)
    words, plan = s.options([x.plan[1], y.plan[1]], article=s.pick(("", "", "the")))  # type: ignore[list-item]
    more = s.chance(0.6)
    wordings = WORDINGS["more_of"] if more else WORDINGS["fewer_of"]
    return s.ask(wordings, ("which_more" if more else "which_fewer", plan), o=words)


def compares_to_number(s: Speaker) -> Asked:
    x = s.objects(1 if s.chance(0.3) else 0)
    n = s.quantity()
    c, v = ("count", x.plan), ("number", n)
    roll = s.rng.random()
    if roll < 0.25:
        return s.ask(WORDINGS["compares_to_number.more"], ("more", c, v), n=n, x=x)
    if roll < 0.47:
        return s.ask(WORDINGS["compares_to_number.fewer"], ("fewer", c, v), n=n, x=x)
    if roll < 0.68:
        return s.ask(WORDINGS["compares_to_number.equal"], ("equal", c, v), n=n, x=x)
    if roll < 0.82:
        return s.ask(WORDINGS["compares_to_number.at_least"], ("at_least", c, v), n=n, x=x)
    if roll < 0.9:
        return s.ask(WORDINGS["compares_to_number.at_most"], ("at_most", c, v), n=n, x=x)
    if roll < 0.96:
        return s.ask(WORDINGS["compares_to_number.several"], ("several", x.plan), x=x)
    one = Leaf(s.pick(("one", "one", "a single")).split()[-1], "number")
    x = s.objects(0, plural=False)
    roll = s.rng.random()
    if roll < 0.5:
        return s.ask(WORDINGS["more_than_one"], ("more", ("count", x.plan), ("number", one)), n=one, x=x)
    return s.ask(
        (
            "is there (only|just|exactly) {n} {x}",
            "do you see (only|just|exactly) {n} {x}",
            "is there (only|just) a {n} {x}" if one.text == "single" else "is there {n} {x} only",
        ),
        ("equal", ("count", x.plan), ("number", one)),
        n=one,
        x=x,
    )
