"""Question families about where things are and how they compare: sides, distances, order, size, depth."""

from __future__ import annotations

from .things import FLAT, IMAGE, RELATION_WORDS, Asked, Speaker
from .wording import Plan

_COMPARE_WORDS: dict[str, tuple[str, ...]] = {
    "bigger": ("bigger", "larger", "greater in size"), "smaller": ("smaller", "tinier", "littler"), "taller": ("taller",), "shorter": ("shorter",),
    "wider": ("wider", "broader"), "narrower": ("narrower", "thinner"), "nearer": ("closer", "nearer", "closer to the camera", "nearer to the camera", "closer to us", "nearer to us", "closer to the viewer"),
    "farther": ("farther away", "further away", "farther", "further", "farther from the camera", "further back", "more distant"), "higher": ("higher", "higher up"), "lower": ("lower", "lower down", "further down"),
}  # fmt: skip


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
        return s.ask(("is the {x} {r} the {a}", "is the {x} {r} the {a}", "~(if|whether) the {x} is {r} the {a}", "is the {x} (located|placed|standing|sitting|lying|positioned) {r} the {a}", "does the {x} (stand|sit|lie) {r} the {a}", "can the {x} be found {r} the {a}",
                      "would you say the {x} is {r} the {a}", "!check (if|whether) the {x} is {r} the {a}", "the {x} is {r} the {a} , (right|correct|isn't it|true or false)", "is it true that the {x} is {r} the {a}", "is that {x} {r} the {a}"),
                     plan, x=x, r=link, a=a)  # fmt: skip
    if roll < 0.9:
        return s.ask(("is the {x} not {r} the {a}", "is it true that the {x} is not {r} the {a}"), ("not", plan), x=x, r=link, a=a)
    many, a = s.objects(0), s.single(0)
    return s.ask(("are all [of] [the] {x} {r} the {a}", "are the {x} {r} the {a}", "are the {x} all {r} the {a}", "~(if|whether) all the {x} are {r} the {a}", "is it true that all {x} are {r} the {a}"), (f"all_{relation}", many.plan, a.plan), x=many, r=link, a=a)


def is_between(s: Speaker) -> Asked:
    x, a, b = s.single(0), s.single(0), s.single(0)
    roll = s.rng.random()
    if roll < 0.12:
        pair, one, two = s.couple()
        n = ["two"] if s.chance(0.85) else []
        if s.chance(0.5):
            return s.ask(("is the {x} [in] between the {n} {p}", "~(if|whether) the {x} is between the {n} {p}", "does the {x} (stand|lie|sit) between the {n} {p}"), ("is_between", x.plan, one, two), x=x, n=n, p=pair)
        if s.chance(0.5):
            return s.ask(("what is [in] between the {n} {p}", "what do you see between the {n} {p}", "what (stands|lies|sits) between the {n} {p}"), ("identify", ("the", ("between", ("objects",), one, two))), n=n, p=pair)
        base = s.found(plural=False, plain=True)
        return s.ask(("is there a {x} [in] between the {n} {p}", "do you see a {x} between the {n} {p}"), ("exists", ("between", base.plan, one, two)), x=base, n=n, p=pair)
    if roll < 0.35:
        return s.ask(("is the {x} [in] between the {a} and the {b}", "~(if|whether) the {x} is between the {a} and the {b}", "does the {x} (stand|lie|sit) between the {a} and the {b}", "is the {x} (located|standing) between the {a} and the {b}"), ("is_between", x.plan, a.plan, b.plan), x=x, a=a, b=b)
    if roll < 0.6:
        base = s.found(plural=False, plain=True)
        plan: Plan = ("between", base.plan, a.plan, b.plan)
        return s.ask(("is there a {x} [in] between the {a} and the {b}", "do you see a {x} between the {a} and the {b}", "is a {x} between the {a} and the {b}"), ("exists", plan), x=base, a=a, b=b)
    if roll < 0.75:
        base = s.found(plural=True, plain=True)
        plan = ("between", base.plan, a.plan, b.plan)
        return s.ask(("how many {x} are [there] [in] between the {a} and the {b}", "!count the {x} between the {a} and the {b}", "what number of {x} are between the {a} and the {b}"), ("count", plan), x=base, a=a, b=b)
    if roll < 0.88:
        plan = ("between", ("objects",), a.plan, b.plan)
        return s.ask(("what is [in] between the {a} and the {b}", "what do you see between the {a} and the {b}", "~what is between the {a} and the {b}", "what (stands|lies|sits) between the {a} and the {b}"), ("identify", ("the", plan)), a=a, b=b)
    base = s.found(plural=False, plain=True)
    plan = ("the", ("between", base.plan, a.plan, b.plan))
    return s.ask(("!find the {x} between the {a} and the {b}", "where is the {x} between the {a} and the {b}", "the {x} between the {a} and the {b}", "which {x} is between the {a} and the {b}", "!show me the {x} [that is] between the {a} and the {b}"), plan, x=base, a=a, b=b)


def touching(s: Speaker) -> Asked:
    x, a = s.single(0), s.single(0)
    return s.ask(("(is|does) the {x} (touching|touch|overlapping|overlap|overlap with) the {a}", "do the {x} and the {a} (touch|overlap|intersect)", "are the {x} and the {a} (touching|overlapping|in contact)", "~(if|whether) the {x} (touches|overlaps) the {a}",
                  "is the {x} in contact with the {a}", "are the {x} and the {a} touching each other"), ("touching", x.plan, a.plan), x=x, a=a)  # fmt: skip


def compares_size(s: Speaker) -> Asked:
    which = s.pick(tuple(_COMPARE_WORDS))
    word = s.pick(_COMPARE_WORDS[which])
    x, a = s.two(1)
    return s.ask(("is the {x} {w} than the {a}", "is the {x} {w} than the {a}", "~(if|whether) the {x} is {w} than the {a}", "would you say the {x} is {w} than the {a}", "does the {x} (look|seem|appear) {w} than the {a}", "!check whether the {x} is {w} than the {a}", "the {x} is {w} than the {a} , (right|correct|isn't it)",
                  "compared to the {a} , is the {x} {w}", "is it true that the {x} is {w} than the {a}", "is that {x} {w} than the {a}"), (f"is_{which}", x.plan, a.plan), x=x, w=word, a=a)  # fmt: skip


def which_of_two(s: Speaker) -> Asked:
    """ "Which is bigger, the dog or the cat?" """
    count = 2 if s.chance(0.85) else 3
    words, plan = s.options([s.name(plain=True) for _ in range(count)], article=s.pick(("the", "the", "the", "")))
    roll = s.rng.random()
    if roll < 0.7:
        which = s.pick(tuple(_COMPARE_WORDS))
        word = s.pick(_COMPARE_WORDS[which]) if count == 2 else _superlative(which)
        return s.ask(("(which|what) is {w} , {o}", "(which|what) is {w} : {o}", "(which|what) one is {w} , {o}", "~which is {w} , {o}", "is {o} {w}", "(which|what) (looks|seems|appears) {w} , {o}", "{o} : which is {w}", "out of {o} , which is {w}", "what 's {w} , {o}", "which of {o} is {w}", "who is {w} , {o}", "(which|what) (animal|person|vehicle|object|thing|building|fruit|one of them) is {w} , {o}"), (f"which_{which}", plan), w=word, o=words)
    if roll < 0.85:
        side = s.pick(("left", "right"))
        return s.ask((f"(which|what) is (further|farther|more) [to the] {side} , {{o}}", f"which one is on the {side} , {{o}}", f"what is on the {side} , {{o}}", f"which is (furthest|most) to the {side} : {{o}}", f"which is more to the {side} , {{o}}", f"~which is further {side} , {{o}}"), (f"which_{side}", plan), o=words)
    a = s.single(0)
    return s.ask(("(which|what) is (closer|nearer) to the {a} , {o}", "(which|what) is (closest|nearest) to the {a} , {o}", "is {o} (closer|nearer) to the {a}", "who is (closer|nearer) to the {a} , {o}", "~which is closer to the {a} , {o}", "which one is (closer|nearer) to the {a} : {o}"), ("which_closer", plan, a.plan), a=a, o=words)


def _superlative(which: str) -> str:
    return {"bigger": "the biggest", "smaller": "the smallest", "taller": "the tallest", "shorter": "the shortest", "wider": "the widest", "narrower": "the narrowest", "nearer": "the closest", "farther": "the farthest away", "higher": "the highest", "lower": "the lowest"}[which]


def which_one_of_two(s: Speaker) -> Asked:
    """ "Which is bigger, the red cup or the blue one?" """
    one, two = s.pair(plural=False)
    which = s.pick(tuple(_COMPARE_WORDS))
    word = s.pick(_COMPARE_WORDS[which])
    plan: Plan = (f"is_{which}", ("the", one.plan), ("the", two.plan))
    return s.ask(("is the {x} {w} than the {y}", "is the {x} {w} than the {y}", "~(if|whether) the {x} is {w} than the {y}", "does the {x} look {w} than the {y}"), plan, x=one, y=two, w=word)


def closer_to(s: Speaker) -> Asked:
    x, y, a = s.single(0), s.single(0), s.single(0)
    return s.ask(("is the {x} (closer|nearer) to the {a} than the {y}", "is the {x} (closer|nearer) than the {y} to the {a}", "~(if|whether) the {x} is closer to the {a} than the {y}", "would you say the {x} is nearer to the {a} than the {y}"), ("closer_to", x.plan, y.plan, a.plan), x=x, y=y, a=a)


def which_side(s: Speaker) -> Asked:
    x, a = s.single(0), s.single(0)
    roll = s.rng.random()
    if roll < 0.3:
        return s.ask(("is the {x} (to|on) the left or (to|on|) (the|) right of the {a}", "is the {x} left or right of the {a}", "is the {x} on the left (side|) or the right side of the {a}", "is the {x} to the right or to the left of the {a}", "is the {x} right or left of the {a}", "on which side of the {a} is the {x}",
                      "which side of the {a} is the {x} on", "~(if|whether) the {x} is left or right of the {a}", "what side of the {a} is the {x} on"), ("side_sideways", x.plan, a.plan), x=x, a=a)  # fmt: skip
    if roll < 0.45:
        return s.ask(("is the {x} (above|over) or (below|under) the {a}", "is the {x} (below|under) or (above|over) the {a}", "~(if|whether) the {x} is above or below the {a}", "is the {x} higher or lower than the {a}"), ("side_upright", x.plan, a.plan), x=x, a=a)
    if roll < 0.6:
        return s.ask(("is the {x} in front of or behind the {a}", "is the {x} behind or in front of the {a}", "is the {x} before or behind the {a}", "~(if|whether) the {x} is in front of or behind the {a}"), ("side_depth", x.plan, a.plan), x=x, a=a)
    if roll < 0.85:
        return s.ask(("is the {x} on the left or (on|) (the|) right [(side|of the (image|picture|photo)|side of the (image|picture|photo))]", "on which side [of the (image|picture|photo)] is the {x}", "which side [of the (image|picture|photo)] is the {x} on", "is the {x} in the left or the right half",
                      "is the {x} on the right or on the left [side]", "is the {x} on the left or right", "~which side of the picture the {x} is on", "what side is the {x} on", "is the {x} on the right side or left side of the photo"), ("half_sideways", x.plan), x=x)  # fmt: skip
    return s.ask(("is the {x} (at|in|on) the top or (at|in|on|) (the|) bottom [of the (image|picture|photo)]", "is the {x} in the (upper|top) or (lower|bottom) (half|part) [of the (image|picture)]", "is the {x} at the bottom or the top"), ("half_upright", x.plan), x=x)


def on_side(s: Speaker) -> Asked:
    x = s.single(0)
    side = s.pick(("left", "right", "top", "bottom", "center"))
    where = {"left": "(on|in|at) the left [(side|half|part)] of the (image|picture|photo)", "right": "(on|in|at) the right [(side|half|part)] of the (image|picture|photo)", "top": "(at|in|on|near) the (top|upper part|top half) of the (image|picture|photo)",
             "bottom": "(at|in|on|near) the (bottom|lower part|bottom half) of the (image|picture|photo)", "center": "in the (middle|center|centre) [of the (image|picture|photo)]"}[side]  # fmt: skip
    short = {"left": "on the left [side]", "right": "on the right [side]", "top": "at the top", "bottom": "at the bottom", "center": "centered"}[side]
    r = s.say((where,)) if s.chance(0.7) else s.say((short,))
    return s.ask(("is the {x} {r}", "~(if|whether) the {x} is {r}", "is the {x} (located|positioned|placed|standing) {r}", "does the {x} appear {r}", "is it true that the {x} is {r}", "would you say the {x} is {r}"), (f"in_{side}", x.plan), x=x, r=r)


def distances(s: Speaker) -> Asked:
    if s.chance(0.15):
        pair, one, two = s.couple()
        return s.ask(("what is the distance between the two {p}", "how far apart are the two {p}", "how far apart are the {p}", "!measure the distance between the two {p}", "how far is it between the two {p}"), ("distance", one, two), p=pair)
    x, a = s.single(0), s.single(0)
    return s.ask(("how far is the {x} from the {a}", "what is the distance between the {x} and the {a}", "how far apart are the {x} and the {a}", "what is the distance from the {x} to the {a}", "~how far the {x} is from the {a}", "!(measure|calculate) the distance between the {x} and the {a}", "how close is the {x} to the {a}",
                  "how many pixels are between the {x} and the {a}", "how far away from the {a} is the {x}"), ("distance", x.plan, a.plan), x=x, a=a)  # fmt: skip


def measures(s: Speaker) -> Asked:
    which = s.pick(("width", "height"))
    x = s.single(0)
    word = {"width": "wide", "height": "high"}[which]
    return s.ask((f"what is the {which} of the {{x}} in pixels", f"how many pixels {word} is the {{x}}", f"how {word} is the {{x}} in pixels", f"what is the {{x}} 's {which} in pixels", f"what is the pixel {which} of the {{x}}"), (which, x.plan), x=x)


def picture_facts(s: Speaker) -> Asked:
    roll = s.rng.random()
    picture = s.pick(("picture", "image", "photo", "picture", "image", "photograph", "pic", "shot"))
    t = s.pick(("the", "this"))
    if s.chance(0.1):
        op, wordings = s.pick((
            ("sharpness", ("how (sharp|blurry|blurred|crisp) is {t} {p}", "how (sharp|blurry) is it", "what is the sharpness of {t} {p}", "~how sharp {t} {p} is")),
            ("brightness", ("how (bright|dark) is {t} {p}", "how (bright|dark) is it", "what is the brightness of {t} {p}", "~how bright {t} {p} is")),
        ))  # fmt: skip
        return s.ask(wordings, (op, IMAGE), t=t, p=picture)
    table: tuple[tuple[float, tuple[str, ...], Plan], ...] = (
        (0.1, ("how wide is {t} {p}", "what is the width of {t} {p}", "what is {t} {p} 's width", "~how wide {t} {p} is", "{p} width", "how many pixels wide is {t} {p}", "how many pixels across is {t} {p}", "what width does {t} {p} have"), ("width", IMAGE)),
        (0.2, ("how (high|tall) is {t} {p}", "what is the height of {t} {p}", "what is {t} {p} 's height", "~how (high|tall) {t} {p} is", "{p} height", "how many pixels (high|tall) is {t} {p}", "what height does {t} {p} have"), ("height", IMAGE)),
        (0.3, ("what is the resolution [of {t} {p}]", "what size is {t} {p}", "how big is {t} {p}", "what are the dimensions of {t} {p}", "what is the size of {t} {p}", "how many pixels does {t} {p} have", "~the (resolution|size|dimensions) of {t} {p}", "what resolution (is|has|does) {t} {p} [have]", "what are {t} {p} 's dimensions"), ("resolution", IMAGE)),
        (0.42, ("what is the orientation of {t} {p}", "is {t} {p} (portrait|landscape|horizontal|vertical) or (landscape|portrait|vertical|horizontal)", "what orientation is {t} {p}", "~the orientation of {t} {p}", "what orientation does {t} {p} have", "is {t} in portrait or landscape format"), ("orientation", IMAGE)),
        (0.58, ("is {t} {p} (blurry|blurred|out of focus|fuzzy|unsharp)", "~(if|whether) {t} {p} is blurry", "is it (blurry|blurred|out of focus)", "is {t} a blurry {p}", "does {t} {p} (look|seem) (blurry|blurred|out of focus)", "is there (blur|motion blur) in {t} {p}", "how blurry is it , is it blurry"), ("blurry", IMAGE)),
        (0.68, ("is {t} {p} (sharp|in focus|crisp)", "~(if|whether) {t} {p} is (sharp|in focus)", "is it (sharp|in focus)", "is {t} a sharp {p}", "does {t} {p} (look|seem) (sharp|in focus|crisp)", "is {t} {p} in focus"), ("not", ("blurry", IMAGE))),
        (0.8, ("is {t} {p} (dark|underexposed|too dark|dim)", "~(if|whether) {t} {p} is (too|) dark", "is it (too dark|underexposed)", "is {t} a dark {p}", "does {t} {p} (look|seem) (dark|underexposed|too dark)", "was {t} {p} underexposed"), ("dark", IMAGE)),
        (0.9, ("is {t} {p} (bright|overexposed|too bright|well lit)", "~(if|whether) {t} {p} is (too|) bright", "is it (too bright|overexposed)", "is {t} a bright {p}", "does {t} {p} (look|seem) (bright|overexposed|too bright)"), ("bright", IMAGE)),
        (0.94, ("is {t} {p} (portrait|vertical|upright|taller than it is wide|in portrait format|higher than wide)", "is {t} a portrait [format] {p}"), ("portrait", IMAGE)),
        (0.98, ("is {t} {p} (landscape|horizontal|wider than it is tall|in landscape format|wider than high)", "is {t} a landscape [format] {p}"), ("landscape", IMAGE)),
        (1.0, ("is {t} {p} square", "is {t} a square {p}"), ("square", IMAGE)),
    )  # fmt: skip
    for limit, wordings, plan in table:
        if roll < limit:
            break
    if s.chance(0.12) and plan[0] in ("blurry", "dark", "bright"):
        x = s.single(0)
        word = {"blurry": "(blurry|blurred|out of focus)", "dark": "(too dark|underexposed)", "bright": "(too bright|overexposed)"}[str(plan[0])]
        return s.ask((f"is the {{x}} {word}", f"does the {{x}} look {word}", f"~(if|whether) the {{x}} is {word}"), (plan[0], x.plan), x=x)
    return s.ask(wordings, plan, t=t, p=picture)


FAMILIES: tuple[tuple[float, object], ...] = (
    (5, is_related), (2, is_between), (0.7, touching), (2.5, compares_size), (2.5, which_of_two), (0.5, which_one_of_two), (1, closer_to), (2.5, which_side), (1.3, on_side), (0.8, distances), (0.4, measures), (2.4, picture_facts),
)  # fmt: skip
