"""Whether things are there: existence, parts and possessions, people, logic and negation."""

from __future__ import annotations

from . import nouns
from .attributes import ATTRIBUTE_WORDINGS, some_property
from .places import RELATION_WORDS
from .things import IMAGE, Asked, Speaker
from .wording import Leaf, Piece, Plan, wordings

WORDINGS = wordings("scene")


def exists(s: Speaker) -> Asked:
    plural = s.chance(0.5)
    x = s.objects(1 if s.chance(0.7) else 2, plural=plural)
    return s.ask(WORDINGS["are_there"] if plural else WORDINGS["is_there"], ("exists", x.plan), x=x)


def exists_related(s: Speaker) -> Asked:
    """ "Is there a cup to the left of the plate?" with the relation in its own place."""
    relation = s.relation()
    plural = s.chance(0.4)
    base = s.found(plural=plural, plain=True)
    anchor = s.anchor(relation, 1)
    link = s.say((s.pick(RELATION_WORDS[relation]),))
    wordings = WORDINGS["exists_related.many"] if plural else WORDINGS["exists_related.one"]
    return s.ask(wordings, ("exists", (f"{relation}_of", base.plan, anchor.plan)), x=base, a=anchor, r=link)


def exists_possessed(s: Speaker) -> Asked:
    whole = s.single(1)
    part = s.name(nouns.PARTS, nouns.CLOTHES, plain=True, plural=s.chance(0.4))
    wordings = WORDINGS["exists_possessed"]
    return s.ask(wordings, ("exists", ("find_in", whole.plan, part)), w=whole, p=part)


def exists_in_region(s: Speaker) -> Asked:
    plural = s.chance(0.5)
    x = s.name(plural=plural, plain=True)
    words, where = s.region()
    plan: Plan = ("find_in", (f"region_{where}", IMAGE), x)
    if s.chance(0.5):
        wordings = WORDINGS["exists_in_region.many"] if plural else WORDINGS["exists_in_region.one"]
        return s.ask(wordings, ("exists", plan), x=x, r=words)
    if not plural:
        return s.ask(WORDINGS["exists_in_region.some"], ("exists", plan), x=x, r=words)
    return s.ask(WORDINGS["exists_in_region.count"], ("count", plan), x=x, r=words)


def people(s: Speaker) -> Asked:
    """Anyone, everyone, nobody: the name is copied as said and made "person" when rendered."""
    act = s.pick((s.pick(nouns.ACTIONS), "wearing " + s.pick(nouns.WORN), "with " + s.pick(nouns.HAD)))
    roll = s.rng.random()
    if roll < 0.5:
        leaf = Leaf(f"{s.pick(('anyone', 'anybody', 'someone', 'somebody'))} {act}")
        return s.ask(WORDINGS["people.doing"], ("exists", ("find", leaf)), x=leaf)
    if roll < 0.65:
        who = Leaf(s.pick(("everyone", "everybody")))
        p = Leaf(act)
        return s.ask(WORDINGS["people.all"], ("all", ("find", who), p), x=who, p=p)
    if roll < 0.7:
        who = Leaf(s.pick(("nobody", "no one", "no person")))
        if s.chance(0.5):
            who.text += " " + act
            return s.ask(WORDINGS["people.nobody"], ("not", ("exists", ("find", who))), x=who)
        relation = s.pick(("inside", "on", "near", "behind", "front"))
        a = s.anchor(relation, 0)
        return s.ask(
            WORDINGS["people.nobody_there"],
            ("not", ("exists", (f"{relation}_of", ("find", who), a.plan))),
            x=who,
            r=s.pick(RELATION_WORDS[relation]),
            a=a,
        )
    if roll < 0.78:
        who = Leaf(s.pick(("anyone", "anybody", "someone", "somebody")))
        return s.ask(WORDINGS["people.anybody"], ("exists", ("find", who)), x=who)
    be = Leaf(f"people {act}")
    return s.ask(WORDINGS["people.count"], ("count", ("find", be)), x=be)


def having(s: Speaker) -> Asked:
    """ "How many people have umbrellas?", "Which man has a beard?" """
    plural = s.chance(0.55)
    x = (
        s.found(nouns.PEOPLE, ["person", "person"], nouns.ANIMALS, plural=plural, plain=True)
        if s.chance(0.6)
        else s.found(plural=plural, plain=True)
    )
    many = s.chance(0.4)
    thing = s.name(s.pick((nouns.CLOTHES, nouns.PARTS, nouns.THINGS)), plain=True, plural=many)
    t: list[Piece] = [thing] if many else ["a", thing]
    if s.chance(0.3):
        plan: Plan = ("lacking", x.plan, thing)
        if plural:
            return s.ask(WORDINGS["lacking.many"], ("count", plan), x=x, t=t, h=thing)
        return s.ask(WORDINGS["lacking.one"], ("the", plan), x=x, t=t, h=thing)
    plan = ("having", x.plan, thing)
    if plural:
        roll = s.rng.random()
        if roll < 0.6:
            return s.ask(WORDINGS["having.count"], ("count", plan), x=x, t=t)
        if roll < 0.85:
            return s.ask(WORDINGS["having.some"], ("exists", plan), x=x, t=t)
        return s.ask(WORDINGS["having.shown"], plan, x=x, t=t)
    roll = s.rng.random()
    if roll < 0.5:
        return s.ask(WORDINGS["having.one"], ("the", plan), x=x, t=t)
    if roll < 0.8:
        return s.ask(WORDINGS["having.any"], ("exists", plan), x=x, t=t)
    who = Leaf(s.pick(("anyone", "anybody", "someone", "somebody")))
    return s.ask(WORDINGS["having.somebody"], ("exists", ("having", ("find", who), thing)), w=who, t=t)


def logic(s: Speaker) -> Asked:
    plural = s.chance(0.4)
    depth = 1 if s.chance(0.25) else 0
    a, b = s.objects(depth, plural=plural), s.objects(depth, plural=plural)
    if s.chance(0.1):
        a, b = s.pair(plural=plural)
    ea, eb = ("exists", a.plan), ("exists", b.plan)
    if s.chance(0.12):
        c = s.objects(0, plural=False)
        a, b = s.objects(0, plural=False), s.objects(0, plural=False)
        ea, eb, ec = ("exists", a.plan), ("exists", b.plan), ("exists", c.plan)
        if s.chance(0.6):
            return s.ask(
                ("(is|are) there a {a} , a {b} and a {c}", "do you see a {a} , a {b} and a {c}"),
                ("and", ea, ("and", eb, ec)),
                a=a,
                b=b,
                c=c,
            )
        return s.ask(
            ("is there a {a} , a {b} or a {c}", "do you see a {a} , a {b} or a {c}"),
            ("or", ea, ("or", eb, ec)),
            a=a,
            b=b,
            c=c,
        )
    w: tuple[str, ...]
    d, be = ("[any]", "are") if plural else ("a", "is")
    roll = s.rng.random()
    if roll < 0.35:
        w = (
            f"{be} there {d} {{a}} and {d} {{b}}",
            f"{be} there both {d} {{a}} and {d} {{b}}",
            f"are there both {d} {{a}} and {d} {{b}}",
            f"do you see {d} {{a}} and {d} {{b}}",
            f"does the (picture|image) (show|have|contain) both {d} {{a}} and {d} {{b}}",
            f"~(if|whether) there {be} both {d} {{a}} and {d} {{b}}",
            f"are both {d} {{a}} and {d} {{b}} (visible|present)",
            f"{be} there {d} {{a}} as well as {d} {{b}}",
            f"{be} there {d} {{a}} and also {d} {{b}}",
        )
        return s.ask(w, ("and", ea, eb), a=a, b=b)
    if roll < 0.65:
        w = (
            f"{be} there {d} {{a}} or {d} {{b}}",
            f"{be} there either {d} {{a}} or {d} {{b}}",
            f"do you see {d} {{a}} or {d} {{b}}",
            f"does the (picture|image) (show|have|contain) {d} {{a}} or {d} {{b}}",
            f"~(if|whether) there {be} {d} {{a}} or {d} {{b}}",
            f"{be} either {d} {{a}} or {d} {{b}} (visible|present)",
            f"can you see {d} {{a}} or {d} {{b}}",
        )
        return s.ask(w, ("or", ea, eb), a=a, b=b)
    if roll < 0.78:
        w = (
            f"{be} there neither {d} {{a}} nor {d} {{b}}",
            f"{be} there no {{a}} and no {{b}}",
            f"are neither {d} {{a}} nor {d} {{b}} (visible|present)",
            f"is it true that there {be} neither {d} {{a}} nor {d} {{b}}",
            "is the picture free of {a} and {b}",
        )
        return s.ask(w, ("not", ("or", ea, eb)), a=a, b=b)
    if roll < 0.92:
        w = (
            f"{be} there {d} {{a}} but no {{b}}",
            f"{be} there {d} {{a}} and no {{b}}",
            f"{be} there {d} {{a}} but not {d} {{b}}",
            f"do you see {d} {{a}} but no {{b}}",
            f"does the picture have {d} {{a}} but no {{b}}",
            f"~(if|whether) there {be} {d} {{a}} but no {{b}}",
            f"{be} there {d} {{a}} without {d} {{b}}",
        )
        return s.ask(w, ("and", ea, ("not", eb)), a=a, b=b)
    x = s.objects(1, plural=plural)
    w = (
        f"{be} there no {{x}}",
        f"is it true that there {be} no {{x}}",
        "is the picture without {x}",
        "are there not any {x}",
        "are {x} (absent|missing)" if plural else "is the {x} missing",
        f"~(if|whether) there {be} no {{x}}",
        "does the (picture|image) (show|have|contain) no {x}",
    )
    return s.ask(w, ("not", ("exists", x.plan)), x=x)


def negated(s: Speaker) -> Asked:
    """Collections with something left out: "Is there a cup that is not red?" """
    plural = s.chance(0.5)
    x = s.name(plural=plural, plain=True)
    p = some_property(s)
    plan: Plan = ("without", ("find", x), p)
    if plural:
        roll = s.rng.random()
        if roll < 0.6:
            return s.ask(WORDINGS["negated_many"], ("exists", plan), x=x, p=p)
        return s.ask(WORDINGS["negated_shown"], plan, x=x, p=p)
    roll = s.rng.random()
    if roll < 0.6:
        return s.ask(WORDINGS["negated_one"], ("exists", plan), x=x, p=p)
    if roll < 0.8:
        attribute = s.pick(("color", "material", "shape", "size"))
        return s.ask(
            ATTRIBUTE_WORDINGS[attribute],
            (attribute, ("the", plan)),
            x=[x, s.pick(("that is not", "that isn't", "which is not")), p],
        )
    return s.ask(WORDINGS["negated_the"], ("the", plan), x=x, p=p)
