"""What things are like: colour, material, shape and size, checks of a property, and what two or all have in common."""

from __future__ import annotations

from .. import inflect
from . import nouns
from .things import IMAGE, Asked, Speaker
from .wording import Leaf, Plan, wordings
from .words import TABLE_COLORS, TABLE_MATERIALS, TABLE_SIZES

WORDINGS = wordings("scene")


ATTRIBUTE_WORDINGS = {name: WORDINGS[name] for name in ("color", "material", "shape", "size")}


def some_property(s: Speaker) -> Leaf:
    """What a thing may be, do or wear."""
    if s.table:
        return Leaf(s.pick((*TABLE_COLORS, *TABLE_MATERIALS, *TABLE_SIZES)))
    roll = s.rng.random()
    if roll < 0.3:
        return Leaf(s.pick(nouns.COLORS))
    if roll < 0.36:
        return Leaf(
            s.pick(
                (
                    "on",
                    "off",
                    "open",
                    "closed",
                    "on fire",
                    "turned on",
                    "turned off",
                    "switched on",
                    "full",
                    "empty",
                    "occupied",
                )
            )
        )
    if roll < 0.62:
        return Leaf(s.pick(nouns.STATES))
    if roll < 0.72:
        return Leaf(s.pick(nouns.MATERIALS))
    if roll < 0.84:
        return Leaf(s.pick(nouns.ACTIONS))
    if roll < 0.94:
        noun = s.noun()
        thing = s.pick((f"a {noun}", inflect.plural(noun), f"the {noun}", f"a {s.adjective()} {noun}"))
        return Leaf(f"{s.pick(nouns.VERBS)} {thing}")
    return Leaf(s.invented() + s.pick(("y", "ed", "ing", "ish")))


def attributes(s: Speaker) -> Asked:
    attribute = s.pick(("color", "color", "color", "color", "material", "material", "shape", "size"))
    x = s.single(1 if s.chance(0.7) else 2)
    return s.ask(ATTRIBUTE_WORDINGS[attribute], (attribute, x.plan), x=x)


def colors_of_many(s: Speaker) -> Asked:
    if s.chance(0.3):
        return s.ask(WORDINGS["colors_of_picture"], ("colors", ("objects",)))
    x = s.objects(1)
    return s.ask(WORDINGS["colors_of_many"], ("colors", x.plan), x=x)


def color_of_picture(s: Speaker) -> Asked:
    return s.ask(WORDINGS["color_of_picture"], ("color", IMAGE))


def worn_color(s: Speaker) -> Asked:
    """ "What color shirt is the man wearing?" """
    attribute = s.pick(("color", "color", "color", "color", "material"))
    who = s.single(1) if s.chance(0.4) else s.definite(s.found(nouns.PEOPLE, ["person", "person"], plural=False))
    part = s.name(s.pick((nouns.CLOTHES, nouns.PARTS, nouns.THINGS)), plain=True)
    be = s.pick(("wearing", "wearing", "holding", "carrying", "riding", "using"))
    wordings = (
        "what {t} {p} is the {w} " + be,
        "what {t} {p} does the {w} have",
        "what {t} is the {p} [that] the {w} is " + be,
        "what is the {t} of the {p} [that] the {w} is " + be,
        "which {t} {p} is the {w} " + be,
        "~what {t} {p} the {w} is " + be,
        "what {t} is the {p} (on|of) the {w}",
        "what is the {t} of the {w} 's {p}",
    )
    return s.ask(wordings, (attribute, ("the", ("find_in", who.plan, part))), t=attribute, p=part, w=who)


def verifies(s: Speaker) -> Asked:
    """ "Is the car red?", "Is the man wearing a hat?" """
    x = s.single(1)
    what = some_property(s)
    roll = s.rng.random()
    if roll < 0.7 or s.table:
        wordings = WORDINGS["verifies"]
        return s.ask(wordings, ("verify", x.plan, what), x=x, p=what)
    if roll < 0.8:
        wordings = WORDINGS["verifies_not"]
        return s.ask(wordings, ("not", ("verify", x.plan, what)), x=x, p=what)
    if roll < 0.9:
        made = Leaf(
            "made of "
            + s.pick(
                (
                    "wood",
                    "metal",
                    "plastic",
                    "glass",
                    "rubber",
                    "stone",
                    "leather",
                    "paper",
                    "brick",
                    "steel",
                    "concrete",
                )
            )
        )
        return s.ask(WORDINGS["verifies_made_of"], ("verify", x.plan, made), x=x, p=made)
    kind = s.name(plain=True)
    return s.ask(WORDINGS["verifies_kind"], ("verify", x.plan, kind), x=x, p=kind)


def verifies_two(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.06:
        x = s.single(0)
        a, b, c = some_property(s), some_property(s), some_property(s)
        p, q, r = ("verify", x.plan, a), ("verify", x.plan, b), ("verify", x.plan, c)
        return s.ask(
            ("is the {x} {a} , {b} and {c}", "is the {x} {a} , {b} , and {c}"),
            ("and", p, ("and", q, r)),
            x=x,
            a=a,
            b=b,
            c=c,
        )
    if roll < 0.5:
        x = s.single(0)
        a, b = some_property(s), some_property(s)
        op, wordings = s.pick(
            (
                ("and", WORDINGS["verifies_two_properties.and"]),
                ("or", ("is the {x} either {a} or {b}", "is the {x} at least {a} or {b}")),
                ("neither", ("is the {x} neither {a} nor {b}",)),
                ("but", ("is the {x} {a} but not {b}", "is the {x} {a} and not {b}")),
            )
        )
        p, q = ("verify", x.plan, a), ("verify", x.plan, b)
        plan: Plan = {
            "and": ("and", p, q),
            "or": ("or", p, q),
            "neither": ("not", ("or", p, q)),
            "but": ("and", p, ("not", q)),
        }[op]
        return s.ask(wordings, plan, x=x, a=a, b=b)
    x, y = s.single(0), s.single(0)
    what = some_property(s)
    op, wordings = s.pick(
        (
            ("and", WORDINGS["verifies_two_things.and"]),
            ("or", ("is the {x} or the {y} {p}", "is either the {x} or the {y} {p}")),
            ("neither", ("are neither the {x} nor the {y} {p}", "is neither the {x} nor the {y} {p}")),
        )
    )
    u, v = ("verify", x.plan, what), ("verify", y.plan, what)
    plan = {"and": ("and", u, v), "or": ("or", u, v), "neither": ("not", ("or", u, v))}[op]
    return s.ask(wordings, plan, x=x, y=y, p=what)


def verifies_all(s: Speaker) -> Asked:
    x = s.objects(1 if s.chance(0.3) else 0)
    roll = s.rng.random()
    if roll < 0.55:
        p = some_property(s)
        wordings = WORDINGS["verifies_all"]
        return s.ask(wordings, ("all", x.plan, p), x=x, p=p)
    if roll < 0.68:
        p = some_property(s)
        x = s.objects(0, plural=False)
        return s.ask(WORDINGS["verifies_every"], ("all", x.plan, p), x=x, p=p)
    x = s.found(plural=True, plain=True)
    p = some_property(s)
    if roll < 0.88:
        return s.ask(WORDINGS["verifies_any"], ("exists", ("find", ("join", x.plan[1], p))), x=x, p=p)
    return s.ask(WORDINGS["verifies_none"], ("not", ("exists", ("find", ("join", x.plan[1], p)))), x=x, p=p)


def same_attribute(s: Speaker) -> Asked:
    attribute = s.pick(("color", "color", "material", "shape", "size"))
    if s.chance(0.22):
        x = s.objects(1 if s.chance(0.2) else 0)
        if s.chance(0.3):
            return s.ask(WORDINGS["kinds_of_attribute.many"], (f"kinds_{attribute}", x.plan), x=x, t=attribute + "s")
        if s.chance(0.3):
            return s.ask(
                WORDINGS["kinds_of_attribute.picture"], (f"kinds_{attribute}", ("objects",)), t=attribute + "s"
            )
        return s.ask(WORDINGS["uniform_attribute"], (f"uniform_{attribute}", x.plan), x=x, t=attribute)
    a, b = s.two(1)
    wordings = WORDINGS["same_attribute"]
    if attribute == "material":
        wordings += (
            "is the {a} made of the same {t} as the {b}",
            "are the {a} and the {b} made of the same {t}",
            "is the {a} made from the same {t} as the {b}",
            "there is a {a} ; is it made of the same {t} as the {b}",
            "are the {a} and the {b} made out of the same {t}",
            "is the {a} made of the same (stuff|thing) as the {b}",
        )
    plan: Plan = (f"alike_{attribute}", a.plan, b.plan)
    if s.chance(0.15):
        return s.ask(
            (
                "is the {a} a different {t} (than|from) the {b}",
                "do the {a} and the {b} have different {t}s",
                "are the {a} and the {b} different in {t}",
                "does the {a} have a different {t} (than|from) the {b}",
                "does the {t} of the {a} differ from (that|the {t}) of the {b}",
                "is the {t} of the {a} different from the {t} of the {b}",
            ),
            ("not", plan),
            a=a,
            b=b,
            t=attribute,
        )
    return s.ask(wordings, plan, a=a, b=b, t=attribute)
