"""Everyday turns of phrase: something and nothing, "closer to A or B", "red and blue balls", ordinals without a side.

They came from asking the planner freely and looking at what it got wrong.
"""

from __future__ import annotations

from .. import inflect
from . import nouns
from .attributes import some_property
from .opened import copied
from .places import RELATION_WORDS
from .things import IMAGE, Asked, Phrase, Speaker
from .wording import Leaf, Plan, wordings

WORDINGS = wordings("everyday")
_TABLE_NOUNS = ("cube", "ball", "sphere", "block", "cylinder", "thing", "object")


def something(s: Speaker) -> Asked:
    """ "Is there something red?", "Is anything behind the couch?", "Is there nothing on the table?" """
    roll = s.rng.random()
    if roll < 0.4:
        what = s.pick(
            (
                s.adjective(),
                s.pick(nouns.COLORS),
                f"made of {s.pick(nouns.SUBSTANCES)}",
                s.pick(nouns.STATES),
                "on fire",
                "to eat",
                "to drink",
                "to sit on",
            )
        )
        leaf = Leaf(f"{s.pick(('something', 'anything'))} {what}")
        return s.ask(WORDINGS["something"], ("exists", ("find", leaf)), x=leaf)
    relation = s.relation()
    anchor = s.anchor(relation, 0)
    nothing = roll > 0.8
    leaf = Leaf("nothing" if nothing else s.pick(("something", "anything")))
    found: Plan = ("exists", (f"{relation}_of", ("find", leaf), anchor.plan))
    said = WORDINGS["nothing_related" if nothing else "something_related"]
    return s.ask(said, ("not", found) if nothing else found, x=leaf, r=s.pick(RELATION_WORDS[relation]), a=anchor)


def closer(s: Speaker) -> Asked:
    """One thing's distance to two others."""
    x = s.single(0)
    if s.chance(0.55):
        a, b = s.name(plain=True), s.name(plain=True)
        return s.ask(WORDINGS["closer_of_two"], ("which_closer", ("two", a, b), x.plan), x=x, a=a, b=b)
    p, q = s.single(0), s.single(0)
    return s.ask(WORDINGS["closer_than"], ("closer_to", p.plan, q.plan, x.plan), x=x, a=p, b=q)


def longer(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.4:
        x, a = s.single(0), s.single(0)
        return s.ask(WORDINGS["longer"], ("is_wider", x.plan, a.plan), x=x, a=a)
    if roll < 0.7:
        one, two = s.name(plain=True), s.name(plain=True)
        return s.ask(WORDINGS["longer_of_two"], ("which_wider", ("two", one, two)), x=one, y=two)
    base = s.found(plural=False, plain=True)
    return s.ask(WORDINGS["longest"], ("widest", base.plan), x=base)


def has_the(s: Speaker) -> Asked:
    thing = s.name(nouns.THINGS, nouns.FOOD, plain=True)
    if s.chance(0.5):
        return s.ask(WORDINGS["who_has"], ("the", ("having", ("people",), thing)), t=thing)
    base = s.found(nouns.PEOPLE, nouns.ANIMALS, plural=False, plain=True)
    return s.ask(WORDINGS["has_the"], ("the", ("having", base.plan, thing)), x=base, t=thing)


def to_the_expert(s: Speaker) -> Asked:
    """What no operator covers but somebody who looks can answer."""
    if s.chance(0.5):
        asked = s.ask(
            WORDINGS["to_the_expert"],
            (),
            x=s.noun(),
            y=s.name(plural=True, plain=True),
            z=s.name(plural=True, plain=True),
            w=s.noun(),
            p=some_property(s),
        )
        return copied(s, asked, IMAGE)
    x = s.single(1)
    return copied(s, s.ask(WORDINGS["to_the_expert_about"], (), x=x), x.plan)


def value_of(s: Speaker) -> Asked:
    words = (
        "gate",
        "platform",
        "seat",
        "track",
        "page",
        "chapter",
        "floor",
        "level",
        "row",
        "room",
        "line",
        "exit",
        "terminal",
        "channel",
        "aisle",
    )
    leaf = Leaf(s.pick(words), "quote")
    paper = s.pick(("ticket", "boarding pass", "sign", "screen", "receipt", "page", "letter", "board"))
    if s.chance(0.1):
        return s.ask(WORDINGS["aspect"], ("resolution", IMAGE))
    return s.ask(WORDINGS["value_of"], ("value", IMAGE, leaf), q=leaf, d=paper)


def two_sorts(s: Speaker) -> Asked:
    """ "Red and blue balls": the noun is said once and joined to both."""
    first, second = s.differing()
    plural = s.chance(0.75)
    noun = s.pick(_TABLE_NOUNS) if s.table else s.noun()
    head = Leaf(inflect.plural(noun) if plural else noun)
    p, q = Leaf(first), Leaf(second)
    a: Plan = ("find", ("join", head, p))
    b: Plan = ("find", ("join", head, q))
    x = [q, head]
    if not plural:
        op = s.pick(("and", "or"))
        return s.ask(WORDINGS[f"two_sorts.{op}"], (op, ("exists", a), ("exists", b)), p=p, x=x)
    op = s.pick(("count", "count", "more", "fewer", "equal", "equal"))
    if op == "count":
        return s.ask(WORDINGS["two_sorts.count"], ("count", ("union", a, b)), p=p, x=x)
    return s.ask(WORDINGS[f"two_sorts.{op}"], (op, ("count", a), ("count", b)), p=p, x=x)


def and_count(s: Speaker) -> Asked:
    x, y, n = s.objects(0, plural=False), s.objects(0), s.quantity()
    op, said = s.pick((("more", "and_count"), ("at_least", "and_at_least")))
    plan: Plan = ("and", ("exists", x.plan), (op, ("count", y.plan), ("number", n)))
    return s.ask(WORDINGS[said], plan, x=x, y=y, n=n)


def person_fragment(s: Speaker) -> Asked:
    """ "guy with glasses", "woman in red" """
    who = s.pick(("guy", "man", "woman", "girl", "boy", "lady", "person", "kid", "child", s.pick(nouns.PEOPLE)))
    what = s.pick(
        (
            f"with {s.pick(nouns.HAD)}",
            f"in {s.pick(nouns.DRESSED)}",
            f"in {s.pick(nouns.COLORS)}",
            f"with {s.pick(nouns.WORN)}",
            s.pick(nouns.ACTIONS),
            f"wearing {s.pick(nouns.WORN)}",
            f"holding a {s.noun()}",
        )
    )
    leaf = Leaf(f"{who} {what}")
    return s.ask(WORDINGS["person_fragment"], ("the", ("find", leaf)), x=leaf)


def verbs(s: Speaker) -> Asked:
    """ "How many people wear glasses?" """
    x = s.name(nouns.PEOPLE, ["person", "person"], nouns.ANIMALS, plural=True, plain=True)
    noun = s.noun()
    thing = s.pick((s.pick(nouns.WORN), f"a {noun}", inflect.plural(noun)))
    v = Leaf(f"{s.pick(('wear', 'wear', 'hold', 'carry', 'ride', 'eat', 'use', 'drink', 'push'))} {thing}")
    roll = s.rng.random()
    if roll < 0.6:
        return s.ask(WORDINGS["verb"], ("count", ("find", ("join", x, v))), x=x, v=v)
    if roll < 0.8:
        return s.ask(WORDINGS["verb_any"], ("exists", ("find", ("join", x, v))), x=x, v=v)
    return s.ask(WORDINGS["verb_all"], ("all", ("find", x), v), x=x, v=v)


def nth(s: Speaker) -> Asked:
    """An ordinal without a side counts from the left: "the third book"."""
    which = Leaf(s.pick(("second", "third", "fourth", "fifth", "2nd", "3rd", "4th")), "number")
    base = s.found(plural=False, plain=True)
    plan: Plan = ("nth_left", which, base.plan)
    x = [which, *base.pieces]
    op = s.pick(("color", "read", "shown"))
    return s.ask(WORDINGS[f"nth.{op}"], plan if op == "shown" else (op, plan), x=x)


def beside(s: Speaker) -> Asked:
    x = s.single(1)
    return s.ask(WORDINGS["beside"], ("identify", ("closest_to", ("objects",), x.plan)), x=x)


def text_beside(s: Speaker) -> Asked:
    """Text by its place: below a face, next to a barcode."""
    roll = s.rng.random()
    if roll < 0.55:
        anchor = s.face() if s.chance(0.5) else Phrase(["face"], ("the", ("faces", IMAGE)))
    elif roll < 0.8:
        code = s.pick(("qr code", "barcode", "bar code", "code"))
        anchor = Phrase([code], ("the", ("codes", IMAGE)))
    else:
        anchor = s.single(1)
    relation = s.pick(("below", "below", "above", "left", "right", "near"))
    r = s.pick(RELATION_WORDS[relation])
    placed: Plan = (f"{relation}_of", ("lines", IMAGE), anchor.plan)
    if s.chance(0.25):
        return s.ask(WORDINGS["any_text_beside"], ("exists", placed), r=r, a=anchor)
    return s.ask(WORDINGS["text_beside"], ("read", ("the", placed)), r=r, a=anchor)


def draw_me(s: Speaker) -> Asked:
    return s.ask(WORDINGS["draw_me"], ("decline_create",), x=s.name(plain=True))
