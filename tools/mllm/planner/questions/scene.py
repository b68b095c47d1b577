"""Question families about what is in a picture: existence, counts, attributes, checks, logic, choices, references."""

from __future__ import annotations

from .. import inflect
from . import nouns
from .things import EXTREME_AFTER, EXTREME_BEFORE, FLAT, IMAGE, RELATION_WORDS, TABLE_COLORS, TABLE_MATERIALS, TABLE_SIZES, Asked, Speaker
from .wording import Leaf, Mark, Piece, Plan

# ---- existence ------------------------------------------------------------------------------------------------------

_IS_THERE = (
    "is there a {x}", "is there a {x} (here|in the picture|in the image|in this photo|anywhere)", "is there any {x}",
    "is a {x} (visible|present|shown)", "can you see a {x}", "do you see a {x}", "does the (image|picture|photo) (show|contain|have) a {x}",
    "is there at least one {x}", "can a {x} be seen", "does a {x} exist", "!check (if|whether) there is a {x}",
    "~(if|whether) there is a {x}", "is a {x} in (the|this) (picture|image|photo)", "(any|-) {x} (here|in this picture|in the image)",
    "!look for a {x}", "has (the|this) (image|picture) got a {x}", "there is a {x} , (right|isn't there|correct|yes or no)",
    "does this (image|picture|photo) have a {x} in it", "could there be a {x} here", "is there one {x} or more",
    "do we have a {x} here", "would you say there is a {x}", "can i see a {x} (here|in the picture)", "is there a {x} or not", "is there a {x} somewhere", "is some {x} (visible|there)",
    "does there (exist|appear to be) a {x}", "is the {x} (in the picture|visible|there|here|shown)", "can you see the {x}", "is (this|that|it) a {x}", "is (this|that) really a {x}", "is this a (picture|photo|image) of a {x}", "i am looking for a {x} , is there one",
)  # fmt: skip
_ARE_THERE = (
    "are there any {x}", "are there {x}", "are there any {x} (here|in the picture|in the image|in this photo|around)",
    "can you see any {x}", "do you see any {x}", "do you see {x}", "does the (image|picture|photo) (show|contain|have) any {x}",
    "are any {x} (visible|present)", "!check (if|whether) there are any {x}", "~(if|whether) there are any {x}",
    "any {x}", "any {x} (here|there|in the picture|in this one)", "do any {x} appear in the (picture|image)", "are there some {x}",
    "can you spot any {x}", "are (these|those|they) {x}", "are the {x} (visible|in the picture)", "can you see the {x}", "can any {x} be seen", "do you notice any {x}", "!(verify|confirm) that there are {x}",
    "does this picture have {x} in it", "are {x} (visible|present) in (the|this) (image|photo)", "is there any {x}",
    "can you find any {x}", "do we see any {x}", "were there any {x}", "got any {x} in there", "see any {x}",
)  # fmt: skip


def exists(s: Speaker) -> Asked:
    plural = s.chance(0.5)
    x = s.objects(1 if s.chance(0.7) else 2, plural=plural)
    return s.ask(_ARE_THERE if plural else _IS_THERE, ("exists", x.plan), x=x)


def exists_related(s: Speaker) -> Asked:
    """ "Is there a cup to the left of the plate?" with the relation in its own place."""
    relation = s.relation()
    plural = s.chance(0.4)
    base = s.found(plural=plural, plain=True)
    anchor = s.anchor(relation, 1)
    link = s.say((s.pick(_relation_words(relation)),))
    wordings = ("are there any {x} {r} the {a}", "are any {x} {r} the {a}", "{r} the {a} , are there any {x}",
                "do you see any {x} {r} the {a}", "are there {x} {r} the {a}", "any {x} {r} the {a}", "are any of the {x} {r} the {a}",
                "!check (if|whether) any {x} are {r} the {a}", "does the {a} have any {x} {r} it") if plural else (
                "is there a {x} {r} the {a}", "is a {x} {r} the {a}", "{r} the {a} , is there a {x}", "do you see a {x} {r} the {a}",
                "is any {x} {r} the {a}", "is one of the {x} {r} the {a}", "~if there is a {x} {r} the {a}", "does the {a} have a {x} {r} it",
                "is there some {x} {r} the {a}", "(there is|i see) a {a} ; is there a {x} {r} it",
                "can a {x} be seen {r} the {a}")  # fmt: skip
    return s.ask(wordings, ("exists", (f"{relation}_of", base.plan, anchor.plan)), x=base, a=anchor, r=link)


def _relation_words(relation: str) -> tuple[str, ...]:
    return RELATION_WORDS[relation]


def exists_possessed(s: Speaker) -> Asked:
    whole = s.single(1)
    part = s.name(nouns.PARTS, nouns.CLOTHES, plain=True, plural=s.chance(0.4))
    wordings = ("does the {w} have (a|any) {p}", "does the {w} have {p}", "does the {w} have (a|any) {p} [(on|in) it]", "has the {w} got (a|any) {p}", "is the {w} 's {p} (visible|there)", "can you see the {w} 's {p}",
                "do you see (a|any) {p} of the {w}", "does (that|this) {w} have (a|any) {p}",
                "~(if|whether) the {w} has (a|any) {p}", "!check (if|whether) the {w} has (a|any) {p}")  # fmt: skip
    return s.ask(wordings, ("exists", ("find_in", whole.plan, part)), w=whole, p=part)


def exists_in_region(s: Speaker) -> Asked:
    plural = s.chance(0.5)
    x = s.name(plural=plural, plain=True)
    words, where = s.region()
    plan: Plan = ("find_in", (f"region_{where}", IMAGE), x)
    if s.chance(0.5):
        wordings = ("are there any {x} {r}", "do you see any {x} {r}", "{r} , are there any {x}", "any {x} {r}",
                    "can you see {x} {r}", "are {x} visible {r}") if plural else (
                    "is there a {x} {r}", "do you see a {x} {r}", "{r} , is there a {x}", "a {x} {r} ?",
                    "is a {x} {r}", "can you see a {x} {r}")  # fmt: skip
        return s.ask(wordings, ("exists", plan), x=x, r=words)
    if not plural:
        return s.ask(("is there any {x} {r}", "is some {x} {r}", "does some {x} appear {r}"), ("exists", plan), x=x, r=words)
    return s.ask(("how many {x} are {r}", "how many {x} are there {r}", "what number of {x} are {r}", "!count the {x} {r}",
                  "how many {x} do you see {r}", "{r} , how many {x} are there", "~how many {x} are {r}"),
                 ("count", plan), x=x, r=words)  # fmt: skip


# ---- counting -------------------------------------------------------------------------------------------------------

_HOW_MANY = (
    "how many {x} are there", "how many {x} are (there|visible|shown) in (the|this) (image|picture|photo)",
    "how many {x} are in (the|this) (image|picture|photo)", "how many {x} can you see", "how many {x} do you see",
    "!count the {x}", "!count all (the|of the) {x}", "!count {x}", "what is the number of {x}", "what number of {x} are there",
    "what is the (total|total number) of {x}", "number of {x}", "how many {x}", "~how many {x} there are", "~how many {x} are (visible|there)",
    "what 's the count of {x}", "!(give|tell) me the number of {x}", "~the number of {x}", "how many {x} does the (image|picture) (show|contain|have)",
    "how many {x} are (present|depicted|visible)", "how many {x} exist", "how many {x} appear in the (picture|photo|image)",
    "(i see|there are) {x} ; how many", "{x} : how many are there", "!say how many {x} there are", "how many {x} have you found",
    "in total , how many {x} are there", "how many {x} can be (seen|counted|found)", "what quantity of {x} is (shown|there)",
    "how many {x} in total", "-{x} count", "how many {x} altogether", "what is the amount of {x}", "how many individual {x} are there",
    "how many {x} did you find", "how many {x} you see", "how much {x} are there", "!find out how many {x} there are",
    "could you count how many {x} there are", "do you know how many {x} there are", "how many {x} are around",
)  # fmt: skip


def counts(s: Speaker) -> Asked:
    x = s.objects(1 if s.chance(0.7) else 2, plural=True)
    return s.ask(_HOW_MANY, ("count", x.plan), x=x)


def counts_related(s: Speaker) -> Asked:
    relation = s.relation()
    base = s.found(plural=True, plain=True)
    anchor = s.anchor(relation, 1)
    link = s.say((s.pick(_relation_words(relation)),))
    wordings = ("how many {x} are {r} the {a}", "how many {x} are there {r} the {a}", "what number of {x} are {r} the {a}",
                "!count the {x} {r} the {a}", "{r} the {a} , how many {x} are there", "how many {x} do you see {r} the {a}",
                "how many of the {x} are {r} the {a}", "there is a {a} ; how many {x} are {r} it", "~how many {x} are {r} the {a}",
                "how many {x} are (standing|sitting|lying|located|placed) {r} the {a}", "what is the number of {x} {r} the {a}",
                "how many {x} does the {a} have {r} it")  # fmt: skip
    return s.ask(wordings, ("count", (f"{relation}_of", base.plan, anchor.plan)), x=base, a=anchor, r=link)


def counts_kinds(s: Speaker) -> Asked:
    x = s.objects(0)
    return s.ask(("how many (kinds|types|sorts|varieties|species) of {x} are there", "how many different (kinds|types|sorts) of {x} (are there|do you see)", "how many different {x} are there", "what number of different {x} are there", "!count the different {x}", "how many (kinds|types|sorts) of {x} (can|do) you see"), ("kinds_of", x.plan), x=x)


def counts_parts(s: Speaker) -> Asked:
    whole = s.single(1)
    part = s.name(nouns.PARTS, nouns.CLOTHES, plain=True, plural=True)
    wordings = ("how many {p} does the {w} have", "how many {p} has the {w} got", "how many {p} of the {w} (can you see|are visible)",
                "what is the number of {p} (that the {w} has|of the {w})", "!count the {p} of the {w}",
                "~how many {p} the {w} has", "how many {p} are there in the {w}", "how many {p} are part of the {w}",
                "the {w} has how many {p}")  # fmt: skip
    return s.ask(wordings, ("count", ("find_in", whole.plan, part)), p=part, w=whole)


def counts_with_property(s: Speaker) -> Asked:
    """ "How many of the cups are red?" joins the two places into one name; "are not red" filters."""
    x = s.name(plural=True, plain=True)
    what = _property(s)
    if s.chance(0.35):
        wordings = ("how many (of the|) {x} are not {p}", "how many {x} aren't {p}", "!count the {x} that are not {p}",
                    "how many {x} are there that are not {p}", "what number of {x} are not {p}", "how many non {p} {x} are there",
                    "how many {x} are there that aren't {p}", "how many {x} which are not {p} (are there|do you see)",
                    "how many {x} except the {p} ones", "not counting the {p} ones , how many {x} are there")  # fmt: skip
        return s.ask(wordings, ("count", ("without", ("find", x), what)), x=x, p=what)
    if s.chance(0.08) and not s.table:
        act = Leaf(s.pick((s.pick(nouns.ACTIONS), "wearing " + s.pick(nouns.WORN), s.pick(nouns.STATES), "wearing " + s.pick(nouns.COLORS))))
        return s.ask(("how many of them are {p}", "how many are {p}", "how many of these are {p}", "how many of those are {p}"), ("count", ("with", ("people",), act)), p=act)
    wordings = ("how many of the {x} are {p}", "how many {x} are {p}", "how many of these {x} are {p}", "of the {x} , how many are {p}",
                "what number of the {x} are {p}", "~how many of the {x} are {p}",
                "among the {x} , how many are {p}", "how many {x} happen to be {p}")  # fmt: skip
    return s.ask(wordings, ("count", ("find", ("join", x, what))), x=x, p=what)


def counts_together(s: Speaker) -> Asked:
    a, b = s.objects(0), s.objects(0)
    if s.chance(0.25):
        x, y = s.objects(1), s.objects(0)
        a, b = x, y
    wordings = ("how many {a} and {b} are there", "how many {a} or {b} are there", "how many {a} and {b} are there (in total|altogether|combined)",
                "!count the {a} and (the|) {b}", "what is the total number of {a} and {b}", "how many {a} plus {b} are there",
                "how many {a} and how many {b} are there in total", "what number of {a} or {b} (can you see|are there)",
                "in total how many {a} and {b} do you see", "how many things are (either|) {a} or {b}",
                "!add up the {a} and the {b}")  # fmt: skip
    return s.ask(wordings, ("count", ("union", a.plan, b.plan)), a=a, b=b)


def _property(s: Speaker) -> Leaf:
    if s.table:
        return Leaf(s.pick((*TABLE_COLORS, *TABLE_MATERIALS, *TABLE_SIZES)))
    roll = s.rng.random()
    if roll < 0.3:
        return Leaf(s.pick(nouns.COLORS))
    if roll < 0.36:
        return Leaf(s.pick(("on", "off", "open", "closed", "on fire", "turned on", "turned off", "switched on", "full", "empty", "occupied")))
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


# ---- comparison of counts -------------------------------------------------------------------------------------------


def compares_counts(s: Speaker) -> Asked:
    depth = 1 if s.chance(0.35) else 0
    a, b = s.objects(depth), s.objects(depth)
    if s.chance(0.12):
        a, b = s.pair(plural=True)
    ca, cb = ("count", a.plan), ("count", b.plan)
    roll = s.rng.random()
    if roll < 0.34:
        return s.ask((
            "are there more {a} than {b}", "is the number of {a} (greater|larger|bigger|higher) than the number of {b}",
            "do you see more {a} than {b}", "do the {a} outnumber the {b}", "are {a} more numerous than {b}", "~(if|whether) there are more {a} than {b}",
            "is there a (greater|larger|higher) number of {a} than {b}", "are there more {a} here than {b}", "does the picture (show|have) more {a} than {b}",
            "more {a} than {b}", "are there a greater number of {a} than {b}", "can you see more {a} than {b}",
        ), ("more", ca, cb), a=a, b=b)  # fmt: skip
    if roll < 0.6:
        return s.ask((
            "are there fewer {a} than {b}", "are there less {a} than {b}", "is the number of {a} (less|smaller|lower) than the number of {b}",
            "do you see fewer {a} than {b}", "are the {a} outnumbered by the {b}", "are {a} less numerous than {b}",
            "~(if|whether) there are fewer {a} than {b}", "is there a (smaller|lower) number of {a} than {b}", "fewer {a} than {b}",
            "does the image (show|have) fewer {a} than {b}", "is the count of {a} below the count of {b}",
        ), ("fewer", ca, cb), a=a, b=b)  # fmt: skip
    if roll < 0.84:
        return s.ask((
            "are there the same number of {a} and {b}", "is the number of {a} the same as the number of {b}", "are there as many {a} as {b}",
            "is there an equal number of {a} and {b}", "are there equally many {a} and {b}", "is the number of {a} equal to the number of {b}",
            "do you see as many {a} as {b}", "are the numbers of {a} and {b} (equal|the same)", "does the number of {a} (equal|match) the number of {b}",
            "are there (exactly|just) as many {a} as {b}", "~(if|whether) there are as many {a} as {b}", "are {a} and {b} equal in number",
            "is the count of {a} the same as that of {b}", "same number of {a} and {b}",
        ), ("equal", ca, cb), a=a, b=b)  # fmt: skip
    if roll < 0.92:
        return s.ask((
            "how many more {a} than {b} are there", "how many more {a} are there than {b}", "what is the difference between the number of {a} and (the number of|) {b}",
            "by how many do the {a} outnumber the {b}", "how many more {a} do you see than {b}", "~how many more {a} than {b} there are",
        ), ("subtract", ca, cb), a=a, b=b)  # fmt: skip
    x, y = s.found(plural=True, plain=True), s.found(plural=True, plain=True)
    words, plan = s.options([x.plan[1], y.plan[1]], article=s.pick(("", "", "the")))  # type: ignore[list-item]
    more = s.chance(0.6)
    wordings = ("(which|what) are there more of , {o}", "are there more {o}", "(which|what) is there more of : {o}",
                "(which|what) (is|are) more (common|numerous) , {o}", "what do you see more of , {o}", "~what there are more of , {o}",
                ) if more else (
                "(which|what) are there fewer of , {o}", "are there fewer {o}", "(which|what) is there less of : {o}",
                "(which|what) (is|are) (less common|rarer) , {o}", "what do you see fewer of , {o}")  # fmt: skip
    return s.ask(wordings, ("which_more" if more else "which_fewer", plan), o=words)


def compares_to_number(s: Speaker) -> Asked:
    x = s.objects(1 if s.chance(0.3) else 0)
    n = s.quantity()
    c, v = ("count", x.plan), ("number", n)
    roll = s.rng.random()
    if roll < 0.25:
        return s.ask(("are there more than {n} {x}", "is the number of {x} (greater|larger|more) than {n}", "do you see more than {n} {x}",
                      "are more than {n} {x} visible", "more than {n} {x}", "~(if|whether) there are more than {n} {x}", "are there over {n} {x}"),
                     ("more", c, v), n=n, x=x)  # fmt: skip
    if roll < 0.47:
        return s.ask(("are there fewer than {n} {x}", "are there less than {n} {x}", "is the number of {x} (less|smaller|lower) than {n}",
                      "do you see fewer than {n} {x}", "fewer than {n} {x}", "~(if|whether) there are fewer than {n} {x}", "are there under {n} {x}"),
                     ("fewer", c, v), n=n, x=x)  # fmt: skip
    if roll < 0.68:
        return s.ask(("are there exactly {n} {x}", "are there {n} {x}", "is the number of {x} {n}", "is the number of {x} equal to {n}",
                      "do you see (exactly|precisely|just|) {n} {x}", "are there only {n} {x}", "~(if|whether) there are (exactly|) {n} {x}",
                      "does the (picture|image) (show|contain|have) (exactly|) {n} {x}", "are exactly {n} {x} visible"),
                     ("equal", c, v), n=n, x=x)  # fmt: skip
    if roll < 0.82:
        return s.ask(("are there at least {n} {x}", "are there {n} or more {x}", "do you see at least {n} {x}", "is the number of {x} at least {n}",
                      "are there {n} {x} or more", "~(if|whether) there are at least {n} {x}", "are there no fewer than {n} {x}"),
                     ("at_least", c, v), n=n, x=x)  # fmt: skip
    if roll < 0.9:
        return s.ask(("are there at most {n} {x}", "are there {n} or fewer {x}", "are there no more than {n} {x}", "is the number of {x} at most {n}",
                      "do you see at most {n} {x}", "are there not more than {n} {x}"), ("at_most", c, v), n=n, x=x)  # fmt: skip
    if roll < 0.96:
        return s.ask(("are there (several|multiple|many) {x}", "do you see (several|multiple|many) {x}",
                      "does the (picture|image) (show|contain) (several|multiple|many) {x}", "are (several|multiple|many) {x} visible",
                      "are there a lot of {x}", "~(if|whether) there are (several|multiple) {x}"), ("several", x.plan), x=x)  # fmt: skip
    one = Leaf(s.pick(("one", "one", "a single")).split()[-1], "number")
    x = s.objects(0, plural=False)
    roll = s.rng.random()
    if roll < 0.5:
        return s.ask(("is there more than {n} {x}", "do you see more than {n} {x}", "are there more than {n} {x}"),
                     ("more", ("count", x.plan), ("number", one)), n=one, x=x)  # fmt: skip
    return s.ask(("is there (only|just|exactly) {n} {x}", "do you see (only|just|exactly) {n} {x}", "is there (only|just) a {n} {x}" if one.text == "single" else "is there {n} {x} only"),
                 ("equal", ("count", x.plan), ("number", one)), n=one, x=x)  # fmt: skip


# ---- attributes -----------------------------------------------------------------------------------------------------

_COLOR = (
    "what color is the {x}", "what is the color of the {x}", "what 's the color of the {x}", "which color is the {x}", "what is the {x} 's color",
    "the {x} is what color", "the {x} has what color", "what color does the {x} have", "~what color the {x} is", "~the color of the {x}",
    "in what color is the {x}", "!(tell|give) me the color of the {x}", "!name the color of the {x}",
    "what is the (main|dominant|predominant) color of the {x}", "what color would you say the {x} is", "color of the {x}", "the color of the {x} is what",
    "which color does the {x} have", "what color is that {x}", "what color is this {x}", "what 's the main color of the {x}",
    "how would you describe the color of the {x}", "what hue is the {x}", "what is the {x} colored", "what shade is the {x}",
    "there is a {x} ; what color is it", "there is a {x} ; what is its color", "what color has the {x}", "what colored is the {x}",
)  # fmt: skip
_MATERIAL = (
    "what material is the {x}", "what is the {x} made of", "what is the material of the {x}", "what material is the {x} made of",
    "the {x} is made of what (material|)", "what 's the {x} made of", "which material is the {x} made of", "~what the {x} is made of",
    "~what material the {x} is", "what is the {x} made out of", "the {x} has what material", "the {x} is what material", "what kind of material is the {x} made of",
    "what substance is the {x} made of", "there is a {x} ; what is its material", "there is a {x} ; what is it made of", "there is a {x} ; what material is it",
    "!(tell|give) me the material of the {x}", "what is the {x} 's material", "of what material is the {x}",
)  # fmt: skip
_SHAPE = (
    "what shape is the {x}", "what is the shape of the {x}", "the {x} has what shape", "the {x} is what shape", "what 's the shape of the {x}",
    "~what shape the {x} is", "which shape does the {x} have", "what shape does the {x} have", "what is the {x} 's shape", "what is the form of the {x}",
    "!(tell|give) me the shape of the {x}", "there is a {x} ; what shape is it", "there is a {x} ; what is its shape", "which shape is the {x}",
    "what geometric shape is the {x}", "how is the {x} shaped", "in what shape is the {x}",
)  # fmt: skip
_SIZE = (
    "what size is the {x}", "how big is the {x}", "what is the size of the {x}", "the {x} is what size", "the {x} has what size", "how large is the {x}",
    "~how big the {x} is", "~what size the {x} is", "what is the {x} 's size", "what 's the size of the {x}", "which size is the {x}", "how small is the {x}",
    "there is a {x} ; what size is it", "there is a {x} ; how big is it", "there is a {x} ; what is its size", "!(tell|give) me the size of the {x}",
    "of what size is the {x}", "which size does the {x} have", "what size does the {x} have",
)  # fmt: skip
ATTRIBUTE_WORDINGS = {"color": _COLOR, "material": _MATERIAL, "shape": _SHAPE, "size": _SIZE}


def attributes(s: Speaker) -> Asked:
    attribute = s.pick(("color", "color", "color", "color", "material", "material", "shape", "size"))
    x = s.single(1 if s.chance(0.7) else 2)
    return s.ask(ATTRIBUTE_WORDINGS[attribute], (attribute, x.plan), x=x)


def colors_of_many(s: Speaker) -> Asked:
    if s.chance(0.3):
        return s.ask(("(what|which) colors are (in|used in|visible in) the (picture|image|photo)", "(what|which) colors (can|do) you see",
                      "!list the colors (in the picture|of the things)", "~(what|which) colors are in the (picture|image)",
                      "what are the colors of the (objects|things)", "(what|which) colors (are there|appear) [in the picture]",
                      "what colors do the (objects|things) have"), ("colors", ("objects",)))  # fmt: skip
    x = s.objects(1)
    return s.ask(("what color are the {x}", "(what|which) colors are the {x}", "what are the colors of the {x}", "(what|which) colors do the {x} have",
                  "~what color the {x} are", "!list the colors of the {x}", "which color are the {x}",
                  "in which colors are the {x}", "the {x} are what color"), ("colors", x.plan), x=x)  # fmt: skip


def color_of_picture(s: Speaker) -> Asked:
    return s.ask((
        "what is the (main|dominant|predominant|primary|prevailing) color [(of|in) the (picture|image|photo)]", "what color is (it|this|that)",
        "(which|what) color (dominates|is dominant|is most common|prevails|stands out) [in the (picture|image|photo)]", "what color is the (picture|image|photo)",
        "~the (main|dominant) color of the (picture|image|photo)", "what is the color of (this|it|the picture)", "what is the most common color",
        "(which|what) color do you see (most|the most)", "!name the (main|dominant) color", "what color is there the most of", "overall what color is this",
        "what 's the color here",
    ), ("color", IMAGE))  # fmt: skip


def verifies(s: Speaker) -> Asked:
    """ "Is the car red?", "Is the man wearing a hat?" """
    x = s.single(1)
    what = _property(s)
    roll = s.rng.random()
    if roll < 0.7 or s.table:
        wordings = ("is the {x} {p}", "is the {x} {p} or not", "is the {x} {p}", "would you say the {x} is {p}", "does the {x} look {p}", "is that {x} {p}",
                    "is the {x} {p}", "~(if|whether) the {x} is {p}", "!check (if|whether) the {x} is {p}", "the {x} is {p} , (right|isn't it|correct|yes or no)",
                    "is it true that the {x} is {p}", "does the {x} (seem|appear) (to be|) {p}", "is this {x} {p}", "can you (confirm|say) that the {x} is {p}",
                    "do you think the {x} is {p}", "would you call the {x} {p}", "the {x} is {p} , true or false")  # fmt: skip
        return s.ask(wordings, ("verify", x.plan, what), x=x, p=what)
    if roll < 0.8:
        wordings = ("is the {x} not {p}", "is it true that the {x} is not {p}", "is the {x} anything but {p}",
                    "~(if|whether) the {x} is not {p}")  # fmt: skip
        return s.ask(wordings, ("not", ("verify", x.plan, what)), x=x, p=what)
    if roll < 0.9:
        made = Leaf("made of " + s.pick(("wood", "metal", "plastic", "glass", "rubber", "stone", "leather", "paper", "brick", "steel", "concrete")))
        return s.ask(("is the {x} {p}", "~(if|whether) the {x} is {p}", "would you say the {x} is {p}", "is that {x} {p}"), ("verify", x.plan, made), x=x, p=made)  # fmt: skip
    kind = s.name(plain=True)
    return s.ask(("is the {x} a {p}", "is that {x} a {p}", "would you say the {x} is a {p}", "~(if|whether) the {x} is a {p}", "is the {x} really a {p}",
                  "does the {x} look like a {p}"), ("verify", x.plan, kind), x=x, p=kind)  # fmt: skip


def verifies_two(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.06:
        x = s.single(0)
        a, b, c = _property(s), _property(s), _property(s)
        p, q, r = ("verify", x.plan, a), ("verify", x.plan, b), ("verify", x.plan, c)
        return s.ask(("is the {x} {a} , {b} and {c}", "is the {x} {a} , {b} , and {c}"), ("and", p, ("and", q, r)), x=x, a=a, b=b, c=c)
    if roll < 0.5:
        x = s.single(0)
        a, b = _property(s), _property(s)
        op, wordings = s.pick((
            ("and", ("is the {x} {a} and {b}", "is the {x} both {a} and {b}", "is the {x} {a} as well as {b}", "is the {x} {a} and also {b}")),
            ("or", ("is the {x} either {a} or {b}", "is the {x} at least {a} or {b}")),
            ("neither", ("is the {x} neither {a} nor {b}",)),
            ("but", ("is the {x} {a} but not {b}", "is the {x} {a} and not {b}")),
        ))  # fmt: skip
        p, q = ("verify", x.plan, a), ("verify", x.plan, b)
        plan: Plan = {"and": ("and", p, q), "or": ("or", p, q), "neither": ("not", ("or", p, q)), "but": ("and", p, ("not", q))}[op]
        return s.ask(wordings, plan, x=x, a=a, b=b)
    x, y = s.single(0), s.single(0)
    p = _property(s)
    op, wordings = s.pick((
        ("and", ("are the {x} and the {y} {p}", "are both the {x} and the {y} {p}", "are the {x} and the {y} both {p}", "are the {x} and {y} {p}")),
        ("or", ("is the {x} or the {y} {p}", "is either the {x} or the {y} {p}")),
        ("neither", ("are neither the {x} nor the {y} {p}", "is neither the {x} nor the {y} {p}")),
    ))  # fmt: skip
    u, v = ("verify", x.plan, p), ("verify", y.plan, p)
    plan = {"and": ("and", u, v), "or": ("or", u, v), "neither": ("not", ("or", u, v))}[op]
    return s.ask(wordings, plan, x=x, y=y, p=p)


def verifies_all(s: Speaker) -> Asked:
    x = s.objects(1 if s.chance(0.3) else 0)
    roll = s.rng.random()
    if roll < 0.55:
        p = _property(s)
        wordings = ("are all (the|of the|) {x} {p}", "are the [(two|three|four)] {x} {p}", "are both [of] [the] {x} {p}", "are the {x} all {p}", "~(if|whether) all the {x} are {p}", "is it true that all {x} are {p}",
                    "!check (if|whether) all {x} are {p}", "are all of these {x} {p}")  # fmt: skip
        return s.ask(wordings, ("all", x.plan, p), x=x, p=p)
    if roll < 0.68:
        p = _property(s)
        x = s.objects(0, plural=False)
        return s.ask(("is every {x} {p}", "is each {x} {p}", "is every single {x} {p}", "~(if|whether) every {x} is {p}"), ("all", x.plan, p), x=x, p=p)  # fmt: skip
    x = s.found(plural=True, plain=True)
    p = _property(s)
    if roll < 0.88:
        return s.ask(("are any of the {x} {p}", "is any of the {x} {p}", "are some of the {x} {p}", "is at least one of the {x} {p}", "is one of the {x} {p}",
                      "are any {x} {p}", "~(if|whether) any of the {x} are {p}"), ("exists", ("find", ("join", x.plan[1], p))), x=x, p=p)  # fmt: skip
    return s.ask(("are none of the {x} {p}", "is none of the {x} {p}", "is it true that no {x} are {p}", "is not a single one of the {x} {p}"),
                 ("not", ("exists", ("find", ("join", x.plan[1], p)))), x=x, p=p)  # fmt: skip


# ---- logic ----------------------------------------------------------------------------------------------------------


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
            return s.ask(("(is|are) there a {a} , a {b} and a {c}", "do you see a {a} , a {b} and a {c}"), ("and", ea, ("and", eb, ec)), a=a, b=b, c=c)
        return s.ask(("is there a {a} , a {b} or a {c}", "do you see a {a} , a {b} or a {c}"), ("or", ea, ("or", eb, ec)), a=a, b=b, c=c)
    d, be = ("[any]", "are") if plural else ("a", "is")
    roll = s.rng.random()
    if roll < 0.35:
        w = (f"{be} there {d} {{a}} and {d} {{b}}", f"{be} there both {d} {{a}} and {d} {{b}}", f"are there both {d} {{a}} and {d} {{b}}", f"do you see {d} {{a}} and {d} {{b}}",
             f"does the (picture|image) (show|have|contain) both {d} {{a}} and {d} {{b}}", f"~(if|whether) there {be} both {d} {{a}} and {d} {{b}}",
             f"are both {d} {{a}} and {d} {{b}} (visible|present)", f"{be} there {d} {{a}} as well as {d} {{b}}", f"{be} there {d} {{a}} and also {d} {{b}}")  # fmt: skip
        return s.ask(w, ("and", ea, eb), a=a, b=b)
    if roll < 0.65:
        w = (f"{be} there {d} {{a}} or {d} {{b}}", f"{be} there either {d} {{a}} or {d} {{b}}", f"do you see {d} {{a}} or {d} {{b}}", f"does the (picture|image) (show|have|contain) {d} {{a}} or {d} {{b}}",
             f"~(if|whether) there {be} {d} {{a}} or {d} {{b}}", f"{be} either {d} {{a}} or {d} {{b}} (visible|present)", f"can you see {d} {{a}} or {d} {{b}}")  # fmt: skip
        return s.ask(w, ("or", ea, eb), a=a, b=b)
    if roll < 0.78:
        w = (f"{be} there neither {d} {{a}} nor {d} {{b}}", f"{be} there no {{a}} and no {{b}}", f"are neither {d} {{a}} nor {d} {{b}} (visible|present)",
             f"is it true that there {be} neither {d} {{a}} nor {d} {{b}}", f"is the picture free of {{a}} and {{b}}")  # fmt: skip
        return s.ask(w, ("not", ("or", ea, eb)), a=a, b=b)
    if roll < 0.92:
        w = (f"{be} there {d} {{a}} but no {{b}}", f"{be} there {d} {{a}} and no {{b}}", f"{be} there {d} {{a}} but not {d} {{b}}", f"do you see {d} {{a}} but no {{b}}",
             f"does the picture have {d} {{a}} but no {{b}}", f"~(if|whether) there {be} {d} {{a}} but no {{b}}", f"{be} there {d} {{a}} without {d} {{b}}")  # fmt: skip
        return s.ask(w, ("and", ea, ("not", eb)), a=a, b=b)
    x = s.objects(1, plural=plural)
    w = (f"{be} there no {{x}}", f"is it true that there {be} no {{x}}", "is the picture without {x}", f"are there not any {{x}}", "are {x} (absent|missing)" if plural else "is the {x} missing",
         f"~(if|whether) there {be} no {{x}}", "does the (picture|image) (show|have|contain) no {x}")  # fmt: skip
    return s.ask(w, ("not", ("exists", x.plan)), x=x)


def negated(s: Speaker) -> Asked:
    """Collections with something left out: "Is there a cup that is not red?" """
    plural = s.chance(0.5)
    x = s.name(plural=plural, plain=True)
    p = _property(s)
    plan: Plan = ("without", ("find", x), p)
    if plural:
        roll = s.rng.random()
        if roll < 0.6:
            return s.ask(("are there any {x} that are not {p}", "are there {x} that aren't {p}", "are any of the {x} not {p}", "do you see any {x} that are not {p}",
                          "any {x} that are not {p}", "are there any {x} which are not {p}", "are there any non {p} {x}", "are there any {x} other than the {p} ones"),
                         ("exists", plan), x=x, p=p)  # fmt: skip
        return s.ask(("!find [(all|all the|the)] {x} that are not {p}", "which {x} are not {p}", "!show me the {x} that are not {p}", "!find (all|all the|the) {x} except the {p} ones",
                      "which of the {x} are not {p}", "the {x} that are not {p}"), plan, x=x, p=p)  # fmt: skip
    roll = s.rng.random()
    if roll < 0.6:
        return s.ask(("is there a {x} that is not {p}", "is there a {x} that isn't {p}", "is there a {x} which is not {p}", "do you see a {x} that is not {p}",
                      "is any {x} not {p}", "~(if|whether) there is a {x} that is not {p}"), ("exists", plan), x=x, p=p)  # fmt: skip
    if roll < 0.8:
        attribute = s.pick(("color", "material", "shape", "size"))
        return s.ask(ATTRIBUTE_WORDINGS[attribute], (attribute, ("the", plan)), x=[x, s.pick(("that is not", "that isn't", "which is not")), p])
    return s.ask(("!find the {x} that is not {p}", "which {x} is not {p}", "!show me the {x} that isn't {p}", "the {x} that is not {p}", "which one of the {x} is not {p}"),
                 ("the", plan), x=x, p=p)  # fmt: skip


# ---- references: the answer is a region -----------------------------------------------------------------------------

_SHOW = (
    "!find the {x}", "!show me the {x}", "where is the {x}", "!locate the {x}", "!point (to|at) the {x}", "!highlight the {x}", "-the {x}", "-{x}",
    "~where the {x} is", "!select the {x}", "!mark the {x}", "!detect the {x}", "where can i (find|see) the {x}", "!get me the {x}", "!look for the {x}",
    "which is the {x}", "which one is the {x}", "where 's the {x}", "!segment the {x}", "!draw a box around the {x}", "!give me the (box|location|position|region) of the {x}",
    "!point out the {x}", "!outline the {x}", "!click (on|) the {x}", "!pick out the {x}", "!identify the {x}", "in which place is the {x}", "i am looking for the {x}",
    "where do you see the {x}", "where in the (picture|image) is the {x}", "!spot the {x}", "whereabouts is the {x}", "what is the location of the {x}",
    "!zoom in on the {x}", "!focus on the {x}", "which region shows the {x}", "!return the {x}", "!circle the {x}", "i want to see the {x}",
)  # fmt: skip


def refers(s: Speaker) -> Asked:
    x = s.single(1 if s.chance(0.7) else 2)
    return s.ask(_SHOW, x.plan, x=x)


def refers_briefly(s: Speaker) -> Asked:
    """Fragments as people type them: "man left", "second car from right", "guy in blue"."""
    roll = s.rng.random()
    if roll < 0.35:
        x = s.extreme()
        return Asked([*(["the"] if s.chance(0.2) else []), *x.pieces], x.plan, "-")
    if roll < 0.5:
        base = s.found(plural=False, plain=True)
        side = s.pick((("leftmost", ("left", "far left", "on left", "left side")), ("rightmost", ("right", "far right", "on right", "right side")),
                       ("middle", ("middle", "center", "in middle")), ("topmost", ("top", "up top")), ("bottommost", ("bottom", "at bottom")),
                       ("nearest", ("front", "in front", "closest to us")), ("farthest", ("back", "in back", "far back"))))  # fmt: skip
        return Asked([*base.pieces, s.pick(side[1])], (side[0], base.plan), "-")
    if roll < 0.57:
        base = s.found(plural=False, plain=True)
        where, said = s.pick((("top_left", ("top left", "upper left")), ("top_right", ("top right", "upper right")), ("bottom_left", ("bottom left", "lower left")), ("bottom_right", ("bottom right", "lower right"))))
        plan: Plan = ("the", ("find_in", (f"region_{where}", IMAGE), base.plan[1]))
        pieces: list[Piece] = [s.pick(said), *base.pieces] if s.chance(0.5) else [*base.pieces, s.pick(("", "at the", "in the", "on")), s.pick(said), s.pick(("", "corner"))]
        return Asked([piece for piece in pieces if piece], plan, "-")
    if roll < 0.6:
        which = s.pick(tuple(EXTREME_AFTER))
        return Asked([s.pick(("the one", "one", "the thing", "the object")), s.pick(EXTREME_AFTER[which])], (which, ("objects",)), "-")
    if roll < 0.65:
        x = s.ordinal()
        return Asked(x.pieces, x.plan, "-")
    x = s.single(1)
    return Asked([*(["the"] if s.chance(0.4) else []), *x.pieces], x.plan, "-")


def refers_many(s: Speaker) -> Asked:
    x = s.objects(1)
    return s.ask(("!find [(all|all the|the)] {x}", "!show me [(all|all the|the)] {x}", "where are [all] the {x}", "!locate [(all|all the|the|every one of the)] {x}", "!point (to|at) all {x}", "!highlight [(all|all the|the)] {x}",
                  "!detect [(all|all the)] {x}", "-all {x}", "-all the {x}", "~where the {x} are", "!mark [(all|all the|the)] {x}", "!select all {x}", "!list all the {x}",
                  "where can i (find|see) [the] {x}", "!segment [all] the {x}", "!draw boxes around [(all|the)] {x}", "!find me all {x}", "!get all {x}", "what are the locations of the {x}",
                  "where are there {x}", "!identify all {x}", "!give me all {x}"), x.plan, x=x)  # fmt: skip


def who(s: Speaker) -> Asked:
    """ "Who is the tallest?", "Who is closest to the car?" """
    if s.chance(0.45):
        which = s.pick(("tallest", "shortest", "leftmost", "rightmost", "nearest", "farthest", "middle"))
        if which in ("tallest", "shortest"):
            return s.ask(("who is [the] {w}", "~who is [the] {w}", "!show me who is [the] {w}", "who is the {w} [one] (here|of them all|of all)"), (which, ("people",)), w=which)
        return s.ask(("who is {w}", "who stands {w}", "~who is {w}", "!show me who is {w}", "who is standing {w}"), (which, ("people",)), w=s.pick(EXTREME_AFTER[which]))
    a = s.single(1)
    if s.chance(0.5):
        far = s.chance(0.3)
        w = s.pick(("farthest from", "furthest from")) if far else s.pick(("closest to", "nearest to", "nearest"))
        return s.ask(("who is {w} the {a}", "who stands {w} the {a}", "~who is {w} the {a}", "!show me who is {w} the {a}", "who sits {w} the {a}"), ("farthest_from" if far else "closest_to", ("people",), a.plan), w=w, a=a)
    relation = s.relation()
    r = s.pick(RELATION_WORDS[relation])
    return s.ask(("who is {r} the {a}", "who (stands|sits) {r} the {a}", "~who is {r} the {a}", "!show me who is {r} the {a}", "who is (standing|sitting) {r} the {a}"), ("the", (f"{relation}_of", ("people",), a.plan)), r=r, a=a)


def which_one(s: Speaker) -> Asked:
    """ "Which cup is the largest?", "Which of the men is closest to the tree?", "Which person is wearing a hat?" """
    roll = s.rng.random()
    if roll < 0.4:
        which = s.pick(tuple(EXTREME_BEFORE))
        word = s.pick(EXTREME_BEFORE[which])
        base = s.found(plural=False, plain=True)
        return s.ask(("which {x} is (the|) {w}", "which {x} is the {w} one", "which one is the {w} {x}", "~which {x} is the {w}", "which of the {x} is [the] {w}", "which {x} is the {w} of all",
                      "!show me which {x} is the {w}"), (which, base.plan), x=base, w=word)  # fmt: skip
    if roll < 0.43:
        from_word = {"bigger": "largest", "larger": "largest", "smaller": "smallest", "taller": "tallest", "shorter": "shortest", "wider": "widest", "closer": "nearest", "nearer": "nearest", "farther away": "farthest", "further away": "farthest", "higher": "topmost", "lower": "bottommost", "further left": "leftmost", "further right": "rightmost"}
        word = s.pick(tuple(from_word))
        base = s.found(plural=s.chance(0.7), plain=True)
        return s.ask(("which of the [two] {x} is {w}", "which {x} is {w}", "which one of the [two] {x} is {w}", "which of these [two] {x} is {w}"), (from_word[word], base.plan), x=base, w=word)
    if roll < 0.55:
        base = s.found(plural=s.chance(0.4), plain=True)
        a = s.single(1)
        far = s.chance(0.3)
        w = s.pick(("farthest from", "furthest from", "furthest away from")) if far else s.pick(("closest to", "nearest to", "nearest"))
        return s.ask(("which of the {x} is {w} the {a}", "which one of the {x} is {w} the {a}", "which {x} is {w} the {a}", "which {x} is the one {w} the {a}",
                      "~which {x} is {w} the {a}", "which {x} sits {w} the {a}"), ("farthest_from" if far else "closest_to", base.plan, a.plan), x=base, w=w, a=a)  # fmt: skip
    if roll < 0.78:
        base = s.name(plain=True)
        p = _property(s)
        return s.ask(("which {x} is {p}", "which one of the {x} is {p}", "which of the {x} is {p}", "~which {x} is {p}", "which {x} is the one that is {p}"), ("the", ("find", ("join", base, p))), x=base, p=p)  # fmt: skip
    relation = s.relation()
    base = s.found(plural=False, plain=True)
    anchor = s.anchor(relation, 1)
    link = s.pick(_relation_words(relation))
    return s.ask(("which {x} is {r} the {a}", "which one of the {x} is {r} the {a}", "~which {x} is {r} the {a}", "which {x} (stands|sits|lies|is located) {r} the {a}"),
                 ("the", (f"{relation}_of", base.plan, anchor.plan)), x=base, r=link, a=anchor)  # fmt: skip


# ---- choosing among options -----------------------------------------------------------------------------------------


def chooses(s: Speaker) -> Asked:
    count = 2 if s.chance(0.75) else (3 if s.chance(0.7) else 4)
    roll = s.rng.random()
    word = "or"
    if roll < 0.08:
        one, two = s.pick(nouns.SCENE_PAIRS)
        if s.chance(0.5):
            one, two = two, one
        words, plan = s.options([Leaf(one), Leaf(two)])
        return s.ask(("is (it|this|the scene|the picture|the photo) {o}", "is (this|it|the photo) taken {o}", "was (this|the photo|the picture) taken {o}", "is the (weather|scene|place|room) {o}", "does it look like {o}", "(what|which) is it , {o}", "are we {o}", "~(if|whether) (it|this) is {o}", "{o}"), ("choose", IMAGE, plan), o=words)
    if roll < 0.35:  # what the picture shows
        article = s.pick(("a", "a", ""))
        words, plan = s.options([s.name(plain=True) for _ in range(count)], word=word, article=article)
        return s.ask(("is (it|this|that) {o}", "is (it|this|that) {o}", "does the (picture|image|photo) show {o}", "is this (a picture|an image) of {o}", "(which|what) is it , {o}", "what do you see , {o}",
                      "what is (this|shown|in the picture) : {o}", "~(if|whether) (this|it) is {o}", "is (it|this) more like {o}", "what does the picture show : {o}",
                      "am i looking at {o}", "would you say (this|it) is {o}"), ("choose", IMAGE, plan), o=words)  # fmt: skip
    x = s.single(1)
    if roll < 0.8:
        if s.chance(0.3):
            words, plan = s.options([s.name(plain=True) for _ in range(count)], article=s.pick(("a", "a", "")))
        else:
            pool = s.pick((nouns.COLORS, nouns.COLORS, nouns.MATERIALS, nouns.STATES, nouns.SIZES, nouns.ACTIONS))
            words, plan = s.options([Leaf(w) for w in s.rng.sample(pool, count)])
        return s.ask(("is the {x} {o}", "is the {x} {o}", "is the {x} {o}", "would you say the {x} is {o}", "~(if|whether) the {x} is {o}", "what is the {x} , {o}", "does the {x} look {o}",
                      "the {x} : is it {o}", "which is the {x} : {o}", "is that {x} {o}", "is the {x} more {o}", "how is the {x} , {o}", "the {x} is {o} , which one"), ("choose", x.plan, plan), x=x, o=words)  # fmt: skip
    pool, wordings = s.pick((
        (nouns.COLORS, ("what color is the {x} : {o}", "what color is the {x} , {o}", "which color is the {x} , {o}", "is the color of the {x} {o}", "the color of the {x} is {o}")),
        (nouns.MATERIALS, ("what is the {x} made of , {o}", "what material is the {x} : {o}", "is the {x} made of {o}")),
    ))  # fmt: skip
    words, plan = s.options([Leaf(w) for w in s.rng.sample(pool, count)])
    return s.ask(wordings, ("choose", x.plan, plan), x=x, o=words)


# ---- open questions for a visual expert -----------------------------------------------------------------------------

_DOING = (
    "what is the {x} doing", "what is the {x} wearing", "what is the {x} holding", "how (tall|heavy|long|high|fast|deep|warm|thick) is the {x}", "where is the {x} (going|looking|from|pointing)", "who is the {x}", "is the {x} male or female", "what is the {x} watching", "what language is the {x} [written] in", "what colors does the {x} have", "what colors are (on|in) the {x}", "which colors does the {x} have", "what does the {x} use", "where did the {x} come from", "what kind of {x} does it look like", "what does the {x} contain", "what symbol is on the {x}", "what picture is on the {x}", "what is drawn on the {x}", "which sport does the {x} play", "which team does the {x} play for", "what has the {x} got in (his|her|its) (hand|hands|mouth)", "what is the {x} pulling", "what is the {x} kicking", "what does the {x} hold", "what does the {x} wear", "what does the {x} do", "what did the {x} (cook|catch|buy|throw|drop)", "what is the {x} looking at", "what is the {x} eating", "what is the {x} carrying", "what is the {x} riding",
    "what is the {x} playing", "how old is the {x}", "what is the {x} 's job", "how does the {x} feel", "what emotion does the {x} show", "which direction is the {x} facing", "what brand is the {x}",
    "what kind of {x} is (it|this|that)", "what type of {x} is (it|this|that)", "what breed is the {x}", "what is the {x} sitting on", "what is the {x} standing on", "what is the {x} drinking", "what is the {x} used for",
    "what is the {x} pointing at", "what is the {x} reading", "what gender is the {x}", "what pattern is on the {x}", "what pattern does the {x} have", "what style is the {x}",
    "what is the {x} made for", "in what position is the {x}", "what does the {x} look like", "what is the mood of the {x}", "what is wrong with the {x}", "what is inside the {x}", "what is in the {x}", "what is on the {x}",
    "what is the {x} trying to do", "how is the {x} dressed", "what make is the {x}", "what model is the {x}", "what is the {x} touching", "what instrument is the {x} playing", "what sport is the {x} playing",
    "what is the {x} called", "what is on top of the {x}", "what kind of hat is the {x} wearing", "what condition is the {x} in", "what is the {x} 's expression", "what animal is on the {x}", "what is hanging from the {x}",
    "what is covering the {x}", "what is attached to the {x}", "~what the {x} is doing", "~what the {x} is holding", "~what the {x} is wearing", "~what kind of {x} it is",
    "what food is on the {x}", "what does the {x} have in (his|her|its) hand", "what is the {x} pulling", "what is the {x} pushing", "who is the {x} talking to", "what is the {x} leaning on", "what is the {x} throwing",
)  # fmt: skip
_OPEN = (
    "what sport is (this|being played)", "what room is this", "where was (this|the) (photo|picture|image) taken", "what time of day is it", "what season is it", "is it raining", "is it sunny", "is it night",
    "what is the weather like", "what is the occasion", "what holiday is it", "what kind of (place|room|scene|event|building|food|meal|dish|animal|plant) is this", "is this (indoors|outdoors|inside|outside)", "what city is this",
    "what country is this", "is it cold", "is it daytime", "is this a (kitchen|bathroom|bedroom|beach|restaurant|wedding|birthday party|city|farm|zoo|park|concert|museum|school)", "what meal is this", "what game are they playing",
    "what are they doing", "what are the people doing", "who is in the (picture|photo|image)", "who is this", "what is he doing", "what is she wearing", "what is she holding", "what are they looking at", "what is it used for",
    "what is the mood of the (picture|image|scene)", "what is the style of this (picture|painting|image)", "which season is shown", "what time does the clock show", "what time is it", "what is the name of this (place|building|animal|plant|landmark|dish)",
    "is it (snowing|windy|foggy|cloudy|dark outside|hot|warm)", "what is everyone (doing|looking at|wearing)", "what kind of vehicle is shown", "is anything unusual here", "what is unusual about (this|the) (picture|image|scene)", "what era is this from",
    "what is happening on the {x}", "what kind of {x} is shown", "what sort of {x} is that", "what kind of {x} are (these|those)", "what species of {x} is this", "what type of {x} do you see", "who is holding the {x}",
    "who is wearing the {x}", "who owns the {x}", "what famous {x} is this", "which {x} brand is this", "what recipe is this", "how is the weather", "what landmark is this", "are they (happy|friends|dancing|playing|outside)", "is he (smiling|happy|tall|old)", "is she (smiling|happy|young|asleep)",
    "what is the relationship between the people", "is this photo old", "is (it|this|that) {p}", "are they {p}", "is he {p}", "is she {p}", "what is the name of the (store|shop|restaurant|street|hotel|company|team|building|book|film)", "what company is this", "how many people live here", "what language is (this|it) [in]", "who wrote this", "what is this (sign|symbol|button) for", "(is|was) (this|the) (photo|picture|image) taken (at night|during the day|outside|indoors|in winter|in summer|from above|by a professional|in a city|at the beach|underwater)", "is this a (color|black and white|modern|vintage|historic) (photo|picture)", "does (it|this) look like a (kitchen|farm|wedding|party|market|hospital|school)", "is it (winter|summer|spring|autumn|morning|evening|noon)", "what is the {x} here for", "is this picture black and white", "is this a (photo|painting|drawing|cartoon)", "is this real", "what is the background", "what is in the background", "what is in the foreground", "what are these", "what are those", "what are they",
)  # fmt: skip


def _copied(s: Speaker, asked: Asked, target: Plan) -> Asked:
    """The question itself is handed to the expert: mark where it begins and ends."""
    leaf = Leaf("", "question")
    pieces: list[Piece] = [Mark(leaf, opening=True), *asked.pieces, Mark(leaf, opening=False)]
    return Asked(pieces, ("ask", target, leaf), asked.form)


def asks_about(s: Speaker) -> Asked:
    x = s.single(1 if s.chance(0.6) else 0)
    return _copied(s, s.ask(_DOING, (), x=x), x.plan)


_TOGETHER = (
    "what are the {x} doing", "what are the {x} wearing", "what are the {x} holding", "what are the {x} looking at", "what are the {x} eating", "what are the {x} made for", "what are the {x} playing", "what are the {x} for", "where are the {x} going", "what are the {x} riding", "what are the {x} waiting for",
    "what are the {x} sitting on", "how old are the {x}", "what kind of {x} are these", "how do the {x} feel", "what do the {x} have in common", "what are the {x} called", "who are the {x}", "what type of {x} are shown", "what are the {x} talking about", "~what the {x} are doing", "what are the {x} carrying", "what are these {x} used for",
)  # fmt: skip


def asks_together(s: Speaker) -> Asked:
    return _copied(s, s.ask(_TOGETHER, (), x=s.objects(1 if s.chance(0.2) else 0)), IMAGE)


def worn_color(s: Speaker) -> Asked:
    """ "What color shirt is the man wearing?" """
    attribute = s.pick(("color", "color", "color", "color", "material"))
    who = s.single(1) if s.chance(0.4) else s.definite(s.found(nouns.PEOPLE, ["person", "person"], plural=False))
    part = s.name(s.pick((nouns.CLOTHES, nouns.PARTS, nouns.THINGS)), plain=True)
    be = s.pick(("wearing", "wearing", "holding", "carrying", "riding", "using"))
    wordings = ("what {t} {p} is the {w} " + be, "what {t} {p} does the {w} have", "what {t} is the {p} [that] the {w} is " + be, "what is the {t} of the {p} [that] the {w} is " + be, "which {t} {p} is the {w} " + be, "~what {t} {p} the {w} is " + be, "what {t} is the {p} (on|of) the {w}", "what is the {t} of the {w} 's {p}")  # fmt: skip
    return s.ask(wordings, (attribute, ("the", ("find_in", who.plan, part))), t=attribute, p=part, w=who)


def having(s: Speaker) -> Asked:
    """ "How many people have umbrellas?", "Which man has a beard?" """
    plural = s.chance(0.55)
    x = s.found(nouns.PEOPLE, ["person", "person"], nouns.ANIMALS, plural=plural, plain=True) if s.chance(0.6) else s.found(plural=plural, plain=True)
    many = s.chance(0.4)
    thing = s.name(s.pick((nouns.CLOTHES, nouns.PARTS, nouns.THINGS)), plain=True, plural=many)
    t: list[Piece] = [thing] if many else ["a", thing]
    if s.chance(0.3):
        plan: Plan = ("lacking", x.plan, thing)
        if plural:
            return s.ask(("how many [of the] {x} (do not|don't) have {t}", "how many [of the] {x} have no {h}", "!count the {x} (that|who) (do not|don't) have {t}", "how many {x} are there that have no {h}"), ("count", plan), x=x, t=t, h=thing)
        return s.ask(("which {x} has no {h}", "which {x} does not have {t}", "!find the {x} that (has no {h}|does not have {t})", "which one of the {x} has no {h}"), ("the", plan), x=x, t=t, h=thing)
    plan = ("having", x.plan, thing)
    if plural:
        roll = s.rng.random()
        if roll < 0.6:
            return s.ask(("how many [of the] {x} have {t}", "how many [of the] {x} have got {t}", "!count the {x} (that|who) have {t}", "how many {x} are there (that|who) have {t}", "what number of {x} have {t}", "~how many {x} have {t}"), ("count", plan), x=x, t=t)
        if roll < 0.85:
            return s.ask(("do any [of the] {x} have {t}", "are there any {x} (that|who) have {t}", "~(if|whether) any {x} have {t}", "do you see {x} (that|who) have {t}"), ("exists", plan), x=x, t=t)
        return s.ask(("which {x} have {t}", "!(find|show me) [all] the {x} (that|who) have {t}", "which of the {x} have {t}"), plan, x=x, t=t)
    roll = s.rng.random()
    if roll < 0.5:
        return s.ask(("which {x} has {t}", "which one of the {x} has {t}", "!(find|show me) the {x} (that|who) has {t}", "~which {x} has {t}", "where is the {x} (that|who) has {t}", "the {x} (that|who) has {t}"), ("the", plan), x=x, t=t)
    if roll < 0.8:
        return s.ask(("does any {x} have {t}", "is there a {x} (that|who) has {t}", "do you see a {x} (that|who) has {t}", "~(if|whether) any {x} has {t}"), ("exists", plan), x=x, t=t)
    who = Leaf(s.pick(("anyone", "anybody", "someone", "somebody")))
    return s.ask(("does {w} have {t}", "has {w} got {t}", "is there {w} who has {t}", "~(if|whether) {w} has {t}"), ("exists", ("having", ("find", who), thing)), w=who, t=t)


def asks_open(s: Speaker) -> Asked:
    return _copied(s, s.ask(_OPEN, (), x=s.name(plain=True, plural=False), p=_property(s)), IMAGE)


def identifies(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.2:
        return s.ask(("what is (this|that|it|shown)", "what 's (this|that)", "what is the (thing|object) (in the picture|here|shown)", "what am i looking at", "~what (this|that) is", "what object is (this|shown)",
                      "what is the name of (this|the) (object|thing)", "what is depicted", "!identify this [object]", "!name this [(object|thing)]", "can you identify this"), ("identify", IMAGE))  # fmt: skip
    relation = s.pick([r for r in s_relations(s) if r not in ("on", "inside")])
    anchor = s.single(1)
    link = s.pick(_relation_words(relation))
    if roll < 0.65:
        return s.ask(("what is {r} the {a}", "what 's {r} the {a}", "what do you see {r} the {a}", "what can be seen {r} the {a}", "~what is {r} the {a}", "what object is {r} the {a}", "what thing is {r} the {a}", "what stands {r} the {a}",
                      "{r} the {a} , what is there", "what is there {r} the {a}", "what (sits|lies|stands) {r} the {a}"), ("identify", ("the", (f"{relation}_of", ("objects",), anchor.plan))), r=link, a=anchor)  # fmt: skip
    kind = s.name(["animal", "object", "thing", "vehicle", "fruit", "toy", "tool", "food", "plant", "furniture", "item", "drink", "vegetable", "appliance", "instrument", "building"], plain=True)
    if roll < 0.85:
        return s.ask(("what is the {k} {r} the {a}", "what {k} is {r} the {a}", "what {k} (stands|sits|lies) {r} the {a}", "what is that {k} {r} the {a}", "what 's the {k} {r} the {a}", "~what the {k} {r} the {a} is", "what is the {k} that is {r} the {a}", "what would you call the {k} {r} the {a}", "!name the {k} {r} the {a}",
                      "what is the name of the {k} {r} the {a}"), ("identify", ("the", (f"{relation}_of", ("find", kind), anchor.plan))), k=kind, r=link, a=anchor)  # fmt: skip
    if s.chance(0.45):
        which = s.pick(tuple(EXTREME_AFTER))
        after = s.pick(EXTREME_AFTER[which])
        if which in ("largest", "smallest", "tallest", "shortest"):
            return s.ask(("what {k} is {w}", "what {k} is the {w} one", "~what {k} is {w}"), ("identify", (which, ("find", kind))), k=kind, w=["the", s.pick(EXTREME_BEFORE[which])])
        return s.ask(("what {k} is {w}", "what {k} is (shown|seen|standing) {w}", "~what {k} is {w}", "what {k} do you see {w}", "which kind of {k} is {w}", "what {k} can be seen {w}"), ("identify", (which, ("find", kind))), k=kind, w=after)
    x = s.extreme() if s.chance(0.75) else s.ordinal()
    return s.ask(("what is the {x}", "what 's the {x}", "!name the {x}", "~what the {x} is", "what would you call the {x}", "what is that {x}"), ("identify", x.plan), x=x)


def s_relations(s: Speaker) -> tuple[str, ...]:
    return FLAT if s.table else tuple(RELATION_WORDS)


def captions(s: Speaker) -> Asked:
    if s.chance(0.35):
        x = s.single(1)
        return s.ask(("!describe the {x}", "!give a description of the {x}", "!tell me about the {x}", "can you describe the {x}", "how would you describe the {x}", "!caption the {x}", "what can you tell me about the {x}",
                      "!describe the {x} in detail", "!(give|write) (me|) a (short|) description of the {x}"), ("caption", x.plan), x=x)  # fmt: skip
    if s.chance(0.2):
        words, where = s.region()
        return s.ask(("what is {r}", "what do you see {r}", "what can be seen {r}", "!describe what is {r}", "what 's {r}", "{r} , what do you see", "~what is {r}"), ("caption", (f"region_{where}", IMAGE)), r=words)
    return s.ask((
        "!describe (the|this) (picture|image|photo|scene)", "what is (happening|going on) [(here|in (the|this) (picture|image|photo))]", "what is in (the|this) (picture|image|photo)", "what do you see", "what can you see [(here|in the picture)]",
        "what does (the|this) (picture|image|photo) show", "!caption (this|the image)", "!give me a (caption|description|summary) [of the (picture|image|photo)]", "!tell me about (this|the) (picture|image|photo)", "what is shown in (the|this) (picture|image|photo)",
        "what is (the|this) (picture|image|photo) (about|of)", "!describe what you see", "!summarize the (picture|image|scene)", "!write a caption (for|of) (this|the) (picture|image|photo)", "what is depicted in the (picture|image)", "what do we see here",
        "~what is in the (picture|image)", "~what you see", "what are we looking at", "!describe it", "!describe this", "what 's in (the|this) (pic|photo)", "what 's here", "what is visible in (the|this) image", "can you describe (this|the) image",
    ), ("caption", IMAGE))  # fmt: skip


def same_attribute(s: Speaker) -> Asked:
    attribute = s.pick(("color", "color", "material", "shape", "size"))
    if s.chance(0.22):
        x = s.objects(1 if s.chance(0.2) else 0)
        if s.chance(0.3):
            return s.ask(("how many different {t} are there among the {x}", "how many different {t} of {x} are there", "how many {t} of {x} (are there|do you see)", "how many different {t} do the {x} have", "in how many different {t} do the {x} come", "how many {t} do the {x} have"), (f"kinds_{attribute}", x.plan), x=x, t=attribute + "s")
        if s.chance(0.3):
            return s.ask(("how many [(different|distinct|unique)] {t} are there", "how many [(different|distinct)] {t} (can|do) you see", "!count the [different] {t}", "how many [(different|distinct)] {t} are in the picture"), (f"kinds_{attribute}", ("objects",)), t=attribute + "s")
        return s.ask(("are [all] [of] the [(two|three|four)] {x} the same {t}", "do [all] [of] the [(two|three)] {x} have the same {t}", "are the {x} all the same {t}", "do the {x} all have the same {t}", "are all {x} of the same {t}", "~(if|whether) [all] the {x} have the same {t}", "do all {x} share the same {t}", "is every one of the {x} the same {t}"), (f"uniform_{attribute}", x.plan), x=x, t=attribute)
    a, b = s.two(1)
    wordings = (
        "is the {a} the same {t} as the {b}", "does the {a} have the same {t} as the {b}", "do the {a} and the {b} have the same {t}", "are the {a} and the {b} the same {t}", "is the {t} of the {a} the same as the {t} of the {b}", "is the {t} of the {a} the same as the {b}",
        "are the {a} and the {b} of the same {t}", "~(if|whether) the {a} has the same {t} as the {b}", "do the {a} and {b} have the same {t}", "does the {t} of the {a} match (the {t} of|) the {b}", "is the {a} of the same {t} as the {b}", "do the {a} and the {b} share the same {t}",
        "are the {a} and the {b} alike in {t}", "does the {a} match the {b} in {t}", "do the {a} and the {b} match in {t}", "is the {a} 's {t} the same as the {b} 's", "are the {t} of the {a} and the {t} of the {b} the same", "there is a {a} ; is it the same {t} as the {b}",
        "there is a {a} ; does it have the same {t} as the {b}", "there is a {a} ; is its {t} the same as the {b}", "are the {a} and the {b} identical in {t}", "is the {t} of the {a} and the {b} the same",
    )  # fmt: skip
    if attribute == "material":
        wordings += ("is the {a} made of the same {t} as the {b}", "are the {a} and the {b} made of the same {t}", "is the {a} made from the same {t} as the {b}", "there is a {a} ; is it made of the same {t} as the {b}",
                     "are the {a} and the {b} made out of the same {t}", "is the {a} made of the same (stuff|thing) as the {b}")  # fmt: skip
    plan: Plan = (f"alike_{attribute}", a.plan, b.plan)
    if s.chance(0.15):
        return s.ask(("is the {a} a different {t} (than|from) the {b}", "do the {a} and the {b} have different {t}" + ("s" if attribute != "material" else "s"), "are the {a} and the {b} different in {t}", "does the {a} have a different {t} (than|from) the {b}",
                      "does the {t} of the {a} differ from (that|the {t}) of the {b}", "is the {t} of the {a} different from the {t} of the {b}"), ("not", plan), a=a, b=b, t=attribute)  # fmt: skip
    return s.ask(wordings, plan, a=a, b=b, t=attribute)


def people(s: Speaker) -> Asked:
    """Anyone, everyone, nobody: the name is copied as said and made "person" when rendered."""
    act = s.pick((s.pick(nouns.ACTIONS), "wearing " + s.pick(nouns.WORN), "with " + s.pick(nouns.HAD)))
    roll = s.rng.random()
    if roll < 0.5:
        leaf = Leaf(f"{s.pick(('anyone', 'anybody', 'someone', 'somebody'))} {act}")
        return s.ask(("is {x}", "is there {x}", "do you see {x}", "can you see {x}", "~(if|whether) there is {x}"), ("exists", ("find", leaf)), x=leaf)
    if roll < 0.65:
        who = Leaf(s.pick(("everyone", "everybody")))
        p = Leaf(act)
        return s.ask(("is {x} {p}", "~(if|whether) {x} is {p}", "is it true that {x} is {p}"), ("all", ("find", who), p), x=who, p=p)
    if roll < 0.7:
        who = Leaf(s.pick(("nobody", "no one", "no person")))
        if s.chance(0.5):
            who.text += " " + act
            return s.ask(("is {x}", "is there {x}", "is it true that {x}", "~(if|whether) there is {x}"), ("not", ("exists", ("find", who))), x=who)
        relation = s.pick(("inside", "on", "near", "behind", "front"))
        a = s.anchor(relation, 0)
        return s.ask(("is {x} {r} the {a}", "is there {x} {r} the {a}", "~(if|whether) there is {x} {r} the {a}"), ("not", ("exists", (f"{relation}_of", ("find", who), a.plan))), x=who, r=s.pick(RELATION_WORDS[relation]), a=a)
    if roll < 0.78:
        who = Leaf(s.pick(("anyone", "anybody", "someone", "somebody")))
        return s.ask(("is {x} (here|there|in the picture|in the image|present|visible|around)", "is there {x} [(here|there|in the picture)]", "do you see {x}", "can {x} be seen"), ("exists", ("find", who)), x=who)
    be = Leaf(f"people {act}")
    return s.ask(("how many {x} are there", "how many {x} can you see", "!count the {x}"), ("count", ("find", be)), x=be)  # fmt: skip


FAMILIES: tuple[tuple[float, object], ...] = (
    (5, exists), (3, exists_related), (1.6, exists_possessed), (2.2, exists_in_region), (5.5, counts), (3, counts_related), (1.6, counts_parts), (0.7, counts_kinds), (2.4, counts_with_property), (1.6, counts_together),
    (4, compares_counts), (3, compares_to_number), (6, attributes), (1.2, colors_of_many), (0.8, color_of_picture), (4.5, verifies), (2, verifies_two), (2.4, verifies_all), (3.4, logic), (2.2, negated),
    (4.5, refers), (2.5, refers_briefly), (2, refers_many), (2.6, which_one), (4, chooses), (3, asks_about), (2, asks_open), (2.4, identifies), (1.6, captions), (3, same_attribute), (1.5, people), (1, who), (2, worn_color), (2.2, having), (0.8, asks_together),
)  # fmt: skip
