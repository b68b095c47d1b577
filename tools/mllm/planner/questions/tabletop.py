"""Question families of table-top scenes in the CLEVR spirit: chains, "same as", both-and, either-or, indirect objects.

The wordings serve photographs too: one question in five of these is filled with ordinary nouns.
"""

from __future__ import annotations

from .attributes import ATTRIBUTE_WORDINGS
from .places import FLAT, RELATION_WORDS
from .things import Asked, Phrase, Speaker
from .wording import Leaf, Piece, Plan, wordings

WORDINGS = wordings("tabletop")

_ATTRIBUTES = ("color", "material", "shape", "size")


def _generic(s: Speaker, *, plural: bool) -> Phrase:
    return s.found(plural=plural, plain=True)


def _link(s: Speaker, relation: str) -> list[Piece]:
    return [s.pick(RELATION_WORDS[relation])]


def _relation(s: Speaker) -> str:
    return s.pick(FLAT) if s.table or s.chance(0.6) else s.pick(tuple(RELATION_WORDS))


def chain(s: Speaker) -> Asked:
    """Up to three relations in a row, then an attribute, a count or a check."""
    depth = s.pick((1, 2, 2, 3, 3))
    roll = s.rng.random()
    if roll < 0.6:
        x = s.definite(s.related(depth, plural=False))
        attribute = s.pick(_ATTRIBUTES)
        return s.ask(ATTRIBUTE_WORDINGS[attribute], (attribute, x.plan), x=x)
    if roll < 0.8:
        x = s.related(depth, plural=True)
        return s.ask(WORDINGS["chain.count"], ("count", x.plan), x=x)
    plural = s.chance(0.5)
    x = s.related(depth, plural=plural)
    return s.ask(WORDINGS["chain.yes"] if plural else WORDINGS["chain.no"], ("exists", x.plan), x=x)


def indirect(s: Speaker) -> Asked:
    """ "There is a red thing; are there any cubes to the left of it?", "There is a cube; what is its color?" """
    anchor = (
        s.definite(s.related(s.pick((1, 2)), plural=False)) if s.chance(0.5) else s.definite(_generic(s, plural=False))
    )
    relation = _relation(s)
    r = _link(s, relation)
    roll = s.rng.random()
    if roll < 0.35:
        x = _generic(s, plural=True)
        plan: Plan = (f"{relation}_of", x.plan, anchor.plan)
        if s.chance(0.5):
            return s.ask(WORDINGS["indirect.exists.1"], ("exists", plan), a=anchor, x=x, r=r)
        return s.ask(WORDINGS["indirect.count"], ("count", plan), a=anchor, x=x, r=r)
    if roll < 0.55:
        x = _generic(s, plural=False)
        return s.ask(
            WORDINGS["indirect.exists.2"], ("exists", (f"{relation}_of", x.plan, anchor.plan)), a=anchor, x=x, r=r
        )
    attribute = s.pick(_ATTRIBUTES)
    if roll < 0.75:
        x = _generic(s, plural=False)
        t = s.say(
            {
                "color": ("what color is", "what is the color of"),
                "material": ("what is the material of", "what material is"),
                "shape": ("what shape is", "what is the shape of"),
                "size": ("what size is", "how big is", "what is the size of"),
            }[attribute]
        )
        return s.ask(
            WORDINGS["indirect.1"],
            (attribute, ("the", (f"{relation}_of", x.plan, anchor.plan))),
            a=anchor,
            x=x,
            r=r,
            t=t,
        )
    t = s.say(
        {
            "color": ("what color is it", "what is its color", "what 's its color"),
            "material": (
                "what material is it",
                "what is its material",
                "what is it made of",
                "what material is it made of",
            ),
            "shape": ("what shape is it", "what is its shape"),
            "size": ("what size is it", "what is its size", "how big is it", "how large is it"),
        }[attribute]
    )
    return s.ask(WORDINGS["indirect.2"], (attribute, anchor.plan), a=anchor, t=t)


def _same_words(s: Speaker, attribute: str, *, plural: bool) -> list[Piece]:
    be, have = ("are", "have") if plural else ("is", "has")
    options = [
        f"that {be} the same {attribute} as",
        f"that {have} the same {attribute} as",
        f"of the same {attribute} as",
        f"with the same {attribute} as",
        f"that {be} of the same {attribute} as",
        f"which {have} the same {attribute} as",
        f"sharing its {attribute} with",
        f"having the same {attribute} as",
    ]
    if attribute == "material":
        options += [
            f"made of the same {attribute} as",
            f"that {be} made of the same {attribute} as",
            f"made from the same {attribute} as",
            f"that {be} made out of the same {attribute} as",
        ]
    if attribute == "color":
        options += ["colored like", "in the same color as", f"that {have} the color of"]
    if attribute == "size":
        options += ["as big as", f"that {be} as big as", f"that {be} as large as", f"that {be} equal in size to"]
    if attribute == "shape":
        options += ["shaped like", f"that {be} shaped like"]
    return [s.pick(options)]


def same_as(s: Speaker) -> Asked:
    """Other things that share an attribute with one."""
    attribute = s.pick(_ATTRIBUTES)
    if s.chance(0.06):  # "any other blocks the same size as the red one"
        head, other = Leaf(s.name(plural=True, plain=True).text.split()[-1]), Leaf(s.differing()[0])
        plan: Plan = (f"same_{attribute}", ("find", head), ("the", ("find", ("join", head, other))))
        if s.chance(0.5):
            return s.ask(WORDINGS["same_as.exists"], ("exists", plan), x=head, o=other, t=attribute)
        return s.ask(
            (
                "how many [other] {x} (have|are of|are) the same {t} as the {o} one",
                "how many [other] {x} are there with the same {t} as the {o} one",
            ),
            ("count", plan),
            x=head,
            o=other,
            t=attribute,
        )
    anchor = s.definite(_generic(s, plural=False)) if s.chance(0.75) else s.single(1)
    same = f"same_{attribute}"
    roll = s.rng.random()
    if roll < 0.2:
        extra: list[Piece] = _same_words(s, attribute, plural=False)
        return s.ask(
            (
                "is there anything else {r} the {a}",
                "is there any other thing {r} the {a}",
                "is there something else {r} the {a}",
                "is there another (thing|object) {r} the {a}",
                "is anything else the same " + attribute + " as the {a}",
                "does anything else have the same " + attribute + " as the {a}",
                "is there any other object {r} the {a}",
                "does the {a} share its " + attribute + " with anything else",
                "do any other (things|objects) have the same " + attribute + " as the {a}",
                "are there (any other things|any other objects|other objects|other things) that have the same "
                + attribute
                + " as the {a}",
                "is there anything {r} the {a}",
            ),
            ("exists", (same, ("objects",), anchor.plan)),
            r=extra,
            a=anchor,
        )
    plural = roll < 0.66
    x = _generic(s, plural=plural)
    plan = (same, x.plan, anchor.plan)
    r = _same_words(s, attribute, plural=plural)
    if roll < 0.32:
        return s.ask(
            (
                "are there any [other] {x} {r} the {a}",
                "are there other {x} {r} the {a}",
                "do you see any [other] {x} {r} the {a}",
                "do any [other] {x} have the same " + attribute + " as the {a}",
                "are any [other] {x} the same " + attribute + " as the {a}",
                "~(if|whether) there are any other {x} {r} the {a}",
            ),
            ("exists", plan),
            x=x,
            r=r,
            a=anchor,
        )
    if roll < 0.66:
        return s.ask(
            (
                "how many [other] {x} are the same " + attribute + " as the {a}",
                "how many [other] {x} have the same " + attribute + " as the {a}",
                "what number of [other] {x} are [there] {r} the {a}"
                if attribute != "material"
                else "what number of [other] {x} are made of the same material as the {a}",
                "how many [other] {x} are there {r} the {a}",
                "what number of [other] {x} have the same " + attribute + " as the {a}",
                "how many [other] {x} are of the same " + attribute + " as the {a}",
                "!count the [other] {x} {r} the {a}",
                "what number of [other] {x} are the same " + attribute + " as the {a}",
                "what number of [other] {x} are there of the same " + attribute + " as the {a}",
                "how many [other] {x} are there of the same " + attribute + " as the {a}",
                "how many [other] {x} share the " + attribute + " of the {a}",
                "how many [other] {x} match the {a} in " + attribute,
            ),
            ("count", plan),
            x=x,
            r=r,
            a=anchor,
        )
    if roll < 0.76:
        return s.ask(
            (
                "is there a {x} {r} the {a}",
                "is there another {x} {r} the {a}",
                "do you see (a|another) {x} {r} the {a}",
                "is there any other {x} {r} the {a}",
                "does any other {x} have the same " + attribute + " as the {a}",
                "is any other {x} the same " + attribute + " as the {a}",
            ),
            ("exists", plan),
            x=x,
            r=r,
            a=anchor,
        )
    asked = s.pick([other for other in _ATTRIBUTES if other != attribute])
    base = x.pieces
    tail = [*r, "the", *anchor.pieces]
    if s.chance(0.4):
        t = s.say(
            {
                "color": ("what color is it", "what is its color"),
                "material": ("what material is it", "what is its material", "what is it made of"),
                "shape": ("what shape is it", "what is its shape"),
                "size": ("what size is it", "what is its size", "how big is it"),
            }[asked]
        )
        return s.ask(WORDINGS["same_as"], (asked, ("the", plan)), x=base, y=tail, t=t)
    start: list[Piece] = ["other"] if s.chance(0.5) else []
    return s.ask(ATTRIBUTE_WORDINGS[asked], (asked, ("the", plan)), x=[*start, *base, *tail])


def both(s: Speaker) -> Asked:
    """Two relations at once: "left of the cube and behind the ball"."""
    first, second = _relation(s), _relation(s)
    a, b = s.single(1 if s.chance(0.2) else 0), s.single(1 if s.chance(0.2) else 0)
    r, q = _link(s, first), _link(s, second)
    plural = s.chance(0.4)
    x = _generic(s, plural=plural)
    plan: Plan = (f"{second}_of", (f"{first}_of", x.plan, a.plan), b.plan)
    tail: list[Piece] = [*r, "the", *a.pieces, "and", *q, "the", *b.pieces]
    if plural:
        if s.chance(0.7):
            return s.ask(WORDINGS["both.count"], ("count", plan), x=x, y=tail)
        return s.ask(WORDINGS["both.exists.1"], ("exists", plan), x=x, y=tail)
    roll = s.rng.random()
    if roll < 0.35:
        attribute = s.pick(_ATTRIBUTES)
        return s.ask(
            ATTRIBUTE_WORDINGS[attribute],
            (attribute, ("the", plan)),
            x=[*x.pieces, *(["that is"] if s.chance(0.6) else []), *(["both"] if s.chance(0.5) else []), *tail],
        )
    if roll < 0.7:
        attribute = s.pick(_ATTRIBUTES)
        t = s.say(
            {
                "color": ("what color is it", "what is its color"),
                "material": ("what material is it", "what is its material", "what is it made of"),
                "shape": ("what shape is it", "what is its shape"),
                "size": ("what size is it", "what is its size", "how big is it"),
            }[attribute]
        )
        return s.ask(WORDINGS["both"], (attribute, ("the", plan)), x=x, y=tail, t=t)
    if roll < 0.85:
        return s.ask(WORDINGS["both.exists.2"], ("exists", plan), x=x, y=tail)
    return s.ask(WORDINGS["both.the"], ("the", plan), x=x, y=tail)


def either(s: Speaker) -> Asked:
    """Counting unions: "How many things are either small cubes or blocks left of the ball?" """
    a = s.objects(1 if s.chance(0.4) else 0, plural=True)
    b = s.objects(1 if s.chance(0.4) else 0, plural=True)
    roll = s.rng.random()
    if roll < 0.45:
        thing = s.pick(("things", "objects", "items"))
        return s.ask(
            (
                "how many " + thing + " are either {a} or {b}",
                "what number of " + thing + " are either {a} or {b}",
                "how many " + thing + " are {a} or {b}",
                "what number of " + thing + " are {a} or {b}",
                "!count the " + thing + " that are (either|) {a} or {b}",
                "how many " + thing + " are there that are {a} or {b}",
            ),
            ("count", ("union", a.plan, b.plan)),
            a=a,
            b=b,
        )
    x = s.name(plural=True, plain=True)
    if s.chance(0.35):
        p, q = (Leaf(word) for word in s.differing())
        return s.ask(
            WORDINGS["either.count.1"],
            ("count", ("union", ("find", ("join", x, p)), ("find", ("join", x, q)))),
            x=x,
            a=p,
            b=q,
        )

    def joined(plan: Plan) -> Plan:
        """The shared name joined into the innermost find of one branch."""
        if plan[0] == "find":
            return ("find", ("join", x, plan[1]))
        return (plan[0], joined(plan[1]), *plan[2:])  # type: ignore[arg-type]  # relations keep their collection first

    a = s.related(1, plural=True) if s.chance(0.3) else s.found(plural=True, plain=True)
    b = s.related(1, plural=True) if s.chance(0.3) else s.found(plural=True, plain=True)
    plan: Plan = ("union", joined(a.plan), joined(b.plan))
    return s.ask(WORDINGS["either.count.2"], ("count", plan), x=x, a=a, b=b)
