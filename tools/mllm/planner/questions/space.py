"""Question families about where things are and how they compare: sides, distances, order, size, depth."""

from __future__ import annotations

from .places import FLAT, RELATION_WORDS
from .things import IMAGE, Asked, Speaker
from .wording import Plan, wordings

WORDINGS = wordings("space")

_COMPARE_WORDS: dict[str, tuple[str, ...]] = {
    "bigger": ("bigger", "larger", "greater in size"),
    "smaller": ("smaller", "tinier", "littler"),
    "taller": ("taller",),
    "shorter": ("shorter",),
    "wider": ("wider", "broader"),
    "narrower": ("narrower", "thinner"),
    "nearer": (
        "closer",
        "nearer",
        "closer to the camera",
        "nearer to the camera",
        "closer to us",
        "nearer to us",
        "closer to the viewer",
    ),
    "farther": (
        "farther away",
        "further away",
        "farther",
        "further",
        "farther from the camera",
        "further back",
        "more distant",
    ),
    "higher": ("higher", "higher up"),
    "lower": ("lower", "lower down", "further down"),
}


def is_related(s: Speaker) -> Asked:
    relation = s.pick(FLAT if s.table else tuple(RELATION_WORDS))
    x = s.single(0 if s.chance(0.7) else 1)
    a = s.anchor(relation, 1 if s.chance(0.2) else 0)
    if s.chance(0.1):
        x, a = s.two()
    link = s.pick(RELATION_WORDS[relation])
    plan: Plan = (f"is_{relation}", x.plan, a.plan)
    roll = s.rng.random()
    if roll < 0.8:
        return s.ask(WORDINGS["is_related.1"], plan, x=x, r=link, a=a)
    if roll < 0.9:
        return s.ask(
            ("is the {x} not {r} the {a}", "is it true that the {x} is not {r} the {a}"),
            ("not", plan),
            x=x,
            r=link,
            a=a,
        )
    many, a = s.objects(0), s.single(0)
    return s.ask(WORDINGS["is_related.2"], (f"all_{relation}", many.plan, a.plan), x=many, r=link, a=a)


def is_between(s: Speaker) -> Asked:
    x, a, b = s.single(0), s.single(0), s.single(0)
    roll = s.rng.random()
    if roll < 0.12:
        pair, one, two = s.couple()
        n = ["two"] if s.chance(0.85) else []
        if s.chance(0.5):
            return s.ask(WORDINGS["is_between.is_between.1"], ("is_between", x.plan, one, two), x=x, n=n, p=pair)
        if s.chance(0.5):
            return s.ask(
                WORDINGS["is_between.identify.1"],
                ("identify", ("the", ("between", ("objects",), one, two))),
                n=n,
                p=pair,
            )
        base = s.found(plural=False, plain=True)
        return s.ask(
            ("is there a {x} [in] between the {n} {p}", "do you see a {x} between the {n} {p}"),
            ("exists", ("between", base.plan, one, two)),
            x=base,
            n=n,
            p=pair,
        )
    if roll < 0.35:
        return s.ask(WORDINGS["is_between.is_between.2"], ("is_between", x.plan, a.plan, b.plan), x=x, a=a, b=b)
    if roll < 0.6:
        base = s.found(plural=False, plain=True)
        plan: Plan = ("between", base.plan, a.plan, b.plan)
        return s.ask(WORDINGS["is_between.exists"], ("exists", plan), x=base, a=a, b=b)
    if roll < 0.75:
        base = s.found(plural=True, plain=True)
        plan = ("between", base.plan, a.plan, b.plan)
        return s.ask(WORDINGS["is_between.count"], ("count", plan), x=base, a=a, b=b)
    if roll < 0.88:
        plan = ("between", ("objects",), a.plan, b.plan)
        return s.ask(WORDINGS["is_between.identify.2"], ("identify", ("the", plan)), a=a, b=b)
    base = s.found(plural=False, plain=True)
    plan = ("the", ("between", base.plan, a.plan, b.plan))
    return s.ask(WORDINGS["is_between"], plan, x=base, a=a, b=b)


def touching(s: Speaker) -> Asked:
    x, a = s.single(0), s.single(0)
    return s.ask(WORDINGS["touching.touching"], ("touching", x.plan, a.plan), x=x, a=a)


def compares_size(s: Speaker) -> Asked:
    which = s.pick(tuple(_COMPARE_WORDS))
    word = s.pick(_COMPARE_WORDS[which])
    x, a = s.two(1)
    return s.ask(WORDINGS["compares_size"], (f"is_{which}", x.plan, a.plan), x=x, w=word, a=a)


def which_of_two(s: Speaker) -> Asked:
    """ "Which is bigger, the dog or the cat?" """
    count = 2 if s.chance(0.85) else 3
    words, plan = s.options([s.name(plain=True) for _ in range(count)], article=s.pick(("the", "the", "the", "")))
    roll = s.rng.random()
    if roll < 0.7:
        which = s.pick(tuple(_COMPARE_WORDS))
        word = s.pick(_COMPARE_WORDS[which]) if count == 2 else _superlative(which)
        return s.ask(WORDINGS["which_of_two"], (f"which_{which}", plan), w=word, o=words)
    if roll < 0.85:
        side = s.pick(("left", "right"))
        return s.ask(
            (
                f"(which|what) is (further|farther|more) [to the] {side} , {{o}}",
                f"which one is on the {side} , {{o}}",
                f"what is on the {side} , {{o}}",
                f"which is (furthest|most) to the {side} : {{o}}",
                f"which is more to the {side} , {{o}}",
                f"~which is further {side} , {{o}}",
            ),
            (f"which_{side}", plan),
            o=words,
        )
    a = s.single(0)
    return s.ask(WORDINGS["which_of_two.which_closer"], ("which_closer", plan, a.plan), a=a, o=words)


def _superlative(which: str) -> str:
    return {
        "bigger": "the biggest",
        "smaller": "the smallest",
        "taller": "the tallest",
        "shorter": "the shortest",
        "wider": "the widest",
        "narrower": "the narrowest",
        "nearer": "the closest",
        "farther": "the farthest away",
        "higher": "the highest",
        "lower": "the lowest",
    }[which]


def which_one_of_two(s: Speaker) -> Asked:
    """ "Which is bigger, the red cup or the blue one?" """
    one, two = s.pair(plural=False)
    which = s.pick(tuple(_COMPARE_WORDS))
    word = s.pick(_COMPARE_WORDS[which])
    plan: Plan = (f"is_{which}", ("the", one.plan), ("the", two.plan))
    return s.ask(WORDINGS["which_one_of_two"], plan, x=one, y=two, w=word)


def closer_to(s: Speaker) -> Asked:
    x, y, a = s.single(0), s.single(0), s.single(0)
    return s.ask(WORDINGS["closer_to.closer_to"], ("closer_to", x.plan, y.plan, a.plan), x=x, y=y, a=a)


def which_side(s: Speaker) -> Asked:
    x, a = s.single(0), s.single(0)
    roll = s.rng.random()
    if roll < 0.3:
        return s.ask(WORDINGS["which_side.side_sideways"], ("side_sideways", x.plan, a.plan), x=x, a=a)
    if roll < 0.45:
        return s.ask(WORDINGS["which_side.side_upright"], ("side_upright", x.plan, a.plan), x=x, a=a)
    if roll < 0.6:
        return s.ask(WORDINGS["which_side.side_depth"], ("side_depth", x.plan, a.plan), x=x, a=a)
    if roll < 0.85:
        return s.ask(WORDINGS["which_side.half_sideways"], ("half_sideways", x.plan), x=x)
    return s.ask(WORDINGS["which_side.half_upright"], ("half_upright", x.plan), x=x)


def on_side(s: Speaker) -> Asked:
    x = s.single(0)
    side = s.pick(("left", "right", "top", "bottom", "center"))
    where = {
        "left": "(on|in|at) the left [(side|half|part)] of the (image|picture|photo)",
        "right": "(on|in|at) the right [(side|half|part)] of the (image|picture|photo)",
        "top": "(at|in|on|near) the (top|upper part|top half) of the (image|picture|photo)",
        "bottom": "(at|in|on|near) the (bottom|lower part|bottom half) of the (image|picture|photo)",
        "center": "in the (middle|center|centre) [of the (image|picture|photo)]",
    }[side]
    short = {
        "left": "on the left [side]",
        "right": "on the right [side]",
        "top": "at the top",
        "bottom": "at the bottom",
        "center": "centered",
    }[side]
    r = s.say((where,)) if s.chance(0.7) else s.say((short,))
    return s.ask(WORDINGS["on_side"], (f"in_{side}", x.plan), x=x, r=r)


def distances(s: Speaker) -> Asked:
    if s.chance(0.15):
        pair, one, two = s.couple()
        return s.ask(WORDINGS["distances.distance.1"], ("distance", one, two), p=pair)
    x, a = s.single(0), s.single(0)
    return s.ask(WORDINGS["distances.distance.2"], ("distance", x.plan, a.plan), x=x, a=a)


def measures(s: Speaker) -> Asked:
    which = s.pick(("width", "height"))
    x = s.single(0)
    word = {"width": "wide", "height": "high"}[which]
    return s.ask(
        (
            f"what is the {which} of the {{x}} in pixels",
            f"how many pixels {word} is the {{x}}",
            f"how {word} is the {{x}} in pixels",
            f"what is the {{x}} 's {which} in pixels",
            f"what is the pixel {which} of the {{x}}",
        ),
        (which, x.plan),
        x=x,
    )


def picture_facts(s: Speaker) -> Asked:
    roll = s.rng.random()
    picture = s.pick(("picture", "image", "photo", "picture", "image", "photograph", "pic", "shot"))
    t = s.pick(("the", "this"))
    if s.chance(0.1):
        op, wordings = s.pick(
            (
                ("sharpness", WORDINGS["picture_facts.sharpness"]),
                ("brightness", WORDINGS["picture_facts.brightness"]),
            )
        )
        return s.ask(wordings, (op, IMAGE), t=t, p=picture)
    table: tuple[tuple[float, tuple[str, ...], Plan], ...] = (
        (0.1, WORDINGS["picture_facts.width"], ("width", IMAGE)),
        (0.2, WORDINGS["picture_facts.height"], ("height", IMAGE)),
        (0.3, WORDINGS["picture_facts.resolution"], ("resolution", IMAGE)),
        (0.42, WORDINGS["picture_facts.orientation"], ("orientation", IMAGE)),
        (0.58, WORDINGS["picture_facts.blurry"], ("blurry", IMAGE)),
        (0.68, WORDINGS["picture_facts.not"], ("not", ("blurry", IMAGE))),
        (0.8, WORDINGS["picture_facts.dark"], ("dark", IMAGE)),
        (0.9, WORDINGS["picture_facts.bright"], ("bright", IMAGE)),
        (
            0.94,
            (
                "is {t} {p} (portrait|vertical|upright|taller than it is wide|in portrait format|higher than wide)",
                "is {t} a portrait [format] {p}",
            ),
            ("portrait", IMAGE),
        ),
        (
            0.98,
            (
                "is {t} {p} (landscape|horizontal|wider than it is tall|in landscape format|wider than high)",
                "is {t} a landscape [format] {p}",
            ),
            ("landscape", IMAGE),
        ),
        (1.0, ("is {t} {p} square", "is {t} a square {p}"), ("square", IMAGE)),
    )
    said, plan = next((said, plan) for limit, said, plan in table if roll < limit)
    if s.chance(0.12) and plan[0] in ("blurry", "dark", "bright"):
        x = s.single(0)
        word = {
            "blurry": "(blurry|blurred|out of focus)",
            "dark": "(too dark|underexposed)",
            "bright": "(too bright|overexposed)",
        }[str(plan[0])]
        return s.ask(
            (f"is the {{x}} {word}", f"does the {{x}} look {word}", f"~(if|whether) the {{x}} is {word}"),
            (plan[0], x.plan),
            x=x,
        )
    return s.ask(said, plan, t=t, p=picture)
